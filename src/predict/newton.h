/* Newton's method with step-halving for a penalised regression: minimises, over the
 * coefficients b of a design,
 *
 *     sum over the rows of a loss of x_i'b  +  rows * scale * penalty(b)
 *
 * for any convex loss whose sums a pass over the rows gives (predict/irls.h, predict/glm.h). */
#ifndef SO1_PREDICT_NEWTON_H
#define SO1_PREDICT_NEWTON_H

#include "predict/penalty.h"
#include "predict/sums.h"

/* Sums of loss, gradient, Hessian and rows at beta into *out. */
typedef enum so1_status newton_pass(void *context, const double *beta, struct sums *out,
				    struct so1_error *e);

/* The decrement below which a step is the last, of a loss in log-likelihood. */
extern const double newton_enough;

struct newton {
	/* The caller's, all set before newton_choose. */
	newton_pass *pass;
	void *context;
	struct penalty penalty;
	const size_t *order;  /* the columns 1 ... in the order in which one that depends on earlier
	                         ones is given up; NULL: as they are numbered */
	size_t iterations_most;
	int halvings_most;
	double scale, enough; /* newton_init: 1, newton_enough */
	/* The coefficients, where they stand; columns that depend on others. Both the caller's. */
	double *beta;
	bool *aliased;
	size_t columns;
	struct sums sums, next; /* sums: at beta */
	size_t *active;  /* columns in the fit, in order */
	size_t n;        /* of them */
	double *pivots;  /* of the curvature newton_choose saw, by place in active */
	double *matrix;  /* n x n, scratch */
	double *step;    /* n */
	double *trial;   /* columns */
	size_t iterations;
	bool converged;
};

/* Into a struct that is zero but for what the caller has set; newton_free when done. */
void newton_init(struct newton *w, size_t columns, double *beta, bool *aliased);
/* Which columns are in the fit, by w->sums, whose weights should all be alike: Cholesky gives up
 * each one that the earlier ones explain, as R's glm does by QR. Once. */
void newton_choose(struct newton *w);
/* From w->beta and w->sums there to the optimum; w->converged is false when it was not reached
 * in iterations_most steps. */
enum so1_status newton_iterate(struct newton *w, struct so1_error *e);
/* factor times the inverse of the penalised curvature, columns x columns with zeros for aliased
 * ones; the caller frees it. NULL when the curvature is singular. */
enum so1_status newton_covariance(struct newton *w, double factor, double **out,
				  struct so1_error *e);
/* Of the sums alone, and with the penalty. */
double newton_hessian(const struct sums *s, size_t i, size_t j);
double newton_curvature(const struct newton *w, size_t i, size_t j);
void newton_free(struct newton *w);

#endif
