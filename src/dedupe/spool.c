#include "dedupe/spool.h"

#include "base/memory.h"
#include "dedupe/pages.h"
#include "stream/spill.h"

#include <stdlib.h>
#include <unistd.h>

void spool_init(struct spool *s, uint64_t limit, const char *tmpdir)
{
	*s = (struct spool){.limit = limit, .tmpdir = tmpdir, .fd = -1};
}

enum { CHUNK = 4 << 20 };

/* Everything so far to the file. */
static enum so1_status move_to_disk(struct spool *s, struct so1_error *e)
{
	uint64_t at = 0;

	if (spool_create(s->tmpdir, &s->fd, e))
		return e->status;
	for (size_t i = 0; i < s->count; i++) {
		struct spool_chunk *c = &s->chunks[i];
		if (spool_write_at(s->fd, s->tmpdir, c->bytes, c->len, at, e))
			return e->status;
		at += c->len;
		pages_drop(c->bytes, c->room);
		c->bytes = NULL;
	}
	s->in_memory = 0;
	return SO1_OK;
}

/* What is open becomes a chunk. */
static enum so1_status close_chunk(struct spool *s, struct so1_error *e)
{
	if (s->open.len == 0)
		return SO1_OK;
	GROW(s->chunks, s->cap, s->count + 1);
	s->chunks[s->count++] = s->open;
	if (spool_on_disk(s)) {
		enum so1_status status = spool_write_at(s->fd, s->tmpdir, s->open.bytes,
						       s->open.len, s->total - s->open.len, e);
		s->chunks[s->count - 1].bytes = NULL;
		s->open.len = 0; /* the same memory takes the next one */
		return status;
	}
	s->in_memory += s->open.room;
	s->open = (struct spool_chunk){0};
	return s->in_memory > s->limit ? move_to_disk(s, e) : SO1_OK;
}

enum so1_status spool_put(struct spool *s, const char *bytes, size_t len, struct so1_error *e)
{
	if (s->open.room - s->open.len < len) {
		if (close_chunk(s, e))
			return e->status;
		if (s->open.room < len) {
			pages_drop(s->open.bytes, s->open.room);
			s->open.room = s->limit / 8 < CHUNK ? (size_t)(s->limit / 8) : CHUNK;
			s->open.room = s->open.room < len ? len : s->open.room;
			s->open.bytes = pages_take(s->open.room);
		}
	}
	memcpy(s->open.bytes + s->open.len, bytes, len);
	s->open.len += len;
	s->total += len;
	return SO1_OK;
}

enum so1_status spool_read(struct spool *s, char **bytes, size_t *len, struct so1_error *e)
{
	*len = 0;
	if (s->next == 0 && close_chunk(s, e))
		return e->status;
	if (s->next > 0 && s->chunks[s->next - 1].bytes) {
		pages_drop(s->chunks[s->next - 1].bytes, s->chunks[s->next - 1].room);
		s->chunks[s->next - 1].bytes = NULL;
	}
	if (s->next == s->count)
		return SO1_OK;
	struct spool_chunk *c = &s->chunks[s->next++];
	*len = c->len;
	*bytes = c->bytes;
	if (c->bytes)
		return SO1_OK;
	if (s->open.room < c->len) {
		pages_drop(s->open.bytes, s->open.room);
		s->open = (struct spool_chunk){pages_take(c->len), 0, c->len};
	}
	*bytes = s->open.bytes;
	enum so1_status status = spool_read_at(s->fd, s->tmpdir, s->open.bytes, c->len, s->read_at, e);
	s->read_at += c->len;
	return status;
}

size_t spool_chunks(struct spool *s, struct so1_error *e)
{
	close_chunk(s, e);
	return s->count;
}

struct spool_chunk spool_chunk(const struct spool *s, size_t i)
{
	return s->chunks[i];
}

void spool_drop(struct spool *s, size_t i)
{
	pages_drop(s->chunks[i].bytes, s->chunks[i].room);
	s->chunks[i].bytes = NULL;
}

void spool_free(struct spool *s)
{
	for (size_t i = 0; i < s->count; i++)
		pages_drop(s->chunks[i].bytes, s->chunks[i].room);
	free(s->chunks);
	pages_drop(s->open.bytes, s->open.room);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct spool){.fd = -1};
}
