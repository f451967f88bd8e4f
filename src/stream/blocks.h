/* A sequence of equal blocks of bytes, written once and read many times: the first ones
 * in memory up to a limit, the rest in an unlinked temporary file. What is read does not
 * depend on where it lies. */
#ifndef SO1_STREAM_BLOCKS_H
#define SO1_STREAM_BLOCKS_H

#include "base/error.h"

struct blocks {
	size_t block_bytes;
	uint64_t core_limit; /* bytes of blocks kept in memory */
	const char *tmpdir;  /* borrowed; NULL: $TMPDIR, else /tmp */
	void **core;         /* blocks [0, core_count) */
	size_t core_count, core_cap;
	size_t count;        /* all blocks */
	int fd;              /* of blocks [core_count, count); -1 while there is none */
};

void blocks_init(struct blocks *b, size_t block_bytes, uint64_t core_limit, const char *tmpdir);
/* Copies block_bytes bytes. Fails when the temporary file cannot be written. */
enum so1_status blocks_append(struct blocks *b, const void *bytes, struct so1_error *e);
/* *out points at block i, into memory of `b` or into scratch (block_bytes bytes); valid
 * as long as both. Any number of threads may read at once. */
enum so1_status blocks_read(const struct blocks *b, size_t i, void *scratch, const void **out,
			    struct so1_error *e);
/* Block i is not needed any more: its memory, if it has any, is freed. */
void blocks_release(struct blocks *b, size_t i);
/* Bytes in the temporary file. */
uint64_t blocks_spilled(const struct blocks *b);
void blocks_free(struct blocks *b);

#endif
