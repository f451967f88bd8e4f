/* Who gets what when there is not enough for all: stock (units) and budget (cost each) of
 * every limited offer over all customers, at most `top` offers a customer.
 *
 * Greedy: all pairs (customer, offer) by descending weight, ties by customer_id, then
 * offer_id; a pair is taken when the offer has stock and budget left and the customer has
 * fewer than `top` offers. Only limited offers compete in the sort: of the others it is
 * enough to know how many stand before a pair at its customer.
 *
 * Memory: the sorter's limit and one bit a limited pair. Use: add() for every customer in
 * order, solve(), then choose() for the same customers in the same order. A method with
 * prices replaces solve() and keeps the rest. */
#ifndef SO1_EXPORT_ALLOCATE_H
#define SO1_EXPORT_ALLOCATE_H

#include "export/catalogue.h"
#include "export/parcel.h"
#include "stream/spill.h"

struct allocator;

/* The catalogue is borrowed. */
enum so1_status allocator_open(struct allocator **out, const struct catalogue *c, size_t top,
			       const struct sorter_options *sorting, struct so1_error *e);
/* One customer's candidates, best first. */
enum so1_status allocator_add(struct allocator *a, const struct candidate *c, size_t n,
			      struct so1_error *e);
enum so1_status allocator_solve(struct allocator *a, struct so1_error *e);
/* The offers the customer gets, best first, into grants[top]; returns how many. When none:
 * *why is OUTCOME_OUT_OF_STOCK or OUTCOME_OUT_OF_BUDGET, whichever stopped the best. */
size_t allocator_choose(struct allocator *a, const struct candidate *c, size_t n,
			struct candidate *grants, enum outcome *why);
/* Units and millionths left of an offer with stock or budget. */
int64_t allocator_stock_left(const struct allocator *a, size_t offer);
int64_t allocator_budget_left(const struct allocator *a, size_t offer);
/* Limited pairs, and runs the sorter wrote to disk. */
uint64_t allocator_pairs(const struct allocator *a);
size_t allocator_runs(const struct allocator *a);
void allocator_free(struct allocator *a);

#endif
