#include "predict/draws.h"

#include "base/chance.h"
#include "predict/numeric.h"

#include <math.h>

double draw_uniform(struct draws *d)
{
	uint64_t bits = chance_mix(d->seed + ++d->drawn * UINT64_C(0x9e3779b97f4a7c15));

	return ((double)(bits >> 11) + .5) * 0x1p-53;
}

double draw_exponential(struct draws *d)
{
	return -log(draw_uniform(d));
}

static double draw_normal(struct draws *d)
{
	double radius = sqrt(-2 * log(draw_uniform(d)));

	return radius * cos(2 * 3.14159265358979323846 * draw_uniform(d));
}

double draw_log_gamma(struct draws *d, double shape)
{
	/* G(shape) = G(shape + 1) U^(1/shape). */
	double boost = shape < 1 ? log(draw_uniform(d)) / shape : 0;
	double m = (shape < 1 ? shape + 1 : shape) - 1. / 3, c = 1 / sqrt(9 * m);

	for (;;) {
		double x = draw_normal(d), v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(draw_uniform(d)) < .5 * x * x + m - m * v + m * log(v))
			return boost + log(m * v);
	}
}

double draw_beta(struct draws *d, double a, double b)
{
	double x = draw_log_gamma(d, a);

	return numeric_logistic(x - draw_log_gamma(d, b));
}
