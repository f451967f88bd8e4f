/* Poisson regression of weekly demand, log link: trend and harmonics of the year,
 *   log E y(t) = b0 + b1 t + sum over k of (c_k cos 2 pi k t + s_k sin 2 pi k t),
 * t in years of 365.25 days. Maximum likelihood by iteratively reweighted least squares
 * (McCullagh and Nelder, Generalized Linear Models, 2nd ed., 2.5 and 6.2). Demand need not be
 * whole or vary as Poisson's: standard errors take the dispersion, Pearson's chi-square /
 * (n - p), and where residuals follow one another with an autocorrelation rho > 0, the variance
 * is (1 + rho) / (1 - rho) times as large, as that of a mean of such terms is. */
#ifndef SO1_PREDICT_LOGLINEAR_H
#define SO1_PREDICT_LOGLINEAR_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { HARMONICS_MOST = 3, LOGLINEAR_TERMS_MOST = 2 + 2 * HARMONICS_MOST };
#define YEAR_WEEKS (365.25 / 7)

struct loglinear {
	unsigned harmonics;
	size_t terms;
	double beta[LOGLINEAR_TERMS_MOST]; /* b0 at the last week, b1, c_1, s_1, … */
	int64_t last;                      /* week */
	double deviance, dispersion;
	double autocorrelation;            /* of Pearson's residuals, from 0 to .95 */
	double trend_error;                /* standard error of b1 */
};

/* y[0..n) are weeks from `first` on, not negative. False when there are fewer than two weeks
 * for each term, or the likelihood has no top. Thread-safe. */
bool loglinear_fit(struct loglinear *m, const double *y, size_t n, int64_t first,
		   unsigned harmonics);
/* Expected demand of a week. */
double loglinear_at(const struct loglinear *m, int64_t week);
/* The season's factor in ISO week 1 … 53, not scaled. */
double loglinear_season(const struct loglinear *m, int iso_week);

#endif
