/* A draft map for a file nobody has described yet. */
#ifndef SO1_INGEST_GUESS_H
#define SO1_INGEST_GUESS_H

#include "base/buffer.h"
#include "base/error.h"

/* Reads the head of `file` ("-": standard input; up to 20,000 records) and appends a map to
 * out: settings (source from the file's name, encoding, dates, delimiter where it must be
 * said, country hints) and a line for each touchpoint column that a header name (English and
 * German words) or the values speak for. What is uncertain bears a comment that begins with
 * "# ?", what is not used stands as a comment ready to be turned on. delimiter: 0 to
 * detect. Fails as reader_open does; a file without records is SO1_FAILED. */
enum so1_status guess_map(struct buffer *out, const char *file, char delimiter,
			  struct so1_error *e);

#endif
