#include "profile/snapshot.h"

#include "base/datetime.h"

#include <stdlib.h>

static int64_t day_of(int64_t ts)
{
	return ts >= 0 ? ts / DAY_SECONDS : -((-ts + DAY_SECONDS - 1) / DAY_SECONDS);
}

double snapshot_decay(uint32_t n)
{
	double power = 1, base = .9;

	if (n > 349) /* .9^350 < 1e-16 */
		return 0;
	for (; n; n >>= 1, base *= base)
		if (n & 1)
			power *= base;
	return power;
}

/* The shortest span that reaches back to ts, span_count when none does. */
static size_t span_at(const struct snapshot *s, int64_t ts)
{
	size_t i = 0;

	while (i < s->plan->span_count &&
	       ts < s->time - (int64_t)s->plan->spans[i] * DAY_SECONDS)
		i++;
	return i;
}

static void reset(struct snapshot *s)
{
	memset(s->seen, 0, sizeof s->seen);
	memset(s->within, 0, sizeof s->within);
	memset(s->spend_within, 0, sizeof s->spend_within);
	memset(s->orders_within, 0, sizeof s->orders_within);
	memset(s->weekdays, 0, sizeof s->weekdays);
	memset(s->hours, 0, sizeof s->hours);
	s->spend = s->spend_last_year = s->spend_label = (struct money_sum){0};
	s->spend_repeat = (struct money_sum){0};
	s->items_bought = s->items_returned = 0;
	s->order_count = 0;
	s->coupon_orders = s->orders_last_year = s->active_hours = 0;
	s->order_day_count = 0;
	s->first_day = s->last_response_day = DAY_NONE;
	s->last_purchase = s->last_cart = TIME_NONE;
	s->label = false;
	if (s->channels)
		memset(s->channels, 0, s->channel_cap * sizeof *s->channels);
	for (int k = 0; k < KEY_SPACES; k++)
		key_table_clear(&s->keys[k]);
}

/* Whether a time is in last year's window of the label's length. */
static bool is_last_year(const struct snapshot *s, int64_t ts)
{
	int64_t year_ago = s->time - YEAR_DAYS * DAY_SECONDS;

	return ts >= year_ago && ts < year_ago + plan_horizon(s->plan) * DAY_SECONDS;
}

/* Whether a line is of an order after the day of the first one. A return belongs to the order
 * it names, if that was sold before as_of, else to its own day. */
static bool is_repeat(const struct snapshot *s, const struct happening *ev)
{
	const struct history *h = s->history;
	int64_t ts = ev->ts;

	if (ev->order != ORDER_NONE && h->orders[ev->order].ts < s->time)
		ts = h->orders[ev->order].ts;
	return h->order_count && day_of(ts) > day_of(h->orders[0].ts);
}

/* Money and goods of a sale or a return before as_of. */
static void count_line(struct snapshot *s, const struct happening *ev, size_t span)
{
	money_add(&s->spend, ev->amount);
	if (span < s->plan->span_count)
		money_add(&s->spend_within[span], ev->amount);
	if (is_repeat(s, ev))
		money_add(&s->spend_repeat, ev->amount);
	if (is_last_year(s, ev->ts))
		money_add(&s->spend_last_year, ev->amount);
	if (ev->kind == EVENT_RETURN)
		s->items_returned -= ev->qty;
	else
		s->items_bought += ev->qty;
	for (int k = 0; k < KEY_SPACES; k++)
		if (ev->key[k] != NAME_NONE)
			money_add(&key_table_at(&s->keys[k], ev->key[k])->spend, ev->amount);
}

/* What views and carts say about keys. */
static void count_interest(struct snapshot *s, const struct happening *ev)
{
	for (int k = 0; k < KEY_SPACES; k++) {
		if (ev->key[k] == NAME_NONE)
			continue;
		struct key_stat *stat = key_table_at(&s->keys[k], ev->key[k]);
		if (ev->kind == EVENT_VIEW)
			stat->views++;
		else
			stat->carts++;
	}
}

