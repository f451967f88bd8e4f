#include "export/allot.h"

#include "base/memory.h"

#include <stdlib.h>

void grants_init(struct allot_grants *g, const struct allot_market *m, size_t blocks)
{
	*g = (struct allot_grants){
		.taken = xcalloc(blocks + 1, STORE_BLOCK / 8),
		.stock = xcalloc(m->offers, sizeof *g->stock),
		.budget = xcalloc(m->offers, sizeof *g->budget),
		.total = m->total,
	};
	memcpy(g->stock, m->stock, m->offers * sizeof *g->stock);
	memcpy(g->budget, m->budget, m->offers * sizeof *g->budget);
}

void grants_free(struct allot_grants *g)
{
	free(g->taken);
	free(g->stock);
	free(g->budget);
	*g = (struct allot_grants){0};
}

void grants_use(struct allot_grants *g, const struct allot_market *m, size_t offer, int64_t cost)
{
	g->stock[offer] -= m->stock[offer] != ALLOT_NO_LIMIT;
	g->budget[offer] -= m->budget[offer] != ALLOT_NO_LIMIT ? cost : 0;
	g->total -= m->total != ALLOT_NO_LIMIT ? cost : 0;
}

void grants_take(struct allot_grants *g, const struct allot_market *m, uint64_t pair,
		 size_t offer, double x)
{
	g->taken[pair / 64] |= (uint64_t)1 << (pair % 64);
	grants_use(g, m, offer, market_cost(m, offer, x));
}

void grants_return(struct allot_grants *g, const struct allot_market *m, uint64_t pair,
		   size_t offer, double x)
{
	int64_t cost = market_cost(m, offer, x);

	g->taken[pair / 64] &= ~((uint64_t)1 << (pair % 64));
	g->stock[offer] += m->stock[offer] != ALLOT_NO_LIMIT;
	g->budget[offer] += m->budget[offer] != ALLOT_NO_LIMIT ? cost : 0;
	g->total += m->total != ALLOT_NO_LIMIT ? cost : 0;
}

struct summing {
	const struct allot_grants *g;
	const struct allot_market *m;
	double *parts; /* by block */
};

static void sum_block(void *context, const struct allot_block *b, int thread)
{
	struct summing *s = context;
	uint64_t first = (uint64_t)b->index * STORE_BLOCK;
	double sum = 0;

	(void)thread;
	for (uint32_t i = 0; i < b->pairs; i++)
		if (grants_has(s->g, first + i))
			sum += b->x[i] * s->m->value[b->offers[i]];
	s->parts[b->index] = sum;
}

enum so1_status grants_sum(struct allot_grants *g, const struct allot_market *m,
			   struct allot_store *s, struct so1_error *e)
{
	struct summing sum = {g, m, xcalloc(pairstore_blocks(s) + 1, sizeof(double))};
	enum so1_status status = pairstore_visit(s, sum_block, &sum, e);

	g->value = 0;
	for (size_t i = 0; i < pairstore_blocks(s); i++)
		g->value += sum.parts[i];
	free(sum.parts);
	return status;
}
