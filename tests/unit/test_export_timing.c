/* so1-export's clock and calendar: send times, occasions. */
#include "base/datetime.h"
#include "base/memory.h"
#include "export/occasion.h"
#include "export/send.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- send times ------------------------------------------------------------------------ */

static int64_t at(const char *iso)
{
	int64_t t;

	cr_assert(datetime_parse_iso(slice_of(iso), &t, NULL, NULL), "%s", iso);
	return t;
}

Test(send, bad_options)
{
	static const struct send_options bad[] = {
		{.quiet_hours = "21"}, {.quiet_hours = "21-"}, {.quiet_hours = "-8"},
		{.quiet_hours = "8-8"}, {.quiet_hours = "0-24"}, {.quiet_hours = "21-25"},
		{.quiet_hours = "21-8-9"}, {.quiet_hours = "night"}, {.quiet_hours = ""},
		{.hour = "24"}, {.hour = "-1"}, {.hour = "ten"}, {.timezone = "Europe/Berln"},
		{.from = "tomorrow"}, {.from = "2026-02-30"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct send_plan p;
		struct so1_error e = {0};
		cr_assert_eq(send_plan_parse(&p, &bad[i], &e), SO1_USAGE, "%zu", i);
		cr_assert(e.has_value && strncmp(e.column, "--", 2) == 0, "%zu", i);
	}
}

/* A row of best_weekday, best_hour, timezone, country and what it comes to. Instants by
 * hand: 2026-11-01 is a Sunday; Berlin is at +1 from 2026-10-25T01:00Z to 2026-03-28,
 * New York goes from -4 to -5 on 2026-11-01T06:00Z. */
struct send_row {
	const char *quiet, *zone, *from;
	const char *cells[4];
	const char *first, *last; /* days the offers are live, NULL: always */
	enum send_source source;
	enum send_fit fit;
	const char *at, *local;
};

static const struct send_row send_rows[] = {
	/* The weekday and hour, by column, country, option, default. */
	{NULL, NULL, "2026-11-01", {"3", "9", "Europe/Berlin", "US"}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-04T08:00:00Z", "2026-11-04T09:00:00+01:00"},
	{NULL, NULL, "2026-11-01", {"3", "9", "", "US"}, NULL, NULL,
	 SEND_BY_COUNTRY, SEND_AT_BEST, "2026-11-04T14:00:00Z", "2026-11-04T09:00:00-05:00"},
	{NULL, NULL, "2026-11-01", {"3", "9", "", ""}, NULL, NULL,
	 SEND_BY_DEFAULT, SEND_AT_BEST, "2026-11-04T09:00:00Z", "2026-11-04T09:00:00+00:00"},
	/* Counted in UTC: 09:00Z on Wednesday is 14:30 in Kolkata, 22:00 in Auckland (quiet:
	 * 20:00), 23:00Z on Wednesday is Thursday in Berlin (00:00: 20:00 the evening before
	 * is nearer than 8:00). */
	{NULL, "Asia/Kolkata", "2026-11-01", {"3", "9", "", ""}, NULL, NULL,
	 SEND_BY_OPTION, SEND_AT_BEST, "2026-11-04T09:00:00Z", "2026-11-04T14:30:00+05:30"},
	{NULL, "Pacific/Auckland", "2026-11-01", {"3", "9", "", ""}, NULL, NULL,
	 SEND_BY_OPTION, SEND_AT_BEST, "2026-11-04T07:00:00Z", "2026-11-04T20:00:00+13:00"},
	{NULL, "Europe/Berlin", "2026-11-01", {"3", "23", "", ""}, NULL, NULL,
	 SEND_BY_OPTION, SEND_AT_BEST, "2026-11-04T19:00:00Z", "2026-11-04T20:00:00+01:00"},
	/* The default hour is local. */
	{NULL, "Asia/Kolkata", "2026-11-01", {"", "", "", ""}, NULL, NULL,
	 SEND_BY_OPTION, SEND_AT_BEST, "2026-11-01T04:30:00Z", "2026-11-01T10:00:00+05:30"},
	/* No weekday: the first day. Today's hour is over: tomorrow's; the weekday's is over:
	 * the next week's, still within seven days of the clock. */
	{NULL, NULL, "2026-11-01", {"", "9", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-01T08:00:00Z", "2026-11-01T09:00:00+01:00"},
	{NULL, NULL, "2026-11-01T08:30:00Z", {"", "9", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-02T08:00:00Z", "2026-11-02T09:00:00+01:00"},
	{NULL, NULL, "2026-11-01T08:30:00Z", {"7", "9", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-08T08:00:00Z", "2026-11-08T09:00:00+01:00"},
	/* In quiet hours 21-8: to their nearer end, at 2 the later. Monday 0:00 belongs to
	 * Sunday evening. */
	{NULL, NULL, "2026-11-01", {"2", "21", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-03T20:00:00Z", "2026-11-03T20:00:00+00:00"},
	{NULL, NULL, "2026-11-01", {"1", "0", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-01T20:00:00Z", "2026-11-01T20:00:00+00:00"},
	{NULL, NULL, "2026-11-01", {"2", "2", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-03T08:00:00Z", "2026-11-03T08:00:00+00:00"},
	{"9-17", NULL, "2026-11-01", {"2", "16", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-03T17:00:00Z", "2026-11-03T17:00:00+00:00"},
	{"22-24", NULL, "2026-11-01", {"2", "23", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-04T00:00:00Z", "2026-11-04T00:00:00+00:00"},
	{"none", NULL, "2026-11-01", {"2", "23", "UTC", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-03T23:00:00Z", "2026-11-03T23:00:00+00:00"},
	/* The offers end on Tuesday: the hour on Sunday. They end today, the hour is over: now;
	 * and at half past nine in the evening there is nothing left. */
	{NULL, NULL, "2026-11-01", {"3", "9", "UTC", ""}, NULL, "2026-11-03",
	 SEND_BY_COLUMN, SEND_OTHER_DAY, "2026-11-01T09:00:00Z", "2026-11-01T09:00:00+00:00"},
	{NULL, NULL, "2026-11-01T11:20:00Z", {"3", "9", "UTC", ""}, NULL, "2026-11-01",
	 SEND_BY_COLUMN, SEND_EARLIEST, "2026-11-01T11:20:00Z", "2026-11-01T11:20:00+00:00"},
	{NULL, NULL, "2026-11-01T03:20:00Z", {"3", "2", "UTC", ""}, NULL, "2026-11-01",
	 SEND_BY_COLUMN, SEND_OTHER_DAY, "2026-11-01T08:00:00Z", "2026-11-01T08:00:00+00:00"},
	{NULL, NULL, "2026-11-01T21:30:00Z", {"3", "9", "UTC", ""}, NULL, "2026-11-01",
	 SEND_BY_COLUMN, SEND_NEVER, NULL, NULL},
	/* At 00:00Z it is still Saturday in New York, and the offers start on Sunday. */
	{"none", NULL, "2026-11-01", {"", "21", "America/New_York", ""}, "2026-11-01", NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-02T02:00:00Z", "2026-11-01T21:00:00-05:00"},
	/* Clocks forward: 02:00 does not exist and becomes 03:00; quiet from 3 to 8 it is the
	 * next day's 2:00 then. Back: of two 02:00 the first; when that is over,
	 * next week's. */
	{"none", NULL, "2026-03-28T12:00:00Z", {"7", "2", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
	{"3-8", NULL, "2026-03-28T12:00:00Z", {"7", "2", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_OTHER_DAY, "2026-03-30T00:00:00Z", "2026-03-30T02:00:00+02:00"},
	{"none", NULL, "2026-10-24T12:00:00Z", {"7", "2", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00+02:00"},
	{"none", NULL, "2026-10-25T00:30:00Z", {"7", "2", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-01T01:00:00Z", "2026-11-01T02:00:00+01:00"},
	{"none", NULL, "2026-10-25T00:30:00Z", {"7", "3", "Europe/Berlin", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-10-25T02:00:00Z", "2026-10-25T03:00:00+01:00"},
	{"none", NULL, "2026-03-07T12:00:00Z", {"7", "2", "America/New_York", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"},
	{"none", NULL, "2026-10-31T12:00:00Z", {"7", "1", "America/New_York", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-01T05:00:00Z", "2026-11-01T01:00:00-04:00"},
	{"none", NULL, "2026-10-03", {"7", "2", "Australia/Lord_Howe", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-10-03T15:30:00Z", "2026-10-04T02:30:00+11:00"},
	{"none", NULL, "2026-04-04", {"7", "1", "Australia/Lord_Howe", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-04-04T14:00:00Z", "2026-04-05T01:00:00+11:00"},
	{NULL, NULL, "2026-11-01", {"1", "9", "Asia/Kathmandu", ""}, NULL, NULL,
	 SEND_BY_COLUMN, SEND_AT_BEST, "2026-11-02T03:15:00Z", "2026-11-02T09:00:00+05:45"},
};

static void bind_send(struct send_plan *p)
{
	struct header h = {0};

	header_add(&h, SLICE("best_weekday"));
	header_add(&h, SLICE("best_hour"));
	header_add(&h, SLICE("timezone"));
	header_add(&h, SLICE("country"));
	send_bind(p, &h);
	header_free(&h);
}

static void day_or(const char *text, int64_t *day)
{
	if (text)
		cr_assert(date_parse(slice_of(text), day));
}

Test(send, times)
{
	for (size_t i = 0; i < sizeof send_rows / sizeof *send_rows; i++) {
		const struct send_row *row = &send_rows[i];
		struct send_options o = {.quiet_hours = row->quiet, .timezone = row->zone};
		struct send_zones zones = {0};
		struct send_plan p;
		struct send_wish wish;
		struct so1_error e;
		struct slice fields[4];
		struct buffer local = {0};
		int64_t first = INT64_MIN, last = INT64_MAX, t = INT64_MIN;

		for (int k = 0; k < 4; k++)
			fields[k] = slice_of(row->cells[k]);
		cr_assert_eq(send_plan_parse(&p, &o, &e), SO1_OK);
		bind_send(&p);
		cr_assert_eq(send_read(&p, &zones, fields, &wish, &e), SO1_OK, "%zu", i);
		cr_assert_eq(wish.source, row->source, "%zu", i);
		day_or(row->first, &first);
		day_or(row->last, &last);
		enum send_fit fit = send_choose(&p, &wish, at(row->from), first, last, &t);
		cr_assert_eq(fit, row->fit, "%zu: %d", i, fit);
		if (row->at) {
			send_put_local(&local, wish.zone, t);
			cr_assert_str_eq(buffer_text(&local), row->local, "%zu", i);
			cr_assert_eq(t, at(row->at), "%zu", i);
		} else {
			cr_assert_eq(t, INT64_MIN);
		}
		buffer_free(&local);
		send_zones_free(&zones);
	}
}

Test(send, what_is_no_time_is_refused)
{
	static const struct {
		const char *cells[4], *column;
	} rows[] = {
		{{"0", "9", "", ""}, "best_weekday"}, {{"8", "9", "", ""}, "best_weekday"},
		{{"Monday", "9", "", ""}, "best_weekday"}, {{"1", "24", "", ""}, "best_hour"},
		{{"1", "9.5", "", ""}, "best_hour"}, {{"1", "9", "Mars", "DE"}, "timezone"},
		{{"1", "9", "../UTC", "DE"}, "timezone"},
	};
	struct send_plan p;
	struct so1_error e;

	cr_assert_eq(send_plan_parse(&p, &(struct send_options){0}, &e), SO1_OK);
	bind_send(&p);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct send_zones zones = {0};
		struct send_wish wish;
		struct slice fields[4];
		for (int k = 0; k < 4; k++)
			fields[k] = slice_of(rows[i].cells[k]);
		cr_assert_neq(send_read(&p, &zones, fields, &wish, &e), SO1_OK, "%zu", i);
		cr_assert_str_eq(e.column, rows[i].column);
		send_zones_free(&zones);
	}
}

/* Whatever is wished: the time is in the window, live and not quiet, and every hour of the
 * week that is not quiet is met exactly. A walk over two zones, across both changes of the
 * clock. */
Test(send, never_outside_of_what_is_allowed)
{
	static const char *const zones[] = {"Europe/Berlin", "Australia/Lord_Howe"};
	static const char *const froms[] = {"2026-03-25", "2026-04-02T13:17:00Z", "2026-10-01",
					    "2026-10-22T23:59:00Z"};
	struct send_plan p;
	struct so1_error e;

	cr_assert_eq(send_plan_parse(&p, &(struct send_options){0}, &e), SO1_OK);
	for (int i = 0; i < 2 * 4 * 8 * 24; i++) {
		int h = i % 24, w = i / 24 % 8;
		int64_t from = at(froms[i / 192 % 4]), t = 0;
		struct send_wish wish = {.minute = h * 60, .weekday = (uint8_t)w};
		cr_assert_eq(timezone_load(zones[i / 768], &wish.zone, &e), SO1_OK);
		int64_t begin = from + timezone_offset(wish.zone, from);
		int64_t last = begin / DAY_SECONDS + 2;
		cr_assert_neq(send_choose(&p, &wish, from, INT64_MIN, last, &t), SEND_NEVER);
		int64_t local = t + timezone_offset(wish.zone, t);
		int hour = (int)(local / 3600 % 24);
		cr_assert(t >= from && local / DAY_SECONDS <= last && hour >= 8 && hour < 21);
		cr_assert_eq(send_choose(&p, &wish, from, INT64_MIN, INT64_MAX, &t), SEND_AT_BEST);
		local = t + timezone_offset(wish.zone, t);
		cr_assert(t >= from && local < begin + SEND_DAYS * DAY_SECONDS);
		if (h >= 8 && h < 21) {
			cr_assert_eq(local / 3600 % 24, h);
			cr_assert(w == 0 || weekday_of_days(local / DAY_SECONDS) == w);
		}
	}
}

/* --- occasions ------------------------------------------------------------------------- */

static char *temp_file(const char *text)
{
	char *path = xstrdup("/tmp/so1-test-timing-XXXXXX");
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static enum so1_status read_calendar(struct occasions *o, const char *text, struct so1_error *e)
{
	char *path = temp_file(text);
	enum so1_status status = occasions_read(o, path, e);

	unlink(path);
	free(path);
	return status;
}

Test(occasion, bad_calendars)
{
	static const struct {
		const char *text, *column;
		uint64_t line;
	} bad[] = {
		{"name,tag\nX,t\n", "", 1},
		{"name,date,tga\nX,2026-11-01,t\n", "", 1},
		{"name,date,tag\n,2026-11-01,t\n", "name", 2},
		{"name,date,tag\nX,,t\n", "date", 2},
		{"name,date,tag\nX,2026-11-31,t\n", "date", 2},
		{"name,date,tag\nX,11-31,t\n", "date", 2},
		{"name,date,tag\nX,1-1,t\n", "date", 2},
		{"name,date,tag\nX,-1-01,t\n", "date", 2},
		{"name,date,tag\nX,00-01,t\n", "date", 2},
		{"name,date,tag\nA,01-01,t\nX,01-01,\n", "tag", 3},
		{"name,date,tag,lead_days\nX,01-01,t,367\n", "lead_days", 2},
		{"name,date,tag,lead_days\nX,01-01,t,1.5\n", "lead_days", 2},
		{"name,date,tag,boost\nX,01-01,t,0\n", "boost", 2},
		{"name,date,tag,boost\nX,01-01,t,-2\n", "boost", 2},
		{"name,date,tag,boost\nX,01-01,t,inf\n", "boost", 2},
		{"name,date,tag,boost\nX,01-01,t,1e7\n", "boost", 2},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct occasions o = {0};
		struct so1_error e = {0};
		cr_assert_eq(read_calendar(&o, bad[i].text, &e), SO1_USAGE, "%zu", i);
		cr_assert_str_eq(e.column, bad[i].column, "%zu", i);
		cr_assert_eq(e.line, bad[i].line, "%zu", i);
		occasions_free(&o);
	}
}

/* Windows by hand: from lead days before to the day, both included; years by the calendar. */
Test(occasion, windows)
{
	static const struct {
		const char *date, *lead, *day;
		bool open;
	} rows[] = {
		{"2026-11-10", "14", "2026-10-26", false}, {"2026-11-10", "14", "2026-10-27", true},
		{"2026-11-10", "14", "2026-11-10", true}, {"2026-11-10", "14", "2026-11-11", false},
		{"2026-11-10", "", "2026-10-27", true}, {"2026-11-10", "", "2026-10-26", false},
		{"2026-11-10", "0", "2026-11-10", true}, {"2026-11-10", "0", "2026-11-09", false},
		/* Over the turn of the year. */
		{"01-06", "21", "2026-12-16", true}, {"01-06", "21", "2026-12-15", false},
		{"--01-06", "21", "2027-01-06", true}, {"01-06", "21", "2027-01-07", false},
		/* 29 February is 1 March in 2027 and itself in 2028. */
		{"02-29", "0", "2027-03-01", true}, {"02-29", "0", "2027-02-28", false},
		{"02-29", "0", "2028-02-29", true}, {"02-29", "0", "2028-03-01", false},
		{"12-31", "366", "2026-01-01", true},
		/* Anybody's birthday may be today. */
		{"birthday", "0", "2026-07-01", true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct occasions o = {0};
		struct catalogue c = {0};
		struct header h = {0};
		struct so1_error e = {0};
		struct buffer text = {0};
		int64_t day;

		buffer_printf(&text, "name,date,lead_days,category\nX,%s,%s,c\n", rows[i].date,
			      rows[i].lead);
		header_add(&h, SLICE("birth_date"));
		cr_assert_eq(read_calendar(&o, buffer_text(&text), &e), SO1_OK, "%s", e.reason);
		cr_assert_eq(occasions_bind(&o, &c, &h, NULL, 0, &e), SO1_OK);
		cr_assert(date_parse(slice_of(rows[i].day), &day));
		occasions_set_day(&o, day);
		cr_assert_eq(o.in_window[0], rows[i].open, "%zu", i);
		occasions_free(&o);
		header_free(&h);
		buffer_free(&text);
	}
}

Test(occasion, which_offers)
{
	static const struct {
		const char *tag, *segment, *offer_id, *category, *sku;
		bool birthday, fits;
	} rows[] = {
		{"festival", "", "", "", "", false, true},     /* the name's word */
		{"Festival", "", "", "", "", false, true},
		{"fest", "", "", "", "", false, false},
		{"nobody;camping", "", "", "", "", false, true}, /* its tags */
		{"nobody; camping", "", "", "", "", false, true},
		{"camp", "", "", "", "", false, false},
		{"outdoor", "", "", "", "", false, true},      /* its category */
		{"young", "", "", "", "", false, true},        /* a word of its segment */
		{"you", "", "", "", "", false, false},
		{"zelt", "", "", "", "", false, false},        /* part of a word with an umlaut */
		{"", "young", "", "", "", false, true},
		{"", "young or boho", "", "", "", false, true},
		{"", "old", "", "", "", false, false},
		{"nothing", "", "T", "", "", false, true},     /* named: the tag is for people */
		{"festival", "", "U", "", "", false, false},
		{"festival", "", "U; T", "", "", false, true},
		{"", "", "", "outdoor", "", false, true},
		{"", "", "", "outdoor;garden", "OU-1", false, true},
		{"", "", "", "outdoor", "OU-2", false, false},
		{"", "", "", "", "OU-1", false, true},
		{"", "", "", "", "", true, false},             /* speaks of no birthday */
		{"festival", "", "", "", "", true, true},
	};
	const struct offer offer = {
		.offer_id = SLICE("T"), .name = SLICE("The Festival kit, Wurfz\xc3\xbczelt"),
		.category = SLICE("outdoor"), .sku = SLICE("OU-1"),
		.segment = SLICE("young or boho"), .tags = SLICE("camping;rain"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct occasion o = {
			.tag = slice_of(rows[i].tag), .segment = slice_of(rows[i].segment),
			.offer_id = slice_of(rows[i].offer_id),
			.category = slice_of(rows[i].category), .sku = slice_of(rows[i].sku),
			.kind = rows[i].birthday ? OCCASION_BIRTHDAY : OCCASION_ONCE,
		};
		cr_assert_eq(occasion_fits(&o, &offer), rows[i].fits, "%zu", i);
	}
}

/* A row's cells tags, interest_by_tag, birth_date, age; the boost of offer A on 2026-11-01. */
Test(occasion, for_whom_and_by_how_much)
{
	static const char calendar[] =
		"name,date,lead_days,tag,segment,offer_id,boost\n"
		"F,2026-11-10,14,festival;boho,,A,2\n"
		"G,2026-11-10,14,festival,age < 30,A,3\n"
		"H,birthday,7,,,A,3\n"
		"I,2026-12-10,14,,,A,9\n"
		"J,2026-11-01,0,,age > 90,A,0.5\n";
	static const struct {
		const char *cells[4];
		double boost;
		uint16_t occasion;
	} rows[] = {
		{{"", "", "", ""}, 1, 0},
		{{"boho", "", "", ""}, 2, 1},
		{{"", "festival=1;tv=2", "", ""}, 2, 1},
		{{"bohos", "festivals=1", "", ""}, 1, 0},
		{{"festival", "", "", "29"}, 3, 2},
		{{"festival", "", "", "30"}, 2, 1},
		{{"festival", "", "2000-11-08", "25"}, 3, 2}, /* equal boosts: the first */
		{{"", "", "2000-11-08", ""}, 3, 3},
		{{"", "", "2000-11-09", ""}, 1, 0},
		{{"", "", "2000-10-31", ""}, 1, 0},
		{{"", "", "2000-11-01", ""}, 3, 3},
		{{"", "", "soon", ""}, 1, 0},
		{{"", "", "", "95"}, 0.5, 5},
	};
	static const char *const names[] = {"tags", "interest_by_tag", "birth_date", "age"};
	struct offer offers[] = {{.offer_id = SLICE("A")}, {.offer_id = SLICE("B")}};
	struct catalogue c = {.items = offers, .count = 2};
	struct occasions_scratch scratch = {0};
	struct occasions o = {0};
	struct header h = {0};
	struct arena arena = {0};
	struct so1_error e = {0};

	for (size_t i = 0; i < 4; i++)
		header_add(&h, slice_of(names[i]));
	cr_assert_eq(read_calendar(&o, calendar, &e), SO1_OK, "%s", e.reason);
	cr_assert_eq(occasions_bind(&o, &c, &h, NULL, 0, &e), SO1_OK, "%s", e.reason);
	occasions_set_day(&o, at("2026-11-01") / DAY_SECONDS);
	occasions_scratch_init(&o, &scratch);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct slice fields[4];
		double boost;
		uint16_t occasion;
		for (int k = 0; k < 4; k++)
			fields[k] = slice_of(rows[i].cells[k]);
		occasions_row(&o, &scratch, fields, &arena);
		for (int again = 0; again < 2; again++) {
			cr_assert_eq(occasions_lift(&o, &scratch, 0, fields, &boost, &occasion,
						    &arena, &e), SO1_OK);
			cr_assert_eq(boost, rows[i].boost, "%zu: %g", i, boost);
			cr_assert_eq(occasion, rows[i].occasion, "%zu", i);
		}
		cr_assert_eq(occasions_lift(&o, &scratch, 1, fields, &boost, &occasion, &arena, &e),
			     SO1_OK);
		cr_assert(boost == 1 && occasion == 0);
	}
	occasions_scratch_free(&scratch);
	occasions_free(&o);
	header_free(&h);
	arena_free(&arena);
}

/* --- the favourite channel ------------------------------------------------------------- */

Test(channel, by_the_words_of_the_sources)
{
	static const struct {
		const char *word;
		enum channel channel;
	} rows[] = {
		{"email", CHANNEL_EMAIL}, {"Email", CHANNEL_EMAIL}, {"e-mail", CHANNEL_EMAIL},
		{"store", CHANNEL_POS}, {"pos", CHANNEL_POS}, {"SMS", CHANNEL_SMS},
		{"letter", CHANNEL_POST}, {"online", CHANNEL_WEB}, {"app", CHANNEL_APP},
		{"call", CHANNEL_PHONE}, {"twitter", CHANNEL_NONE}, {"", CHANNEL_NONE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_assert_eq(channel_of_event(slice_of(rows[i].word)), rows[i].channel, "%s",
			     rows[i].word);
}
