/* Climbing a smooth function of a few variables inside a box: quasi-Newton (BFGS, Nocedal
 * and Wright, Numerical Optimization, 2006, chapter 6) with backtracking, on the variables
 * that are not pressed against a side of the box. */
#ifndef SO1_PREDICT_ASCEND_H
#define SO1_PREDICT_ASCEND_H

#include "base/error.h"

enum { ASCEND_MOST = 4 };

struct ascend_problem {
	size_t n; /* variables, at most ASCEND_MOST */
	double low, high; /* the box, the same for each */
	/* The value at x and its gradient. May return -INFINITY where there is none. */
	double (*eval)(void *context, const double *x, double *gradient);
	void *context;
};

struct ascend {
	double x[ASCEND_MOST]; /* in: where to start; out: the top */
	/* About the inverse of minus the Hessian, n × n; `warm` in: it is one to start with. */
	double inverse[ASCEND_MOST * ASCEND_MOST];
	bool warm;
	double value;
	bool converged; /* the gradient, but for what presses against the box, is next to 0 */
	bool at_side[ASCEND_MOST];
	unsigned evaluations;
};

/* Values should be of the order of 1 (a mean, not a sum): the gradient is to fall below
 * 1e-12. */
void ascend_climb(const struct ascend_problem *p, struct ascend *a);
/* Minus the Hessian at x by central differences of the gradient, n × n, symmetric. */
void ascend_curvature(const struct ascend_problem *p, const double *x, double *curvature);
/* Standard errors of p = exp(x) (delta method) for n variables from the curvature of a mean
 * over `count`; NaN for those at a side of the box and where the curvature is not positive
 * definite. */
enum so1_status ascend_errors(const struct ascend *a, size_t n, const double *curvature,
			      double count, const double *p, double *std_error,
			      struct so1_error *e);

#endif
