#include "dedupe/strings.h"

#include "dedupe/pages.h"

#include <stdlib.h>

enum { LONG_TEXT = 255, ALIGNMENT = 4, PLACED_AT_ONCE = 32 };

static const uint64_t TEXT_LIMIT = UINT64_C(4) << 32;

struct slice strings_get(const struct strings *s, uint32_t id)
{
	const unsigned char *p = (const unsigned char *)s->text + (size_t)s->place[id] * ALIGNMENT;
	uint32_t len = p[0];

	if (len < LONG_TEXT)
		return slice_make((const char *)p + 1, len);
	memcpy(&len, p + 1, sizeof len);
	return slice_make((const char *)p + 5, len);
}

uint64_t strings_hash(struct slice text)
{
	return slice_hash(text, 0);
}

/* What a slot holds of the hash: the high bits, which do not choose the slot. */
static uint32_t tag_of(const struct strings *s, uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~(uint32_t)(s->slot_count - 1);
}

/* The slot that holds `text`, or the free one where it belongs. Most others are told by
 * their tag, without a look at their text. */
static size_t slot_of(const struct strings *s, struct slice text, uint64_t hash)
{
	size_t mask = s->slot_count - 1;
	uint32_t tag = tag_of(s, hash);

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t slot = s->slots[i];
		if (slot == 0)
			return i;
		if ((slot & ~(uint32_t)mask) == tag &&
		    slice_equal(strings_get(s, (slot & (uint32_t)mask) - 1), text))
			return i;
	}
}

/* Puts `n` ids from `first` into their slots, which lie anywhere and are asked for together. */
static void place_ids(struct strings *s, size_t first, size_t n)
{
	uint64_t hash[PLACED_AT_ONCE];
	size_t mask = s->slot_count - 1;

	for (size_t k = 0; k < n; k++) {
		hash[k] = strings_hash(strings_get(s, (uint32_t)(first + k)));
		prefetch_write(&s->slots[hash[k] & mask]);
	}
	for (size_t k = 0; k < n; k++) {
		size_t i = hash[k] & mask;
		while (s->slots[i] != 0)
			i = (i + 1) & mask;
		s->slots[i] = tag_of(s, hash[k]) | ((uint32_t)(first + k) + 1);
	}
}

static void grow_slots(struct strings *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : 16;
	free(s->slots);
	s->slots = xcalloc(s->slot_count, sizeof *s->slots);
	for (size_t id = 0; id < s->count; id += PLACED_AT_ONCE)
		place_ids(s, id, s->count - id < PLACED_AT_ONCE ? s->count - id : PLACED_AT_ONCE);
}

void strings_expect(const struct strings *s, uint64_t hash, int step)
{
	if (s->slot_count == 0)
		return;
	const uint32_t *slot = &s->slots[hash & (s->slot_count - 1)];
	if (step == 0) {
		prefetch_read(slot);
		return;
	}
	uint32_t id = *slot & (uint32_t)(s->slot_count - 1);
	if (id == 0)
		return;
	if (step == 1)
		prefetch_read(&s->place[id - 1]);
	else
		prefetch_read(s->text + (size_t)s->place[id - 1] * ALIGNMENT);
}

uint32_t strings_add(struct strings *s, struct slice text)
{
	return strings_add_hashed(s, text, strings_hash(text));
}

uint32_t strings_add_hashed(struct strings *s, struct slice text, uint64_t hash)
{
	if (s->count * 4 >= s->slot_count * 3)
		grow_slots(s);
	size_t i = slot_of(s, text, hash);
	if (s->slots[i] != 0)
		return (s->slots[i] & (uint32_t)(s->slot_count - 1)) - 1;
	size_t room = (text.len < LONG_TEXT ? 1 : 5) + text.len;
	room = (room + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (s->count >= STRINGS_NONE / 2 || s->text_len + room > TEXT_LIMIT ||
	    text.len >= UINT32_MAX)
		return STRINGS_NONE;
	PAGES_GROW(s->text, s->text_cap, s->text_len + room);
	PAGES_GROW(s->place, s->cap, s->count + 1);
	char *p = s->text + s->text_len;
	if (text.len < LONG_TEXT) {
		*p++ = (char)text.len;
	} else {
		uint32_t len = (uint32_t)text.len;
		*p++ = (char)LONG_TEXT;
		memcpy(p, &len, sizeof len);
		p += sizeof len;
	}
	if (text.len)
		memcpy(p, text.ptr, text.len);
	s->place[s->count] = (uint32_t)(s->text_len / ALIGNMENT);
	s->text_len += room;
	s->slots[i] = tag_of(s, hash) | ((uint32_t)s->count + 1);
	return (uint32_t)s->count++;
}

uint32_t strings_find(const struct strings *s, struct slice text)
{
	uint32_t found = s->slots[slot_of(s, text, strings_hash(text))];

	return found ? (found & (uint32_t)(s->slot_count - 1)) - 1 : STRINGS_NONE;
}

void strings_init(struct strings *s)
{
	*s = (struct strings){0};
	strings_add(s, slice_make("", 0));
}

void strings_freeze(struct strings *s)
{
	free(s->slots);
	s->slots = NULL;
	s->slot_count = 0;
}

size_t strings_bytes(const struct strings *s)
{
	return s->text_len + s->count * sizeof *s->place + s->slot_count * sizeof *s->slots;
}

void strings_free(struct strings *s)
{
	PAGES_FREE(s->text, s->text_cap);
	PAGES_FREE(s->place, s->cap);
	free(s->slots);
	*s = (struct strings){0};
}
