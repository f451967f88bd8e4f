#include "predict/glm.h"

#include "base/memory.h"
#include "predict/cross.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MOST = 100, HALVINGS_MOST = 40, COLUMNS_MOST = 8000 };
/* Doubles of rows that are multiplied at once. */
enum { CHUNK_DOUBLES = 1 << 20 };
/* As in irls.c: squared distance to the optimum in standard errors, and the variance left of a
 * column that the earlier ones do not explain. */
static const double decrement_enough = 1e-10;
static const double alias_tolerance = 1e-10;
/* exp of more is no amount of anything. */
static const double eta_most = 600;

/* Over the rows, at some beta: gradient sum of (m - y) x, hessian sum of w x x' (lower
 * triangle), loss without the penalty, Pearson's sum. */
struct sums {
	double *gradient, *hessian;
	double loss, pearson, y, y2, rows;
};

struct newton {
	const struct design *design;
	const struct glm_options *options;
	struct glm_fit *fit;
	struct sums sums, next;
	size_t columns, n; /* n: of them in the fit */
	size_t *active;
	double *matrix, *step, *trial, *line;
	struct cross chunk; /* rows that are multiplied at once */
	void *block;
	double scale;      /* of the loss: 1, or ybar */
};

const char *glm_link_name(enum glm_link link)
{
	return link == GLM_LOG ? "log" : "identity";
}

double glm_mean(enum glm_link link, double eta)
{
	if (link == GLM_IDENTITY)
		return eta;
	return exp(eta < eta_most ? eta : eta_most);
}

/* The design's coefficient of x's column j: y stands between the intercept and the rest. */
static size_t column_of(size_t code_column)
{
	return code_column - 1;
}

double glm_eta(const struct design *d, const struct design_block *b, size_t i, const double *beta)
{
	const double *x = b->x + i * (d->dense + 1);
	const uint16_t *codes = b->codes + i * d->codes;
	double eta = beta[0];

	for (size_t j = 1; j < d->dense; j++)
		eta += x[j + 1] * beta[j];
	for (size_t c = 0; c < d->codes; c++)
		if (codes[c] != DESIGN_NO_LEVEL)
			eta += beta[column_of(d->code_column[c]) + codes[c]];
	return eta;
}

/* A row in full. */
static void expand(const struct design *d, const struct design_block *b, size_t i, double *out,
		   size_t columns)
{
	const double *x = b->x + i * (d->dense + 1);
	const uint16_t *codes = b->codes + i * d->codes;

	memset(out, 0, columns * sizeof *out);
	out[0] = 1;
	for (size_t j = 1; j < d->dense; j++)
		out[j] = x[j + 1];
	for (size_t c = 0; c < d->codes; c++)
		if (codes[c] != DESIGN_NO_LEVEL)
			out[column_of(d->code_column[c]) + codes[c]] = 1;
}

/* Adds a row's share of everything but the hessian, whose weight comes back. */
static double add_row(const struct newton *w, const struct design_block *b, size_t i,
		      const double *beta, struct sums *out)
{
	const struct design *d = w->design;
	const double *x = b->x + i * (d->dense + 1);
	const uint16_t *codes = b->codes + i * d->codes;
	double y = x[1], eta = glm_eta(d, b, i, beta), m = glm_mean(w->options->link, eta);
	double r = m - y;
	bool logs = w->options->link == GLM_LOG;

	out->rows++;
	out->y += y;
	out->y2 += y * y;
	out->loss += logs ? m - y * eta : r * r / 2;
	out->pearson += logs ? (m > 0 ? r * r / m : 0) : r * r;
	out->gradient[0] += r;
	for (size_t j = 1; j < d->dense; j++)
		out->gradient[j] += r * x[j + 1];
	for (size_t c = 0; c < d->codes; c++)
		if (codes[c] != DESIGN_NO_LEVEL)
			out->gradient[column_of(d->code_column[c]) + codes[c]] += r;
	return logs ? m : 1;
}

static size_t chunk_rows(size_t columns)
{
	size_t n = CHUNK_DOUBLES / columns;

	return n < 1 ? 1 : n > DESIGN_ROWS ? DESIGN_ROWS : n;
}

/* In the order of the rows, so that the sums are the same bits wherever the blocks lie. */
static enum so1_status pass(struct newton *w, const double *beta, struct sums *out,
			    struct so1_error *e)
{
	const struct design *d = w->design;
	size_t most = chunk_rows(w->columns), filled = 0;
	enum so1_status s = SO1_OK;

	out->loss = out->pearson = out->y = out->y2 = out->rows = 0;
	memset(out->gradient, 0, w->columns * sizeof *out->gradient);
	memset(out->hessian, 0, w->columns * w->columns * sizeof *out->hessian);
	for (size_t k = 0; k < design_block_count(d) && s == SO1_OK; k++) {
		struct design_block b;
		s = design_read(d, k, w->block, &b, e);
		for (size_t i = 0; s == SO1_OK && i < b.rows; i++) {
			if (b.fold[i] == w->options->skip_fold && b.fold[i] != DESIGN_NO_FOLD)
				continue;
			double weight = add_row(w, &b, i, beta, out);
			expand(d, &b, i, w->line, w->columns);
			cross_put(&w->chunk, filled++, w->line, sqrt(weight));
			if (filled == most) {
				cross_add(&w->chunk, 0, filled, out->hessian, w->columns);
				filled = 0;
			}
		}
	}
	cross_add(&w->chunk, 0, filled, out->hessian, w->columns);
	return s;
}

