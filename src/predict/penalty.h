/* The penalty of a regression over the coefficients b_1 …, the intercept b_0 left out:
 *
 *   lambda [ (1-alpha)/2 sum f_j b_j^2 + alpha sum f_j |b_j| + 1/2 sum t_j (b_j - b_{j+1})^2 ]
 *
 * the elastic net of Zou & Hastie (2005) with factors f as in glmnet, and ties t that hold
 * neighbouring levels of an ordered column together, as P-splines of degree 0 do (Eilers &
 * Marx 1996). */
#ifndef SO1_PREDICT_PENALTY_H
#define SO1_PREDICT_PENALTY_H

#include "base/error.h"

struct penalty {
	double lambda, alpha;  /* alpha 0: ridge */
	const double *factors; /* columns of them; NULL: 1 */
	const double *ties;    /* likewise; t_j at j, which ties j to j + 1; NULL: none */
};

double penalty_value(const struct penalty *p, const double *beta, size_t columns);
/* Of the smooth part (without the absolute values), by b_j; second derivatives by b_i, b_j. */
double penalty_slope(const struct penalty *p, const double *beta, size_t columns, size_t j);
double penalty_curvature(const struct penalty *p, size_t columns, size_t i, size_t j);
/* lambda alpha f_j */
double penalty_threshold(const struct penalty *p, size_t j);

/* Minimises g'd + d'Hd/2 + sum of l_i |b_i + d_i| over d by cyclic coordinate descent
 * (Friedman, Hastie & Tibshirani 2010, covariance updates). h: n × n, symmetric, row-major,
 * with positive diagonal; all arrays n long. d begins where it stands. */
void penalty_descend(const double *h, const double *g, const double *beta, const double *l,
		     size_t n, double *d);

#endif
