/* rng.h: chance for the sample generator, from hashes only.
 *
 * Every number depends on (seed, key, stream) and on nothing else: no clock, no libm (whose
 * last digit differs between versions), so the same seed gives the same bytes everywhere.
 * So that compilers cannot differ either: never two draws in one expression or argument list,
 * whose order C leaves open.
 */
#ifndef SAMPLES_RNG_H
#define SAMPLES_RNG_H
#include <stdbool.h>
#include <stdint.h>

struct rng { uint64_t state; };

/* The finaliser of splitmix64: a bijection that mixes all 64 bits. */
uint64_t rng_mix(uint64_t x);

/* A generator for one key and one purpose; streams of one key are independent. */
struct rng rng_start(uint64_t seed, uint64_t key, uint64_t stream);

uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r);                 /* uniform in [0, 1) */
int rng_below(struct rng *r, int n);            /* uniform in 0 … n-1; n > 0 */
int rng_between(struct rng *r, int low, int high); /* uniform in low … high, both included */
bool rng_hit(struct rng *r, double p);          /* true with probability p */
double rng_exponential(struct rng *r, double mean);
int rng_pick(struct rng *r, const double *weights, int n); /* index in proportion to weight */

/* Natural logarithm of x > 0 by basic arithmetic, relative error below 1e-12. */
double rng_log(double x);

/* A bijection of 0 … 10^d-1 onto itself for each number of digits, so that small numbers stay
 * short: 0–99 among themselves, 100–999, 1000–9999, … Numbers made of it never collide. */
uint64_t rng_scramble(uint64_t n, uint64_t salt);
#endif
