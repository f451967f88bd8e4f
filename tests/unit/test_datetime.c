#include "base/datetime.h"

#include <criterion/criterion.h>

Test(datetime, invalid_iso)
{
	static const char *const rows[] = {
		"", "2026", "2026-11", "2026-1-01", "2026-02-30", "2025-02-29", "2026-13-01",
		"2026-00-10", "2026-01-00", "0000-01-01", "2026-11-01T", "2026-11-01T9:30",
		"2026-11-01T24:00", "2026-11-01T09:60", "2026-11-01T09:30:61", "2026-11-01T09:30:00.",
		"2026-11-01T09:30X", "2026-11-01Z", "2026-11-01T09:30+1", "2026-11-01T09:30+24:00",
		"2026-11-01T09:30Z ", " 2026-11-01", "01.11.2026", "2026/11/01", "20261101",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t t = 77;
		bool time = true, zone = true;
		cr_assert(!datetime_parse_iso(slice_of(rows[i]), &t, &time, &zone), "'%s'", rows[i]);
		cr_assert(t == 77 && time && zone, "'%s' changed the output", rows[i]);
	}
}

/* Seconds from GNU date: date -u -d '2026-11-01T09:30:00Z' +%s and so on. */
Test(datetime, iso)
{
	static const struct { const char *text; int64_t t; bool time, zone; } rows[] = {
		{"1970-01-01", 0, false, false},
		{"1970-01-01T00:00:00Z", 0, true, true},
		{"2026-11-01T09:30:00Z", 1793525400, true, true},
		{"2026-11-01T09:30", 1793525400, true, false},
		{"2026-11-01 09:30:00", 1793525400, true, false},
		{"2026-11-01T10:30:00+01:00", 1793525400, true, true},
		{"2026-11-01T10:30:00+0100", 1793525400, true, true},
		{"2026-11-01 10:30:00 +01", 1793525400, true, true},
		{"2026-11-01T04:00:00.999-05:30", 1793525400, true, true},
		{"2024-02-29", 1709164800, false, false},
		{"1969-12-31T23:59:59Z", -1, true, true},
		{"1900-03-01", -2203891200, false, false},
		{"0001-01-01", -62135596800, false, false},
		{"9999-12-31T23:59:59Z", 253402300799, true, true},
		{"2016-12-31T23:59:60Z", 1483228799, true, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t t;
		bool time, zone;
		cr_assert(datetime_parse_iso(slice_of(rows[i].text), &t, &time, &zone), "%s", rows[i].text);
		cr_assert_eq(t, rows[i].t, "%s: %lld", rows[i].text, (long long)t);
		cr_assert(time == rows[i].time && zone == rows[i].zone, "%s", rows[i].text);
	}
}

Test(datetime, every_day_round_trips)
{
	int64_t expected = days_from_civil(1599, 12, 31);
	struct buffer b = {0};

	for (int year = 1600; year < 2401; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 31; day++) {
				struct civil c = {.year = year, .month = month, .day = day};
				int y, m, d;
				if (!civil_is_valid(&c))
					continue;
				int64_t days = days_from_civil(year, month, day);
				cr_assert_eq(days, ++expected);
				civil_from_days(days, &y, &m, &d);
				cr_assert(y == year && m == month && d == day);
			}
	/* 400 years are 146097 days. */
	cr_assert_eq(days_from_civil(2400, 1, 1) - days_from_civil(2000, 1, 1), 146097);
	datetime_put(&b, -1);
	buffer_put_byte(&b, ' ');
	datetime_put(&b, 1793525400);
	buffer_put_byte(&b, ' ');
	date_put(&b, 11016);
	cr_assert_str_eq(buffer_text(&b), "1969-12-31T23:59:59Z 2026-11-01T09:30:00Z 2000-02-29");
	buffer_free(&b);
}

Test(datetime, weekdays)
{
	cr_assert_eq(weekday_of_days(0), 4);                           /* Thursday */
	cr_assert_eq(weekday_of_days(-4), 7);                          /* Sunday */
	cr_assert_eq(weekday_of_days(days_from_civil(2026, 11, 1)), 7); /* cal 11 2026 */
	cr_assert_eq(weekday_of_days(days_from_civil(1600, 1, 1)), 6);
}

Test(datetime, formats)
{
	static const struct { const char *text, *format, *expected; int zone; } rows[] = {
		{"01.11.2026 09:30", "%d.%m.%Y %H:%M", "2026-11-01T09:30:00Z", 0},
		{"1.2.26", "%d.%m.%y", "2026-02-01T00:00:00Z", 0},
		{"1.2.69", "%d.%m.%y", "1969-02-01T00:00:00Z", 0},
		{"3 M\xc3\xa4rz 2026", "%e %B %Y", "2026-03-03T00:00:00Z", 0},
		{"3. M\xc3\x84RZ   2026", "%e. %B %Y", "2026-03-03T00:00:00Z", 0},
		{"Mon, 02 Nov 2026 23:59:60 +0130", "%a, %d %b %Y %H:%M:%S %z", "2026-11-02T23:59:59Z", 5400},
		{"Dienstag, 5. Okt. 2026", "%A, %d. %b %Y", "2026-10-05T00:00:00Z", 0},
		{"12:05 AM 12/31/2026", "%I:%M %p %m/%d/%Y", "2026-12-31T00:05:00Z", 0},
		{"12:05 pm 12/31/2026", "%I:%M %p %m/%d/%Y", "2026-12-31T12:05:00Z", 0},
		{"2026-060", "%Y-%j", "2026-03-01T00:00:00Z", 0},
		{"2026-11-01T09:30:00.123456Z", "%Y-%m-%dT%H:%M:%S.%f%Z", "2026-11-01T09:30:00Z", 0},
		{"100% 2026", "100%% %Y", "2026-01-01T00:00:00Z", 0},
		{"09:30", "%H:%M", "0001-01-01T09:30:00Z", 0},
	};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct civil c;
		int zone = 0;
		bool has_zone;
		cr_assert(datetime_format_is_valid(rows[i].format));
		cr_assert(datetime_parse_format(slice_of(rows[i].text), rows[i].format, &c, &zone,
						&has_zone), "%s", rows[i].text);
		buffer_clear(&b);
		datetime_put(&b, time_from_civil(&c));
		cr_assert_str_eq(buffer_text(&b), rows[i].expected);
		cr_assert_eq(zone, rows[i].zone);
	}
	buffer_free(&b);
}

Test(datetime, formats_refuse)
{
	static const struct { const char *text, *format; } rows[] = {
		{"31.02.2026", "%d.%m.%Y"}, {"01.11.2026 ", "%d.%m.%Y"}, {"01.11.26", "%d.%m.%Y"},
		{"", "%Y"}, {"13:00 AM", "%I:%M %p"}, {"0:00 AM", "%I:%M %p"}, {"2025-366", "%Y-%j"},
		{"1 Xyz 2026", "%d %b %Y"}, {"24:00 2026", "%H:%M %Y"}, {"x1 2026", "%d %Y"},
		{"2026+", "%Y%z"},
	};
	static const char *const formats[] = {"", "no conversion", "%Q", "%Y %", "100%%"};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct civil c = {.year = 77};
		cr_assert(!datetime_parse_format(slice_of(rows[i].text), rows[i].format, &c, NULL,
						 NULL), "%s", rows[i].text);
		cr_assert_eq(c.year, 77);
	}
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		cr_assert(!datetime_format_is_valid(formats[i]), "'%s'", formats[i]);
}
