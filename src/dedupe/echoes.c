#include "dedupe/echoes.h"

#include <stdlib.h>
#include <xxhash.h>

/* What a tuple says. */
struct saying {
	uint64_t hash;    /* of the ids of its traits and its generation */
	uint64_t content; /* of the tuple: its place in the order of the traits */
	uint32_t tuple;
};

static bool say_the_same(const struct traits *t, const uint8_t *generation, uint32_t a, uint32_t b)
{
	return memcmp(t->rows[a].id, t->rows[b].id, sizeof t->rows[a].id) == 0 &&
	       (!generation || generation[a] == generation[b]);
}

/* By tuple; 0 for who says nothing. */
static uint64_t *hash_sayings(const struct traits *t, const uint8_t *generation)
{
	static const uint32_t nothing[TRAIT_COUNT];
	size_t n = t->tuples->count;
	uint64_t *hash = xmalloc((n + 1) * sizeof *hash);

	for (size_t i = 0; i < n; i++)
		hash[i] = memcmp(t->rows[i].id, nothing, sizeof nothing) == 0 ? 0
			: XXH3_64bits_withSeed(t->rows[i].id, sizeof t->rows[i].id,
					       generation ? generation[i] : 0);
	return hash;
}

/* Those that share a counter with more than ECHOES_KEPT, themselves included: nearly always
 * nobody, so that little is left to sort. The caller frees the list. */
static struct saying *find_crowds(const struct traits *t, const uint8_t *generation, size_t *count)
{
	uint64_t *hash = hash_sayings(t, generation);
	struct saying *list = NULL;
	size_t counters = 1024, n = 0, cap = 0;

	while (counters < t->count)
		counters *= 2;
	uint8_t *crowd = xcalloc(counters, 1);
	for (size_t i = 0; i < t->tuples->count; i++) {
		uint8_t *c = &crowd[hash[i] & (counters - 1)];
		*c += hash[i] != 0 && *c <= ECHOES_KEPT;
	}
	for (uint32_t i = 0; i < t->tuples->count; i++) {
		if (hash[i] == 0 || crowd[hash[i] & (counters - 1)] <= ECHOES_KEPT)
			continue;
		GROW(list, cap, n + 1);
		list[n++] = (struct saying){hash[i], t->tuples->items[i].hash, i};
	}
	free(crowd);
	free(hash);
	*count = n;
	return list;
}

static int compare_contents(const struct saying *a, const struct saying *b)
{
	if (a->content != b->content)
		return a->content < b->content ? -1 : 1;
	return (a->tuple > b->tuple) - (a->tuple < b->tuple);
}

static int compare_sayings(const void *x, const void *y)
{
	const struct saying *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_contents(a, b);
}

/* Those with one hash. Ids are numbered by the input, and so is their hash: the first of each puts
 * crowds in order. */
struct crowd {
	const struct saying *items;
	size_t count;
};

static int compare_crowds(const void *x, const void *y)
{
	const struct crowd *a = x, *b = y;

	return compare_contents(a->items, b->items);
}

static void add_crowd(struct echoes *e, const struct traits *t, const uint8_t *generation,
		      const struct crowd *c)
{
	uint32_t first = c->items[0].tuple;

	for (size_t i = ECHOES_KEPT; i < c->count; i++) {
		uint32_t tuple = c->items[i].tuple;
		if (!say_the_same(t, generation, first, tuple)) /* hashes may be equal */
			continue;
		e->is[tuple] = true;
		e->items[e->count++] = (struct echo){first, tuple, (uint32_t)i};
	}
}

static bool any_applies(const struct rules *rules, const struct traits *t, uint32_t tuple)
{
	size_t r = 0;

	while (r < rules->count && !rule_applies(&rules->items[r], t, tuple))
		r++;
	return r < rules->count;
}

void echoes_find(struct echoes *e, const struct traits *t, const uint8_t *generation,
		 const struct rules *rules)
{
	size_t n, crowd_count = 0, cap = 0;
	struct saying *list = find_crowds(t, generation, &n);
	struct crowd *crowds = NULL;

	if (n > 1)
		qsort(list, n, sizeof *list, compare_sayings);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && list[end].hash == list[i].hash; end++)
			;
		if (end - i <= ECHOES_KEPT || !any_applies(rules, t, list[i].tuple))
			continue;
		GROW(crowds, cap, crowd_count + 1);
		crowds[crowd_count++] = (struct crowd){list + i, end - i};
	}
	if (crowd_count > 0) {
		qsort(crowds, crowd_count, sizeof *crowds, compare_crowds);
		e->is = xcalloc(t->tuples->count + 1, sizeof *e->is);
		e->items = xmalloc(n * sizeof *e->items);
	}
	for (size_t i = 0; i < crowd_count; i++)
		add_crowd(e, t, generation, &crowds[i]);
	free(crowds);
	free(list);
}

void echoes_free(struct echoes *e)
{
	free(e->items);
	free(e->is);
	*e = (struct echoes){0};
}
