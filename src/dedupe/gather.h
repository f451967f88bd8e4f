/* The last pass: shelf by shelf the customers' touchpoints are sorted, golden rows made,
 * exact repeats dropped, and all of it written in the order of the ids. Shelves are
 * worked on by several threads and written in turn. */
#ifndef SO1_DEDUPE_GATHER_H
#define SO1_DEDUPE_GATHER_H

#include "dedupe/addresses.h"
#include "dedupe/carried.h"
#include "dedupe/keepsakes.h"
#include "dedupe/shelves.h"
#include "stream/writer.h"

struct gather {
	/* Borrowed. */
	const struct shelves *shelves;
	const struct tuples *tuples;
	const struct identity *identity;
	const struct customers *customers;
	const struct addresses *addresses;
	const struct keepsakes *keepsakes;
	const uint32_t *priority; /* by source id */
	const struct row_plan *plan;
	struct writer *writer;
	struct carried *carried;  /* NULL: nothing is carried over from run to run */
	bool keep_repeats;
	uint64_t sorter_memory;   /* a shelf beyond it is one customer's, and sorted outside */
	const char *tmpdir;
	int threads;

	/* Counted. */
	uint64_t rows;            /* written, golden rows included */
	uint64_t merged;
	uint64_t *merged_of;      /* by source id, zeroed by the caller */
};

enum so1_status gather_run(struct gather *g, struct so1_error *e);

#endif
