/* Who gets what when there is not enough for all: stock (units) and budget of every limited
 * offer and one budget over all offers, at most `top` offers a customer, for all customers
 * together.
 *
 * Wanted is the greatest sum of weights (score × value × priority) that passes no limit.
 * Lagrangian relaxation: every limit gets a price, and at given prices each customer simply
 * takes the offers of highest profit, weight less the price of what they use. For any prices
 * that gives an upper bound on what can be had, the dual function; the prices that make the
 * bound lowest are those at which demand just fits. They are found by Newton steps on the
 * dual function (Lagrangian dual descent; as in Zhang et al., Solving Billion-Scale Knapsack
 * Problems, WWW 2020, with curvature from the customers at the margin), first for samples
 * of one in 64 and one in 8 customers, then for all. Repair makes an allocation of it: where
 * demand still passes a limit, those go without who lose least, and what is left is given to
 * those who gain most; chains of exchanges between customers improve it while that is cheap.
 * Then: value <= best possible <= dual bound, and the gap says how far apart.
 *
 * Ties go to the lower customer_id, then offer_id. The result depends on the input alone.
 *
 * Memory: options.memory bytes of pairs (ten bytes each, two a customer, and an eighth of
 * that for the samples), the rest in a file; beyond that two bits a pair, some 200 bytes for
 * one pair in 64 at the most, and a few kB an offer and thread.
 *
 * Use: add() for every customer in order, solve(), then choose() for the same customers in
 * the same order. */
#ifndef SO1_EXPORT_ALLOCATE_H
#define SO1_EXPORT_ALLOCATE_H

#include "export/catalogue.h"
#include "export/parcel.h"

struct allocator;

struct allocator_options {
	uint64_t memory;    /* bytes of pairs to keep in memory */
	const char *tmpdir; /* NULL: $TMPDIR, else /tmp */
	int threads;
};

/* The catalogue is borrowed. */
void allocator_open(struct allocator **out, const struct catalogue *c, size_t top,
		    const struct allocator_options *options);
/* One customer's candidates, best first. */
enum so1_status allocator_add(struct allocator *a, const struct candidate *c, size_t n,
			      struct so1_error *e);
enum so1_status allocator_solve(struct allocator *a, struct so1_error *e);
/* The offers the customer gets, best first, into grants[top]; returns how many. When none:
 * *why is OUTCOME_OUT_OF_STOCK or OUTCOME_OUT_OF_BUDGET, whichever stopped the best. */
size_t allocator_choose(struct allocator *a, const struct candidate *c, size_t n,
			struct candidate *grants, enum outcome *why);

/* After solve: no allocation is worth more; and what is given is worth `value`. */
double allocator_bound(const struct allocator *a);
double allocator_value(const struct allocator *a);
/* Shadow prices, weight per unit: of an offer's stock, of a unit of money of its budget, of
 * the budget over all. 0 where there is no limit or it does not bind. */
double allocator_stock_price(const struct allocator *a, size_t offer);
double allocator_budget_price(const struct allocator *a, size_t offer);
double allocator_total_price(const struct allocator *a);
/* Pairs that compete, and blocks of them that went to disk. */
uint64_t allocator_pairs(const struct allocator *a);
size_t allocator_spilled(const struct allocator *a);
void allocator_free(struct allocator *a);

#endif
