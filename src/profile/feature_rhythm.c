/* When a customer orders. Intervals are between days with an order: two orders of one
 * day are one occasion, as in the customer base models of Fader and Hardie. */
#include "profile/feature.h"

#include <math.h>
#include <stdlib.h>

static int64_t first_day(const struct snapshot *s)
{
	return s->order_day_count ? s->order_days[0] : DAY_NONE;
}

static int64_t last_day(const struct snapshot *s)
{
	return s->order_day_count ? s->order_days[s->order_day_count - 1] : DAY_NONE;
}

static void put_date(struct feature_value *v, int64_t day)
{
	if (day == DAY_NONE)
		return;
	v->kind = VALUE_DATE;
	v->i = day;
}

static void first_order(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	(void)part;
	put_date(v, first_day(s));
}

static void last_order(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	(void)part;
	put_date(v, last_day(s));
}

static void recency_days(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	value_days_since(v, s, last_day(s));
}

static void tenure_days(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	(void)part;
	value_days_since(v, s, s->first_day);
}

/* Number of intervals. */
static size_t intervals(const struct snapshot *s)
{
	return s->order_day_count ? s->order_day_count - 1 : 0;
}

static double mean_interval(const struct snapshot *s)
{
	return (double)(last_day(s) - first_day(s)) / (double)intervals(s);
}

static void interval_mean(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	(void)part;
	if (intervals(s))
		value_number(v, mean_interval(s));
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void interval_median(const struct snapshot *s, struct feature_part part,
			    struct feature_value *v)
{
	enum { FEW = 64 };
	size_t n = intervals(s);
	int64_t few[FEW], *gaps = few;

	(void)part;
	if (n == 0)
		return;
	if (n > FEW)
		gaps = xmalloc(n * sizeof *gaps);
	for (size_t i = 0; i < n; i++)
		gaps[i] = s->order_days[i + 1] - s->order_days[i];
	qsort(gaps, n, sizeof *gaps, ascending);
	value_number(v, (double)(gaps[(n - 1) / 2] + gaps[n / 2]) / 2);
	if (gaps != few)
		free(gaps);
}

static void interval_sd(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	size_t n = intervals(s);
	__int128 squares = 0, total;

	(void)part;
	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++) {
		int64_t gap = s->order_days[i + 1] - s->order_days[i];
		squares += (__int128)gap * gap;
	}
	/* Whole days, so n·Σx² − (Σx)² is exact and cannot come out below 0. */
	total = last_day(s) - first_day(s);
	value_number(v, sqrt((double)(squares * (__int128)n - total * total) /
			     ((double)n * (double)(n - 1))));
}

static void last_interval(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	size_t n = s->order_day_count;

	(void)part;
	if (n >= 2)
		value_count(v, (uint64_t)(s->order_days[n - 1] - s->order_days[n - 2]));
}

/* The measure of Zhang, Bradlow and Small with the first order as the start of what is
 * observed, so that it does not mistake a young customer for an uneven one. */
static void clumpiness(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	size_t n = s->order_day_count;
	double whole, sum = 0;

	(void)part;
	if (n < 2)
		return;
	whole = (double)(s->day - first_day(s));
	for (size_t i = 0; i < n; i++) {
		int64_t end = i + 1 < n ? s->order_days[i + 1] : s->day;
		double share = (double)(end - s->order_days[i]) / whole;
		sum += share * log(share);
	}
	/* To nine decimals, so that even intervals give 0 and not a rounding error. */
	value_number(v, nearbyint((1 + sum / log((double)n)) * 1e9) / 1e9);
}

static void overdue(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	(void)part;
	if (intervals(s))
		value_number(v, (double)(s->day - last_day(s)) / mean_interval(s));
}

static void trend(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	double now = (double)s->orders_within[s->plan->span_91];
	double before = (double)s->orders_within[s->plan->span_182] - now;

	(void)part;
	value_share(v, now - before, now + before);
}

