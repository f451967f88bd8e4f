#include "predict/accuracy.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

struct total {
	double n, y, p;
};

enum { MEAN, RMSE, MAE, R2, RATIO, WHOLES, VALUES = WHOLES + METRICS_BINS };
static const char *const names[WHOLES] = {"mean", "rmse", "mae", "r2", "calibration_ratio"};

/* Sums of doubles are taken in this order, so all that can differ decides. */
static int by_prediction(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (x->prediction != y->prediction)
		return x->prediction < y->prediction ? 1 : -1;
	if (x->outcome != y->outcome)
		return x->outcome < y->outcome ? 1 : -1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Shares a group of ties at [begin, end) of count rows out between the tenths. */
static void fill_bins(struct total *bins, const struct total *group, size_t begin, size_t end,
		      size_t count)
{
	size_t first = begin * METRICS_BINS / count;

	if ((end * METRICS_BINS - 1) / count == first) {
		bins[first].n += group->n;
		bins[first].y += group->y;
		bins[first].p += group->p;
		return;
	}
	for (size_t b = first; b < METRICS_BINS; b++) {
		double low = (double)b * (double)count / METRICS_BINS;
		double high = (double)(b + 1) * (double)count / METRICS_BINS;
		double share = (fmin((double)end, high) - fmax((double)begin, low)) / (double)(end - begin);
		if (share <= 0)
			return;
		bins[b].n += share * group->n;
		bins[b].y += share * group->y;
		bins[b].p += share * group->p;
	}
}

/* replicate -1: every row counts once. centre: near the mean of y, so that squares about it
 * lose nothing. */
static void measure(const struct observation *rows, size_t count, int replicate, double centre,
		    double *values, size_t stride, struct total *bins)
{
	struct total all = {0};
	double squares = 0, absolute = 0, spread = 0;

	memset(bins, 0, METRICS_BINS * sizeof *bins);
	for (size_t i = 0; i < count;) {
		struct total group = {0};
		size_t begin = i;
		for (; i < count && rows[i].prediction == rows[begin].prediction; i++) {
			double w = replicate < 0 ? 1 : figures_weight(rows[i].hash, (unsigned)replicate);
			double y = rows[i].outcome, p = rows[i].prediction;
			group.n += w;
			group.y += w * y;
			group.p += w * p;
			squares += w * (p - y) * (p - y);
			absolute += w * fabs(p - y);
			spread += w * (y - centre) * (y - centre);
		}
		if (group.n == 0)
			continue;
		all.n += group.n;
		all.y += group.y;
		all.p += group.p;
		fill_bins(bins, &group, begin, i, count);
	}
	double mean = all.y / all.n;
	spread -= all.n * (mean - centre) * (mean - centre);
	values[MEAN * stride] = mean;
	values[RMSE * stride] = sqrt(squares / all.n);
	values[MAE * stride] = absolute / all.n;
	values[R2 * stride] = spread > 0 ? 1 - squares / spread : NAN;
	values[RATIO * stride] = all.y != 0 ? all.p / all.y : NAN;
	for (size_t b = 0; b < METRICS_BINS; b++)
		values[(WHOLES + b) * stride] = bins[b].n > 0 ? bins[b].y / bins[b].n : NAN;
}

static void add_figures(struct observation *rows, size_t count, size_t replicate_count,
			struct figures *out)
{
	double values[VALUES], centre = 0;
	double *replicates = xcalloc(VALUES * FIGURES_REPLICATES, sizeof *replicates);
	struct total bins[METRICS_BINS], scratch[METRICS_BINS];

	if (count > 1)
		qsort(rows, count, sizeof *rows, by_prediction);
	for (size_t i = 0; i < count; i++)
		centre += rows[i].outcome / (double)count;
	measure(rows, count, -1, centre, values, 1, bins);
	for (size_t r = 0; r < replicate_count; r++)
		measure(rows, count, (int)r, centre, replicates + r, FIGURES_REPLICATES, scratch);
	figures_add(out, "rows", 0, (struct estimate){.value = (double)count, .known = true});
	for (size_t v = 0; v < VALUES; v++) {
		struct estimate x = {.value = values[v], .known = !isnan(values[v])};
		figures_interval(replicates + v * FIGURES_REPLICATES, replicate_count, &x);
		figures_add(out, v < WHOLES ? names[v] : "observed", v < WHOLES ? 0 : v - WHOLES + 1, x);
	}
	for (size_t b = 0; b < METRICS_BINS; b++)
		figures_add(out, "predicted", b + 1,
			    (struct estimate){.value = bins[b].n > 0 ? bins[b].p / bins[b].n : 0,
					      .known = bins[b].n > 0});
	free(replicates);
}

void accuracy_figures(struct observation *rows, size_t count, struct figures *out)
{
	add_figures(rows, count, FIGURES_REPLICATES, out);
}

void accuracy_values(struct observation *rows, size_t count, struct figures *out)
{
	add_figures(rows, count, 0, out);
}
