#include "export/allot_claims.h"

#include "base/memory.h"

#include <stdlib.h>

/* Where demand passes a limit somebody must go without. A customer's regret is what it
 * loses with its next best choice; those of high regret are served at once, by all threads,
 * as far as the limits allow; the rest one by one, the highest regret first, each taking
 * the best that is left. */

/* What picks use, by class of regret. */
struct bars {
	int64_t *count, *money; /* offers × BAR_CLASSES; money with budgets by offer only */
	int64_t *total;         /* by class of regret a unit of money */
};

struct repairing {
	struct allot_grants *g;
	const struct allot_market *m;
	const struct allot_prices *p;
	double high, high_rate;
	struct allot_pick **picks;   /* by thread */
	struct bars *bars;           /* by thread */
	unsigned *least, total_least; /* classes from which on picks are safe */
	int64_t **used;              /* by thread: units of each offer, money of each, in all */
	struct claims *claims;
};

static void bars_init(struct bars *b, const struct allot_market *m)
{
	b->count = xcalloc(m->offers * BAR_CLASSES, sizeof *b->count);
	b->money = m->expected ? xcalloc(m->offers * BAR_CLASSES, sizeof *b->money) : NULL;
	b->total = xcalloc(BAR_CLASSES, sizeof *b->total);
}

static void bars_add(struct bars *to, const struct bars *from, const struct allot_market *m)
{
	for (size_t i = 0; i < m->offers * BAR_CLASSES; i++) {
		to->count[i] = add_capped(to->count[i], from->count[i]);
		if (to->money)
			to->money[i] = add_capped(to->money[i], from->money[i]);
	}
	for (size_t i = 0; i < BAR_CLASSES; i++)
		to->total[i] = add_capped(to->total[i], from->total[i]);
}

static void bars_free(struct bars *b)
{
	free(b->count);
	free(b->money);
	free(b->total);
}

/* The lowest class from which on the sums keep within the limit. */
static unsigned least_class(const int64_t *classes, int64_t limit)
{
	int64_t sum = 0;

	if (limit == ALLOT_NO_LIMIT)
		return 0;
	for (unsigned i = BAR_CLASSES; i-- > 0;) {
		sum = add_capped(sum, classes[i]);
		if (sum > limit)
			return i + 1;
	}
	return 0;
}

/* The customer's picks and what each would lose without its own. */
static size_t pick_with_regret(const struct repairing *r, const struct claimant *who,
			       struct allot_pick *picks, double *next)
{
	size_t top = r->m->top;
	size_t n = pick_best(r->p, who->x, who->offers, who->n, top + 1, 0, picks);
	size_t taken = picks_taken(picks, n, top);

	*next = n > taken ? picks[taken].profit : 0;
	return taken;
}

static double regret_rate(const struct allot_market *m, double regret, int64_t cost)
{
	return m->total != ALLOT_NO_LIMIT && cost > 0 ? regret / (double)cost : 0;
}

static void count_customer(struct repairing *r, const struct claimant *who, int thread)
{
	struct allot_pick *picks = r->picks[thread];
	struct bars *b = &r->bars[thread];
	double next;
	size_t taken = pick_with_regret(r, who, picks, &next);

	for (size_t i = 0; i < taken; i++) {
		size_t offer = who->offers[picks[i].at];
		if (!market_limits(r->m, offer))
			continue;
		double regret = picks[i].profit - next;
		int64_t cost = market_cost(r->m, offer, who->x[picks[i].at]);
		size_t at = offer * BAR_CLASSES + bar_class(regret, r->high);
		b->count[at]++;
		if (b->money)
			b->money[at] = add_capped(b->money[at], cost);
		int64_t *total = &b->total[bar_class(regret_rate(r->m, regret, cost), r->high_rate)];
		*total = add_capped(*total, cost);
	}
}

static bool is_safe(const struct repairing *r, size_t offer, double regret, int64_t cost)
{
	if (bar_class(regret, r->high) < r->least[offer])
		return false;
	return cost == 0 || bar_class(regret_rate(r->m, regret, cost), r->high_rate) >= r->total_least;
}

/* Safe picks are granted; of the others the customer claims. */
static void grant_customer(struct repairing *r, const struct claimant *who, int thread)
{
	struct allot_pick *picks = r->picks[thread];
	int64_t *used = r->used[thread];
	double next;
	size_t taken = pick_with_regret(r, who, picks, &next), offers = r->m->offers;

	for (size_t i = 0; i < taken; i++) {
		size_t offer = who->offers[picks[i].at];
		double regret = picks[i].profit - next;
		int64_t cost = market_cost(r->m, offer, who->x[picks[i].at]);
		if (market_limits(r->m, offer) && !is_safe(r, offer, regret, cost)) {
			claims_add(r->claims, thread, who, picks[i].at, -regret);
			continue;
		}
		uint64_t pair = who->first + picks[i].at;
		/* A block's words are its own. */
		r->g->taken[pair / 64] |= (uint64_t)1 << (pair % 64);
		used[offer]++;
		used[offers + offer] = add_capped(used[offers + offer], cost);
		used[2 * offers] = add_capped(used[2 * offers], cost);
	}
}

static void each_customer(struct repairing *r, const struct allot_block *b, int thread,
			  void (*visit)(struct repairing *, const struct claimant *, int))
{
	struct claimant who = {(uint64_t)b->index * STORE_BLOCK, b->x, b->offers, 0};

	for (uint32_t c = 0; c < b->customers; c++) {
		who.n = b->counts[c];
		visit(r, &who, thread);
		who.first += who.n;
		who.x += who.n;
		who.offers += who.n;
	}
}

