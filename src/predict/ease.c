#include "predict/ease.h"

#include "base/memory.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

/* As a share of the largest diagonal element. Items that are always bought together leave
 * nothing but lambda on the diagonal; below this, rounding hides even that. */
static const double lambda_least = 1e-9;

void ease_init(struct ease *x, size_t items)
{
	*x = (struct ease){.items = items};
	x->matrix = xcalloc(items * items, sizeof *x->matrix);
}

void ease_add(struct ease *x, const uint32_t *items, size_t count)
{
	for (size_t a = 0; a < count; a++) {
		double *row = x->matrix + items[a] * x->items;
		for (size_t b = 0; b <= a; b++)
			row[items[b]]++;
	}
}

enum so1_status ease_solve(struct ease *x, double lambda, struct so1_error *e)
{
	double largest = 0;
	bool positive;

	for (size_t i = 0; i < x->items; i++) {
		largest = fmax(largest, x->matrix[i * x->items + i]);
		x->matrix[i * x->items + i] += lambda;
	}
	enum so1_status s = numeric_cholesky(x->matrix, x->items, &positive, e);
	if (s == SO1_OK && (!positive || !(lambda > lambda_least * largest)))
		return error_set(e, SO1_FAILED, "this --lambda is too small to invert by");
	return s == SO1_OK ? numeric_inverse(x->matrix, x->items, e) : s;
}

static double weight_of(const struct ease *x, size_t i, size_t j, const double *factor)
{
	return -x->matrix[i * x->items + j] / x->matrix[j * x->items + j] * factor[j];
}

void ease_nearest(const struct ease *x, size_t i, const double *factor, struct best *best,
		  double *weights)
{
	best->count = 0;
	for (size_t j = 0; j < x->items; j++)
		if (j != i)
			best_offer(best, (struct best_item){
				(uint32_t)j, fabs(weight_of(x, i, j, factor)), 0});
	for (size_t k = 0; k < best->count; k++)
		weights[k] = weight_of(x, i, best->items[k].key, factor);
}

void ease_free(struct ease *x)
{
	free(x->matrix);
	*x = (struct ease){0};
}
