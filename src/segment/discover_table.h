/* A stream with a target in compact form, for --discover: which rows hold which key.
 *
 * Rows are kept by class (0: the target is no, 1: yes) and numbered within it, so that
 * later a conjunction's positives are the bits of one half of its bitmap. Numbers take 4
 * bytes a cell; texts, keys of maps and items of lists a posting list each, one to five
 * bytes a row that holds them. */
#ifndef SO1_SEGMENT_DISCOVER_TABLE_H
#define SO1_SEGMENT_DISCOVER_TABLE_H

#include "base/buffer.h"
#include "base/table.h"
#include "segment/outcome.h"
#include "stream/reader.h"

enum discover_kind {
	DISCOVER_PLAIN, /* numbers and texts */
	DISCOVER_LIST,  /* tags, segments */
	DISCOVER_MAP,   /* WHAT_by_KEY: keys with a number above 0 */
	DISCOVER_KEYS,  /* recency_by_KEY, where 0 is not "none": keys that are there */
	DISCOVER_PAIRS, /* attrs: keys, and keys with their values (key NUL value) */
};

/* More texts (keys, items) than this in one column, and they are not told apart. */
enum { DISCOVER_KEYS_MOST = 1 << 18 };

/* Ascending row numbers: differences, seven bits a byte, low ones first. */
struct posting {
	struct buffer bytes;
	uint32_t count, last;
};

struct posting_pair {
	struct posting of[2]; /* by class */
};

struct discover_column {
	struct slice name;   /* borrowed from the table's header */
	size_t index;        /* in the stream */
	enum discover_kind kind;
	struct dictionary keys;
	struct posting_pair *postings; /* by key */
	size_t posting_cap;
	struct posting_pair missing;
	/* The largest float that is not above the number; NaN where there is no number. By
	 * class and row, as far as filled; NULL while there has been no number. */
	float *numbers[2];
	size_t number_cap[2];
	bool inexact;        /* some number is no float */
	bool many_digits;    /* some number has more than six, or an exponent */
	bool too_many;       /* more than DISCOVER_KEYS_MOST; keys has none then */
	bool all_dates;      /* every text is a date or a time, and there is one: no conditions */
};

struct discover_options {
	const char *ignore, *include; /* column names with commas between them; NULL: none */
	uint64_t memory;              /* bytes the table may take; 0: what there is */
};

struct discover_table {
	struct header header;            /* the stream's */
	struct discover_column *columns; /* that may be conditions */
	size_t count;
	uint32_t rows[2];                /* by class */
	uint64_t unknown;                /* rows whose target is unknown */
	uint64_t customers;              /* distinct, where there is a customer_id; else rows */
};

/* Reads the stream to its end; its order is checked where there is a customer_id.
 * Columns that the target reads, identifiers, names and streets, dates, labels and
 * scores are left out unless in `include`; those in `ignore` always. A name in the options
 * that is no column: SO1_USAGE. A table of more than `memory`: SO1_FAILED. Rows whose target is none go to the rejects. Call
 * discover_table_free in any case. */
enum so1_status discover_table_read(struct discover_table *t, struct reader *r,
				    const struct outcome *target,
				    const struct discover_options *options, struct so1_error *e);
void discover_table_free(struct discover_table *t);

/* About the bytes the table takes, or would with `more` besides; SO1_FAILED above `memory`. */
enum so1_status discover_table_fits(const struct discover_table *t, uint64_t memory,
				    uint64_t more, struct so1_error *e);

/* One more row; rows ascend, the last one again is ignored. */
void posting_add(struct posting *p, uint32_t row);
/* Sets the bits of its rows, bit r of word r / 64. */
void posting_set_bits(const struct posting *p, uint64_t *words);
/* The largest float that is not above x. */
float float_below(double x);

#endif
