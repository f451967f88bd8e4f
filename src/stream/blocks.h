/* A sequence of equal blocks of bytes, written once and read many times: the first ones
 * in memory up to a limit, the rest in an unlinked temporary file. What is read does not
 * depend on where it lies. */
#ifndef SO1_STREAM_BLOCKS_H
#define SO1_STREAM_BLOCKS_H

#include "base/error.h"

struct block_slab {
	char *bytes;
	size_t wanted;       /* blocks of it that are not released, or not yet there */
};

struct blocks {
	size_t block_bytes;
	uint64_t core_limit; /* bytes of blocks kept in memory */
	const char *tmpdir;  /* borrowed; NULL: $TMPDIR, else /tmp */
	/* Blocks [0, core_count) lie per_slab of them in a slab, large enough for huge pages. */
	struct block_slab *slabs;
	size_t per_slab, slab_count, slab_cap, core_count;
	size_t count;        /* all blocks */
	int fd;              /* of blocks [core_count, count); -1 while there is none */
};

void blocks_init(struct blocks *b, size_t block_bytes, uint64_t core_limit, const char *tmpdir);
/* Where the next block is best laid, block_bytes of room: its place if it comes to lie in memory,
 * which need not be copied then, else `scratch`. */
void *blocks_next(struct blocks *b, void *scratch);
/* Takes over the bytes at blocks_next, copies others. Fails when the temporary file cannot be written. */
enum so1_status blocks_append(struct blocks *b, const void *bytes, struct so1_error *e);
/* *out points at block i, into memory of `b` or into scratch (block_bytes bytes); valid
 * as long as both. Any number of threads may read at once. */
enum so1_status blocks_read(const struct blocks *b, size_t i, void *scratch, const void **out,
			    struct so1_error *e);
/* Block i < core_count, not released. */
const void *blocks_core(const struct blocks *b, size_t i);
/* Block i, which was not released before, is not needed any more: its memory, if it has any,
 * is freed with that of the other blocks of its slab. */
void blocks_release(struct blocks *b, size_t i);
/* Bytes in the temporary file. */
uint64_t blocks_spilled(const struct blocks *b);
void blocks_free(struct blocks *b);

#endif
