#include "predict/irls.h"

#include "base/memory.h"
#include "predict/numeric.h"
#include "predict/penalty.h"
#include "predict/sums.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MOST = 60, HALVINGS_MOST = 30 };
/* The curvature is a dense matrix, of which a dozen copies are about. */
enum { COLUMNS_MOST = 8000 };
/* Newton's decrement is the squared distance to the optimum in standard errors; it
 * shrinks quadratically, so the step taken at this one lands within 1e-10 of it. */
static const double decrement_enough = 1e-10;
/* A column whose variance given the columns before it is below this share of its own is
 * a combination of them. Products of doubles over n rows carry about 1e-13. */
static const double alias_tolerance = 1e-10;
/* Keeps rows that are certain from making the curvature singular. */
static const double weight_floor = 1e-10;
/* Information left about a column, as a share of what it began with. */
static const double separation_tolerance = 1e-6;

struct newton {
	const struct design *design;
	const struct irls_options *options;
	struct irls_fit *fit;
	struct sums sums, next;
	size_t *active; /* columns in the fit, in order */
	size_t n;       /* of them */
	double *matrix; /* n × n, scratch */
	double *step;   /* n */
	double *trial;  /* columns */
	struct penalty penalty;
	double *pivots; /* of the first curvature, by place in active */
};

static double hessian_at(const struct sums *s, size_t i, size_t j)
{
	return i >= j ? s->hessian[i * s->columns + j] : s->hessian[j * s->columns + i];
}

/* The objectives are sums over the rows, so is the penalty. */
static double rows_of(const struct newton *w)
{
	return (double)w->sums.rows;
}

static double curvature_at(const struct newton *w, size_t i, size_t j)
{
	return hessian_at(&w->sums, i, j) +
	       rows_of(w) * penalty_curvature(&w->penalty, w->sums.columns, i, j);
}

static double objective(const struct newton *w, const struct sums *s, const double *beta)
{
	return s->loss + (double)s->rows * penalty_value(&w->penalty, beta, s->columns);
}

static enum so1_status pass(struct newton *w, const double *beta, double floor, struct sums *out,
			    struct so1_error *e)
{
	struct sums_options o = {
		.threads = w->options->threads,
		.skip_fold = w->options->skip_fold,
		.weight_floor = floor,
	};
	return sums_pass(w->design, beta, &o, out, e);
}

/* Cholesky by rows in the order of the columns, giving up each one that the earlier ones
 * explain: what R's glm does by QR. Fills active, n and the pivots. Runs once a fit, so a
 * plain loop will do. */
static void choose_columns(struct newton *w)
{
	size_t columns = w->sums.columns;
	double *l = xcalloc(columns * columns, sizeof *l);

	w->n = 0;
	for (size_t k = 0; k < columns; k++) {
		size_t j = w->options->order && k > 0 ? w->options->order[k - 1] : k;
		double *row = l + w->n * columns;
		double whole = curvature_at(w, j, j);
		double left = whole;
		for (size_t i = 0; i < w->n; i++) {
			const double *other = l + i * columns;
			double sum = curvature_at(w, j, w->active[i]);
			for (size_t m = 0; m < i; m++)
				sum -= row[m] * other[m];
			row[i] = sum / other[i];
			left -= row[i] * row[i];
		}
		w->fit->aliased[j] = !(left > alias_tolerance * whole);
		if (w->fit->aliased[j])
			continue;
		row[w->n] = sqrt(left);
		w->pivots[w->n] = left;
		w->active[w->n++] = j;
	}
	free(l);
}

static void fill_matrix(struct newton *w, double ridge)
{
	for (size_t i = 0; i < w->n; i++) {
		for (size_t j = 0; j <= i; j++)
			w->matrix[i * w->n + j] = w->matrix[j * w->n + i] =
				curvature_at(w, w->active[i], w->active[j]);
		w->matrix[i * w->n + i] += ridge;
	}
}

/* The factor of the penalised curvature in w->matrix; where it is too close to singular a
 * growing diagonal helps, which only shortens the step. */
static enum so1_status factorise(struct newton *w, struct so1_error *e)
{
	double ridge = 0;

	for (int attempt = 0; attempt < 20; attempt++) {
		bool positive;
		fill_matrix(w, ridge);
		enum so1_status s = numeric_cholesky(w->matrix, w->n, &positive, e);
		if (s != SO1_OK || positive)
			return s;
		ridge = ridge > 0 ? ridge * 10 : 1e-10 * (double)w->sums.rows;
	}
	return error_set(e, SO1_FAILED, "the curvature of the likelihood is not positive definite");
}

/* -(H + penalty)^-1 g, the Newton step of a smooth penalty. */
static enum so1_status solve_smooth(struct newton *w, const double *g, struct so1_error *e)
{
	enum so1_status s = factorise(w, e);

	for (size_t i = 0; i < w->n; i++)
		w->step[i] = -g[i];
	return s == SO1_OK ? numeric_solve(w->matrix, w->n, w->step, e) : s;
}

