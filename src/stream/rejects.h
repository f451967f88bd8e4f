/* Records that cannot be used: counted by reason, written to --rejects FILE as
 * file,line,column,reason,value,record. */
#ifndef SO1_STREAM_REJECTS_H
#define SO1_STREAM_REJECTS_H

#include "base/error.h"

struct rejects;

struct rejects_options {
	const char *path;   /* --rejects, NULL: none */
	const char *limit;  /* --max-rejects "N" or "N%" of the rows read, NULL: no limit */
};

/* Never fails on options without a path and limit. A limit without a path lets the
 * run go on too; the rejects are then only counted and the first of each reason kept
 * for the summary. */
enum so1_status rejects_open(struct rejects **out, const struct rejects_options *options,
			     struct so1_error *e);
/* Takes one record. SO1_OK: go on. SO1_FAILED with *e filled: there is no file and no
 * limit (the reject is the error), the limit N is passed, or the file cannot be
 * written. */
enum so1_status rejects_add(struct rejects *r, const char *file, uint64_t line, const char *column,
			    const char *reason, struct slice value, struct slice record,
			    struct so1_error *e);
uint64_t rejects_count(const struct rejects *r);
/* Counts by "column: reason", in order of first arrival. */
size_t rejects_reasons(const struct rejects *r);
struct slice rejects_reason(const struct rejects *r, size_t i, uint64_t *count);
/* Rows that readers with these rejects have taken in: what a limit in percent is of. */
void rejects_saw(struct rejects *r, uint64_t rows);
/* Checks a limit in percent against the rows seen so far. writer_commit does, so that no
 * output is committed whose input was too bad. */
enum so1_status rejects_check(const struct rejects *r, struct so1_error *e);
/* Checks a limit in percent against rows_in and commits the file (also when the limit
 * is passed, so that one can look). */
enum so1_status rejects_finish(struct rejects *r, uint64_t rows_in, struct so1_error *e);
void rejects_free(struct rejects *r);

#endif
