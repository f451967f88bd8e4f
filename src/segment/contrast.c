#include "segment/contrast.h"

#include <math.h>

static double log_factorial(uint64_t n)
{
	int sign;

	/* Not lgamma, which writes to a global variable. */
	return lgamma_r((double)n + 1, &sign);
}

static double log_choose(uint64_t n, uint64_t k)
{
	return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

double contrast_log_tail(uint64_t a, uint64_t n, uint64_t good, uint64_t all)
{
	uint64_t bad = all - good;
	uint64_t most = n < good ? n : good;
	double term = 1, sum = 1;

	if (a == 0 || n - a >= bad)
		return 0; /* fewer are impossible */
	double log_first = log_choose(good, a) + log_choose(bad, n - a) - log_choose(all, n);
	/* From the first term on each is the one before it times a ratio that falls; below the
	 * mode the ratio is above 1, and the sum still ends where it falls under it. */
	for (uint64_t k = a; k < most; k++) {
		term *= (double)(good - k) / (double)(k + 1) * (double)(n - k) /
			((double)(bad + k + 1) - (double)n);
		sum += term;
		if (term < sum * 1e-17)
			break;
	}
	double result = log_first + log(sum);
	return result < 0 ? result : 0;
}

static double square_of_error(double a, double n)
{
	return 1 / a - 1 / n;
}

static void katz(struct ratio *r, double a, double n, double c, double m)
{
	const double z = 1.959963984540054; /* the normal quantile at 0.975 */
	double half = z * sqrt(square_of_error(a, n) + square_of_error(c, m));
	double middle = log(a / n) - log(c / m);

	r->low = exp(middle - half);
	r->high = exp(middle + half);
	r->has_interval = true;
}

struct ratio contrast_ratio(uint64_t a, uint64_t n, uint64_t c, uint64_t m)
{
	struct ratio r = {0};

	if (n == 0 || m == 0)
		return r;
	r.known = c > 0;
	if (r.known)
		r.value = (double)a / (double)n / ((double)c / (double)m);
	if (a == 0 && c == 0)
		return r;
	double more = a == 0 || c == 0 ? 0.5 : 0;
	katz(&r, (double)a + more, (double)n + 2 * more, (double)c + more, (double)m + 2 * more);
	/* With the halves added the middle moves; the interval holds the value all the same. */
	if (r.known && r.value < r.low)
		r.low = r.value;
	return r;
}

struct ratio contrast_lift(uint64_t a, uint64_t n, uint64_t good, uint64_t all)
{
	struct ratio r = {0};

	if (n == 0 || good == 0)
		return r;
	double f = (double)n / (double)all;
	struct ratio rest = contrast_ratio(a, n, good - a, all - n);
	r.known = true;
	r.value = (double)a / (double)n / ((double)good / (double)all);
	r.has_interval = rest.has_interval || n == all;
	if (n == all) {
		r.low = r.high = 1;
		return r;
	}
	r.low = rest.low / (f * rest.low + 1 - f);
	/* Without a success in the rest no ratio is too large. */
	r.high = good == a ? 1 / f : rest.high / (f * rest.high + 1 - f);
	return r;
}
