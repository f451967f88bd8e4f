/* A long run of bytes, written once, then read from the start to the end as often as one
 * likes; in memory up to a limit, the rest in a temporary file. */
#ifndef SO1_PREDICT_TAPE_H
#define SO1_PREDICT_TAPE_H

#include "stream/blocks.h"

struct tape {
	struct blocks blocks;
	char *filling;
	size_t filled;
	/* reading */
	void *scratch;
	const char *block;
	size_t next_block, at; /* at: in block */
};

void tape_init(struct tape *t, uint64_t core_limit, const char *tmpdir);
enum so1_status tape_put(struct tape *t, const void *bytes, size_t n, struct so1_error *e);
/* Ends writing. */
enum so1_status tape_finish(struct tape *t, struct so1_error *e);
void tape_rewind(struct tape *t);
/* The next n bytes; more than were written is the caller's bug. */
enum so1_status tape_get(struct tape *t, void *bytes, size_t n, struct so1_error *e);
void tape_free(struct tape *t);

#endif
