/* Graded comparisons of two identity tuples: to each trait belongs one comparison, whose
 * level says how far the two values agree. Level 0 is "nothing to compare" (unknown on
 * either side) and never evidence; 1 is the same; the last is different. The levels of
 * all comparisons together are the pattern of the pair, one number.
 *
 * A new level: one line in the table, one in the function that grades, its place in the
 * man page. The order of levels is strongest first. */
#ifndef SO1_DEDUPE_COMPARE_H
#define SO1_DEDUPE_COMPARE_H

#include "dedupe/nicknames.h"
#include "dedupe/traits.h"

enum { COMPARE_LEVELS_MOST = 9, LEVEL_UNKNOWN = 0, LEVEL_SAME = 1 };

struct comparison {
	uint8_t levels;                         /* without LEVEL_UNKNOWN */
	const char *name[COMPARE_LEVELS_MOST];  /* by level, as in models */
	double prior[COMPARE_LEVELS_MOST];      /* by level: m before any data, sums to 1 */
	bool household;                         /* shared by those who live together */
	double stranger;                        /* u of LEVEL_SAME before any data */
};

/* Levels that other code asks for. */
enum { EMAIL_NEAR = 3, STREET_SIMILAR = 4, STREET_DIFFERENT = 5, POSTCODE_DIFFERENT = 4 };
enum { BIRTH_ONE_YEAR = 4, BIRTH_TEN_YEARS = 5, BIRTH_DIFFERENT = 6 };
enum { FIRST_SHORT_FORM = 2, FIRST_SIMILAR = 5, FIRST_INITIAL = 6, FIRST_REVERSED = 7, FIRST_DIFFERENT = 8 };

extern const struct comparison comparisons[TRAIT_COUNT];

/* The last level, "different". */
static inline int compare_differs(enum trait trait)
{
	return comparisons[trait].levels;
}

/* A thread's comparer, with its memory of pairs of values. */
struct comparer;
/* Borrows both, which outlive it; nicknames may be NULL. */
struct comparer *comparer_new(const struct traits *t, const struct nicknames *nicknames);
/* level[trait] of tuples a and b. */
void comparer_run(struct comparer *c, uint32_t a, uint32_t b, uint8_t level[TRAIT_COUNT]);
void comparer_free(struct comparer *c);

/* Whether two folded first names are clearly two, not misspellings or short forms. */
bool compare_firsts_differ(const struct nicknames *n, struct slice a, struct slice b);
/* The level of two different birth dates. */
uint8_t compare_births(struct slice a, struct slice b);

/* Two people, unless much else says one: first names and birth dates that both differ
 * beyond errors of spelling, or surname and address the same and birth dates decades apart
 * (father and son of one name). The same number of a card outweighs it. */
bool compare_contradicts(const uint8_t level[TRAIT_COUNT]);
/* Twins: surname, birth date and an address of whatever kind the same, the first names
 * clearly two. Whatever weight that has, it cannot tell twins from one person. */
bool compare_twins(const uint8_t level[TRAIT_COUNT]);

/* A pattern as one number < patterns_possible(), and back. */
uint32_t patterns_possible(void);
uint32_t pattern_of(const uint8_t level[TRAIT_COUNT]);
void pattern_levels(uint32_t pattern, uint8_t level[TRAIT_COUNT]);

#endif
