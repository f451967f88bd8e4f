/* Hash tables over byte strings.
 *
 * A dictionary interns strings: equal strings get the same id, ids count from 0 in
 * order of first arrival. With the id one indexes arrays of one's own; that is the
 * map. Open addressing on XXH3; text lives in an arena of the dictionary. */
#ifndef SO1_BASE_TABLE_H
#define SO1_BASE_TABLE_H

#include "base/memory.h"

#define DICTIONARY_NONE UINT32_MAX

struct dictionary {
	struct arena text;
	struct slice *items; /* items[id], owned by the dictionary */
	uint32_t *slots;     /* id + 1, 0 is empty */
	uint32_t *tags;      /* high hash bits beside each slot, to skip most compares */
	size_t count, cap, slot_count;
};

/* Zero-initialise; dictionary_free when done. */
/* The id of s, adding a copy when it is new (*added, may be NULL, says so). */
uint32_t dictionary_add(struct dictionary *d, struct slice s, bool *added);
/* The id of s or DICTIONARY_NONE. */
uint32_t dictionary_find(const struct dictionary *d, struct slice s);
static inline struct slice dictionary_item(const struct dictionary *d, uint32_t id)
{
	return d->items[id];
}
/* Forgets all strings, keeps the memory. */
void dictionary_clear(struct dictionary *d);
void dictionary_free(struct dictionary *d);
/* Bytes in use, for memory limits. */
size_t dictionary_bytes(const struct dictionary *d);

/* The name in names[0..n) nearest to `wanted` by edit distance (at most about a third of
 * its length, ASCII case free), or an empty slice: for "did you mean". */
struct slice nearest_name(struct slice wanted, const struct slice *names, size_t n);

#endif
