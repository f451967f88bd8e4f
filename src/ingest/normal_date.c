#include "ingest/normal_date.h"

#include "base/datetime.h"
#include "base/number.h"
#include "ingest/text.h"

/* Where the time begins in a format: before the first of %H %I %M %S %p %f %z %Z, with the
 * blanks and letters that lead to it. 0: no date before it. */
static size_t time_begins(const char *format)
{
	for (size_t i = 0; format[i]; i++) {
		if (format[i] != '%' || format[i + 1] == '\0')
			continue;
		if (strchr("HIMSpfzZ", format[i + 1])) {
			while (i > 0 && strchr(" Tt,-", format[i - 1]))
				i--;
			return i;
		}
		i++;
	}
	return 0;
}

static enum so1_status add_format(struct date_style *style, struct slice item, struct arena *a,
				  struct so1_error *e)
{
	struct date_format *f = &style->formats[style->count];

	*f = (struct date_format){.kind = DATE_FORMAT};
	if (slice_equal_nocase(item, SLICE("iso")))
		f->kind = DATE_ISO;
	else if (slice_equal_nocase(item, SLICE("epoch")))
		f->kind = DATE_EPOCH;
	else if (slice_equal_nocase(item, SLICE("epoch_ms")))
		f->kind = DATE_EPOCH_MS;
	if (f->kind == DATE_FORMAT) {
		f->text = arena_copy(a, item).ptr;
		if (slice_find_byte(item, '%') == item.len || !datetime_format_is_valid(f->text)) {
			error_set(e, SO1_USAGE, "no date format (iso, epoch, epoch_ms or like "
				  "%%d.%%m.%%Y %%H:%%M)");
			return error_value(e, item);
		}
		size_t cut = time_begins(f->text);
		if (cut > 0)
			f->date_part = arena_copy(a, slice_make(f->text, cut)).ptr;
		f->short_year = strstr(f->text, "%y") != NULL;
	}
	style->count++;
	return SO1_OK;
}

enum so1_status date_style_parse(struct date_style *style, struct slice text,
				 const struct timezone_rules *zone, struct arena *a,
				 struct so1_error *e)
{
	struct slice rest = text, item;
	size_t most = 1;

