#include "dedupe/echoes.h"

#include "base/prefetch.h"

#include <stdlib.h>
#include <xxhash.h>

/* What a tuple says. */
struct saying {
	uint64_t hash;  /* of the ids of its traits and its generation */
	uint32_t place; /* in the order of content */
};

static bool say_the_same(const struct traits *t, const uint8_t *generation, uint32_t a, uint32_t b)
{
	return memcmp(t->rows[a].id, t->rows[b].id, sizeof t->rows[a].id) == 0 &&
	       (!generation || generation[a] == generation[b]);
}

static uint64_t *hash_sayings(const struct traits *t, const uint8_t *generation)
{
	enum { AHEAD = 16 };
	uint64_t *hash = xmalloc((t->count + (size_t)1) * sizeof *hash);

	for (uint32_t i = 0; i < t->count; i++) {
		if (i + AHEAD < t->count)
			prefetch_read(t->rows[t->order[i + AHEAD]].id);
		uint32_t tuple = t->order[i];
		hash[i] = XXH3_64bits_withSeed(t->rows[tuple].id, sizeof t->rows[tuple].id,
					       generation ? generation[tuple] : 0);
	}
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
	for (uint32_t i = 0; i < t->count; i++) {
		uint8_t *c = &crowd[hash[i] & (counters - 1)];
		*c += *c <= ECHOES_KEPT;
	}
	for (uint32_t i = 0; i < t->count; i++) {
		if (crowd[hash[i] & (counters - 1)] <= ECHOES_KEPT)
			continue;
		GROW(list, cap, n + 1);
		list[n++] = (struct saying){hash[i], i};
	}
	free(crowd);
	free(hash);
	*count = n;
	return list;
}

static int compare_sayings(const void *x, const void *y)
{
	const struct saying *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Where a group begins and ends in the list, and the place of its first: ids are numbered by the
 * input, so that nothing else puts groups in order. */
struct crowd {
	uint32_t place;
	size_t begin, end;
};

static int compare_crowds(const void *x, const void *y)
{
	const struct crowd *a = x, *b = y;

	return (a->place > b->place) - (a->place < b->place);
}

static void add_crowd(struct echoes *e, const struct traits *t, const uint8_t *generation,
		      const struct saying *list, size_t count)
{
	uint32_t first = t->order[list[0].place];

	for (size_t i = ECHOES_KEPT; i < count; i++) {
		uint32_t tuple = t->order[list[i].place];
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
		if (end - i <= ECHOES_KEPT || !any_applies(rules, t, t->order[list[i].place]))
			continue;
		GROW(crowds, cap, crowd_count + 1);
		crowds[crowd_count++] = (struct crowd){list[i].place, i, end};
	}
	if (crowd_count > 0) {
		qsort(crowds, crowd_count, sizeof *crowds, compare_crowds);
		e->is = xcalloc(t->tuples->count + 1, sizeof *e->is);
		e->items = xmalloc(n * sizeof *e->items);
	}
	for (size_t i = 0; i < crowd_count; i++)
		add_crowd(e, t, generation, list + crowds[i].begin, crowds[i].end - crowds[i].begin);
	free(crowds);
	free(list);
}

void echoes_free(struct echoes *e)
{
	free(e->items);
	free(e->is);
	*e = (struct echoes){0};
}
