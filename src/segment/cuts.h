/* Where a numeric column is cut. */
#ifndef SO1_SEGMENT_CUTS_H
#define SO1_SEGMENT_CUTS_H

#include <stddef.h>
#include <stdint.h>

enum { CUTS_EQUAL_MOST = 10 };

struct cuts {
	double *at;        /* x >= at[i] splits the values; ascending; owned */
	size_t count;
	double equal[CUTS_EQUAL_MOST]; /* the values, where there are 2 … CUTS_EQUAL_MOST */
	size_t equal_count;            /* else 0 */
};

/* values: n of them, NaNs among them are left out; sorted in place. Each cut is the shortest
 * decimal that is above the floats before it and not above the float it begins, so that
 * for numbers x and their float_below(x) the same holds. cuts_free in any case. */
void cuts_find(struct cuts *c, float *values, size_t n, uint32_t quantiles);
void cuts_free(struct cuts *c);
/* The decimal of the fewest digits in (low, high]; low < high, finite but for low = -inf. */
double cut_between(double low, double high);

#endif
