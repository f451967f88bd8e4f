/* The rate of a target in each segment, and for each pair of segments alone and where they
 * overlap: does who has both do it more often than who has the better of the two? */
#ifndef SO1_SEGMENT_OVERLAP_H
#define SO1_SEGMENT_OVERLAP_H

#include "segment/outcome.h"
#include "stream/writer.h"

/* Rows whose target is known, and those of them where it is yes. */
struct tally {
	uint64_t known, positives;
};

struct overlap {
	size_t segments;
	struct tally all, none;
	struct tally *of;     /* by segment; NULL: no target */
	struct tally *pairs;  /* i * segments + k, i < k: in both */
};

void overlap_init(struct overlap *o, size_t segments);
/* One row that is in the segments members[0..count), ascending. */
void overlap_add(struct overlap *o, const size_t *members, size_t count, enum outcome_value y);
/* Adds all that `from` counted. */
void overlap_merge(struct overlap *o, const struct overlap *from);
void overlap_free(struct overlap *o);

/* Rows of the summary, without the header:
 *   known, positives, rate for "(all)", "(none)" and each segment; for the latter two also
 *   lift over all rows, lift_low, lift_high (contrast_lift)
 *   rate_alone of each segment without the other, both ways; rate_overlap; overlap_lift of
 *   the overlap over the higher of the two rates alone, overlap_lift_low, overlap_lift_high
 *   (contrast_ratio: the three groups have no row in common) */
enum so1_status overlap_write(const struct overlap *o, const struct slice *names, struct writer *w,
			      struct so1_error *e);

#endif
