/* The golden row of one customer: the surviving identifiers, person fields, permissions
 * and attributes, among these the e-mail addresses and phone numbers that did not survive
 * (touchpoint_other_of). Touchpoints may be shown to it in any order. */
#ifndef SO1_DEDUPE_GOLDEN_H
#define SO1_DEDUPE_GOLDEN_H

#include "base/prefetch.h"
#include "base/table.h"
#include "dedupe/addresses.h"
#include "dedupe/sighting.h"
#include "dedupe/survive.h"
#include "stream/cells.h"

/* A tuple among the customer's touchpoints. */
struct golden_tuple {
	uint32_t tuple;
	bool verified;
	uint64_t count, moment;
	uint64_t before;        /* touchpoints that earlier runs saw, these perhaps among them */
};

/* How many touchpoints it has at least. */
static inline uint64_t golden_count(const struct golden_tuple *s)
{
	return s->count > s->before ? s->count : s->before;
}

struct golden_value {
	uint32_t tuple, value;  /* value: id, or for addresses the tuple's completeness */
	uint32_t seen;          /* index of its golden_tuple */
};

struct golden_attr {
	struct slice value;
	uint64_t moment;
};

struct golden {
	/* What it works with, borrowed; set by golden_init. */
	const struct tuples *tuples;
	const struct identity *identity;
	const struct addresses *addresses;
	const uint32_t *priority; /* by source id, 0 is first */
	uint32_t *place;          /* by tuple: index + 1 in seen; several golden may share it */

	/* The customer so far. */
	struct golden_tuple *seen;
	size_t seen_count, seen_cap;
	struct consent consent;
	struct dictionary attr_keys;
	struct golden_attr *attrs;
	size_t attr_cap;
	struct arena text;

	/* The result: field[c] of every touchpoint column, rule[c] why. */
	struct slice field[TOUCHPOINT_COLUMNS];
	uint8_t rule[TOUCHPOINT_COLUMNS];
	uint32_t winner[TOUCHPOINT_COLUMNS]; /* a tuple that has the value */

	/* Scratch. */
	struct golden_value *values;
	struct candidate *candidates;
	size_t value_cap, candidate_cap;
	struct buffer unquoted, cell;
	struct cell_builder cells;
};

/* place: zeroed, one for every tuple; each tuple is one customer's alone, so that it
 * never needs clearing. golden_free when done. */
void golden_init(struct golden *g, const struct tuples *t, const struct identity *id,
		 const struct addresses *addresses, const uint32_t *priority, uint32_t *place);
/* Forgets the customer before. */
void golden_begin(struct golden *g);
void golden_see(struct golden *g, const struct row *row);
/* What earlier runs saw of one of the customer's tuples. */
void golden_recall(struct golden *g, uint32_t tuple, const struct sighting *seen);
/* Hints that the row will soon be seen. */
static inline void golden_expect(const struct golden *g, const struct row *row)
{
	prefetch_write(&g->place[row->tuple]);
}
/* Hints that the tuple will be of a customer to come: steps 0, 1 and 2, some time apart. */
void golden_expect_tuple(const struct golden *g, uint32_t tuple, int step);
/* Fills field, rule and winner, valid until golden_begin. */
void golden_finish(struct golden *g);
/* The row for the writer: customer_id, then the columns of the input. */
void golden_put(const struct golden *g, const struct row_plan *p, const char *customer_id,
		struct buffer *out);
void golden_free(struct golden *g);

#endif
