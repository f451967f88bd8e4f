/* Intervals for what was measured on two groups or one, all 95 %, two-sided. */
#ifndef SO1_BASE_INTERVAL_H
#define SO1_BASE_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

struct interval {
	double low, high;
};

/* Wilson's score interval (1927) for k successes of n > 0; k and n may be fractional. */
struct interval interval_wilson(double k, double n);
/* For the difference of two independent proportions k1/n1 - k2/n2, n1, n2 > 0: Newcombe
 * (1998), Statistics in Medicine 17:873-890, method 10, the square-and-add of the two
 * Wilson intervals. Holds for small groups and for rates near 0, where Wald's fails. */
struct interval interval_newcombe(double k1, double n1, double k2, double n2);
/* For the difference of two means m1 - m2 with sample variances v1, v2 (divisor n - 1) of
 * n1, n2 >= 2 values: Welch (1947), t with the Welch-Satterthwaite degrees of freedom.
 * False when both variances are 0: there is no spread to tell chance by. */
bool interval_welch(double m1, double v1, uint64_t n1, double m2, double v2, uint64_t n2,
		    struct interval *out);

#endif
