/* One pass over all customers at given prices: the dual function, what they would use of
 * each limit, and how fast that changes with the prices. Private to allot_*.c. */
#ifndef SO1_EXPORT_ALLOT_WANTS_H
#define SO1_EXPORT_ALLOT_WANTS_H

#include "export/allot.h"

/* Changes of demand between two offers are followed up to so many offers, beyond that only
 * each offer's own. */
enum { WANTS_FULL = 256 };

/* Every offer has a width, of the margin of profit that is looked at. A customer is marginal
 * between two offers, or an offer and none, when the profits differ by less than the larger
 * width; if it moved, one offer would be used less and the other more. Summing over marginal
 * customers the squares and products of the change in use, each divided by 2 × its width,
 * estimates the curvature of the dual function at the scale of the widths. All sums are
 * integers, so that they do not depend on which thread took which block. */
struct wants {
	bool full;
	size_t cells;              /* offers², or offers */
	double surplus;            /* Σ profit of what is picked */
	uint64_t *count;           /* picks by offer */
	uint64_t *amount;          /* Σ of the picks' x by offer … */
	double amount_unit;        /* … in this unit */
	int64_t *units;            /* units × units, by pair of offers (or by offer) */
	int64_t *mixed, *squares;  /* units × x and x × x; expected costs only */
	double unit;               /* what 1 in these three stands for */
};

void wants_init(struct wants *d, const struct allot_market *m);
void wants_free(struct wants *d);
/* `width` by offer; NULL: no curvature. */
enum so1_status wants_measure(struct wants *d, const struct allot_prices *p,
			       const struct allot_market *m, struct allot_store *s, const double *width,
			       struct so1_error *e);

#endif
