/* The rows between the passes, in the order they came: in memory while they fit, else
 * in an unlinked file. Written once, read once. */
#ifndef SO1_DEDUPE_SPOOL_H
#define SO1_DEDUPE_SPOOL_H

#include "base/error.h"

struct spool_chunk {
	char *bytes; /* pages; NULL when it is in the file */
	size_t len, room;
};

struct spool {
	struct spool_chunk *chunks;
	size_t count, cap;
	struct spool_chunk open;  /* being filled; later one read back from the file */
	uint64_t limit;       /* bytes in memory, may be lowered at any time */
	uint64_t in_memory, total;
	const char *tmpdir;
	int fd;               /* -1 until there is a file */
	size_t next;          /* chunk to read next */
	uint64_t read_at;
};

/* tmpdir as for spool_create, borrowed. spool_free when done. */
void spool_init(struct spool *s, uint64_t limit, const char *tmpdir);
/* Copies whole rows. */
enum so1_status spool_put(struct spool *s, const char *bytes, size_t len, struct so1_error *e);
static inline bool spool_on_disk(const struct spool *s)
{
	return s->fd >= 0;
}
/* The next chunk, whole rows only; what it gave before is freed. *len 0 at the end. */
enum so1_status spool_read(struct spool *s, char **bytes, size_t *len, struct so1_error *e);
/* In memory, instead of spool_read, after the last spool_put: the number of chunks. Then
 * each may be taken once, on any thread, and dropped. */
size_t spool_chunks(struct spool *s, struct so1_error *e);
struct spool_chunk spool_chunk(const struct spool *s, size_t i);
void spool_drop(struct spool *s, size_t i);
void spool_free(struct spool *s);

#endif
