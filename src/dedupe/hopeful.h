/* Most pairs weigh little whatever their values: which ones is told by their pattern. */
#ifndef SO1_DEDUPE_HOPEFUL_H
#define SO1_DEDUPE_HOPEFUL_H

#include "dedupe/model.h"
#include "dedupe/pairs.h"

/* A bit for each pattern: whether a pair of it may weigh at least `bits`. The caller frees. */
uint64_t *hopeful_find(const struct scale *scale, const struct patterns *patterns, double bits);

static inline bool hopeful_has(const uint64_t *hopeful, uint32_t pattern)
{
	return hopeful[pattern / 64] >> pattern % 64 & 1;
}

#endif
