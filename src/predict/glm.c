#include "predict/glm.h"

#include "base/memory.h"
#include "predict/cross.h"
#include "predict/newton.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MOST = 100, HALVINGS_MOST = 40, COLUMNS_MOST = 8000 };
/* Doubles of rows that are multiplied at once. */
enum { CHUNK_DOUBLES = 1 << 20 };
/* exp of more is no amount of anything. */
static const double eta_most = 600;

struct fitting {
	const struct design *design;
	const struct glm_options *options;
	struct glm_fit *fit;
	struct newton newton;
	double y, y2;       /* sums of the target and its squares */
	double *line;
	struct cross chunk; /* rows that are multiplied at once */
	void *block;
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
static double add_row(struct fitting *f, const struct design_block *b, size_t i,
		      const double *beta, struct sums *out)
{
	const struct design *d = f->design;
	const double *x = b->x + i * (d->dense + 1);
	const uint16_t *codes = b->codes + i * d->codes;
	double y = x[1], eta = glm_eta(d, b, i, beta), m = glm_mean(f->options->link, eta);
	double r = m - y;
	bool logs = f->options->link == GLM_LOG;

	out->rows++;
	f->y += y;
	f->y2 += y * y;
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
static enum so1_status pass(void *context, const double *beta, struct sums *out,
			    struct so1_error *e)
{
	struct fitting *f = context;
	const struct design *d = f->design;
	size_t columns = out->columns, most = chunk_rows(columns), filled = 0;
	enum so1_status s = SO1_OK;

	f->y = f->y2 = 0;
	sums_clear(out, true);
	for (size_t k = 0; k < design_block_count(d) && s == SO1_OK; k++) {
		struct design_block b;
		s = design_read(d, k, f->block, &b, e);
		for (size_t i = 0; s == SO1_OK && i < b.rows; i++) {
			if (b.fold[i] == f->options->skip_fold && b.fold[i] != DESIGN_NO_FOLD)
				continue;
			double weight = add_row(f, &b, i, beta, out);
			expand(d, &b, i, f->line, columns);
			cross_put(&f->chunk, filled++, f->line, sqrt(weight));
			if (filled == most) {
				cross_add(&f->chunk, 0, filled, out->hessian, columns);
				filled = 0;
			}
		}
	}
	cross_add(&f->chunk, 0, filled, out->hessian, columns);
	return s;
}

/* From the mean, where all weights are alike. */
static enum so1_status begin(struct fitting *f, struct so1_error *e)
{
	struct newton *w = &f->newton;
	const double *start = f->options->start;
	bool logs = f->options->link == GLM_LOG;
	enum so1_status s = pass(f, w->beta, &w->sums, e);

	if (s != SO1_OK)
		return s;
	if (w->sums.rows == 0)
		return error_set(e, SO1_FAILED, "no rows to fit");
	double rows = (double)w->sums.rows, mean = f->y / rows;
	f->fit->rows = w->sums.rows;
	f->fit->mean = mean;
	if (logs && !(mean > 0))
		return error_set(e, SO1_FAILED, "the target is 0 in all %llu rows: nothing to tell apart",
				 (unsigned long long)f->fit->rows);
	if (!isfinite(f->y2))
		return error_set(e, SO1_FAILED, "the target's values are too large");
	w->scale = logs ? mean : 1;
	/* What a squared standard error is measured in: the variance of y, or its mean. */
	w->enough *= logs ? mean : fmax(f->y2 / rows - mean * mean, 0);
	newton_choose(w);
	w->beta[0] = logs ? log(mean) : mean;
	for (size_t i = 0; start && i < w->n; i++)
		w->beta[w->active[i]] = start[w->active[i]];
	return pass(f, w->beta, &w->sums, e);
}

/* Dispersion times the inverse of the penalised curvature. */
static enum so1_status finish(struct fitting *f, struct so1_error *e)
{
	struct newton *w = &f->newton;
	struct glm_fit *fit = f->fit;
	double free_rows = (double)w->sums.rows - (double)w->n;

	fit->iterations = w->iterations;
	fit->converged = w->converged;
	if (!isfinite(w->sums.loss))
		return error_set(e, SO1_FAILED, "the fit ran off to infinity: give a --lambda");
	fit->dispersion = free_rows > 0 ? w->sums.pearson / free_rows : NAN;
	if (isnan(fit->dispersion))
		return SO1_OK;
	return newton_covariance(w, fit->dispersion, &fit->covariance, e);
}

enum so1_status glm_fit(const struct design *d, const struct glm_options *options,
			struct glm_fit *fit, struct so1_error *e)
{
	size_t columns = d->columns - 1;
	struct fitting f = {.design = d, .options = options, .fit = fit};

	*fit = (struct glm_fit){.columns = columns};
	if (columns > COLUMNS_MOST)
		return error_set(e, SO1_FAILED, "%zu terms are too many (at most %d): --ignore columns "
				 "or lower --max-levels", columns, COLUMNS_MOST);
	fit->beta = xcalloc(columns, sizeof *fit->beta);
	fit->aliased = xcalloc(columns, sizeof *fit->aliased);
	f.newton = (struct newton){
		.pass = pass,
		.context = &f,
		.penalty = {.lambda = options->lambda},
		.order = options->order,
		.iterations_most = ITERATIONS_MOST,
		.halvings_most = HALVINGS_MOST,
	};
	newton_init(&f.newton, columns, fit->beta, fit->aliased);
	f.line = xmalloc(columns * sizeof *f.line);
	cross_init(&f.chunk, chunk_rows(columns), columns);
	f.block = xmalloc(design_block_bytes(d));
	enum so1_status s = begin(&f, e);
	if (s == SO1_OK)
		s = newton_iterate(&f.newton, e);
	if (s == SO1_OK)
		s = finish(&f, e);
	newton_free(&f.newton);
	free(f.line);
	cross_free(&f.chunk);
	free(f.block);
	return s;
}

void glm_free(struct glm_fit *fit)
{
	free(fit->beta);
	free(fit->aliased);
	free(fit->covariance);
	*fit = (struct glm_fit){0};
}
