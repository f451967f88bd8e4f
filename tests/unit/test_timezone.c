#include "base/datetime.h"
#include "base/timezone.h"

#include <criterion/criterion.h>

static int64_t at(const char *iso)
{
	int64_t t;

	cr_assert(datetime_parse_iso(slice_of(iso), &t, NULL, NULL), "%s", iso);
	return t;
}

static const struct timezone_rules *load(const char *name)
{
	const struct timezone_rules *zone;
	struct so1_error e;

	cr_assert_eq(timezone_load(name, &zone, &e), SO1_OK, "%s: %s", name, e.reason);
	return zone;
}

Test(timezone, refuses)
{
	static const char *const names[] = {"Europe/Berln", "../etc/passwd", "/etc/localtime",
					    "Europe/../Europe/Berlin", "Europe", "zone.tab", "Mars"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct timezone_rules *zone;
		struct so1_error e = {0};
		cr_assert_eq(timezone_load(names[i], &zone, &e), SO1_USAGE, "%s", names[i]);
		cr_assert_null(zone);
		cr_assert_str_eq(e.value, names[i]);
	}
}

/* Offsets as `TZ=ZONE date -d TIME +%z` prints them. */
Test(timezone, offsets)
{
	static const struct { const char *zone, *time; int32_t offset; } rows[] = {
		{"", "2026-07-01T00:00:00Z", 0},
		{"UTC", "2026-07-01T00:00:00Z", 0},
		{"Europe/Berlin", "2026-01-15T12:00:00Z", 3600},
		{"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
		{"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
		{"Europe/Berlin", "2090-07-01T00:00:00Z", 7200},
		{"Europe/Berlin", "1985-07-01T00:00:00Z", 7200},
		{"Europe/Berlin", "1975-07-01T00:00:00Z", 3600},
		{"America/New_York", "2050-07-04T00:00:00Z", -4 * 3600},
		{"America/New_York", "2026-11-01T06:00:00Z", -5 * 3600},
		{"Australia/Sydney", "2026-01-15T00:00:00Z", 11 * 3600},
		{"Australia/Sydney", "2045-07-15T00:00:00Z", 10 * 3600},
		{"Asia/Kolkata", "2026-01-15T00:00:00Z", 19800},
		{"Asia/Tokyo", "2060-01-15T00:00:00Z", 9 * 3600},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_assert_eq(timezone_offset(load(rows[i].zone), at(rows[i].time)), rows[i].offset,
			     "%s %s", rows[i].zone, rows[i].time);
	cr_assert_eq(load("Europe/Berlin"), load("Europe/Berlin"));
}

Test(timezone, to_utc)
{
	static const struct { const char *zone, *local, *utc; } rows[] = {
		{"Europe/Berlin", "2026-01-15T12:00:00", "2026-01-15T11:00:00Z"},
		{"Europe/Berlin", "2026-07-15T12:00:00", "2026-07-15T10:00:00Z"},
		/* 02:30 does not exist: becomes 03:30 summer time. */
		{"Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"},
		/* 02:30 comes twice: the first is summer time. */
		{"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"},
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"},
		{"Australia/Sydney", "2026-04-05T02:30:00", "2026-04-04T15:30:00Z"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_assert_eq(timezone_to_utc(load(rows[i].zone), at(rows[i].local)), at(rows[i].utc),
			     "%s", rows[i].local);
}

/* By hand from the rules of the tz database; the offsets at the instants are those that
 * `TZ=ZONE date -d INSTANT` prints. A time that does not exist is the first that does. */
Test(timezone, to_utc_from)
{
	static const struct { const char *zone, *local, *utc; } rows[] = {
		{"UTC", "2026-03-29T02:30:00", "2026-03-29T02:30:00Z"},
		{"Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z"},
		{"Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"},
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"},
		/* Half an hour: 02:00 to 02:30 are missing in October and come twice in April. */
		{"Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00Z"},
		{"Australia/Lord_Howe", "2026-10-04T02:30:00", "2026-10-03T15:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"},
		/* Samoa went without 30 December 2011. */
		{"Pacific/Apia", "2011-12-30T09:00:00", "2011-12-30T10:00:00Z"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_assert_eq(timezone_to_utc_from(load(rows[i].zone), at(rows[i].local)),
			     at(rows[i].utc), "%s %s", rows[i].zone, rows[i].local);
}

Test(timezone, countries)
{
	cr_assert_str_eq(timezone_of_country(SLICE("DE")), "Europe/Berlin");
	cr_assert_str_eq(timezone_of_country(SLICE("us")), "America/New_York");
	cr_assert_str_eq(timezone_of_country(SLICE("AU")), "Australia/Sydney");
	cr_assert_str_eq(timezone_of_country(SLICE("AD")), "Europe/Andorra");
	cr_assert_str_eq(timezone_of_country(SLICE("ZW")), "Africa/Harare");
	cr_assert_null(timezone_of_country(SLICE("XX")));
	cr_assert_null(timezone_of_country(SLICE("DEU")));
	cr_assert_null(timezone_of_country(SLICE("")));
	timezone_free_all();
}
