/* Penalised regression of a quantity by iteratively reweighted least squares.
 *
 *   identity  mean m = x'b, variance constant (least squares):
 *             (1/2n) sum (y - x'b)^2  +  (lambda/2) sum_{j>0} b_j^2
 *   log       mean m = exp(x'b), variance in proportion to m (quasi-Poisson), y >= 0:
 *             (1/n) sum (m - y x'b) / ybar  +  (lambda/2) sum_{j>0} b_j^2
 *
 * For lambda = 0 the estimates and standard errors of R's glm with gaussian() and
 * quasipoisson(); ybar, the mean of y, keeps lambda free of y's unit. The dispersion is
 * Pearson's: sum (y - m)^2 / V(m) / (n - columns not aliased). McCullagh & Nelder, Generalized
 * Linear Models, 2nd ed., sections 2.5 and 9.2, by predict/newton.h; for amounts with zeros the second is consistent
 * whatever their distribution: Santos Silva & Tenreyro, The log of gravity, 2006. */
#ifndef SO1_PREDICT_GLM_H
#define SO1_PREDICT_GLM_H

#include "predict/design.h"

enum glm_link { GLM_IDENTITY, GLM_LOG, GLM_LINKS };

const char *glm_link_name(enum glm_link link);
/* The mean at a linear predictor; finite for finite eta. */
double glm_mean(enum glm_link link, double eta);

struct glm_options {
	enum glm_link link;
	double lambda;       /* >= 0 */
	uint8_t skip_fold;   /* DESIGN_NO_FOLD: none */
	const size_t *order; /* as irls_options.order */
	const double *start; /* as irls_options.start; NULL: the mean */
};

struct glm_fit {
	size_t columns;      /* of x: one fewer than the design's */
	double *beta;
	bool *aliased;
	double *covariance;  /* columns × columns; NULL when it cannot be had */
	double dispersion, mean;
	uint64_t rows;
	size_t iterations;
	bool converged;
};

/* d: its first dense column is y, the others, then the codes, are x. Fails with SO1_FAILED
 * without rows, with an all-zero y for GLM_LOG, beyond 8000 columns, or when the temporary file
 * cannot be read. On success beta is finite. glm_free in every case. */
enum so1_status glm_fit(const struct design *d, const struct glm_options *options,
			struct glm_fit *fit, struct so1_error *e);
/* x'b of row i of a block. */
double glm_eta(const struct design *d, const struct design_block *b, size_t i, const double *beta);
void glm_free(struct glm_fit *fit);

#endif
