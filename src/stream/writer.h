/* Writing CSV streams: so1(7). Quotes only where needed, batches writes, compresses
 * when the name ends in .gz, appears whole or not at all, seals when asked.
 *
 * -o FILE is written beside the target (FILE.so1-XXXXXX), fsynced and renamed by
 * writer_commit; to standard output everything is written as it comes, the header
 * first and at once, so that a tool downstream fails early. A short write, a full
 * disk or a closed pipe is an error (quiet for EPIPE). */
#ifndef SO1_STREAM_WRITER_H
#define SO1_STREAM_WRITER_H

#include "stream/reader.h"

struct writer;

struct writer_options {
	const char *path; /* NULL or "-": standard output */
	const int *spool; /* not NULL: an open temporary file (spool_create) instead of path;
	                     stays the caller's */
	const char *tmpdir; /* with spool: where it is, for errors */
	char delimiter;   /* 0 is ',' */
	bool seal;        /* end with #so1-end,ROWS,XXH3 */
	bool bom;
	bool crlf;
	bool raw;         /* no CSV: only writer_put_bytes (reports, JSON lines) */
	int threads;      /* for compressing; 0 is one */
	const struct rejects *rejects; /* borrowed; their limit in percent bars the commit */
};

enum so1_status writer_open(struct writer **out, const struct writer_options *options,
			    struct so1_error *e);
char writer_delimiter(const struct writer *w);
enum so1_status writer_put_header(struct writer *w, const struct header *h, struct so1_error *e);
/* One record field by field; writer_end_record closes it. */
void writer_put_field(struct writer *w, struct slice field);
/* The whole of a record that was read: its bytes where they are canonical for this
 * writer, else its fields. Further writer_put_field calls append. */
void writer_put_record(struct writer *w, const struct record *rec);
enum so1_status writer_end_record(struct writer *w, struct so1_error *e);
/* `rows` records already encoded for this writer (worker threads). */
enum so1_status writer_put_bytes(struct writer *w, struct slice bytes, uint64_t rows,
				 struct so1_error *e);
/* Sends what is complete at once (a tool that waits for its next input). */
enum so1_status writer_flush(struct writer *w, struct so1_error *e);
uint64_t writer_rows(const struct writer *w);
/* Flushes, seals, fsyncs, renames. After it only writer_free. */
enum so1_status writer_commit(struct writer *w, struct so1_error *e);
/* Without a commit before it: removes what was written beside the target. */
void writer_free(struct writer *w);

#endif
