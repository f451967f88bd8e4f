/* Pairs near enough to the cut to put another link into doubt: a record without birth date
 * at the address of father and son of one name is as much one's as the other's. By Bayes,
 * of two links that exclude each other neither has the probability that it would have
 * alone; where the other is at most as many bits weaker as the cut stands for, it is below
 * the cut. */
#ifndef SO1_DEDUPE_RIVALS_H
#define SO1_DEDUPE_RIVALS_H

#include "dedupe/tuples.h"

struct rival {
	uint32_t tuple, other;
	float weight;
};

/* Zero-initialise, rivals_add pairs in any order, rivals_sort, look up; rivals_free. */
struct rivals {
	struct rival *items; /* both ways; once sorted by tuple, strongest first, then by content */
	size_t count, cap;
	uint32_t *begin;     /* by tuple; begin[tuple count] is the end */
};

void rivals_add(struct rivals *r, uint32_t a, uint32_t b, float weight);
void rivals_sort(struct rivals *r, const struct tuples *t);
void rivals_free(struct rivals *r);

#endif
