#include "base/textsort.h"

#include "base/bucketsort.h"
#include "base/threads.h"

#include <stdbool.h>
#include <string.h>

/* How a text becomes a number: what all texts begin with says nothing and is left out; of what
 * follows each byte counts by its place among the bytes that occur at all, so that digits take
 * a base of eleven and not of 256, and the numbers are stretched over all 64 bits. */
struct numbering {
	char *items;
	size_t size, common;
	unsigned digits;
	uint64_t base, least, factor;
	uint16_t rank[256]; /* from 1 on; 0 is the end of a text */
};

static struct text_key *key_at(const struct numbering *n, size_t i)
{
	return (struct text_key *)(void *)(n->items + i * n->size);
}

static void find_common(struct numbering *n, size_t count)
{
	struct slice first = key_at(n, 0)->text;

	n->common = first.len;
	for (size_t i = 1; i < count && n->common > 0; i++) {
		struct slice text = key_at(n, i)->text;
		if (text.len < n->common)
			n->common = text.len;
		if (n->common > 0 && memcmp(text.ptr, first.ptr, n->common) == 0)
			continue;
		for (size_t at = 0; at < n->common; at++)
			if (text.ptr[at] != first.ptr[at])
				n->common = at;
	}
}

static void find_digits(struct numbering *n, size_t count)
{
	bool occurs[256] = {false};

	for (size_t i = 0; i < count; i++) {
		struct slice text = key_at(n, i)->text;
		for (size_t at = n->common; at < text.len; at++)
			occurs[(unsigned char)text.ptr[at]] = true;
	}
	n->base = 1;
	for (int b = 0; b < 256; b++)
		if (occurs[b])
			n->rank[b] = (uint16_t)n->base++;
	n->digits = 1;
	for (uint64_t most = UINT64_MAX / n->base; n->base > 1 && most >= n->base; most /= n->base)
		n->digits++;
}

static uint64_t number_of(const struct numbering *n, struct slice text)
{
	uint64_t number = 0;
	size_t at = n->common;

	for (unsigned d = 0; d < n->digits; d++, at++)
		number = number * n->base + (at < text.len ? n->rank[(unsigned char)text.ptr[at]] : 0);
	return number;
}

static void number_some(void *context, size_t begin, size_t end, int thread)
{
	const struct numbering *n = context;

	(void)thread;
	for (size_t i = begin; i < end; i++)
		key_at(n, i)->number = number_of(n, key_at(n, i)->text);
}

static void stretch_some(void *context, size_t begin, size_t end, int thread)
{
	const struct numbering *n = context;

	(void)thread;
	for (size_t i = begin; i < end; i++)
		key_at(n, i)->number = (key_at(n, i)->number - n->least) * n->factor;
}

static int compare_keys(const void *x, const void *y)
{
	const struct text_key *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return slice_compare(a->text, b->text);
}

void text_sort(void *items, size_t count, size_t size, int threads)
{
	enum { GRAIN = 4096 };
	struct numbering n = {.items = items, .size = size, .least = UINT64_MAX};
	uint64_t most = 0;

	if (count < 2)
		return;
	find_common(&n, count);
	find_digits(&n, count);
	threads_for(count, GRAIN, threads, number_some, &n);
	for (size_t i = 0; i < count; i++) {
		uint64_t number = key_at(&n, i)->number;
		n.least = number < n.least ? number : n.least;
		most = number > most ? number : most;
	}
	n.factor = most > n.least ? UINT64_MAX / (most - n.least) : 1;
	threads_for(count, GRAIN, threads, stretch_some, &n);
	bucket_sort(items, count, size, compare_keys, threads);
}
