/* What went wrong, for whoever decides what to do about it.
 *
 * Every library function that can fail returns enum so1_status and fills a
 * caller-owned struct so1_error; it never prints or exits. The status is also the
 * exit status of the tools. */
#ifndef SO1_BASE_ERROR_H
#define SO1_BASE_ERROR_H

#include "base/slice.h"

enum so1_status {
	SO1_OK = 0,
	SO1_FAILED = 1, /* data, I/O, order, seal */
	SO1_USAGE = 2,  /* the command line, a map, rule or catalogue file that makes no sense */
};

struct so1_error {
	enum so1_status status;
	char file[512];   /* "" when there is none; "(standard input)" */
	uint64_t line;    /* physical line, from 1; 0 when there is none */
	char column[256]; /* a column's name or a position, "" when there is none */
	char reason[512]; /* lower case, no full stop */
	char value[160];  /* the offending value, cut, control characters masked */
	bool has_value;
	bool quiet;       /* the reader of our output went away: say nothing */
};

/* Fills *e with a reason made by `format` and returns status. Clears place and value. */
enum so1_status error_set(struct so1_error *e, enum so1_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for a failed system call on `file`: "reason: strerror(errno)". */
enum so1_status error_set_errno(struct so1_error *e, const char *file, const char *reason);
/* Adds place and value to an error that error_set made; all return e->status. NULL
 * and 0 leave what is there. */
enum so1_status error_at(struct so1_error *e, const char *file, uint64_t line, const char *column);
enum so1_status error_value(struct so1_error *e, struct slice value);
/* "FILE:LINE: COLUMN: reason 'value'" into out (size bytes, always terminated). */
void error_format(const struct so1_error *e, char *out, size_t size);

#endif
