/* Allocation inside: what the files allot_*.c share with allocate.c; nobody else includes
 * it. A *pair* is a customer and an offer the customer may get; a customer *picks* at most
 * `top` of its pairs, those with the highest profit, and only where profit is not negative:
 *
 *	profit = weight − price of what the pair uses
 *
 * A pair uses one unit of its offer's stock and, in money, the offer's cost. With costs
 * paid when an offer is given, an offer's budget is as good as a stock of
 * floor(budget / cost) and is treated as one; with expected costs a pair uses
 * score × cost, rounded up to a millionth, and stock and budget are two limits. The one
 * budget over all offers is a limit of its own. */
#ifndef SO1_EXPORT_ALLOT_H
#define SO1_EXPORT_ALLOT_H

#include "export/catalogue.h"
#include "export/parcel.h"

/* --- limits and prices ----------------------------------------------------------------- */

#define ALLOT_NO_LIMIT INT64_MAX

/* What is there to give. Arrays by offer, owned. */
struct allot_market {
	size_t offers, top;
	bool expected;    /* costs are paid when the offer is taken: score × cost */
	int threads;
	int64_t *stock;   /* units, or ALLOT_NO_LIMIT; given costs: of the budget, too */
	bool *by_budget;  /* given costs: the budget makes `stock`, not the catalogue's stock */
	int64_t *budget;  /* millionths; given costs: ALLOT_NO_LIMIT */
	int64_t total;    /* millionths over all offers, or ALLOT_NO_LIMIT */
	int64_t *unit;    /* cost in millionths, 0 when no limit of money asks for it */
	double *cost;     /* the same in units of money */
	double *value;    /* weight of a pair by its number in the store: expected costs value ×
	                     priority (the number is the score), else 1 (it is the weight) */
};

void market_init(struct allot_market *m, const struct catalogue *c, size_t top, int threads);
void market_free(struct allot_market *m);
/* Millionths a pair uses; `x` is its number in the store. */
int64_t market_cost(const struct allot_market *m, size_t offer, double x);
static inline bool market_limits(const struct allot_market *m, size_t offer)
{
	return m->stock[offer] != ALLOT_NO_LIMIT || m->budget[offer] != ALLOT_NO_LIMIT ||
	       m->unit[offer] > 0;
}

/* A price for each limit, >= 0, in weight per unit (of stock, of money); and from them, by
 * offer, profit = x × slope − fixed. */
struct allot_prices {
	double *stock, *budget, total;
	double *slope, *fixed;
};

void prices_init(struct allot_prices *p, const struct allot_market *m);
void prices_copy(struct allot_prices *to, const struct allot_prices *from,
		 const struct allot_market *m);
/* Sets slope and fixed; after any change of a price. */
void prices_settle(struct allot_prices *p, const struct allot_market *m);
/* Expected costs: the highest price of an offer's budget that leaves it a profit, at the
 * price of the budget over all there is; all customers lose interest beyond it at once. */
double prices_highest_budget(const struct allot_prices *p, const struct allot_market *m,
			     size_t offer);
void prices_free(struct allot_prices *p);
/* What a pair's use costs at these prices. */
double prices_of_pair(const struct allot_prices *p, const struct allot_market *m, size_t offer,
		      double x);

/* --- the pairs ------------------------------------------------------------------------- */

/* Pairs in blocks, whole customers each; ten bytes a pair and two a customer. Blocks beyond
 * the memory allowed go to a file and are read again in every pass. */
enum { STORE_BLOCK = 1 << 16 };

struct allot_block {
	size_t index;           /* pair i of it is number index × STORE_BLOCK + i */
	uint32_t pairs, customers;
	const double *x;        /* weight, or score; a customer's highest weight first */
	const uint16_t *offers;
	const uint16_t *counts; /* pairs of each customer */
};

struct allot_store;

struct allot_store *pairstore_new(uint64_t memory, const char *tmpdir, int threads);
enum so1_status pairstore_add(struct allot_store *s, const double *x, const uint16_t *offers,
			  size_t n, struct so1_error *e);
/* Ends adding. */
enum so1_status pairstore_finish(struct allot_store *s, struct so1_error *e);
size_t pairstore_blocks(const struct allot_store *s);
uint32_t pairstore_block_pairs(const struct allot_store *s, size_t block);
uint64_t pairstore_pairs(const struct allot_store *s);
/* The largest x. */
double pairstore_largest(const struct allot_store *s);
uint64_t pairstore_customers(const struct allot_store *s);
/* Blocks in the file. */
size_t pairstore_spilled(const struct allot_store *s);
/* Calls visit for every block, on up to the store's threads at once, in no order. */
typedef void pairstore_visitor(void *context, const struct allot_block *b, int thread);
enum so1_status pairstore_visit(struct allot_store *s, pairstore_visitor *visit, void *context,
			    struct so1_error *e);
/* The same in order and on this thread alone. */
enum so1_status pairstore_walk(struct allot_store *s, pairstore_visitor *visit, void *context,
			   struct so1_error *e);
void pairstore_free(struct allot_store *s);

/* --- what customers want at given prices ------------------------------------------------ */

