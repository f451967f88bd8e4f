/* customer_id: 13 characters of base32, the first 65 bits of the SHA-256 of the
 * cluster's smallest strong key, "email:joe@example.com". The same data gives the same
 * ids on any machine.
 *
 * Strong keys are the values of layer 1 that this cluster alone has, smallest by
 * strength (source_id, loyalty_id, email, phone, social), then by bytes. A cluster with
 * none takes "person:" and the content of its smallest tuple. */
#ifndef SO1_DEDUPE_IDENT_H
#define SO1_DEDUPE_IDENT_H

#include "base/error.h"
#include "dedupe/keys.h"

enum { CUSTOMER_ID_LENGTH = 13 };

struct customer_id {
	uint64_t high; /* the first 64 bits */
	uint8_t low;   /* the last */
};

/* Crockford's base32 in lower case (0-9 a-z without i l o u): ascending numbers are
 * ascending text. Writes CUSTOMER_ID_LENGTH bytes, no terminator. */
void customer_id_put(struct customer_id id, char *out);
int customer_id_compare(struct customer_id a, struct customer_id b);
/* Of a key; attempt 0 is the plain hash, further ones resolve collisions. */
struct customer_id customer_id_of(struct slice key, unsigned attempt);

/* The customers in the order of their ids: what the output is sorted by. */
struct customers {
	struct slice salt;        /* borrowed; set before customers_make, empty: none */
	struct customer_id *ids; /* by rank */
	uint32_t *rank;          /* by tuple, TUPLE_NONE: anonymous */
	uint32_t *named_after;   /* by rank: the tuple whose key made the id */
	uint8_t *strength;       /* by rank: the layer of that key, LAYER_SELF for its content */
	uint32_t count;
};

/* With a salt keys are hashed with it (secret.h) before they make an id, so that nobody
 * without it can tell from an e-mail address whether it is a customer's.
 * Zero-initialise *c but for salt; customers_free when done. */
void customers_make(struct customers *c, const struct tuples *t, struct identity *id, int threads);
void customers_free(struct customers *c);
/* The key that made the id of this rank, in b. */
struct slice customers_key(const struct customers *c, uint32_t rank, const struct tuples *t,
			   struct buffer *b);
/* What attempt > 0 at an id makes of the key. */
struct customer_id customer_id_again(const struct customers *c, struct slice key, unsigned attempt);
/* Gives every customer the id next[rank], drops those of dropped[rank] (their tuples are
 * then no customer's), and brings the rest into the order of the new ids, which must
 * differ from each other. */
void customers_rename(struct customers *c, const struct customer_id *next, const bool *dropped,
		      size_t tuple_count);
/* The key a tuple would give its cluster in this layer ("crm" "1001" → crm:1001). */
void customer_key_put(const struct tuples *t, uint32_t tuple, enum layer layer, struct buffer *b);

/* Makes ids of keys different from each other: keys[i] are distinct texts, equal ids
 * are hashed again with a counter, the smaller key keeping its own. hash: customer_id_of,
 * or a worse one in tests. */
void customer_ids_assign(const struct slice *keys, struct customer_id *ids, size_t count,
			 struct customer_id (*hash)(struct slice key, unsigned attempt));

#endif
