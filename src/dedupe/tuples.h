/* Identity tuples: the distinct combinations of origin, identifiers and person fields
 * that the touchpoints carry. They are what is matched, and all of the input that stays
 * in memory: 64 bytes of ids, 8 of hash, about 14 of hash table and 4 of size for each,
 * and about 13 for each string that is new with it: at most 150 besides the text. */
#ifndef SO1_DEDUPE_TUPLES_H
#define SO1_DEDUPE_TUPLES_H

#include "base/buffer.h"
#include "dedupe/strings.h"
#include "stream/touchpoint.h"

/* The touchpoint's columns source … language; field f of a tuple is column f. */
enum { IDENTITY_FIELDS = T_LANGUAGE + 1 };

#define TUPLE_NONE UINT32_MAX

struct tuple {
	uint32_t field[IDENTITY_FIELDS]; /* ids in text[f], STRINGS_EMPTY when unknown */
	uint64_t hash;                   /* of the content: the same in any order of input */
};

struct tuple_slot {
	uint32_t tag; /* 32 more bits of the content's hash */
	uint32_t id;  /* tuple + 1, 0 is empty */
};

struct tuples {
	struct strings text[IDENTITY_FIELDS];
	struct tuple *items;
	uint32_t *row_units; /* bytes of its rows in the spool, in units of ROW_ALIGNMENT (rows.h) */
	size_t count, cap, size_cap;
	struct tuple_slot *slots;
	size_t slot_count;
};

void tuples_init(struct tuples *t);
/* Tuples are told apart by 96 bits of the hash of their canonical text: the fields as
 * CSV with ',' (quoted only where needed). */
struct tuple_key {
	uint64_t hash;
	uint32_t tag;
};
struct tuple_key tuple_key_of(struct slice canonical);
/* TUPLE_NONE when it is new. */
uint32_t tuples_find(const struct tuples *t, struct tuple_key key);
/* Hints that find will soon be called, the nearer the later `step` (0, 1). */
void tuples_expect(const struct tuples *t, struct tuple_key key, int step);
/* Numbers a tuple that tuples_find did not find; its fields are empty until tuples_fill.
 * TUPLE_NONE when there are too many. */
uint32_t tuples_reserve(struct tuples *t, struct tuple_key key);
/* What a reserved tuple says. */
struct tuple_content {
	uint32_t tuple;
	struct slice fields[IDENTITY_FIELDS];
};
enum { TUPLES_AT_ONCE = 32 };
/* Fills up to TUPLES_AT_ONCE reserved tuples: many at a time is faster, and the same as one
 * by one. False when a table of strings is full. */
bool tuples_fill(struct tuples *t, const struct tuple_content *contents, size_t n);
/* Both, for one tuple. */
uint32_t tuples_add(struct tuples *t, struct tuple_key key,
		    const struct slice fields[IDENTITY_FIELDS]);
/* The tags of all tuples' keys, by tuple. Before tuples_freeze. */
void tuples_tags(const struct tuples *t, uint32_t *tags);
/* The text of a field, valid until the next tuples_add. */
static inline struct slice tuple_text(const struct tuples *t, uint32_t tuple, int field)
{
	return strings_get(&t->text[field], t->items[tuple].field[field]);
}
static inline bool tuple_has(const struct tuples *t, uint32_t tuple, int field)
{
	return t->items[tuple].field[field] != STRINGS_EMPTY;
}
/* Hints that the tuple's texts will soon be read: steps 0, 1 and 2, some time apart. */
void tuple_fetch(const struct tuples *t, uint32_t tuple, int step);
/* Frees the lookup tables: tuples_find and add are over, and strings_find in the text of
 * any field but the source; reading goes on. */
void tuples_freeze(struct tuples *t);
size_t tuples_bytes(const struct tuples *t);
void tuples_free(struct tuples *t);

#endif
