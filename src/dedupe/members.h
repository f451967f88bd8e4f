/* The identity tuples of each customer. */
#ifndef SO1_DEDUPE_MEMBERS_H
#define SO1_DEDUPE_MEMBERS_H

#include "dedupe/ident.h"

struct members {
	uint32_t *tuples; /* customer by customer, in the order of their ids */
	uint32_t *begin;  /* by rank; begin[count] is the end of all */
};

/* Within a customer by source, source_id, then the other fields as text. members_free
 * when done. */
void members_make(struct members *m, const struct tuples *t, const struct customers *c,
		  int threads);
void members_free(struct members *m);

#endif
