/* What of the night before still stands for the probabilities, so that identities that
 * were there before are not compared again. Only with a model that is given (--model).
 *
 * An identity with a print (prints.h) was compared that night with all others. None of
 * another customer made a pair with it of `limit` bits, the least that a link or a rival
 * (rivals.h) needs; the print says by how much the strongest fell short: the margin. Two
 * such identities whose prints are of different customers need not be compared tonight,
 *   - as long as their weight cannot have risen to the limit. With the model fixed only the
 *     rarity of the values that they share moves it, by no more than what the values of
 *     one of them have become rarer, added up. That is taken off the margin;
 *   - as long as the night before did compare them: a block that they share tonight was
 *     not too large then.
 * Where either is in doubt, the identity is open: compared with all others as if it were
 * new. It is in doubt for all identities when the columns known or the rules are others.
 *
 * For that a night leaves, beside the prints, its past: how many records know each trait
 * and share each value, and which blocks were too large. */
#ifndef SO1_DEDUPE_STANDING_H
#define SO1_DEDUPE_STANDING_H

#include "dedupe/marks.h"
#include "dedupe/model.h"
#include "dedupe/pairs.h"

/* A margin is counted in 64ths of a bit, 0 is none. */
enum { MARGIN_UNITS = 64, MARGIN_MOST = UINT16_MAX };

struct standing {
	/* Of the night before, by tuple; borrowed, NULL: nothing is known of it. */
	const uint32_t *group;    /* number of the customer in the prints + 1, 0 for none */
	const uint16_t *margin;
	const bool *settled;      /* NULL: none is */
	bool recalled;            /* groups are of recall.h: compared with each other before, and
	                             not for the nights to come */
	struct slice past;
	double limit;             /* bits, <= 0 */

	/* Of this night. */
	uint32_t *apart;          /* by tuple (standing_part); NULL: all are compared */
	float *best;              /* by tuple: no pair with another customer weighs more … */
	bool *near;               /* … but where there is one of at least `limit` */
	struct buffer next;       /* the past for the night to come */
	struct past_table *table;
};

enum { APART_OPEN = 1, APART_SETTLED = 2, APART_SHIFT = 2 };

/* Whether two tuples need not be compared. Both settled, of one customer: keys joined them. */
static inline bool standing_part(uint32_t a, uint32_t b)
{
	if (a == 0 || b == 0)
		return false;
	return a >> APART_SHIFT == b >> APART_SHIFT ? (a & APART_SETTLED) != 0
						    : ((a | b) & APART_OPEN) == 0;
}

/* Whether no two of these need be, at a glance. */
static inline bool standing_all(const uint32_t *apart, const uint32_t *tuple, const uint32_t *end)
{
	while (tuple < end && (apart[*tuple] & (APART_SETTLED | APART_OPEN)) == APART_SETTLED)
		tuple++;
	return tuple == end;
}

/* Decides what stands. Zero-initialised but for what is borrowed, and limit; standing_free
 * when done. The same for any number of threads. */
void standing_begin(struct standing *s, const struct traits *t, const struct identity *id,
		    const struct rules *rules, const struct scale *scale, int threads);
/* Opens the members of blocks that were too large the night before. Before any pair is
 * compared. */
void standing_open_runs(struct standing *s, size_t rule, const struct blocking *b);
/* Marks in reached, by tuple, settled tuples with a pair of at least `limit`, or that a
 * must-link ties to somebody else; first: by record, its first tuple. Returns how many. */
size_t standing_reach(const struct standing *s, const struct pairs *pairs, const struct scale *scale,
		      const struct identity *id, const struct marks *must, const uint32_t *first,
		      bool *reached);
/* Once the clusters are final: best, near and next. */
void standing_note(struct standing *s, const struct pairs *pairs, const struct echoes *echoes,
		   const struct scale *scale, struct identity *id, const struct rules *rules);
/* The margin of a tuple for its print, rounded down. */
uint16_t standing_margin(const struct standing *s, uint32_t tuple);
void standing_free(struct standing *s);

#endif
