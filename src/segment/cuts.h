/* Where a numeric column is cut. */
#ifndef SO1_SEGMENT_CUTS_H
#define SO1_SEGMENT_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CUTS_EQUAL_MOST = 10 };

/* A number, and the least float that is kept of numbers from it on. */
struct cut {
	double number;
	float from;
};

struct cuts {
	struct cut *at;    /* x >= number splits the values; ascending; owned */
	size_t count;
	struct cut equal[CUTS_EQUAL_MOST]; /* the values, where there are 2 … CUTS_EQUAL_MOST */
	size_t equal_count;                /* else 0 */
};

/* values: n of them, each the float_below of a number, NaNs among them are left out; sorted
 * in place. With `decimals` every number has at most six digits, so that its float tells it
 * (FLT_DIG) and a cut is the shortest decimal between two numbers; else it is the shortest
 * that is above the numbers of the floats before it and not above the float it begins.
 * cuts_free in any case. */
void cuts_find(struct cuts *c, float *values, size_t n, uint32_t quantiles, bool decimals);
void cuts_free(struct cuts *c);
/* The decimal of the fewest digits in (low, high]; low < high, finite but for low = -inf. */
double cut_between(double low, double high);

#endif
