/* --changes: what became of the customers, for whoever stored their ids.
 * event,customer_id,previous_id,identifier:
 *   new     a customer nobody knew
 *   merged  previous_id was absorbed; customer_id has its touchpoints
 *   split   customer_id is new and was part of previous_id
 *   moved   the identifier (kind:value) went from previous_id to customer_id
 *   erased  customer_id is no more
 * In this order of events, then by customer_id, previous_id and identifier. */
#ifndef SO1_DEDUPE_CHANGES_H
#define SO1_DEDUPE_CHANGES_H

#include "dedupe/ident.h"
#include "stream/writer.h"

enum change { CHANGE_NEW, CHANGE_MERGED, CHANGE_SPLIT, CHANGE_MOVED, CHANGE_ERASED };

struct changes;

struct changes *changes_new(void);
/* previous NULL: none. The identifier is copied. */
void changes_add(struct changes *c, enum change event, struct customer_id id,
		 const struct customer_id *previous, struct slice identifier);
/* Header, lines, commit. */
enum so1_status changes_write(struct changes *c, struct writer *w, struct so1_error *e);
void changes_free(struct changes *c);

#endif
