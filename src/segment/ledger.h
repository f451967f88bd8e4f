/* What the rows of each segment add up to: for --summary and the notes on stderr.
 *
 * All sums are integers, so that the order in which threads add does not show. */
#ifndef SO1_SEGMENT_LEDGER_H
#define SO1_SEGMENT_LEDGER_H

#include "stream/dialect.h"
#include "stream/writer.h"

/* Groups of rows: all, those in no segment, then the segments in the order of their
 * names. */
enum { GROUP_ALL, GROUP_NONE, GROUP_FIRST_SEGMENT };

/* The columns of a stream that are summed up. */
struct ledger_columns {
	size_t spend;        /* COLUMN_NONE when there is none */
	size_t *scores;      /* p_*, e_*, expected_*, score, clv, uplift; owned */
	struct slice *names; /* of the scores, borrowed from the header; array owned */
	size_t score_count;
};

/* h must outlive *c. */
void ledger_columns_find(struct ledger_columns *c, const struct header *h);
void ledger_columns_free(struct ledger_columns *c);

/* A sum of the known values of one column in one group. */
struct ledger_sum {
	__int128 total; /* spend: millionths; scores: 2^-60 */
	uint64_t known;
};

struct ledger {
	size_t segments;
	const struct ledger_columns *columns; /* borrowed; NULL: sizes only */
	uint64_t *size;          /* by group */
	uint64_t *unknown;       /* by segment: rows for which the rule is neither */
	struct ledger_sum *sums;  /* by group: spend, then the scores */
	uint64_t *pairs;         /* i * segments + j, i < j: rows in both */
	__int128 *values;        /* of the row at hand, with known */
	bool *known;
};

/* More segments than this have no table of pairs. */
enum { LEDGER_MOST_SEGMENTS = 2000 };

void ledger_init(struct ledger *t, size_t segments, const struct ledger_columns *columns);
/* One row that is in the segments members[0..count), ascending. */
void ledger_add(struct ledger *t, const struct slice *fields, const size_t *members, size_t count);
/* Adds all that `from` counted. */
void ledger_merge(struct ledger *t, const struct ledger *from);
void ledger_free(struct ledger *t);

/* Writes segment,other,metric,value: for "(all)", "(none)" and each segment size, share of
 * the rows, unknown, spend, spend_share, mean_spend and mean_SCORE (means are over the
 * known values; a mean of nothing is empty), then overlap for each pair. Needs columns.
 * names are the segments' in order. */
enum so1_status ledger_write(const struct ledger *t, const struct slice *names, struct writer *w,
			    struct so1_error *e);

#endif
