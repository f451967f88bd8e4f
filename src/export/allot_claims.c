#include "export/allot_claims.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

struct stored_claimant {
	uint64_t first;
	size_t at, n; /* in the thread's pairs */
};

struct claim {
	double rank;
	uint64_t number; /* of the pair */
	uint32_t who;
	int thread;
};

/* What one thread gathered. */
struct gathered {
	struct stored_claimant *people;
	double *x;
	uint16_t *offers;
	struct claim *claims;
	size_t people_count, people_cap, pairs, x_cap, offer_cap, claim_count, claim_cap;
};

struct claims {
	int threads;
	struct gathered *parts;
	uint64_t most;
	atomic_uint_fast64_t count;
};

struct claims *claims_new(int threads, uint64_t most)
{
	struct claims *c = xcalloc(1, sizeof *c);

	c->threads = threads;
	c->most = most;
	c->parts = xcalloc((size_t)threads, sizeof *c->parts);
	return c;
}

void claims_add(struct claims *c, int thread, const struct claimant *who, uint32_t pair,
		double rank)
{
	struct gathered *g = &c->parts[thread];

	if (atomic_fetch_add(&c->count, 1) >= c->most)
		return;
	if (g->people_count == 0 || g->people[g->people_count - 1].first != who->first) {
		GROW(g->people, g->people_cap, g->people_count + 1);
		GROW(g->x, g->x_cap, g->pairs + who->n);
		GROW(g->offers, g->offer_cap, g->pairs + who->n);
		g->people[g->people_count++] =
			(struct stored_claimant){who->first, g->pairs, who->n};
		memcpy(g->x + g->pairs, who->x, who->n * sizeof *g->x);
		memcpy(g->offers + g->pairs, who->offers, who->n * sizeof *g->offers);
		g->pairs += who->n;
	}
	GROW(g->claims, g->claim_cap, g->claim_count + 1);
	g->claims[g->claim_count++] =
		(struct claim){rank, who->first + pair, (uint32_t)(g->people_count - 1), thread};
}

bool claims_overflow(const struct claims *c)
{
	return atomic_load(&c->count) > c->most;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void claims_settle(struct claims *c,
		   void (*settle)(void *context, const struct claimant *who, uint32_t pair),
		   void *context)
{
	size_t n = 0;

	for (int t = 0; t < c->threads; t++)
		n += c->parts[t].claim_count;
	if (n == 0)
		return;
	struct claim *all = xrealloc_array(NULL, n, sizeof *all);
	n = 0;
	for (int t = 0; t < c->threads; t++) {
		const struct gathered *g = &c->parts[t];
		if (g->claim_count)
			memcpy(all + n, g->claims, g->claim_count * sizeof *all);
		n += g->claim_count;
	}
	qsort(all, n, sizeof *all, compare_claims);
	for (size_t i = 0; i < n; i++) {
		const struct gathered *g = &c->parts[all[i].thread];
		const struct stored_claimant *p = &g->people[all[i].who];
		struct claimant who = {p->first, g->x + p->at, g->offers + p->at, p->n};
		settle(context, &who, (uint32_t)(all[i].number - p->first));
	}
	free(all);
}

void claims_free(struct claims *c)
{
	for (int t = 0; t < c->threads; t++) {
		free(c->parts[t].people);
		free(c->parts[t].x);
		free(c->parts[t].offers);
		free(c->parts[t].claims);
	}
	free(c->parts);
	free(c);
}

/* A positive double's bits grow as it does: exponent and three bits behind it. */
static int64_t eighths(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return (int64_t)(bits >> 49);
}

unsigned bar_class(double value, double high)
{
	if (!(value > 0))
		return 0;
	int64_t below = eighths(high) - eighths(value);
	return below <= 0 ? BAR_CLASSES - 1
	       : below >= BAR_CLASSES - 1 ? 0 : (unsigned)(BAR_CLASSES - 1 - below);
}