static void count_channel(struct snapshot *s, const struct happening *ev)
{
	const struct event_row *kind = &event_table[ev->kind];
	bool recent = ev->ts != TIME_NONE && ev->ts >= s->time - CHANNEL_DAYS * DAY_SECONDS;

	if (ev->channel == NAME_NONE)
		return;
	if (ev->channel >= s->channel_cap) {
		size_t old = s->channel_cap;
		GROW(s->channels, s->channel_cap, (size_t)ev->channel + 1);
		memset(s->channels + old, 0, (s->channel_cap - old) * sizeof *s->channels);
	}
	struct channel_stat *c = &s->channels[ev->channel];
	c->active += kind->active;
	if (recent && kind->response && (c->responses == 0 || c->last_response_day < day_of(ev->ts))) {
		c->responses++;
		c->last_response_day = day_of(ev->ts);
	}
	c->sends += recent && ev->kind == EVENT_SEND;
}

/* The hour of a time that is exactly midnight on the spot is not an hour: sources that
 * know only the date write it so. Its weekday still counts. */
static void count_active(struct snapshot *s, const struct happening *ev, int64_t *last_hour)
{
	if (ev->ts == TIME_NONE)
		return;
	int64_t local = ev->ts + timezone_offset(s->zone, ev->ts);
	int64_t day = day_of(local), second = local - day * DAY_SECONDS;
	int64_t hour = day * 24 + second / 3600;
	/* Fifty page views of one evening are one evening. Local time may repeat an hour
	 * but not go back by one, so equal hours are neighbours. */
	if (hour == *last_hour)
		return;
	*last_hour = hour;
	s->weekdays[weekday_of_days(day) - 1]++;
	if (second == 0)
		return;
	s->hours[second / 3600]++;
	s->active_hours++;
}

static void count_tags(struct snapshot *s, struct key_table *table)
{
	const struct history *h = s->history;

	key_table_clear(table);
	for (size_t i = 0; i < s->event_count; i++)
		for (size_t j = 0; j < h->events[i].tag_count; j++)
			key_table_at(table, h->tags[h->events[i].tags + j])->views++;
	key_table_sort(table, &h->names->tags);
}

static void count_events(struct snapshot *s)
{
	int64_t last_hour = INT64_MIN;

	for (size_t i = 0; i < s->event_count; i++) {
		const struct happening *ev = &s->history->events[i];
		size_t span = ev->ts == TIME_NONE ? s->plan->span_count : span_at(s, ev->ts);
		s->seen[ev->kind]++;
		if (span < s->plan->span_count)
			s->within[ev->kind][span]++;
		if (s->first_day == DAY_NONE && ev->ts != TIME_NONE)
			s->first_day = day_of(ev->ts);
		count_channel(s, ev);
		if (event_table[ev->kind].active)
			count_active(s, ev, &last_hour);
		if (event_table[ev->kind].response)
			s->last_response_day = day_of(ev->ts);
		if (ev->kind == EVENT_PURCHASE || ev->kind == EVENT_RETURN)
			count_line(s, ev, span);
		else if (ev->kind == EVENT_VIEW || ev->kind == EVENT_CART)
			count_interest(s, ev);
		if (ev->kind == EVENT_PURCHASE)
			s->last_purchase = ev->ts;
		else if (ev->kind == EVENT_CART)
			s->last_cart = ev->ts;
	}
	/* So far each span holds what no shorter one does. */
	for (size_t i = 1; i < s->plan->span_count; i++) {
		for (int k = 0; k < EVENT_KINDS; k++)
			s->within[k][i] += s->within[k][i - 1];
		money_join(&s->spend_within[i], &s->spend_within[i - 1]);
	}
}

static void count_orders(struct snapshot *s)
{
	const struct history *h = s->history;

	while (s->order_count < h->order_count && h->orders[s->order_count].ts < s->time) {
		int64_t ts = h->orders[s->order_count++].ts, day = day_of(ts);
		size_t span = span_at(s, ts);
		if (span < s->plan->span_count)
			s->orders_within[span]++;
		s->orders_last_year += is_last_year(s, ts);
		if (s->order_day_count && s->order_days[s->order_day_count - 1] == day)
			continue;
		GROW(s->order_days, s->order_day_cap, s->order_day_count + 1);
		s->order_days[s->order_day_count++] = day;
	}
	for (size_t i = 1; i < s->plan->span_count; i++)
		s->orders_within[i] += s->orders_within[i - 1];
}

