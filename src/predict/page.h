/* A small CSV file of figures: its header, then rows that a function puts. */
#ifndef SO1_PREDICT_PAGE_H
#define SO1_PREDICT_PAGE_H

#include "stream/writer.h"

typedef enum so1_status put_rows(struct writer *w, const void *context, struct so1_error *e);

/* Whole or not at all. names: count columns. */
enum so1_status page_write(const char *path, const char *const *names, size_t count, put_rows *put,
			   const void *context, struct so1_error *e);
/* A field: six significant digits, whole numbers all of theirs; empty when not known. */
void page_put_number(struct writer *w, double x, bool known);

#endif
