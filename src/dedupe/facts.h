/* What a record says of the person itself, whatever it is linked by: first name, birth
 * date, which generation. Facts may speak against a link in two ways.
 *
 * They contradict each other when first name and birth date are both known and both
 * differ, and not just as spellings, short forms and slips of the pen do; or when one says
 * junior and the other senior (generation.h): no key joins such records.
 *
 * They disagree when the first names are clearly different (no spelling or short form of
 * each other), or the birth dates (more than a year apart, and no slip of the pen:
 * compare.c). Of an address that families and colleagues share that is too much for the
 * address alone: whether they are one person is left to the probabilities. */
#ifndef SO1_DEDUPE_FACTS_H
#define SO1_DEDUPE_FACTS_H

#include "dedupe/generation.h"
#include "dedupe/nicknames.h"

struct person {
	uint32_t first, birth; /* ids, 0 is unknown */
	uint32_t next;         /* index + 1 of the cluster's next person */
	uint8_t generation;
};

struct facts {
	const struct nicknames *nicknames; /* borrowed; NULL: none */
	const struct strings *births;      /* borrowed: the text of birth dates by id */
	struct strings firsts;             /* folded first words of first names */
	uint32_t *of;                      /* first name and birth date by tuple */
	uint8_t *generation;               /* by tuple; NULL: none has one */
};

struct tuples;
/* Zero-initialise *f but for nicknames; facts_free when done. */
void facts_make(struct facts *f, const struct tuples *t);
void facts_free(struct facts *f);

bool facts_contradict(const struct facts *f, const struct person *a, const struct person *b);
/* Whether both first names are known and go together, or both birth dates. */
bool facts_first_agrees(const struct facts *f, const struct person *a, const struct person *b);
bool facts_birth_agrees(const struct facts *f, const struct person *a, const struct person *b);

#endif
