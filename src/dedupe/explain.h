/* --explain ID: the account of a customer in words: records, links, refused links, and
 * which value survived into the golden row by which rule. */
#ifndef SO1_DEDUPE_EXPLAIN_H
#define SO1_DEDUPE_EXPLAIN_H

#include "dedupe/golden.h"
#include "dedupe/match.h"
#include "dedupe/members.h"

/* The customers meant by `what`, by rank, ascending, into *ranks (the caller frees it):
 * a customer_id, or else any identifier value or source:source_id. Returns how many. */
size_t explain_find(const struct tuples *t, const struct customers *c, struct slice what,
		    uint32_t **ranks);

struct explanation {
	const struct tuples *tuples;
	const struct identity *identity; /* resolved with keep_links */
	const struct customers *customers;
	const struct members *members;
	const struct key_limits *limits;
	const struct match *match; /* run, or off */
};

/* Appends the account of one customer, whose touchpoints golden has seen; finishes it. */
void explain_put(const struct explanation *x, uint32_t rank, struct golden *golden,
		 struct buffer *out);

#endif
