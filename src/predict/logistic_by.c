/* logistic --by KEY, applied: a probability for each (row, key), the best ones as a map
 * cell score_by_KEY. */
#include "predict/logistic_by.h"

#include "base/number.h"
#include "predict/numeric.h"
#include "predict/pairfeatures.h"
#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

/* Digits of the probabilities that are written. */
enum { DIGITS = 6 };

struct by_model {
	struct transform_set set;
	struct pair_layout layout;
	struct pair_map *maps;
	size_t map_count;
	size_t *scalar_index;    /* columns of the scalars */
	struct dictionary keys;  /* the vocabulary, bytewise */
	double *popularity;      /* by key */
	double *key_effect;      /* by key: its popularity or coefficient */
	uint32_t *ranking;       /* keys by falling effect: the order of untouched ones */
	double absent;           /* what the maps add for an untouched key */
	size_t top;
	char *column;            /* score_by_KEY */
};

static void by_free(void *model)
{
	struct by_model *m = model;

	transform_free(&m->set);
	dictionary_free(&m->keys);
	free(m->maps);
	free(m->scalar_index);
	free(m->popularity);
	free(m->key_effect);
	free(m->ranking);
	free(m->column);
	free(m);
}

static enum so1_status read_keys(struct by_model *m, const struct model_file *file,
				 struct so1_error *e)
{
	m->popularity = xcalloc(file->count, sizeof *m->popularity);
	for (size_t i = 0; i < file->count; i++) {
		const struct model_row *row = &file->rows[i];
		struct slice text;
		bool added;
		if (!slice_is(row->section, "transform") ||
		    !map_get(row->value, SLICE("kind"), &text, &m->set.text) ||
		    !slice_is(text, "key"))
			continue;
		bool ascends = m->keys.count == 0 ||
			       slice_compare(dictionary_item(&m->keys, (uint32_t)m->keys.count - 1),
					     row->name) < 0;
		uint32_t key = dictionary_add(&m->keys, row->name, &added);
		if (!added || !ascends || !map_get(row->value, SLICE("popularity"), &text, &m->set.text) ||
		    !number_parse_double(text, &m->popularity[key]))
			return model_row_error(file, row, "a key out of order, or without popularity", e);
	}
	if (m->keys.count == 0) {
		error_set(e, SO1_FAILED, "the model has no keys");
		return error_at(e, file->path, 0, NULL);
	}
	return SO1_OK;
}

struct ranked {
	uint32_t key;
	double eta;
};

/* Highest first, ties in the order of the keys. */
static int by_eta(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->eta != y->eta)
		return x->eta < y->eta ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

static void rank_keys(struct by_model *m)
{
	size_t n = m->keys.count;
	struct ranked *all = xcalloc(n, sizeof *all);

	m->key_effect = xcalloc(n, sizeof *m->key_effect);
	m->ranking = xcalloc(n, sizeof *m->ranking);
	for (uint32_t k = 0; k < n; k++) {
		if (m->layout.popularity != SIZE_MAX) {
			m->key_effect[k] = transform_effect_number(
				&m->set.items[m->layout.popularity], m->popularity[k]);
		} else {
			const struct transform *t = &m->set.items[m->layout.key];
			uint16_t code = transform_code(t, dictionary_item(&m->keys, k));
			m->key_effect[k] = code == DESIGN_NO_LEVEL ? 0 : t->effects[code];
		}
		all[k] = (struct ranked){k, m->key_effect[k]};
	}
	qsort(all, n, sizeof *all, by_eta);
	for (size_t k = 0; k < n; k++)
		m->ranking[k] = all[k].key;
	free(all);
}

/* What the maps' own values (not their sums) add; group NULL: the key is in none. */
static double own_effect(const struct by_model *m, const struct pair_sums *sums,
			 const struct pair_group *group, double *values, bool *missing)
{
	double eta = 0;
	size_t j = 0;

	pair_values(&m->layout, m->maps, m->map_count, sums, group, 0, values, missing);
	for (size_t i = 0; i < m->map_count; i++) {
		/* MAP, and MAP/share but for recency; then a sum, which is not ours. */
		for (size_t k = 0; k < (m->maps[i].recency ? 1u : 2u); k++, j++) {
			const struct transform *t = &m->set.items[m->layout.scalars + j];
			eta += missing[j] ? transform_effect_missing(t)
					  : transform_effect_number(t, values[j]);
		}
		j++;
	}
	return eta;
}

static enum so1_status set_up(struct by_model *m, const struct model_file *file, struct slice by,
			      struct so1_error *e)
{
	double *values = xcalloc(m->layout.numbers, sizeof *values);
	bool *missing = xcalloc(m->layout.numbers, sizeof *missing);
	struct pair_sums *sums = xcalloc(m->map_count, sizeof *sums);

