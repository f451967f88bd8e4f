/* Destinations: what --for names. Each turns the same cells (layout.h) into the file one
 * system imports.
 *
 * Adding a destination:
 *  1. one file to_NAME.c that defines `const struct destination destination_NAME`;
 *  2. its line in DESTINATIONS below and its source in local.mk;
 *  3. its subsection in man/so1-export.1, DESTINATIONS: what it writes, what it cannot
 *     carry, where the rule comes from;
 *  4. a golden case tests/cli/export/for-NAME.
 * tests/unit/test_export.c fails when the page or the case is missing. */
#ifndef SO1_EXPORT_DESTINATION_H
#define SO1_EXPORT_DESTINATION_H

#include "export/layout.h"

/* In the order of --help: identifier, name. The first is the default. */
#define DESTINATIONS(FIRST, MORE) \
	FIRST(csv, "csv") \
	MORE(jsonl, "jsonl") \
	MORE(klaviyo, "klaviyo") \
	MORE(mailchimp, "mailchimp")

#define DESTINATION_FIRST_NAME(id, text) text
#define DESTINATION_MORE_NAME(id, text) "|" text
/* "csv|jsonl|…", for the option table: --for is the index in destination_table. */
#define DESTINATION_CHOICES DESTINATIONS(DESTINATION_FIRST_NAME, DESTINATION_MORE_NAME)

/* What a destination met and could not carry or wants said; counted, noted at the end. */
struct destination_counts {
	uint64_t formulas;  /* free text starting with = + - @ TAB CR, written as it is */
	uint64_t too_long;  /* cells the destination clips, written as they are */
	uint64_t left_out;  /* list items it refuses, not written */
};

/* One record to write. */
struct destination_row {
	const struct layout *layout;
	const struct slice *cells;        /* layout->count of them, text as in the stream */
	const struct permission *permission;
	size_t state;                     /* which of the destination's files */
	char delimiter;                   /* csv only */
	struct destination_counts *counts;
};

struct destination {
	const char *name;      /* as in --for */
	const char *file;      /* "list.csv": where its rows go; a state is put before the '.' */
	bool is_stream;        /* so1's own CSV: --tsv applies, standard output is sealed */
	bool has_send_times;   /* send_at and so on by default, where the stream has best_hour */
	channel_set channels;  /* what can be sent through it */
	/* Without offers and with only one list to write, this consent is asked for even
	 * when --channel is not given; 0: none. */
	channel_set implied;
	/* One of these must be filled; ends with TOUCHPOINT_COLUMNS. */
	enum touchpoint_column needs[4];
	const char *const *first;    /* columns that always come first, NULL-terminated */
	const char *const *offers;   /* default columns with offers … */
	const char *const *audience; /* … and without */
	uint64_t max_bytes;          /* of one file, header included; 0: no limit */
	uint64_t max_rows;           /* of one file; 0: no limit */
	/* The files of one export, by consent; NULL: one file. */
	const char *const *states;   /* NULL-terminated, the first is always written */
	size_t (*state)(const struct permission *p, enum consent_policy policy);
	/* The header with its line end, nothing for formats without; `state` as above, with
	 * one list for all states it is DESTINATION_ALL. */
	void (*put_header)(const struct layout *l, size_t state, char delimiter,
			   struct buffer *out);
	/* One record with its line end. */
	void (*put_row)(const struct destination_row *row, struct buffer *out);
};

#define DESTINATION_ALL SIZE_MAX

extern const struct destination *const destination_table[];
extern const size_t destination_count;

/* Counts a cell that a spreadsheet would take for a formula. Machines read it as text, so
 * it is not touched; see so1-export(1), SAFETY. */
void destination_check_text(const struct layout_column *c, struct slice cell,
			    struct destination_counts *counts);
/* Appends one cell to a comma-separated record. */
void destination_put_cell(struct buffer *out, bool *first, struct slice cell);
/* Ends the record. */
void destination_end_row(struct buffer *out);
/* Appends a JSON string, quotes included. */
void destination_put_json(struct buffer *out, struct slice text);
/* Appends a JSON array of the items of a list cell. */
void destination_put_json_list(struct buffer *out, struct slice cell);

#endif
