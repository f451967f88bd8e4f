#include "stream/blocks.h"

#include "base/memory.h"
#include "stream/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char spill_name[] = "(temporary file)";

void blocks_init(struct blocks *b, size_t block_bytes, uint64_t core_limit, const char *tmpdir)
{
	*b = (struct blocks){
		.block_bytes = block_bytes,
		.core_limit = core_limit,
		.tmpdir = tmpdir,
		.fd = -1,
	};
}

static enum so1_status write_whole(int fd, const char *bytes, size_t n, struct so1_error *e)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, spill_name, "cannot write");
		bytes += done;
		n -= (size_t)done;
	}
	return SO1_OK;
}

enum so1_status blocks_append(struct blocks *b, const void *bytes, struct so1_error *e)
{
	if (b->fd < 0 && (b->core_count + 1) * (uint64_t)b->block_bytes <= b->core_limit) {
		GROW(b->core, b->core_cap, b->core_count + 1);
		b->core[b->core_count] = xmalloc(b->block_bytes);
		memcpy(b->core[b->core_count++], bytes, b->block_bytes);
		b->count++;
		return SO1_OK;
	}
	if (b->fd < 0) {
		enum so1_status s = spool_create(b->tmpdir, &b->fd, e);
		if (s != SO1_OK) {
			b->fd = -1;
			return s;
		}
	}
	enum so1_status s = write_whole(b->fd, bytes, b->block_bytes, e);
	if (s == SO1_OK)
		b->count++;
	return s;
}

enum so1_status blocks_read(const struct blocks *b, size_t i, void *scratch, const void **out,
			    struct so1_error *e)
{
	if (i < b->core_count) {
		*out = b->core[i];
		return SO1_OK;
	}
	char *to = scratch;
	size_t left = b->block_bytes;
	off_t at = (off_t)((i - b->core_count) * b->block_bytes);
	while (left > 0) {
		ssize_t done = pread(b->fd, to, left, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, spill_name, "cannot read");
		if (done == 0) {
			error_set(e, SO1_FAILED, "is shorter than what was written to it");
			return error_at(e, spill_name, 0, NULL);
		}
		to += done;
		at += done;
		left -= (size_t)done;
	}
	*out = scratch;
	return SO1_OK;
}

void blocks_release(struct blocks *b, size_t i)
{
	if (i < b->core_count) {
		free(b->core[i]);
		b->core[i] = NULL;
	}
}

uint64_t blocks_spilled(const struct blocks *b)
{
	return (uint64_t)(b->count - b->core_count) * b->block_bytes;
}

void blocks_free(struct blocks *b)
{
	for (size_t i = 0; i < b->core_count; i++)
		free(b->core[i]);
	free(b->core);
	if (b->fd >= 0)
		close(b->fd);
	b->core = NULL;
	b->core_count = b->core_cap = b->count = 0;
	b->fd = -1;
}
