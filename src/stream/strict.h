/* libcsv, wrapped: the one place that decides what a record is and what is broken.
 * Strict mode, nothing trimmed. */
#ifndef SO1_STREAM_STRICT_H
#define SO1_STREAM_STRICT_H

#include "base/buffer.h"

struct strict;

enum strict_outcome {
	STRICT_RECORD, /* fields are there (none for a blank line) */
	STRICT_MORE,   /* the bytes do not suffice to tell */
	STRICT_BROKEN, /* not a record: reason, column, value */
};

struct strict_result {
	size_t size;     /* the record's bytes without its line end */
	size_t consumed; /* with it; where reading goes on */
	size_t count;    /* fields; broken: index of the field that is */
	const char *reason;
	struct slice value; /* of the broken field, in the bytes given */
	bool cut;        /* broken, and its last line goes on beyond `consumed` */
};

/* max_record: bytes of the longest record. */
struct strict *strict_new(char delimiter, size_t max_record);
void strict_free(struct strict *s);

/* Parses the one record at the start of the bytes. `last`: nothing follows them.
 * cr_lines: physical lines of this file end at a lone CR. The answer depends on the
 * bytes only, not on how many of them were given.
 *
 * A broken record ends with the line on which the broken field opens, so a quote that
 * never closes costs that line, not the file. */
enum strict_outcome strict_parse(struct strict *s, struct slice bytes, bool last, bool cr_lines,
				 struct strict_result *out);
/* Field i of the last record, valid until the next call. */
struct slice strict_field(const struct strict *s, size_t i);

#endif