/* Counts each key once an order; lines come by order, so a key's orders ascend. */
static void count_baskets(struct snapshot *s)
{
	const struct history *h = s->history;

	for (size_t i = 0; i < h->line_count; i++) {
		const struct happening *ev = &h->events[h->lines[i]];
		if (ev->ts >= s->time)
			continue;
		for (int k = 0; k < KEY_SPACES; k++) {
			if (ev->key[k] == NAME_NONE)
				continue;
			struct key_stat *stat = key_table_at(&s->keys[k], ev->key[k]);
			if (stat->orders && stat->last_order == ev->order)
				continue;
			stat->affine = 1 + stat->affine *
				       (stat->orders ? snapshot_decay(ev->order - stat->last_order)
						     : 0);
			stat->orders++;
			stat->last_order = ev->order;
			stat->last_day = day_of(h->orders[ev->order].ts);
		}
	}
}

static void count_coupons(struct snapshot *s)
{
	const struct history *h = s->history;

	if (s->order_count == 0)
		return;
	if (s->coupon_cap < h->order_count) {
		size_t old = s->coupon_cap;
		GROW(s->coupon_seen, s->coupon_cap, h->order_count);
		memset(s->coupon_seen + old, 0, (s->coupon_cap - old) * sizeof *s->coupon_seen);
	}
	if (++s->coupon_stamp == 0) {
		memset(s->coupon_seen, 0, s->coupon_cap * sizeof *s->coupon_seen);
		s->coupon_stamp = 1;
	}
	for (size_t i = 0; i < s->event_count; i++) {
		const struct happening *ev = &h->events[i];
		bool coupon = ev->kind == EVENT_REDEEM ||
			      (ev->kind == EVENT_PURCHASE && ev->has_offer);
		if (!coupon || ev->order == ORDER_NONE || h->orders[ev->order].ts >= s->time ||
		    s->coupon_seen[ev->order] == s->coupon_stamp)
			continue;
		s->coupon_seen[ev->order] = s->coupon_stamp;
		s->coupon_orders++;
	}
}

static void look_ahead(struct snapshot *s)
{
	int64_t end = s->time + (int64_t)s->plan->label_days * DAY_SECONDS;
	const struct history *h = s->history;

	for (size_t i = s->event_count; i < h->count && h->events[i].ts < end; i++) {
		const struct happening *ev = &h->events[i];
		if (ev->kind != EVENT_PURCHASE && ev->kind != EVENT_RETURN)
			continue;
		money_add(&s->spend_label, ev->amount);
		if (ev->kind == EVENT_RETURN)
			continue;
		s->label = true;
		for (int k = 0; k < KEY_SPACES; k++)
			if (s->plan->by[k] && ev->key[k] != NAME_NONE)
				key_table_at(&s->keys[k], ev->key[k])->bought_later = true;
	}
}

bool snapshot_take(struct snapshot *s, const struct plan *plan, const struct history *history,
		   int64_t as_of_day, const struct timezone_rules *zone, struct slice zone_name)
{
	s->plan = plan;
	s->history = history;
	s->day = as_of_day;
	s->time = as_of_day * DAY_SECONDS;
	s->event_count = history_before(history, s->time);
	if (s->event_count == 0)
		return false;
	s->zone = zone;
	s->zone_name = zone_name;
	reset(s);
	count_events(s);
	count_orders(s);
	count_baskets(s);
	count_coupons(s);
	if (plan->label_days)
		look_ahead(s);
	for (int k = 0; k < KEY_SPACES; k++)
		key_table_sort(&s->keys[k], &history->names->keys[k]);
	count_tags(s, &s->tags);
	return true;
}

void snapshot_free(struct snapshot *s)
{
	free(s->order_days);
	free(s->channels);
	free(s->coupon_seen);
	key_table_free(&s->tags);
	for (int k = 0; k < KEY_SPACES; k++)
		key_table_free(&s->keys[k]);
	*s = (struct snapshot){0};
}
