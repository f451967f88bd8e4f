/* The bytes of one input: a file or standard input, gzip taken off. */
#ifndef SO1_STREAM_SOURCE_H
#define SO1_STREAM_SOURCE_H

#include "base/error.h"

#include <stdatomic.h>

struct source;

/* Between a thread that reads and the others; either may be NULL. */
struct source_signals {
	const atomic_bool *stop; /* a read that waits gives up as if the input had ended */
	atomic_bool *waiting;    /* set while a read waits */
};

/* "-" is standard input. With threads > 1 a gzip input is inflated on a thread of its
 * own. `signals` (NULL: none) are heeded with threads > 1. The caller owns *out, also after
 * a failure. */
enum so1_status source_open(struct source **out, const char *path, int threads,
			    const struct source_signals *signals, struct so1_error *e);
/* Up to `room` bytes; *n is 0 only at the end. Gzip members may follow each other; one
 * that ends early is an error ("gzip cut short"). */
enum so1_status source_read(struct source *s, char *to, size_t room, size_t *n,
			    struct so1_error *e);
/* False when a look at its end shows a plain file without a seal, so that nothing need be
 * hashed. */
bool source_may_be_sealed(const struct source *s);
/* Whether the next read would wait: nothing is there yet from an upstream. */
bool source_would_wait(const struct source *s);
/* The path, or "(standard input)". */
const char *source_name(const struct source *s);
/* Bytes taken from the file so far: for the progress bar. */
uint64_t source_bytes(const struct source *s);
void source_close(struct source *s);

#endif
