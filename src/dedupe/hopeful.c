#include "dedupe/hopeful.h"

uint64_t *hopeful_find(const struct scale *scale, const struct patterns *patterns, double bits)
{
	uint64_t *hopeful = xcalloc(patterns_possible() / 64 + (size_t)1, sizeof *hopeful);

	for (size_t i = 0; i < patterns->count; i++) {
		uint32_t pattern = patterns->items[i].pattern;
		uint8_t level[TRAIT_COUNT];
		pattern_levels(pattern, level);
		if (scale_most(scale, level) >= bits)
			hopeful[pattern / 64] |= UINT64_C(1) << pattern % 64;
	}
	return hopeful;
}
