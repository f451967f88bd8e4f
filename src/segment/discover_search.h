/* Tries conjunctions of conditions and keeps those that may be discoveries. */
#ifndef SO1_SEGMENT_DISCOVER_SEARCH_H
#define SO1_SEGMENT_DISCOVER_SEARCH_H

#include "segment/discover_condition.h"

enum { DISCOVER_DEPTH_MOST = 4 };
/* From depth 3 on only this many conjunctions, those of the least p, are added to. */
enum { DISCOVER_BEAM = 200 };

struct finding {
	uint32_t conditions[DISCOVER_DEPTH_MOST]; /* places in the set, ascending */
	uint32_t depth;
	uint32_t rows, positives;
	double log_p;       /* ln of the p-value */
	double parent_rate; /* the highest rate of the positives among its parents */
};

struct discover_limits {
	uint64_t support; /* rows a conjunction must hold for */
	uint32_t depth;   /* 1 … DISCOVER_DEPTH_MOST */
	double fdr;       /* in (0, 0.5] */
};

struct findings {
	struct finding *items; /* those with p <= fdr, by p, then depth, then conditions; owned */
	size_t count, cap;
	double tried;          /* all conjunctions, also those whose p was larger */
};

/* The p-value of a conjunction is the largest of Fisher's exact one-sided tests of its rows
 * against the rest of all rows, and against the rest of each parent's: a parent is what is
 * left when one condition is taken away. So it is small only where the conjunction says
 * more than all rows and than every parent.
 *
 * All conjunctions of one and two conditions that hold for `support` rows are tried; which
 * do does not depend on the target, so the others are not counted. From depth 3 on only
 * the best are added to, and all that could be made of the conditions are counted. */
void discover_search(struct findings *f, const struct condition_set *set,
		     const struct discover_limits *limits, int threads);
void findings_free(struct findings *f);

/* The rows for which all the conditions hold, as bits (set->words[0] + set->words[1] words);
 * counted by class. */
void finding_bits(const struct condition_set *set, const struct finding *f, uint64_t *bits);
/* How many bits a and b have in common, and in how many they differ, over n words. */
uint64_t bits_common(const uint64_t *a, const uint64_t *b, size_t n);
uint64_t bits_different(const uint64_t *a, const uint64_t *b, size_t n);

#endif
