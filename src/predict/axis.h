/* A column cut into a few levels: numbers by cut points, texts by name. What an indicator
 * says, alone or together with the level of another column. */
#ifndef SO1_PREDICT_AXIS_H
#define SO1_PREDICT_AXIS_H

#include "base/buffer.h"
#include "base/table.h"
#include "stream/modelfile.h"

/* Numbers: level i holds cuts[i-1] < x <= cuts[i], level cut_count what is beyond, then
 * "missing". Texts: the listed, bytewise, then "other", then "missing". */
struct axis {
	struct slice column;      /* owned by whoever owns the axis */
	bool numbers;
	double *cuts;             /* ascending */
	size_t cut_count;
	struct dictionary levels;
};

size_t axis_size(const struct axis *a);
size_t axis_of_number(const struct axis *a, double x);
size_t axis_of_text(const struct axis *a, struct slice text);
size_t axis_of_missing(const struct axis *a);
/* A field of the stream; text in a numeric column is SO1_FAILED with column and value.
 * scratch is for the shortest decimal of numbers among texts. */
enum so1_status axis_of_field(const struct axis *a, struct slice field, struct buffer *scratch,
			      size_t *level, struct so1_error *e);
/* "..30", "30..38", "60..", "web", "(other)", "(missing)" */
void axis_put_level(const struct axis *a, size_t level, struct buffer *out);

/* Cut points so that each of `parts` holds about as many of the values (sorted in place);
 * values that are many times there make fewer parts. Quantile type 1, as R numbers them. */
void axis_cut(struct axis *a, double *values, size_t n, size_t parts);

/* The cut points or levels as a list cell, and back. */
void axis_put_list(const struct axis *a, struct buffer *out);
bool axis_get_list(struct axis *a, struct slice cell, bool numbers, struct arena *text);
/* A copy that owns its memory but for the column's name. */
void axis_copy(struct axis *to, const struct axis *from);
void axis_free(struct axis *a);

#endif
