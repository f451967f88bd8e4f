/* The history: who was sent what, and who was held out. man/so1-export.1, SEND HISTORY, is the
 * user's side of this file.
 *
 * A CSV file with the columns below, ascending by customer_id (bytes), a line for each
 * offer given or held back. A run reads it through a memory map and finds a customer by
 * search, so memory does not grow with it; a file out of order is sorted first, within the
 * sorter's memory. A run never changes the file in place: it writes the whole of it anew,
 * its own entries merged in, and renames. */
#ifndef SO1_EXPORT_SENDLOG_H
#define SO1_EXPORT_SENDLOG_H

#include "base/table.h"
#include "base/buffer.h"
#include "stream/spill.h"

#include <stdio.h>

enum sendlog_column {
	SENDLOG_CUSTOMER_ID, SENDLOG_CAMPAIGN, SENDLOG_AS_OF, SENDLOG_DESTINATION, SENDLOG_RUN,
	SENDLOG_OFFER_ID, SENDLOG_CHANNEL, SENDLOG_SENT_AT, SENDLOG_CODE, SENDLOG_HELD_OUT,
	SENDLOG_COLUMNS
};
extern const char *const sendlog_names[SENDLOG_COLUMNS];

/* A line. A column the file lacks is empty. */
struct sendlog_row {
	struct slice fields[SENDLOG_COLUMNS];
	struct slice raw; /* the line as it stands in the file, without its end */
};

/* Which run an entry is of. The same run done again (after a crash, say) knows its
 * entries by this and replaces them. */
struct sendlog_run {
	struct slice campaign, as_of, destination;
};
bool sendlog_is_of_run(const struct sendlog_row *row, const struct sendlog_run *run);

struct sendlog {
	const char *path, *tmpdir;      /* borrowed */
	int lock;                       /* on FILE.lock, -1 for none */
	bool exists;                    /* the file did when we began */
	void *map;
	size_t size, begin;             /* of the map; first byte behind the header */
	size_t columns;                 /* of the file */
	size_t place[SENDLOG_COLUMNS];  /* in the file; COLUMN_NONE for what it lacks */
	bool canonical;                 /* the header is ours: lines can be copied */
	bool sorted_anew;               /* it was out of order */
	uint64_t rows;
	struct dictionary runs;         /* by campaign, as_of, destination: */
	int64_t *run_numbers;
	size_t run_cap;
	int64_t last_run;

	FILE *spool[2];                 /* new lines, each ascending: sent, held out */
	uint64_t added;
	char *undo;                     /* the old file's second name until the list is there */
	bool replaced;
};

struct sendlog_options {
	const char *path;
	bool write;                     /* take the lock; else the file must exist */
	const char *tmpdir;
	uint64_t memory;                /* for sorting a file out of order */
};

/* Opens and checks the whole file. `visit` (may be NULL) gets every row in the order of
 * the file; it may fail. A file that is missing is an empty history when `write`. Fails
 * with SO1_FAILED, file and line for a file that is empty, a line with another number of
 * fields, an open quote, no customer_id, an unknown channel, a sent_at that is no date or
 * time, a run that is no number, a
 * held_out that is neither 0 nor 1, when another run holds the lock; SO1_USAGE for
 * a header that lacks customer_id, campaign, channel or sent_at or has a column that is
 * not ours. Zero-initialise *h; sendlog_close, also after a failure. */
enum so1_status sendlog_open(struct sendlog *h, const struct sendlog_options *options,
			     enum so1_status (*visit)(void *context, const struct sendlog_row *row,
						      struct so1_error *e),
			     void *context, struct so1_error *e);
void sendlog_close(struct sendlog *h);
/* Runs are numbered from 1 in the order they were first done: the run's number, the next
 * one for a run the history does not know. */
int64_t sendlog_run_number(const struct sendlog *h, const struct sendlog_run *run);
/* The number of an entry's run; 0, before all runs, for one from elsewhere. */
int64_t sendlog_row_run(const struct sendlog_row *row);
/* Maps a temporary file of lines without a header, whose columns and folder (tmpdir) the caller
 * set; for the spools. */
enum so1_status sendlog_map(struct sendlog *h, FILE *f, struct so1_error *e);
void sendlog_unmap(struct sendlog *h);

/* A place in the file; several threads may have one each. Zero-initialise. */
struct sendlog_cursor {
	size_t at;
	size_t dropped;     /* of the map before it, no longer held in memory */
	struct buffer last; /* customer_id last sought */
};
/* To the first row of the customer, if there is one; cheapest when ids ascend. */
void sendlog_seek(const struct sendlog *h, struct sendlog_cursor *c, struct slice customer_id);
/* The customer's next row after sendlog_seek, false behind the last. Decoded text goes to
 * the arena. */
bool sendlog_next(const struct sendlog *h, struct sendlog_cursor *c, struct slice customer_id,
		  struct sendlog_row *row, struct arena *a);
/* The next row of any customer; start with a cursor at 0. */
bool sendlog_walk(const struct sendlog *h, struct sendlog_cursor *c, struct sendlog_row *row,
		  struct arena *a);
void sendlog_cursor_free(struct sendlog_cursor *c);

/* A sent_at: a date is the day itself, in whatever zone the customer lives (*instant
 * false, *t in days); else a time (*instant true, seconds, UTC). False for neither. */
bool sendlog_parse_sent(struct slice text, bool *instant, int64_t *t);

/* sendlog_write.c. Adds an entry of this run: within sent (held_out empty or "0") and held
 * out ("1") each, customers come ascending. SO1_FAILED for a field with a line break. */
enum so1_status sendlog_add(struct sendlog *h, const struct slice fields[SENDLOG_COLUMNS],
			    struct so1_error *e);
/* Writes old and new entries in order beside the file, syncs, renames. Old entries of
 * `run` are replaced by the new ones; a code that one of them had and no new entry of the
 * customer has stays on as an entry without sent_at: used, not sent. The old file is kept
 * under a second name (FILE.so1-undo) until sendlog_settle. */
enum so1_status sendlog_replace(struct sendlog *h, const struct sendlog_run *run,
				struct so1_error *e);
/* The list is in its place (`done`): the old file goes. Or it could not be put there: the
 * old file comes back. */
void sendlog_settle(struct sendlog *h, bool done);

#endif
