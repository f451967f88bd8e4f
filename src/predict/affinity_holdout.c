#include "predict/affinity_holdout.h"

#include "base/threads.h"
#include "predict/ranking.h"
#include "stream/dialect.h"

#include <math.h>
#include <stdlib.h>

static const char *const column_kinds[AFFINITY_HOLDOUT_COLUMNS] = {"orders", "affine", "label"};
enum { LABEL = 2 };

void affinity_holdout_open(struct affinity_holdout *h, const struct header *header, const char *by)
{
	h->on = true;
	h->limit = UINT64_MAX;
	for (int c = 0; c < AFFINITY_HOLDOUT_COLUMNS; c++) {
		struct buffer name = {0};
		buffer_printf(&name, "%s_by_%s", column_kinds[c], by);
		h->names[c] = xstrdup(buffer_text(&name));
		h->columns[c] = header_find(header, buffer_slice(&name));
		h->on = h->on && h->columns[c] != COLUMN_NONE;
		buffer_free(&name);
	}
}

void affinity_holdout_take(struct affinity_holdout *h, const struct slice *fields, uint64_t hash)
{
	h->has_waiting = h->on && hash < h->limit && fields[h->columns[LABEL]].len > 0;
	if (!h->has_waiting)
		return;
	h->hash = hash;
	buffer_clear(&h->waiting);
	for (int c = 0; c < AFFINITY_HOLDOUT_COLUMNS; c++) {
		h->length[c] = fields[h->columns[c]].len;
		buffer_put_slice(&h->waiting, fields[h->columns[c]]);
	}
}

void affinity_holdout_forget(struct affinity_holdout *h)
{
	h->has_waiting = false;
}

static int by_hash(const void *a, const void *b)
{
	const struct affinity_case *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Drops the half with the larger hashes, and all that have the first hash dropped, as which of
 * them came first is chance. */
static void thin_out(struct affinity_holdout *h)
{
	size_t kept = AFFINITY_HELD_OUT;

	qsort(h->cases, h->count, sizeof *h->cases, by_hash);
	h->limit = h->cases[kept].hash;
	while (kept > 0 && h->cases[kept - 1].hash == h->limit)
		kept--;
	for (size_t i = kept; i < h->count; i++)
		free(h->cases[i].text);
	h->count = kept;
}

void affinity_holdout_keep(struct affinity_holdout *h)
{
	if (!h->has_waiting)
		return;
	h->has_waiting = false;
	GROW(h->cases, h->cap, h->count + 1);
	struct affinity_case *c = &h->cases[h->count++];
	*c = (struct affinity_case){.hash = h->hash,
				    .text = xstrndup(h->waiting.ptr, h->waiting.len)};
	memcpy(c->length, h->length, sizeof c->length);
	if (h->count == 2 * AFFINITY_HELD_OUT)
		thin_out(h);
}

struct judging {
	const struct affinity_holdout *h;
	const void *model;
	struct ranked_row *rows; /* by case */
	bool *readable;
};

static void judge(void *context, size_t begin, size_t end, int thread)
{
	const struct judging *j = context;
	struct arena a = {0};

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const struct affinity_case *x = &j->h->cases[i];
		struct slice fields[AFFINITY_HOLDOUT_COLUMNS];
		struct so1_error unused = {0};
		const char *at = x->text;
		for (int c = 0; c < AFFINITY_HOLDOUT_COLUMNS; at += x->length[c++])
			fields[c] = slice_make(at, x->length[c]);
		j->rows[i].hash = x->hash;
		j->readable[i] = kind_affinity.rank(j->model, fields, fields[LABEL],
						    j->h->names[LABEL], &a, &j->rows[i],
						    &unused) == SO1_OK;
		arena_reset(&a);
	}
	arena_free(&a);
}

static void describe(struct ranked_row *rows, size_t count, size_t length,
		     struct model_file *card)
{
	struct figures figures = {0};

	ranking_figures(rows, count, length, &figures);
	for (size_t i = 0; i < figures.count; i++) {
		const struct figure *f = &figures.items[i];
		model_file_add_figure(card, "held_out", f->metric, f->x.known ? f->x.value : NAN);
	}
	figures_free(&figures);
}

enum so1_status affinity_holdout_judge(struct affinity_holdout *h, const struct model_file *file,
				       int threads, struct model_file *card, struct so1_error *e)
{
	enum { GRAIN = 64 };
	struct header header = {0};
	void *model = NULL;
	size_t n = 0;

	if (h->count == 0)
		return SO1_OK;
	for (int c = 0; c < AFFINITY_HOLDOUT_COLUMNS; c++)
		header_add(&header, slice_of(h->names[c]));
	enum so1_status s = kind_affinity.load(file, &model, e);
	if (s == SO1_OK)
		s = kind_affinity.bind(model, &header, e);
	if (s == SO1_OK) {
		struct judging j = {h, model, xcalloc(h->count, sizeof *j.rows),
				    xcalloc(h->count, sizeof *j.readable)};
		threads_for(h->count, GRAIN, threads, judge, &j);
		for (size_t i = 0; i < h->count; i++)
			if (j.readable[i])
				j.rows[n++] = j.rows[i];
		h->unreadable = h->count - n;
		if (n > 0)
			describe(j.rows, n, kind_affinity.list_length(model), card);
		free(j.rows);
		free(j.readable);
	}
	if (model)
		kind_affinity.free(model);
	header_free(&header);
	return s;
}

void affinity_holdout_free(struct affinity_holdout *h)
{
	for (int c = 0; c < AFFINITY_HOLDOUT_COLUMNS; c++)
		free(h->names[c]);
	for (size_t i = 0; i < h->count; i++)
		free(h->cases[i].text);
	free(h->cases);
	buffer_free(&h->waiting);
	*h = (struct affinity_holdout){0};
}
