#include "export/send.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/touchpoint.h"

#include <stdlib.h>

enum { DAY_MINUTES = 24 * 60, HOUR_SECONDS = 3600 };

const char *const send_source_names[SEND_SOURCES] = {
	[SEND_UNPLANNED] = "",
	[SEND_BY_COLUMN] = "column",
	[SEND_BY_COUNTRY] = "country",
	[SEND_BY_OPTION] = "option",
	[SEND_BY_DEFAULT] = "default",
};

static bool parse_hour(struct slice text, int64_t most, int *out)
{
	int64_t n;

	if (!number_parse_int(text, &n) || n < 0 || n > most)
		return false;
	*out = (int)n;
	return true;
}

static enum so1_status usage(struct so1_error *e, const char *option, const char *reason,
			     const char *value)
{
	error_set(e, SO1_USAGE, "%s", reason);
	error_value(e, slice_of(value));
	return error_at(e, NULL, 0, option);
}

/* "21-8"; 24 is midnight too. */
static bool parse_quiet(const char *text, struct quiet_hours *q)
{
	struct slice rest = slice_of(text), from;

	if (strcmp(text, "none") == 0) {
		*q = (struct quiet_hours){0};
		return true;
	}
	if (!slice_split(&rest, '-', &from) || rest.ptr == NULL || !parse_hour(from, 24, &q->from) ||
	    !parse_hour(rest, 24, &q->to))
		return false;
	q->from %= 24;
	q->to %= 24;
	return q->from != q->to;
}

enum so1_status send_plan_parse(struct send_plan *p, const struct send_options *o,
				struct so1_error *e)
{
	*p = (struct send_plan){.quiet = {21, 8}, .hour = SEND_HOUR_DEFAULT};
	if (o->quiet_hours && !parse_quiet(o->quiet_hours, &p->quiet))
		return usage(e, "--quiet-hours", "not hours of the day (21-8, or none)",
			     o->quiet_hours);
	if (o->hour && !parse_hour(slice_of(o->hour), 23, &p->hour))
		return usage(e, "--send-hour", "not an hour from 0 to 23", o->hour);
	if (o->from && !datetime_parse_iso(slice_of(o->from), &p->from, NULL, NULL))
		return usage(e, "--send-from", "not a date or time (2026-11-01T06:00:00Z)",
			     o->from);
	p->has_from = o->from != NULL;
	p->has_zone = o->timezone != NULL;
	if (timezone_load(o->timezone ? o->timezone : "UTC", &p->zone, e) != SO1_OK)
		return error_at(e, NULL, 0, "--timezone");
	return SO1_OK;
}

void send_bind(struct send_plan *p, const struct header *h)
{
	p->best_weekday = header_find(h, SLICE("best_weekday"));
	p->best_hour = header_find(h, SLICE("best_hour"));
	p->timezone = header_find(h, SLICE("timezone"));
	p->country = header_find(h, SLICE("country"));
}

/* timezone_load takes a lock and walks a list: once a zone and thread is enough. */
static enum so1_status find_zone(struct send_zones *z, struct slice name,
				 const struct timezone_rules **zone, struct so1_error *e)
{
	uint32_t id = dictionary_find(&z->names, name);

	if (id != DICTIONARY_NONE) {
		*zone = z->items[id];
		return SO1_OK;
	}
	char *text = xstrndup(name.ptr, name.len);
	enum so1_status status = timezone_load(text, zone, e);
	free(text);
	if (status != SO1_OK)
		return status;
	id = dictionary_add(&z->names, name, NULL);
	GROW(z->items, z->cap, z->names.count);
	z->items[id] = *zone;
	return SO1_OK;
}

static enum so1_status read_zone(const struct send_plan *p, struct send_zones *zones,
				 const struct slice *fields, struct send_wish *out,
				 struct so1_error *e)
{
	struct slice own = field_at(fields, p->timezone);
	const char *of_country = timezone_of_country(field_at(fields, p->country));

	if (own.len) {
		out->source = SEND_BY_COLUMN;
		if (find_zone(zones, own, &out->zone, e) != SO1_OK)
			return error_at(e, NULL, 0, "timezone");
	} else if (of_country) {
		out->source = SEND_BY_COUNTRY;
		if (find_zone(zones, slice_of(of_country), &out->zone, e) != SO1_OK)
			return error_at(e, NULL, 0, "country");
	} else {
		out->source = p->has_zone ? SEND_BY_OPTION : SEND_BY_DEFAULT;
		out->zone = p->zone;
	}
	return SO1_OK;
}

static enum so1_status not_one(struct so1_error *e, const char *column, const char *reason,
			       struct slice value)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_value(e, value);
	return error_at(e, NULL, 0, column);
}

enum so1_status send_read(const struct send_plan *p, struct send_zones *zones,
			  const struct slice *fields, struct send_wish *out, struct so1_error *e)
{
	struct slice weekday = field_at(fields, p->best_weekday);
	struct slice hour = field_at(fields, p->best_hour);
	int day = 0, h = p->hour;

	*out = (struct send_wish){0};
	if (weekday.len && (!parse_hour(weekday, 7, &day) || day == 0))
		return not_one(e, "best_weekday", "not a weekday from 1 to 7", weekday);
	if (hour.len && !parse_hour(hour, 23, &h))
		return not_one(e, "best_hour", "not an hour from 0 to 23", hour);
	if (read_zone(p, zones, fields, out, e) != SO1_OK)
		return e->status;
	out->minute = h * 60;
	out->weekday = (uint8_t)day;
	out->is_own = hour.len > 0;
	/* so1-profile counts in UTC where it knows no zone, and then leaves `timezone` empty. */
	out->in_utc = out->is_own && p->timezone != COLUMN_NONE && out->source >= SEND_BY_OPTION;
	return SO1_OK;
}

