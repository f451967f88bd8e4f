/* Random variates that are a function of (seed, how many were drawn): no state but a
 * counter, hashed. */
#ifndef SO1_PREDICT_DRAWS_H
#define SO1_PREDICT_DRAWS_H

#include <stdint.h>

struct draws {
	uint64_t seed, drawn;
};

/* In (0, 1). */
double draw_uniform(struct draws *d);
double draw_exponential(struct draws *d);
/* The logarithm of a gamma variate of that shape, rate 1: small shapes underflow
 * otherwise. Marsaglia and Tsang, ACM TOMS 26 (2000). */
double draw_log_gamma(struct draws *d, double shape);
/* A beta(a, b) variate. */
double draw_beta(struct draws *d, double a, double b);

#endif
