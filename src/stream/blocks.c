#include "stream/blocks.h"

#include "base/memory.h"
#include "stream/spill.h"

#include <stdlib.h>
#include <unistd.h>

/* Filling memory page by page costs as much as half of reading numbers into it. */
enum { SLAB_BYTES = 16 << 20 };

void blocks_init(struct blocks *b, size_t block_bytes, uint64_t core_limit, const char *tmpdir)
{
	uint64_t most = core_limit / block_bytes, per_slab = SLAB_BYTES / block_bytes;

	if (per_slab > most)
		per_slab = most;
	*b = (struct blocks){
		.per_slab = per_slab > 0 ? (size_t)per_slab : 1,
		.block_bytes = block_bytes,
		.core_limit = core_limit,
		.tmpdir = tmpdir,
		.fd = -1,
	};
}

static char *core_block(const struct blocks *b, size_t i)
{
	return b->slabs[i / b->per_slab].bytes + i % b->per_slab * b->block_bytes;
}

const void *blocks_core(const struct blocks *b, size_t i)
{
	return core_block(b, i);
}

static bool goes_in_core(const struct blocks *b)
{
	return b->fd < 0 && (b->core_count + 1) * (uint64_t)b->block_bytes <= b->core_limit;
}

void *blocks_next(struct blocks *b, void *scratch)
{
	if (!goes_in_core(b))
		return scratch;
	if (b->core_count == b->slab_count * b->per_slab) {
		GROW(b->slabs, b->slab_cap, b->slab_count + 1);
		b->slabs[b->slab_count++] = (struct block_slab){
			.bytes = xmalloc(b->per_slab * b->block_bytes),
			.wanted = b->per_slab,
		};
	}
	return core_block(b, b->core_count);
}

static void append_in_core(struct blocks *b, const void *bytes)
{
	void *place = blocks_next(b, NULL);

	if (bytes != place)
		memcpy(place, bytes, b->block_bytes);
	b->core_count++;
	b->count++;
}

enum so1_status blocks_append(struct blocks *b, const void *bytes, struct so1_error *e)
{
	if (goes_in_core(b)) {
		append_in_core(b, bytes);
		return SO1_OK;
	}
	if (b->fd < 0) {
		enum so1_status s = spool_create(b->tmpdir, &b->fd, e);
		if (s != SO1_OK) {
			b->fd = -1;
			return s;
		}
	}
	enum so1_status s = spool_write_at(b->fd, b->tmpdir, bytes, b->block_bytes,
					   (uint64_t)(b->count - b->core_count) * b->block_bytes, e);
	if (s == SO1_OK)
		b->count++;
	return s;
}

enum so1_status blocks_read(const struct blocks *b, size_t i, void *scratch, const void **out,
			    struct so1_error *e)
{
	if (i < b->core_count) {
		*out = core_block(b, i);
		return SO1_OK;
	}
	if (spool_read_at(b->fd, b->tmpdir, scratch, b->block_bytes,
			  (uint64_t)(i - b->core_count) * b->block_bytes, e))
		return e->status;
	*out = scratch;
	return SO1_OK;
}

void blocks_release(struct blocks *b, size_t i)
{
	if (i >= b->core_count)
		return;
	struct block_slab *s = &b->slabs[i / b->per_slab];
	if (--s->wanted == 0) {
		free(s->bytes);
		s->bytes = NULL;
	}
}

uint64_t blocks_spilled(const struct blocks *b)
{
	return (uint64_t)(b->count - b->core_count) * b->block_bytes;
}

void blocks_free(struct blocks *b)
{
	for (size_t i = 0; i < b->slab_count; i++)
		free(b->slabs[i].bytes);
	free(b->slabs);
	if (b->fd >= 0)
		close(b->fd);
	b->slabs = NULL;
	b->core_count = b->slab_count = b->slab_cap = b->count = 0;
	b->fd = -1;
}
