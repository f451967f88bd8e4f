/* The rows of all customers put where they belong: each shelf takes the rows of a run of
 * customers (by rank) and is small enough to be sorted in memory. One pass over the
 * rows, and every byte is moved once: their sizes are known beforehand.
 *
 * In memory when all shelves fit, else one unlinked file in which each has its place. */
#ifndef SO1_DEDUPE_SHELVES_H
#define SO1_DEDUPE_SHELVES_H

#include "base/error.h"
#include "dedupe/rows.h"

#include <stdatomic.h>

struct shelf {
	uint32_t first_rank, rank_count;
	uint64_t at, size; /* place and bytes */
	_Atomic uint64_t filled;
	char *buffer;      /* on disk: what is not written yet */
	size_t used;
};

struct shelves {
	struct shelf *items;
	size_t count, cap;
	uint32_t *of_rank;   /* shelf by rank */
	char *memory;        /* pages, or NULL and … */
	size_t memory_size;
	int fd;
	size_t buffer_size;
};

/* bytes_of_rank: of `ranks` customers, in order. A shelf holds at most `shelf_size`
 * bytes, or one customer. memory: all of it in memory. shelves_free when done. */
enum so1_status shelves_open(struct shelves *s, const uint64_t *bytes_of_rank, uint32_t ranks,
			     uint64_t shelf_size, uint64_t buffer_memory, bool memory,
			     const char *tmpdir, struct so1_error *e);
/* In memory safe on several threads: in which order rows come to stand on a shelf is then
 * not defined. */
enum so1_status shelves_put(struct shelves *s, uint32_t rank, const struct row *row,
			    struct so1_error *e);
/* Ends putting. */
enum so1_status shelves_finish(struct shelves *s, struct so1_error *e);
/* `n` bytes of a shelf from `from`, into room (n bytes) or, in memory, where they are.
 * Safe on several threads. */
enum so1_status shelves_get(const struct shelves *s, const struct shelf *shelf, uint64_t from,
			    size_t n, char *room, const char **bytes, struct so1_error *e);
void shelves_free(struct shelves *s);

#endif
