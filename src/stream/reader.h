/* Reading CSV streams: so1(7).
 *
 * A reader turns one or more files into records with the columns of the first
 * file's header. It detects delimiter, CRLF, BOM and gzip. Regular records go
 * through a SIMD scanner with zero-copy fields; the first irregular byte sends a
 * record to libcsv, which alone decides what is accepted and what is an error.
 * Records that cannot be used go to the rejects. */
#ifndef SO1_STREAM_READER_H
#define SO1_STREAM_READER_H

#include "base/error.h"
#include "base/memory.h"
#include "stream/dialect.h"
#include "stream/rejects.h"

struct reader;

struct reader_options {
	char delimiter;           /* 0: detect among , ; tab | per file */
	int threads;              /* >1: inflating gzip has its own thread */
	size_t max_record;        /* bytes of one record, at most 1 GiB; 0 is 1 MiB */
	bool no_fast_lane;        /* everything through libcsv (tests) */
	size_t block_size;        /* bytes read at a time; 0 is 256 KiB (tests) */
	bool seal_required;       /* SO1_SEAL=1 and this is a stream, not a raw source */
	bool allow_bad_utf8;      /* raw sources in other encodings: do not check UTF-8 */
	bool allow_empty;         /* an input without even a header: reader_header is then empty */
	bool number_repeats;      /* raw sources: a column name that repeats is no error, the second
	                             one is "NAME (2)" */
	bool exact_columns;       /* the header must be the same names in the same order */
	struct rejects *rejects;  /* borrowed; NULL: the first bad record is an error */
	struct progress *progress;/* borrowed, may be NULL */
};

struct record {
	const struct slice *fields; /* header.count of them, unquoted and unescaped */
	size_t count;
	struct slice raw;           /* the record's bytes in the file, no line end */
	const char *file;
	uint64_t line;              /* physical line it starts on */
	char delimiter;             /* of raw */
	bool raw_is_canonical;      /* raw parses to the same fields, in the same order, with
	                               reader_delimiter() */
};

/* files: paths, "-" is standard input (at most once; more is SO1_USAGE); count 0 is
 * standard input. Opens the first file and reads its header: fails on a missing or
 * unreadable file, an empty input, duplicate column names, an unusable header. The
 * caller owns *out (also after a failure: reader_close(NULL) is fine). */
enum so1_status reader_open(struct reader **out, const char *const *files, size_t count,
			    const struct reader_options *options, struct so1_error *e);
const struct header *reader_header(const struct reader *r);
char reader_delimiter(const struct reader *r);
/* The next record into *rec (*more true), or *more false at the end (seal checked).
 * Fields and raw are valid until the next call. */
enum so1_status reader_next(struct reader *r, struct record *rec, bool *more, struct so1_error *e);
/* Records given out or rejected so far. */
uint64_t reader_rows(const struct reader *r);
/* A record the tool itself finds unusable: to the rejects (SO1_OK: go on with the next),
 * or an error when there are none to take it. `column` and `value` as in the message. */
enum so1_status reader_reject(struct reader *r, const struct record *rec, const char *column,
			      const char *reason, struct slice value, struct so1_error *e);
void reader_close(struct reader *r);

/* A batch is a run of consecutive records that owns its memory, for handing to
 * another thread: see pipeline.h. */
struct batch;
/* *out is NULL at the end and after a failure. A batch belongs to one thread at a time. */
enum so1_status reader_next_batch(struct reader *r, struct batch **out, struct so1_error *e);
size_t batch_count(const struct batch *b);
/* Fields stay valid as long as the batch. fields: room for header.count slices. */
void batch_record(struct batch *b, size_t i, struct slice *fields, struct record *rec);
/* Why a record is of no use. */
struct problem {
	bool fatal; /* no matter for the rejects: the stream itself is damaged */
	const char *reason;
	struct slice column, value;
};
/* For tools with threads of their own that keep errors and rejects in the order of the
 * input: the next batch into *b (which is used again when it is not NULL), nothing looked
 * at and all its records counted as read. NULL at the end; kept for batch_free after a
 * failure. */
enum so1_status reader_next_unchecked(struct reader *r, struct batch **b, struct so1_error *e);
/* Record i of such a batch, decoded text in the caller's arena: several threads may read
 * one batch. False and *p when it is of no use: reader_report in its turn. */
bool batch_read(const struct batch *b, size_t i, struct slice *fields, struct arena *a,
		struct record *rec, struct problem *p);
/* Record i as it stands in the file, not taken apart. False where the same bytes may mean
 * something else in another file. */
bool batch_raw(const struct batch *b, size_t i, struct slice *raw);
/* To the rejects, or the error that ends the run. */
enum so1_status reader_report(struct reader *r, const struct record *rec, const struct problem *p,
			      struct so1_error *e);
void batch_free(struct batch *b);

/* Makes a thread that waits for input return as if the input had ended, so that a run that
 * failed can join it. */
void reader_stop(struct reader *r);

/* The exact-match lookup every tool needs: index of `name`, or SO1_FAILED "no column
 * 'name'" with the nearest name there is. */
enum so1_status reader_need(const struct reader *r, const char *name, size_t *index,
			    struct so1_error *e);

/* Reads a small side file (catalogue, list, rules as CSV) whole: calls row() for each
 * record, its return other than SO1_OK ends the reading. Never rejects. */
enum so1_status csv_read_file(const char *file, enum so1_status (*header)(void *context,
			      const struct header *h, struct so1_error *e),
			      enum so1_status (*row)(void *context, const struct record *rec,
			      struct so1_error *e), void *context, struct so1_error *e);

#endif
