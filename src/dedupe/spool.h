/* The rows between the passes, in the order they came: in memory while they fit, else
 * in an unlinked file. Written once, read once. */
#ifndef SO1_DEDUPE_SPOOL_H
#define SO1_DEDUPE_SPOOL_H

#include "base/error.h"

struct spool_chunk {
	char *bytes; /* NULL when it is in the file */
	size_t len;
};

struct spool {
	struct spool_chunk *chunks;
	size_t count, cap;
	char *current;        /* the chunk being filled */
	size_t used, room;
	size_t chunk_size;
	uint64_t limit;       /* bytes in memory, may be lowered at any time */
	uint64_t in_memory, total;
	const char *tmpdir;
	int fd;               /* -1 until there is a file */
	size_t next;          /* chunk to read next */
	uint64_t read_at;
};

/* tmpdir as for spool_create, borrowed. spool_free when done. */
void spool_init(struct spool *s, uint64_t limit, const char *tmpdir);
/* Room for n bytes that stay together, aligned to 8; spool_used says how many were
 * taken (a multiple of 8). */
enum so1_status spool_room(struct spool *s, size_t n, char **p, struct so1_error *e);
static inline void spool_used(struct spool *s, size_t n)
{
	s->used += n;
	s->total += n;
}
static inline bool spool_on_disk(const struct spool *s)
{
	return s->fd >= 0;
}
/* The next chunk, whole rows only; what it gave before is freed. *len 0 at the end. */
enum so1_status spool_read(struct spool *s, char **bytes, size_t *len, struct so1_error *e);
void spool_free(struct spool *s);

/* write and pread whole; `file` is named in the error. */
enum so1_status file_write_at(int fd, const char *bytes, size_t n, uint64_t at, struct so1_error *e);
enum so1_status file_read_at(int fd, char *bytes, size_t n, uint64_t at, struct so1_error *e);

#endif
