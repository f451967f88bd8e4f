/* The features: one table, one row and one file-local function for each.
 *
 * Adding a feature: write its function in the file of its group, add its row to the table
 * at the end of that file, run scripts/features-mdoc for the man page (a test holds the
 * page against the table) and add its number to the hand-made history in
 * tests/cli/profile/hand-made. */
#ifndef SO1_PROFILE_FEATURE_H
#define SO1_PROFILE_FEATURE_H

#include "base/buffer.h"
#include "profile/snapshot.h"

enum value_kind {
	VALUE_UNKNOWN, /* an empty cell */
	VALUE_COUNT,   /* i */
	VALUE_FLAG,    /* i: 0 or 1 */
	VALUE_MONEY,   /* i, millionths; at least two decimals */
	VALUE_DECIMAL, /* i, millionths */
	VALUE_NUMBER,  /* x, printed to ten significant digits */
	VALUE_DATE,    /* i, days since 1970-01-01 */
	VALUE_TEXT,    /* text, borrowed from the snapshot */
	VALUE_CELL,    /* the map cell that the function appended to cell */
};

struct feature_value {
	enum value_kind kind;
	int64_t i;
	double x;
	struct slice text;
	struct buffer *cell; /* set by the caller: where a map goes */
};

enum feature_scope {
	SCOPE_ONCE,
	SCOPE_WINDOW, /* a column for each of --windows: W in its name is the days */
	SCOPE_KEY,    /* a column for each of --by: K in its name is the key space */
};

/* Which of a feature's columns is wanted. */
struct feature_part {
	size_t span;        /* SCOPE_WINDOW: index in plan->spans */
	enum key_space key; /* SCOPE_KEY */
};

struct feature {
	const char *name;       /* "orders", "orders_Wd", "orders_by_K" */
	const char *unit;
	const char *definition; /* for the man page and the catalogue; one or two sentences */
	/* What it is made from, in parts set off by "; ": events and their columns
	 * ("purchase: qty, ts"), other features, and whose formula it is. */
	const char *source;
	enum feature_scope scope;
	bool label;             /* of the future: only with --label */
	void (*compute)(const struct snapshot *s, struct feature_part part,
			struct feature_value *v);
};

struct feature_group {
	const char *name;
	const char *title; /* of the card and the man page */
	const struct feature *features; /* ends with a row without a name */
};

enum { FEATURE_GROUPS = 7 };
extern const struct feature_group feature_groups[FEATURE_GROUPS];

/* The groups' tables, each at the end of its file. */
extern const struct feature feature_value_table[], feature_rhythm_table[],
	feature_interest_table[], feature_response_table[], feature_moment_table[],
	feature_map_table[], feature_label_table[];

/* The column's name: W and K filled in. Appended to b. */
void feature_put_name(struct buffer *b, const struct feature *f, uint32_t days,
		      enum key_space key);
/* The value as a cell's text (not quoted). Appended to b. */
void feature_put_value(struct buffer *b, const struct feature_value *v);
/* The whole table as CSV: feature,group,unit,definition,source. */
void feature_put_catalogue(struct buffer *b);

/* Shorthands for the feature functions. */
void value_count(struct feature_value *v, uint64_t n);
void value_flag(struct feature_value *v, bool yes);
void value_number(struct feature_value *v, double x);
void value_money(struct feature_value *v, const struct money_sum *m);
/* part ÷ whole; unknown when whole is 0. */
void value_share(struct feature_value *v, double part, double whole);
/* Starts the next entry of a map cell, "name="; keys come sorted bytewise. */
void value_key(struct feature_value *v, struct slice name);
/* Days from `day` to as_of; unknown for DAY_NONE. */
void value_days_since(struct feature_value *v, const struct snapshot *s, int64_t day);

#endif
