/* Which pairs are worth comparing: those that agree on all parts of some rule. Where a
 * part is unknown the record is in no block of the rule.
 *
 * A rule is a list of parts with commas between: "last_name, birth_date". A part is a
 * trait's column; "last_name:3" its first three characters (of what it folds to), "email:local" what stands
 * before the @, "street:number" the house number; "name" first and last name in either order. A rules file has a rule a
 * line, "#" starts a comment. */
#ifndef SO1_DEDUPE_BLOCKING_H
#define SO1_DEDUPE_BLOCKING_H

#include "base/error.h"
#include "dedupe/traits.h"

enum { RULE_PARTS_MOST = 4, RULES_MOST = 32 };

enum part_kind { PART_WHOLE, PART_PREFIX, PART_LOCAL, PART_HOUSE, PART_NAME };

struct rule_part {
	uint8_t kind, trait; /* trait: TRAIT_FIRST for PART_NAME */
	uint16_t length;     /* PART_PREFIX: characters */
};

struct rule {
	struct rule_part part[RULE_PARTS_MOST];
	size_t parts;
};

struct rules {
	struct rule items[RULES_MOST];
	size_t count;
};

/* Adds a rule; SO1_USAGE when it makes no sense. */
enum so1_status rules_add(struct rules *r, struct slice text, struct so1_error *e);
/* Reads a rules file; errors name file and line. */
enum so1_status rules_read(struct rules *r, const char *path, struct so1_error *e);
/* The default set for the columns that these records have. */
void rules_choose(struct rules *r, const struct traits *t);
/* "last_name, birth_date" into b. */
void rule_put(const struct rule *rule, struct buffer *b);
/* All of them, a line each. */
void rules_put(const struct rules *rules, struct buffer *b);
/* Whether the rule looks at the trait. */
bool rule_has(const struct rule *rule, enum trait trait);
/* Whether the tuple knows all that the rule looks at. */
bool rule_applies(const struct rule *rule, const struct traits *t, uint32_t tuple);

/* What records agree on that the rule puts into one block, by folded value of each trait; 0 where
 * it puts this one into none. Not the key of struct blocking. */
uint64_t rule_key(const struct rule *rule, const struct slice folded[TRAIT_COUNT]);
/* The traits that the rule looks at, a bit each. */
uint32_t rule_traits(const struct rule *rule);

enum { RUN_BITS = 48 };

/* The blocks of one rule. */
struct blocking {
	uint32_t *members;  /* tuples, block by block, each in the order of the traits */
	uint32_t *begin;    /* by block; begin[count] is the end */
	uint64_t *key;      /* by block: of what its members agree on, RUN_BITS */
	uint32_t count;
	uint32_t cap;       /* the largest a block may be … */
	uint64_t oversize;  /* … those beyond it, which were split by a further column … */
	uint64_t left_out;  /* … and records that were in no block small enough */
	uint64_t agreeing;  /* pairs that agree on the rule, where not more than the caller's cap do */
	uint64_t *over;     /* the keys of those that were split or left out */
	size_t over_count, over_cap;
};

/* Where each tuple is, by tuple and rule: block + 1, 0 for none. Of the first rules only, as
 * nobody asks about the last. */
struct block_map {
	uint32_t *of;
	size_t rules;
};

/* Pairs that one rule may give. What many strangers share says little of any, and with ten times
 * the records there would be a hundred times the pairs; but where people have many records each,
 * blocks are large because they are one person's. So blocks of a size where, by a sample, at
 * least half of the pairs seem to be one person's give no pairs of strangers. */
struct pair_budget {
	uint64_t strangers, all;
};

/* Memory that serves one rule after the other, as memory that was never touched is dear. One
 * for each thread; zero-initialise, blocking_room_free. */
struct blocking_scratch {
	void *bytes;
	size_t size;
};
struct blocking_room {
	struct blocking_scratch entries;
	struct blocking_scratch work; /* hashes of values, then what sorting needs */
};
/* A block of more than `cap` >= 2 records is split by birth date, postcode, first name,
 * surname, street, city in turn. Where the rule's blocks would give more pairs than the budget
 * has the cap is lowered until they do not. Fills that column of map, where map has it.
 * blocking_free when done. */
void blocking_make(struct blocking *b, const struct traits *t, const struct rule *rule, uint32_t cap,
		   const struct pair_budget *budget, struct block_map *map, size_t column,
		   struct blocking_room *room);
void blocking_room_free(struct blocking_room *room);
void blocking_free(struct blocking *b);

#endif
