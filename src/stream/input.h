/* One file of a reader: what its first bytes say (BOM, delimiter, header), then its
 * records, a block at a time. Private to src/stream. */
#ifndef SO1_STREAM_INPUT_H
#define SO1_STREAM_INPUT_H

#include "stream/block.h"
#include "stream/seal.h"
#include "stream/source.h"
#include "stream/strict.h"
#include "stream/wide.h"

struct input {
	const struct reader_options *options; /* borrowed */
	size_t max_record;
	struct source *source;
	struct wide wide;
	struct strict *strict;
	struct seal_hash *hash;
	struct buffer tail; /* bytes read but not yet part of a record */
	uint64_t line;      /* physical line the tail starts on */
	uint64_t rows;
	bool end;           /* the source is used up */
	bool cr_lines;      /* lines end at a lone CR */
	bool skipping;      /* within the line of a broken record that was too long */
	bool sealed;
	bool failed; /* with error, to be told once the records before it are through */
	struct so1_error error;
	struct strict_result broken_header; /* reason NULL: there is none */
};

/* Opens and reads up to the header, which goes to *names (owned by the caller); none for
 * an empty file. *delimiter is what was detected or asked for. signals: see
 * source_open. A header whose quote
 * never closes is taken without that quote; the line
 * itself is the first record input_fill finds, a broken one. */
enum so1_status input_open(struct input *in, const char *path, const struct reader_options *options,
			   const struct source_signals *signals, struct header *names, char *delimiter,
			   struct so1_error *e);
/* The next records into an empty block, whose shape is set; none (count 0) only at the
 * end of the file, where the seal has been checked. */
enum so1_status input_fill(struct input *in, struct block *b, struct so1_error *e);
void input_close(struct input *in);

/* The delimiter a header line speaks for: the one of , ; tab | that stands most often
 * outside quotes, the comma where there is none. */
char delimiter_detect(struct slice line);

#endif
