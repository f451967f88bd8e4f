/* Inboxes: how many customers of an export have an e-mail address that another one before them
 * has too. They are several people to so1, but one inbox, and one contact where a destination
 * knows people by their address. */
#ifndef SO1_EXPORT_INBOX_H
#define SO1_EXPORT_INBOX_H

#include "base/slice.h"

#include <stddef.h>

/* Zero-initialise, inboxes_free. Eight bytes a customer. */
struct inboxes {
	uint64_t *prints; /* 64-bit hashes of the addresses: among 10 million, two that are not
	                     the same are taken for one with a chance of 3 in a million */
	size_t count, cap;
};

/* A customer's address as ingest writes it, which spells the same one the same way; an empty one
 * is nobody's. */
void inboxes_add(struct inboxes *b, struct slice address);
/* Customers whose address one added before them has too. Reorders what was added; more may be
 * added afterwards. */
uint64_t inboxes_shared(struct inboxes *b);
void inboxes_free(struct inboxes *b);

#endif