struct allot_pick {
	double profit;
	uint32_t at; /* in the customer's pairs */
};

/* The up to `want` pairs of highest profit >= floor, best first, earlier pairs before later
 * ones of the same profit. */
size_t pick_best(const struct allot_prices *p, const double *x, const uint16_t *offers, size_t n,
		 size_t want, double floor, struct allot_pick *out);
/* How many of the n best (of top + 1) a customer takes. */
static inline size_t picks_taken(const struct allot_pick *picks, size_t n, size_t top)
{
	size_t taken = 0;

	while (taken < n && taken < top && picks[taken].profit >= 0)
		taken++;
	return taken;
}

/* --- dual descent ----------------------------------------------------------------------- */

/* Where a descent stands; zero for the first. */
struct allot_descent {
	double bound;    /* the dual function at the prices: no allocation is worth more */
	double scale;    /* mean weight of a pick */
	unsigned passes; /* over the store */
	double tolerance; /* set by the caller: share of the bound worth another step */
	bool frozen;      /* set by the caller: the price of the budget over all stays … */
	double slack;     /* … and so much of that budget is left, below zero: too little */
};

/* Improves *p, from wherever it is, for the customers of the store, who are a share of all
 * (and so have that share of the market's limits). */
enum so1_status prices_descend(struct allot_prices *p, const struct allot_market *m,
			       struct allot_store *s, double share, unsigned most_passes,
			       struct allot_descent *state, struct so1_error *e);
/* With expected costs and a budget over all offers: an offer's profit vanishes for all
 * customers at once where the price of money reaches value / cost, so that the dual function
 * has kinks no curvature describes. It is convex in that one price: tangents close in on the
 * lowest point, with a descent in the other prices at each. */
enum so1_status prices_search(struct allot_prices *p, const struct allot_market *m,
			      struct allot_store *s, double share, unsigned most_passes,
			      struct allot_descent *state, struct so1_error *e);
/* The dual function at *p. */
enum so1_status prices_bound(const struct allot_prices *p, const struct allot_market *m,
			     struct allot_store *s, double *bound, struct so1_error *e);
/* For instances where descent with curvature stops at a kink: up to so many passes of a
 * method for kinks. Keeps the best prices and *bound. */
enum so1_status prices_polish(struct allot_prices *p, const struct allot_market *m,
			      struct allot_store *s, unsigned passes, double *bound,
			      struct so1_error *e);

/* --- grants ------------------------------------------------------------------------------ */

/* What is given, a bit a pair number, and what is left. */
struct allot_grants {
	uint64_t *taken;
	int64_t *stock, *budget, total; /* left */
	double value;
};

void grants_init(struct allot_grants *g, const struct allot_market *m, size_t blocks);
void grants_free(struct allot_grants *g);
static inline bool grants_has(const struct allot_grants *g, uint64_t pair)
{
	return g->taken[pair / 64] >> (pair % 64) & 1;
}
static inline bool grants_fit(const struct allot_grants *g, size_t offer, int64_t cost)
{
	return g->stock[offer] > 0 && g->budget[offer] >= cost && g->total >= cost;
}
/* What a pair of that cost uses is no longer left. */
void grants_use(struct allot_grants *g, const struct allot_market *m, size_t offer, int64_t cost);
/* Takes or gives back a pair: the bit and what it uses. */
void grants_take(struct allot_grants *g, const struct allot_market *m, uint64_t pair,
		 size_t offer, double x);
void grants_return(struct allot_grants *g, const struct allot_market *m, uint64_t pair,
		   size_t offer, double x);

/* Grants out of nothing: picks at the prices, cut back where they pass the limits, those
 * who lose least going without; `scale` is the mean weight of a pick. */
enum so1_status grants_repair(struct allot_grants *g, const struct allot_market *m,
			      const struct allot_prices *p, struct allot_store *s, double scale,
			      struct so1_error *e);
/* Gives what is left: free places and swaps, best use of what is left first; then whatever
 * still fits, in the order of the customers: afterwards no pair fits a free place. */
enum so1_status grants_fill(struct allot_grants *g, const struct allot_market *m,
			    const struct allot_prices *p, struct allot_store *s,
			    struct so1_error *e);
/* Exchanges among customers that raise the value: chains of moves from one offer to the
 * next, up to `passes` over the store. Sets *p's stock prices to what one more unit of each
 * would add (money at its price), when that makes no worse a bound. */
enum so1_status grants_exchange(struct allot_grants *g, const struct allot_market *m,
				struct allot_prices *p, struct allot_store *s, unsigned passes,
				double *bound, struct so1_error *e);
/* Sets *p's stock prices to what one more unit of each would add to these grants at *p's
 * prices of money, and *bound to the dual function there; INFINITY when a ring of exchanges
 * gains, or there are too many offers to tell. */
enum so1_status grants_weigh(struct allot_grants *g, const struct allot_market *m,
			     struct allot_prices *p, struct allot_store *s, double *bound,
			     struct so1_error *e);
/* g->value from the bits, summed in the order of the pairs. */
enum so1_status grants_sum(struct allot_grants *g, const struct allot_market *m,
			   struct allot_store *s, struct so1_error *e);

#endif
