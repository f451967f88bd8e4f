/* Which columns an export has, whatever the destination: the customer's own (chosen by
 * --columns), then the campaign, then those of the offers. Destinations rename and format
 * them. */
#ifndef SO1_EXPORT_LAYOUT_H
#define SO1_EXPORT_LAYOUT_H

#include "export/catalogue.h"
#include "export/parcel.h"

enum export_form { FORM_AUDIENCE, FORM_WIDE, FORM_LONG };

/* How the stream's text is to be understood. */
enum cell_kind {
	CELL_TEXT,   /* identifiers, names, postcodes: never a number */
	CELL_FREE,   /* text people typed: may start with = + - @ */
	CELL_BOOL,   /* 1, 0 or empty */
	CELL_DATE,   /* 2026-11-01 or 2026-11-01T09:30:00Z */
	CELL_NUMBER, /* a number where it reads as one, else text */
	CELL_LIST,
	CELL_MAP,
};

enum offer_part {
	PART_NONE, PART_CAMPAIGN, PART_RANK, PART_ID, PART_NAME, PART_CHANNEL, PART_URL, PART_CODE,
	PART_SCORE,
};

struct layout_column {
	char *name;          /* as in the stream, attrs.KEY, offer_2_name …; owned */
	enum cell_kind kind;
	size_t source;       /* index in the stream; COLUMN_NONE for the campaign and offers */
	char *attribute;     /* the key in the attrs map, or NULL; owned */
	enum offer_part part;
	size_t slot;         /* which of the customer's offers, from 0; long form: 0 */
};

struct layout {
	enum export_form form;
	size_t top;                    /* offers a customer at most */
	const struct catalogue *offers;/* NULL in FORM_AUDIENCE */
	const char *campaign;          /* NULL: no such column */
	bool has_codes;                /* a code for each offer given, also when the catalogue has
	                                  none */
	struct layout_column *columns;
	size_t count, cap;
	size_t person_count;           /* columns[0 … person_count) come from the stream */
	size_t customer_id;            /* index in the stream */
};

/* Fills *l, which the caller has set form, top, offers, campaign and has_codes of. `list` is --columns
 * ("email,first_name,attrs.shoe_size") or NULL for `defaults`, of which those the stream
 * lacks are left out; the columns of `first` that the stream has always come first.
 * SO1_USAGE with the nearest name for a column the stream lacks, for one named twice. */
enum so1_status layout_build(struct layout *l, const struct header *h, const char *list,
			     const char *const *first, const char *const *defaults,
			     struct so1_error *e);
/* The index of the column of that name, or COLUMN_NONE. */
size_t layout_find(const struct layout *l, const char *name);
/* The person cells of a row, customer_id in front: out[1 + person_count]. */
void layout_pick(const struct layout *l, const struct slice *fields, struct slice *out,
		 struct arena *a);
/* All cells[count] of one row to write: `parcel` has what layout_pick gave, grants[0 … n)
 * are the offers (long form: one of them, `rank` from 1), with has_codes out of the parcel's
 * own candidates. Borrowed from parcel, catalogue
 * and scratch, which is cleared. */
void layout_fill(const struct layout *l, const struct parcel *parcel,
		 const struct candidate *grants, size_t n, size_t rank, struct slice *cells,
		 struct buffer *scratch);
void layout_free(struct layout *l);

#endif
