/* What earlier runs saw of the customers of this one (recall.h): it goes into their golden
 * rows, so that these say what all runs together know. */
#ifndef SO1_DEDUPE_KEEPSAKES_H
#define SO1_DEDUPE_KEEPSAKES_H

#include "dedupe/recall.h"

struct keepsake {
	uint32_t rank, tuple;
	const struct sighting *sighting;
};

struct keepsakes {
	struct keepsake *items; /* by rank, within it in the order of the file */
	uint32_t *begin;        /* by rank, and one more; NULL: there are none */
};

/* Of the tuples that have a rank. Borrows the sightings; keepsakes_free when done. */
void keepsakes_make(struct keepsakes *k, const struct recall *r, const struct customers *c);
static inline size_t keepsakes_of(const struct keepsakes *k, uint32_t rank,
				  const struct keepsake **items)
{
	if (k->begin == NULL)
		return 0;
	*items = k->items + k->begin[rank];
	return k->begin[rank + 1] - k->begin[rank];
}
void keepsakes_free(struct keepsakes *k);

#endif
