/* Which segments each row belongs to: the column `segments`, a list of the names of the
 * rules that are true. */
#ifndef SO1_SEGMENT_SEGMENT_H
#define SO1_SEGMENT_SEGMENT_H

#include "expr/rules.h"
#include "segment/additions.h"
#include "segment/comparison.h"
#include "segment/ledger.h"
#include "segment/overlap.h"

struct segmenter {
	const struct rule_set *rules;
	size_t count;
	size_t *sorted;       /* rules in the order of their names */
	struct slice *names;  /* in that order */
	const struct additions *additions; /* borrowed; NULL: the rules look at the row as it is */
	struct header header; /* of what comes out */
	size_t replaced;      /* the column `segments` of the input, or COLUMN_NONE */
	struct ledger_columns columns;
	struct ledger ledger;   /* of all rows, after segmenter_run */
	/* Set these after segmenter_init for more; both borrowed. */
	const struct outcome *target;   /* fills overlap */
	struct overlap overlap;         /* of all rows, after segmenter_run */
	struct comparison *comparison;  /* gets all rows, and is finished by segmenter_run */
};

/* For rules bound to the columns of `in`, which both must outlive *s; where there are
 * additions, `in` is their header. Without a rule there is no column `segments`. One in the
 * input is SO1_USAGE unless `replace`. With `sums` the ledger has spend, scores and
 * pairs, which is SO1_USAGE for more than LEDGER_MOST_SEGMENTS rules. Call segmenter_free
 * in any case. */
enum so1_status segmenter_init(struct segmenter *s, const struct rule_set *rules,
			       const struct header *in, const struct additions *additions,
			       bool replace, bool sums, struct so1_error *e);
/* Writes the header and all rows of r. Checks the order of a stream with customer_id. */
enum so1_status segmenter_run(struct segmenter *s, struct reader *r, struct writer *w, int threads,
			      struct so1_error *e);
void segmenter_free(struct segmenter *s);

#endif
