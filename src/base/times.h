/* Where a run spends its time: named stages, one at a time, seconds and processor seconds
 * of the whole process. Goes to nothing but a report: no result may depend on it. All calls
 * take NULL, which is "not wanted", and then read no clock. Not for use by several threads
 * at once. */
#ifndef SO1_BASE_TIMES_H
#define SO1_BASE_TIMES_H

#include "base/buffer.h"

struct times;

/* Starts the clocks; times_free when done. */
struct times *times_start(void);
/* Ends the stage under way and begins or goes on with `stage`, a string that outlives
 * this. A stage entered more than once adds up and keeps its first place. */
void times_enter(struct times *t, const char *stage);
/* Ends the stage under way; appends a line for each stage in the order of their first
 * entry, "STAGE: 1.23 s, 2.34 s cpu, 56 MB at most so far" (the most memory resident at
 * once since the program started, when the stage last ended), then one for "total", which
 * includes what lies outside of stages. */
void times_report(struct times *t, struct buffer *b);
void times_free(struct times *t);

#endif
