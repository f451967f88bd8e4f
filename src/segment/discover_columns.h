/* Which columns of a stream --discover may build conditions from, told by their names. */
#ifndef SO1_SEGMENT_DISCOVER_COLUMNS_H
#define SO1_SEGMENT_DISCOVER_COLUMNS_H

#include "segment/discover_table.h"

/* allowed[c] and kinds[c] for each column of h. Fails with SO1_USAGE for a name in the
 * options that is no column, and for one in `include` that the target reads. */
enum so1_status discover_columns_choose(const struct header *h, const struct outcome *target,
					const struct discover_options *options, bool *allowed,
					enum discover_kind *kinds, struct so1_error *e);

#endif
