#include "dedupe/spool.h"

#include "base/memory.h"
#include "stream/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK_LARGEST = 4 << 20, CHUNK_SMALLEST = 256 << 10 };

enum so1_status file_write_at(int fd, const char *bytes, size_t n, uint64_t at, struct so1_error *e)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, "temporary file", "cannot write");
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return SO1_OK;
}

enum so1_status file_read_at(int fd, char *bytes, size_t n, uint64_t at, struct so1_error *e)
{
	while (n > 0) {
		ssize_t done = pread(fd, bytes, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? EIO : errno;
			return error_set_errno(e, "temporary file", "cannot read");
		}
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return SO1_OK;
}

void spool_init(struct spool *s, uint64_t limit, const char *tmpdir)
{
	size_t chunk = (size_t)(limit / 16) & ~(size_t)4095;

	*s = (struct spool){.limit = limit, .tmpdir = tmpdir, .fd = -1};
	s->chunk_size = chunk > CHUNK_LARGEST ? CHUNK_LARGEST
					      : chunk < CHUNK_SMALLEST ? CHUNK_SMALLEST : chunk;
}

/* Everything so far to the file, the chunk being filled excepted. */
static enum so1_status move_to_disk(struct spool *s, struct so1_error *e)
{
	uint64_t at = 0;

	if (spool_create(s->tmpdir, &s->fd, e))
		return e->status;
	for (size_t i = 0; i < s->count; i++) {
		struct spool_chunk *c = &s->chunks[i];
		if (file_write_at(s->fd, c->bytes, c->len, at, e))
			return e->status;
		at += c->len;
		free(c->bytes);
		c->bytes = NULL;
	}
	s->in_memory = 0;
	return SO1_OK;
}

static enum so1_status close_chunk(struct spool *s, struct so1_error *e)
{
	if (s->used == 0)
		return SO1_OK;
	GROW(s->chunks, s->cap, s->count + 1);
	s->chunks[s->count++] = (struct spool_chunk){s->current, s->used};
	s->in_memory += s->room;
	if (spool_on_disk(s)) {
		if (file_write_at(s->fd, s->current, s->used, s->total - s->used, e))
			return e->status;
		s->chunks[s->count - 1].bytes = NULL;
		s->in_memory = 0;
		s->used = 0;
		return SO1_OK; /* the same memory takes the next chunk */
	}
	s->current = NULL;
	s->used = s->room = 0;
	return s->in_memory > s->limit ? move_to_disk(s, e) : SO1_OK;
}

enum so1_status spool_room(struct spool *s, size_t n, char **p, struct so1_error *e)
{
	if (s->room - s->used < n) {
		if (close_chunk(s, e))
			return e->status;
		if (s->room < n) {
			free(s->current);
			s->room = n > s->chunk_size ? n : s->chunk_size;
			s->current = xmalloc(s->room);
		}
	}
	*p = s->current + s->used;
	return SO1_OK;
}

enum so1_status spool_read(struct spool *s, char **bytes, size_t *len, struct so1_error *e)
{
	*len = 0;
	if (s->next == 0) {
		if (close_chunk(s, e))
			return e->status;
		free(s->current);
		s->current = NULL;
		s->room = s->used = 0;
	} else if (s->chunks[s->next - 1].bytes) {
		free(s->chunks[s->next - 1].bytes);
		s->chunks[s->next - 1].bytes = NULL;
	}
	if (s->next == s->count)
		return SO1_OK;
	struct spool_chunk *c = &s->chunks[s->next++];
	*len = c->len;
	*bytes = c->bytes;
	if (c->bytes)
		return SO1_OK;
	if (s->room < c->len) {
		free(s->current);
		s->current = xmalloc(c->len);
		s->room = c->len;
	}
	*bytes = s->current;
	enum so1_status status = file_read_at(s->fd, s->current, c->len, s->read_at, e);
	s->read_at += c->len;
	return status;
}

void spool_free(struct spool *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->chunks[i].bytes);
	free(s->chunks);
	free(s->current);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct spool){.fd = -1};
}
