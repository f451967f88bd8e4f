#include "segment/cluster_fit.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/threads.h"
#include "segment/cluster_page.h"
#include "segment/silhouette.h"

#include <inttypes.h>
#include <stdlib.h>

/* Roughly, where the starts are compared and where there are many rows; to the end, where
 * there are few. */
static const struct kmeans_end roughly = {1e-5, 100}, to_the_end = {1e-9, 300};

size_t cluster_starts(size_t k)
{
	size_t starts = CLUSTER_AUTO_MOST * CLUSTER_STARTS / k;

	if (starts > CLUSTER_STARTS)
		return CLUSTER_STARTS;
	return starts < CLUSTER_STARTS_LEAST ? CLUSTER_STARTS_LEAST : starts;
}

enum so1_status cluster_count_parse(const char *text, size_t *k, struct so1_error *e)
{
	int64_t n;

	*k = 0;
	if (slice_is(slice_of(text), "auto"))
		return SO1_OK;
	if (!number_parse_int(slice_of(text), &n) || n < 2 || n > KMEANS_MOST) {
		error_set(e, SO1_USAGE, "must be auto or 2 to %d", KMEANS_MOST);
		error_at(e, NULL, 0, "--cluster");
		return error_value(e, slice_of(text));
	}
	*k = (size_t)n;
	return SO1_OK;
}

/* Starts on the sample: `tries` numbers of clusters from `least`, `each` starts for each. */
struct starts {
	const struct matrix *sample;
	size_t least, tries, each;
	struct kmeans *of; /* tries × each */
	bool *found;       /* there were enough different rows */
	enum so1_status *status;
	struct so1_error *errors;
};

static void start_work(void *context, size_t begin, size_t end, int thread)
{
	struct starts *s = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		size_t k = s->least + i / s->each;
		kmeans_init(&s->of[i], k, s->sample->columns);
		s->found[i] = kmeans_seed(&s->of[i], s->sample, k << 16 | i % s->each);
		if (s->found[i])
			s->status[i] = kmeans_run(&s->of[i], s->sample, roughly, 1, &s->errors[i]);
	}
}

/* The best of each number of clusters into best[0 … found): fewer than tried when there are
 * not that many different rows. */
static enum so1_status take_best(const struct starts *s, struct kmeans *best, size_t *found,
				 struct so1_error *e)
{
	for (*found = 0; *found < s->tries; ++*found) {
		const struct kmeans *least = NULL;
		for (size_t r = 0; r < s->each; r++) {
			size_t i = *found * s->each + r;
			if (s->status[i] != SO1_OK) {
				*e = s->errors[i];
				return s->status[i];
			}
			if (s->found[i] && (least == NULL || s->of[i].within < least->within))
				least = &s->of[i];
		}
		if (least == NULL)
			break;
		kmeans_init(&best[*found], least->k, least->columns);
		kmeans_copy(&best[*found], least);
	}
	return SO1_OK;
}

static enum so1_status find_starts(const struct matrix *sample, size_t least, size_t tries,
				   int threads, struct kmeans *best, size_t *found,
				   struct so1_error *e)
{
	struct starts s = {.sample = sample, .least = least, .tries = tries,
			   .each = cluster_starts(least)};
	size_t jobs = tries * s.each;

	s.of = xcalloc(jobs, sizeof *s.of);
	s.found = xcalloc(jobs, sizeof *s.found);
	s.status = xcalloc(jobs, sizeof *s.status);
	s.errors = xcalloc(jobs, sizeof *s.errors);
	threads_for(jobs, 1, threads, start_work, &s);
	enum so1_status status = take_best(&s, best, found, e);
	for (size_t i = 0; i < jobs; i++)
		kmeans_free(&s.of[i]);
	free(s.of);
	free(s.found);
	free(s.status);
	free(s.errors);
	return status;
}

/* Rows of m that stand for all, in memory. */
static enum so1_status take_sample(const struct matrix *m, struct matrix *sample,
				   struct so1_error *e)
{
	uint64_t size = m->rows < CLUSTER_SAMPLE ? m->rows : CLUSTER_SAMPLE;
	void *scratch = xmalloc(m->blocks.block_bytes);
	enum so1_status status = SO1_OK;
	const void *block = NULL;
	size_t held = SIZE_MAX; /* the block's number */

	matrix_init(sample, m->columns, UINT64_MAX, NULL);
	for (uint64_t i = 0; i < size && status == SO1_OK; i++) {
		uint64_t row = sample_row(i, size, m->rows);
		double *to;
		if (row / MATRIX_ROWS != held)
			status = blocks_read(&m->blocks, held = (size_t)(row / MATRIX_ROWS), scratch,
					     &block, e);
		if (status == SO1_OK)
			status = matrix_add(sample, &to, e);
		if (status == SO1_OK)
			memcpy(to, (const double *)block + row % MATRIX_ROWS * m->columns,
			       m->columns * sizeof *to);
	}
	free(scratch);
	return status == SO1_OK ? matrix_finish(sample, e) : status;
}

static enum so1_status too_few(const struct matrix *m, size_t k, bool different,
			       struct so1_error *e)
{
	const char *of = m->rows > CLUSTER_SAMPLE ? " in a sample of the rows" : "";

