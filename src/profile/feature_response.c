/* How a customer answers mailings. */
#include "profile/feature.h"

#include "base/number.h"

static void put_quarter(const struct snapshot *s, enum event_kind kind, struct feature_value *v)
{
	value_count(v, s->within[kind][s->plan->span_91]);
}

static void sends_91d(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	(void)part;
	put_quarter(s, EVENT_SEND, v);
}

static void opens_91d(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	(void)part;
	put_quarter(s, EVENT_OPEN, v);
}

static void clicks_91d(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	(void)part;
	put_quarter(s, EVENT_CLICK, v);
}

static void redeemed_91d(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	put_quarter(s, EVENT_REDEEM, v);
}

/* A mailing opened twice is two events but no more than one mailing answered. */
static void put_rate(const struct snapshot *s, enum event_kind kind, struct feature_value *v)
{
	uint64_t answers = s->seen[kind], sends = s->seen[EVENT_SEND];

	value_share(v, (double)(answers < sends ? answers : sends), (double)sends);
}

static void open_rate(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	(void)part;
	put_rate(s, EVENT_OPEN, v);
}

static void click_rate(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	(void)part;
	put_rate(s, EVENT_CLICK, v);
}

static void redeem_rate(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	(void)part;
	put_rate(s, EVENT_REDEEM, v);
}

static void days_since_response(const struct snapshot *s, struct feature_part part,
				struct feature_value *v)
{
	(void)part;
	value_days_since(v, s, s->last_response_day);
}

/* The channel whose name follows that of `last` (SIZE_MAX: the first) among those with a
 * count; SIZE_MAX after the last. They are few. */
static size_t next_channel(const struct snapshot *s, uint64_t (*count)(const struct channel_stat *c),
			   size_t last)
{
	const struct dictionary *names = &s->history->names->channels;
	size_t next = SIZE_MAX;

	for (size_t i = 0; i < s->channel_cap && i < names->count; i++)
		if (count(&s->channels[i]) > 0 &&
		    (last == SIZE_MAX || slice_compare(names->items[i], names->items[last]) > 0) &&
		    (next == SIZE_MAX || slice_compare(names->items[i], names->items[next]) < 0))
			next = i;
	return next;
}

static void put_by_channel(const struct snapshot *s,
			   uint64_t (*count)(const struct channel_stat *c), struct feature_value *v)
{
	size_t at = SIZE_MAX;

	while ((at = next_channel(s, count, at)) != SIZE_MAX) {
		value_key(v, s->history->names->channels.items[at]);
		number_put_int(v->cell, (int64_t)count(&s->channels[at]));
	}
}

static uint64_t sends_of(const struct channel_stat *c)
{
	return c->sends;
}

static uint64_t responses_of(const struct channel_stat *c)
{
	return c->responses;
}

static void sends_by_channel(const struct snapshot *s, struct feature_part part,
			     struct feature_value *v)
{
	(void)part;
	put_by_channel(s, sends_of, v);
}

static void responses_by_channel(const struct snapshot *s, struct feature_part part,
				 struct feature_value *v)
{
	(void)part;
	put_by_channel(s, responses_of, v);
}

const struct feature feature_response_table[] = {
	{"sends_91d", "events", "send events in [as_of - 91 days, as_of).",
	 "send: ts", SCOPE_ONCE, false, sends_91d},
	{"opens_91d", "events", "open events in [as_of - 91 days, as_of).",
	 "open: ts", SCOPE_ONCE, false, opens_91d},
	{"clicks_91d", "events", "click events in [as_of - 91 days, as_of).",
	 "click: ts", SCOPE_ONCE, false, clicks_91d},
	{"redeemed_91d", "events", "redeem events in [as_of - 91 days, as_of).",
	 "redeem: ts", SCOPE_ONCE, false, redeemed_91d},
	{"open_rate", "share",
	 "open events / send events, all before as_of, at most 1. Unknown without a send.",
	 "open, send", SCOPE_ONCE, false, open_rate},
	{"click_rate", "share",
	 "click events / send events, all before as_of, at most 1. Unknown without a send.",
	 "click, send", SCOPE_ONCE, false, click_rate},
	{"redeem_rate", "share",
	 "redeem events / send events, all before as_of, at most 1. Unknown without a send.",
	 "redeem, send", SCOPE_ONCE, false, redeem_rate},
	{"days_since_response", "days",
	 "as_of less the day (UTC) of the last open, click or redeem event. Unknown without "
	 "one.",
	 "open, click, redeem: ts", SCOPE_ONCE, false, days_since_response},
	{"sends_by_channel", "map of events",
	 "For each channel, send events in [as_of - 365 days, as_of).",
	 "send: channel, ts", SCOPE_ONCE, false, sends_by_channel},
	{"responses_by_channel", "map of days",
	 "For each channel, the days (UTC) in [as_of - 365 days, as_of) with an open, click or "
	 "redeem event: a mailing opened, opened again and clicked is answered once.",
	 "open, click, redeem: channel, ts", SCOPE_ONCE, false, responses_by_channel},
	{0},
};
