/* Profiles of all customers of a sorted stream, on several threads.
 *
 * The reader's batches are cut where the customer changes; each piece goes to one of
 * several makers, and what they make is written in the order of the input. A customer
 * larger than a few batches is taken in as it is read, so that memory holds one packed
 * history and not the text of a million events. */
#ifndef SO1_PROFILE_PROFILE_H
#define SO1_PROFILE_PROFILE_H

#include "profile/maker.h"
#include "stream/writer.h"

struct profile_counts {
	uint64_t rows;      /* written */
	uint64_t customers; /* with at least one row */
	uint64_t folded;    /* records of those customers */
	uint64_t future;    /* records of customers without a row: no event before any as_of */
	struct census census;
};

struct profile_run {
	const struct row_layout *layout;
	maker_emit *emit;   /* maker_emit_rows, or the card's */
	const void *emit_context; /* read-only when threads > 1 */
	int threads;
};

/* Reads all of r, writes to w (not the header; the caller commits). The error that comes
 * first in the input wins, whatever the number of threads. *counts is filled also on
 * failure; free it with census_free(&counts->census). */
enum so1_status profile_stream(const struct profile_run *run, struct reader *r, struct writer *w,
			       struct profile_counts *counts, struct so1_error *e);

#endif
