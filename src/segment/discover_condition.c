#include "segment/discover_condition.h"

#include "base/number.h"
#include "base/threads.h"
#include "segment/cuts.h"

#include <math.h>
#include <stdlib.h>

/* One column's conditions, and its "is unknown", which goes behind those of all columns. */
struct column_conditions {
	struct condition *items;
	size_t count, cap;
	struct condition unknown;
};

/* A condition need not fail for more than the 20th part of the rows, whatever it must hold for. */
enum { REST_PART = 20 };

struct building {
	const struct condition_set *set;
	uint32_t quantiles;
	uint64_t support; /* rows a condition must hold for */
	uint64_t rest;    /* and fail for */
	struct column_conditions *columns;
};

static size_t word_count(const struct condition_set *set)
{
	return set->words[0] + set->words[1];
}

/* Where the bits of a class begin in a bitmap. */
static uint64_t *class_bits(const struct condition_set *set, uint64_t *bits, int class)
{
	return class == 1 ? bits : bits + set->words[1];
}

static uint64_t *new_bits(const struct condition_set *set)
{
	return xcalloc(word_count(set) + 1, sizeof(uint64_t));
}

static uint64_t count_bits(const uint64_t *words, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (uint64_t)__builtin_popcountll(words[i]);
	return count;
}

/* Counts the rows; false, and the bits freed, where they are too few or nearly all. */
static bool keep(const struct building *g, struct condition *c)
{
	const struct condition_set *set = g->set;

	c->positives = (uint32_t)count_bits(c->bits, set->words[1]);
	c->rows = c->positives + (uint32_t)count_bits(c->bits + set->words[1], set->words[0]);
	if (c->rows >= g->support && set->rows - c->rows >= g->rest)
		return true;
	free(c->bits);
	c->bits = NULL;
	return false;
}

static void add(const struct building *g, struct column_conditions *to, struct condition c)
{
	if (!keep(g, &c))
		return;
	GROW(to->items, to->cap, to->count + 1);
	to->items[to->count++] = c;
}

static void set_where(const struct condition_set *set, const struct discover_column *c,
		      uint64_t *bits, float least, float most)
{
	for (int class = 0; class < 2; class++) {
		const float *x = c->numbers[class];
		uint64_t *words = class_bits(set, bits, class);
		for (size_t i = 0, rows = set->table->rows[class]; i < rows; i += 64) {
			size_t n = rows - i < 64 ? rows - i : 64;
			uint64_t word = 0;
			for (size_t k = 0; k < n; k++)
				word |= (uint64_t)(x[i + k] >= least && x[i + k] <= most) << k;
			words[i / 64] = word;
		}
	}
}

static void add_number(const struct building *g, struct column_conditions *to, uint32_t column,
		       enum condition_kind kind, struct cut cut)
{
	const struct discover_column *c = &g->set->table->columns[column];
	struct condition x = {.kind = kind, .column = column, .number = cut.number,
			      .bits = new_bits(g->set)};

	if (kind == CONDITION_FROM)
		set_where(g->set, c, x.bits, cut.from, INFINITY);
	else if (kind == CONDITION_BELOW)
		set_where(g->set, c, x.bits, -INFINITY, nextafterf(cut.from, -INFINITY));
	else
		set_where(g->set, c, x.bits, cut.from, cut.from);
	add(g, to, x);
}

static void add_numbers(const struct building *g, struct column_conditions *to, uint32_t column)
{
	const struct discover_table *t = g->set->table;
	const struct discover_column *c = &t->columns[column];
	size_t n = (size_t)t->rows[0] + t->rows[1];
	struct cuts cuts;

	if (c->numbers[0] == NULL && c->numbers[1] == NULL)
		return;
	float *values = xrealloc_array(NULL, n + 1, sizeof *values);
	for (int class = 0; class < 2; class++)
		if (t->rows[class])
			memcpy(values + (class ? t->rows[0] : 0), c->numbers[class],
			       t->rows[class] * sizeof *values);
	cuts_find(&cuts, values, n, g->quantiles, !c->many_digits);
	free(values);
	/* A float that is not the number may stand for several. */
	if (c->inexact && c->many_digits)
		cuts.equal_count = 0;
	for (size_t i = 0; i < cuts.count && cuts.equal_count != 2; i++) {
		add_number(g, to, column, CONDITION_FROM, cuts.at[i]);
		add_number(g, to, column, CONDITION_BELOW, cuts.at[i]);
	}
	for (size_t i = 0; i < cuts.equal_count; i++)
		add_number(g, to, column, CONDITION_NUMBER, cuts.equal[i]);
	cuts_free(&cuts);
}

static bool can_be_quoted(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\n' || s.ptr[i] == '\r')
			return false;
	return true;
}

static enum condition_kind kind_of_key(enum discover_kind kind, struct slice key)
{
	switch (kind) {
	case DISCOVER_PLAIN: return CONDITION_TEXT;
	case DISCOVER_MAP: return CONDITION_ANY;
	case DISCOVER_PAIRS:
		return slice_find_byte(key, '\0') < key.len ? CONDITION_VALUE : CONDITION_HAS;
	default: return CONDITION_HAS;
	}
}

static bool is_frequent(const struct building *g, const struct posting_pair *p)
{
	uint64_t n = (uint64_t)p->of[0].count + p->of[1].count;

	return n >= g->support && g->set->rows - n >= g->rest;
}

