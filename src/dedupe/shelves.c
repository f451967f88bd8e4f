#include "dedupe/shelves.h"

#include "dedupe/pages.h"
#include "dedupe/spool.h"
#include "stream/spill.h"

#include <stdlib.h>
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

enum so1_status shelves_open(struct shelves *s, const uint64_t *bytes_of_rank, uint32_t ranks,
			     uint64_t shelf_size, uint64_t buffer_memory, bool memory,
			     const char *tmpdir, struct so1_error *e)
{
	*s = (struct shelves){.fd = -1};
	plan(s, bytes_of_rank, ranks, shelf_size);
	if (s->count == 0)
		return SO1_OK;
	const struct shelf *last = &s->items[s->count - 1];
	if (memory) {
		s->memory_size = (size_t)(last->at + last->size) + 1;
		s->memory = pages_take(s->memory_size);
		return SO1_OK;
	}
	uint64_t room = buffer_memory / s->count;
	s->buffer_size = room > BUFFER_LARGEST ? BUFFER_LARGEST
					       : room < BUFFER_SMALLEST ? BUFFER_SMALLEST : (size_t)room;
	return spool_create(tmpdir, &s->fd, e);
}

static enum so1_status flush(struct shelves *s, struct shelf *shelf, struct so1_error *e)
{
	enum so1_status status = file_write_at(s->fd, shelf->buffer, shelf->used,
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

	if (s->memory) {
		uint64_t at = atomic_fetch_add_explicit(&shelf->filled, n, memory_order_relaxed);
		memcpy(s->memory + shelf->at + at, row, n);
		return SO1_OK;
	}
	if (shelf->used + n > s->buffer_size && shelf->used > 0 && flush(s, shelf, e))
		return e->status;
	if (n > s->buffer_size) {
		enum so1_status status = file_write_at(s->fd, (const char *)row, n,
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

enum so1_status shelves_get(const struct shelves *s, const struct shelf *shelf, uint64_t from,
			    size_t n, char *room, const char **bytes, struct so1_error *e)
{
	if (s->memory) {
		*bytes = s->memory + shelf->at + from;
		return SO1_OK;
	}
	*bytes = room;
	return file_read_at(s->fd, room, n, shelf->at + from, e);
}

void shelves_free(struct shelves *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].buffer);
	free(s->items);
	free(s->of_rank);
	pages_drop(s->memory, s->memory_size);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct shelves){.fd = -1};
}
