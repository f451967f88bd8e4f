/* A touchpoint between the passes: what so1-dedupe will write of it (everything but
 * identifiers and person, already encoded) and the few facts the later passes need. */
#ifndef SO1_DEDUPE_ROWS_H
#define SO1_DEDUPE_ROWS_H

#include "dedupe/moment.h"
#include "dedupe/tuples.h"
#include "stream/reader.h"

enum row_kind {
	ROW_OTHER,
	ROW_RESPONSE, /* open, click, redeem, optin: proves that the address reached them */
	ROW_ERASE,
};

/* Most of a touchpoint's columns are empty, and rows are what fills the memory: long runs
 * of delimiters are left out of the text and noted as gaps.
 *
 * Followed by, each only if there is one: the repeat of an order's line (ROW_HAS_REPEAT),
 * where the attrs are (ROW_HAS_ATTRS), the text without its gaps, the gaps, the line of the
 * input it comes from (ROW_HAS_LINE). The text is the record for the writer without customer_id: its other columns with identifiers and person
 * blank, and the LF. */
struct row {
	uint32_t tuple;
	uint32_t len;      /* of the whole text, gaps filled */
	uint32_t kept;     /* of the text as it is here */
	uint32_t ts_at;    /* the ts within the kept text */
	uint8_t ts_len;
	uint8_t kind : 4;  /* enum row_kind */
	uint8_t has : 4;   /* ROW_HAS_… */
	uint8_t yes : 4;   /* channels (consent.h) it opts in to */
	uint8_t no : 4;
	uint8_t gaps;
};

enum { ROW_HAS_REPEAT = 1, ROW_HAS_ATTRS = 2, ROW_HAS_LINE = 4 };

/* Where the attrs cell is within the kept text, encoded, with its quotes. */
struct row_attrs {
	uint32_t at, len;
};

/* After `piece` bytes of the kept text `delimiters` are missing. */
struct row_gap {
	uint16_t piece;
	uint8_t delimiters;
};

enum { ROW_GAP_SIZE = 3, ROW_LINE_SIZE = 12, ROW_ALIGNMENT = 4 };

static inline const char *row_text(const struct row *r)
{
	return (const char *)(r + 1) + (r->has & ROW_HAS_REPEAT ? sizeof(uint64_t) : 0) +
	       (r->has & ROW_HAS_ATTRS ? sizeof(struct row_attrs) : 0);
}
static inline size_t row_size(const struct row *r)
{
	size_t n = (size_t)(row_text(r) - (const char *)r) + r->kept + (size_t)r->gaps * ROW_GAP_SIZE +
		   (r->has & ROW_HAS_LINE ? ROW_LINE_SIZE : 0);

	return (n + ROW_ALIGNMENT - 1) & ~(size_t)(ROW_ALIGNMENT - 1);
}
static inline struct slice row_ts(const struct row *r)
{
	return slice_make(row_text(r) + r->ts_at, r->ts_len);
}
static inline uint64_t row_moment(const struct row *r)
{
	return moment_of(row_ts(r));
}
/* The whole text, row->len bytes, to out. */
void row_put_text(const struct row *r, char delimiter, char *out);
/* Compares whole texts as memcmp does, the shorter first. */
int row_compare(const struct row *a, const struct row *b, char delimiter);
/* The attrs cell as encoded, with its quotes; empty when there is none. */
struct slice row_attrs(const struct row *r);
/* Appends, to a row that has just been encoded, the key of the line it comes from. */
void row_set_line(struct row *r, struct tuple_key line);
struct tuple_key row_line(const struct row *r);
/* Equal for exact repeats within one customer and moment; hash: of the tuple's content. */
uint64_t row_repeat(const struct row *r, uint64_t hash);

/* How records of one stream become rows. */
struct row_plan {
	size_t column[TOUCHPOINT_COLUMNS]; /* place in the input, or COLUMN_NONE */
	bool *blank;                       /* input columns that are written empty */
	uint8_t *role;                     /* enum touchpoint_column of an input column, or
	                                      TOUCHPOINT_COLUMNS */
	size_t count;                      /* columns of the input */
	char delimiter;                    /* of the output */
	bool identity_is_one_run;          /* the identity columns stand side by side, in order */
};

/* Fails when the stream lacks ts or event, has no identity column at all, or already
 * has a customer_id. row_plan_free when done. */
enum so1_status row_plan_make(struct row_plan *p, const struct reader *r, char delimiter,
			      struct so1_error *e);
void row_plan_free(struct row_plan *p);

/* The identity fields of a record, and the same as canonical text for tuple_key_of, in
 * scratch where need be. */
struct slice row_identity(const struct row_plan *p, const struct record *rec,
			  struct slice fields[IDENTITY_FIELDS], struct buffer *scratch);
/* Upper bound for the size of the row of this record. */
size_t row_size_bound(const struct row_plan *p, const struct record *rec);
/* What the record states, into kind, yes and no of *row, the rest of which is untouched.
 * SO1_FAILED with column, reason and value when the record cannot be used: an impossible
 * ts, an opt-in that is neither 1 nor 0, a golden row. */
enum so1_status row_check(const struct row_plan *p, const struct record *rec, struct row *row,
			  struct so1_error *e);
/* Encodes a record that row_check passed into *row (row_size_bound bytes, aligned to
 * ROW_ALIGNMENT), but for its tuple. */
void row_encode(const struct row_plan *p, const struct record *rec, struct row *row,
		struct buffer *scratch);

/* One encoded field as text: quotes off, doubled quotes single, in scratch when needed. */
struct slice row_unquote(struct slice encoded, struct buffer *scratch);
/* The row's fields in the order of the input, `count` of them; text that had to be
 * unquoted is in the arena. */
void row_split(const struct row *row, char delimiter, struct slice *fields, size_t count,
	       struct arena *a);

#endif
