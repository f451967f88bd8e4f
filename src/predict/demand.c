#include "config.h"

#include "predict/demand.h"

#include "base/datetime.h"
#include "base/number.h"

#include <stdlib.h>

/* Days a purchase can have been on: a slip of the pen must not make a series of millennia. */
enum { YEAR_FIRST = 1970, YEAR_END = 2200 };
/* Weeks that are added in front when an earlier one turns up. */
enum { FRONT = 64 };

/* 1970-01-01 was a Thursday. */
int64_t week_of_day(int64_t day)
{
	int64_t n = day + 3;

	return n >= 0 ? n / 7 : -((6 - n) / 7);
}

int64_t week_monday(int64_t week)
{
	return week * 7 - 3;
}

/* A week belongs to the year of its Thursday. */
int week_iso(int64_t week)
{
	int64_t thursday = week * 7;
	int year, month, day;

	civil_from_days(thursday, &year, &month, &day);
	return (int)((thursday - days_from_civil(year, 1, 1)) / 7) + 1;
}

/* Makes room for a week; weeks[week - first] is then its place. */
static void reach(struct demand_sums *s, int64_t week)
{
	size_t front = 0, count;

	if (s->count == 0)
		s->first = week;
	if (week < s->first)
		front = (size_t)(s->first - week) + FRONT;
	count = (size_t)(week - s->first + (int64_t)front) + 1;
	if (count < s->count + front)
		count = s->count + front;
	if (count == s->count)
		return;
	/* Powers of two would cost more than the few weeks that come one by one. */
	size_t held = (s->count + 63) / 64 * 64, wanted = (count + 63) / 64 * 64;
	if (wanted != held)
		s->weeks = xrealloc_array(s->weeks, wanted, sizeof *s->weeks);
	if (front)
		memmove(s->weeks + front, s->weeks, s->count * sizeof *s->weeks);
	memset(s->weeks, 0, front * sizeof *s->weeks);
	memset(s->weeks + front + s->count, 0, (count - front - s->count) * sizeof *s->weeks);
	s->first -= (int64_t)front;
	s->count = count;
}

struct places {
	size_t ts, event, key, qty; /* qty may be COLUMN_NONE */
};

static enum so1_status refuse(const char *column, const char *reason, struct slice value,
			      struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_at(e, NULL, 0, column);
	return error_value(e, value);
}

static enum so1_status take_purchase(struct demand *d, const struct places *at,
				     const struct slice *fields, int64_t before,
				     struct so1_error *e)
{
	struct slice ts = fields[at->ts], key = fields[at->key];
	struct slice qty = at->qty == COLUMN_NONE ? SLICE("") : fields[at->qty];
	int64_t time, amount = DECIMAL_ONE;

	if (!datetime_parse_iso(ts, &time, NULL, NULL))
		return refuse("ts", "not a time", ts, e);
	if (time < 0 || time >= days_from_civil(YEAR_END, 1, 1) * DAY_SECONDS)
		return refuse("ts", "not between 1970 and 2199", ts, e);
	if (qty.len && !decimal_parse(qty, &amount))
		return refuse("qty", "not a number", qty, e);
	int64_t day = time / DAY_SECONDS, week = week_of_day(day);
	if (day >= before) {
		d->later++;
		return SO1_OK;
	}
	if (key.len == 0) {
		d->without_key++;
		return SO1_OK;
	}
	bool added;
	uint32_t id = dictionary_add(&d->keys, key, &added);
	if (added) {
		GROW(d->sums, d->cap, d->keys.count);
		d->sums[id] = (struct demand_sums){0};
	}
	struct demand_sums *s = &d->sums[id];
	reach(s, week);
	int64_t *sum = &s->weeks[week - s->first];
	if (__builtin_add_overflow(*sum, amount, sum))
		return refuse("qty", "too much for one week", qty, e);
	s->lines++;
	d->first_day = d->lines == 0 || day < d->first_day ? day : d->first_day;
	d->last_day = d->lines == 0 || day > d->last_day ? day : d->last_day;
	d->lines++;
	return SO1_OK;
}