static double penalty_of(const struct newton *w, size_t column)
{
	return column == 0 ? 0 : w->options->lambda * w->sums.rows * w->scale;
}

static double objective(const struct newton *w, const struct sums *s, const double *beta)
{
	double squares = 0;

	for (size_t j = 1; j < w->columns; j++)
		squares += beta[j] * beta[j];
	return s->loss + w->options->lambda * s->rows * w->scale * squares / 2;
}

static double hessian_at(const struct newton *w, size_t i, size_t j)
{
	return i >= j ? w->sums.hessian[i * w->columns + j] : w->sums.hessian[j * w->columns + i];
}

/* Cholesky by rows in the order of the columns, giving up each that the earlier explain. */
static void choose_columns(struct newton *w)
{
	size_t columns = w->columns;
	double *l = xcalloc(columns * columns, sizeof *l);

	for (size_t k = 0; k < columns; k++) {
		size_t j = w->options->order && k > 0 ? w->options->order[k - 1] : k;
		double *row = l + w->n * columns;
		double whole = hessian_at(w, j, j) + penalty_of(w, j), left = whole;
		for (size_t i = 0; i < w->n; i++) {
			const double *other = l + i * columns;
			double sum = hessian_at(w, j, w->active[i]);
			for (size_t m = 0; m < i; m++)
				sum -= row[m] * other[m];
			row[i] = sum / other[i];
			left -= row[i] * row[i];
		}
		w->fit->aliased[j] = !(left > alias_tolerance * whole);
		if (w->fit->aliased[j])
			continue;
		row[w->n] = sqrt(left);
		w->active[w->n++] = j;
	}
	free(l);
}

/* The factor of the penalised curvature in w->matrix; a growing diagonal where it is too close
 * to singular, which only shortens the step. */
static enum so1_status factorise(struct newton *w, bool exact, bool *positive,
				 struct so1_error *e)
{
	double ridge = 0;

	for (int attempt = 0; attempt < 20; attempt++) {
		for (size_t i = 0; i < w->n; i++) {
			for (size_t j = 0; j <= i; j++)
				w->matrix[i * w->n + j] = w->matrix[j * w->n + i] =
					hessian_at(w, w->active[i], w->active[j]);
			w->matrix[i * w->n + i] += penalty_of(w, w->active[i]) + ridge;
		}
		enum so1_status s = numeric_cholesky(w->matrix, w->n, positive, e);
		if (s != SO1_OK || *positive || exact)
			return s;
		ridge = ridge > 0 ? ridge * 10 : 1e-10 * w->sums.rows * w->scale;
	}
	return error_set(e, SO1_FAILED, "the curvature of the likelihood is not positive definite");
}

static enum so1_status newton_step(struct newton *w, double *decrement, struct so1_error *e)
{
	bool positive;
	enum so1_status s = factorise(w, false, &positive, e);

	if (s != SO1_OK)
		return s;
	double *g = xmalloc(w->n * sizeof *g);
	for (size_t i = 0; i < w->n; i++) {
		size_t j = w->active[i];
		g[i] = w->sums.gradient[j] + penalty_of(w, j) * w->fit->beta[j];
		w->step[i] = -g[i];
	}
	s = numeric_solve(w->matrix, w->n, w->step, e);
	*decrement = 0;
	for (size_t i = 0; i < w->n; i++)
		*decrement -= w->step[i] * g[i];
	free(g);
	return s;
}

/* The longest of the steps 1, 1/2, 1/4 … that does not raise the objective. */
static enum so1_status move(struct newton *w, bool *moved, struct so1_error *e)
{
	double before = objective(w, &w->sums, w->fit->beta), length = 1;

	*moved = false;
	for (int halving = 0; halving < HALVINGS_MOST; halving++, length /= 2) {
		memcpy(w->trial, w->fit->beta, w->columns * sizeof *w->trial);
		for (size_t i = 0; i < w->n; i++)
			w->trial[w->active[i]] += length * w->step[i];
		enum so1_status s = pass(w, w->trial, &w->next, e);
		if (s != SO1_OK)
			return s;
		if (!(objective(w, &w->next, w->trial) <= before + 1e-13 * fabs(before)))
			continue;
		struct sums swap = w->sums;
		w->sums = w->next;
		w->next = swap;
		memcpy(w->fit->beta, w->trial, w->columns * sizeof *w->trial);
		*moved = true;
		return SO1_OK;
	}
	return SO1_OK;
}

/* What a squared standard error is measured in: the variance of y, or its mean. */
static double unit_of(const struct newton *w)
{
	double mean = w->sums.y / w->sums.rows;

	return w->options->link == GLM_LOG ? w->scale
					   : fmax(w->sums.y2 / w->sums.rows - mean * mean, 0);
}

