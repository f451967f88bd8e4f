/* Any number of scores (score_pack) in bounded memory: sorted runs of a million, all but
 * the last in an unlinked temporary file, merged as they are read. */
#ifndef SO1_PREDICT_SCORES_H
#define SO1_PREDICT_SCORES_H

#include "stream/blocks.h"

struct scores_cursor;

struct scores {
	uint64_t count, positives;
	uint64_t *items; /* of the run being filled; sorted after scores_finish */
	size_t filled, cap;
	struct blocks blocks;
	size_t runs;     /* in the temporary file */
	struct scores_cursor *cursors; /* a heap, the highest score first */
	size_t cursor_count;
};

/* Equal scores. */
struct tie {
	double p;
	double rows, positives;
};

void scores_init(struct scores *s, const char *tmpdir);
/* Fails when the temporary file cannot be written. */
enum so1_status scores_add(struct scores *s, uint64_t score, struct so1_error *e);
/* Ends adding; scores_next_tie begins with the highest. Once. */
enum so1_status scores_finish(struct scores *s, struct so1_error *e);
/* *more is false behind the lowest. */
enum so1_status scores_next_tie(struct scores *s, struct tie *t, bool *more, struct so1_error *e);
void scores_free(struct scores *s);

#endif
