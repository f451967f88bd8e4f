#include "base/bucketsort.h"

#include "base/memory.h"
#include "base/threads.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Items go by their first bits into parts, and each part, which stays in a cache, by the bits
 * behind them into buckets of about one item. */
enum { PART_BITS = 10, PARTS = 1 << PART_BITS, BUCKET_BITS_MOST = 20, FEW = 24 };

struct sorting {
	char *from, *to; /* in parts; where they shall stand */
	size_t size;
	int (*compare)(const void *, const void *);
	size_t begin[PARTS + 1];
};

static uint64_t number_of(const char *item)
{
	uint64_t n;

	memcpy(&n, item, sizeof n);
	return n;
}

/* One bucket, in place. */
static void sort_few(const struct sorting *s, char *items, size_t n, char *spare)
{
	size_t size = s->size;

	if (n > FEW) {
		qsort(items, n, size, s->compare);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		size_t j = i;
		while (j > 0 && s->compare(items + (j - 1) * size, items + i * size) > 0)
			j--;
		if (j == i)
			continue;
		memcpy(spare, items + i * size, size);
		memmove(items + (j + 1) * size, items + j * size, (i - j) * size);
		memcpy(items + j * size, spare, size);
	}
}

static void sort_part(const struct sorting *s, size_t part)
{
	size_t n = s->begin[part + 1] - s->begin[part], size = s->size;
	const char *from = s->from + s->begin[part] * size;
	char *to = s->to + s->begin[part] * size;
	int bits = 1;

	if (n == 0)
		return;
	while (bits < BUCKET_BITS_MOST && (size_t)1 << bits < n)
		bits++;
	size_t buckets = (size_t)1 << bits, *at = xcalloc(buckets + 1, sizeof *at);
	for (size_t i = 0; i < n; i++)
		at[(number_of(from + i * size) << PART_BITS >> (64 - bits)) + 1]++;
	for (size_t b = 0; b < buckets; b++)
		at[b + 1] += at[b];
	for (size_t i = 0; i < n; i++) {
		size_t b = number_of(from + i * size) << PART_BITS >> (64 - bits);
		memcpy(to + at[b]++ * size, from + i * size, size);
	}
	char *spare = xmalloc(size);
	for (size_t b = 0, begin = 0; b < buckets; begin = at[b++])
		if (at[b] - begin > 1)
			sort_few(s, to + begin * size, at[b] - begin, spare);
	free(spare);
	free(at);
}

static void sort_parts(void *context, size_t begin, size_t end, int thread)
{
	(void)thread;
	for (size_t i = begin; i < end; i++)
		sort_part(context, i);
}

void bucket_sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *),
		 int threads)
{
	struct sorting s = {.to = items, .size = size, .compare = compare};
	size_t at[PARTS + 1] = {0};

	if (count <= PARTS) {
		if (count > 1)
			qsort(items, count, size, compare);
		return;
	}
	s.from = xmalloc(count * size);
	for (size_t i = 0; i < count; i++)
		at[(number_of(s.to + i * size) >> (64 - PART_BITS)) + 1]++;
	for (size_t i = 0; i < PARTS; i++)
		at[i + 1] += at[i];
	memcpy(s.begin, at, sizeof at);
	for (size_t i = 0; i < count; i++)
		memcpy(s.from + at[number_of(s.to + i * size) >> (64 - PART_BITS)]++ * size,
		       s.to + i * size, size);
	threads_for(PARTS, 16, threads, sort_parts, &s);
	free(s.from);
}
