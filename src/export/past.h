/* What a customer's history says about this run: left out, over a cap, had an offer often
 * enough. Bound once, then read by several threads. */
#ifndef SO1_EXPORT_PAST_H
#define SO1_EXPORT_PAST_H

#include "export/cap.h"
#include "export/catalogue.h"
#include "export/sendlog.h"

struct past {
	/* Set by the caller; borrowed. */
	const struct sendlog *history;
	const struct cap_list *caps;
	const struct catalogue *catalogue; /* NULL: no offers */
	struct sendlog_run run;
	int64_t number;                    /* of the run, sendlog_run_number */
	int64_t day;                       /* of the run, days since 1970-01-01 */
	int64_t span;                      /* so many days later a message may go at the latest */
	size_t timezone, country;          /* columns of the stream or COLUMN_NONE */
};

/* A thread's own room; zero-initialise, past_scratch_free. */
struct past_scratch {
	struct sendlog_cursor cursor;
	struct past_message *messages;
	size_t count, cap;
	int64_t *days;
	size_t day_cap;
	uint32_t *had;                     /* by offer, of the customer at hand */
};

/* The verdict on one customer. */
struct past_customer {
	bool again;             /* on the list of this run when it was done before */
	bool in_campaign;       /* mailed or held out for it by another run */
	channel_set capped;     /* no further message through these */
	bool capped_unknown;    /* nor one whose channel is not known */
	uint32_t left;          /* messages of all channels together; UINT32_MAX: no such cap */
};

/* Reads the customer's entries but those of this very run. Whoever was on the list of this
 * run when it was done before is judged as then: entries of later runs do not count. Days are calendar days in the
 * zone of the timezone column, else the country's usual one, else UTC. */
void past_read(const struct past *p, struct past_scratch *s, const struct slice *fields,
	       struct slice customer_id, struct arena *a, struct past_customer *out);
/* Whether the customer of the last past_read may get the offer once more. */
bool past_may_have(const struct past *p, const struct past_scratch *s, size_t offer);
void past_scratch_free(struct past_scratch *s);

#endif
