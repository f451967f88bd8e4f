/* Claims: pairs that some customers would like, gathered from all blocks with what else
 * those customers may get, and settled one by one in a fixed order. Private to allot_*.c.
 *
 * Which pairs come into question is decided by histograms first, so that only the few at
 * the margin are gathered. */
#ifndef SO1_EXPORT_ALLOT_CLAIMS_H
#define SO1_EXPORT_ALLOT_CLAIMS_H

#include "export/allot.h"

/* A customer with its pairs. */
struct claimant {
	uint64_t first; /* number of its first pair */
	const double *x;
	const uint16_t *offers;
	size_t n;
};

struct claims;

/* `most` claims are kept; beyond that claims_overflow. */
struct claims *claims_new(int threads, uint64_t most);
/* pair: which of the claimant's. Lower ranks come first, ties by pair number. Copies. */
void claims_add(struct claims *c, int thread, const struct claimant *who, uint32_t pair,
		double rank);
bool claims_overflow(const struct claims *c);
/* Calls settle for each in order. */
void claims_settle(struct claims *c,
		   void (*settle)(void *context, const struct claimant *who, uint32_t pair),
		   void *context);
void claims_free(struct claims *c);

/* Histograms of what pairs use, by how dear it is to a customer: class 0 holds the values
 * from 0 on, class BAR_CLASSES - 1 all from `high` up; eight classes double the value. All
 * sums are integers and stop at INT64_MAX. */
enum { BAR_CLASSES = 256 };
unsigned bar_class(double value, double high);
static inline int64_t add_capped(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

#endif
