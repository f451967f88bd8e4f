/* What a run has to say about its values, kept by each worker and added up at the end. */
#ifndef SO1_INGEST_COUNTS_H
#define SO1_INGEST_COUNTS_H

#include "base/table.h"
#include "ingest/verdict.h"
#include "stream/summary.h"
#include "stream/touchpoint.h"

struct counts {
	uint64_t verdicts[TOUCHPOINT_COLUMNS][VERDICT_COUNT];
	struct dictionary events;  /* names that are not standard */
	uint64_t *event_rows;      /* by id in events */
	size_t event_cap;
	uint64_t unknown_skus;     /* rows whose sku --products lacks */
};

/* Zero-initialise. */
void counts_event(struct counts *c, struct slice name);
void counts_add(struct counts *to, const struct counts *from);
/* "unknown 12: email: not an address", columns in the stream's order; events by name. */
void counts_note(const struct counts *c, struct summary *s);
void counts_free(struct counts *c);

#endif
