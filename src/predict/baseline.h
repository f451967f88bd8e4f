/* What a model's rows looked like, in its card, for --drift to compare with: rows
 *
 *   baseline COLUMN   cuts=10|20;shares=0.3|0.3|0.4|0   of numbers, cut into tenths
 *                     levels=shop|web;shares=…          of categories
 *                     keys=tea|milk;shares=…            of the keys of a map column
 *
 * with the shares of the axis's levels (predict/axis.h), the last two those of other and of
 * missing; of numbers only the last is. Each function adds nothing below BASELINE_ROWS_LEAST
 * rows. */
#ifndef SO1_PREDICT_BASELINE_H
#define SO1_PREDICT_BASELINE_H

#include "predict/frame.h"
#include "stream/modelfile.h"
#include "predict/transform.h"

#define BASELINE_PREFIX "baseline "
/* From the most of rows on the index of tenths is off by about .002, far below what matters. */
enum { BASELINE_ROWS_LEAST = 200, BASELINE_ROWS_MOST = 4096, BASELINE_KEYS_MOST = 30 };

/* Every so many rows one is looked at, the first of them the first. */
uint64_t baseline_stride(uint64_t rows);

/* The columns of the first `count` transforms, from at most BASELINE_ROWS_MOST rows of the frame, evenly
 * spaced. */
enum so1_status baseline_columns(struct frame *f, const struct transform_set *set,
				 size_t count, struct model_file *m, struct so1_error *e);
/* A column of n numbers, NaN where missing; sorts them. `digits`: as many significant ones as
 * are written of a score, 0: as they are. rows: what the numbers are a sample of. */
void baseline_numbers(struct slice column, double *values, size_t n, int digits, uint64_t rows,
		      struct model_file *m);

/* How many rows have a key. */
struct baseline_key {
	struct slice name;
	double rows;
};
/* A map column with these keys and `other` more, in `none` of the rows without one; the
 * BASELINE_KEYS_MOST most frequent are listed, bytewise at equals. Sorts keys. */
void baseline_keys(struct slice column, struct baseline_key *keys, size_t n, double other,
		   double none, uint64_t rows, struct model_file *m);

#endif
