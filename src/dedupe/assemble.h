/* Layer 3: from weighed pairs to customers. Links are taken strongest first; a link is
 * refused, and noted, when it would
 *   - join records that a clerk parted, or two records of a source that has none twice,
 *   - make one person of what may be twins (compare.h),
 *   - contradict hard facts: first names and birth dates that both differ beyond an error
 *     of spelling between any of the records looked at,
 *   - be as likely with another customer who contradicts this one (rivals.h),
 *   - make a customer of too many records, or with too many values of an identifier,
 *   - (average link) join two groups that on the whole do not go together.
 * At most 64 pairs across the two groups are looked at, those of the first records of
 * each. The result depends on content alone, not on the order of the input. */
#ifndef SO1_DEDUPE_ASSEMBLE_H
#define SO1_DEDUPE_ASSEMBLE_H

#include "dedupe/marks.h"
#include "dedupe/model.h"
#include "dedupe/pairs.h"

enum { CROSS_PAIRS_MOST = 64 };

/* Bits: what one pair may say at most in an average, and what an average must reach. */
enum { AVERAGE_CLIP = 20, AVERAGE_LEAST = 0 };

enum linkage { LINKAGE_AVERAGE, LINKAGE_SINGLE };

struct assembly {
	/* Borrowed. */
	const struct pair_plan *plan;
	const struct scale *scale;
	const struct marks *cannot;
	struct identity *identity; /* changed */
	double cut;                /* bits a link needs at least */
	int linkage;
	uint64_t size_limit;                /* records in one customer, 0: any */
	uint64_t value_limit[LAYER_KEYS];   /* distinct values of a key in one customer, 0: any */
};

/* Returns the number of links taken. */
uint64_t assemble(const struct assembly *a, const struct pairs *pairs);

#endif