static bool is_quiet(const struct quiet_hours *q, int minute)
{
	int hour = minute / 60;

	if (q->from <= q->to)
		return hour >= q->from && hour < q->to;
	return hour >= q->from || hour < q->to;
}

/* May come out of the day, on either side. */
static int leave_quiet(const struct quiet_hours *q, int minute)
{
	if (!is_quiet(q, minute))
		return minute;
	int back = (minute - (q->from - 1) * 60 + DAY_MINUTES) % DAY_MINUTES;
	int ahead = (q->to * 60 - minute + DAY_MINUTES) % DAY_MINUTES;
	return back < ahead ? minute - back : minute + ahead;
}

/* A place in the local week. */
struct slot {
	int weekday; /* 0: any */
	int minute;
};

static void carry_days(struct slot *s)
{
	int days = s->minute < 0 ? -1 : s->minute / DAY_MINUTES;

	s->minute -= days * DAY_MINUTES;
	if (s->weekday)
		s->weekday = (s->weekday - 1 + days + 7) % 7 + 1;
}

static struct slot slot_of(const struct send_plan *p, const struct send_wish *wish, int64_t from)
{
	struct slot s = {wish->weekday, wish->minute};

	if (wish->in_utc)
		s.minute += timezone_offset(wish->zone, from) / 60;
	carry_days(&s);
	s.minute = leave_quiet(&p->quiet, s.minute);
	carry_days(&s);
	return s;
}

static int64_t local_time(const struct timezone_rules *zone, int64_t t)
{
	return t + timezone_offset(zone, t);
}

static int64_t day_of(int64_t local)
{
	return local >= 0 ? local / DAY_SECONDS : -((DAY_SECONDS - 1 - local) / DAY_SECONDS);
}

/* Between which times, the end as a local one: a week has every weekday and hour once, also
 * when the clocks change in it. */
struct bounds {
	const struct timezone_rules *zone;
	const struct quiet_hours *quiet;
	int64_t from, local_end, first_day, last_day;
};

static bool is_allowed(const struct bounds *b, int64_t t)
{
	int64_t local = local_time(b->zone, t), day = day_of(local);

	return t >= b->from && local < b->local_end && day >= b->first_day && day <= b->last_day &&
	       !is_quiet(b->quiet, (int)((local - day * DAY_SECONDS) / 60));
}

static bool find_slot(const struct bounds *b, struct slot s, int64_t *at)
{
	for (int64_t day = day_of(local_time(b->zone, b->from)); day * DAY_SECONDS < b->local_end;
	     day++) {
		if (s.weekday && weekday_of_days(day) != s.weekday)
			continue;
		int64_t t = timezone_to_utc_from(b->zone, day * DAY_SECONDS + s.minute * 60);
		if (is_allowed(b, t)) {
			*at = t;
			return true;
		}
	}
	return false;
}

/* Now, else the next full hour that may be. */
static bool find_earliest(const struct bounds *b, int64_t *at)
{
	int64_t local = local_time(b->zone, b->from);
	int64_t t = b->from;

	for (local += HOUR_SECONDS - (local % HOUR_SECONDS + HOUR_SECONDS) % HOUR_SECONDS;
	     !is_allowed(b, t); local += HOUR_SECONDS) {
		if (local >= b->local_end)
			return false;
		t = timezone_to_utc_from(b->zone, local);
	}
	*at = t;
	return true;
}

enum send_fit send_choose(const struct send_plan *p, const struct send_wish *wish, int64_t from,
			  int64_t first_day, int64_t last_day, int64_t *at)
{
	struct slot s = slot_of(p, wish, from);
	struct bounds b = {
		.zone = wish->zone, .quiet = &p->quiet, .from = from,
		.local_end = local_time(wish->zone, from) + SEND_DAYS * DAY_SECONDS,
		.first_day = first_day, .last_day = last_day,
	};

	if (find_slot(&b, s, at))
		return SEND_AT_BEST;
	s.weekday = 0;
	if (find_slot(&b, s, at))
		return SEND_OTHER_DAY;
	return find_earliest(&b, at) ? SEND_EARLIEST : SEND_NEVER;
}

void send_put_local(struct buffer *b, const struct timezone_rules *zone, int64_t t)
{
	int32_t offset = timezone_offset(zone, t);
	int minutes = (offset < 0 ? -offset : offset) / 60;

	datetime_put(b, t + offset);
	b->len--; /* the Z */
	const char text[] = {
		offset < 0 ? '-' : '+', (char)('0' + minutes / 600), (char)('0' + minutes / 60 % 10),
		':', (char)('0' + minutes % 60 / 10), (char)('0' + minutes % 10),
	};
	buffer_put(b, text, sizeof text);
}

void send_zones_free(struct send_zones *z)
{
	dictionary_free(&z->names);
	free(z->items);
	*z = (struct send_zones){0};
}
