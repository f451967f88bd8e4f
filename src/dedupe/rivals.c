#include "dedupe/rivals.h"

#include "base/memory.h"

#include <stdlib.h>

void rivals_add(struct rivals *r, uint32_t a, uint32_t b, float weight)
{
	GROW(r->items, r->cap, r->count + 2);
	r->items[r->count++] = (struct rival){a, b, weight};
	r->items[r->count++] = (struct rival){b, a, weight};
}

static int compare_rivals(const void *x, const void *y, void *context)
{
	const struct rival *a = x, *b = y;
	const struct tuples *t = context;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	uint64_t h = t->items[a->other].hash, g = t->items[b->other].hash;
	return (h > g) - (h < g);
}

void rivals_sort(struct rivals *r, const struct tuples *t)
{
	size_t tuple_count = t->count;
	struct rival *sorted = xmalloc((r->count + 1) * sizeof *sorted);
	uint32_t sum = 0;

	r->begin = xcalloc(tuple_count + 2, sizeof *r->begin);
	for (size_t i = 0; i < r->count; i++)
		r->begin[r->items[i].tuple + 1]++;
	for (size_t i = 0; i <= tuple_count; i++)
		r->begin[i] = sum += r->begin[i];
	for (size_t i = 0; i < r->count; i++)
		sorted[r->begin[r->items[i].tuple]++] = r->items[i];
	/* Placing moved each begin to the next one's. */
	memmove(r->begin + 1, r->begin, tuple_count * sizeof *r->begin);
	r->begin[0] = 0;
	for (size_t i = 0; i < tuple_count; i++)
		if (r->begin[i + 1] - r->begin[i] > 1)
			qsort_r(sorted + r->begin[i], r->begin[i + 1] - r->begin[i], sizeof *sorted,
				compare_rivals, (void *)t);
	free(r->items);
	r->items = sorted;
}

void rivals_free(struct rivals *r)
{
	free(r->items);
	free(r->begin);
	*r = (struct rivals){0};
}
