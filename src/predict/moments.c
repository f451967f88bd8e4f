#include "predict/moments.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Two columns at a time and without branches, whatever the optimiser thinks: a column after the
 * other took a tenth of a fit. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t mask __attribute__((vector_size(16), aligned(8), may_alias));

enum { PAIR = 2 };

void moments_init(struct moments *m, size_t columns)
{
	/* Whole pairs. */
	size_t n = columns + columns % PAIR;
	double *numbers = xcalloc(n, 6 * sizeof *numbers);

	*m = (struct moments){
		.columns = columns, .count = xcalloc(n, sizeof *m->count),
		.sum = numbers, .mean = numbers + n, .min = numbers + 2 * n, .max = numbers + 3 * n,
		.m2 = numbers + 4 * n, .m3 = numbers + 5 * n,
	};
	for (size_t k = 0; k < n; k++) {
		m->min[k] = INFINITY;
		m->max[k] = -INFINITY;
	}
}

void moments_free(struct moments *m)
{
	free(m->count);
	free(m->sum);
	*m = (struct moments){0};
}

/* The cells of columns k and k + 1, a missing one behind the last column. */
static inline pair cells_at(const double *cells, size_t k, size_t columns)
{
	if (k + PAIR <= columns)
		return *(const pair *)(cells + k);
	return (pair){cells[k], NAN};
}

static inline pair choose(mask which, pair yes, pair no)
{
	return (pair)(((mask)yes & which) | ((mask)no & ~which));
}

void moments_count(struct moments *m, const double *cells)
{
	const pair none = {0};

	for (size_t k = 0; k < m->columns; k += PAIR) {
		pair x = cells_at(cells, k, m->columns);
		pair *min = (pair *)(m->min + k), *max = (pair *)(m->max + k);
		/* Missing cells and texts are NaNs, which alone are unequal to themselves. */
		mask there = x == x;
		*(mask *)(m->count + k) -= there;
		*(pair *)(m->sum + k) += choose(there, x, none);
		*min = choose(x < *min, x, *min);
		*max = choose(x > *max, x, *max);
	}
}

void moments_center(struct moments *m)
{
	for (size_t k = 0; k < m->columns; k++)
		m->mean[k] = m->count[k] > 0 ? m->sum[k] / (double)m->count[k] : 0;
}

void moments_spread(struct moments *m, const double *cells)
{
	const pair none = {0};

	for (size_t k = 0; k < m->columns; k += PAIR) {
		pair x = cells_at(cells, k, m->columns);
		pair d = choose(x == x, x - *(const pair *)(m->mean + k), none);
		pair square = d * d;
		*(pair *)(m->m2 + k) += square;
		*(pair *)(m->m3 + k) += square * d;
	}
}

double moments_skewness(const struct moments *m, size_t column)
{
	double n = (double)m->count[column];

	if (m->count[column] < 3 || m->m2[column] == 0)
		return 0;
	return m->m3[column] / n / pow(m->m2[column] / n, 1.5);
}
