#include "predict/tape.h"

#include "base/memory.h"

#include <stdlib.h>

enum { TAPE_BLOCK = 256 << 10 };

void tape_init(struct tape *t, uint64_t core_limit, const char *tmpdir)
{
	*t = (struct tape){.filling = xcalloc(1, TAPE_BLOCK)};
	blocks_init(&t->blocks, TAPE_BLOCK, core_limit, tmpdir);
}

enum so1_status tape_put(struct tape *t, const void *bytes, size_t n, struct so1_error *e)
{
	const char *from = bytes;

	while (n > 0) {
		size_t room = TAPE_BLOCK - t->filled, part = n < room ? n : room;
		memcpy(t->filling + t->filled, from, part);
		t->filled += part;
		from += part;
		n -= part;
		if (t->filled < TAPE_BLOCK)
			continue;
		enum so1_status s = blocks_append(&t->blocks, t->filling, e);
		if (s != SO1_OK)
			return s;
		t->filled = 0;
	}
	return SO1_OK;
}

enum so1_status tape_finish(struct tape *t, struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	if (t->filled > 0)
		s = blocks_append(&t->blocks, t->filling, e);
	free(t->filling);
	t->filling = NULL;
	t->scratch = xmalloc(TAPE_BLOCK);
	tape_rewind(t);
	return s;
}

void tape_rewind(struct tape *t)
{
	t->next_block = 0;
	t->at = TAPE_BLOCK;
}

enum so1_status tape_get(struct tape *t, void *bytes, size_t n, struct so1_error *e)
{
	char *to = bytes;

	while (n > 0) {
		if (t->at == TAPE_BLOCK) {
			const void *block;
			enum so1_status s = blocks_read(&t->blocks, t->next_block++, t->scratch,
							&block, e);
			if (s != SO1_OK)
				return s;
			t->block = block;
			t->at = 0;
		}
		size_t left = TAPE_BLOCK - t->at, part = n < left ? n : left;
		memcpy(to, t->block + t->at, part);
		t->at += part;
		to += part;
		n -= part;
	}
	return SO1_OK;
}

void tape_free(struct tape *t)
{
	blocks_free(&t->blocks);
	free(t->filling);
	free(t->scratch);
	*t = (struct tape){.blocks.fd = -1};
}
