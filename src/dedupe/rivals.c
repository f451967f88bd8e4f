#include "dedupe/rivals.h"

#include "base/memory.h"

#include <stdlib.h>

void rivals_add(struct rivals *r, uint32_t a, uint32_t b, float weight)
{
	GROW(r->items, r->cap, r->count + 2);
	r->items[r->count++] = (struct rival){a, b, weight};
	r->items[r->count++] = (struct rival){b, a, weight};
}

static int compare_rivals(const void *x, const void *y)
{
	const struct rival *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->other > b->other) - (a->other < b->other);
}

void rivals_sort(struct rivals *r, size_t tuple_count)
{
	struct rival *sorted = xmalloc((r->count + 1) * sizeof *sorted);
	uint32_t sum = 0;

	r->begin = xcalloc(tuple_count + 2, sizeof *r->begin);
	for (size_t i = 0; i < r->count; i++)
		r->begin[r->items[i].tuple + 1]++;
	for (size_t t = 0; t <= tuple_count; t++)
		r->begin[t] = sum += r->begin[t];
	for (size_t i = 0; i < r->count; i++)
		sorted[r->begin[r->items[i].tuple]++] = r->items[i];
	/* Placing moved each begin to the next one's. */
	memmove(r->begin + 1, r->begin, tuple_count * sizeof *r->begin);
	r->begin[0] = 0;
	for (size_t t = 0; t < tuple_count; t++)
		if (r->begin[t + 1] - r->begin[t] > 1)
			qsort(sorted + r->begin[t], r->begin[t + 1] - r->begin[t], sizeof *sorted,
			      compare_rivals);
	free(r->items);
	r->items = sorted;
}

void rivals_free(struct rivals *r)
{
	free(r->items);
	free(r->begin);
	*r = (struct rivals){0};
}