static enum so1_status take_row(struct demand *d, struct reader *r, const struct places *at,
				const struct record *rec, int64_t before, struct so1_error *e)
{
	struct slice event = rec->fields[at->event];

	d->returns += slice_is(event, "return");
	if (!slice_is(event, "purchase") || take_purchase(d, at, rec->fields, before, e) == SO1_OK)
		return SO1_OK;
	struct so1_error why = *e;
	return reader_reject(r, rec, why.column, why.reason, slice_of(why.value), e);
}

enum so1_status demand_read(struct demand *d, struct reader *r, const char *by, int64_t before,
			    struct so1_error *e)
{
	struct places at;
	enum so1_status s = reader_need(r, "ts", &at.ts, e);
	bool more = true;

	if (s == SO1_OK)
		s = reader_need(r, "event", &at.event, e);
	if (s == SO1_OK)
		s = reader_need(r, by, &at.key, e);
	at.qty = header_find(reader_header(r), SLICE("qty"));
	while (s == SO1_OK && more) {
		struct record rec;
		s = reader_next(r, &rec, &more, e);
		if (s == SO1_OK && more)
			s = take_row(d, r, &at, &rec, before, e);
	}
	return s;
}

void demand_free(struct demand *d)
{
	for (size_t i = 0; i < d->keys.count; i++)
		free(d->sums[i].weeks);
	free(d->sums);
	dictionary_free(&d->keys);
	*d = (struct demand){0};
}

/* Where a series begins: see demand_series. n when there is no demand. */
static size_t beginning(const double *y, size_t n)
{
	size_t lead = 0, gap = 0, longest = 0;

	while (lead < n && y[lead] == 0)
		lead++;
	for (size_t i = lead; i < n; i++) {
		longest = y[i] > 0 && gap > longest ? gap : longest;
		gap = y[i] > 0 ? 0 : gap + 1;
	}
	return lead == n || lead > longest ? lead : 0;
}

/* A key's weeks in the window; n is 0 without demand. */
static struct demand_series cut(struct slice key, const struct demand_sums *s, int64_t first,
				size_t weeks)
{
	double *y = xcalloc(weeks, sizeof *y);

	for (size_t i = 0; i < weeks; i++) {
		int64_t at = first + (int64_t)i - s->first;
		if (at >= 0 && at < (int64_t)s->count && s->weeks[at] > 0)
			y[i] = (double)s->weeks[at] / (double)DECIMAL_ONE;
	}
	size_t begin = beginning(y, weeks);
	memmove(y, y + begin, (weeks - begin) * sizeof *y);
	if (begin == weeks) {
		free(y);
		y = NULL;
	}
	return (struct demand_series){key, first + (int64_t)begin, y, weeks - begin};
}

static int by_key(const void *a, const void *b)
{
	const struct demand_series *x = a, *y = b;

	return slice_compare(x->key, y->key);
}

void demand_tabulate(const struct demand *d, int64_t before, uint64_t min_support,
		     struct demand_table *t)
{
	*t = (struct demand_table){0};
	if (d->lines == 0)
		return;
	/* A week of which the stream has only a part would look like one of low demand. */
	t->first = week_of_day(d->first_day + 6);
	int64_t end = week_of_day(before == INT64_MAX ? d->last_day + 1 : before);
	t->weeks = end > t->first ? (size_t)(end - t->first) : 0;
	if (t->weeks == 0)
		return;
	t->items = xcalloc(d->keys.count, sizeof *t->items);
	for (uint32_t k = 0; k < d->keys.count; k++) {
		struct demand_series s = {0};
		if (d->sums[k].lines >= min_support)
			s = cut(dictionary_item(&d->keys, k), &d->sums[k], t->first, t->weeks);
		if (s.n)
			t->items[t->count++] = s;
		else
			t->rare++;
	}
	qsort(t->items, t->count, sizeof *t->items, by_key);
}

void demand_table_free(struct demand_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].y);
	free(t->items);
	*t = (struct demand_table){0};
}
