#include "dedupe/recall_meet.h"

#include "base/threads.h"

#include <stdlib.h>

enum { PIECE = 16384 };

static bool is_new(const bool *some, const bool *done, size_t item)
{
	return some[item] && !(done && done[item]);
}

struct customers_search {
	const struct known *known;
	bool *some;
	const uint64_t *ids;
	size_t mask;
};

static void find_customers(void *context, size_t begin, size_t end, int thread)
{
	const struct customers_search *s = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		uint64_t id = s->known->items[i].id_high;
		size_t at = recall_spread(id) >> 20 & s->mask;
		while (s->ids[at] && s->ids[at] != id)
			at = (at + 1) & s->mask;
		s->some[i] |= s->ids[at] == id && id != 0;
	}
}

void recall_meet_customers(const struct known *k, bool *some, const bool *done, int threads)
{
	size_t n = 0, mask = 1023;

	for (size_t i = 0; i < k->count; i++)
		n += is_new(some, done, i);
	while (mask < n * 2)
		mask = mask * 2 + 1;
	uint64_t *ids = xcalloc(mask + 1, sizeof *ids);
	for (size_t i = 0; i < k->count; i++) {
		/* The first 64 bits of an id, which are not 0 for any but one in 2^64. */
		size_t at = recall_spread(k->items[i].id_high) >> 20 & mask;
		if (!is_new(some, done, i))
			continue;
		while (ids[at] && ids[at] != k->items[i].id_high)
			at = (at + 1) & mask;
		ids[at] = k->items[i].id_high;
	}
	struct customers_search s = {k, some, ids, mask};
	threads_for(k->count, PIECE, threads, find_customers, &s);
	free(ids);
}

/* An identifier of one of some items. */
struct sharer {
	uint64_t key; /* column and key; 0: free */
	uint32_t taken;
};

struct sharers {
	struct sharer *slots;
	uint64_t *maybe; /* as in a search */
	size_t mask, maybe_mask;
};

static size_t maybe_bit(const struct sharers *s, uint64_t key)
{
	return recall_spread(key) >> 32 & s->maybe_mask;
}

/* That of the key, or the free one for it. */
static struct sharer *find_sharer(const struct sharers *s, uint64_t key)
{
	size_t i = recall_spread(key) >> 20 & s->mask;

	while (s->slots[i].key != 0 && s->slots[i].key != key)
		i = (i + 1) & s->mask;
	return &s->slots[i];
}

static void list_identifiers(struct sharers *s, const struct known *k, const bool *some, const bool *done)
{
	size_t n = 0;

	for (size_t i = 0; i < k->count; i++)
		for (size_t c = 0; is_new(some, done, i) && c < KEY_FIXED; c++)
			n += known_keys_of(k, i)[c] != 0;
	for (s->mask = 1023; s->mask < n * 2; s->mask = s->mask * 2 + 1)
		;
	s->maybe_mask = s->mask * 8 + 7;
	s->slots = xcalloc(s->mask + 1, sizeof *s->slots);
	s->maybe = xcalloc((s->maybe_mask + 1) / 64, sizeof *s->maybe);
	for (size_t i = 0; i < k->count; i++) {
		const uint32_t *keys = known_keys_of(k, i);
		for (size_t c = 0; is_new(some, done, i) && c < KEY_FIXED; c++) {
			uint64_t key = recall_key(c, keys[c]);
			if ((uint32_t)key == 0)
				continue;
			find_sharer(s, key)->key = key;
			s->maybe[maybe_bit(s, key) / 64] |= UINT64_C(1) << maybe_bit(s, key) % 64;
		}
	}
}

/* Of a run of items those that have one of the identifiers. */
struct shared {
	uint32_t item, slot;
};

struct shared_piece {
	struct shared *items;
	size_t count, cap;
};

struct sharing {
	const struct known *known;
	const struct sharers *sharers;
	struct shared_piece *pieces;
};

static void look_for_sharers(void *context, size_t begin, size_t end, int thread)
{
	const struct sharing *x = context;
	const struct sharers *s = x->sharers;
	struct shared_piece *p = &x->pieces[begin / PIECE];

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const uint32_t *keys = known_keys_of(x->known, i);
		for (size_t c = 0; c < KEY_FIXED; c++) {
			uint64_t key = recall_key(c, keys[c]);
			size_t bit = maybe_bit(s, key);
			if (!(s->maybe[bit / 64] >> bit % 64 & 1) || (uint32_t)key == 0)
				continue;
			const struct sharer *sharer = find_sharer(s, key);
			if (sharer->key == 0)
				continue;
			GROW(p->items, p->cap, p->count + 1);
			p->items[p->count++] = (struct shared){(uint32_t)i, (uint32_t)(sharer - s->slots)};
		}
	}
}

/* Whether a value is good for anything depends on how many have it; and a refusal that came with an
 * address holds for all who do. */
void recall_meet_sharers(const struct known *k, bool *some, const bool *done, int threads)
{
	struct sharers s;
	struct sharing x = {k, &s, xcalloc(k->count / PIECE + 1, sizeof *x.pieces)};

	list_identifiers(&s, k, some, done);
	threads_for(k->count, PIECE, threads, look_for_sharers, &x);
	/* The first ones count: in the order of the file. */
	for (size_t p = 0; p <= k->count / PIECE; p++) {
		for (size_t i = 0; i < x.pieces[p].count; i++)
			if (s.slots[x.pieces[p].items[i].slot].taken++ < SHARERS_MOST)
				some[x.pieces[p].items[i].item] = true;
		free(x.pieces[p].items);
	}
	free(x.pieces);
	free(s.slots);
	free(s.maybe);
}
