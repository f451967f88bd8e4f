/* --score-campaign: what a campaign brought, by the history and what was bought since.
 *
 * Each customer of a campaign is mailed or held out, from the earliest sent_at on (a date:
 * midnight in the customer's zone) for `window` days. A customer responds who has a
 * purchase in that time; the revenue is what purchases of that time cost less returns.
 * Customers of the history who are not in the stream bought nothing. Both files ascend by
 * customer_id and are merged: memory for one customer and the campaigns' offers. */
#ifndef SO1_EXPORT_RESPONSE_H
#define SO1_EXPORT_RESPONSE_H

#include "base/interval.h"
#include "stream/summary.h"
#include "stream/writer.h"

struct response_options {
	const char *history;
	const char *campaign; /* NULL: each in the history */
	uint64_t window;      /* days, at least 1 */
	const char *tmpdir;
	uint64_t memory;
};

/* One group. Zero-initialise. */
struct response_arm {
	uint64_t customers, responders;
	int64_t revenue;      /* millionths */
	double mean, squares; /* of revenue a customer; sum of squared differences (Welford) */
};
void response_arm_add(struct response_arm *a, bool responded, int64_t revenue);
/* Sample variance, divisor n - 1; 0 below two customers. */
double response_arm_variance(const struct response_arm *a);

/* Reads the touchpoint stream and writes campaign,offer_id,metric,mailed,held_out,
 * difference,low,high: for each campaign, then for each of its offers, the metrics of
 * man/so1-export.1, SCORING A CAMPAIGN. The writer is not committed. Notes go to *s.
 * SO1_FAILED for a campaign the history does not have, a stream without customer_id, ts,
 * event or amount, or out of order. */
enum so1_status response_run(const struct response_options *options, struct reader *r,
			     struct writer *w, struct summary *s, struct so1_error *e);

#endif
