#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

void text_bytes(struct text *t, const char *bytes, size_t n)
{
	if (t->len + n > t->room) {
		t->room = (t->len + n) * 2 + 4096;
		t->data = realloc(t->data, t->room);
		if (!t->data) {
			fputs("make-samples: out of memory\n", stderr);
			exit(1);
		}
	}
	memcpy(t->data + t->len, bytes, n);
	t->len += n;
}

void text_put(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
	text_bytes(t, &c, 1);
}

void text_digits(struct text *t, uint64_t n, int width)
{
	char digits[24];
	int at = (int)sizeof digits;
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n || (int)sizeof digits - at < width);
	text_bytes(t, digits + at, sizeof digits - (size_t)at);
}

void text_number(struct text *t, int64_t n)
{
	if (n < 0)
		text_char(t, '-');
	text_digits(t, n < 0 ? -(uint64_t)n : (uint64_t)n, 1);
}

void text_cents(struct text *t, int64_t cents, char point)
{
	text_number(t, cents / 100);
	text_char(t, point);
	text_digits(t, (uint64_t)(cents % 100), 2);
}

/* Days from civil and back as in H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int64_t day_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void day_split(int64_t day, int *year, int *month, int *dom)
{
	int64_t z = day + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*dom = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static int64_t last_sunday(int year, int month)
{
	int64_t day = day_of(year, month, 31);
	return day - (day + 4) % 7; /* day 0 was a Thursday; both months have 31 days */
}

int berlin_offset(int64_t utc)
{
	/* A year's two switches are asked for millions of times: keep the last year's. */
	static int64_t from, to, year_from = 1, year_to;
	if (utc < year_from || utc >= year_to) {
		int y, m, d;
		day_split(utc / 86400, &y, &m, &d);
		year_from = day_of(y, 1, 1) * 86400;
		year_to = day_of(y + 1, 1, 1) * 86400;
		from = last_sunday(y, 3) * 86400 + 3600;
		to = last_sunday(y, 10) * 86400 + 3600;
	}
	return utc >= from && utc < to ? 7200 : 3600;
}

static void text_date(struct text *t, int64_t day)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	text_digits(t, (uint64_t)y, 4);
	text_char(t, '-');
	text_digits(t, (uint64_t)m, 2);
	text_char(t, '-');
	text_digits(t, (uint64_t)d, 2);
}

static void text_clock(struct text *t, int64_t second, int with_seconds)
{
	text_digits(t, (uint64_t)(second / 3600), 2);
	text_char(t, ':');
	text_digits(t, (uint64_t)(second / 60 % 60), 2);
	if (with_seconds) {
		text_char(t, ':');
		text_digits(t, (uint64_t)(second % 60), 2);
	}
}

void text_time(struct text *t, int64_t utc, enum time_style style)
{
	int ahead = style == TIME_ZULU || style == TIME_MILLIS ? 0 : berlin_offset(utc);
	int64_t day = (utc + ahead) / 86400, second = (utc + ahead) % 86400;
	int y, m, d;
	switch (style) {
	case TIME_MILLIS:
		text_number(t, utc * 1000 + (int64_t)(rng_mix((uint64_t)utc) % 1000));
		break;
	case TIME_GERMAN:
		day_split(day, &y, &m, &d);
		text_digits(t, (uint64_t)d, 2);
		text_char(t, '.');
		text_digits(t, (uint64_t)m, 2);
		text_char(t, '.');
		text_digits(t, (uint64_t)y, 4);
		text_char(t, ' ');
		text_clock(t, second, 0);
		break;
	case TIME_ZULU:
	case TIME_OFFSET:
	case TIME_LOCAL:
		text_date(t, day);
		text_char(t, style == TIME_LOCAL ? ' ' : 'T');
		text_clock(t, second, 1);
		if (style == TIME_ZULU)
			text_char(t, 'Z');
		else if (style == TIME_OFFSET)
			text_put(t, ahead == 7200 ? "+02:00" : "+01:00");
		break;
	}
}
