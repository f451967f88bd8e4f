#include "dedupe/shelves.h"

#include "dedupe/pages.h"
#include "stream/spill.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SMALLEST = 4 << 10, BUFFER_LARGEST = 256 << 10 };

static void plan(struct shelves *s, const uint64_t *bytes_of_rank, uint32_t ranks,
		 uint64_t shelf_size)
{
	uint64_t at = 0;

	s->of_rank = xmalloc((ranks + (size_t)1) * sizeof *s->of_rank);
	for (uint32_t rank = 0; rank < ranks; rank++) {
		struct shelf *last = s->count ? &s->items[s->count - 1] : NULL;
		if (!last || last->size + bytes_of_rank[rank] > shelf_size) {
			GROW(s->items, s->cap, s->count + 1);
			last = &s->items[s->count++];
			*last = (struct shelf){.first_rank = rank, .at = at};
		}
		last->rank_count++;
		last->size += bytes_of_rank[rank];
		at += bytes_of_rank[rank];
		s->of_rank[rank] = (uint32_t)s->count - 1;
	}
}

uint64_t shelves_size_in_memory(uint64_t total, size_t chunks)
{
	enum { SMALLEST = 1 << 20, PARTS_MOST = 4 << 20 };
	uint64_t size = total / PARTS_MOST * chunks;

	return size < SMALLEST ? SMALLEST : size;
}

enum so1_status shelves_open(struct shelves *s, const uint64_t *bytes_of_rank, uint32_t ranks,
			     uint64_t shelf_size, uint64_t buffer_memory, struct spool *spool,
			     const char *tmpdir, struct so1_error *e)
{
	*s = (struct shelves){.fd = -1, .tmpdir = tmpdir};
	plan(s, bytes_of_rank, ranks, shelf_size);
	if (spool) {
		s->spool = spool;
		s->begin = xmalloc((spool->count * (s->count + 1) + 1) * sizeof *s->begin);
		return SO1_OK;
	}
	if (s->count == 0)
		return SO1_OK;
	uint64_t room = buffer_memory / s->count;
	s->buffer_size = room > BUFFER_LARGEST ? BUFFER_LARGEST
					       : room < BUFFER_SMALLEST ? BUFFER_SMALLEST : (size_t)room;
	return spool_create(tmpdir, &s->fd, e);
}

static enum so1_status flush(struct shelves *s, struct shelf *shelf, struct so1_error *e)
{
	enum so1_status status = spool_write_at(s->fd, s->tmpdir, shelf->buffer, shelf->used,
					       shelf->at + shelf->filled, e);

	shelf->filled += shelf->used;
	shelf->used = 0;
	return status;
}

enum so1_status shelves_put(struct shelves *s, uint32_t rank, const struct row *row,
			    struct so1_error *e)
{
	struct shelf *shelf = &s->items[s->of_rank[rank]];
	size_t n = row_size(row);

	if (shelf->used + n > s->buffer_size && shelf->used > 0 && flush(s, shelf, e))
		return e->status;
	if (n > s->buffer_size) {
		enum so1_status status = spool_write_at(s->fd, s->tmpdir, (const char *)row, n,
						       shelf->at + shelf->filled, e);
		shelf->filled += n;
		return status;
	}
	if (!shelf->buffer)
		shelf->buffer = xmalloc(s->buffer_size);
	memcpy(shelf->buffer + shelf->used, row, n);
	shelf->used += n;
	return SO1_OK;
}

/* begin[i]: where shelf i's rows of the chunk will begin; begin[count] is their end. */
static void measure(const struct shelves *s, const struct spool_chunk *chunk, const uint32_t *rank,
		    uint32_t *begin)
{
	memset(begin, 0, (s->count + 1) * sizeof *begin);
	for (const char *p = chunk->bytes; p < chunk->bytes + chunk->len;) {
		const struct row *row = (const struct row *)p;
		size_t n = row_size(row);
		if (rank[row->tuple] != TUPLE_NONE)
			begin[s->of_rank[rank[row->tuple]] + 1] += (uint32_t)n;
		p += n;
	}
	for (size_t i = 1; i <= s->count; i++)
		begin[i] += begin[i - 1];
}

void shelves_arrange(struct shelves *s, size_t chunk, const uint32_t *rank,
		     struct shelving_room *room)
{
	struct spool_chunk *c = &s->spool->chunks[chunk];
	uint32_t *begin = s->begin + chunk * (s->count + 1);

	measure(s, c, rank, begin);
	if (!room->at)
		room->at = xmalloc((s->count + 1) * sizeof *room->at);
	memcpy(room->at, begin, (s->count + 1) * sizeof *room->at);
	if (room->spare.room < c->len) {
		pages_drop(room->spare.bytes, room->spare.room);
		room->spare = (struct spool_chunk){pages_take(c->room), 0, c->room};
	}
	for (const char *p = c->bytes; p < c->bytes + c->len;) {
		const struct row *row = (const struct row *)p;
		size_t n = row_size(row);
		if (rank[row->tuple] != TUPLE_NONE) {
			uint32_t *at = &room->at[s->of_rank[rank[row->tuple]]];
			memcpy(room->spare.bytes + *at, row, n);
			*at += (uint32_t)n;
		}
		p += n;
	}
	struct spool_chunk old = *c;
	*c = room->spare;
	c->len = begin[s->count];
	room->spare = old;
}

void shelving_room_free(struct shelving_room *room)
{
	free(room->at);
	pages_drop(room->spare.bytes, room->spare.room);
	*room = (struct shelving_room){0};
}

enum so1_status shelves_finish(struct shelves *s, struct so1_error *e)
{
	for (size_t i = 0; i < s->count; i++) {
		struct shelf *shelf = &s->items[i];
		if (shelf->used > 0 && flush(s, shelf, e))
			return e->status;
		free(shelf->buffer);
		shelf->buffer = NULL;
	}
	return SO1_OK;
}

static void collect(const struct shelves *s, size_t shelf, char *room)
{
	const uint32_t *begin = s->begin + shelf;

	for (size_t c = 0; c < s->spool->count; c++, begin += s->count + 1) {
		size_t n = begin[1] - begin[0];
		if (n > 0)
			memcpy(room, s->spool->chunks[c].bytes + begin[0], n);
		room += n;
	}
}

enum so1_status shelves_get(const struct shelves *s, const struct shelf *shelf, char *room,
			    struct so1_error *e)
{
	if (!s->spool)
		return shelves_get_part(s, shelf, 0, (size_t)shelf->size, room, e);
	collect(s, (size_t)(shelf - s->items), room);
	return SO1_OK;
}

enum so1_status shelves_get_part(const struct shelves *s, const struct shelf *shelf, uint64_t from,
				 size_t n, char *room, struct so1_error *e)
{
	return spool_read_at(s->fd, s->tmpdir, room, n, shelf->at + from, e);
}

void shelves_free(struct shelves *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].buffer);
	free(s->items);
	free(s->of_rank);
	free(s->begin);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct shelves){.fd = -1};
}
