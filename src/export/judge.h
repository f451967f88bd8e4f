/* Judging a row: which offers may this customer get, and if none, why. Reads the row
 * only; what depends on other customers (stock, budget) is allocate.h's business.
 *
 * An offer is a candidate when, in this order: it is live on as_of; the destination and
 * --channel can carry one of its channels; its segment holds; its score is known to reach
 * min_score and is not negative (nor, with expected costs, above 1, or the row is rejected);
 * the customer has not had it as often as one may; the customer consents to one of those
 * channels; the identifier it needs is there; no cap on contact is reached; stock and budget
 * allow one at all. */
#ifndef SO1_EXPORT_JUDGE_H
#define SO1_EXPORT_JUDGE_H

#include "export/layout.h"
#include "export/occasion.h"
#include "export/parcel.h"
#include "export/past.h"
#include "export/score.h"
#include "export/segment.h"
#include "export/suppress.h"

struct judge {
	/* Set by the caller before judge_bind; all borrowed. */
	const struct header *header;
	const struct catalogue *catalogue;   /* NULL: the customers themselves */
	const struct layout *layout;
	const struct suppress *suppress;
	const struct past *past;             /* NULL: no history */
	const enum touchpoint_column *needs; /* the destination's: one must be filled; ends
	                                        with TOUCHPOINT_COLUMNS, empty for none */
	bool (*can_match)(const struct slice *fields, const size_t index[TOUCHPOINT_COLUMNS]);
	                                     /* the destination's, instead of needs; or NULL */
	channel_set refused;                 /* who opted out of one of these is left out */
	bool allow_special;                  /* else a marked key of a whole attrs is refused */
	channel_set channels;                /* that may be used at all */
	struct channel_list audience;        /* without offers: one must be permitted; empty: no
	                                        consent is asked for */
	enum consent_policy consent;
	size_t top;
	const char *campaign;
	double holdout;                      /* share held out, 0 none */
	const char *score;                   /* --score or NULL */
	const struct expr_named *rules;
	size_t rule_count;
	struct occasions *occasions;         /* bound by judge_bind; NULL: none */
	const struct send_plan *send;        /* bound; NULL: no send times */

	/* Filled by judge_bind. */
	size_t touchpoint[TOUCHPOINT_COLUMNS];
	size_t identifiers[SUPPRESS_COLUMNS];
	size_t top_channel, sends, responses; /* what tells a customer's taste in channels */
	size_t attrs;                        /* the layout's column whose keys are checked */
	struct scoring scoring;
	struct segments segments;

	/* Filled by judge_set_day. */
	bool *live;
};

/* A thread's own room. */
struct judge_scratch {
	struct arena arena;
	struct segments_scratch segments;
	double *scores;
	struct slice *fields;
	struct candidate *candidates;
	struct sha256 *digest;
	struct send_zones zones;
	struct occasions_scratch occasions;
	struct past_scratch past;
	struct past_customer customer;       /* what the history says of the row */
};

enum so1_status judge_bind(struct judge *j, struct so1_error *e);
/* The day the offers must be live on; days since 1970-01-01. Returns how many are. */
size_t judge_set_day(struct judge *j, int64_t day);
/* One row into *out, whose arrays live in scratch until the next call. SO1_FAILED with
 * reason, column and value in *e for a row that must be rejected. */
enum so1_status judge_row(const struct judge *j, struct judge_scratch *scratch,
			  const struct slice *fields, struct parcel *out, struct so1_error *e);
void judge_scratch_init(const struct judge *j, struct judge_scratch *scratch);
void judge_scratch_free(struct judge_scratch *scratch);
void judge_free(struct judge *j);

#endif
