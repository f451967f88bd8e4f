/* Interned text at 13 bytes a string besides its bytes: identity tuples come by the
 * ten million, and base/table.h's dictionary spends four times that on being general.
 *
 * Ids count from 0 in order of first arrival; id 0 is always the empty string
 * (unknown). Equal strings have equal ids. */
#ifndef SO1_DEDUPE_STRINGS_H
#define SO1_DEDUPE_STRINGS_H

#include "base/memory.h"
#include "base/prefetch.h"

struct strings {
	char *text; /* entries on 4-byte boundaries: length (1 or 5 bytes), then the bytes */
	size_t text_len, text_cap;
	uint32_t *place; /* place[id] * 4 is where the entry starts */
	size_t count, cap;
	uint32_t *slots; /* id + 1 in the low bits, hash bits above; 0 is empty */
	size_t slot_count; /* a power of two above the ids, so that they need log2 of it bits */
};

enum { STRINGS_EMPTY = 0 };
#define STRINGS_NONE UINT32_MAX

/* Makes the table with its empty string. strings_free when done. */
void strings_init(struct strings *s);
/* The id of `text`, added when new. STRINGS_NONE when the table is full (2^31
 * strings or 16 GiB of text), the table is then unchanged. */
uint32_t strings_add(struct strings *s, struct slice text);
/* The same with strings_hash(text) at hand; strings_expect, with step 0, 1 and 2 beforehand,
 * has the memory that add will look at fetched meanwhile. */
uint64_t strings_hash(struct slice text);
void strings_expect(const struct strings *s, uint64_t hash, int step);
uint32_t strings_add_hashed(struct strings *s, struct slice text, uint64_t hash);
/* The id of `text`, or STRINGS_NONE. */
uint32_t strings_find(const struct strings *s, struct slice text);
/* Valid until the next strings_add. */
struct slice strings_get(const struct strings *s, uint32_t id);
/* Hints that the text of `id` will soon be read: step 0, and some time later step 1. */
static inline void strings_fetch(const struct strings *s, uint32_t id, int step)
{
	if (step == 0)
		prefetch_read(&s->place[id]);
	else
		prefetch_read(s->text + (size_t)s->place[id] * 4);
}
/* Frees the hash table: reading by id goes on, add and find are over. */
void strings_freeze(struct strings *s);
/* Bytes in use. */
size_t strings_bytes(const struct strings *s);
void strings_free(struct strings *s);

#endif
