#include "predict/sums.h"

#include "base/memory.h"
#include "base/threads.h"
#include "predict/metrics.h"
#include "predict/numeric.h"

#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdlib.h>

/* Sums of one block are kept apart until it is their turn: this many bytes of them. */
enum { PARTIAL_BYTES = 64 << 20 };

struct scratch {
	void *block;
	double *eta, *scaled; /* scaled: rows × (dense + 1) */
	double *weighted;     /* dense + 1 */
	size_t *present;      /* codes */
};

struct pass {
	const struct design *design;
	const double *beta;
	const struct sums_options *options;
	struct scratch *scratch; /* a thread each */
	struct sums *partial;    /* a block of the wave each */
	uint64_t *scores;        /* sums_scores only: of the wave, DESIGN_ROWS a block */
	size_t *score_count;     /* of each block */
	struct scores *all;
	uint8_t only;
	size_t first;            /* block of the wave's first */
	enum so1_status *status;
	struct so1_error *error;
};

void sums_init(struct sums *s, size_t columns)
{
	*s = (struct sums){.columns = columns};
	s->gradient = xcalloc(columns, sizeof *s->gradient);
	s->hessian = xcalloc(columns * columns, sizeof *s->hessian);
}

void sums_free(struct sums *s)
{
	free(s->gradient);
	free(s->hessian);
	*s = (struct sums){0};
}

static void sums_clear(struct sums *s)
{
	s->rows = s->positives = 0;
	s->loss = 0;
	memset(s->gradient, 0, s->columns * sizeof *s->gradient);
	memset(s->hessian, 0, s->columns * s->columns * sizeof *s->hessian);
}

/* Only the lower triangle is in use; row by row it is what the loops need to touch. */
static void sums_add(struct sums *to, const struct sums *from)
{
	size_t n = to->columns;

	to->rows += from->rows;
	to->positives += from->positives;
	to->loss += from->loss;
	for (size_t j = 0; j < n; j++)
		to->gradient[j] += from->gradient[j];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			to->hessian[i * n + j] += from->hessian[i * n + j];
}

static void linear_predictor(const struct design *d, const struct design_block *b,
			     const double *beta, double *eta)
{
	size_t width = d->dense + 1;

	for (size_t i = 0; i < b->rows; i++) {
		const double *x = b->x + i * width;
		const uint16_t *codes = b->codes + i * d->codes;
		double sum = 0;
		for (size_t j = 0; j < width; j++)
			sum += x[j] * beta[j];
		for (size_t c = 0; c < d->codes; c++)
			if (codes[c] != DESIGN_NO_LEVEL)
				sum += beta[d->code_column[c] + codes[c]];
		eta[i] = sum;
	}
}

/* Two at a time whatever the optimiser thinks: most of a fit with many categories is
 * spent here. Element by element, so the bits are those of the plain loop. */
typedef double pair_of_doubles __attribute__((vector_size(16), aligned(8), may_alias));

static void add_vector(double *to, const double *from, size_t n)
{
	size_t j = 0;

	for (; j + 2 <= n; j += 2)
		*(pair_of_doubles *)(to + j) += *(const pair_of_doubles *)(from + j);
	if (j < n)
		to[j] += from[j];
}

/* What row i with residual r and weight w adds in the columns of its codes; wx is w times
 * its dense columns, present room for one column of each code. */
static void add_codes(const struct design *d, const struct design_block *b, size_t i, double r,
		      double w, const double *wx, size_t *present, struct sums *out)
{
	const uint16_t *codes = b->codes + i * d->codes;
	size_t n = 0;

	for (size_t c = 0; c < d->codes; c++) {
		if (codes[c] == DESIGN_NO_LEVEL)
			continue;
		size_t column = d->code_column[c] + codes[c];
		double *line = out->hessian + column * out->columns;
		out->gradient[column] += r;
		line[column] += w;
		add_vector(line, wx, d->dense + 1);
		for (size_t k = 0; k < n; k++)
			line[present[k]] += w;
		present[n++] = column;
	}
}

static enum so1_status sum_block(const struct pass *p, const struct design_block *b,
				 struct scratch *s, struct sums *out, struct so1_error *e)
{
	const struct design *d = p->design;
	size_t width = d->dense + 1;

	linear_predictor(d, b, p->beta, s->eta);
	for (size_t i = 0; i < b->rows; i++) {
		const double *x = b->x + i * width;
		double r = 0, w = 0;
		if (b->fold[i] != p->options->skip_fold ||
		    p->options->skip_fold == DESIGN_NO_FOLD) {
			double prob = numeric_logistic(s->eta[i]);
			r = prob - b->y[i];
			w = prob * (1 - prob);
			if (!(w > p->options->weight_floor))
				w = p->options->weight_floor;
			out->rows++;
			out->positives += b->y[i];
			out->loss += numeric_log1pexp(b->y[i] ? -s->eta[i] : s->eta[i]);
			for (size_t j = 0; j < width; j++) {
				out->gradient[j] += r * x[j];
				s->weighted[j] = w * x[j];
			}
			add_codes(d, b, i, r, w, s->weighted, s->present, out);
		}
		double root = sqrt(w);
		for (size_t j = 0; j < width; j++)
			s->scaled[i * width + j] = root * x[j];
	}
	gsl_matrix_const_view a = gsl_matrix_const_view_array(s->scaled, b->rows, width);
	gsl_matrix_view h = gsl_matrix_view_array_with_tda(out->hessian, width, width, out->columns);
	return numeric_check(gsl_blas_dsyrk(CblasLower, CblasTrans, 1, &a.matrix, 1, &h.matrix),
			     "cross-product", e);
}

