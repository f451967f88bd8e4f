/* Columns that so1-segment computes from a row before the rules look at it, and that rules
 * may therefore use: rfm_r, rfm_f, rfm_m, rfm and cluster. */
#ifndef SO1_SEGMENT_ADDITIONS_H
#define SO1_SEGMENT_ADDITIONS_H

#include "segment/clusters.h"
#include "segment/rfm.h"

enum { ADDITIONS_MOST = RFM_PARTS + 2 };

struct additions {
	const struct rfm *rfm;                /* borrowed; NULL: no quintiles */
	const struct cluster_model *clusters; /* borrowed and bound; NULL: no clusters */
	struct header header;                 /* the stream's columns, then the new ones */
	size_t in_count;                      /* the stream's columns */
	size_t places[ADDITIONS_MOST];        /* of the new values in the header */
	size_t count;
	bool replaces;                        /* one of them takes the place of a column */
};

/* A column that is there already is SO1_USAGE, or is replaced in its place.
 * additions_free when done. */
enum so1_status additions_init(struct additions *a, const struct header *in,
			       const struct rfm *rfm, const struct cluster_model *clusters,
			       bool replace, struct so1_error *e);
/* fields[header.count]: those of the record and the new ones, valid as long as the record and
 * the arena. A failure is a reason to reject the record. */
enum so1_status additions_row(const struct additions *a, const struct slice *in,
			      struct slice *fields, struct arena *text, struct so1_error *e);
void additions_free(struct additions *a);

#endif
