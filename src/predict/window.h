/* The data window of a model: the first and the last as_of of its rows. */
#ifndef SO1_PREDICT_WINDOW_H
#define SO1_PREDICT_WINDOW_H

#include "base/buffer.h"
#include "stream/modelfile.h"

/* Zero-initialise; empty until a row has a date. */
struct window {
	struct buffer first, last;
};

/* A row's as_of, bytewise as all dates here; empty: none. */
void window_take(struct window *w, struct slice as_of);
/* The rows first_as_of and last_as_of of the card, where there are any. */
void window_describe(const struct window *w, struct model_file *m);
void window_free(struct window *w);

#endif
