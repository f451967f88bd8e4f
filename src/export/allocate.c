#include "export/allocate.h"

#include "base/chance.h"
#include "base/memory.h"
#include "base/number.h"
#include "export/allot.h"

#include <math.h>
#include <stdlib.h>

/* All customers, and samples of them; of these, one customer in so many. */
enum { LEVELS = 3 };
static const uint64_t level_of_one_in[LEVELS] = {64, 8, 1};
/* A smaller sample says too little to be worth the time. */
enum { LEAST_SAMPLE = 2000 };

/* Passes over the pairs to go on improving with, in pairs: a fraction of a second. */
static const uint64_t EFFORT = UINT64_C(1) << 26;
enum { MOST_STEPS = 60, MOST_PASSES = 4000, FEW_PAIRS = 200000 };
/* No more is sought below. */
static const double GOOD_GAP = 1e-4;

struct allocator {
	const struct catalogue *catalogue;
	size_t top;
	struct allot_market market;
	struct allot_store *levels[LEVELS];
	struct allot_prices prices;
	struct allot_grants grants;
	double bound;
	double base;      /* Σ weight of customers whom no limit concerns */
	uint64_t number;  /* customers with limited candidates so far */
	double *x;        /* room for one customer */
	uint16_t *offers;
	size_t block;     /* where choose is */
	uint32_t at;
};

void allocator_open(struct allocator **out, const struct catalogue *c, size_t top,
		    const struct allocator_options *options)
{
	struct allocator *a = xcalloc(1, sizeof *a);

	*out = a;
	a->catalogue = c;
	a->top = top;
	market_init(&a->market, c, top, options->threads);
	/* A seventh of what there is goes to the samples, which have a seventh of the pairs. */
	uint64_t share = options->memory / 64;
	a->levels[0] = pairstore_new(share, options->tmpdir, a->market.threads);
	a->levels[1] = pairstore_new(8 * share, options->tmpdir, a->market.threads);
	a->levels[2] = pairstore_new(options->memory - 9 * share, options->tmpdir, a->market.threads);
	a->x = xcalloc(c->count, sizeof *a->x);
	a->offers = xcalloc(c->count, sizeof *a->offers);
}

/* Candidates that are worth something: the first so many. */
static size_t count_worthy(const struct candidate *c, size_t n)
{
	while (n > 0 && !(c[n - 1].weight > 0))
		n--;
	return n;
}

static bool has_limited(const struct candidate *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].limited)
			return true;
	return false;
}