/* The step to the optimum of the quadratic and the absolute values; returns how far the
 * latter fall. */
static double solve_absolute(struct newton *w, const double *g)
{
	double *beta = xcalloc(w->n, sizeof *beta), *l = xcalloc(w->n, sizeof *l), fall = 0;

	fill_matrix(w, 0);
	for (size_t i = 0; i < w->n; i++) {
		beta[i] = w->fit->beta[w->active[i]];
		l[i] = rows_of(w) * penalty_threshold(&w->penalty, w->active[i]);
		w->step[i] = 0;
	}
	penalty_descend(w->matrix, g, beta, l, w->n, w->step);
	for (size_t i = 0; i < w->n; i++)
		fall += l[i] * (fabs(beta[i]) - fabs(beta[i] + w->step[i]));
	free(beta);
	free(l);
	return fall;
}

/* w->step from fit->beta; *decrement is what it would gain were the objective as its first
 * derivatives say, for a smooth penalty the squared length of the step. */
static enum so1_status newton_step(struct newton *w, double *decrement, struct so1_error *e)
{
	double *g = xmalloc((w->n + 1) * sizeof *g);
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < w->n; i++)
		g[i] = w->sums.gradient[w->active[i]] +
		       rows_of(w) * penalty_slope(&w->penalty, w->fit->beta, w->sums.columns,
						  w->active[i]);
	*decrement = 0;
	if (w->penalty.alpha > 0)
		*decrement = solve_absolute(w, g);
	else
		s = solve_smooth(w, g, e);
	for (size_t i = 0; i < w->n; i++)
		*decrement -= w->step[i] * g[i];
	free(g);
	return s;
}

static void make_trial(struct newton *w, double length)
{
	memcpy(w->trial, w->fit->beta, w->sums.columns * sizeof *w->trial);
	for (size_t i = 0; i < w->n; i++)
		w->trial[w->active[i]] += length * w->step[i];
}

/* The longest of the steps 1, 1/2, 1/4 … that does not raise the objective; moves there.
 * *moved is false when none does: the optimum, as far as doubles can tell. */
static enum so1_status move(struct newton *w, bool *moved, struct so1_error *e)
{
	double before = objective(w, &w->sums, w->fit->beta);
	double length = 1;

	*moved = false;
	for (int halving = 0; halving < HALVINGS_MOST; halving++, length /= 2) {
		make_trial(w, length);
		enum so1_status s = pass(w, w->trial, weight_floor, &w->next, e);
		if (s != SO1_OK)
			return s;
		double after = objective(w, &w->next, w->trial);
		/* Rounding of the sums must not pass for an ascent. */
		if (!(after <= before + 1e-13 * fabs(before)))
			continue;
		struct sums swap = w->sums;
		w->sums = w->next;
		w->next = swap;
		memcpy(w->fit->beta, w->trial, w->sums.columns * sizeof *w->trial);
		*moved = true;
		return SO1_OK;
	}
	return SO1_OK;
}

static enum so1_status iterate(struct newton *w, struct so1_error *e)
{
	struct irls_fit *fit = w->fit;

	while (fit->iterations < ITERATIONS_MOST) {
		double decrement;
		bool moved;
		enum so1_status s = newton_step(w, &decrement, e);
		if (s != SO1_OK)
			return s;
		fit->iterations++;
		s = move(w, &moved, e);
		if (s != SO1_OK)
			return s;
		if (decrement < decrement_enough || !moved) {
			fit->converged = true;
			return SO1_OK;
		}
	}
	return SO1_OK;
}

/* The columns about which the rows have stopped saying anything: those whose pivot in the
 * final curvature (without floor or penalty) has vanished. */
static void find_separation(struct newton *w)
{
	size_t n = w->n;
	double *l = xcalloc(n * n, sizeof *l);

	for (size_t k = 0; k < n; k++) {
		double *row = l + k * n;
		double left = curvature_at(w, w->active[k], w->active[k]);
		for (size_t i = 0; i < k; i++) {
			double sum = curvature_at(w, w->active[k], w->active[i]);
			for (size_t m = 0; m < i; m++)
				sum -= row[m] * l[i * n + m];
			row[i] = l[i * n + i] > 0 ? sum / l[i * n + i] : 0;
			left -= row[i] * row[i];
		}
		w->fit->separated[w->active[k]] = !(left > separation_tolerance * w->pivots[k]);
		row[k] = left > 0 ? sqrt(left) : 0;
	}
	free(l);
}

/* The inverse of the penalised curvature at the optimum. */
static enum so1_status fill_covariance(struct newton *w, struct so1_error *e)
{
	size_t columns = w->sums.columns;
	bool positive;

