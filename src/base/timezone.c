#include "base/timezone.h"

#include "base/buffer.h"
#include "base/datetime.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* One end of daylight saving time in a POSIX TZ string. */
struct change {
	enum { CHANGE_MONTH_WEEK_DAY, CHANGE_JULIAN, CHANGE_DAY } kind;
	int month, week, day; /* Jn and n use day only */
	int32_t time;         /* seconds after midnight, -167 h … 167 h */
};

/* The footer: the rule for all time after the last transition. */
struct footer {
	bool present, has_daylight;
	int32_t standard, daylight; /* seconds east */
	struct change start, end;
};

struct timezone_rules {
	struct timezone_rules *next;
	char *name;
	size_t count;
	int64_t *times;   /* ascending */
	int32_t *offsets; /* from times[i] on */
	int32_t first;    /* before times[0] */
	struct footer footer;
};

/* The cache outlives every reader of a run, and only timezone_load changes it. */
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct timezone_rules *cache;

/* POSIX TZ strings: "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3". */

static bool take_abbreviation(const char **p)
{
	const char *start = *p;

	if (**p == '<') {
		while (**p && **p != '>')
			++*p;
		return *(*p)++ == '>';
	}
	while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
		++*p;
	return *p - start >= 3;
}

static bool take_number(const char **p, int *n)
{
	const char *start = *p;

	for (*n = 0; **p >= '0' && **p <= '9' && *p - start < 4; ++*p)
		*n = *n * 10 + (**p - '0');
	return *p > start;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_clock(const char **p, int32_t *seconds)
{
	int sign = 1, hours, minutes = 0, rest = 0;

	if (**p == '-' || **p == '+')
		sign = *(*p)++ == '-' ? -1 : 1;
	if (!take_number(p, &hours) || hours > 167)
		return false;
	if (**p == ':') {
		++*p;
		if (!take_number(p, &minutes) || minutes > 59)
			return false;
	}
	if (**p == ':') {
		++*p;
		if (!take_number(p, &rest) || rest > 59)
			return false;
	}
	*seconds = sign * (hours * 3600 + minutes * 60 + rest);
	return true;
}

static bool take_month_week_day(const char **p, struct change *c)
{
	c->kind = CHANGE_MONTH_WEEK_DAY;
	if (!take_number(p, &c->month) || *(*p)++ != '.' || !take_number(p, &c->week) ||
	    *(*p)++ != '.' || !take_number(p, &c->day))
		return false;
	return c->month >= 1 && c->month <= 12 && c->week >= 1 && c->week <= 5 && c->day <= 6;
}

static bool take_change(const char **p, struct change *c)
{
	*c = (struct change){.time = 2 * 3600};
	if (*(*p)++ != ',')
		return false;
	if (**p == 'M') {
		++*p;
		if (!take_month_week_day(p, c))
			return false;
	} else {
		c->kind = **p == 'J' ? CHANGE_JULIAN : CHANGE_DAY;
		*p += **p == 'J';
		if (!take_number(p, &c->day) || c->day > 365)
			return false;
	}
	if (**p != '/')
		return true;
	++*p;
	return take_clock(p, &c->time);
}

static bool parse_footer(const char *p, struct footer *f)
{
	int32_t west;

	*f = (struct footer){0};
	if (!take_abbreviation(&p) || !take_clock(&p, &west))
		return false;
	f->standard = -west;
	f->present = true;
	if (*p == '\0')
		return true;
	if (!take_abbreviation(&p))
		return false;
	f->daylight = f->standard + 3600;
	if (*p != ',') {
		if (!take_clock(&p, &west))
			return false;
		f->daylight = -west;
	}
	f->has_daylight = true;
	return take_change(&p, &f->start) && take_change(&p, &f->end) && *p == '\0';
}

/* Local seconds of a change in `year`, as if local time were UTC. */
static int64_t change_time(const struct change *c, int year)
{
	int64_t day;

	if (c->kind == CHANGE_MONTH_WEEK_DAY) {
		int next_year = c->month == 12 ? year + 1 : year;
		int next_month = c->month == 12 ? 1 : c->month + 1;
		int64_t first = days_from_civil(year, c->month, 1);
		int64_t last = days_from_civil(next_year, next_month, 1) - 1;
		day = first + (c->day - weekday_of_days(first) % 7 + 7) % 7 + 7 * (c->week - 1);
		/* Week 5 is the last of the month, which may be its fourth. */
		while (day > last)
			day -= 7;
	} else {
		int64_t new_year = days_from_civil(year, 1, 1);
		bool leap = days_from_civil(year + 1, 1, 1) - new_year == 366;
		/* Jn never counts 29 February; n counts from 0. */
		day = c->kind == CHANGE_JULIAN ? new_year + c->day - 1 + (leap && c->day >= 60)
					       : new_year + c->day;
	}
	return day * DAY_SECONDS + c->time;
}

static int32_t footer_offset(const struct footer *f, int64_t t)
{
	struct civil c;

	if (!f->has_daylight)
		return f->standard;
	civil_from_time(t + f->standard, &c);
	int64_t start = change_time(&f->start, c.year) - f->standard;
	int64_t end = change_time(&f->end, c.year) - f->daylight;
	bool summer = start < end ? t >= start && t < end : !(t >= end && t < start);
	return summer ? f->daylight : f->standard;
}

/* TZif. */

static int64_t read_be(const unsigned char *p, int bytes)
{
	uint64_t n = 0;

	for (int i = 0; i < bytes; i++)
		n = n << 8 | p[i];
	return bytes == 4 ? (int32_t)(uint32_t)n : (int64_t)n;
}

struct counts {
	size_t ut, standard, leap, time, type, letters;
};

enum { TZIF_HEADER = 44 };

static bool read_counts(const unsigned char *p, size_t len, struct counts *c)
{
	if (len < TZIF_HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	size_t *fields[] = {&c->ut, &c->standard, &c->leap, &c->time, &c->type, &c->letters};
	for (int i = 0; i < 6; i++) {
		int64_t n = read_be(p + 20 + 4 * i, 4);
		if (n < 0 || n > 1 << 20)
			return false;
		*fields[i] = (size_t)n;
	}
	return c->type > 0;
}

static size_t block_size(const struct counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * 6 + c->letters +
	       c->leap * (time_size + 4) + c->standard + c->ut;
}

/* The data block behind a header, with times of time_size bytes. */
static bool read_block(struct timezone_rules *z, const unsigned char *p, const struct counts *c,
		       int time_size)
{
	const unsigned char *indices = p + c->time * (size_t)time_size;
	const unsigned char *types = indices + c->time;

	z->count = c->time;
	z->times = xmalloc(c->time * sizeof *z->times);
	z->offsets = xmalloc(c->time * sizeof *z->offsets);
	z->first = (int32_t)read_be(types, 4);
	for (size_t i = 0; i < c->time; i++) {
		if (indices[i] >= c->type)
			return false;
		z->times[i] = read_be(p + i * (size_t)time_size, time_size);
		z->offsets[i] = (int32_t)read_be(types + 6 * (size_t)indices[i], 4);
	}
	return true;
}

static bool read_footer(struct timezone_rules *z, const char *p, size_t len)
{
	char text[128];

	if (len < 2 || p[0] != '\n' || p[len - 1] != '\n' || len - 2 >= sizeof text)
		return false;
	memcpy(text, p + 1, len - 2);
	text[len - 2] = '\0';
	return len == 2 || parse_footer(text, &z->footer);
}

static bool parse_tzif(struct timezone_rules *z, const unsigned char *p, size_t len)
{
	struct counts c;

	if (!read_counts(p, len, &c))
		return false;
	size_t first = TZIF_HEADER + block_size(&c, 4);
	if (len < first)
		return false;
	if (p[4] < '2')
		return read_block(z, p + TZIF_HEADER, &c, 4);
	p += first;
	len -= first;
	if (!read_counts(p, len, &c))
		return false;
	size_t second = TZIF_HEADER + block_size(&c, 8);
	return len >= second && read_block(z, p + TZIF_HEADER, &c, 8) &&
	       read_footer(z, (const char *)p + second, len - second);
}

static bool name_is_safe(const char *name)
{
	if (name[0] == '/' || strstr(name, "..") != NULL || strlen(name) > 100)
		return false;
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static enum so1_status read_zone(struct timezone_rules *z, const char *name, struct so1_error *e)
{
	const char *folder = getenv("TZDIR");
	char path[512], chunk[4096];
	struct buffer bytes = {0};
	size_t n;

	snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo",
		 name);
	FILE *f = name_is_safe(name) ? fopen(path, "rb") : NULL;
	if (f == NULL) {
		error_set(e, SO1_USAGE, "no such time zone (as in Europe/Berlin)");
		return error_value(e, slice_of(name));
	}
	/* The largest zone has a few kB; a folder or a device ends here as no zone. */
	while (bytes.len < 1 << 20 && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buffer_put(&bytes, chunk, n);
	fclose(f);
	bool good = parse_tzif(z, (const unsigned char *)bytes.ptr, bytes.len);
	buffer_free(&bytes);
	if (good)
		return SO1_OK;
	error_set(e, SO1_USAGE, "not a time zone file");
	error_at(e, path, 0, NULL);
	return error_value(e, slice_of(name));
}

static void free_zone(struct timezone_rules *z)
{
	free(z->name);
	free(z->times);
	free(z->offsets);
	free(z);
}

enum so1_status timezone_load(const char *name, const struct timezone_rules **zone,
			      struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	struct timezone_rules *z;

	if (*name == '\0')
		name = "UTC";
	pthread_mutex_lock(&cache_lock);
	for (z = cache; z; z = z->next)
		if (strcmp(z->name, name) == 0)
			break;
	if (z == NULL) {
		z = xcalloc(1, sizeof *z);
		z->name = xstrdup(name);
		if (strcmp(name, "UTC") != 0)
			status = read_zone(z, name, e);
		if (status == SO1_OK) {
			z->next = cache;
			cache = z;
		} else {
			free_zone(z);
			z = NULL;
		}
	}
	pthread_mutex_unlock(&cache_lock);
	*zone = z;
	return status;
}

int32_t timezone_offset(const struct timezone_rules *zone, int64_t t)
{
	size_t low = 0, high = zone->count;

	if ((high == 0 || t >= zone->times[high - 1]) && zone->footer.present)
		return footer_offset(&zone->footer, t);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (zone->times[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? zone->offsets[low - 1] : zone->first;
}

int64_t timezone_to_utc(const struct timezone_rules *zone, int64_t local)
{
	/* A day on either side lies beyond any offset and sees at most one change. */
	int32_t before = timezone_offset(zone, local - DAY_SECONDS);
	int32_t after = timezone_offset(zone, local + DAY_SECONDS);
	int64_t early = local - before, late = local - after;
	bool early_holds = timezone_offset(zone, early) == before;
	bool late_holds = timezone_offset(zone, late) == after;

	if (early_holds && late_holds)
		return early < late ? early : late;
	/* In a gap neither holds: the old offset moves the time forward. */
	return late_holds ? late : early;
}

int64_t timezone_to_utc_from(const struct timezone_rules *zone, int64_t local)
{
	int64_t after = timezone_to_utc(zone, local);
	int32_t offset = timezone_offset(zone, after);
	int64_t gap = after + offset - local;

	if (gap <= 0)
		return after;
	/* Within a gap the instant lies behind the change by less than the gap's length. */
	int64_t before = after - gap;
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;
		if (timezone_offset(zone, middle) == offset)
			after = middle;
		else
			before = middle;
	}
	return after;
}

void timezone_free_all(void)
{
	pthread_mutex_lock(&cache_lock);
	while (cache) {
		struct timezone_rules *z = cache;
		cache = z->next;
		free_zone(z);
	}
	pthread_mutex_unlock(&cache_lock);
}
