#include "export/allot_claims.h"

#include "base/memory.h"

#include <stdlib.h>

/* What is left at prices above zero is for customers who nearly wanted it. A customer that
 * takes one more pair, instead of the worst it has when it has no free place, loses profit
 * (`key`), but what it takes would lie about unused, worth its price. Of each offer those
 * are gathered who lose the smallest share of the price, about as many as there is left. */

enum { ROUNDS = 4 };

struct filling {
	struct allot_grants *g;
	const struct allot_market *m;
	const struct allot_prices *p;
	bool last;               /* only what raises the value at once */
	int64_t **count, **money; /* by thread: offers × BAR_CLASSES */
	unsigned *most;          /* classes of `key / price` below this are gathered */
	struct claims *claims;
	uint64_t settled;
};

/* The customer's free places, and the profit and place of the worst it has. */
static size_t free_places(const struct filling *f, const struct claimant *who, size_t *worst,
			  double *worst_profit)
{
	size_t has = 0;

	*worst = SIZE_MAX;
	*worst_profit = 0;
	for (size_t i = 0; i < who->n; i++) {
		if (!grants_has(f->g, who->first + i))
			continue;
		double profit = who->x[i] * f->p->slope[who->offers[i]] -
				f->p->fixed[who->offers[i]];
		if (*worst == SIZE_MAX || profit <= *worst_profit) {
			*worst = i;
			*worst_profit = profit;
		}
		has++;
	}
	return f->m->top - has;
}

/* The share of the price that is lost; 1 or more: nothing to gain. */
static double share_lost(const struct filling *f, const struct claimant *who, size_t i,
			 double instead_of)
{
	size_t offer = who->offers[i];
	double price = prices_of_pair(f->p, f->m, offer, who->x[i]);
	double profit = who->x[i] * f->p->slope[offer] - f->p->fixed[offer];
	double lost = instead_of - profit;

	if (lost < 0)
		return 0;
	return price > 0 && lost < price ? lost / price : 1;
}

static bool may_have(const struct filling *f, const struct claimant *who, size_t i)
{
	size_t offer = who->offers[i];

	return market_limits(f->m, offer) && !grants_has(f->g, who->first + i) &&
	       grants_fit(f->g, offer, market_cost(f->m, offer, who->x[i]));
}

/* Counts, or gathers, the pairs of a customer that would be worth it. */
static void look_at(struct filling *f, const struct claimant *who, int thread, bool gather)
{
	size_t worst;
	double worst_profit;
	size_t places = free_places(f, who, &worst, &worst_profit);
	double instead_of = places ? 0 : worst_profit;

	for (size_t i = 0; i < who->n; i++) {
		if (!may_have(f, who, i))
			continue;
		double share = share_lost(f, who, i, instead_of);
		if (share >= 1)
			continue;
		size_t offer = who->offers[i];
		unsigned class = bar_class(share, 1);
		if (gather) {
			if (class < f->most[offer])
				claims_add(f->claims, thread, who, (uint32_t)i, share);
			continue;
		}
		size_t at = offer * BAR_CLASSES + class;
		f->count[thread][at]++;
		f->money[thread][at] = add_capped(f->money[thread][at],
						  market_cost(f->m, offer, who->x[i]));
	}
}

static void each_customer(struct filling *f, const struct allot_block *b, int thread, bool gather)
{
	struct claimant who = {(uint64_t)b->index * STORE_BLOCK, b->x, b->offers, 0};

	for (uint32_t c = 0; c < b->customers; c++) {
		who.n = b->counts[c];
		look_at(f, &who, thread, gather);
		who.first += who.n;
		who.x += who.n;
		who.offers += who.n;
	}
}

static void count_block(void *context, const struct allot_block *b, int thread)
{
	each_customer(context, b, thread, false);
}

static void gather_block(void *context, const struct allot_block *b, int thread)
{
	each_customer(context, b, thread, true);
}

/* Lets through a little more than is left, as not every claim is settled. */
static void set_most(struct filling *f)
{
	size_t cells = f->m->offers * BAR_CLASSES;

	for (int t = 1; t < f->m->threads; t++)
		for (size_t i = 0; i < cells; i++) {
			f->count[0][i] = add_capped(f->count[0][i], f->count[t][i]);
			f->money[0][i] = add_capped(f->money[0][i], f->money[t][i]);
		}
	for (size_t i = 0; i < f->m->offers; i++) {
		int64_t stock = f->g->stock[i], money = f->g->budget[i], units = 0, spent = 0;
		if (f->m->unit[i] > 0 && f->g->total < money)
			money = f->g->total;
		unsigned class = 0;
		while (class < BAR_CLASSES && units < stock && spent < money) {
			units = add_capped(units, f->count[0][i * BAR_CLASSES + class]);
			spent = add_capped(spent, f->money[0][i * BAR_CLASSES + class]);
			class++;
		}
		f->most[i] = class;
	}
}

