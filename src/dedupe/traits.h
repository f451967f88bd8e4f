/* What of an identity tuple is compared: folded, interned, counted. A trait is unknown
 * (0) where the field is empty, folds to nothing or holds a value never to trust. */
#ifndef SO1_DEDUPE_TRAITS_H
#define SO1_DEDUPE_TRAITS_H

#include "dedupe/keys.h"

enum trait {
	TRAIT_FIRST, TRAIT_LAST, TRAIT_BIRTH, TRAIT_STREET, TRAIT_POSTCODE, TRAIT_CITY,
	TRAIT_EMAIL, TRAIT_PHONE, TRAIT_NUMBER, TRAIT_GENDER, TRAIT_MIDDLE,
	TRAIT_COUNT
};

/* The name in rules, models and --explain: the column's; middle_name is the initial of the
 * second of the first names. */
const char *trait_name(enum trait trait);
/* The trait of that name, TRAIT_COUNT when there is none. */
enum trait trait_of_name(struct slice name);

/* What comparing looks at first of a tuple, side by side: the ids of its values, and
 * sketches (sketch.h) of those that are nearly everyone's own. */
struct trait_row {
	uint32_t id[TRAIT_COUNT]; /* in text[trait] */
	uint32_t birth;
	uint64_t email, phone, number;
	char first, last;         /* the first byte of each name */
};

struct traits {
	const struct tuples *tuples;
	struct trait_row *rows;           /* by tuple */
	struct strings text[TRAIT_COUNT]; /* folded values; where nothing is folded the tuples' own */
	uint32_t *uses[TRAIT_COUNT];      /* by id: compared tuples that have it */
	struct strings street_names;
	uint32_t *street_name;            /* by id of a street: without the number */
	uint64_t known[TRAIT_COUNT];      /* compared tuples that have any */
	uint32_t *order;                  /* the tuples compared, by content, so in any order of
	                                     input the same */
	uint32_t count;
	const bool *is_echo;              /* by tuple: no rule puts it into a block (echoes.h);
	                                     borrowed, NULL: none is one */
};

/* Of the tuples that `compared` says, by tuple, settled or not; they must name somebody. The same
 * for any number of threads. traits_free when done. */
void traits_make(struct traits *t, const struct tuples *tuples, const struct identity *id,
		 const bool *compared, int threads);
void traits_free(struct traits *t);

/* A tuple and the hash of its content. */
struct place {
	uint64_t hash;
	uint32_t tuple;
};
/* In the order of content. */
void places_sort(struct place *places, size_t count, int threads);

extern const uint8_t trait_field[TRAIT_COUNT];
static inline uint32_t trait_of(const struct traits *t, uint32_t tuple, enum trait trait)
{
	return t->rows[tuple].id[trait];
}
/* What a value folds to, appended to out. */
void trait_fold(enum trait trait, struct slice value, struct buffer *out);
static inline struct slice trait_text(const struct traits *t, enum trait trait, uint32_t id)
{
	return strings_get(&t->text[trait], id);
}
/* The same in every run. */
static inline uint64_t trait_value_hash(const struct traits *t, enum trait trait, uint32_t id)
{
	return slice_hash(trait_text(t, trait, id), (uint64_t)trait);
}

#endif
