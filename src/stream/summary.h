/* The summary of a run. The equation always closes:
 *   so1-dedupe: 1000 rows in + 90 golden = 1050 out + 3 rejected + 37 merged
 * Terms in: "rows in", then whatever the tool adds; terms out: "out", "rejected",
 * "merged" (in that order, always), then whatever else (anonymous …). */
#ifndef SO1_STREAM_SUMMARY_H
#define SO1_STREAM_SUMMARY_H

#include "base/buffer.h"
#include "base/error.h"
#include "stream/rejects.h"

struct summary {
	struct buffer in, out, notes;
	uint64_t total_in, total_out;
};

void summary_in(struct summary *s, const char *label, uint64_t n);
void summary_out(struct summary *s, const char *label, uint64_t n);
/* One more line on stderr, without the tool's name. */
void summary_note(struct summary *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A note for each reason of the rejects: "rejected 3: ts: not a date". */
void summary_rejects(struct summary *s, const struct rejects *r);
/* SO1_FAILED "rows do not add up" when the equation does not close: a bug, said aloud. */
enum so1_status summary_check(const struct summary *s, struct so1_error *e);
void summary_free(struct summary *s);

#endif
