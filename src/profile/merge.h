/* Adding up states: the customers of several partial streams, side by side. */
#ifndef SO1_PROFILE_MERGE_H
#define SO1_PROFILE_MERGE_H

#include "profile/profile.h"
#include "profile/state.h"

struct merge;

/* readers: one a stream, borrowed. Works out their columns; what the streams together have
 * of golden and unknown columns goes to *header (the caller's, header_free), as if it were
 * the header of one stream of touchpoints. Fails when a stream has no customer_id or no
 * state. *out is to be freed also after a failure. */
enum so1_status merge_open(struct merge **out, struct reader *const *readers, size_t count,
			   struct header *header, struct so1_error *e);
/* Reads all to their ends, each ascending by customer_id, and writes to w what run->emit
 * makes of each customer. run->layout was made from *header. A row whose state is damaged
 * goes to the rejects. As profile_stream for the rest, with one thread. */
enum so1_status merge_run(struct merge *g, const struct profile_run *run, struct writer *w,
			  struct profile_counts *counts, struct so1_error *e);
void merge_free(struct merge *g);

#endif
