#include "predict/path.h"

#include "base/memory.h"
#include "predict/irls.h"
#include "predict/numeric.h"
#include "predict/sums.h"

#include <math.h>
#include <stdlib.h>

enum { NEWTON_MOST = 12 };
/* What a step along the path may leave, in log-likelihood a row: cross-validated losses
 * differ by 1e-4 when they differ. */
static const double gain_enough = 1e-7;
static const double weight_floor = 1e-5;
/* The curvature is taken anew when the log-loss has moved by this share since, or when a
 * step with the old one gains less than a tenth of what it should. */
static const double drift_most = .01;
/* The loss of so many lambdas in a row above the best ends the path. */
enum { RISING_MOST = 4 };

struct walk {
	const struct design *design;
	const struct path_options *options;
	struct penalty penalty;
	struct sums *sums; /* folds + 1 */
	struct sums total, part;
	double curvature_loss; /* where the Hessians were taken; NaN: nowhere */
	double *beta, *trial, *betas, *matrix, *gradient, *step, *l;
};

static void add(struct sums *to, const struct sums *from, double sign, bool hessian)
{
	size_t n = to->columns;

	to->loss += sign * from->loss;
	for (size_t j = 0; j < n; j++)
		to->gradient[j] += sign * from->gradient[j];
	for (size_t i = 0; hessian && i < n; i++)
		for (size_t j = 0; j <= i; j++)
			to->hessian[i * n + j] += sign * from->hessian[i * n + j];
}

static void copy(struct sums *to, const struct sums *from, bool hessian)
{
	size_t n = to->columns;

	to->rows = from->rows;
	to->positives = from->positives;
	to->loss = from->loss;
	memcpy(to->gradient, from->gradient, n * sizeof *to->gradient);
	if (hessian)
		memcpy(to->hessian, from->hessian, n * n * sizeof *to->hessian);
}

/* Sums at beta: each fold's, and all together; the Hessians only when asked for. */
static enum so1_status pass(struct walk *w, const double *beta, bool hessian, struct so1_error *e)
{
	unsigned folds = w->options->folds;
	struct sums_options o = {
		.threads = w->options->threads,
		.skip_fold = DESIGN_NO_FOLD,
		.weight_floor = weight_floor,
		.no_hessian = !hessian,
		.buckets = folds + 1,
	};
	enum so1_status s = sums_pass(w->design, beta, &o, w->sums, e);

	copy(&w->total, &w->sums[folds], hessian);
	for (unsigned k = 0; k < folds; k++) {
		add(&w->total, &w->sums[k], 1, hessian);
		w->total.rows += w->sums[k].rows;
		w->total.positives += w->sums[k].positives;
	}
	if (hessian)
		w->curvature_loss = w->total.loss;
	return s;
}

