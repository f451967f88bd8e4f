#include "config.h"

#include "predict/loglinear.h"

#include "base/memory.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MOST = 50, HALVINGS_MOST = 20 };

/* Terms of a day, counted from 1970-01-01, `years` behind the last week. */
static void put_terms(unsigned harmonics, double day, double years, double *x)
{
	size_t j = 0;

	x[j++] = 1;
	x[j++] = years;
	for (unsigned k = 1; k <= harmonics; k++) {
		double angle = 2 * M_PI * k * fmod(day, 365.25) / 365.25;
		x[j++] = cos(angle);
		x[j++] = sin(angle);
	}
}

static double dot(const double *x, const double *b, size_t p)
{
	double sum = 0;

	for (size_t j = 0; j < p; j++)
		sum += x[j] * b[j];
	return sum;
}

static double deviance(const double *x, const double *y, size_t n, const double *b, size_t p)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double eta = dot(x + i * p, b, p), mu = exp(eta);
		sum += 2 * ((y[i] > 0 ? y[i] * (log(y[i]) - eta) : 0) - (y[i] - mu));
	}
	return sum;
}

/* Information matrix and score at b. */
static void accumulate(const double *x, const double *y, size_t n, const double *b, size_t p,
		       double *information, double *score)
{
	memset(information, 0, p * p * sizeof *information);
	memset(score, 0, p * sizeof *score);
	for (size_t i = 0; i < n; i++) {
		const double *row = x + i * p;
		double mu = exp(dot(row, b, p));
		for (size_t j = 0; j < p; j++) {
			score[j] += (y[i] - mu) * row[j];
			for (size_t k = 0; k <= j; k++)
				information[j * p + k] += mu * row[j] * row[k];
		}
	}
}

/* One step of Newton, halved until the deviance falls. False when there is none; *done when
 * nothing is left to gain. */
static bool step(const double *x, const double *y, size_t n, double *b, size_t p, double *d,
		 bool *done)
{
	double information[LOGLINEAR_TERMS_MOST * LOGLINEAR_TERMS_MOST];
	double delta[LOGLINEAR_TERMS_MOST], next[LOGLINEAR_TERMS_MOST];
	struct so1_error e;
	bool positive;

	accumulate(x, y, n, b, p, information, delta);
	if (numeric_cholesky(information, p, &positive, &e) != SO1_OK || !positive ||
	    numeric_solve(information, p, delta, &e) != SO1_OK)
		return false;
	for (int halvings = 0; halvings < HALVINGS_MOST; halvings++) {
		for (size_t j = 0; j < p; j++)
			next[j] = b[j] + delta[j];
		double got = deviance(x, y, n, next, p);
		if (isfinite(got) && got <= *d + 1e-12 * fabs(*d)) {
			*done = fabs(*d - got) <= 1e-11 * (fabs(got) + .1);
			*d = got;
			memcpy(b, next, p * sizeof *b);
			return true;
		}
		for (size_t j = 0; j < p; j++)
			delta[j] /= 2;
	}
	*done = true;
	return true;
}

/* Dispersion, autocorrelation and the trend's standard error. */
static bool judge(struct loglinear *m, const double *x, const double *y, size_t n)
{
	size_t p = m->terms;
	double information[LOGLINEAR_TERMS_MOST * LOGLINEAR_TERMS_MOST];
	double score[LOGLINEAR_TERMS_MOST], square = 0, product = 0, before = 0;
	struct so1_error e;
	bool positive;

	for (size_t i = 0; i < n; i++) {
		double mu = exp(dot(x + i * p, m->beta, p)), r = (y[i] - mu) / sqrt(mu);
		if (!isfinite(r))
			return false;
		square += r * r;
		product += r * before;
		before = r;
	}
	m->dispersion = square / (double)(n - p);
	m->autocorrelation = square > 0 ? fmin(fmax(product / square, 0), .95) : 0;
	accumulate(x, y, n, m->beta, p, information, score);
	if (numeric_cholesky(information, p, &positive, &e) != SO1_OK || !positive ||
	    numeric_inverse(information, p, &e) != SO1_OK)
		return false;
	double inflation = (1 + m->autocorrelation) / (1 - m->autocorrelation);
	m->trend_error = sqrt(m->dispersion * inflation * information[p + 1]);
	return isfinite(m->trend_error);
}

bool loglinear_fit(struct loglinear *m, const double *y, size_t n, int64_t first,
		   unsigned harmonics)
{
	size_t p = 2 + 2 * (size_t)harmonics;
	double sum = 0;
	bool ok = true, done = false;

	*m = (struct loglinear){.harmonics = harmonics, .terms = p,
				.last = first + (int64_t)n - 1};
	for (size_t i = 0; i < n; i++)
		sum += y[i];
	if (n < 2 * p || !(sum > 0))
		return false;
	double *x = xcalloc(n * p, sizeof *x);
	for (size_t i = 0; i < n; i++)
		put_terms(harmonics, 7. * (double)(first + (int64_t)i),
			  ((double)i - (double)(n - 1)) / YEAR_WEEKS, x + i * p);
	m->beta[0] = log(sum / (double)n);
	m->deviance = deviance(x, y, n, m->beta, p);
	for (int i = 0; i < ITERATIONS_MOST && ok && !done; i++)
		ok = step(x, y, n, m->beta, p, &m->deviance, &done);
	ok = ok && done && judge(m, x, y, n);
	free(x);
	return ok;
}

double loglinear_at(const struct loglinear *m, int64_t week)
{
	double x[LOGLINEAR_TERMS_MOST];

	put_terms(m->harmonics, 7. * (double)week, (double)(week - m->last) / YEAR_WEEKS, x);
	return exp(dot(x, m->beta, m->terms));
}

/* The Thursday of ISO week w is on average day 7 (w - 1) + 3 of the year, counted from 0. */
double loglinear_season(const struct loglinear *m, int iso_week)
{
	double x[LOGLINEAR_TERMS_MOST];

	put_terms(m->harmonics, 7. * (iso_week - 1) + 3, 0, x);
	return exp(dot(x + 2, m->beta + 2, m->terms - 2));
}