static void count_block(void *context, const struct allot_block *b, int thread)
{
	each_customer(context, b, thread, count_customer);
}

static void grant_block(void *context, const struct allot_block *b, int thread)
{
	each_customer(context, b, thread, grant_customer);
}

/* A place the customer has no safe pick for: the pair itself, else the best that fits. */
static void settle_place(void *context, const struct claimant *who, uint32_t pair)
{
	struct repairing *r = context;
	size_t offer = who->offers[pair], best = SIZE_MAX;
	double most = 0;

	if (!grants_has(r->g, who->first + pair) &&
	    grants_fit(r->g, offer, market_cost(r->m, offer, who->x[pair]))) {
		grants_take(r->g, r->m, who->first + pair, offer, who->x[pair]);
		return;
	}
	for (size_t i = 0; i < who->n; i++) {
		double profit = who->x[i] * r->p->slope[who->offers[i]] -
				r->p->fixed[who->offers[i]];
		if (profit < most || (profit == most && best != SIZE_MAX) ||
		    grants_has(r->g, who->first + i) ||
		    !grants_fit(r->g, who->offers[i], market_cost(r->m, who->offers[i], who->x[i])))
			continue;
		most = profit;
		best = i;
	}
	if (best != SIZE_MAX)
		grants_take(r->g, r->m, who->first + best, who->offers[best], who->x[best]);
}

/* Too many claims to gather, as when all customers are alike: in the customers' order. */
static void settle_customer(struct repairing *r, const struct claimant *who, int thread)
{
	struct allot_pick *picks = r->picks[thread];
	double next;
	size_t taken = pick_with_regret(r, who, picks, &next);

	for (size_t i = 0; i < taken; i++)
		if (!grants_has(r->g, who->first + picks[i].at))
			settle_place(r, who, picks[i].at);
}

static void settle_block(void *context, const struct allot_block *b, int thread)
{
	each_customer(context, b, thread, settle_customer);
}

static void set_least(struct repairing *r)
{
	const struct bars *b = &r->bars[0];

	for (int t = 1; t < r->m->threads; t++)
		bars_add(&r->bars[0], &r->bars[t], r->m);
	for (size_t i = 0; i < r->m->offers; i++) {
		unsigned money = b->money ? least_class(b->money + i * BAR_CLASSES, r->m->budget[i]) : 0;
		r->least[i] = least_class(b->count + i * BAR_CLASSES, r->m->stock[i]);
		if (money > r->least[i])
			r->least[i] = money;
	}
	r->total_least = least_class(b->total, r->m->total);
}

static void subtract_used(struct repairing *r)
{
	size_t offers = r->m->offers;

	for (int t = 0; t < r->m->threads; t++) {
		for (size_t i = 0; i < offers; i++) {
			r->g->stock[i] -= r->m->stock[i] != ALLOT_NO_LIMIT ? r->used[t][i] : 0;
			r->g->budget[i] -= r->m->budget[i] != ALLOT_NO_LIMIT
						   ? r->used[t][offers + i] : 0;
		}
		r->g->total -= r->m->total != ALLOT_NO_LIMIT ? r->used[t][2 * offers] : 0;
	}
}

/* A regret per unit of money that is high: of a cheap offer. */
static double high_rate(const struct allot_market *m, double scale)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < m->offers; i++)
		if (m->unit[i] > 0 && m->unit[i] < least)
			least = m->unit[i];
	return 32 * scale / (double)least * (m->expected ? 16 : 1);
}

static void repair_free(struct repairing *r)
{
	for (int t = 0; t < r->m->threads; t++) {
		free(r->picks[t]);
		free(r->used[t]);
		bars_free(&r->bars[t]);
	}
	free(r->picks);
	free(r->used);
	free(r->bars);
	free(r->least);
	claims_free(r->claims);
}

enum so1_status grants_repair(struct allot_grants *g, const struct allot_market *m,
			      const struct allot_prices *p, struct allot_store *s, double scale,
			      struct so1_error *e)
{
	size_t threads = (size_t)m->threads;
	struct repairing r = {
		.g = g, .m = m, .p = p, .high = 32 * scale, .high_rate = high_rate(m, scale),
		.picks = xcalloc(threads, sizeof *r.picks),
		.bars = xcalloc(threads, sizeof *r.bars),
		.used = xcalloc(threads, sizeof *r.used),
		.least = xcalloc(m->offers, sizeof *r.least),
		.claims = claims_new(m->threads, pairstore_pairs(s) / 64 + 65536),
	};

	for (size_t t = 0; t < threads; t++) {
		r.picks[t] = xcalloc(m->top + 1, sizeof **r.picks);
		r.used[t] = xcalloc(2 * m->offers + 1, sizeof **r.used);
		bars_init(&r.bars[t], m);
	}
	enum so1_status status = pairstore_visit(s, count_block, &r, e);
	if (status == SO1_OK) {
		set_least(&r);
		status = pairstore_visit(s, grant_block, &r, e);
	}
	if (status == SO1_OK) {
		subtract_used(&r);
		if (claims_overflow(r.claims))
			status = pairstore_walk(s, settle_block, &r, e);
		else
			claims_settle(r.claims, settle_place, &r);
	}
	repair_free(&r);
	return status;
}
