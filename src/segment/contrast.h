/* Two groups of customers and an outcome: tests and intervals. Groups are given as
 * successes `a` of `n`. Intervals are 95 %. */
#ifndef SO1_SEGMENT_CONTRAST_H
#define SO1_SEGMENT_CONTRAST_H

#include <stdbool.h>
#include <stdint.h>

/* ln P(X >= a), X hypergeometric: n drawn without replacement from `all`, of which `good`
 * are successes. That is Fisher's exact test (1935), one-sided, of a part (a of n) against
 * the rest of its whole (good of all). a <= n, good <= all, a <= good. */
double contrast_log_tail(uint64_t a, uint64_t n, uint64_t good, uint64_t all);

struct ratio {
	double value, low, high;
	bool known, has_interval;
};

/* (a / n) / (c / m) of two groups without common members; interval by Katz, Baptista, Azen
 * and Pike (1978): ln ratio ± 1.96 sqrt(1/a - 1/n + 1/c - 1/m). Where a or c is 0, the
 * interval takes half a success and half a failure more in each group. Unknown where
 * c, n or m is 0; no interval where a and c both are, or n or m. */
struct ratio contrast_ratio(uint64_t a, uint64_t n, uint64_t c, uint64_t m);
/* The lift of a part over the whole it belongs to, (a / n) / (good / all). With r the ratio
 * of the part to the rest and f = n / all, lift = r / (f r + 1 - f), which grows with r: the
 * interval is that of r so transformed. Unknown where n or good is 0. */
struct ratio contrast_lift(uint64_t a, uint64_t n, uint64_t good, uint64_t all);

#endif
