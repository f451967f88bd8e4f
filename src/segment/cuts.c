#include "segment/cuts.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Floats as integers of the same order. */
static uint32_t order_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits & UINT32_C(0x80000000) ? ~bits : bits | UINT32_C(0x80000000);
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* By digits of 11 bits: a comparing sort would take longer than all pairs of conditions. */
static void sort_floats(float *values, size_t n)
{
	float *other = xrealloc_array(NULL, n + 1, sizeof *other);
	float *from = values, *to = other;

	for (int shift = 0; shift < 32; shift += DIGIT_BITS) {
		size_t starts[DIGITS + 1] = {0};
		for (size_t i = 0; i < n; i++)
			starts[(order_of(from[i]) >> shift & (DIGITS - 1)) + 1]++;
		for (size_t d = 0; d < DIGITS; d++)
			starts[d + 1] += starts[d];
		for (size_t i = 0; i < n; i++)
			to[starts[order_of(from[i]) >> shift & (DIGITS - 1)]++] = from[i];
		float *swap = from;
		from = to;
		to = swap;
	}
	/* Three passes end in the other array. */
	memcpy(values, from, n * sizeof *values);
	free(other);
}

/* The double that x, rounded to so many digits, is. */
static double rounded(double x, int digits)
{
	struct buffer b = {0};
	double result = NAN;

	number_put_rounded(&b, x, digits);
	number_parse_double(buffer_slice(&b), &result);
	buffer_free(&b);
	return result;
}

double cut_between(double low, double high)
{
	if (high >= 0 && low < 0)
		return 0;
	double unit = pow(10, ceil(log10(fmax(fabs(low), fabs(high)))));
	if (!isfinite(unit) || unit <= 0)
		return high;
	/* The largest multiple of a power of ten that is not above high: the first unit with one
	 * above low has the fewest digits. 1234.6 / 0.1 is a little less than 12346, so the next
	 * one is looked at too. */
	for (int digits = 0; digits < 17; digits++, unit /= 10)
		for (int more = 1; more >= 0; more--) {
			double x = rounded((floor(high / unit) + more) * unit, 15);
			if (x > low && x <= high)
				return x;
		}
	return high;
}

struct cutting {
	const float *values; /* sorted */
	size_t n;
	struct cuts *cuts;
	bool decimals;
};

/* The number that a float was kept of, where it tells. */
static double number_of(const struct cutting *c, float x)
{
	return c->decimals && isfinite(x) ? rounded((double)x, 6) : (double)x;
}

/* Cuts below values[i], the first of its kind. */
static void add_cut(struct cutting *c, size_t i)
{
	struct cuts *to = c->cuts;
	float x = c->values[i], before;

	if (i == 0 || (to->count && x <= to->at[to->count - 1].from))
		return;
	before = c->values[i - 1];
	/* Else what is kept as the float before may be any number up to the next float. */
	if (!c->decimals)
		before = nextafterf(before, INFINITY);
	to->at[to->count++] = (struct cut){
		before < x ? cut_between(number_of(c, before), number_of(c, x)) : (double)x, x};
}

static size_t first_equal(const float *values, size_t i)
{
	size_t low = 0;

	while (low < i) {
		size_t middle = low + (i - low) / 2;
		if (values[middle] < values[i])
			low = middle + 1;
		else
			i = middle;
	}
	return low;
}

static size_t first_above(const float *values, size_t n, size_t i)
{
	float x = values[i];
	size_t high = n;

	while (i < high) {
		size_t middle = i + (high - i) / 2;
		if (values[middle] <= x)
			i = middle + 1;
		else
			high = middle;
	}
	return i;
}

static void find_quantiles(struct cutting *c, uint32_t quantiles)
{
	size_t before = SIZE_MAX;

	for (uint32_t k = 1; k < quantiles; k++) {
		size_t i = first_equal(c->values, (size_t)k * c->n / quantiles);
		bool again = i == before;
		before = i;
		if (i > 0 && !again) {
			add_cut(c, i);
			continue;
		}
		/* The least value, or one that many rows have: what is above it. */
		size_t above = first_above(c->values, c->n, i);
		if (above < c->n)
			add_cut(c, above);
	}
}

static void find_equal(const struct cutting *cutting)
{
	struct cuts *c = cutting->cuts;

	for (size_t i = 0; i < cutting->n; i = first_above(cutting->values, cutting->n, i)) {
		if (c->equal_count == CUTS_EQUAL_MOST) {
			c->equal_count = 0;
			return;
		}
		c->equal[c->equal_count++] = (struct cut){number_of(cutting, cutting->values[i]),
							  cutting->values[i]};
	}
	if (c->equal_count < 2)
		c->equal_count = 0;
}

void cuts_find(struct cuts *c, float *values, size_t n, uint32_t quantiles, bool decimals)
{
	size_t known = 0;

	*c = (struct cuts){0};
	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			values[known++] = values[i];
	c->at = xrealloc_array(NULL, 2 * (size_t)quantiles + 1, sizeof *c->at);
	if (known == 0)
		return;
	sort_floats(values, known);
	struct cutting cutting = {values, known, c, decimals};
	find_quantiles(&cutting, quantiles);
	find_equal(&cutting);
}

void cuts_free(struct cuts *c)
{
	free(c->at);
	*c = (struct cuts){0};
}
