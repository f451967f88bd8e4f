/* Which lambda: the coefficients of a penalised logistic regression along a falling row of
 * lambdas, for all rows and without each fold, and how well the latter predict the rows
 * they were fitted without.
 *
 * A pass over the design sums each fold apart, so that the curvature and gradient without a
 * fold are differences; a fold's coefficients are one Newton step from those of all rows
 * (as in approximate cross-validation: Rad & Maleki 2020). What is compared
 * is then the exact log-loss of those coefficients on the rows of the fold. */
#ifndef SO1_PREDICT_PATH_H
#define SO1_PREDICT_PATH_H

#include "predict/penalty.h"
#include "predict/design.h"

struct path_options {
	unsigned folds;  /* 0 … folds-1; rows of other folds are never held out. At most 200 */
	size_t steps;    /* lambdas */
	double highest;  /* the first; each is `ratio` times the one before */
	double ratio;
	double alpha;
	const double *factors, *ties; /* predict/penalty.h */
	int threads;
};

/* The best of the path: the least mean log-loss of held-out rows, the larger lambda at
 * equals. The path ends early when the loss has risen for long. */
struct path_best {
	double lambda, loss;
	size_t steps;    /* that were taken */
	double *beta;    /* of all rows at lambda */
	double *held_out;/* folds × columns: without each fold; path_free */
};

/* SO1_FAILED as irls_fit, and when no row is in a fold. */
enum so1_status path_run(const struct design *d, const struct path_options *o,
			 struct path_best *best, struct so1_error *e);
/* The least lambda at which all coefficients but the intercept are 0, for alpha > 0. */
enum so1_status path_highest(const struct design *d, const struct path_options *o,
			     double *lambda, struct so1_error *e);
void path_free(struct path_best *best);

#endif
