/* The order every stream with a customer_id has: ascending customer_id (bytes), within
 * a customer the golden row first, then by ts. */
#ifndef SO1_STREAM_ORDER_H
#define SO1_STREAM_ORDER_H

#include "stream/reader.h"

struct order {
	struct buffer last_id, last_ts;
	bool any;
};

/* Zero-initialise. Checks that this record may follow the last one. event and ts are
 * empty slices for streams of one row a customer, where `unique` makes a repeated
 * customer_id an error too. *new_customer (may be NULL) says whether the id changed.
 * The error names file, line and "pipe through so1-dedupe". */
enum so1_status order_check(struct order *o, const struct record *rec, struct slice customer_id,
			    struct slice event, struct slice ts, bool unique, bool *new_customer,
			    struct so1_error *e);
void order_free(struct order *o);

#endif
