/* The candidate pairs of all rules, each compared once, and how often each pattern of
 * levels comes up. */
#ifndef SO1_DEDUPE_PAIRS_H
#define SO1_DEDUPE_PAIRS_H

#include "dedupe/blocking.h"
#include "dedupe/compare.h"
#include "dedupe/echoes.h"

struct standing;

struct pair {
	uint32_t a, b; /* tuples; a comes first in the order of the traits */
	uint32_t pattern;
};

struct pattern_count {
	uint32_t pattern;
	uint32_t same;  /* pairs that a clerk said are one person … */
	uint64_t count; /* … and those nobody said anything of */
};

/* Patterns and their numbers of pairs, ascending. */
struct patterns {
	struct pattern_count *items;
	size_t count;
};

struct pair_plan {
	const struct traits *traits;
	const struct nicknames *nicknames; /* may be NULL */
	const struct identity *identity;   /* by it pairs of one record are left out, and what
	                                      keys joined is counted but not kept */
	const bool *single;                /* by source: no two of its records are one person;
	                                      NULL: none */
	const struct rules *rules;
	const struct echoes *echoes;
	struct standing *standing;         /* by it pairs are left out that need not be compared
	                                      again; NULL: none */
	uint32_t cap;
	int threads;
};

struct pairs {
	struct pair *items; /* not joined by keys yet */
	size_t count, cap;
	struct patterns patterns;  /* of all pairs compared */
	uint64_t compared;
	uint64_t *runs;            /* blocks too large: rule << RUN_BITS and key (blocking.h) */
	size_t run_count, run_cap;
	struct {
		uint64_t agreeing, oversize, left_out; /* as in blocking.h */
		uint32_t cap;
	} of_rule[RULES_MOST];
};

/* Zero-initialise; candidates_free when done. The same for any number of threads. The clusters
 * of the plan's identity are flat (clusters_flatten). */
void candidates_make(struct pairs *p, const struct pair_plan *plan);
void candidates_free(struct pairs *p);

/* Takes a pair of this pattern out of those nobody said anything of: it is one person's, or
 * it is not. A pair that no rule brought up counts all the same. */
void patterns_label(struct patterns *p, uint32_t pattern, bool same);

/* Counts the patterns of the pairs kept. */
void patterns_count(struct patterns *p, const struct pairs *pairs);

/* Patterns of pairs chosen by a hash: all pairs where there are at most `most`. */
void patterns_sample(struct patterns *p, const struct pair_plan *plan, uint64_t most);
void patterns_free(struct patterns *p);

/* Whether the plan rules the pair out whatever it looks like. */
bool pair_impossible(const struct pair_plan *plan, uint32_t a, uint32_t b);

#endif