static void sum_work(void *context, size_t begin, size_t end, int thread)
{
	struct pass *p = context;

	for (size_t k = begin; k < end; k++) {
		struct design_block b;
		struct scratch *s = &p->scratch[thread];
		sums_clear(&p->partial[k]);
		p->status[k] = design_read(p->design, p->first + k, s->block, &b, &p->error[k]);
		if (p->status[k] == SO1_OK)
			p->status[k] = sum_block(p, &b, s, &p->partial[k], &p->error[k]);
	}
}

static void score_work(void *context, size_t begin, size_t end, int thread)
{
	struct pass *p = context;

	for (size_t k = begin; k < end; k++) {
		struct design_block b;
		struct scratch *s = &p->scratch[thread];
		uint64_t *out = p->scores + k * DESIGN_ROWS;
		size_t n = 0;
		p->status[k] = design_read(p->design, p->first + k, s->block, &b, &p->error[k]);
		if (p->status[k] != SO1_OK)
			continue;
		linear_predictor(p->design, &b, p->beta, s->eta);
		for (size_t i = 0; i < b.rows; i++)
			if (p->only == DESIGN_NO_FOLD || b.fold[i] == p->only)
				out[n++] = score_pack(numeric_logistic(s->eta[i]), b.y[i]);
		p->score_count[k] = n;
	}
}

static struct scratch *scratch_new(const struct design *d, int threads)
{
	struct scratch *s = xcalloc((size_t)threads, sizeof *s);

	for (int t = 0; t < threads; t++) {
		s[t].block = xmalloc(design_block_bytes(d));
		s[t].eta = xmalloc(DESIGN_ROWS * sizeof(double));
		s[t].present = xcalloc(d->codes, sizeof *s[t].present);
		s[t].weighted = xmalloc((d->dense + 1) * sizeof(double));
		s[t].scaled = xmalloc(DESIGN_ROWS * (d->dense + 1) * sizeof(double));
	}
	return s;
}

static void scratch_free(struct scratch *s, int threads)
{
	for (int t = 0; t < threads; t++) {
		free(s[t].block);
		free(s[t].eta);
		free(s[t].scaled);
		free(s[t].weighted);
		free(s[t].present);
	}
	free(s);
}

static enum so1_status add_scores(const struct pass *p, size_t k, struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < p->score_count[k] && s == SO1_OK; i++)
		s = scores_add(p->all, p->scores[k * DESIGN_ROWS + i], e);
	return s;
}

/* Runs `work` over all blocks, `wave` of them at a time; out (may be NULL) takes the
 * partial sums in order after each wave. */
static enum so1_status run_waves(struct pass *p, size_t wave, int threads,
				 void (*work)(void *, size_t, size_t, int), struct sums *out,
				 struct so1_error *e)
{
	size_t count = design_block_count(p->design);
	enum so1_status status = SO1_OK;

	p->scratch = scratch_new(p->design, threads);
	p->status = xcalloc(wave, sizeof *p->status);
	p->error = xcalloc(wave, sizeof *p->error);
	for (p->first = 0; p->first < count && status == SO1_OK; p->first += wave) {
		size_t n = count - p->first < wave ? count - p->first : wave;
		threads_for(n, 1, threads, work, p);
		for (size_t k = 0; k < n && status == SO1_OK; k++) {
			status = p->status[k];
			if (status != SO1_OK)
				*e = p->error[k];
			else if (out)
				sums_add(out, &p->partial[k]);
			else
				status = add_scores(p, k, e);
		}
	}
	free(p->status);
	free(p->error);
	scratch_free(p->scratch, threads);
	return status;
}

enum so1_status sums_pass(const struct design *d, const double *beta,
			  const struct sums_options *options, struct sums *out,
			  struct so1_error *e)
{
	int threads = options->threads > 0 ? options->threads : 1;
	size_t bytes = d->columns * d->columns * sizeof(double);
	size_t wave = PARTIAL_BYTES / (bytes + 1) + 1;

	if (wave > (size_t)threads * 4)
		wave = (size_t)threads * 4;
	struct pass p = {.design = d, .beta = beta, .options = options};
	p.partial = xcalloc(wave, sizeof *p.partial);
	for (size_t k = 0; k < wave; k++)
		sums_init(&p.partial[k], d->columns);
	sums_clear(out);
	enum so1_status s = run_waves(&p, wave, threads, sum_work, out, e);
	for (size_t k = 0; k < wave; k++)
		sums_free(&p.partial[k]);
	free(p.partial);
	return s;
}

enum so1_status sums_scores(const struct design *d, const double *beta, uint8_t only, int threads,
			    struct scores *scores, struct so1_error *e)
{
	if (threads < 1)
		threads = 1;
	size_t wave = (size_t)threads * 4;
	struct pass p = {.design = d, .beta = beta, .all = scores, .only = only};
	p.scores = xcalloc(wave * DESIGN_ROWS, sizeof *p.scores);
	p.score_count = xcalloc(wave, sizeof *p.score_count);
	enum so1_status s = run_waves(&p, wave, threads, score_work, NULL, e);
	free(p.scores);
	free(p.score_count);
	return s;
}
