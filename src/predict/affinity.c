/* affinity --by KEY: applying. Appends again_by_KEY and new_by_KEY. */
#include "predict/affinity.h"

#include "base/number.h"
#include "base/table.h"
#include "predict/best.h"
#include "predict/ranking.h"
#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 6, COLUMNS = 2, COLUMN_AGAIN = 0, COLUMN_NEW = 1 };

struct item {
	double orders, recent, repeat;
	size_t first, count; /* its weights */
};

struct weight {
	uint32_t item;
	double value;
};

struct affinity {
	struct dictionary keys; /* bytewise */
	struct item *items;     /* by key */
	struct weight *weights;
	size_t weight_count, weight_cap;
	double repeat_share;    /* of an item the model does not know */
	size_t top;
	char *appended[COLUMNS];
	char *orders, *affine;  /* columns it reads */
	size_t orders_index, affine_index;
};

static void affinity_free(void *model)
{
	struct affinity *m = model;

	dictionary_free(&m->keys);
	free(m->items);
	free(m->weights);
	for (int i = 0; i < COLUMNS; i++)
		free(m->appended[i]);
	free(m->orders);
	free(m->affine);
	free(m);
}

static enum so1_status read_item(struct affinity *m, const struct model_file *file,
				 const struct model_row *row, struct arena *a, struct so1_error *e)
{
	static const char *const names[] = {"orders", "recent", "repeat"};
	double values[3];
	bool ascends = m->keys.count == 0 ||
		       slice_compare(dictionary_item(&m->keys, (uint32_t)m->keys.count - 1),
				     row->name) < 0;

	if (!ascends)
		return model_row_error(file, row, "a key out of order", e);
	for (int i = 0; i < 3; i++) {
		struct slice text;
		if (!map_get(row->value, slice_of(names[i]), &text, a) ||
		    !number_parse_double(text, &values[i]))
			return model_row_error(file, row, "a key without its figures", e);
	}
	uint32_t key = dictionary_add(&m->keys, row->name, NULL);
	m->items[key] = (struct item){values[0], values[1], values[2], 0, 0};
	return SO1_OK;
}

static enum so1_status read_weights(struct affinity *m, const struct model_file *file,
				    const struct model_row *row, struct arena *a,
				    struct so1_error *e)
{
	uint32_t from = dictionary_find(&m->keys, row->name);
	struct slice rest = row->value, key, value;

	if (from == DICTIONARY_NONE || m->items[from].count > 0)
		return model_row_error(file, row, "weights of no key, or twice", e);
	m->items[from].first = m->weight_count;
	while (cell_next(&rest, &key, &value, a)) {
		struct weight w = {.item = dictionary_find(&m->keys, key)};
		if (w.item == DICTIONARY_NONE || !number_parse_double(value, &w.value))
			return model_row_error(file, row, "not weights of the model's keys", e);
		GROW(m->weights, m->weight_cap, m->weight_count + 1);
		m->weights[m->weight_count++] = w;
		m->items[from].count++;
	}
	return SO1_OK;
}

static enum so1_status read_rows(struct affinity *m, const struct model_file *file,
				 struct so1_error *e)
{
	struct arena a = {0};
	enum so1_status s = SO1_OK;

	m->items = xcalloc(file->count, sizeof *m->items);
	for (size_t i = 0; i < file->count && s == SO1_OK; i++) {
		const struct model_row *row = &file->rows[i];
		arena_reset(&a);
		if (slice_is(row->section, "transform"))
			s = read_item(m, file, row, &a, e);
		else if (slice_is(row->section, "term"))
			s = read_weights(m, file, row, &a, e);
	}
	arena_free(&a);
	if (s == SO1_OK && m->keys.count == 0) {
		error_set(e, SO1_FAILED, "the model has no keys");
		return error_at(e, file->path, 0, NULL);
	}
	return s;
}

static char *column_by(const char *what, struct slice by)
{
	size_t size = strlen(what) + by.len + 5;
	char *name = xmalloc(size);

	snprintf(name, size, "%s_by_%.*s", what, SLICE_ARGS(by));
	return name;
}