enum so1_status allocator_add(struct allocator *a, const struct candidate *c, size_t n,
			      struct so1_error *e)
{
	n = count_worthy(c, n);
	if (!has_limited(c, n)) {
		for (size_t i = 0; i < n && i < a->top; i++)
			a->base += c[i].weight;
		return SO1_OK;
	}
	for (size_t i = 0; i < n; i++) {
		a->x[i] = a->market.expected ? c[i].score : c[i].weight;
		a->offers[i] = c[i].offer;
	}
	uint64_t chance = chance_mix(a->number++);
	for (size_t i = 0; i < LEVELS; i++)
		if (chance % level_of_one_in[i] == 0 &&
		    pairstore_add(a->levels[i], a->x, a->offers, n, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

static bool has_kinks(const struct allot_market *m)
{
	return m->expected && m->total != ALLOT_NO_LIMIT;
}

static enum so1_status find_prices(struct allocator *a, struct allot_descent *state,
				   struct so1_error *e)
{
	struct allot_store *all = a->levels[LEVELS - 1];

	for (size_t i = 0; i < LEVELS; i++) {
		struct allot_store *s = a->levels[i];
		double share = (double)pairstore_customers(s) / (double)pairstore_customers(all);
		if (s != all && pairstore_customers(s) < LEAST_SAMPLE)
			continue;
		state->tolerance = s == all ? 2e-6 : 1e-5;
		enum so1_status status =
			has_kinks(&a->market)
				? prices_search(&a->prices, &a->market, s, share, MOST_STEPS, state, e)
				: prices_descend(&a->prices, &a->market, s, share, MOST_STEPS, state, e);
		if (status != SO1_OK)
			return status;
	}
	a->bound = state->bound;
	return SO1_OK;
}

static unsigned passes_left(const struct allocator *a)
{
	uint64_t passes = EFFORT / (pairstore_pairs(a->levels[LEVELS - 1]) + 1);

	return passes < 3 ? 3 : passes > MOST_PASSES ? MOST_PASSES : (unsigned)passes;
}

static double gap(const struct allocator *a, double value)
{
	return a->bound > 0 ? (a->bound - value) / a->bound : 0;
}

static bool has_money(const struct allot_market *m)
{
	for (size_t i = 0; i < m->offers; i++)
		if (m->unit[i] > 0)
			return true;
	return false;
}

/* What money is left may do for exchanges that take no account of its price. */
static enum so1_status spend_rest(struct allocator *a, struct allot_grants *g,
				  struct so1_error *e)
{
	struct allot_store *s = a->levels[LEVELS - 1];
	struct allot_prices free_money;
	double bound = a->bound;

	prices_init(&free_money, &a->market);
	enum so1_status status = grants_exchange(g, &a->market, &free_money, s, passes_left(a),
						 &bound, e);
	prices_free(&free_money);
	return status;
}

/* An allocation at these prices; kept when its value is above the one there is, or at least
 * `enough`. */
static enum so1_status find_grants(struct allocator *a, struct allot_prices *p, double scale,
				   double enough, struct so1_error *e)
{
	struct allot_store *s = a->levels[LEVELS - 1];
	const struct allot_market *m = &a->market;
	struct allot_grants g;

	grants_init(&g, m, pairstore_blocks(s));
	enum so1_status status = grants_repair(&g, m, p, s, scale, e);
	if (status == SO1_OK)
		status = grants_fill(&g, m, p, s, e);
	if (status == SO1_OK)
		status = grants_exchange(&g, m, p, s, passes_left(a), &a->bound, e);
	/* Exchanges may have freed money. */
	if (status == SO1_OK && has_money(m))
		status = grants_fill(&g, m, p, s, e);
	if (status == SO1_OK)
		status = grants_sum(&g, m, s, e);
	if (status == SO1_OK && has_money(m) && gap(a, g.value) > GOOD_GAP) {
		status = spend_rest(a, &g, e);
		if (status == SO1_OK)
			status = grants_sum(&g, m, s, e);
	}
	if (status == SO1_OK &&
	    (a->grants.taken == NULL || g.value > a->grants.value || g.value >= enough)) {
		grants_free(&a->grants);
		a->grants = g;
	} else {
		grants_free(&g);
	}
	return status;
}

/* Among few customers what fits a budget best is a matter of chance: other prices of money
 * make other allocations. */
static enum so1_status try_prices(struct allocator *a, double scale, struct so1_error *e)
{
	static const double factors[] = {1.02, .98, 1.05, .95, 1.1, .9, 1.2, .8, 1.4, .6, .3, 0};
	const struct allot_market *m = &a->market;
	struct allot_prices p;
	enum so1_status status = SO1_OK;

	prices_init(&p, m);
	for (size_t i = 0; i < sizeof factors / sizeof *factors && status == SO1_OK &&
			   gap(a, a->grants.value) > GOOD_GAP; i++) {
		prices_copy(&p, &a->prices, m);
		p.total *= factors[i];
		for (size_t k = 0; k < m->offers; k++)
			p.budget[k] *= factors[i];
		prices_settle(&p, m);
		status = find_grants(a, &p, scale, INFINITY, e);
	}
	prices_free(&p);
	return status;
}

/* Where whole ranges of prices are as good, as among few customers, one more unit of money
 * is worth the lowest of them. The grants must be the best there are. */
static enum so1_status lower_total_price(struct allocator *a, struct so1_error *e)
{
	struct allot_store *all = a->levels[LEVELS - 1];
	const struct allot_market *m = &a->market;
	double low = 0, high = a->prices.total;
	enum so1_status status = SO1_OK;
	struct allot_prices p;

	prices_init(&p, m);
	for (int i = 0; i < 40 && status == SO1_OK && high - low > 1e-9 * a->prices.total; i++) {
		double bound, middle = i ? (low + high) / 2 : 0;
		prices_copy(&p, &a->prices, m);
		p.total = middle;
		prices_settle(&p, m);
		status = grants_weigh(&a->grants, m, &p, all, &bound, e);
		if (status == SO1_OK && bound <= a->bound * (1 + 1e-11)) {
			high = middle;
			prices_copy(&a->prices, &p, m);
		} else {
			low = middle;
		}
	}
	prices_free(&p);
	return status;
}

enum so1_status allocator_solve(struct allocator *a, struct so1_error *e)
{
	struct allot_store *all = a->levels[LEVELS - 1];
	struct allot_descent state = {0};
	enum so1_status status = SO1_OK;

	for (size_t i = 0; i < LEVELS && status == SO1_OK; i++)
		status = pairstore_finish(a->levels[i], e);
	prices_init(&a->prices, &a->market);
	if (status == SO1_OK && pairstore_pairs(all) == 0)
		grants_init(&a->grants, &a->market, 0);
	if (status != SO1_OK || pairstore_pairs(all) == 0)
		return status;
	status = find_prices(a, &state, e);
	for (size_t i = 0; i < LEVELS - 1; i++) {
		pairstore_free(a->levels[i]);
		a->levels[i] = NULL;
	}
	if (status == SO1_OK)
		status = find_grants(a, &a->prices, state.scale, INFINITY, e);
	if (status == SO1_OK && gap(a, a->grants.value) > GOOD_GAP) {
		status = prices_polish(&a->prices, &a->market, all, passes_left(a), &a->bound, e);
		if (status == SO1_OK)
			status = find_grants(a, &a->prices, state.scale, INFINITY, e);
	}
	if (status == SO1_OK && has_money(&a->market) && pairstore_pairs(all) < FEW_PAIRS)
		status = try_prices(a, state.scale, e);
	/* Exchanges found the exact prices: at these ties are ties, and the repair breaks them
	 * in the order of customers and offers. */
	if (status == SO1_OK && pairstore_pairs(all) < FEW_PAIRS && gap(a, a->grants.value) < 1e-9)
		status = find_grants(a, &a->prices, state.scale,
				     a->grants.value * (1 - 1e-12), e);
	if (status == SO1_OK && pairstore_pairs(all) < FEW_PAIRS && a->prices.total > 0 &&
	    gap(a, a->grants.value) < 1e-9)
		status = lower_total_price(a, e);
	return status;
}

/* What stopped the offer's last customer. */
static enum outcome reason(const struct allocator *a, size_t offer)
{
	return a->grants.stock[offer] == 0 && !a->market.by_budget[offer] ? OUTCOME_OUT_OF_STOCK
									 : OUTCOME_OUT_OF_BUDGET;
}

/* What the customer was granted among its n worthy candidates. */
static size_t read_grants(struct allocator *a, const struct candidate *c, size_t n,
			  struct candidate *grants)
{
	struct allot_store *s = a->levels[LEVELS - 1];
	size_t granted = 0;

	if (!has_limited(c, n)) {
		for (; granted < n && granted < a->top; granted++)
			grants[granted] = c[granted];
		return granted;
	}
	if (a->at == pairstore_block_pairs(s, a->block)) {
		a->block++;
		a->at = 0;
	}
	uint64_t first = (uint64_t)a->block * STORE_BLOCK + a->at;
	a->at += (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		if (grants_has(&a->grants, first + i))
			grants[granted++] = c[i];
	return granted;
}

/* What is worth nothing goes to free places, as long as it is there; never for money. */
static size_t add_worthless(struct allocator *a, const struct candidate *c, size_t n,
			    struct candidate *grants, size_t granted)
{
	for (size_t i = 0; i < n && granted < a->top; i++) {
		const struct offer *o = &a->catalogue->items[c[i].offer];
		int64_t *stock = &a->grants.stock[c[i].offer];
		bool costs = (o->has_budget || o->in_total) && offer_cost(o, c[i].score) > 0;
		if (c[i].limited && (costs || *stock == 0))
			continue;
		*stock -= *stock != ALLOT_NO_LIMIT;
		grants[granted++] = c[i];
	}
	return granted;
}

size_t allocator_choose(struct allocator *a, const struct candidate *c, size_t n,
			struct candidate *grants, enum outcome *why)
{
	size_t worthy = count_worthy(c, n);
	size_t granted = read_grants(a, c, worthy, grants);

	granted = add_worthless(a, c + worthy, n - worthy, grants, granted);
	*why = OUTCOME_OUT;
	for (size_t i = 0; i < n && granted == 0 && *why == OUTCOME_OUT; i++)
		if (c[i].limited)
			*why = reason(a, c[i].offer);
	return granted;
}

double allocator_value(const struct allocator *a)
{
	return a->base + a->grants.value;
}

double allocator_bound(const struct allocator *a)
{
	/* Where both are the same number, rounding may have it otherwise. */
	return a->base + fmax(a->bound, a->grants.value);
}

double allocator_stock_price(const struct allocator *a, size_t offer)
{
	return a->market.by_budget[offer] ? 0 : a->prices.stock[offer];
}

double allocator_budget_price(const struct allocator *a, size_t offer)
{
	const struct offer *o = &a->catalogue->items[offer];

	if (!a->market.by_budget[offer])
		return a->prices.budget[offer];
	return a->prices.stock[offer] * (double)DECIMAL_ONE / (double)o->cost;
}

double allocator_total_price(const struct allocator *a)
{
	return a->prices.total;
}

uint64_t allocator_pairs(const struct allocator *a)
{
	return pairstore_pairs(a->levels[LEVELS - 1]);
}

size_t allocator_spilled(const struct allocator *a)
{
	return pairstore_spilled(a->levels[LEVELS - 1]);
}

void allocator_free(struct allocator *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < LEVELS; i++)
		pairstore_free(a->levels[i]);
	grants_free(&a->grants);
	prices_free(&a->prices);
	market_free(&a->market);
	free(a->x);
	free(a->offers);
	free(a);
}
