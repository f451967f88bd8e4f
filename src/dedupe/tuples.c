#include "dedupe/tuples.h"

#include "base/prefetch.h"
#include "dedupe/pages.h"

#include <stdlib.h>
#include <xxhash.h>

void tuples_init(struct tuples *t)
{
	*t = (struct tuples){0};
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		strings_init(&t->text[f]);
}

/* Slots are placed by the tag, so that growing touches nothing but them. */
static void grow_slots(struct tuples *t)
{
	struct tuple_slot *old = t->slots;
	size_t old_count = t->slot_count;

	t->slot_count = old_count ? old_count * 2 : 64;
	t->slots = xcalloc(t->slot_count, sizeof *t->slots);
	for (size_t j = 0; j < old_count; j++) {
		if (old[j].id == 0)
			continue;
		size_t i = old[j].tag & (t->slot_count - 1);
		while (t->slots[i].id != 0)
			i = (i + 1) & (t->slot_count - 1);
		t->slots[i] = old[j];
	}
	free(old);
}

struct tuple_key tuple_key_of(struct slice canonical)
{
	XXH128_hash_t h = XXH3_128bits(canonical.ptr, canonical.len);

	return (struct tuple_key){h.low64, (uint32_t)h.high64};
}

/* The slot that holds the tuple, or the free one where it belongs. */
static size_t slot_of(const struct tuples *t, struct tuple_key key)
{
	size_t mask = t->slot_count - 1;

	for (size_t i = key.tag & mask;; i = (i + 1) & mask)
		if (t->slots[i].id == 0 || (t->slots[i].tag == key.tag &&
					    t->items[t->slots[i].id - 1].hash == key.hash))
			return i;
}

void tuples_expect(const struct tuples *t, struct tuple_key key, int step)
{
	if (t->slot_count == 0)
		return;
	const struct tuple_slot *slot = &t->slots[key.tag & (t->slot_count - 1)];
	if (step == 0)
		prefetch_read(slot);
	else if (slot->id != 0)
		prefetch_read(&t->items[slot->id - 1].hash);
}

uint32_t tuples_find(const struct tuples *t, struct tuple_key key)
{
	if (t->slot_count == 0)
		return TUPLE_NONE;
	return t->slots[slot_of(t, key)].id - 1; /* 0, which is free, gives TUPLE_NONE */
}

uint32_t tuples_reserve(struct tuples *t, struct tuple_key key)
{
	if (t->count * 4 >= t->slot_count * 3)
		grow_slots(t);
	if (t->count >= TUPLE_NONE - 1)
		return TUPLE_NONE;
	PAGES_GROW(t->items, t->cap, t->count + 1);
	PAGES_GROW(t->row_units, t->size_cap, t->count + 1);
	t->items[t->count] = (struct tuple){.hash = key.hash};
	t->row_units[t->count] = 0;
	t->slots[slot_of(t, key)] = (struct tuple_slot){key.tag, (uint32_t)t->count + 1};
	return (uint32_t)t->count++;
}

/* One field of all the tuples. Every look-up misses the cache three times: each of them is
 * asked for together, for all tuples. */
static bool fill_field(struct tuples *t, const struct tuple_content *c, size_t n, int f)
{
	uint64_t hash[TUPLES_AT_ONCE];
	struct strings *text = &t->text[f];

	for (size_t i = 0; i < n; i++)
		hash[i] = c[i].fields[f].len ? strings_hash(c[i].fields[f]) : 0;
	for (int step = 0; step < 3; step++)
		for (size_t i = 0; i < n; i++)
			if (c[i].fields[f].len)
				strings_expect(text, hash[i], step);
	for (size_t i = 0; i < n; i++) {
		if (c[i].fields[f].len == 0)
			continue;
		uint32_t id = strings_add_hashed(text, c[i].fields[f], hash[i]);
		if (id == STRINGS_NONE)
			return false;
		t->items[c[i].tuple].field[f] = id;
	}
	return true;
}

bool tuples_fill(struct tuples *t, const struct tuple_content *contents, size_t n)
{
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		if (!fill_field(t, contents, n, f))
			return false;
	return true;
}

uint32_t tuples_add(struct tuples *t, struct tuple_key key,
		    const struct slice fields[IDENTITY_FIELDS])
{
	struct tuple_content c = {.tuple = tuples_reserve(t, key)};

	if (c.tuple == TUPLE_NONE)
		return TUPLE_NONE;
	memcpy(c.fields, fields, sizeof c.fields);
	return tuples_fill(t, &c, 1) ? c.tuple : TUPLE_NONE;
}

void tuples_tags(const struct tuples *t, uint32_t *tags)
{
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].id != 0)
			tags[t->slots[i].id - 1] = t->slots[i].tag;
}

void tuple_fetch(const struct tuples *t, uint32_t tuple, int step)
{
	const uint32_t *field = t->items[tuple].field;

	if (step == 0) {
		prefetch_read(field);
		prefetch_read(field + IDENTITY_FIELDS - 1);
		return;
	}
	for (int f = T_SOURCE_ID; f < IDENTITY_FIELDS; f++)
		if (field[f] != STRINGS_EMPTY)
			strings_fetch(&t->text[f], field[f], step - 1);
}

void tuples_freeze(struct tuples *t)
{
	free(t->slots);
	t->slots = NULL;
	t->slot_count = 0;
	for (int f = T_SOURCE_ID; f < IDENTITY_FIELDS; f++)
		strings_freeze(&t->text[f]);
}

size_t tuples_bytes(const struct tuples *t)
{
	size_t n = t->count * (sizeof *t->items + sizeof *t->row_units) +
		   t->slot_count * sizeof *t->slots;

	for (int f = 0; f < IDENTITY_FIELDS; f++)
		n += strings_bytes(&t->text[f]);
	return n;
}

void tuples_free(struct tuples *t)
{
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		strings_free(&t->text[f]);
	PAGES_FREE(t->items, t->cap);
	PAGES_FREE(t->row_units, t->size_cap);
	free(t->slots);
	*t = (struct tuples){0};
}
