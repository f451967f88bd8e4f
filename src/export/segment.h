/* The `segment` column of the catalogue: whom an offer is meant for.
 *
 * A cell is an expression (EXPR_RULE) over the row; most often a mere name. A word in it
 * is, in this order, a rule of --rules, a column of the stream, or a name in the list
 * column `segments` that so1-segment wrote. Unknown is not true. */
#ifndef SO1_EXPORT_SEGMENT_H
#define SO1_EXPORT_SEGMENT_H

#include "base/table.h"
#include "export/catalogue.h"
#include "expr/expr.h"

#define SEGMENT_EVERYBODY UINT32_MAX

/* One distinct cell of the column; offers share it. */
struct segment_test {
	struct slice text; /* owned by the catalogue */
	struct expr *expr; /* NULL: the text is a name in the list, nothing more */
	uint32_t name;     /* its id then */
};

struct segments {
	struct segment_test *tests;
	size_t count, cap;
	uint32_t *of_offer;        /* test of each offer, or SEGMENT_EVERYBODY */
	/* Words that must stand in the list column, the offer's line and what they mean. */
	struct dictionary names;
	uint64_t *lines;
	struct expr **meanings;
	size_t line_cap, meaning_cap;
	struct expr_named *scope;  /* the rules, then the names */
	size_t scope_count, scope_cap;
	size_t column;             /* `segments`, or COLUMN_NONE */
	const char *file;          /* the catalogue's, borrowed */
};

/* What a thread needs beside it. */
struct segments_scratch {
	int8_t *held;            /* by test: -1 not evaluated in this row */
	bool *listed;            /* by id of names: in this row */
	bool *seen;              /* by id of names: in any row so far */
	size_t unseen;
	struct dictionary other; /* names met, for suggestions; a thousand at most */
};

/* Zero-initialise *s. The named rules (may be none) and the catalogue must outlive it.
 * SO1_USAGE with the catalogue's file and line for an expression that makes no sense or
 * an unknown word in a stream without `segments`. */
enum so1_status segments_bind(struct segments *s, const struct catalogue *c,
			      const struct header *h, const struct expr_named *rules,
			      size_t rule_count, struct so1_error *e);
void segments_scratch_init(const struct segments *s, struct segments_scratch *scratch);
/* Starts a row. */
void segments_row(const struct segments *s, struct segments_scratch *scratch,
		  const struct slice *fields, struct arena *a);
/* Whether the row is in the offer's segment; each test is evaluated once a row. */
enum so1_status segments_hold(const struct segments *s, struct segments_scratch *scratch,
			      size_t offer, const struct slice *fields, bool *holds,
			      struct arena *a, struct so1_error *e);
/* Adds what `from` has seen to `into`. */
void segments_merge(const struct segments *s, struct segments_scratch *into,
		    const struct segments_scratch *from);
/* After all rows: a name that stood in no row's list at all is a typing error when there is
 * a name much like it among those that did, or, for a word of a longer expression, among the
 * columns: SO1_USAGE. Else the segment is empty today, which must not stop a nightly run:
 * "LINE: NAME" goes to *nobody, a line each. */
enum so1_status segments_check(const struct segments *s, const struct segments_scratch *all,
			       const struct header *h, struct buffer *nobody,
			       struct so1_error *e);
void segments_scratch_free(struct segments_scratch *scratch);
void segments_free(struct segments *s);

#endif
