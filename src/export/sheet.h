/* A sheet: headers and cells as one importer of comma-separated files wants them. Most
 * destinations are a sheet and little else. */
#ifndef SO1_EXPORT_SHEET_H
#define SO1_EXPORT_SHEET_H

#include "export/destination.h"

/* What a header that is not in `names` may hold; other bytes become '_'. */
enum sheet_letters {
	SHEET_ANY,
	SHEET_WORD,  /* A-Z a-z 0-9 _ */
	SHEET_LOWER, /* a-z 0-9 _, capitals become small */
	SHEET_UPPER, /* A-Z 0-9 _, small letters become capitals */
};

enum sheet_date {
	SHEET_ISO,     /* as in the stream */
	SHEET_US,      /* MM/DD/YYYY, a time as in the stream */
	SHEET_US_TIME, /* MM/DD/YYYY, a time MM/DD/YYYY HH:MM (UTC) */
	SHEET_DAY_MONTH_YEAR, /* DD-MM-YYYY, a time as in the stream */
	SHEET_DAY,     /* YYYY-MM-DD, the day of a time too */
	SHEET_UNIX,    /* seconds since 1970 */
};

struct sheet_name {
	const char *column, *name;
};

struct sheet {
	const struct sheet_name *names; /* ends with a NULL column */
	enum sheet_letters letters;
	const char *yes, *no;
	enum sheet_date dates;
	const char *separator;  /* between the items of a list */
	/* Columns tags and segments become one cell of this name; NULL: lists like others. */
	const char *tags;
	const char *tag_separator;
	const char *tag_refused; /* bytes a tag must not hold: it is left out, counted */
	bool tag_no_minus;       /* nor start with '-' */
	bool one_line;          /* blanks for line breaks */
	bool no_emoji;          /* left out, counted; with one_line */
	bool quote_accents;     /* quotes around what is not ASCII */
	bool counts_numbers;    /* more than two decimals or below 0: counted */
	size_t columns_most;    /* 0: no limit */
};

/* The header's names, without the line end; *first as in destination_put_cell. */
void sheet_put_names(const struct sheet *s, const struct layout *l, bool *first,
		     struct buffer *out);
/* The cells of a row, likewise. */
void sheet_put_cells(const struct sheet *s, const struct destination_row *row, bool *first,
		     struct buffer *out);
/* False for a column whose text is part of another's cell (the tags). */
bool sheet_has_cell(const struct sheet *s, const struct layout *l, size_t column);
/* One cell as the sheet writes it, borrowed from row or scratch. */
struct slice sheet_cell(const struct sheet *s, const struct destination_row *row, size_t column,
			struct buffer *scratch);
/* The bytes of the emoji (or what joins and styles emoji) that the text starts with, or 0. */
size_t emoji_length(struct slice text);
/* For destination.check: SO1_USAGE when two columns get one header, `extra` (may be NULL)
 * among them, or when there are too many. */
enum so1_status sheet_check(const struct sheet *s, const struct layout *l, const char *extra,
			    struct so1_error *e);

#endif