	return error_set(e, SO1_FAILED, "fewer than %zu%s rows%s: too few for %zu clusters", k,
			 different ? " different" : "", of, k);
}

/* Clusterings of the sample into found->of. */
static enum so1_status try_counts(const struct cluster_request *q, const struct matrix *m,
				  const struct matrix *sample, struct cluster_found *found,
				  struct so1_error *e)
{
	size_t least = q->k ? q->k : CLUSTER_AUTO_LEAST;
	size_t most = q->k ? q->k : CLUSTER_AUTO_MOST;
	size_t count = 0, chosen = 0;

	if (least > m->rows)
		return too_few(m, least, false, e);
	/* As many clusters as rows tell nothing. */
	if (q->k == 0 && m->rows <= least)
		return error_set(e, SO1_FAILED, "no more than %zu rows: too few to choose a number "
				 "of clusters", least);
	if (q->k == 0 && most >= m->rows)
		most = (size_t)m->rows - 1;
	struct kmeans *best = xcalloc(most - least + 1, sizeof *best);
	enum so1_status status = find_starts(sample, least, most - least + 1, q->numbers.threads,
					     best, &count, e);
	if (status == SO1_OK && count == 0)
		status = too_few(m, least, true, e);
	if (status == SO1_OK && q->k == 0) {
		silhouettes_find(sample, best, count, q->numbers.threads, found->tried);
		found->tried_count = count;
		for (size_t i = 1; i < count; i++)
			if (found->tried[i] > found->tried[chosen])
				chosen = i;
	}
	if (status == SO1_OK) {
		kmeans_init(&found->kmeans, best[chosen].k, best[chosen].columns);
		kmeans_copy(&found->kmeans, &best[chosen]);
	}
	for (size_t i = 0; i < count; i++)
		kmeans_free(&best[i]);
	free(best);
	return status;
}

static int by_size(const void *a, const void *b, void *context)
{
	const uint64_t *sizes = context;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;

	if (sizes[i] != sizes[k])
		return sizes[i] > sizes[k] ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* The largest first, whatever order the starts came in. */
static void sort_clusters(struct kmeans *c)
{
	size_t *order = xcalloc(c->k, sizeof *order);
	double *centres = xcalloc(c->k * c->columns, sizeof *centres);

	for (size_t k = 0; k < c->k; k++)
		order[k] = k;
	qsort_r(order, c->k, sizeof *order, by_size, c->sizes);
	for (size_t k = 0; k < c->k; k++)
		memcpy(centres + k * c->columns, c->centres + order[k] * c->columns,
		       c->columns * sizeof *centres);
	free(c->centres);
	c->centres = centres;
	free(order);
}

/* From the start to the centres that stand in the model, and their figures. */
static enum so1_status settle(const struct cluster_request *q, const struct matrix *m,
			      const struct matrix *sample, struct cluster_found *found,
			      struct so1_error *e)
{
	struct kmeans *c = &found->kmeans;
	int threads = q->numbers.threads;
	enum so1_status status = kmeans_run(c, m, m->rows > sample->rows ? roughly : to_the_end,
					    threads, e);

	for (size_t i = 0; i < c->k * c->columns; i++)
		c->centres[i] = number_as_written(c->centres[i]);
	if (status == SO1_OK)
		status = kmeans_measure(c, m, threads, e);
	if (status != SO1_OK)
		return status;
	sort_clusters(c);
	status = kmeans_measure(c, m, threads, e);
	for (size_t k = 0; k < c->k && status == SO1_OK; k++)
		if (c->sizes[k] == 0)
			status = too_few(m, c->k, true, e);
	silhouettes_find(sample, c, 1, threads, &found->silhouette);
	found->silhouette_rows = silhouette_rows(sample);

	/* All that there is to explain: the distances to the one mean. */
	struct kmeans one;
	kmeans_init(&one, 1, c->columns);
	if (status == SO1_OK)
		status = kmeans_measure(&one, m, threads, e);
	found->explained = one.within > 0 ? 1 - c->within / one.within : 0;
	kmeans_free(&one);
	return status;
}

enum so1_status cluster_fit(const struct cluster_request *q, struct reader *r,
			    struct summary *summary, struct model_file *m, uint64_t *rows,
			    struct so1_error *e)
{
	struct numbers n = {0};
	struct matrix sample = {0};
	struct cluster_found found = {0};
	enum so1_status status = numbers_read(&n, r, &q->numbers, summary, e);

	if (status == SO1_OK)
		status = take_sample(&n.matrix, &sample, e);
	if (status == SO1_OK)
		status = try_counts(q, &n.matrix, &sample, &found, e);
	if (status == SO1_OK)
		status = settle(q, &n.matrix, &sample, &found, e);
	if (status == SO1_OK) {
		*rows = n.matrix.rows;
		found.sample_rows = sample.rows;
		cluster_page_model(q->command, &n, &found, m);
		cluster_page_notes(&n, &found, summary);
	}
	kmeans_free(&found.kmeans);
	matrix_free(&sample);
	numbers_free(&n);
	return status;
}
