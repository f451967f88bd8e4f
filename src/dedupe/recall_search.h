/* Which identities of a known file may have to do with the input (recall.h says when). */
#ifndef SO1_DEDUPE_RECALL_SEARCH_H
#define SO1_DEDUPE_RECALL_SEARCH_H

#include "dedupe/blocking.h"
#include "dedupe/known.h"

struct recall_found {
	/* By item of the file. */
	bool *near; /* compared with the input */
	bool *seen; /* a tuple of the input */
	bool *whole; /* these, and the others of their customers */
	bool *met;  /* these, and what else there is to know of the input's customers */
};

/* t: all of the input. marked: keys of records (known_keys.h), ascending, that are met in any case.
 * The same for any number of threads. recall_found_free when done. */
void recall_search(struct recall_found *f, const struct known *k, const struct rules *rules,
		   const struct tuples *t, const uint32_t *marked, size_t marked_count, int threads);
void recall_found_free(struct recall_found *f);

#endif