	for (size_t i = 0; i < m->map_count; i++)
		sums[i].empty = true;
	m->absent = own_effect(m, sums, NULL, values, missing) +
		    m->set.items[m->layout.untouched].effects[0];
	free(values);
	free(missing);
	free(sums);
	m->scalar_index = xcalloc(m->layout.scalars, sizeof *m->scalar_index);
	m->column = xmalloc(by.len + 10);
	snprintf(m->column, by.len + 10, "score_by_%.*s", SLICE_ARGS(by));
	const struct model_row *top = model_file_find(file, "model", "top");
	double n = 0;
	if (top == NULL || !number_parse_double(top->value, &n) || !(n >= 1 && n < 1e9)) {
		error_set(e, SO1_FAILED, "the model has no usable row model,top");
		return error_at(e, file->path, top ? top->line : 0, NULL);
	}
	m->top = n < (double)m->keys.count ? (size_t)n : m->keys.count;
	return SO1_OK;
}

/* The scalars are one column each. */
static bool has_pairs(const struct transform_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (transform_column_count(&set->items[i]) != 1)
			return true;
	return false;
}

static enum so1_status by_load(const struct model_file *file, void **model, struct so1_error *e)
{
	struct by_model *m = xcalloc(1, sizeof *m);
	struct slice by, text;
	double scalars = -1;
	enum so1_status s = model_file_text(file, "model", "by", &by, e);

	if (s == SO1_OK)
		s = model_file_text(file, "model", "scalars", &text, e);
	if (s == SO1_OK)
		s = transform_read(&m->set, file, e);
	if (s == SO1_OK)
		s = read_keys(m, file, e);
	if (s == SO1_OK && (has_pairs(&m->set) || !number_parse_double(text, &scalars) ||
			    !(scalars >= 0 && scalars <= (double)m->set.count) ||
			    !pair_layout_find(&m->layout, &m->set, (size_t)scalars, by.ptr, &m->maps,
					      &m->map_count))) {
		s = error_set(e, SO1_FAILED, "its transforms are not those of a model --by %.*s",
			      SLICE_ARGS(by));
		error_at(e, file->path, 0, NULL);
	}
	if (s == SO1_OK) {
		rank_keys(m);
		s = set_up(m, file, by, e);
	}
	if (s != SO1_OK) {
		by_free(m);
		return s;
	}
	*model = m;
	return SO1_OK;
}

static struct slice by_appends(const void *model, size_t i)
{
	return i == 0 ? slice_of(((const struct by_model *)model)->column) : SLICE("");
}

static enum so1_status by_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct by_model *m = model;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->layout.scalars && s == SO1_OK; i++)
		s = columns_need(h, m->set.items[i].name, &m->scalar_index[i], e);
	for (size_t i = 0; i < m->map_count && s == SO1_OK; i++)
		s = columns_need(h, m->maps[i].name, &m->maps[i].index, e);
	return s;
}

/* A row taken apart; memory from the arena. */
struct by_row {
	struct pair_group *groups;
	size_t group_count;
	struct pair_sums *sums;
	double base;      /* intercept, scalars, sums of the maps */
	double *values;
	bool *missing;
};

static enum so1_status read_maps(const struct by_model *m, const struct slice *fields,
				 struct slice label, const char *label_name, struct arena *a,
				 struct by_row *row, struct so1_error *e)
{
	struct pair_entry *entries = NULL;
	size_t count = 0, cap = 0;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->map_count && s == SO1_OK; i++) {
		s = pair_cell_read(fields[m->maps[i].index], (uint32_t)i, &m->keys, NULL, a, &entries,
				   &count, &cap, e);
		if (s != SO1_OK)
			error_at(e, NULL, 0, m->maps[i].name.ptr);
	}
	if (s == SO1_OK && label_name) {
		s = pair_cell_read(label, PAIR_LABEL, &m->keys, NULL, a, &entries, &count, &cap, e);
		if (s != SO1_OK)
			error_at(e, NULL, 0, label_name);
	}
	if (s == SO1_OK) {
		struct pair_entry *kept = arena_alloc(a, count * sizeof *kept);
		if (count)
			memcpy(kept, entries, count * sizeof *kept);
		row->groups = arena_alloc(a, count * sizeof *row->groups);
		row->sums = arena_alloc(a, m->map_count * sizeof *row->sums);
		row->group_count = pair_row_group(kept, count, m->maps, m->map_count, row->groups,
						  row->sums);
	}
	free(entries);
	return s;
}

