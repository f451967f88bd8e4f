/* Chance without state: a hash of (salt, key), the same on every machine. */
#ifndef SO1_BASE_CHANCE_H
#define SO1_BASE_CHANCE_H

#include "base/slice.h"

/* Uniform in [0, 1), 53 bits. */
double chance_uniform(struct slice salt, struct slice key);
/* A well-mixed 64-bit value of x (splitmix64's finaliser): for seeded sequences,
 * chance_mix(seed + i * golden). */
uint64_t chance_mix(uint64_t x);

#endif
