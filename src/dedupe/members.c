#include "dedupe/members.h"

#include "base/threads.h"

#include <stdlib.h>

static int compare_text(const void *x, const void *y, void *context)
{
	const struct tuples *t = context;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	for (int f = 0; f < IDENTITY_FIELDS; f++) {
		if (t->items[a].field[f] == t->items[b].field[f])
			continue;
		return slice_compare(tuple_text(t, a, f), tuple_text(t, b, f));
	}
	return 0;
}

struct ordering {
	struct members *m;
	const struct tuples *t;
};

static void order_tuples(void *context, size_t begin, size_t end, int thread)
{
	const struct ordering *o = context;
	struct members *m = o->m;

	(void)thread;
	for (size_t r = begin; r < end; r++) {
		size_t n = m->begin[r + 1] - m->begin[r];
		if (n > 1)
			qsort_r(m->tuples + m->begin[r], n, sizeof *m->tuples, compare_text,
				(void *)o->t);
	}
}

void members_make(struct members *m, const struct tuples *t, const struct customers *c, int threads)
{
	enum { GRAIN = 4096 };

	m->begin = xcalloc(c->count + (size_t)2, sizeof *m->begin);
	m->tuples = xmalloc((t->count + 1) * sizeof *m->tuples);
	/* Counted two places on, so that filling leaves begin where it should be. */
	for (size_t i = 0; i < t->count; i++)
		if (c->rank[i] != TUPLE_NONE)
			m->begin[c->rank[i] + 2]++;
	for (uint32_t r = 2; r <= c->count; r++)
		m->begin[r] += m->begin[r - 1];
	for (uint32_t i = 0; i < t->count; i++)
		if (c->rank[i] != TUPLE_NONE)
			m->tuples[m->begin[c->rank[i] + 1]++] = i;
	threads_for(c->count, GRAIN, threads, order_tuples, &(struct ordering){m, t});
}

void members_free(struct members *m)
{
	free(m->tuples);
	free(m->begin);
	*m = (struct members){0};
}
