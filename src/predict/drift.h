/* How far the rows of today are from those a model was fitted on: the population stability
 * index of each column and of the score,
 *
 *   PSI = sum over levels of (o - e) log(o / e)
 *
 * with e the share of a level in training, o today's, both at least 1e-4 (Siddiqi 2006; below
 * .1 nothing to see, above .25 another population). Numbers are cut into tenths of the
 * training rows. The shares of the training rows are in the model's card (predict/baseline.h). */
#ifndef SO1_PREDICT_DRIFT_H
#define SO1_PREDICT_DRIFT_H

#include "predict/chain.h"

struct drift;
/* The baseline of the chain's last model; SO1_FAILED when it has none. */
enum so1_status drift_open(struct drift **out, const struct chain *c, struct so1_error *e);
/* Counts the stream to its end; rows that cannot be scored are rejected. */
enum so1_status drift_read(struct drift *x, struct reader *r, uint64_t *rows, struct so1_error *e);
/* A line for each column, the largest index first; and CSV column,level,expected,observed,psi
 * with a row for the column as a whole, its level empty, before those of its levels. */
void drift_text(const struct drift *x, const char *what, struct buffer *out);
enum so1_status drift_csv(const struct drift *x, const char *path, struct so1_error *e);
void drift_free(struct drift *x);

#endif