/* w->matrix and w->gradient: the penalised quadratic of s at beta. */
static void fill(struct walk *w, const struct sums *s, const double *beta, double ridge)
{
	size_t n = s->columns;
	double rows = (double)s->rows;

	for (size_t i = 0; i < n; i++) {
		double *line = w->matrix + i * n;
		memcpy(line, s->hessian + i * n, (i + 1) * sizeof *line);
		line[i] += rows * penalty_curvature(&w->penalty, n, i, i) + ridge;
		if (i > 0)
			line[i - 1] += rows * penalty_curvature(&w->penalty, n, i, i - 1);
		w->gradient[i] = s->gradient[i] + rows * penalty_slope(&w->penalty, beta, n, i);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			w->matrix[j * n + i] = w->matrix[i * n + j];
}

/* w->step from beta to the optimum of the quadratic. */
static enum so1_status solve(struct walk *w, const struct sums *s, const double *beta,
			     struct so1_error *e)
{
	size_t n = s->columns;
	double ridge = 0;

	for (int attempt = 0; attempt < 20; attempt++) {
		bool positive;
		fill(w, s, beta, ridge);
		if (w->penalty.alpha > 0) {
			for (size_t j = 0; j < n; j++) {
				w->l[j] = (double)s->rows * penalty_threshold(&w->penalty, j);
				w->step[j] = 0;
			}
			penalty_descend(w->matrix, w->gradient, beta, w->l, n, w->step);
			return SO1_OK;
		}
		enum so1_status status = numeric_cholesky(w->matrix, n, &positive, e);
		if (status != SO1_OK)
			return status;
		if (positive) {
			for (size_t j = 0; j < n; j++)
				w->step[j] = -w->gradient[j];
			return numeric_solve(w->matrix, n, w->step, e);
		}
		ridge = ridge > 0 ? ridge * 10 : 1e-10 * (double)s->rows;
	}
	return error_set(e, SO1_FAILED, "the curvature of the likelihood is not positive definite");
}

static double objective(const struct walk *w, const double *beta)
{
	return w->total.loss +
	       (double)w->total.rows * penalty_value(&w->penalty, beta, w->total.columns);
}

static bool is_stale(const struct walk *w)
{
	return !(fabs(w->total.loss - w->curvature_loss) <= drift_most * w->curvature_loss);
}

/* The longest of the steps 1, 1/2 … that does not raise the objective; *after is where it
 * leads. */
static enum so1_status move(struct walk *w, double before, double *after, struct so1_error *e)
{
	size_t n = w->total.columns;
	double length = 1;
	enum so1_status s = SO1_OK;

	for (int halving = 0; halving < 20 && s == SO1_OK; halving++, length /= 2) {
		for (size_t j = 0; j < n; j++)
			w->trial[j] = w->beta[j] + length * w->step[j];
		s = pass(w, w->trial, false, e);
		*after = objective(w, w->trial);
		if (*after <= before + 1e-12 * fabs(before))
			break;
	}
	memcpy(w->beta, w->trial, n * sizeof *w->beta);
	return s;
}

/* All rows at w->penalty.lambda, from w->beta; leaves the sums there. */
static enum so1_status fit_all(struct walk *w, struct so1_error *e)
{
	double before = objective(w, w->beta), last = INFINITY;

	for (int k = 0; k < NEWTON_MOST; k++) {
		double after = before;
		enum so1_status s = solve(w, &w->total, w->beta, e);
		if (s == SO1_OK)
			s = move(w, before, &after, e);
		double gain = before - after;
		bool done = !(gain > gain_enough * (double)w->total.rows);
		/* A slow gain is the old curvature's fault. */
		if (s == SO1_OK && (is_stale(w) || (!done && gain > last / 10)))
			s = pass(w, w->beta, true, e);
		if (s != SO1_OK || done)
			return s;
		before = after;
		last = gain;
	}
	return SO1_OK;
}

/* The coefficients without fold k. */
static enum so1_status leave_out(struct walk *w, unsigned k, struct so1_error *e)
{
	size_t n = w->total.columns;

	copy(&w->part, &w->total, true);
	add(&w->part, &w->sums[k], -1, true);
	w->part.rows -= w->sums[k].rows;
	w->part.positives -= w->sums[k].positives;
	if (w->part.positives == 0 || w->part.positives == w->part.rows)
		return error_set(e, SO1_FAILED, "without fold %u the target is %d in all %llu rows",
				 k + 1, w->part.positives > 0, (unsigned long long)w->part.rows);
	enum so1_status s = solve(w, &w->part, w->beta, e);
	for (size_t j = 0; j < n; j++)
		w->betas[k * n + j] = w->beta[j] + w->step[j];
	return s;
}

/* Mean log-loss of the rows in folds. */
static enum so1_status held_out(struct walk *w, double *loss, struct so1_error *e)
{
	unsigned folds = w->options->folds;
	double *losses = xcalloc(folds, sizeof *losses), sum = 0;
	uint64_t *rows = xcalloc(folds, sizeof *rows), count = 0;
	enum so1_status s = SO1_OK;

	for (unsigned k = 0; k < folds && s == SO1_OK; k++)
		s = leave_out(w, k, e);
	if (s == SO1_OK)
		s = sums_fold_losses(w->design, w->betas, folds, w->options->threads, losses, rows, e);
	for (unsigned k = 0; k < folds; k++) {
		sum += losses[k];
		count += rows[k];
	}
	*loss = sum / (double)count;
	if (s == SO1_OK && count == 0)
		s = error_set(e, SO1_FAILED, "no rows to validate on");
	free(losses);
	free(rows);
	return s;
}

static void walk_init(struct walk *w, const struct design *d, const struct path_options *o)
{
	size_t n = d->columns;

	*w = (struct walk){.design = d, .options = o};
	w->penalty = (struct penalty){0, o->alpha, o->factors, o->ties};
	w->sums = xcalloc(o->folds + 1, sizeof *w->sums);
	for (unsigned k = 0; k <= o->folds; k++)
		sums_init(&w->sums[k], n);
	sums_init(&w->total, n);
	sums_init(&w->part, n);
	w->beta = xcalloc(n, sizeof *w->beta);
	w->trial = xcalloc(n, sizeof *w->trial);
	w->betas = xcalloc(n * (o->folds + 1), sizeof *w->betas);
	w->matrix = xcalloc(n * n, sizeof *w->matrix);
	w->gradient = xcalloc(n, sizeof *w->gradient);
	w->step = xcalloc(n, sizeof *w->step);
	w->l = xcalloc(n, sizeof *w->l);
}

static void walk_free(struct walk *w)
{
	for (unsigned k = 0; k <= w->options->folds; k++)
		sums_free(&w->sums[k]);
	free(w->sums);
	sums_free(&w->total);
	sums_free(&w->part);
	free(w->beta);
	free(w->trial);
	free(w->betas);
	free(w->matrix);
	free(w->gradient);
	free(w->step);
	free(w->l);
}

/* Sums at the base rate, all other coefficients 0. */
static enum so1_status begin(struct walk *w, struct so1_error *e)
{
	double rows = (double)w->design->rows, p = (double)w->design->positives / rows;

	if (w->design->positives == 0 || w->design->positives == w->design->rows)
		return error_set(e, SO1_FAILED, "the target is %d in all %llu rows: nothing to tell "
				 "apart", w->design->positives > 0,
				 (unsigned long long)w->design->rows);
	w->beta[0] = log(p) - log1p(-p);
	return pass(w, w->beta, true, e);
}

enum so1_status path_highest(const struct design *d, const struct path_options *o,
			     double *lambda, struct so1_error *e)
{
	struct walk w;

	walk_init(&w, d, o);
	enum so1_status s = begin(&w, e);
	*lambda = 0;
	for (size_t j = 1; j < d->columns; j++) {
		double f = o->factors ? o->factors[j] : 1;
		if (f > 0)
			*lambda = fmax(*lambda, fabs(w.total.gradient[j]) / (f * (double)d->rows));
	}
	*lambda /= o->alpha > 1e-3 ? o->alpha : 1e-3;
	walk_free(&w);
	return s;
}

enum so1_status path_run(const struct design *d, const struct path_options *o,
			 struct path_best *best, struct so1_error *e)
{
	struct walk w;
	int rising = 0;

	*best = (struct path_best){.loss = INFINITY};
	best->beta = xcalloc(d->columns, sizeof *best->beta);
	best->held_out = xcalloc(d->columns * o->folds, sizeof *best->held_out);
	walk_init(&w, d, o);
	enum so1_status s = begin(&w, e);
	w.penalty.lambda = o->highest;
	for (; best->steps < o->steps && rising < RISING_MOST && s == SO1_OK; best->steps++) {
		double loss;
		s = fit_all(&w, e);
		if (s == SO1_OK)
			s = held_out(&w, &loss, e);
		if (s != SO1_OK)
			break;
		rising++;
		if (loss < best->loss) {
			rising = 0;
			best->lambda = w.penalty.lambda;
			best->loss = loss;
			memcpy(best->beta, w.beta, d->columns * sizeof *best->beta);
			memcpy(best->held_out, w.betas, o->folds * d->columns * sizeof *w.betas);
		}
		w.penalty.lambda *= o->ratio;
	}
	walk_free(&w);
	return s;
}

void path_free(struct path_best *best)
{
	free(best->beta);
	free(best->held_out);
	*best = (struct path_best){0};
}
