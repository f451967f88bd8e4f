/* A one-line bar on a terminal: bytes, rows, rate, ETA. Writes to stderr only. Safe to
 * update from one thread while others work. */
#ifndef SO1_BASE_PROGRESS_H
#define SO1_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct progress;

/* Auto: only when stderr is a terminal. NULL when nothing is to be shown; all calls take
 * NULL. `name` is the tool's. */
struct progress *progress_start(const char *name, enum progress_mode mode);
/* Adds to the total of bytes expected; 0 or never called: unknown, no ETA. */
void progress_expect(struct progress *p, uint64_t bytes);
/* Bytes and rows done so far; redraws at most ten times a second. */
void progress_update(struct progress *p, uint64_t bytes, uint64_t rows);
/* Clears the line. */
void progress_finish(struct progress *p);

#endif
