/* Permission belongs to the address: where several customers share an e-mail address or
 * a telephone number (a family's), a refusal that came with it holds for all of them. */
#ifndef SO1_DEDUPE_ADDRESSES_H
#define SO1_DEDUPE_ADDRESSES_H

#include "dedupe/consent.h"
#include "dedupe/ident.h"
#include "dedupe/rows.h"

struct addresses {
	uint32_t *slot[2];     /* by value id of email and phone: 0 not shared, else entry + 1 */
	struct consent *items;
	size_t count, cap;
};

/* Finds the addresses that more than one customer has. addresses_free when done. */
void addresses_init(struct addresses *a, const struct tuples *t, const struct customers *c);
/* Takes the refusals of one touchpoint. */
void addresses_see(struct addresses *a, const struct tuples *t, const struct row *row);
/* Takes the refusals that earlier runs saw of a tuple. */
void addresses_know(struct addresses *a, const struct tuples *t, uint32_t tuple,
		    const struct consent *known);
/* What is known of an address, by layer (email, phone) and value id; NULL: nothing. */
const struct consent *addresses_get(const struct addresses *a, enum layer layer, uint32_t value);
/* Hints that get will soon be called for the addresses of a tuple with these fields. */
void addresses_expect(const struct addresses *a, const uint32_t *field);
/* The permissions that go with an address of this layer. */
unsigned addresses_channels(enum layer layer);
void addresses_free(struct addresses *a);

#endif
