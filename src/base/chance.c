#include "base/chance.h"

double chance_uniform(struct slice salt, struct slice key)
{
	/* The salt becomes the seed, so that (ab, c) and (a, bc) are different draws. */
	uint64_t hash = slice_hash(key, slice_hash(salt, 0));

	return (double)(hash >> 11) * 0x1p-53;
}

uint64_t chance_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}
