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
	MORE(excel, "excel") \
	MORE(mailchimp, "mailchimp") \
	MORE(klaviyo, "klaviyo") \
	MORE(sendgrid, "sendgrid") \
	MORE(brevo, "brevo") \
	MORE(hubspot, "hubspot") \
	MORE(sfmc, "sfmc") \
	MORE(braze, "braze") \
	MORE(customerio, "customerio") \
	MORE(activecampaign, "activecampaign") \
	MORE(listmonk, "listmonk") \
	MORE(mautic, "mautic") \
	MORE(google, "google-customer-match") \
	MORE(meta, "meta-audience") \
	MORE(tiktok, "tiktok") \
	MORE(pos, "pos")

#define DESTINATION_FIRST_NAME(id, text) text
#define DESTINATION_MORE_NAME(id, text) "|" text
/* "csv|jsonl|…", for the option table: --for is the index in destination_table. */
#define DESTINATION_CHOICES DESTINATIONS(DESTINATION_FIRST_NAME, DESTINATION_MORE_NAME)

/* What a destination met and could not carry or wants said; counted, noted at the end. */
struct destination_counts {
	uint64_t formulas;   /* free text a spreadsheet would take for a formula, defended */
	uint64_t too_long;   /* cells the destination clips, written as they are */
	uint64_t left_out;   /* list items it refuses, not written */
	uint64_t refused;    /* rows it refuses for their address, written all the same */
	uint64_t numbers;    /* numbers it can only take as text */
	uint64_t characters; /* that it cannot read, left out */
	uint64_t unmatched;  /* identifiers that match nobody (matchkey.h), left out */
	uint64_t no_country; /* rows without, where each should have one */
	uint64_t hashed;     /* identifiers that are hashes already, left out */
};

struct sheet;

/* One record to write. */
struct destination_row {
	const struct layout *layout;
	const struct slice *cells;        /* layout->count of them, text as in the stream */
	const struct permission *permission;
	size_t state;                     /* which of the destination's files */
	char delimiter;                   /* csv and excel only */
	struct destination_counts *counts;
	struct sha256 *digest;            /* fresh, for whoever hashes */
};

struct destination {
	const char *name;      /* as in --for */
	const char *file;      /* "list.csv": where its rows go; a state is put before the '.' */
	bool is_stream;        /* so1's own CSV: --tsv applies, standard output is sealed */
	bool has_send_times;   /* send_at and so on by default, where the stream has best_hour */
	channel_set channels;  /* what can be sent through it */
	/* It has one contact for an e-mail address: of rows that share one the last one stays. */
	bool is_by_address;
	/* Without offers and where its files do not tell consents apart (one list to write, or
	 * no states), this consent is asked for even when --channel is not given; 0: none. */
	channel_set implied;
	/* Without offers and --channel: who opted out of one of these is left out. */
	channel_set refused;
	/* One of these must be filled; ends with TOUCHPOINT_COLUMNS. */
	enum touchpoint_column needs[4];
	/* Whether the row can be matched at all; NULL: `needs` decides. Called from several
	 * threads; fields by touchpoint_find's index. */
	bool (*can_match)(const struct slice *fields, const size_t index[TOUCHPOINT_COLUMNS]);
	const char *const *first;    /* columns that always come first, NULL-terminated */
	const char *const *offers;   /* default columns with offers … */
	const char *const *audience; /* … and without */
	/* Columns for an offer of its own instead of ours; a row each then. */
	const struct offer_column *coupon;
	bool needs_offers;
	bool drops_offers;           /* they only decide who is in the list */
	/* What the columns must obey; may be NULL. SO1_USAGE. */
	enum so1_status (*check)(const struct layout *l, struct so1_error *e);
	uint64_t min_rows;     /* a smaller file is of no use there; 0: no such floor */
	uint64_t max_bytes;          /* of one file, header included; 0: no limit */
	uint64_t max_rows;           /* of one file; 0: no limit */
	/* The files of one export, by consent; NULL: one file. */
	const char *const *states;   /* NULL-terminated, the first is always written */
	size_t (*state)(const struct permission *p, enum consent_policy policy);
	/* Where the file is a sheet (sheet.h): what check, put_header and put_row go by when they
	 * are NULL. */
	const struct sheet *sheet;
	/* The header with its line end, nothing for formats without; `state` as above, with
	 * one list for all states it is DESTINATION_ALL. */
	void (*put_header)(const struct layout *l, size_t state, char delimiter,
			   struct buffer *out);
	/* One record with its line end. */
	void (*put_row)(const struct destination_row *row, struct buffer *out);
};

#define DESTINATION_ALL SIZE_MAX

/* These three by the destination's own function, else by its sheet. */
enum so1_status destination_check(const struct destination *d, const struct layout *l,
				  struct so1_error *e);
void destination_put_header(const struct destination *d, const struct layout *l, size_t state,
			    char delimiter, struct buffer *out);
void destination_put_row(const struct destination *d, const struct destination_row *row,
			 struct buffer *out);

extern const struct destination *const destination_table[];
extern const size_t destination_count;

/* Free text without what would make a spreadsheet take it for a formula: leading = + - @ TAB
 * CR LF, counted. Numbers, phone numbers and handles keep their sign, identifiers are not
 * touched; see so1-export(1), SAFETY. A part of the cell. */
struct slice destination_text(const struct layout_column *c, struct slice cell,
			      struct destination_counts *counts);
/* Whether a spreadsheet may take the text for a formula (what destination_text strips). */
bool destination_is_formula(struct slice text);
/* Whether the column holds text from outside: everything but identifiers and what reads as
 * a number, a date or a truth value. */
bool destination_is_free(const struct layout_column *c, struct slice cell);

/* The three files of those that take the status of a contact per import: who permits
 * e-mail (by the policy), who opted out of it, the others. */
enum email_state { EMAIL_SUBSCRIBED, EMAIL_UNSUBSCRIBED, EMAIL_NONSUBSCRIBED };
extern const char *const email_states[];
size_t email_state_of(const struct permission *p, enum consent_policy policy);

/* Appends one cell to a comma-separated record. */
void destination_put_cell(struct buffer *out, bool *first, struct slice cell);
/* Ends the record. */
void destination_end_row(struct buffer *out);
/* The cell of the column of that name, empty when there is none. */
struct slice destination_cell(const struct destination_row *row, const char *name);

/* For destination.check of fixed columns: SO1_USAGE for a customer's column that is none of
 * `known` (NULL-terminated). */
enum so1_status destination_check_columns(const struct layout *l, const char *const *known,
					  struct so1_error *e);

/* Appends a JSON string, quotes included. */
void destination_put_json(struct buffer *out, struct slice text);
/* Appends a JSON array of the items of a list cell. */
void destination_put_json_list(struct buffer *out, struct slice cell);
/* Appends a cell as JSON by its kind: true, a number, an array, an object, null for what
 * is unknown, else a string. */
void destination_put_json_cell(struct buffer *out, enum cell_kind kind, struct slice cell);

#endif
