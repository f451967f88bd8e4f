/* sink.h: an output file whose rows come out in order of time, block by block.
 *
 * Rows are collected for a block of people, sorted by key (equal keys keep their order) and
 * written: memory stays constant, and a small sample is in order from start to end, as an
 * export of a real system would be. The file appears under its name only when closed well. */
#ifndef SAMPLES_SINK_H
#define SAMPLES_SINK_H
#include <stdbool.h>
#include <stdio.h>
#include <zlib.h>
#include "text.h"

struct sink_row { int64_t key; size_t at, len; };

struct sink {
	char path[512], part[520];
	FILE *file;
	gzFile gz;
	char delimiter;
	bool windows_1252, crlf;
	bool first;                 /* the next field is the first of its row */
	struct text block, sorted;
	struct sink_row *rows, *spare;
	size_t count, room;
	uint64_t written;           /* rows so far, header not counted */
	uint64_t bytes;             /* before compression */
};

/* Opens DIR/NAME (compressed if NAME ends in .gz); header is one line without its end. False
 * with errno set if it cannot. */
bool sink_open(struct sink *s, const char *dir, const char *name, char delimiter,
		bool windows_1252, const char *header);

void sink_begin(struct sink *s, int64_t key);
void sink_field(struct sink *s, const char *utf8);  /* quoted if it must be */
struct text *sink_raw(struct sink *s);  /* next field, written by the caller, never quoted */
void sink_end(struct sink *s);
void sink_again(struct sink *s);        /* the row just ended, once more */

bool sink_flush(struct sink *s);        /* end of a block; false on a write error */
bool sink_close(struct sink *s);        /* flushes and renames; false on any error */
#endif
