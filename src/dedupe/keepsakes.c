#include "dedupe/keepsakes.h"

#include <stdlib.h>

void keepsakes_make(struct keepsakes *k, const struct recall *r, const struct customers *c)
{
	size_t n = 0;

	k->begin = xcalloc(c->count + (size_t)2, sizeof *k->begin);
	/* Counted two places on, so that filling leaves begin where it should be. */
	for (size_t i = 0; i < r->count; i++) {
		uint32_t rank = c->rank[r->items[i].tuple];
		if (rank == TUPLE_NONE)
			continue;
		n++;
		k->begin[rank + (size_t)2]++;
	}
	k->items = xmalloc((n + 1) * sizeof *k->items);
	for (size_t i = 2; i < c->count + (size_t)2; i++)
		k->begin[i] += k->begin[i - 1];
	for (size_t i = 0; i < r->count; i++) {
		uint32_t tuple = r->items[i].tuple, rank = c->rank[tuple];
		if (rank != TUPLE_NONE)
			k->items[k->begin[rank + (size_t)1]++] = (struct keepsake){rank, tuple, &r->before[i]};
	}
}

void keepsakes_free(struct keepsakes *k)
{
	free(k->items);
	free(k->begin);
	*k = (struct keepsakes){0};
}
