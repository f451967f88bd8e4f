#include "predict/newton.h"

#include "base/memory.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

/* Newton's decrement is the squared distance to the optimum in standard errors; it
 * shrinks quadratically, so the step taken at this one lands within 1e-10 of it. */
const double newton_enough = 1e-10;
/* A column whose variance given the columns before it is below this share of its own is
 * a combination of them. Products of doubles over n rows carry about 1e-13. */
static const double alias_tolerance = 1e-10;

void newton_init(struct newton *w, size_t columns, double *beta, bool *aliased)
{
	w->columns = columns;
	w->beta = beta;
	w->aliased = aliased;
	w->scale = 1;
	w->enough = newton_enough;
	sums_init(&w->sums, columns);
	sums_init(&w->next, columns);
	w->active = xcalloc(columns, sizeof *w->active);
	w->pivots = xcalloc(columns, sizeof *w->pivots);
	w->trial = xcalloc(columns, sizeof *w->trial);
}

void newton_free(struct newton *w)
{
	sums_free(&w->sums);
	sums_free(&w->next);
	free(w->active);
	free(w->pivots);
	free(w->trial);
	free(w->matrix);
	free(w->step);
}

double newton_hessian(const struct sums *s, size_t i, size_t j)
{
	return i >= j ? s->hessian[i * s->columns + j] : s->hessian[j * s->columns + i];
}

/* The objectives are sums over the rows, so is the penalty. */
static double rows_of(const struct newton *w)
{
	return (double)w->sums.rows * w->scale;
}

double newton_curvature(const struct newton *w, size_t i, size_t j)
{
	return newton_hessian(&w->sums, i, j) +
	       rows_of(w) * penalty_curvature(&w->penalty, w->columns, i, j);
}

static double objective(const struct newton *w, const struct sums *s, const double *beta)
{
	return s->loss + (double)s->rows * w->scale * penalty_value(&w->penalty, beta, s->columns);
}

/* Cholesky by rows in the order of the columns, giving up each one that the earlier ones
 * explain: what R's glm does by QR. Fills active, n and the pivots. Runs once a fit, so a
 * plain loop will do. */
void newton_choose(struct newton *w)
{
	size_t columns = w->columns;
	double *l = xcalloc(columns * columns, sizeof *l);

	w->n = 0;
	for (size_t k = 0; k < columns; k++) {
		size_t j = w->order && k > 0 ? w->order[k - 1] : k;
		double *row = l + w->n * columns;
		double whole = newton_curvature(w, j, j);
		double left = whole;
		for (size_t i = 0; i < w->n; i++) {
			const double *other = l + i * columns;
			double sum = newton_curvature(w, j, w->active[i]);
			for (size_t m = 0; m < i; m++)
				sum -= row[m] * other[m];
			row[i] = sum / other[i];
			left -= row[i] * row[i];
		}
		w->aliased[j] = !(left > alias_tolerance * whole);
		if (w->aliased[j])
			continue;
		row[w->n] = sqrt(left);
		w->pivots[w->n] = left;
		w->active[w->n++] = j;
	}
	free(l);
	w->matrix = xmalloc(w->n * w->n * sizeof *w->matrix);
	w->step = xmalloc(w->n * sizeof *w->step);
}

static void fill_matrix(struct newton *w, double ridge)
{
	for (size_t i = 0; i < w->n; i++) {
		for (size_t j = 0; j <= i; j++)
			w->matrix[i * w->n + j] = w->matrix[j * w->n + i] =
				newton_curvature(w, w->active[i], w->active[j]);
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
		ridge = ridge > 0 ? ridge * 10 : 1e-10 * rows_of(w);
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
		beta[i] = w->beta[w->active[i]];
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
		       rows_of(w) * penalty_slope(&w->penalty, w->beta, w->columns,
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
	memcpy(w->trial, w->beta, w->columns * sizeof *w->trial);
	for (size_t i = 0; i < w->n; i++)
		w->trial[w->active[i]] += length * w->step[i];
}

/* The longest of the steps 1, 1/2, 1/4 … that does not raise the objective; moves there.
 * *moved is false when none does: the optimum, as far as doubles can tell. */
static enum so1_status move(struct newton *w, bool *moved, struct so1_error *e)
{
	double before = objective(w, &w->sums, w->beta);
	double length = 1;

	*moved = false;
	for (int halving = 0; halving < w->halvings_most; halving++, length /= 2) {
		make_trial(w, length);
		enum so1_status s = w->pass(w->context, w->trial, &w->next, e);
		if (s != SO1_OK)
			return s;
		double after = objective(w, &w->next, w->trial);
		/* Rounding of the sums must not pass for an ascent. */
		if (!(after <= before + 1e-13 * fabs(before)))
			continue;
		struct sums swap = w->sums;
		w->sums = w->next;
		w->next = swap;
		memcpy(w->beta, w->trial, w->columns * sizeof *w->trial);
		*moved = true;
		return SO1_OK;
	}
	return SO1_OK;
}

enum so1_status newton_iterate(struct newton *w, struct so1_error *e)
{
	while (w->iterations < w->iterations_most) {
		double decrement;
		bool moved;
		enum so1_status s = newton_step(w, &decrement, e);
		if (s != SO1_OK)
			return s;
		w->iterations++;
		s = move(w, &moved, e);
		if (s != SO1_OK)
			return s;
		if (decrement <= w->enough || !moved) {
			w->converged = true;
			return SO1_OK;
		}
	}
	return SO1_OK;
}

enum so1_status newton_covariance(struct newton *w, double factor, double **out,
				  struct so1_error *e)
{
	bool positive;

	*out = NULL;
	fill_matrix(w, 0);
	enum so1_status s = numeric_cholesky(w->matrix, w->n, &positive, e);
	if (s != SO1_OK || !positive)
		return s;
	s = numeric_inverse(w->matrix, w->n, e);
	if (s != SO1_OK)
		return s;
	*out = xcalloc(w->columns * w->columns, sizeof **out);
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->n; j++)
			(*out)[w->active[i] * w->columns + w->active[j]] =
				factor * w->matrix[i * w->n + j];
	return SO1_OK;
}
