/* so1-segment's --rfm, --cluster and --clusters. */
#ifndef SO1_CMD_SEGMENT_TAG_H
#define SO1_CMD_SEGMENT_TAG_H

#include "cmd/tool.h"
#include "segment/additions.h"

struct tag_options {
	bool rfm;
	const char *rfm_columns;
	const char *cluster;  /* a number or "auto": fit instead of writing rows */
	const char *clusters; /* a model to apply */
	const char *columns, *ignore;
	int scale;            /* enum number_scale, -1: not given */
};

/* What is appended before the rules look. */
struct tags {
	struct rfm rfm;
	struct cluster_model clusters;
	struct additions additions;
	bool any;
	int spool;             /* of the rows, while quintiles are found; -1: none */
	struct reader *second; /* the rows again; NULL: none */
};

/* SO1_USAGE for options that do not go together. `others`: rules or a summary are wanted. */
enum so1_status tag_check(const struct tag_options *o, bool others, struct so1_error *e);
/* --cluster: reads all operands, writes the model to --output. */
enum so1_status tag_fit(const struct tag_options *o, struct tool_run *run, struct so1_error *e);

/* Reads the model, before anything waits for input. tags_free in any case. */
enum so1_status tags_load(struct tags *t, const struct tag_options *o, struct so1_error *e);
/* Finds the columns of all there is to append in the stream. */
enum so1_status tags_bind(struct tags *t, const struct tag_options *o, const struct reader *r,
			  bool replace, struct so1_error *e);
/* The columns the rules may use. */
const struct header *tags_header(const struct tags *t, const struct reader *r);
/* With --rfm reads all of *r, keeps it in a temporary file, and makes *r a reader of that;
 * the first one stays the caller's, the second is the tags'. */
enum so1_status tags_measure(struct tags *t, const struct tag_options *o, struct tool_run *run,
			     struct reader **r, struct so1_error *e);
void tags_free(struct tags *t);

#endif
