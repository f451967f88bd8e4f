/* Cross-products of the rows of a matrix, H += A'A: where most of a fit's time goes.
 *
 * Rows are laid in panels of eight columns, which is what the multiplication wants to read.
 * Each element of H is a sum over the rows in their order, by multiplications and additions
 * that are rounded one by one, so the bits are the same on every processor; a BLAS promises
 * neither. */
#ifndef SO1_PREDICT_CROSS_H
#define SO1_PREDICT_CROSS_H

#include <stddef.h>

/* Rows that are multiplied at a time: to put more of them before cross_add wins nothing. */
enum { CROSS_ROWS = 64 };

struct cross {
	size_t width;   /* columns */
	double *panels; /* owned */
};

/* Room for `rows` rows of `width` columns. */
void cross_init(struct cross *c, size_t rows, size_t width);
/* Row `row` becomes factor times x, `width` numbers. */
void cross_put(struct cross *c, size_t row, const double *x, double factor);
/* Adds the products of the rows begin … end - 1, all of them put, to the lower triangle of h,
 * whose rows are `stride` apart. The rest of h is left alone. */
void cross_add(const struct cross *c, size_t begin, size_t end, double *h, size_t stride);
/* The same by the code for any processor: for the tests. */
void cross_add_plainly(const struct cross *c, size_t begin, size_t end, double *h, size_t stride);
void cross_free(struct cross *c);

#endif
