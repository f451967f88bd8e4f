#include "dedupe/recall_values.h"

#include "base/bucketsort.h"

#include <stdlib.h>

/* The values of a file by the first bits of their hashes. */
struct uses_index {
	const struct known *known;
	uint32_t *begin;
};

enum { INDEX_BITS = 16 };

static void index_values(struct uses_index *x, const struct known *k)
{
	const size_t n = (size_t)1 << INDEX_BITS;

	*x = (struct uses_index){k, xcalloc(n + 1, sizeof *x->begin)};
	for (size_t i = 0; i < k->last->value_count; i++)
		x->begin[(k->last->values[i].hash >> (64 - INDEX_BITS)) + 1]++;
	for (size_t b = 1; b <= n; b++)
		x->begin[b] += x->begin[b - 1];
}

/* 0 where no two identities have the value. */
static uint64_t uses_before(const struct uses_index *x, uint64_t hash)
{
	size_t b = hash >> (64 - INDEX_BITS);

	for (uint32_t i = x->begin[b]; i < x->begin[b + 1]; i++)
		if (x->known->last->values[i].hash == hash)
			return x->known->last->values[i].uses;
	return 0;
}

static void count_trait(const struct recall *r, struct traits *t, enum trait trait,
			const struct uses_index *index)
{
	uint32_t *recalled = xcalloc(t->text[trait].count, sizeof *recalled), *uses = t->uses[trait];

	for (size_t i = 0; i < r->count; i++)
		recalled[trait_of(t, r->items[i].tuple, trait)]++;
	t->known[trait] += r->known.last->known[trait];
	t->known[trait] -= r->count - recalled[0];
	for (uint32_t v = 1; v < t->text[trait].count; v++) {
		if (uses[v] == 0) /* of known ones that are not compared */
			continue;
		uint64_t before = uses_before(index, trait_value_hash(t, trait, v));
		if (before > recalled[v])
			uses[v] += (uint32_t)(before - recalled[v]);
	}
	free(recalled);
}

void recall_count_values(const struct recall *r, struct traits *t)
{
	struct uses_index index;

	if (r->known.count == 0)
		return;
	index_values(&index, &r->known);
	for (int c = 0; c < TRAIT_COUNT; c++)
		count_trait(r, t, (enum trait)c, &index);
	free(index.begin);
}

static int compare_values(const void *x, const void *y)
{
	const struct known_value *a = x, *b = y;

	return (a->hash > b->hash) - (a->hash < b->hash);
}

void recall_values_make(struct recall_values *values, const struct known *before,
			const struct traits *t, int threads)
{
	struct known_value *now = NULL, *all;
	const struct known_value *old_values = before->last ? before->last->values : NULL;
	size_t old_count = before->last ? before->last->value_count : 0;
	size_t n = 0, cap = 0, i = 0, j = 0, k = 0;

	for (int c = 0; c < TRAIT_COUNT; c++)
		for (uint32_t v = 1; v < t->text[c].count; v++) {
			if (t->uses[c][v] < 2)
				continue;
			GROW(now, cap, n + 1);
			now[n++] = (struct known_value){trait_value_hash(t, (enum trait)c, v), t->uses[c][v]};
		}
	if (n)
		bucket_sort(now, n, sizeof *now, compare_values, threads);
	all = xmalloc((old_count + n + 1) * sizeof *all);
	while (i < old_count || j < n) {
		bool old = j == n || (i < old_count && old_values[i].hash < now[j].hash);
		if (!old && i < old_count && old_values[i].hash == now[j].hash)
			i++;
		all[k++] = old ? old_values[i++] : now[j++];
	}
	free(now);
	values->items = all;
	values->count = k;
	memcpy(values->known, t->known, sizeof values->known);
}

static struct known_value *find_value(const struct recall_values *v, uint64_t hash)
{
	struct known_value key = {.hash = hash};

	return v->count ? bsearch(&key, v->items, v->count, sizeof key, compare_values) : NULL;
}

void recall_values_forget(struct recall_values *v, const struct slice fields[IDENTITY_FIELDS])
{
	struct buffer folded = {0};

	for (int c = 0; c < TRAIT_COUNT; c++) {
		buffer_clear(&folded);
		trait_fold((enum trait)c, fields[trait_field[c]], &folded);
		if (folded.len == 0)
			continue;
		struct known_value *value = find_value(v, slice_hash(buffer_slice(&folded), (uint64_t)c));
		v->known[c] -= v->known[c] > 0;
		if (value && value->uses > 0)
			value->uses--;
	}
	buffer_free(&folded);
}

void recall_values_tidy(struct recall_values *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].uses > 1)
			v->items[n++] = v->items[i];
	v->count = n;
}

void recall_values_free(struct recall_values *v)
{
	free(v->items);
}