static struct condition from_posting(const struct building *g, uint32_t column,
				     enum condition_kind kind, uint32_t key,
				     const struct posting_pair *p)
{
	struct condition x = {.kind = kind, .column = column, .key = key,
			      .bits = new_bits(g->set)};

	for (int class = 0; class < 2; class++)
		posting_set_bits(&p->of[class], class_bits(g->set, x.bits, class));
	return x;
}

static void build_column(const struct building *g, uint32_t column)
{
	const struct discover_column *c = &g->set->table->columns[column];
	struct column_conditions *to = &g->columns[column];

	if (c->all_dates)
		return;
	if (is_frequent(g, &c->missing)) {
		struct condition x = from_posting(g, column, CONDITION_UNKNOWN, 0, &c->missing);
		if (keep(g, &x))
			to->unknown = x;
	}
	add_numbers(g, to, column);
	for (uint32_t k = 0; k < c->keys.count; k++) {
		struct slice key = dictionary_item(&c->keys, k);
		if (is_frequent(g, &c->postings[k]) && can_be_quoted(key))
			add(g, to, from_posting(g, column, kind_of_key(c->kind, key), k, &c->postings[k]));
	}
}

static void build_columns(void *context, size_t begin, size_t end, int thread)
{
	(void)thread;
	for (size_t i = begin; i < end; i++)
		build_column(context, (uint32_t)i);
}

static struct slice bytes_of(const struct condition_set *set, const struct condition *c)
{
	return slice_make((const char *)c->bits, word_count(set) * sizeof(uint64_t));
}

/* Bitmaps seen so far, by hash. */
struct seen {
	struct dictionary hashes;
	uint32_t *places; /* of the first condition with that hash, by id */
	size_t cap;
};

/* Takes c over, unless a condition before it holds for the same rows. */
static void take(struct condition_set *set, struct seen *seen, const struct condition *c)
{
	struct slice bytes = bytes_of(set, c);
	uint64_t hash = slice_hash(bytes, 0);
	bool added;
	uint32_t id = dictionary_add(&seen->hashes, slice_make((const char *)&hash, sizeof hash),
				     &added);

	if (!added && slice_equal(bytes, bytes_of(set, &set->items[seen->places[id]]))) {
		free(c->bits);
		return;
	}
	if (added) {
		GROW(seen->places, seen->cap, (size_t)id + 1);
		seen->places[id] = (uint32_t)set->count;
	}
	GROW(set->items, set->cap, set->count + 1);
	set->items[set->count++] = *c;
}

void condition_set_build(struct condition_set *set, const struct discover_table *table,
			 uint32_t quantiles, uint64_t support, int threads)
{
	*set = (struct condition_set){.table = table};
	set->rows = (uint64_t)table->rows[0] + table->rows[1];
	set->positives = table->rows[1];
	for (int class = 0; class < 2; class++)
		set->words[class] = ((size_t)table->rows[class] + 511) / 512 * 8;
	uint64_t rest = set->rows / REST_PART + 1;
	struct building g = {set, quantiles, support, support < rest ? support : rest,
			     xcalloc(table->count + 1, sizeof *g.columns)};
	threads_for(table->count, 1, threads, build_columns, &g);
	struct seen seen = {0};
	for (size_t i = 0; i < table->count; i++) {
		for (size_t k = 0; k < g.columns[i].count; k++)
			take(set, &seen, &g.columns[i].items[k]);
		free(g.columns[i].items);
	}
	for (size_t i = 0; i < table->count; i++)
		if (g.columns[i].unknown.bits)
			take(set, &seen, &g.columns[i].unknown);
	dictionary_free(&seen.hashes);
	free(seen.places);
	free(g.columns);
}

void condition_set_free(struct condition_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->items[i].bits);
	free(set->items);
	*set = (struct condition_set){0};
}

static bool is_key(const struct condition *c)
{
	return c->kind == CONDITION_HAS || c->kind == CONDITION_ANY || c->kind == CONDITION_VALUE;
}

bool conditions_combine(const struct condition *a, const struct condition *b)
{
	if (a->column != b->column)
		return true;
	if (a->kind == CONDITION_FROM && b->kind == CONDITION_BELOW)
		return a->number < b->number;
	if (a->kind == CONDITION_BELOW && b->kind == CONDITION_FROM)
		return b->number < a->number;
	/* A cell holds several keys, but one value. */
	return is_key(a) && is_key(b) && a->key != b->key;
}

bool condition_is_weaker(const struct condition_set *set, const struct condition *general,
			 const struct condition *special)
{
	const struct dictionary *keys = &set->table->columns[special->column].keys;
	bool is_cut = special->kind == general->kind;

	if (general->column != special->column || general == special)
		return false;
	switch (general->kind) {
	case CONDITION_FROM:
		return (is_cut && general->number < special->number) ||
		       (special->kind == CONDITION_NUMBER && general->number <= special->number);
	case CONDITION_BELOW:
		return (is_cut || special->kind == CONDITION_NUMBER) &&
		       general->number > special->number;
	case CONDITION_HAS: /* attrs: the key that has the value */
		return special->kind == CONDITION_VALUE &&
		       slice_starts_with(dictionary_item(keys, special->key),
					 dictionary_item(keys, general->key)) &&
		       dictionary_item(keys, special->key).ptr[dictionary_item(keys, general->key).len] ==
			       '\0';
	default: return false;
	}
}
