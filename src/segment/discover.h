/* so1-segment --discover: what lifts a target, as a rules file. */
#ifndef SO1_SEGMENT_DISCOVER_H
#define SO1_SEGMENT_DISCOVER_H

#include "segment/discover_select.h"
#include "stream/writer.h"

/* Rows a conjunction must hold for: a share of all rows, or a count. */
struct support {
	double share;
	uint64_t count;
};

/* "2%", "0.02" (shares, below 1) or "500" (a count, from 1 on) → *s; else SO1_USAGE. */
enum so1_status support_parse(const char *text, struct support *s, struct so1_error *e);
/* In rows of `rows`, rounded up; at least 1. */
uint64_t support_rows(const struct support *s, uint64_t rows);

struct discover_run {
	const char *target;         /* as the user wrote it */
	struct discover_options columns;
	struct support support;
	uint64_t depth, quantiles, top;
	double fdr, min_lift;
	int threads;
	/* Filled: */
	struct discover_table table;
	struct condition_set set;
	struct findings findings;
	struct discoveries discoveries;
};

/* What the options may not be: SO1_USAGE. */
enum so1_status discover_check(const struct discover_run *run, struct so1_error *e);
/* Reads r and finds the rules. SO1_FAILED where the target is the same for all rows. Call
 * discover_free in any case. */
enum so1_status discover(struct discover_run *run, struct reader *r, const struct outcome *target,
			 struct so1_error *e);
/* Columns that no condition was made from, by their names or what is in them: calls visit for
 * each. */
void discover_left_out(const struct discover_run *run,
		       void (*visit)(void *context, struct slice name), void *context);
/* The place of a rule that is the target in all but name: nine in ten of the rows it holds for
 * are positives, and nine in ten positives are among them. SIZE_MAX where there is none. */
size_t discover_giveaway(const struct discover_run *run);
/* The rules file: a head of comments, then for each rule its figures as a comment and the
 * rule. */
enum so1_status discover_write(const struct discover_run *run, struct writer *w,
			       struct so1_error *e);
void discover_free(struct discover_run *run);

#endif
