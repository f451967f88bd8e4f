/* --links: which identity record became which customer.
 *
 * customer_id,source,source_id,layer,weight: a line for each distinct (source, source_id)
 * of a customer, and for each tuple without a source_id. layer is the strongest
 * that linked the record to another one; where none did, "source_id" for a record that
 * came in several versions, else "self"; weight (bits) is empty
 * where the layer is certain by rule. */
#ifndef SO1_DEDUPE_CROSSWALK_H
#define SO1_DEDUPE_CROSSWALK_H

#include "dedupe/members.h"
#include "stream/writer.h"

/* Writes header and lines, ordered by customer_id, source, source_id; the caller commits. */
enum so1_status crosswalk_write(struct writer *w, const struct tuples *t, const struct identity *id,
				const struct customers *c, const struct members *m, int threads,
				struct so1_error *e);

#endif
