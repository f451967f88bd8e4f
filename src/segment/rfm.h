/* RFM quintiles: how recently, how often and for how much a customer bought, each as 1
 * (worst) to 5 (best) among all rows of the stream.
 *
 * Definition: a value's quintile is 1 + the number of the quantiles at 20, 40, 60 and 80 %
 * (type 1 of R: an order statistic) of the known values that it beats. So 5 means that at
 * least four fifths of the rows with a known value are worse, and equal values are always in
 * the same quintile, the lower one. For recency fewer days are better. Unknown values have
 * no quintile and do not count. */
#ifndef SO1_SEGMENT_RFM_H
#define SO1_SEGMENT_RFM_H

#include "stream/pipeline.h"

enum { RFM_R, RFM_F, RFM_M, RFM_PARTS };
enum { RFM_CUTS = 4 };

struct rfm {
	size_t columns[RFM_PARTS]; /* in the stream */
	char *names[RFM_PARTS];    /* owned */
	double cuts[RFM_PARTS][RFM_CUTS]; /* recency: of minus the days */
	uint64_t known[RFM_PARTS]; /* rows */
};

struct rfm_options {
	const char *columns; /* "R,F,M": names; NULL: recency_days,orders,spend */
	uint64_t memory;     /* bytes, about */
	const char *tmpdir;
	int threads;
};

/* Zero-initialise; rfm_free when done. Finds the columns in the reader's header: SO1_USAGE
 * when `columns` is not three names, SO1_FAILED when one is not there. */
enum so1_status rfm_bind(struct rfm *m, const struct rfm_options *o, const struct reader *r,
			 struct so1_error *e);
/* Whatever else must hold of a row that is taken: as in struct pipeline. */
typedef enum so1_status rfm_check(const void *context, const struct slice *fields,
				  struct arena *text, struct so1_error *e);
/* The first pass: reads the stream to its end, writes its rows to w as they are, and finds
 * the cuts. A row with a value that is no number, or that `check` (may be NULL) refuses, is
 * rejected; rows must ascend by customer_id where there is one. */
enum so1_status rfm_measure(struct rfm *m, const struct rfm_options *o, struct reader *r,
			    struct writer *w, rfm_check *check, const void *context,
			    struct so1_error *e);
/* 1 … 5 into quintiles[part], 0 where it is unknown. */
void rfm_row(const struct rfm *m, const struct slice *fields, int quintiles[RFM_PARTS]);
void rfm_free(struct rfm *m);

#endif
