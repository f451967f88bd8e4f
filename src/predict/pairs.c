#include "predict/pairs.h"

#include "base/chance.h"
#include "base/number.h"
#include "stream/columns.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

bool pair_map_name(struct slice name, struct slice by)
{
	static const char *const others[] = {"label", "score", "again", "new", "season"};
	struct slice infix = SLICE("_by_");

	if (name.len <= infix.len + by.len)
		return false;
	struct slice what = slice_make(name.ptr, name.len - infix.len - by.len);
	if (memcmp(name.ptr + what.len, infix.ptr, infix.len) != 0 ||
	    !slice_equal(slice_make(name.ptr + what.len + infix.len, by.len), by))
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_is(what, others[i]))
			return false;
	return true;
}

bool pair_map_is_recency(struct slice name)
{
	return slice_starts_with(name, SLICE("recency_"));
}

enum so1_status pairs_init(struct pairs *p, const struct header *h, const char *by,
			   const char *label, const char *ignore, uint64_t core_limit,
			   const char *tmpdir, struct so1_error *e)
{
	*p = (struct pairs){.label_name = label, .tape.blocks.fd = -1};
	p->customer = header_find(h, SLICE("customer_id"));
	p->label = header_find(h, slice_of(label));
	p->maps = xcalloc(h->count, sizeof *p->maps);
	for (size_t i = 0; i < h->count; i++)
		if (i != p->label && pair_map_name(h->names[i], slice_of(by)) &&
		    !columns_listed(ignore, h->names[i]))
			p->maps[p->map_count++] = (struct pair_map){
				arena_copy(&p->text, h->names[i]), i,
				pair_map_is_recency(h->names[i]),
			};
	if (p->map_count == 0)
		return error_set(e, SO1_FAILED, "no map column '..._by_%s' to learn from", by);
	tape_init(&p->tape, core_limit, tmpdir);
	return SO1_OK;
}

enum so1_status pair_cell_read(struct slice cell, uint32_t map, const struct dictionary *names,
			       struct dictionary *add, struct arena *a, struct pair_entry **entries, size_t *count,
			       size_t *cap, struct so1_error *e)
{
	struct slice rest = cell, key, value;

	while (cell_next(&rest, &key, &value, a)) {
		double x;
		if (!number_parse_double(value, &x)) {
			error_set(e, SO1_FAILED, "not a map of numbers");
			return error_value(e, cell);
		}
		GROW(*entries, *cap, *count + 1);
		(*entries)[(*count)++] = (struct pair_entry){
			add ? dictionary_add(add, key, NULL) : dictionary_find(names, key),
			map, x,
		};
	}
	return SO1_OK;
}

static void count_key(struct pairs *p, const struct pair_entry *x)
{
	size_t before = p->support_cap;

	GROW(p->support, p->support_cap, x->key + 1);
	GROW(p->positives, p->positives_cap, p->support_cap);
	GROW(p->seen, p->seen_cap, p->support_cap);
	for (size_t i = before; i < p->support_cap; i++)
		p->support[i] = p->positives[i] = p->seen[i] = 0;
	/* Rows count from 1 here, so that 0 is none. */
	if (p->seen[x->key] != p->rows) {
		p->seen[x->key] = p->rows;
		p->support[x->key]++;
	}
	if (x->map == PAIR_LABEL && x->value > 0)
		p->positives[x->key]++;
}

enum so1_status pairs_take(struct pairs *p, const struct record *rec, struct so1_error *e)
{
	p->entry_count = 0;
	arena_reset(&p->scratch);
	for (size_t m = 0; m <= p->map_count; m++) {
		bool label = m == p->map_count;
		size_t index = label ? p->label : p->maps[m].index;
		if (pair_cell_read(rec->fields[index], label ? PAIR_LABEL : (uint32_t)m, NULL,
				   &p->names, &p->scratch, &p->entries, &p->entry_count, &p->entry_cap,
				   e) != SO1_OK)
			return error_at(e, NULL, 0, label ? p->label_name : p->maps[m].name.ptr);
	}
	p->rows++;
	for (size_t i = 0; i < p->entry_count; i++)
		count_key(p, &p->entries[i]);
	uint64_t head[2] = {chance_mix(p->rows), p->entry_count};
	if (p->customer != COLUMN_NONE)
		head[0] = slice_hash(rec->fields[p->customer], 0);
	enum so1_status s = tape_put(&p->tape, head, sizeof head, e);
	if (s == SO1_OK)
		s = tape_put(&p->tape, p->entries, p->entry_count * sizeof *p->entries, e);
	return s;
}

static int by_name(const void *a, const void *b)
{
	return slice_compare(((const struct pair_key *)a)->name, ((const struct pair_key *)b)->name);
}

enum so1_status pairs_finish(struct pairs *p, uint64_t min_support, struct so1_error *e)
{
	enum so1_status s = tape_finish(&p->tape, e);

	if (s != SO1_OK)
		return s;
	p->keys = xcalloc(p->names.count, sizeof *p->keys);
	p->vocabulary = xcalloc(p->names.count, sizeof *p->vocabulary);
	for (size_t i = 0; i < p->names.count; i++) {
		p->vocabulary[i] = PAIR_NO_KEY;
		if (i < p->support_cap && p->support[i] >= min_support)
			p->keys[p->key_count++] = (struct pair_key){
				dictionary_item(&p->names, (uint32_t)i), p->support[i],
				p->positives[i],
				slice_hash(dictionary_item(&p->names, (uint32_t)i), 1),
			};
	}
	if (p->key_count == 0)
		return error_set(e, SO1_FAILED, "no key occurs in %llu rows or more; see "
				 "--min-support", (unsigned long long)min_support);
	qsort(p->keys, p->key_count, sizeof *p->keys, by_name);
	for (size_t k = 0; k < p->key_count; k++)
		p->vocabulary[dictionary_find(&p->names, p->keys[k].name)] = (uint32_t)k;
	return SO1_OK;
}

void pairs_rewind(struct pairs *p)
{
	tape_rewind(&p->tape);
}

enum so1_status pairs_next(struct pairs *p, struct pair_row *row, struct so1_error *e)
{
	uint64_t head[2];
	enum so1_status s = tape_get(&p->tape, head, sizeof head, e);

	if (s != SO1_OK)
		return s;
	GROW(p->entries, p->entry_cap, head[1]);
	s = tape_get(&p->tape, p->entries, head[1] * sizeof *p->entries, e);
	for (size_t i = 0; i < head[1] && s == SO1_OK; i++)
		p->entries[i].key = p->vocabulary[p->entries[i].key];
	*row = (struct pair_row){head[0], p->entries, head[1]};
	return s;
}

double pairs_chance(const struct pairs *p, const struct pair_row *row, size_t key)
{
	return (double)(chance_mix(row->hash ^ p->keys[key].hash) >> 11) * 0x1p-53;
}

double pairs_popularity(const struct pairs *p, size_t key)
{
	double yes = (double)p->keys[key].positives;

	return log((yes + .5) / ((double)p->rows - yes + .5));
}

void pairs_free(struct pairs *p)
{
	arena_free(&p->text);
	arena_free(&p->scratch);
	dictionary_free(&p->names);
	tape_free(&p->tape);
	free(p->maps);
	free(p->support);
	free(p->positives);
	free(p->seen);
	free(p->keys);
	free(p->vocabulary);
	free(p->entries);
}
