/* The rows of all customers put where they belong: each shelf takes the rows of a run of
 * customers (by rank) and is small enough to be sorted in memory.
 *
 * In memory the rows stay in the chunks of the spool, each chunk's in the order of the
 * shelves, and a shelf is collected from all chunks when it is wanted: memory that was never
 * touched before costs more than copying twice. Else one unlinked file in which each shelf
 * has its place; one pass over the rows, as their sizes are known beforehand. */
#ifndef SO1_DEDUPE_SHELVES_H
#define SO1_DEDUPE_SHELVES_H

#include "base/error.h"
#include "dedupe/rows.h"
#include "dedupe/spool.h"

struct shelf {
	uint32_t first_rank, rank_count;
	uint64_t at, size; /* place and bytes */
	uint64_t filled;   /* on disk */
	char *buffer;      /* on disk: what is not written yet */
	size_t used;
};

struct shelves {
	struct shelf *items;
	size_t count, cap;
	uint32_t *of_rank;   /* shelf by rank */
	struct spool *spool; /* in memory, or NULL and … */
	uint32_t *begin;     /* of chunk c and shelf i at c * (count + 1) + i: offset in the chunk */
	int fd;
	const char *tmpdir;  /* borrowed */
	size_t buffer_size;
};

/* The size of shelves for `total` bytes in memory: small enough for a processor's cache,
 * large enough that a shelf's part of a chunk is worth a look. */
uint64_t shelves_size_in_memory(uint64_t total, size_t chunks);
/* bytes_of_rank: of `ranks` customers, in order. A shelf holds at most `shelf_size`
 * bytes, or one customer. spool: where all rows are in memory, borrowed, or NULL and they
 * come by shelves_put. shelves_free when done. */
enum so1_status shelves_open(struct shelves *s, const uint64_t *bytes_of_rank, uint32_t ranks,
			     uint64_t shelf_size, uint64_t buffer_memory, struct spool *spool,
			     const char *tmpdir, struct so1_error *e);
/* On disk. */
enum so1_status shelves_put(struct shelves *s, uint32_t rank, const struct row *row,
			    struct so1_error *e);
/* A thread's room for shelves_arrange; zero-initialise. */
struct shelving_room {
	uint32_t *at;
	struct spool_chunk spare;
};
/* In memory: puts a chunk's rows into the order of the shelves, once for each chunk, on any
 * thread. rank: by tuple, TUPLE_NONE for rows that go nowhere, which are dropped. */
void shelves_arrange(struct shelves *s, size_t chunk, const uint32_t *rank,
		     struct shelving_room *room);
void shelving_room_free(struct shelving_room *room);
/* Ends putting. */
enum so1_status shelves_finish(struct shelves *s, struct so1_error *e);
/* All of a shelf into room (shelf->size bytes). Safe on several threads. */
enum so1_status shelves_get(const struct shelves *s, const struct shelf *shelf, char *room,
			    struct so1_error *e);
/* On disk: `n` bytes of a shelf from `from`. */
enum so1_status shelves_get_part(const struct shelves *s, const struct shelf *shelf, uint64_t from,
				 size_t n, char *room, struct so1_error *e);
void shelves_free(struct shelves *s);

#endif
