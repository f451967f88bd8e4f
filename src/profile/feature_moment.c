/* Where and when a customer is to be met. */
#include "profile/feature.h"

#include "base/datetime.h"
#include "profile/row.h"

#include <math.h>

static void top_channel(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	const struct dictionary *names = &s->history->names->channels;
	size_t top = SIZE_MAX;

	(void)part;
	for (size_t i = 0; i < s->channel_cap && i < names->count; i++) {
		uint64_t n = s->channels[i].active;
		if (n == 0)
			continue;
		if (top == SIZE_MAX || n > s->channels[top].active ||
		    (n == s->channels[top].active &&
		     slice_compare(names->items[i], names->items[top]) < 0))
			top = i;
	}
	if (top == SIZE_MAX)
		return;
	v->kind = VALUE_TEXT;
	v->text = names->items[top];
}

/* The first of the largest; SIZE_MAX when all are 0. */
static size_t largest(const uint64_t *counts, size_t n)
{
	size_t top = SIZE_MAX;

	for (size_t i = 0; i < n; i++)
		if (counts[i] && (top == SIZE_MAX || counts[i] > counts[top]))
			top = i;
	return top;
}

static void best_weekday(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	size_t top = largest(s->weekdays, 7);

	(void)part;
	if (top != SIZE_MAX)
		value_count(v, top + 1);
}

static void best_hour(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	size_t top = largest(s->hours, 24);

	(void)part;
	if (top != SIZE_MAX)
		value_count(v, top);
}

/* cos(h·15°); sin is six hours on. Literals, so that no libm has a say in the bytes. */
static const double clock_cosine[24] = {
	1, .9659258262890683, .8660254037844386, .7071067811865476, .5, .25881904510252074,
	0, -.25881904510252074, -.5, -.7071067811865476, -.8660254037844386, -.9659258262890683,
	-1, -.9659258262890683, -.8660254037844386, -.7071067811865476, -.5, -.25881904510252074,
	0, .25881904510252074, .5, .7071067811865476, .8660254037844386, .9659258262890683,
};

static void hour_concentration(const struct snapshot *s, struct feature_part part,
			       struct feature_value *v)
{
	double x = 0, y = 0;

	(void)part;
	if (s->active_hours == 0)
		return;
	for (int h = 0; h < 24; h++) {
		x += (double)s->hours[h] * clock_cosine[h];
		y += (double)s->hours[h] * clock_cosine[(h + 18) % 24];
	}
	/* To nine decimals, so that opposite hours give 0 and not a rounding error. */
	value_number(v, nearbyint(sqrt(x * x + y * y) / (double)s->active_hours * 1e9) / 1e9);
}

static void zone(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	(void)part;
	if (s->zone_name.len == 0)
		return;
	v->kind = VALUE_TEXT;
	v->text = s->zone_name;
}

/* Born on 29 February one turns a year older on 1 March of common years. */
static bool birth_date(const struct snapshot *s, int *year, int *month, int *day)
{
	int64_t born;

	if (!date_parse(s->history->golden[GOLDEN_BIRTH_DATE], &born) || born > s->day)
		return false;
	civil_from_days(born, year, month, day);
	return true;
}

/* In years, on record. Who is older has a wrong birth date. */
enum { LONGEST_LIFE = 122 };

static void age(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	int by, bm, bd, year, month, day;

	(void)part;
	if (!birth_date(s, &by, &bm, &bd))
		return;
	civil_from_days(s->day, &year, &month, &day);
	int years = year - by - (month < bm || (month == bm && day < bd));
	if (years <= LONGEST_LIFE)
		value_count(v, (uint64_t)years);
}

static void days_to_birthday(const struct snapshot *s, struct feature_part part,
			     struct feature_value *v)
{
	int by, bm, bd, year, month, day;

	(void)part;
	if (!birth_date(s, &by, &bm, &bd))
		return;
	civil_from_days(s->day, &year, &month, &day);
	for (;; year++) {
		struct civil c = {.year = year, .month = bm, .day = bd};
		int64_t next = civil_is_valid(&c) ? days_from_civil(year, bm, bd)
						  : days_from_civil(year, 3, 1);
		if (next >= s->day) {
			value_count(v, (uint64_t)(next - s->day));
			return;
		}
	}
}

const struct feature feature_moment_table[] = {
	{"top_channel", "name",
	 "The channel of most active events before as_of (view, search, cart, purchase, visit, "
	 "chat, open, click, redeem: what the customer did); the bytewise first among equals.",
	 "active events: channel", SCOPE_ONCE, false, top_channel},
	{"best_weekday", "1 to 7",
	 "The weekday, Monday 1, with most active hours before as_of; the first among equals. "
	 "An active hour is an hour of a day, in the customer's time zone, with at least one "
	 "active event.",
	 "active events: ts; timezone", SCOPE_ONCE, false, best_weekday},
	{"best_hour", "0 to 23",
	 "The hour of the day with most active hours, in the customer's time zone; the first "
	 "among equals. An event at exactly midnight bears a date only and has no hour.",
	 "active events: ts; timezone", SCOPE_ONCE, false, best_hour},
	{"hour_concentration", "0 to 1",
	 "Length of the mean of the active hours as directions on the clock: 1 always the same "
	 "hour, 0 no preference. Rounded to nine decimals.",
	 "active events: ts; timezone; mean resultant length of Mardia and Jupp 2000",
	 SCOPE_ONCE, false, hour_concentration},
	{"timezone", "name",
	 "The customer's time zone: attribute timezone, else that of country (the most "
	 "populous), else --timezone. Unknown without any; hours then count in UTC.",
	 "golden row: attrs, country", SCOPE_ONCE, false, zone},
	{"age", "years", "Full years from birth_date to as_of. Unknown past 122, the "
	 "longest life on record.",
	 "golden row: birth_date", SCOPE_ONCE, false, age},
	{"days_to_birthday", "days",
	 "From as_of to the next birthday, 0 on the day; of 29 February, 1 March in common "
	 "years.",
	 "golden row: birth_date", SCOPE_ONCE, false, days_to_birthday},
	{0},
};
