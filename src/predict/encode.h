/* Rows of a training table into rows of the design. */
#ifndef SO1_PREDICT_ENCODE_H
#define SO1_PREDICT_ENCODE_H

#include "predict/frame.h"
#include "predict/transform.h"

struct encoder;

/* For the first `count` transforms of the set, which come from columns of the frame. Both must outlive it. */
struct encoder *encoder_new(struct frame *f, const struct transform_set *set, size_t count);
/* cells: a row of the frame. Fills the columns of its transforms. */
void encoder_row(const struct encoder *x, const double *cells, struct design_row *row);
/* The level of a cell of column c; levels: of the column's texts by id, NULL for numbers. */
size_t encode_axis(const struct axis *a, struct frame_column *c, const uint16_t *levels,
		   double cell);
void encoder_free(struct encoder *x);

#endif