static void settle_claim(void *context, const struct claimant *who, uint32_t pair)
{
	struct filling *f = context;
	size_t worst;
	double worst_profit;

	if (!may_have(f, who, pair))
		return;
	size_t places = free_places(f, who, &worst, &worst_profit);
	if (share_lost(f, who, pair, places ? 0 : worst_profit) >= 1)
		return;
	double weight = who->x[pair] * f->m->value[who->offers[pair]];
	if (places == 0) {
		size_t old = who->offers[worst];
		if (f->last && weight <= who->x[worst] * f->m->value[old])
			return;
		grants_return(f->g, f->m, who->first + worst, old, who->x[worst]);
	}
	grants_take(f->g, f->m, who->first + pair, who->offers[pair], who->x[pair]);
	f->settled++;
}

/* Free places take whatever fits, the highest weight first. */
static void sweep_block(void *context, const struct allot_block *b, int thread)
{
	struct filling *f = context;
	uint64_t pair = (uint64_t)b->index * STORE_BLOCK;
	const double *x = b->x;
	const uint16_t *offers = b->offers;

	(void)thread;
	for (uint32_t c = 0; c < b->customers; c++) {
		size_t n = b->counts[c], has = 0;
		for (size_t i = 0; i < n; i++)
			has += grants_has(f->g, pair + i);
		for (size_t i = 0; i < n && has < f->m->top; i++) {
			if (grants_has(f->g, pair + i) ||
			    !grants_fit(f->g, offers[i], market_cost(f->m, offers[i], x[i])))
				continue;
			grants_take(f->g, f->m, pair + i, offers[i], x[i]);
			has++;
		}
		pair += n;
		x += n;
		offers += n;
	}
}

static enum so1_status fill_once(struct filling *f, struct allot_store *s, struct so1_error *e)
{
	size_t cells = f->m->offers * BAR_CLASSES * sizeof(int64_t);

	for (int t = 0; t < f->m->threads; t++) {
		memset(f->count[t], 0, cells);
		memset(f->money[t], 0, cells);
	}
	f->settled = 0;
	if (pairstore_visit(s, count_block, f, e) != SO1_OK)
		return e->status;
	set_most(f);
	f->claims = claims_new(f->m->threads, pairstore_pairs(s) / 64 + 65536);
	enum so1_status status = pairstore_visit(s, gather_block, f, e);
	/* Too many are too much alike to choose from: the sweep serves them. */
	if (status == SO1_OK && !claims_overflow(f->claims))
		claims_settle(f->claims, settle_claim, f);
	claims_free(f->claims);
	return status;
}

/* Whether anything at all that has a price is left. */
static bool is_worth_it(const struct filling *f)
{
	bool money = f->p->total > 0 && f->g->total > 0;

	for (size_t i = 0; i < f->m->offers; i++)
		if (market_limits(f->m, i) && f->g->stock[i] > 0 && f->g->budget[i] > 0 &&
		    (f->p->stock[i] > 0 || f->p->budget[i] > 0 || (money && f->m->unit[i] > 0)))
			return true;
	return false;
}

enum so1_status grants_fill(struct allot_grants *g, const struct allot_market *m,
			    const struct allot_prices *p, struct allot_store *s,
			    struct so1_error *e)
{
	size_t threads = (size_t)m->threads, cells = m->offers * BAR_CLASSES;
	struct filling f = {
		.g = g, .m = m, .p = p,
		.count = xcalloc(threads, sizeof *f.count),
		.money = xcalloc(threads, sizeof *f.money),
		.most = xcalloc(m->offers, sizeof *f.most),
	};
	enum so1_status status = SO1_OK;

	for (size_t t = 0; t < threads; t++) {
		f.count[t] = xcalloc(cells, sizeof **f.count);
		f.money[t] = xcalloc(cells, sizeof **f.money);
	}
	for (int i = 0; i < ROUNDS && status == SO1_OK && is_worth_it(&f); i++) {
		f.last = i == ROUNDS - 1;
		status = fill_once(&f, s, e);
		if (f.settled == 0)
			break;
	}
	if (status == SO1_OK)
		status = pairstore_walk(s, sweep_block, &f, e);
	for (size_t t = 0; t < threads; t++) {
		free(f.count[t]);
		free(f.money[t]);
	}
	free(f.count);
	free(f.money);
	free(f.most);
	return status;
}
