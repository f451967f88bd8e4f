#include "base/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* The 97.5 % quantile of the normal distribution. */
static const double z = 1.959963984540054;

struct interval interval_wilson(double k, double n)
{
	double p = k / n, centre = p + z * z / (2 * n);
	double spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	struct interval i = {(centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)};

	/* Rounding at the ends, where p(1-p) is 0. */
	if (k <= 0 || i.low < 0)
		i.low = 0;
	if (k >= n || i.high > 1)
		i.high = 1;
	return i;
}

struct interval interval_newcombe(double k1, double n1, double k2, double n2)
{
	struct interval a = interval_wilson(k1, n1), b = interval_wilson(k2, n2);
	double p1 = k1 / n1, p2 = k2 / n2;

	return (struct interval){p1 - p2 - hypot(p1 - a.low, b.high - p2),
				 p1 - p2 + hypot(a.high - p1, p2 - b.low)};
}

bool interval_welch(double m1, double v1, uint64_t n1, double m2, double v2, uint64_t n2,
		    struct interval *out)
{
	double s1 = v1 / (double)n1, s2 = v2 / (double)n2;

	if (!(s1 + s2 > 0))
		return false;
	double freedom = (s1 + s2) * (s1 + s2) /
			 (s1 * s1 / (double)(n1 - 1) + s2 * s2 / (double)(n2 - 1));
	double spread = gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(s1 + s2);
	*out = (struct interval){m1 - m2 - spread, m1 - m2 + spread};
	return true;
}
