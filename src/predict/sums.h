/* One pass over a design matrix for logistic regression: log-loss, gradient and
 * curvature at given coefficients, or the scores of the rows.
 *
 * Blocks are summed each by itself and added up in the order of the rows, so that the
 * sums are the same bits for any number of threads and wherever the blocks lie. */
#ifndef SO1_PREDICT_SUMS_H
#define SO1_PREDICT_SUMS_H

#include "predict/design.h"
#include "predict/scores.h"

struct sums_options {
	int threads;
	uint8_t skip_fold;   /* rows of this fold do not count; DESIGN_NO_FOLD: all do */
	double weight_floor; /* p(1-p) counts as at least this in the Hessian */
	bool no_hessian;     /* leave what is there of it */
	size_t buckets;      /* sums apart: folds 0 … buckets-2, then all other rows; 0: one sum.
	                        At most 255 */
};

/* With eta = x'beta, p = 1/(1+exp(-eta)), sums over the rows:
 *   loss      sum of log(1 + exp(eta)) - y eta
 *   gradient  sum of (p - y) x               [columns]
 *   hessian   sum of p(1-p) x x'             [columns × columns], lower triangle */
struct sums {
	size_t columns;
	uint64_t rows, positives;
	uint64_t floored; /* rows whose weight was raised to the floor */
	double loss;
	double pearson;   /* predict/glm.h only: of (y - m)^2 / V(m) */
	double *gradient, *hessian;
};

void sums_init(struct sums *s, size_t columns);
void sums_free(struct sums *s);
/* To 0, the Hessian only if asked for. */
void sums_clear(struct sums *s, bool hessian);
/* beta: d->columns of them. out: one, or as many as options->buckets. */
enum so1_status sums_pass(const struct design *d, const double *beta,
			  const struct sums_options *options, struct sums *out,
			  struct so1_error *e);
/* loss[f], rows[f]: of the rows of fold f < folds, at its own coefficients
 * betas[f * d->columns …]; rows of other folds do not count. */
enum so1_status sums_fold_losses(const struct design *d, const double *betas, size_t folds,
				 int threads, double *loss, uint64_t *rows, struct so1_error *e);
/* Adds score_pack(p, y) (predict/metrics.h) of the rows of fold `only`, or of all when it is
 * DESIGN_NO_FOLD. */
enum so1_status sums_scores(const struct design *d, const double *beta, uint8_t only, int threads,
			    struct scores *scores, struct so1_error *e);

#endif