static enum so1_status iterate(struct newton *w, struct so1_error *e)
{
	while (w->fit->iterations < ITERATIONS_MOST) {
		double decrement;
		bool moved;
		enum so1_status s = newton_step(w, &decrement, e);
		if (s != SO1_OK)
			return s;
		w->fit->iterations++;
		s = move(w, &moved, e);
		if (s != SO1_OK)
			return s;
		if (decrement <= decrement_enough * unit_of(w) || !moved) {
			w->fit->converged = true;
			return SO1_OK;
		}
	}
	return SO1_OK;
}

/* From the mean, where all weights are alike. */
static enum so1_status begin(struct newton *w, struct so1_error *e)
{
	double *beta = w->fit->beta;
	bool logs = w->options->link == GLM_LOG;
	enum so1_status s = pass(w, beta, &w->sums, e);

	if (s != SO1_OK)
		return s;
	if (w->sums.rows == 0)
		return error_set(e, SO1_FAILED, "no rows to fit");
	w->fit->rows = (uint64_t)w->sums.rows;
	w->fit->mean = w->sums.y / w->sums.rows;
	if (logs && !(w->fit->mean > 0))
		return error_set(e, SO1_FAILED, "the target is 0 in all %llu rows: nothing to tell apart",
				 (unsigned long long)w->fit->rows);
	if (!isfinite(w->sums.y2))
		return error_set(e, SO1_FAILED, "the target's values are too large");
	w->scale = logs ? w->fit->mean : 1;
	choose_columns(w);
	beta[0] = logs ? log(w->fit->mean) : w->fit->mean;
	if (w->options->start)
		for (size_t i = 0; i < w->n; i++)
			beta[w->active[i]] = w->options->start[w->active[i]];
	w->matrix = xmalloc(w->n * w->n * sizeof *w->matrix);
	w->step = xmalloc(w->n * sizeof *w->step);
	return pass(w, beta, &w->sums, e);
}

/* Dispersion times the inverse of the penalised curvature. */
static enum so1_status finish(struct newton *w, struct so1_error *e)
{
	struct glm_fit *fit = w->fit;
	double free_rows = w->sums.rows - (double)w->n;
	bool positive;

	if (!isfinite(w->sums.loss))
		return error_set(e, SO1_FAILED, "the fit ran off to infinity: give a --lambda");
	fit->dispersion = free_rows > 0 ? w->sums.pearson / free_rows : NAN;
	enum so1_status s = factorise(w, true, &positive, e);
	if (s != SO1_OK || !positive || isnan(fit->dispersion))
		return s;
	s = numeric_inverse(w->matrix, w->n, e);
	if (s != SO1_OK)
		return s;
	fit->covariance = xcalloc(w->columns * w->columns, sizeof *fit->covariance);
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->n; j++)
			fit->covariance[w->active[i] * w->columns + w->active[j]] =
				fit->dispersion * w->matrix[i * w->n + j];
	return SO1_OK;
}

static void sums_init(struct sums *s, size_t columns)
{
	s->gradient = xcalloc(columns, sizeof *s->gradient);
	s->hessian = xcalloc(columns * columns, sizeof *s->hessian);
}

static void sums_free(struct sums *s)
{
	free(s->gradient);
	free(s->hessian);
}

enum so1_status glm_fit(const struct design *d, const struct glm_options *options,
			struct glm_fit *fit, struct so1_error *e)
{
	size_t columns = d->columns - 1;
	struct newton w = {.design = d, .options = options, .fit = fit, .columns = columns, .scale = 1};

	*fit = (struct glm_fit){.columns = columns};
	if (columns > COLUMNS_MOST)
		return error_set(e, SO1_FAILED, "%zu terms are too many (at most %d): --ignore columns "
				 "or lower --max-levels", columns, COLUMNS_MOST);
	fit->beta = xcalloc(columns, sizeof *fit->beta);
	fit->aliased = xcalloc(columns, sizeof *fit->aliased);
	sums_init(&w.sums, columns);
	sums_init(&w.next, columns);
	w.active = xcalloc(columns, sizeof *w.active);
	w.trial = xcalloc(columns, sizeof *w.trial);
	w.line = xmalloc(columns * sizeof *w.line);
	cross_init(&w.chunk, chunk_rows(columns), columns);
	w.block = xmalloc(design_block_bytes(d));
	enum so1_status s = begin(&w, e);
	if (s == SO1_OK)
		s = iterate(&w, e);
	if (s == SO1_OK)
		s = finish(&w, e);
	sums_free(&w.sums);
	sums_free(&w.next);
	free(w.active);
	free(w.trial);
	free(w.line);
	cross_free(&w.chunk);
	free(w.block);
	free(w.matrix);
	free(w.step);
	return s;
}

void glm_free(struct glm_fit *fit)
{
	free(fit->beta);
	free(fit->aliased);
	free(fit->covariance);
	*fit = (struct glm_fit){0};
}
