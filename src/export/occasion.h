/* The calendar: occasions lift the offers that fit them, for the customers they mean, from
 * lead_days before their date to the day itself. man/so1-export.1, OCCASIONS, is the
 * user's side of this file.
 *
 * Adding a column: a member of struct occasion, a row of the table in occasion.c, a line in
 * the man page. */
#ifndef SO1_EXPORT_OCCASION_H
#define SO1_EXPORT_OCCASION_H

#include "export/catalogue.h"
#include "export/segment.h"

enum { OCCASION_LEAD_DEFAULT = 14, OCCASION_BOOST_DEFAULT = 2, OCCASIONS_MOST = 10000 };

enum occasion_kind {
	OCCASION_ONCE,     /* on `day` */
	OCCASION_YEARLY,   /* each year on month and day of the month */
	OCCASION_BIRTHDAY, /* the customer's, by birth_date */
};

struct occasion {
	struct slice name;
	struct slice tag, segment;           /* whom; both empty: everybody. tag is a list */
	struct slice offer_id, category, sku;/* which offers, lists; all empty: by tag, segment */
	enum occasion_kind kind;
	int64_t day;                         /* since 1970-01-01 */
	int month, month_day;
	int64_t lead;                        /* days, >= 0 */
	double boost;                        /* > 0, <= 1e6 */
	uint64_t line;
};

struct occasions {
	struct arena text;
	struct occasion *items; /* in the order of the file */
	size_t count, cap;
	const char *file;       /* borrowed */
	struct header ignored;  /* columns that mean nothing here */

	/* Filled by occasions_bind. */
	struct offer *people;   /* their segments as offers, for segments_bind */
	struct segments segments;
	size_t tags, interest, birth_date; /* columns, or COLUMN_NONE */
	size_t *starts;         /* by offer: its first place in fitting; one more at the end */
	uint16_t *fitting;      /* occasions that fit the offer, ascending */
	size_t fitting_cap;
	size_t *offers;         /* by occasion: how many offers fit */

	/* Filled by occasions_set_day. */
	int64_t today;
	bool *in_window;        /* a birthday may be anybody's today */
};

/* What a thread needs beside it. */
struct occasions_scratch {
	struct segments_scratch segments;
	int8_t *held; /* by occasion: -1 not asked in this row */
};

/* Reads `file` into *o, which the caller zero-initialises and frees with occasions_free,
 * also after a failure. SO1_USAGE with file, line and column for an unknown column, a date,
 * lead or boost that is none, an occasion that means neither people nor offers. SO1_FAILED
 * when the file cannot be read. A file without occasions is an empty calendar. */
enum so1_status occasions_read(struct occasions *o, const char *file, struct so1_error *e);
/* The first day on or after `day` with that month and day of the month; of 29 February,
 * 1 March in common years. Days since 1970-01-01. */
int64_t occasion_next_yearly(int month, int month_day, int64_t day);
/* Whether the occasion lifts the offer, for the customers it means: see the man page. */
bool occasion_fits(const struct occasion *o, const struct offer *offer);
/* Catalogue, rules and *o must outlive what is bound. SO1_USAGE with file, line and column
 * for a segment that makes no sense, a tag or birthday the stream has no column for. */
enum so1_status occasions_bind(struct occasions *o, const struct catalogue *c,
			       const struct header *h, const struct expr_named *rules,
			       size_t rule_count, struct so1_error *e);
void occasions_set_day(struct occasions *o, int64_t day);
void occasions_scratch_init(const struct occasions *o, struct occasions_scratch *scratch);
/* Starts a row. */
void occasions_row(const struct occasions *o, struct occasions_scratch *scratch,
		   const struct slice *fields, struct arena *a);
/* The largest boost of the occasions that hold for row and offer, and that occasion's index
 * + 1; 1 and 0 when none does. Of equal boosts the first in the file. */
enum so1_status occasions_lift(const struct occasions *o, struct occasions_scratch *scratch,
			       size_t offer, const struct slice *fields, double *boost,
			       uint16_t *occasion, struct arena *a, struct so1_error *e);
/* "LINE: offer_id: no such offer 'X' (did you mean 'Y'?)" and so on for each occasion that
 * fits no offer, a line each: last year's offers in a calendar must stop nothing. */
void occasions_describe(const struct occasions *o, const struct catalogue *c,
			struct buffer *out);
void occasions_scratch_free(struct occasions_scratch *scratch);
void occasions_free(struct occasions *o);

#endif
