/* Columns that say more together than apart. */
#ifndef SO1_PREDICT_INTERACT_H
#define SO1_PREDICT_INTERACT_H

#include "predict/frame.h"
#include "predict/transform.h"

/* Axes for the columns of the first `count` transforms of set (numbers in `parts` ranges,
 * categories by their levels), cut by at most rows_most rows, evenly spaced; *n of them, each to be freed by axis_free. */
enum so1_status interact_axes(struct frame *f, const struct transform_set *set, size_t count,
			      size_t parts, size_t rows_most, struct axis **axes, size_t *n,
			      struct so1_error *e);
/* Bins (predict/transform.h) for the numeric transforms of set that take more than two
 * values. */
enum so1_status interact_add_bins(struct frame *f, struct transform_set *set, size_t parts,
				  struct so1_error *e);

struct interact_options {
	unsigned folds;      /* of the design's rows */
	double lambda;       /* of beta */
	double gain_least;   /* in log-likelihood of held-out rows */
	size_t pairs_most;
	const char *asked;   /* "A:B,C:D": added whatever they gain; NULL */
	bool search;
};
/* Adds pairs of columns to the set. The frame and design hold the same rows; beta fits the
 * design. A pair's gain: each cell gets the coefficient that one penalised Newton step on
 * the rows of other folds gives it, and what that adds to the log-likelihood of the
 * fold's rows is summed up over cells and folds. The step is
 * tried with several ridges; the best, over lambda, becomes the factor of the transform. At most 100,000 rows, evenly spaced, are
 * looked at. SO1_FAILED when an asked-for name is no feature. */
enum so1_status interact_add_pairs(struct frame *f, const struct design *d, const double *beta,
				   struct transform_set *set, const struct interact_options *o,
				   struct so1_error *e);

#endif