static enum so1_status read_number(const struct model_file *file, const char *name, double least,
				   double *out, struct so1_error *e)
{
	const struct model_row *row = model_file_find(file, "model", name);

	if (row == NULL || !number_parse_double(row->value, out) || !(*out >= least && *out < 1e9)) {
		error_set(e, SO1_FAILED, "the model has no usable row model,%s", name);
		return error_at(e, file->path, row ? row->line : 0, NULL);
	}
	return SO1_OK;
}

static enum so1_status affinity_load(const struct model_file *file, void **model,
				     struct so1_error *e)
{
	struct affinity *m = xcalloc(1, sizeof *m);
	struct slice by;
	double top = 0;
	enum so1_status s = model_file_text(file, "model", "by", &by, e);

	if (s == SO1_OK)
		s = read_number(file, "top", 1, &top, e);
	if (s == SO1_OK)
		s = read_number(file, "repeat_share", 0, &m->repeat_share, e);
	if (s == SO1_OK)
		s = read_rows(m, file, e);
	if (s != SO1_OK) {
		affinity_free(m);
		return s;
	}
	m->top = (size_t)top;
	m->appended[COLUMN_AGAIN] = column_by("again", by);
	m->appended[COLUMN_NEW] = column_by("new", by);
	m->orders = column_by("orders", by);
	m->affine = column_by("affine", by);
	*model = m;
	return SO1_OK;
}

static struct slice affinity_appends(const void *model, size_t i)
{
	const struct affinity *m = model;

	return i < COLUMNS ? slice_of(m->appended[i]) : SLICE("");
}

static enum so1_status affinity_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct affinity *m = model;
	enum so1_status s = columns_need(h, slice_of(m->orders), &m->orders_index, e);

	return s == SO1_OK ? columns_need(h, slice_of(m->affine), &m->affine_index, e) : s;
}

/* A key of a row: known to the model or not. */
struct own {
	struct slice key;
	uint32_t item; /* or DICTIONARY_NONE */
	double value;
};

static enum so1_status read_map(const struct affinity *m, struct slice cell, const char *column,
				struct arena *a, struct own **out, size_t *count,
				struct so1_error *e)
{
	struct slice rest = cell, key, value;
	size_t most = 1;

	for (size_t i = 0; i < cell.len; i++)
		most += cell.ptr[i] == ';';
	*out = arena_alloc(a, most * sizeof **out);
	*count = 0;
	while (*count < most && cell_next(&rest, &key, &value, a)) {
		struct own x = {.key = key, .item = dictionary_find(&m->keys, key)};
		if (!number_parse_double(value, &x.value)) {
			error_set(e, SO1_FAILED, "not a map of numbers");
			error_at(e, NULL, 0, column);
			return error_value(e, cell);
		}
		if (x.value > 0)
			(*out)[(*count)++] = x;
	}
	return SO1_OK;
}

/* The best as a map cell; the keys of `own` (by best_item.key), or the model's. */
static struct slice put_best(const struct affinity *m, const struct best *best,
			     const struct own *own, struct arena *a)
{
	struct cell_builder c = {0};
	struct buffer value = {0}, cell = {0};

	for (size_t i = 0; i < best->count; i++) {
		uint32_t key = best->items[i].key;
		buffer_clear(&value);
		number_put_rounded(&value, best->items[i].score, DIGITS);
		cell_add(&c, own ? own[key].key : dictionary_item(&m->keys, key),
			 buffer_slice(&value));
	}
	cell_put_map(&c, &cell);
	struct slice out = arena_copy(a, buffer_slice(&cell));
	cell_free(&c);
	buffer_free(&value);
	buffer_free(&cell);
	return out;
}

static struct best best_new(const struct affinity *m, size_t candidates, struct arena *a)
{
	size_t most = m->top < candidates ? m->top : candidates;

	return (struct best){arena_alloc(a, most * sizeof(struct best_item)), most, 0};
}

static struct best again(const struct affinity *m, const struct own *own, size_t count,
			  struct arena *a)
{
	struct best best = best_new(m, count, a);

	for (size_t i = 0; i < count; i++) {
		const struct item unknown = {.repeat = m->repeat_share};
		const struct item *x = own[i].item == DICTIONARY_NONE ? &unknown
								       : &m->items[own[i].item];
		best_offer(&best, (struct best_item){
			(uint32_t)i, x->repeat * own[i].value + x->recent, x->orders});
	}
	return best;
}

