/* How a customer answers mailings. */
#include "profile/feature.h"

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
	{0},
};
