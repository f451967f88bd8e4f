/* One customer as of one date: what the features are read off.
 *
 * Everything here comes from events before as_of, 00:00 UTC of that day; an event at
 * as_of itself belongs to the future and may only touch the label's members. */
#ifndef SO1_PROFILE_SNAPSHOT_H
#define SO1_PROFILE_SNAPSHOT_H

#include "profile/history.h"
#include "profile/keys.h"

/* No day: there was no such event. */
#define DAY_NONE INT64_MIN

/* What happened through one channel. */
struct channel_stat {
	uint64_t active;     /* active events */
	/* In [as_of - CHANNEL_DAYS, as_of): send events, and days with a response. */
	uint64_t sends, responses;
	int64_t last_response_day;
};
enum { CHANNEL_DAYS = 365 };

struct snapshot {
	const struct plan *plan;
	const struct history *history; /* finished */
	int64_t day, time;             /* as_of, in days and in seconds */
	size_t event_count;            /* history->events[0..event_count) are before as_of */

	uint64_t seen[EVENT_KINDS];                /* events before as_of, by kind */
	uint64_t within[EVENT_KINDS][SPANS_MAX];   /* in [as_of - span, as_of) */
	struct money_sum spend, spend_within[SPANS_MAX], spend_last_year, spend_label;
	struct money_sum spend_repeat;             /* of orders after the day of the first */
	__int128 items_bought, items_returned;     /* millionths, both positive */

	uint32_t order_count;                      /* history->orders[0..) are before as_of */
	uint64_t orders_within[SPANS_MAX];
	uint64_t coupon_orders, orders_last_year;
	int64_t *order_days;                       /* distinct, ascending */
	size_t order_day_count, order_day_cap;
	int64_t first_day, last_response_day;      /* of any dated event; of open, click, redeem */
	int64_t last_purchase, last_cart;          /* seconds, TIME_NONE: none */
	bool label;

	const struct timezone_rules *zone;
	struct slice zone_name;                    /* empty: unknown, times count in plan->zone */
	uint64_t weekdays[7], hours[24];           /* distinct active hours, local time */
	uint64_t active_hours;                     /* sum of hours */
	struct channel_stat *channels;             /* by channel id */
	size_t channel_cap;

	struct key_table keys[KEY_SPACES];         /* sorted by name; only those asked for */
	struct key_table tags;                     /* sorted by name; events in .views */
	uint32_t *coupon_seen;                     /* scratch: order → stamp */
	size_t coupon_cap;
	uint32_t coupon_stamp;
};

/* Zero-initialise *s once; each take forgets the one before. False when the customer
 * does not exist yet: no event before as_of, dated or not (the golden row is no event). */
bool snapshot_take(struct snapshot *s, const struct plan *plan, const struct history *history,
		   int64_t as_of_day, const struct timezone_rules *zone, struct slice zone_name);
/* .9^n, 0 where that is below 1e-16: the decay of affine_by_K per basket. */
double snapshot_decay(uint32_t n);
void snapshot_free(struct snapshot *s);

#endif
