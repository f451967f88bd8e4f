/* Penalised logistic regression by iteratively reweighted least squares (Newton's
 * method with step-halving).
 *
 * Minimises, over the coefficients b of a design of n rows,
 *
 *     (1/n) sum_i [ log(1 + exp(x_i'b)) - y_i x_i'b ] + (lambda/2) sum_{j>0} b_j^2
 *
 * (the intercept b_0 is not penalised), or with the penalty of predict/penalty.h: the
 * objective of R's glm for lambda = 0, of glmnet. McCullagh & Nelder, Generalized Linear
 * Models, 2nd ed., section 2.5. By predict/newton.h. */
#ifndef SO1_PREDICT_IRLS_H
#define SO1_PREDICT_IRLS_H

#include "predict/design.h"

struct irls_options {
	double lambda;          /* >= 0 */
	double alpha;           /* share of the absolute values (predict/penalty.h) */
	const double *factors, *ties; /* likewise; NULL: plain */
	int threads;
	uint8_t skip_fold;      /* leave the rows of this fold out; DESIGN_NO_FOLD: none */
	const size_t *order;    /* the columns 1 … in the order in which a column that depends on
	                           earlier ones is given up; NULL: as they are numbered */
	const double *start;    /* columns of them, where to begin; NULL: the base rate */
	bool no_covariance;
};

struct irls_fit {
	size_t columns;
	double *beta;
	bool *aliased;     /* a linear combination of columns before it; its beta is 0 */
	bool *separated;   /* no finite estimate: the data say "as large as you like" */
	double *covariance;/* columns × columns, zero for aliased columns; NULL when not asked
	                      for or when it cannot be had */
	size_t iterations;
	bool converged;
	uint64_t rows, positives;
	double loss;       /* mean log-loss at beta, without the penalty */
};

/* Fails with SO1_FAILED when there are no rows or only one class, more than 8000 columns, when
 * the temporary file cannot be read, or when GSL does. On success everything in *fit is finite. irls_free in
 * every case. */
enum so1_status irls_fit(const struct design *d, const struct irls_options *options,
			 struct irls_fit *fit, struct so1_error *e);
void irls_free(struct irls_fit *fit);

#endif
