/* EASE, the "embarrassingly shallow autoencoder": what goes with what.
 *
 * X holds a row a customer and a column an item, 1 where he bought it. The weights B that
 * minimise |X - XB|^2 + lambda |B|^2 with a diagonal of 0 are
 *
 *     B_ij = -P_ij / P_jj  (i != j),   P = (X'X + lambda I)^-1
 *
 * H. Steck, Embarrassingly shallow autoencoders for sparse data, WWW 2019, equation 8.
 * Memory: 8 n^2 bytes; time: counting pairs, then n^3 multiplications through BLAS. */
#ifndef SO1_PREDICT_EASE_H
#define SO1_PREDICT_EASE_H

#include "base/error.h"
#include "predict/best.h"

struct ease {
	size_t items;
	double *matrix; /* items × items: the lower triangle of X'X, then P */
};

void ease_init(struct ease *x, size_t items);
/* A row of X: the items bought, strictly ascending. Counts are whole numbers, so their
 * order does not matter. */
void ease_add(struct ease *x, const uint32_t *items, size_t count);
/* Ends adding. SO1_FAILED when the inverse cannot be had: lambda (>= 0) is too small. */
enum so1_status ease_solve(struct ease *x, double lambda, struct so1_error *e);
/* The best->most items j with the largest |B_ij factor_j| for item i, the largest first; the
 * scores are absolute, the signed values go to weights (room for best->most). */
void ease_nearest(const struct ease *x, size_t i, const double *factor, struct best *best,
		  double *weights);
void ease_free(struct ease *x);

#endif