	fill_matrix(w, 0);
	enum so1_status s = numeric_cholesky(w->matrix, w->n, &positive, e);
	if (s != SO1_OK || !positive)
		return s;
	s = numeric_inverse(w->matrix, w->n, e);
	if (s != SO1_OK)
		return s;
	double *v = xcalloc(columns * columns, sizeof *v);
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->n; j++)
			v[w->active[i] * columns + w->active[j]] = w->matrix[i * w->n + j];
	w->fit->covariance = v;
	return SO1_OK;
}

static enum so1_status check_classes(const struct sums *s, struct so1_error *e)
{
	if (s->rows == 0)
		return error_set(e, SO1_FAILED, "no rows to fit");
	if (s->positives == 0 || s->positives == s->rows)
		return error_set(e, SO1_FAILED,
				 "the target is %d in all %llu rows: nothing to tell apart",
				 s->positives > 0, (unsigned long long)s->rows);
	return SO1_OK;
}

/* The sums at the base rate from those at 0, where all weights are 1/4: the Hessian in
 * proportion, the gradient by the columns' sums, which are those of its intercept. */
static void move_to_base_rate(struct newton *w, double p)
{
	struct sums *s = &w->sums;
	double scale = 4 * p * (1 - p), rows = (double)s->rows;

	w->fit->beta[0] = log(p) - log1p(-p);
	for (size_t j = 0; j < s->columns; j++)
		s->gradient[j] += (p - .5) * 4 * hessian_at(s, j, 0);
	for (size_t i = 0; i < s->columns; i++)
		for (size_t j = 0; j <= i; j++)
			s->hessian[i * s->columns + j] *= scale;
	s->loss = -rows * (p * log(p) + (1 - p) * log1p(-p));
	for (size_t i = 0; i < w->n; i++)
		w->pivots[i] *= scale;
}

/* From the base rate: all weights are equal there, so the first curvature is the plain
 * cross-product and decides which columns depend on others. */
static enum so1_status begin(struct newton *w, struct so1_error *e)
{
	double *beta = w->fit->beta;
	enum so1_status s = pass(w, beta, weight_floor, &w->sums, e);

	if (s == SO1_OK)
		s = check_classes(&w->sums, e);
	if (s != SO1_OK)
		return s;
	choose_columns(w);
	move_to_base_rate(w, (double)w->sums.positives / (double)w->sums.rows);
	w->matrix = xmalloc(w->n * w->n * sizeof *w->matrix);
	w->step = xmalloc(w->n * sizeof *w->step);
	if (w->options->start == NULL)
		return SO1_OK;
	for (size_t i = 0; i < w->n; i++)
		beta[w->active[i]] = w->options->start[w->active[i]];
	return pass(w, beta, weight_floor, &w->sums, e);
}

static enum so1_status finish(struct newton *w, struct so1_error *e)
{
	if (w->sums.floored > 0) {
		enum so1_status s = pass(w, w->fit->beta, 0, &w->sums, e);
		if (s != SO1_OK)
			return s;
	}
	w->fit->rows = w->sums.rows;
	w->fit->positives = w->sums.positives;
	w->fit->loss = w->sums.loss / (double)w->sums.rows;
	if (!isfinite(w->fit->loss))
		return error_set(e, SO1_FAILED, "the fit ran off to infinity: give a --lambda");
	if (w->options->no_covariance)
		return SO1_OK;
	find_separation(w);
	return fill_covariance(w, e);
}

enum so1_status irls_fit(const struct design *d, const struct irls_options *options,
			 struct irls_fit *fit, struct so1_error *e)
{
	struct newton w = {.design = d, .options = options, .fit = fit};
	size_t columns = d->columns;

	w.penalty = (struct penalty){options->lambda, options->alpha, options->factors, options->ties};
	*fit = (struct irls_fit){.columns = columns};
	if (columns > COLUMNS_MOST)
		return error_set(e, SO1_FAILED, "%zu terms are too many (at most %d): --ignore columns "
				 "or lower --max-levels", columns, COLUMNS_MOST);
	fit->beta = xcalloc(columns, sizeof *fit->beta);
	fit->aliased = xcalloc(columns, sizeof *fit->aliased);
	fit->separated = xcalloc(columns, sizeof *fit->separated);
	sums_init(&w.sums, columns);
	sums_init(&w.next, columns);
	w.active = xcalloc(columns, sizeof *w.active);
	w.pivots = xcalloc(columns, sizeof *w.pivots);
	w.trial = xcalloc(columns, sizeof *w.trial);
	enum so1_status s = begin(&w, e);
	if (s == SO1_OK)
		s = iterate(&w, e);
	if (s == SO1_OK)
		s = finish(&w, e);
	sums_free(&w.sums);
	sums_free(&w.next);
	free(w.active);
	free(w.pivots);
	free(w.trial);
	free(w.matrix);
	free(w.step);
	return s;
}

void irls_free(struct irls_fit *fit)
{
	free(fit->beta);
	free(fit->aliased);
	free(fit->separated);
	free(fit->covariance);
	*fit = (struct irls_fit){0};
}
