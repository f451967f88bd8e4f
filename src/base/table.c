#include "base/table.h"

#include <stdlib.h>

static size_t slot_of(const struct dictionary *d, struct slice s, uint64_t hash)
{
	size_t mask = d->slot_count - 1;
	uint32_t tag = (uint32_t)(hash >> 32);

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		if (d->slots[i] == 0)
			return i;
		if (d->tags[i] == tag && slice_equal(d->items[d->slots[i] - 1], s))
			return i;
	}
}

static void rehash(struct dictionary *d, size_t slot_count)
{
	free(d->slots);
	free(d->tags);
	d->slots = xcalloc(slot_count, sizeof *d->slots);
	d->tags = xmalloc(slot_count * sizeof *d->tags);
	d->slot_count = slot_count;
	for (size_t id = 0; id < d->count; id++) {
		uint64_t hash = slice_hash(d->items[id], 0);
		size_t i = slot_of(d, d->items[id], hash);
		d->slots[i] = (uint32_t)id + 1;
		d->tags[i] = (uint32_t)(hash >> 32);
	}
}

uint32_t dictionary_add(struct dictionary *d, struct slice s, bool *added)
{
	if (d->count * 2 >= d->slot_count)
		rehash(d, d->slot_count ? d->slot_count * 2 : 16);
	uint64_t hash = slice_hash(s, 0);
	size_t i = slot_of(d, s, hash);
	if (added)
		*added = d->slots[i] == 0;
	if (d->slots[i] != 0)
		return d->slots[i] - 1;
	GROW(d->items, d->cap, d->count + 1);
	d->items[d->count] = arena_copy(&d->text, s);
	d->slots[i] = (uint32_t)++d->count;
	d->tags[i] = (uint32_t)(hash >> 32);
	return (uint32_t)d->count - 1;
}

uint32_t dictionary_find(const struct dictionary *d, struct slice s)
{
	if (d->slot_count == 0)
		return DICTIONARY_NONE;
	size_t i = slot_of(d, s, slice_hash(s, 0));
	return d->slots[i] ? d->slots[i] - 1 : DICTIONARY_NONE;
}

void dictionary_clear(struct dictionary *d)
{
	arena_reset(&d->text);
	d->count = 0;
	if (d->slots)
		memset(d->slots, 0, d->slot_count * sizeof *d->slots);
}

void dictionary_free(struct dictionary *d)
{
	arena_free(&d->text);
	free(d->items);
	free(d->slots);
	free(d->tags);
	*d = (struct dictionary){0};
}

size_t dictionary_bytes(const struct dictionary *d)
{
	return d->text.total + d->cap * sizeof *d->items +
	       d->slot_count * (sizeof *d->slots + sizeof *d->tags);
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

enum { NAME_LONGEST = 64 };

/* Optimal string alignment: Levenshtein, and two letters that changed places are one slip.
 * Three rows; names are short. */
static size_t edit_distance(struct slice a, struct slice b)
{
	size_t rows[3][NAME_LONGEST + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = fold(a.ptr[i - 1]), y = fold(b.ptr[j - 1]);
			size_t best = above[j - 1] + (x != y);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && x == fold(b.ptr[j - 2]) && y == fold(a.ptr[i - 2]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return row[b.len];
}

struct slice nearest_name(struct slice wanted, const struct slice *names, size_t n)
{
	struct slice best = {"", 0};
	size_t best_distance = (wanted.len + 1) / 3 + 1;

	if (wanted.len > NAME_LONGEST)
		return best;
	for (size_t i = 0; i < n; i++) {
		if (names[i].len > NAME_LONGEST)
			continue;
		size_t distance = edit_distance(wanted, names[i]);
		if (distance < best_distance) {
			best = names[i];
			best_distance = distance;
		}
	}
	return best;
}