static enum so1_status add_scalars(const struct by_model *m, const struct slice *fields,
				   double *eta, struct so1_error *e)
{
	struct buffer scratch = {0};
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->layout.scalars && s == SO1_OK; i++) {
		double effect = 0;
		s = transform_effect(&m->set.items[i], &fields[m->scalar_index[i]], &scratch, &effect,
				     e);
		*eta += effect;
	}
	buffer_free(&scratch);
	return s;
}

/* The last transform of each map: MAP/total or MAP/nearest. */
static double sums_effect(const struct by_model *m, const struct pair_sums *sums)
{
	double eta = 0;
	size_t j = m->layout.scalars;

	for (size_t i = 0; i < m->map_count; i++) {
		j += m->maps[i].recency ? 1 : 2;
		const struct transform *t = &m->set.items[j++];
		eta += m->maps[i].recency && sums[i].empty
			       ? transform_effect_missing(t)
			       : transform_effect_number(t, sums[i].total);
	}
	return eta;
}

static enum so1_status read_row(const struct by_model *m, const struct slice *fields,
				struct slice label, const char *label_name, struct arena *a,
				struct by_row *row, struct so1_error *e)
{
	enum so1_status s = read_maps(m, fields, label, label_name, a, row, e);

	row->base = m->set.intercept;
	if (s == SO1_OK)
		s = add_scalars(m, fields, &row->base, e);
	if (s != SO1_OK)
		return s;
	row->base += sums_effect(m, row->sums);
	row->values = arena_alloc(a, m->layout.numbers * sizeof *row->values);
	row->missing = arena_alloc(a, m->layout.numbers * sizeof *row->missing);
	return SO1_OK;
}

static double group_eta(const struct by_model *m, struct by_row *row, const struct pair_group *g)
{
	double own = g->touched ? own_effect(m, row->sums, g, row->values, row->missing) : m->absent;

	return row->base + m->key_effect[g->key] + own;
}

/* Groups ascend by key. */
static bool has_group(const struct by_row *row, uint32_t key)
{
	size_t low = 0, high = row->group_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (row->groups[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < row->group_count && row->groups[low].key == key;
}

/* The touched keys and the best of the others, which for all rows come in the same order. */
static size_t candidates(const struct by_model *m, struct by_row *row, struct ranked *out)
{
	size_t n = 0;

	for (size_t g = 0; g < row->group_count; g++)
		out[n++] = (struct ranked){row->groups[g].key, group_eta(m, row, &row->groups[g])};
	size_t wanted = n + m->top;
	for (size_t i = 0; i < m->keys.count && n < wanted; i++) {
		uint32_t key = m->ranking[i];
		if (!has_group(row, key))
			out[n++] = (struct ranked){key, row->base + m->key_effect[key] + m->absent};
	}
	qsort(out, n, sizeof *out, by_eta);
	return n < m->top ? n : m->top;
}

static int by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static enum so1_status by_apply(const void *model, const struct slice *fields, struct arena *a,
				struct slice *cell, struct so1_error *e)
{
	const struct by_model *m = model;
	struct by_row row;
	enum so1_status s = read_row(m, fields, SLICE(""), NULL, a, &row, e);

	if (s != SO1_OK)
		return s;
	struct ranked *best = arena_alloc(a, (row.group_count + m->top) * sizeof *best);
	size_t n = candidates(m, &row, best);
	struct buffer b = {0};
	/* The vocabulary is sorted bytewise, so the keys' numbers are the order of the cell. */
	qsort(best, n, sizeof *best, by_place);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buffer_put_byte(&b, ';');
		cell_put_escaped(&b, dictionary_item(&m->keys, best[i].key));
		buffer_put_byte(&b, '=');
		number_put_rounded(&b, numeric_logistic(best[i].eta), DIGITS);
	}
	*cell = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return SO1_OK;
}

static enum so1_status by_score(const void *model, const struct slice *fields,
				struct slice target, const char *column, struct arena *a,
				take_score *take, void *context, struct so1_error *e)
{
	const struct by_model *m = model;
	struct by_row row;
	enum so1_status s = read_row(m, fields, target, column, a, &row, e);
	size_t g = 0;

	for (uint32_t k = 0; k < m->keys.count && s == SO1_OK; k++) {
		double eta = row.base + m->key_effect[k] + m->absent;
		bool y = false;
		if (g < row.group_count && row.groups[g].key == k) {
			eta = group_eta(m, &row, &row.groups[g]);
			y = row.groups[g++].label;
		}
		take(context, numeric_logistic(eta), y);
	}
	return s;
}

const struct model_kind kind_logistic_by = {
	.name = "logistic",
	.by = true,
	.fit = logistic_by_fit,
	.load = by_load,
	.free = by_free,
	.appends = by_appends,
	.bind = by_bind,
	.apply = by_apply,
	.score = by_score,
};
