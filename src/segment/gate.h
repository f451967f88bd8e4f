/* What keeps a wrong list from going out. */
#ifndef SO1_SEGMENT_GATE_H
#define SO1_SEGMENT_GATE_H

#include "segment/segment.h"

/* SO1_FAILED where a segment of a run that is over has fewer than `least` rows: the reason
 * names the segments (the first five) with their sizes. */
enum so1_status gate_check_sizes(const struct segmenter *s, uint64_t least, struct so1_error *e);
/* SO1_FAILED where the population stability index is above `most`, or cannot be told because
 * there are no customers now or were none: the reason has the index, the segment of the
 * largest part and its sizes. */
enum so1_status gate_check_drift(const struct segmenter *s, double most, struct so1_error *e);

/* An output that cannot be taken back (standard output, a pipe) is held in a file of tmpdir
 * (NULL: $TMPDIR, else /tmp) until the checks have passed. Zero-initialise. */
struct held {
	char *path; /* write here; owned */
	int cleanup;
};

/* Whether what is written to path (NULL and "-" are standard output) is out at once. */
bool held_is_needed(const char *path);
enum so1_status held_begin(struct held *h, const char *tmpdir, struct so1_error *e);
/* Copies what stands in h->path to `path`. */
enum so1_status held_release(const struct held *h, const char *path, struct so1_error *e);
/* Removes the file. */
void held_free(struct held *h);

#endif
