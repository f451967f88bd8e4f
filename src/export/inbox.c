#include "export/inbox.h"

#include "base/bucketsort.h"
#include "base/memory.h"

#include <stdlib.h>

void inboxes_add(struct inboxes *b, struct slice address)
{
	if (address.len == 0)
		return;
	GROW(b->prints, b->cap, b->count + 1);
	b->prints[b->count++] = slice_hash(address, 0);
}

static int compare_prints(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t inboxes_shared(struct inboxes *b)
{
	uint64_t shared = 0;

	/* One thread: a second or so for 10 million, behind a run of a minute. */
	bucket_sort(b->prints, b->count, sizeof *b->prints, compare_prints, 1);
	for (size_t i = 1; i < b->count; i++)
		shared += b->prints[i] == b->prints[i - 1];
	return shared;
}

void inboxes_free(struct inboxes *b)
{
	free(b->prints);
	*b = (struct inboxes){0};
}
