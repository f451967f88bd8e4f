/* Names and quoting rules of the stream, and fields into buffers. */
#ifndef SO1_STREAM_DIALECT_H
#define SO1_STREAM_DIALECT_H

#include "base/buffer.h"

/* Column names of a stream, owned by whoever holds it; zero-initialise. */
struct header {
	struct slice *names;
	size_t count, cap;
	struct slice storage; /* what the names point into, owned */
};

#define COLUMN_NONE SIZE_MAX

void header_add(struct header *h, struct slice name); /* copies the name */
/* Index of the column, or COLUMN_NONE. */
size_t header_find(const struct header *h, struct slice name);
/* Makes names unique: the second "a" becomes "a (2)", the third "a (3)"; a number that is
 * some other column's name is passed over. */
void header_number_repeats(struct header *h);
void header_copy(struct header *to, const struct header *from);
void header_free(struct header *h);

/* Appends one field, quoted only where needed (delimiter, quote, CR, LF inside, or
 * leading/trailing... nothing else: blanks need no quotes). A record that is a
 * single empty field is written "" so that no line is blank. */
void csv_put_field(struct buffer *b, struct slice field, char delimiter);
/* Appends fields with delimiters and the final LF. */
void csv_put_record(struct buffer *b, const struct slice *fields, size_t n, char delimiter);

#endif