static void repeat_orders(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	(void)part;
	if (s->order_day_count)
		value_count(v, intervals(s));
}

static void last_repeat_days(const struct snapshot *s, struct feature_part part,
			     struct feature_value *v)
{
	(void)part;
	if (s->order_day_count)
		value_count(v, (uint64_t)(last_day(s) - first_day(s)));
}

/* T of the models ends with the last day that was observed, and that is the day before
 * as_of: so the CDNOW customers of 1997-01-01, observed to 1997-09-30, get the published
 * 38.86 weeks with as_of 1997-10-01. */
static void observed_days(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	(void)part;
	if (s->order_day_count)
		value_count(v, (uint64_t)(s->day - 1 - first_day(s)));
}

static void repeat_spend(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	if (s->order_day_count)
		value_money(v, &s->spend_repeat);
}

const struct feature feature_rhythm_table[] = {
	{"first_order", "date", "Day (UTC) of the first order. Unknown without an order.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, first_order},
	{"last_order", "date", "Day (UTC) of the last order before as_of.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, last_order},
	{"recency_days", "days", "as_of - last_order in calendar days: 1 is yesterday.",
	 "last_order; recency of Bult and Wansbeek 1995", SCOPE_ONCE, false, recency_days},
	{"tenure_days", "days",
	 "as_of less the day of the first event of any kind that has a time.",
	 "any event: ts", SCOPE_ONCE, false, tenure_days},
	{"interval_mean", "days",
	 "Mean of the intervals between days with an order (several orders of one day are one "
	 "occasion). Unknown with fewer than two such days.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, interval_mean},
	{"interval_median", "days", "Their median, the middle two averaged.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, interval_median},
	{"interval_sd", "days",
	 "Their sample standard deviation (divisor n - 1). Unknown with fewer than two "
	 "intervals.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, interval_sd},
	{"last_interval", "days", "The latest of them.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, last_interval},
	{"clumpiness", "0 to 1",
	 "1 + sum of x log x / log n, over the n intervals there are when as_of closes the last "
	 "one, each as a share x of the days since first_order: 0 when they are equal, towards 1 "
	 "when the orders are in clumps. Rounded to nine decimals. Unknown with fewer than two "
	 "days with an order.",
	 "purchase: source, order_id, ts; Zhang, Bradlow and Small 2015",
	 SCOPE_ONCE, false, clumpiness},
	{"overdue", "ratio",
	 "recency_days / interval_mean: above 1 the next order is late. Unknown with fewer "
	 "than two days with an order.",
	 "recency_days, interval_mean", SCOPE_ONCE, false, overdue},
	{"trend", "ratio",
	 "(a - b) / (a + b), where a is the orders in [as_of - 91 days, as_of) and b those in "
	 "[as_of - 182 days, as_of - 91 days): from -1, stopped, to 1, new. Unknown without "
	 "an order in both.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, trend},
	{"repeat_orders", "orders",
	 "Days with an order after the first such day: x of the BG/NBD model. Unknown without "
	 "an order.",
	 "purchase: source, order_id, ts; Fader, Hardie and Lee 2005",
	 SCOPE_ONCE, false, repeat_orders},
	{"last_repeat_days", "days",
	 "last_order - first_order: t_x of the model, 0 when nothing was repeated.",
	 "first_order, last_order; Fader, Hardie and Lee 2005",
	 SCOPE_ONCE, false, last_repeat_days},
	{"observed_days", "days",
	 "From first_order to the last day observed, the day before as_of: T of the model.",
	 "first_order; Fader, Hardie and Lee 2005", SCOPE_ONCE, false, observed_days},
	{"repeat_spend", "currency",
	 "As spend, of orders after the day of the first: repeat_spend / repeat_orders is the "
	 "mean the Gamma-Gamma model takes. A return counts to the order it names, one that "
	 "names none to its own day. Unknown without an order.",
	 "purchase, return: amount, order_id, ts; Fader and Hardie 2013", SCOPE_ONCE, false, repeat_spend},
	{0},
};