static struct best novel(const struct affinity *m, const struct own *own, size_t count,
			  struct arena *a)
{
	size_t n = m->keys.count;
	struct best best = best_new(m, n, a);
	double *scores = arena_alloc(a, n * sizeof *scores);

	memset(scores, 0, n * sizeof *scores);
	for (size_t i = 0; i < count; i++) {
		if (own[i].item == DICTIONARY_NONE)
			continue;
		const struct item *x = &m->items[own[i].item];
		for (size_t k = x->first; k < x->first + x->count; k++)
			scores[m->weights[k].item] += m->weights[k].value;
	}
	for (size_t i = 0; i < count; i++)
		if (own[i].item != DICTIONARY_NONE)
			scores[own[i].item] = 0;
	for (uint32_t k = 0; k < n; k++)
		if (scores[k] > 0)
			best_offer(&best, (struct best_item){k, scores[k], m->items[k].orders});
	return best;
}

/* The maps of a row and the lists made of them; memory from the arena. */
struct lists {
	struct own *bought, *affine;
	size_t bought_count, affine_count;
	struct best again, novel;
};

static enum so1_status make_lists(const struct affinity *m, const struct slice *fields,
				  struct arena *a, struct lists *l, struct so1_error *e)
{
	enum so1_status s = read_map(m, fields[m->orders_index], m->orders, a, &l->bought,
				     &l->bought_count, e);

	if (s == SO1_OK)
		s = read_map(m, fields[m->affine_index], m->affine, a, &l->affine, &l->affine_count,
			     e);
	if (s != SO1_OK)
		return s;
	l->again = again(m, l->affine, l->affine_count, a);
	l->novel = novel(m, l->bought, l->bought_count, a);
	return SO1_OK;
}

static enum so1_status affinity_apply(const void *model, const struct slice *fields,
				      struct arena *a, struct slice *cells, struct so1_error *e)
{
	const struct affinity *m = model;
	struct lists l;
	enum so1_status s = make_lists(m, fields, a, &l, e);

	if (s != SO1_OK)
		return s;
	cells[COLUMN_AGAIN] = put_best(m, &l.again, l.affine, a);
	cells[COLUMN_NEW] = put_best(m, &l.novel, NULL, a);
	return SO1_OK;
}

static bool has(const struct own *keys, size_t count, struct slice key)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(keys[i].key, key))
			return true;
	return false;
}

/* Of the again list all that he bought counts, of the new one what he had not bought before. */
static enum so1_status affinity_rank(const void *model, const struct slice *fields,
				     struct slice target, const char *column, struct arena *a,
				     struct ranked_row *out, struct so1_error *e)
{
	const struct affinity *m = model;
	struct lists l;
	struct own *labels;
	size_t count, fresh = 0;
	enum so1_status s = read_map(m, target, column, a, &labels, &count, e);

	if (s == SO1_OK)
		s = make_lists(m, fields, a, &l, e);
	if (s != SO1_OK)
		return s;
	bool *hit = arena_alloc(a, (l.again.count + l.novel.count + 1) * sizeof *hit);
	for (size_t i = 0; i < l.again.count; i++)
		hit[i] = has(labels, count, l.affine[l.again.items[i].key].key);
	ranking_take(hit, l.again.count, count, out, RANKING_AGAIN);
	for (size_t i = 0; i < count; i++)
		fresh += !has(l.bought, l.bought_count, labels[i].key);
	for (size_t i = 0; i < l.novel.count; i++)
		hit[i] = has(labels, count, dictionary_item(&m->keys, l.novel.items[i].key));
	ranking_take(hit, l.novel.count, fresh, out, RANKING_NEW);
	return SO1_OK;
}

static size_t affinity_length(const void *model)
{
	return ((const struct affinity *)model)->top;
}

const struct model_kind kind_affinity = {
	.name = "affinity",
	.by = true,
	.no_target = true,
	.dense = true,
	.fit = affinity_fit,
	.load = affinity_load,
	.free = affinity_free,
	.appends = affinity_appends,
	.bind = affinity_bind,
	.apply = affinity_apply,
	.rank = affinity_rank,
	.list_length = affinity_length,
};
