#include "rng.h"
#include <string.h>

uint64_t rng_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

struct rng rng_start(uint64_t seed, uint64_t key, uint64_t stream)
{
	uint64_t h = rng_mix(seed + UINT64_C(0x9e3779b97f4a7c15));
	h = rng_mix(h ^ (key + UINT64_C(0x9e3779b97f4a7c15)));
	return (struct rng){ rng_mix(h ^ (stream * UINT64_C(0xd1342543de82ef95) + 1)) };
}

uint64_t rng_next(struct rng *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return rng_mix(r->state);
}

double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

int rng_below(struct rng *r, int n)
{
	return (int)(((rng_next(r) >> 32) * (uint64_t)n) >> 32);
}

int rng_between(struct rng *r, int low, int high)
{
	return low + rng_below(r, high - low + 1);
}

bool rng_hit(struct rng *r, double p)
{
	return rng_unit(r) < p;
}

/* x = m * 2^e with m in [1/√2, √2); log m = 2 atanh((m-1)/(m+1)) by its series. */
double rng_log(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	int e = (int)(bits >> 52) - 1023;
	bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
	double m;
	memcpy(&m, &bits, sizeof m);
	if (m > 1.4142135623730951) {
		m *= 0.5;
		e++;
	}
	double z = (m - 1) / (m + 1), square = z * z, sum = 0;
	for (int k = 19; k >= 1; k -= 2)
		sum = sum * square + 1.0 / k;
	return 2 * z * sum + e * 0.6931471805599453;
}

double rng_exponential(struct rng *r, double mean)
{
	return -mean * rng_log(1.0 - rng_unit(r));
}

int rng_pick(struct rng *r, const double *weights, int n)
{
	double total = 0;
	for (int i = 0; i < n; i++)
		total += weights[i];
	double left = rng_unit(r) * total;
	for (int i = 0; i < n - 1; i++) {
		left -= weights[i];
		if (left < 0)
			return i;
	}
	return n - 1;
}

uint64_t rng_scramble(uint64_t n, uint64_t salt)
{
	uint64_t low = 0, high = 100;
	while (n >= high) {
		low = high;
		high *= 10;
	}
	/* Sizes are 100 or 9·10^k: a multiplier coprime to 2, 3 and 5 permutes them all. */
	uint64_t size = high - low;
	uint64_t factor = UINT64_C(7368787) % size;
	while (factor % 2 == 0 || factor % 3 == 0 || factor % 5 == 0)
		factor++;
	return low + ((n - low) * factor + rng_mix(salt) % size) % size;
}