	for (size_t i = 0; i < text.len; i++)
		most += text.ptr[i] == '|';
	*style = (struct date_style){.zone = zone};
	style->formats = arena_alloc(a, most * sizeof *style->formats);
	while (slice_split(&rest, '|', &item))
		if (add_format(style, slice_trim(item), a, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

/* Local seconds to UTC. */
static int64_t to_utc(const struct date_style *style, int64_t local, struct date_cache *cache)
{
	int64_t day = local >= 0 ? local / DAY_SECONDS : -((-local + DAY_SECONDS - 1) / DAY_SECONDS);

	if (style->zone == NULL)
		return local;
	if (!cache->valid || cache->day != day) {
		int64_t begin = day * DAY_SECONDS, end = begin + DAY_SECONDS;
		int64_t first = begin - timezone_to_utc(style->zone, begin);
		int64_t last = end - timezone_to_utc(style->zone, end);
		if (first != last)
			return timezone_to_utc(style->zone, local);
		*cache = (struct date_cache){.day = day, .offset = (int32_t)first, .valid = true};
	}
	return local - cache->offset;
}

static bool read_epoch(struct slice s, int64_t unit, int64_t *t)
{
	int64_t whole;
	size_t point = slice_find_byte(s, '.');

	/* Fractions of the unit are below what a stream keeps. */
	for (size_t i = point + 1; i < s.len; i++)
		if (!byte_is_digit(s.ptr[i]))
			return false;
	if (!number_parse_int(slice_make(s.ptr, point), &whole))
		return false;
	*t = whole / unit - (whole % unit < 0);
	/* Years 1 to 9999, as in base/datetime.h. */
	return *t >= INT64_C(-62135596800) && *t <= INT64_C(253402300799);
}

static bool read_format(const char *format, struct slice s, struct civil *c, int *zone_seconds,
			bool *has_zone)
{
	*zone_seconds = 0;
	*has_zone = false;
	return datetime_parse_format(s, format, c, zone_seconds, has_zone);
}

static bool read_iso(const struct date_style *style, struct slice s, struct date_cache *cache,
		     int64_t *t)
{
	bool has_zone;

	if (!datetime_parse_iso(s, t, NULL, &has_zone))
		return false;
	if (!has_zone)
		*t = to_utc(style, *t, cache);
	return true;
}

static bool read_one(const struct date_style *style, const struct date_format *f, struct slice s,
		     struct date_cache *cache, int64_t *t)
{
	struct civil c;
	int zone_seconds;
	bool has_zone;

	switch (f->kind) {
	case DATE_ISO:
		return read_iso(style, s, cache, t);
	case DATE_EPOCH:
		return read_epoch(s, 1, t);
	case DATE_EPOCH_MS:
		return read_epoch(s, 1000, t);
	case DATE_FORMAT:
		break;
	}
	if (!read_format(f->text, s, &c, &zone_seconds, &has_zone) &&
	    (f->date_part == NULL || !read_format(f->date_part, s, &c, &zone_seconds, &has_zone)))
		return false;
	*t = time_from_civil(&c);
	*t = has_zone ? *t - zone_seconds : to_utc(style, *t, cache);
	return true;
}

bool date_read_time(const struct date_style *style, struct slice s, struct date_cache *cache,
		    int64_t *t)
{
	for (size_t i = 0; i < style->count; i++)
		if (read_one(style, &style->formats[i], s, cache, t))
			return true;
	return read_iso(style, s, cache, t);
}

bool date_read_day(const struct date_style *style, struct slice s, int64_t *days)
{
	enum { BIRTH_PIVOT = 2030 };
	struct civil c;
	int zone_seconds;
	bool has_zone;

	for (size_t i = 0; i < style->count; i++) {
		const struct date_format *f = &style->formats[i];
		if (f->kind != DATE_FORMAT)
			continue;
		if (!(f->date_part != NULL &&
		      read_format(f->date_part, s, &c, &zone_seconds, &has_zone)) &&
		    !read_format(f->text, s, &c, &zone_seconds, &has_zone))
			continue;
		if (f->short_year && c.year >= BIRTH_PIVOT)
			c.year -= 100;
		*days = days_from_civil(c.year, c.month, c.day);
		return true;
	}
	/* The date as written: what follows a T or blank is of no interest. */
	if (s.len > 10 && (s.ptr[10] == 'T' || s.ptr[10] == ' ')) {
		int64_t t;
		if (!datetime_parse_iso(s, &t, NULL, NULL))
			return false;
		s.len = 10;
	}
	return date_parse(s, days);
}

enum verdict normal_time(const struct date_style *style, struct slice s, struct date_cache *cache,
			 struct arena *a, struct slice *out, int64_t *t)
{
	struct civil c;

	if (!date_read_time(style, s, cache, t))
		return VERDICT_NOT_DATE;
	civil_from_time(*t, &c);
	if (c.year < 1 || c.year > 9999)
		return VERDICT_NOT_DATE;
	char *p = arena_bytes(a, 20);
	p[0] = (char)('0' + c.year / 1000);
	p[1] = (char)('0' + c.year / 100 % 10);
	p[2] = (char)('0' + c.year / 10 % 10);
	p[3] = (char)('0' + c.year % 10);
	const int parts[] = {c.month, c.day, c.hour, c.minute, c.second};
	for (int i = 0; i < 5; i++) {
		p[4 + 3 * i] = "--T::"[i];
		p[5 + 3 * i] = (char)('0' + parts[i] / 10);
		p[6 + 3 * i] = (char)('0' + parts[i] % 10);
	}
	p[19] = 'Z';
	*out = slice_make(p, 20);
	return VERDICT_OK;
}

static bool is_zero_day(int64_t days)
{
	static const struct civil zeros[] = {
		{.year = 1601, .month = 1, .day = 1}, {.year = 1753, .month = 1, .day = 1},
		{.year = 1899, .month = 12, .day = 30}, {.year = 1899, .month = 12, .day = 31},
		{.year = 1900, .month = 1, .day = 1},
	};

	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (days == days_from_civil(zeros[i].year, zeros[i].month, zeros[i].day))
			return true;
	return false;
}

enum verdict normal_birth_date(const struct date_style *style, struct slice s, int64_t event_time,
			       struct arena *a, struct slice *out)
{
	int64_t days;

	if (!date_read_day(style, s, &days))
		return VERDICT_NOT_DATE;
	if (is_zero_day(days))
		return VERDICT_PLACEHOLDER;
	if (days < days_from_civil(EARLIEST_BIRTH, 1, 1))
		return VERDICT_NOT_RECOGNISED;
	if (event_time != INT64_MAX && days * DAY_SECONDS > event_time + DAY_SECONDS)
		return VERDICT_AFTER_EVENT;
	struct buffer b = {0};
	date_put(&b, days);
	*out = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return days < days_from_civil(1900, 1, 1) ? VERDICT_BEFORE_1900 : VERDICT_OK;
}
