#include "predict/sums.h"

#include "base/memory.h"
#include "base/prefetch.h"
#include "base/threads.h"
#include "predict/cross.h"
#include "predict/metrics.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

/* Sums of one block are kept apart until it is their turn: this many bytes of them. */
enum { PARTIAL_BYTES = 64 << 20 };

struct scratch {
	void *block;
	double *eta;
	struct cross scaled;  /* dense columns, bucket by bucket */
	size_t *place;        /* in scaled, of each row */
	double *weighted;     /* dense + 1 */
	size_t *present;      /* codes */
};

struct pass {
	const struct design *design;
	const double *beta;
	const struct sums_options *options;
	struct scratch *scratch; /* a thread each */
	struct sums *partial;    /* a block of the wave each, times buckets */
	size_t buckets;
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

void sums_clear(struct sums *s, bool hessian)
{
	s->rows = s->positives = s->floored = 0;
	s->loss = s->pearson = 0;
	memset(s->gradient, 0, s->columns * sizeof *s->gradient);
	if (hessian)
		memset(s->hessian, 0, s->columns * s->columns * sizeof *s->hessian);
}

/* Only the lower triangle is in use; row by row it is what the loops need to touch. */
static void sums_add(struct sums *to, const struct sums *from, bool hessian)
{
	size_t n = to->columns;

	to->rows += from->rows;
	to->positives += from->positives;
	to->floored += from->floored;
	to->loss += from->loss;
	for (size_t j = 0; j < n; j++)
		to->gradient[j] += from->gradient[j];
	for (size_t i = 0; hessian && i < n; i++)
		for (size_t j = 0; j <= i; j++)
			to->hessian[i * n + j] += from->hessian[i * n + j];
}

static void linear_predictor(const struct design *d, const struct design_block *b,
			     size_t begin, size_t end, const double *beta, double *eta)
{
	for (size_t i = begin; i < end; i++)
		eta[i] = design_eta(d, b, i, beta);
}

/* Two at a time whatever the optimiser thinks: much of a fit is spent here. Element by
 * element, so the bits are those of the plain loop. */
typedef double pair_of_doubles __attribute__((vector_size(16), aligned(8), may_alias));

static void add_vector(double *to, const double *from, size_t n)
{
	size_t j = 0;

	for (; j + 2 <= n; j += 2)
		*(pair_of_doubles *)(to + j) += *(const pair_of_doubles *)(from + j);
	if (j < n)
		to[j] += from[j];
}

static void add_scaled(double *to, double factor, const double *from, size_t n)
{
	size_t j = 0;

	for (; j + 2 <= n; j += 2)
		*(pair_of_doubles *)(to + j) += factor * *(const pair_of_doubles *)(from + j);
	if (j < n)
		to[j] += factor * from[j];
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

static size_t bucket_of(const struct pass *p, uint8_t fold)
{
	return fold < p->buckets - 1 ? fold : p->buckets - 1;
}

static void add_code_gradient(const struct design *d, const struct design_block *b, size_t i,
			      double r, struct sums *out)
{
	const uint16_t *codes = b->codes + i * d->codes;

	for (size_t c = 0; c < d->codes; c++)
		if (codes[c] != DESIGN_NO_LEVEL)
			out->gradient[d->code_column[c] + codes[c]] += r;
}

/* Rows of a bucket come to lie together, in their order: one product each. */
static void place_rows(const struct pass *p, const struct design_block *b, size_t *start,
		       size_t *place)
{
	memset(start, 0, (p->buckets + 1) * sizeof *start);
	for (size_t i = 0; i < b->rows; i++)
		start[bucket_of(p, b->fold[i]) + 1]++;
	for (size_t k = 0; k < p->buckets; k++)
		start[k + 1] += start[k];
	for (size_t i = 0; i < b->rows; i++)
		place[i] = start[bucket_of(p, b->fold[i])]++;
	for (size_t k = p->buckets; k > 0; k--)
		start[k] = start[k - 1];
	start[0] = 0;
}

/* One row of a block but for the products of its dense columns; returns the root of its
 * weight. */
static double sum_row(const struct pass *p, const struct design_block *b, size_t i,
		      struct scratch *s, struct sums *out)
{
	const struct design *d = p->design;
	const double *x = b->x + i * (d->dense + 1);
	double eta = s->eta[i], prob = numeric_logistic(eta), r = prob - b->y[i];
	double w = prob * (1 - prob);

	if (!(w > p->options->weight_floor)) {
		w = p->options->weight_floor;
		out->floored++;
	}
	out->rows++;
	out->positives += b->y[i];
	out->loss += numeric_log1pexp(b->y[i] ? -eta : eta);
	add_scaled(out->gradient, r, x, d->dense + 1);
	if (p->options->no_hessian) {
		add_code_gradient(d, b, i, r, out);
	} else if (d->codes > 0) {
		for (size_t j = 0; j <= d->dense; j++)
			s->weighted[j] = w * x[j];
		add_codes(d, b, i, r, w, s->weighted, s->present, out);
	}
	return sqrt(w);
}

/* Row i, which becomes row `place` of s->scaled. */
static void sum_placed(const struct pass *p, const struct design_block *b, size_t i, size_t place,
		       struct scratch *s, struct sums *out)
{
	bool skip = b->fold[i] == p->options->skip_fold && b->fold[i] != DESIGN_NO_FOLD;
	double root = skip ? 0 : sum_row(p, b, i, s, out);

	if (!p->options->no_hessian)
		cross_put(&s->scaled, place, b->x + i * (p->design->dense + 1), root);
}

static void fetch_row(const struct design *d, const struct design_block *b, size_t i)
{
	enum { LINE = 8 }; /* numbers in a line of the cache */
	const double *x = b->x + i * (d->dense + 1);

	for (size_t j = 0; i < b->rows && j <= d->dense; j += LINE)
		prefetch_read(x + j);
}

/* Few rows at a time, which are still in the first cache when they are looked at again. */
static void sum_in_order(const struct pass *p, const struct design_block *b, struct scratch *s,
			 struct sums *out)
{
	for (size_t begin = 0; begin < b->rows; begin += CROSS_ROWS) {
		size_t end = b->rows - begin < CROSS_ROWS ? b->rows : begin + CROSS_ROWS;
		linear_predictor(p->design, b, begin, end, p->beta, s->eta);
		for (size_t i = begin; i < end; i++) {
			fetch_row(p->design, b, i + CROSS_ROWS);
			sum_placed(p, b, i, i - begin, s, out);
		}
		if (!p->options->no_hessian)
			cross_add(&s->scaled, 0, end - begin, out->hessian, out->columns);
	}
}

static void sum_apart(const struct pass *p, const struct design_block *b, struct scratch *s,
		      struct sums *sums)
{
	size_t start[UINT8_MAX + 2];

	place_rows(p, b, start, s->place);
	linear_predictor(p->design, b, 0, b->rows, p->beta, s->eta);
	for (size_t i = 0; i < b->rows; i++)
		sum_placed(p, b, i, s->place[i], s, &sums[bucket_of(p, b->fold[i])]);
	for (size_t k = 0; k < p->buckets && !p->options->no_hessian; k++)
		cross_add(&s->scaled, start[k], start[k + 1], sums[k].hessian, sums[k].columns);
}

static void sum_work(void *context, size_t begin, size_t end, int thread)
{
	struct pass *p = context;

	for (size_t k = begin; k < end; k++) {
		struct design_block b;
		struct scratch *s = &p->scratch[thread];
		struct sums *sums = &p->partial[k * p->buckets];
		/* On this thread's stack: what changes with each row must not lie in one line of the
		 * cache with what another thread changes. */
		struct sums own[UINT8_MAX];
		for (size_t m = 0; m < p->buckets; m++)
			sums_clear(&sums[m], !p->options->no_hessian);
		p->status[k] = design_read(p->design, p->first + k, s->block, &b, &p->error[k]);
		if (p->status[k] != SO1_OK)
			continue;
		memcpy(own, sums, p->buckets * sizeof *sums);
		if (p->buckets == 1)
			sum_in_order(p, &b, s, own);
		else
			sum_apart(p, &b, s, own);
		memcpy(sums, own, p->buckets * sizeof *sums);
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
		linear_predictor(p->design, &b, 0, b.rows, p->beta, s->eta);
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
		s[t].place = xcalloc(DESIGN_ROWS, sizeof *s[t].place);
		s[t].present = xcalloc(d->codes, sizeof *s[t].present);
		s[t].weighted = xmalloc((d->dense + 1) * sizeof(double));
		cross_init(&s[t].scaled, DESIGN_ROWS, d->dense + 1);
	}
	return s;
}

static void scratch_free(struct scratch *s, int threads)
{
	for (int t = 0; t < threads; t++) {
		free(s[t].block);
		free(s[t].eta);
		cross_free(&s[t].scaled);
		free(s[t].weighted);
		free(s[t].present);
		free(s[t].place);
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
				for (size_t m = 0; m < p->buckets; m++)
					sums_add(&out[m], &p->partial[k * p->buckets + m],
						 !p->options->no_hessian);
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
	struct pass p = {.design = d, .beta = beta, .options = options};
	p.buckets = options->buckets > 0 ? options->buckets : 1;
	size_t bytes = d->columns * d->columns * sizeof(double) * p.buckets;
	size_t wave = PARTIAL_BYTES / (bytes + 1) + 1;

	if (wave > (size_t)threads * 4)
		wave = (size_t)threads * 4;
	p.partial = xcalloc(wave * p.buckets, sizeof *p.partial);
	for (size_t k = 0; k < wave * p.buckets; k++)
		sums_init(&p.partial[k], d->columns);
	for (size_t m = 0; m < p.buckets; m++)
		sums_clear(&out[m], !options->no_hessian);
	enum so1_status s = run_waves(&p, wave, threads, sum_work, out, e);
	for (size_t k = 0; k < wave * p.buckets; k++)
		sums_free(&p.partial[k]);
	free(p.partial);
	return s;
}

/* Adds the log-loss and the rows of each fold at its own coefficients. */
struct loss_pass {
	const struct design *design;
	const double *betas;
	size_t folds;
	struct scratch *scratch;
	double *loss;    /* a block each, times folds */
	uint64_t *rows;
	enum so1_status *status;
	struct so1_error *error;
};

static void loss_work(void *context, size_t begin, size_t end, int thread)
{
	struct loss_pass *p = context;

	for (size_t k = begin; k < end; k++) {
		struct design_block b;
		p->status[k] = design_read(p->design, k, p->scratch[thread].block, &b, &p->error[k]);
		for (size_t i = 0; p->status[k] == SO1_OK && i < b.rows; i++) {
			size_t f = b.fold[i];
			if (f >= p->folds)
				continue;
			double eta = design_eta(p->design, &b, i, p->betas + f * p->design->columns);
			p->loss[k * p->folds + f] += numeric_log1pexp(b.y[i] ? -eta : eta);
			p->rows[k * p->folds + f]++;
		}
	}
}

enum so1_status sums_fold_losses(const struct design *d, const double *betas, size_t folds,
				 int threads, double *loss, uint64_t *rows, struct so1_error *e)
{
	size_t blocks = design_block_count(d);
	struct loss_pass p = {.design = d, .betas = betas, .folds = folds};
	enum so1_status s = SO1_OK;

	threads = threads > 0 ? threads : 1;
	p.scratch = scratch_new(d, threads);
	p.loss = xcalloc(blocks * folds, sizeof *p.loss);
	p.rows = xcalloc(blocks * folds, sizeof *p.rows);
	p.status = xcalloc(blocks, sizeof *p.status);
	p.error = xcalloc(blocks, sizeof *p.error);
	threads_for(blocks, 1, threads, loss_work, &p);
	for (size_t f = 0; f < folds; f++)
		loss[f] = 0, rows[f] = 0;
	for (size_t k = 0; k < blocks && s == SO1_OK; k++) {
		s = p.status[k];
		if (s != SO1_OK)
			*e = p.error[k];
		for (size_t f = 0; f < folds; f++) {
			loss[f] += p.loss[k * folds + f];
			rows[f] += p.rows[k * folds + f];
		}
	}
	scratch_free(p.scratch, threads);
	free(p.loss);
	free(p.rows);
	free(p.status);
	free(p.error);
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
