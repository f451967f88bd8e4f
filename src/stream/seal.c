#include "stream/seal.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <xxhash.h>

struct seal_hash {
	XXH3_state_t *state;
};

struct seal_hash *seal_hash_new(void)
{
	struct seal_hash *h = xmalloc(sizeof *h);

	/* xxhash wants its state aligned to 64 bytes, so it allocates it itself. */
	h->state = XXH3_createState();
	if (h->state == NULL)
		out_of_memory();
	XXH3_64bits_reset(h->state);
	return h;
}

void seal_hash_add(struct seal_hash *h, const char *bytes, size_t n)
{
	if (n)
		XXH3_64bits_update(h->state, bytes, n);
}

uint64_t seal_hash_value(const struct seal_hash *h)
{
	return XXH3_64bits_digest(h->state);
}

void seal_hash_free(struct seal_hash *h)
{
	if (h == NULL)
		return;
	XXH3_freeState(h->state);
	free(h);
}

void seal_put(struct buffer *b, uint64_t rows, uint64_t hash)
{
	buffer_printf(b, SEAL_PREFIX "%" PRIu64 ",%016" PRIx64 "\n", rows, hash);
}

bool seal_parse(struct slice line, uint64_t *rows, uint64_t *hash)
{
	struct slice prefix = SLICE(SEAL_PREFIX);
	size_t i = prefix.len;

	if (!slice_starts_with(line, prefix))
		return false;
	*rows = *hash = 0;
	for (; i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9'; i++)
		if (__builtin_mul_overflow(*rows, 10, rows) ||
		    __builtin_add_overflow(*rows, (uint64_t)(line.ptr[i] - '0'), rows))
			return false;
	if (i == prefix.len || line.len - i != 17 || line.ptr[i] != ',')
		return false;
	for (i++; i < line.len; i++) {
		char c = line.ptr[i];
		if (c >= '0' && c <= '9')
			*hash = *hash << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*hash = *hash << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}
