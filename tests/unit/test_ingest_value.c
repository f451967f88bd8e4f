/* Numbers, dates, text, encodings and placeholders of so1-ingest. */
#include "base/datetime.h"
#include "ingest/decode.h"
#include "ingest/normal_date.h"
#include "ingest/normal_number.h"
#include "ingest/placeholder.h"
#include "ingest/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

Test(ingest_value, number_is_none)
{
	static const struct { const char *in; enum decimal_style style; } rows[] = {
		{"", DECIMAL_AUTO}, {"-", DECIMAL_AUTO}, {"abc", DECIMAL_AUTO}, {".", DECIMAL_AUTO},
		{"1-2", DECIMAL_AUTO}, {"--1", DECIMAL_AUTO}, {"-1-", DECIMAL_AUTO},
		{"(-1)", DECIMAL_AUTO}, {"1.2,3.4", DECIMAL_AUTO}, {"1,23,456", DECIMAL_AUTO},
		{"1.23.456", DECIMAL_AUTO}, {"12.50", DECIMAL_COMMA}, {"12,50", DECIMAL_POINT},
		{"1,2345", DECIMAL_POINT}, {"EUR", DECIMAL_AUTO}, {"12 Stück zu 5", DECIMAL_AUTO},
		{"99999999999999", DECIMAL_AUTO},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int64_t n = 77;
		cr_expect_eq(normal_number(slice_of(rows[i].in), rows[i].style, &n),
			     VERDICT_NOT_NUMBER, "'%s'", rows[i].in);
		cr_expect_eq(n, 77, "'%s' changed its output", rows[i].in);
	}
}

Test(ingest_value, number)
{
	static const struct {
		const char *in;
		enum decimal_style style;
		const char *out; /* with two decimals */
		bool ambiguous;
	} rows[] = {
		{"12", DECIMAL_AUTO, "12.00", false}, {"12.5", DECIMAL_AUTO, "12.50", false},
		{"-12.50", DECIMAL_AUTO, "-12.50", false}, {"12,50", DECIMAL_AUTO, "12.50", false},
		{"0.999999", DECIMAL_AUTO, "0.999999", false}, {"007", DECIMAL_AUTO, "7.00", false},
		{"1.234,50", DECIMAL_AUTO, "1234.50", false},
		{"1,234.50", DECIMAL_AUTO, "1234.50", false},
		{"1.234.567", DECIMAL_AUTO, "1234567.00", false},
		{"1,234,567", DECIMAL_AUTO, "1234567.00", false},
		{"1.234", DECIMAL_AUTO, "1.234", false},
		{"1,234", DECIMAL_AUTO, "1234.00", true},
		{"0,234", DECIMAL_AUTO, "0.234", false},
		{"1234,567", DECIMAL_AUTO, "1234.567", false},
		{"1.234", DECIMAL_COMMA, "1234.00", false},
		{"1,234", DECIMAL_COMMA, "1.234", false},
		{"1,234", DECIMAL_POINT, "1234.00", false},
		{"12,50 €", DECIMAL_AUTO, "12.50", false}, {"€ 12.50", DECIMAL_AUTO, "12.50", false},
		{"EUR 12,50", DECIMAL_AUTO, "12.50", false}, {"12,50 EUR", DECIMAL_AUTO, "12.50", false},
		{"$1,234.50", DECIMAL_AUTO, "1234.50", false}, {"£5", DECIMAL_AUTO, "5.00", false},
		{"Fr. 5.50", DECIMAL_AUTO, "5.50", false},
		{"1'234.50", DECIMAL_AUTO, "1234.50", false},
		{"1 234,50", DECIMAL_AUTO, "1234.50", false},
		{"1\xc2\xa0""234,50", DECIMAL_AUTO, "1234.50", false},
		{"1\xe2\x80\xaf""234,50", DECIMAL_AUTO, "1234.50", false},
		{"12,50-", DECIMAL_AUTO, "-12.50", false}, {"(12,50)", DECIMAL_AUTO, "-12.50", false},
		{"\xe2\x88\x92""12.50", DECIMAL_AUTO, "-12.50", false},
		{"-€5", DECIMAL_AUTO, "-5.00", false}, {"+5", DECIMAL_AUTO, "5.00", false},
		{".5", DECIMAL_AUTO, "0.50", false}, {"5.", DECIMAL_AUTO, "5.00", false},
		{"-,5", DECIMAL_AUTO, "-0.50", false}, {"1e3", DECIMAL_AUTO, "1000.00", false},
		{"0", DECIMAL_AUTO, "0.00", false}, {"-0", DECIMAL_AUTO, "0.00", false},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = SLICE("");
		enum verdict v = normal_decimal(slice_of(rows[i].in), rows[i].style, 2, &a, &out);
		cr_expect_eq(v, rows[i].ambiguous ? VERDICT_AMBIGUOUS : VERDICT_OK, "'%s': %s",
			     rows[i].in, verdict_text(v));
		cr_expect(slice_is(out, rows[i].out), "'%s' became '%.*s', expected '%s'",
			  rows[i].in, SLICE_ARGS(out), rows[i].out);
	}
	arena_free(&a);
}

static void make_style(struct date_style *style, const char *formats, const char *zone_name,
		       struct arena *a)
{
	const struct timezone_rules *zone = NULL;
	struct so1_error e;

	cr_assert_eq(timezone_load(zone_name, &zone, &e), SO1_OK, "%s", e.reason);
	cr_assert_eq(date_style_parse(style, slice_of(formats), zone, a, &e), SO1_OK, "%s",
		     e.reason);
}

Test(ingest_value, time)
{
	/* Berlin is UTC+1, from the last Sunday of March to that of October UTC+2 at 01:00 UTC:
	 * 2026-03-29 and 2026-10-25. */
	static const struct { const char *formats, *in, *out; } rows[] = {
		{"iso", "31.02.2026", NULL}, {"%d.%m.%Y", "31.02.2026", NULL},
		{"%d.%m.%Y", "31/01/2026", NULL}, {"epoch", "gestern", NULL},
		{"epoch", "99999999999999", NULL}, {"epoch", "1.x", NULL},
		{"%d.%m.%Y %H:%M", "01.11.2026 25:00", NULL},
		{"iso", "2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z"},
		{"iso", "2026-11-01T09:30:00+02:00", "2026-11-01T07:30:00Z"},
		{"iso", "2026-11-01 09:30", "2026-11-01T08:30:00Z"},
		{"iso", "2026-07-01 09:30", "2026-07-01T07:30:00Z"},
		{"iso", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"%d.%m.%Y %H:%M", "01.11.2026 09:30", "2026-11-01T08:30:00Z"},
		{"%d.%m.%Y %H:%M", "01.11.2026", "2026-10-31T23:00:00Z"},
		{"%d.%m.%Y %H:%M", "2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z"},
		{"%d.%m.%Y | %m/%d/%Y", "02/01/2026", "2026-01-31T23:00:00Z"},
		/* in the gap: forward by an hour; twice: the earlier one */
		{"%d.%m.%Y %H:%M", "29.03.2026 02:30", "2026-03-29T01:30:00Z"},
		{"%d.%m.%Y %H:%M", "25.10.2026 02:30", "2026-10-25T00:30:00Z"},
		{"%d.%m.%Y %H:%M", "25.10.2026 03:30", "2026-10-25T02:30:00Z"},
		{"epoch", "1793525400", "2026-11-01T09:30:00Z"},
		{"epoch", "1793525400.75", "2026-11-01T09:30:00Z"},
		{"epoch_ms", "1793525400123", "2026-11-01T09:30:00Z"},
		{"epoch_ms", "-1", "1969-12-31T23:59:59Z"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct date_style style;
		struct date_cache cache = {.valid = false};
		struct slice out = SLICE("unchanged");
		int64_t t;
		make_style(&style, rows[i].formats, "Europe/Berlin", &a);
		/* Twice: the second time from the cache. */
		for (int again = 0; again < 2; again++) {
			enum verdict v = normal_time(&style, slice_of(rows[i].in), &cache, &a, &out,
						     &t);
			cr_expect_eq(v, rows[i].out ? VERDICT_OK : VERDICT_NOT_DATE, "'%s'",
				     rows[i].in);
			cr_expect(slice_is(out, rows[i].out ? rows[i].out : "unchanged"),
				  "'%s' by '%s' became '%.*s'", rows[i].in, rows[i].formats,
				  SLICE_ARGS(out));
		}
	}
	arena_free(&a);
	timezone_free_all();
}

/* The cache must never answer for a day on which the clocks change. */
Test(ingest_value, time_cache_agrees)
{
	const struct timezone_rules *zone;
	struct date_cache cache = {.valid = false};
	struct date_style style;
	struct arena a = {0};
	struct so1_error e;

	cr_assert_eq(timezone_load("Europe/Berlin", &zone, &e), SO1_OK);
	make_style(&style, "%Y-%m-%d %H:%M:%S", "Europe/Berlin", &a);
	for (int64_t local = 1774569600 - 1; local < 1774569600 + 4 * DAY_SECONDS; local += 977) {
		struct civil c;
		char text[32];
		int64_t t;
		civil_from_time(local, &c);
		snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
			 c.hour, c.minute, c.second);
		cr_assert(date_read_time(&style, slice_of(text), &cache, &t), "%s", text);
		cr_assert_eq(t, timezone_to_utc(zone, local), "%s", text);
	}
	arena_free(&a);
	timezone_free_all();
}

Test(ingest_value, birth_date)
{
	static const struct {
		const char *formats, *in;
		enum verdict verdict;
		const char *out;
	} rows[] = {
		{"%d.%m.%Y %H:%M", "31.02.1980", VERDICT_NOT_DATE, NULL},
		{"%d.%m.%Y %H:%M", "1980", VERDICT_NOT_DATE, NULL},
		{"epoch_ms", "315532800", VERDICT_NOT_DATE, NULL},
		{"%d.%m.%Y", "1.1.1900", VERDICT_PLACEHOLDER, NULL},
		{"iso", "1899-12-31", VERDICT_PLACEHOLDER, NULL},
		{"iso", "1899-12-30", VERDICT_PLACEHOLDER, NULL},
		{"iso", "1753-01-01", VERDICT_PLACEHOLDER, NULL},
		{"iso", "1601-01-01", VERDICT_PLACEHOLDER, NULL},
		{"iso", "0984-05-31", VERDICT_NOT_RECOGNISED, NULL},
		{"iso", "1899-12-29", VERDICT_BEFORE_1900, "1899-12-29"},
		{"iso", "1630-08-01", VERDICT_BEFORE_1900, "1630-08-01"},
		{"iso", "2026-11-05", VERDICT_AFTER_EVENT, NULL},
		{"iso", "1900-01-02", VERDICT_OK, "1900-01-02"},
		{"%d.%m.%Y %H:%M", "31.05.1984", VERDICT_OK, "1984-05-31"},
		{"%d.%m.%Y %H:%M", "31.05.1984 00:00", VERDICT_OK, "1984-05-31"},
		{"epoch_ms", "1984-05-31", VERDICT_OK, "1984-05-31"},
		{"epoch_ms | %d/%m/%y", "31/05/54", VERDICT_OK, "1954-05-31"},
		{"%d/%m/%y", "31/05/04", VERDICT_OK, "2004-05-31"},
		{"iso", "1984-05-31T00:00:00+02:00", VERDICT_OK, "1984-05-31"},
	};
	struct arena a = {0};
	int64_t event = days_from_civil(2026, 11, 1) * DAY_SECONDS;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct date_style style;
		struct slice out = SLICE("unchanged");
		make_style(&style, rows[i].formats, "Europe/Berlin", &a);
		enum verdict v = normal_birth_date(&style, slice_of(rows[i].in), event, &a, &out);
		cr_expect_eq(v, rows[i].verdict, "'%s': %s", rows[i].in, verdict_text(v));
		cr_expect(slice_is(out, rows[i].out ? rows[i].out : "unchanged"), "'%s' became '%.*s'",
			  rows[i].in, SLICE_ARGS(out));
	}
	arena_free(&a);
	timezone_free_all();
}

Test(ingest_value, date_formats_are_checked)
{
	static const char *const bad[] = {"", "dd.mm.yyyy", "%Q", "%d.%m.%Y | ", "epoch_us"};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct date_style style;
		struct so1_error e = {0};
		cr_expect_eq(date_style_parse(&style, slice_of(bad[i]), NULL, &a, &e), SO1_USAGE,
			     "'%s'", bad[i]);
		cr_expect(e.has_value);
	}
	arena_free(&a);
}

Test(ingest_value, text_clean)
{
	static const struct { const char *in, *clean, *collapsed; } rows[] = {
		{"", "", ""}, {"   ", "", ""}, {"\xc2\xa0", "", ""},
		{" a  b ", "a  b", "a b"}, {"a\nb", "a b", "a b"}, {"a\r\nb", "a b", "a b"},
		{"a\n\n\nb\n", "a b", "a b"}, {"a \n b", "a   b", "a b"},
		{"\xef\xbb\xbf""Anna", "Anna", "Anna"}, {"Anna\xe2\x80\x8b", "Anna", "Anna"},
		{"An\xe2\x80\x8bna", "An\xe2\x80\x8bna", "Anna"},
		{"Anna\xc2\xa0\xc2\xa0Maria", "Anna\xc2\xa0\xc2\xa0Maria", "Anna Maria"},
		{"Mu\xcc\x88ller", "Mu\xcc\x88ller", "M\xc3\xbcller"},
		/* A control goes, and what it parted composes: once and for all. */
		{"W\x18\xcc\x88", "W\x18\xcc\x88", "\xe1\xba\x84"},
		{"KR\xc3\x84MER", "KR\xc3\x84MER", "KR\xc3\x84MER"},
		{"a\tb", "a\tb", "a b"}, {"a\x01""b", "a\x01""b", "ab"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice clean = text_clean(slice_of(rows[i].in), &a);
		struct slice collapsed = text_collapse(slice_of(rows[i].in), &a);
		cr_expect(slice_is(clean, rows[i].clean), "row %zu: '%.*s'", i, SLICE_ARGS(clean));
		cr_expect(slice_is(collapsed, rows[i].collapsed), "row %zu: '%.*s'", i,
			  SLICE_ARGS(collapsed));
	}
	arena_free(&a);
}

Test(ingest_value, text_key)
{
	static const struct { const char *in, *out; } rows[] = {
		{"", ""}, {"--", ""}, {"E-Mail", "e mail"}, {"Straße", "strasse"},
		{"  Müller, Anna ", "muller anna"}, {"Mu\xcc\x88ller", "muller"},
		{"T-SHIRT!", "t shirt"}, {"ΣΊΣΥΦΟΣ", "σισυφοσ"}, {"ﬁn", "fin"},
		{"a ❤\xef\xb8\x8f b", "a ❤ b"}, {"❤❤", "❤ ❤"}, {"４２", "42"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice key = text_key(slice_of(rows[i].in), &a);
		cr_expect(slice_is(key, rows[i].out), "'%s' became '%.*s'", rows[i].in,
			  SLICE_ARGS(key));
	}
	arena_free(&a);
}

Test(ingest_value, encodings)
{
	static const struct { const char *name, *in, *out; } rows[] = {
		{"windows-1252", "M\xfcller \x80", "Müller €"},
		{"windows-1252", "plain", "plain"},
		{"windows-1252", "\x81", NULL}, /* one of its five holes */
		{"iso-8859-1", "\xe9t\xe9", "été"},
		{"ISO-8859-15", "\xa4", "€"},
		{"utf-8", "Müller", "Müller"},
		{"", "Müller", "Müller"},
		{"shift_jis", "\x93\xfa\x96{", "日本"},
		{"gb18030", "\xc4\xe3", "你"},
		{"gb18030", "\xc4", NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct decoder d;
		struct decoding own = {.open = false};
		struct so1_error e;
		struct slice out = SLICE("unchanged");
		cr_assert_eq(decoder_open(&d, slice_of(rows[i].name), &e), SO1_OK, "%s", e.reason);
		bool good = decoder_decode(&d, &own, slice_of(rows[i].in), &a, &out);
		cr_expect_eq(good, rows[i].out != NULL, "row %zu", i);
		cr_expect(slice_is(out, rows[i].out ? rows[i].out : "unchanged"), "row %zu: '%.*s'", i,
			  SLICE_ARGS(out));
		decoding_close(&own);
	}
	struct decoder d;
	struct so1_error e;
	cr_expect_eq(decoder_open(&d, SLICE("latin-9000"), &e), SO1_USAGE);
	cr_expect_eq(decoder_open(&d, SLICE("utf-32"), &e), SO1_USAGE);
	arena_free(&a);
}

Test(ingest_value, placeholders)
{
	static const struct { enum touchpoint_column column; const char *in; bool is; } rows[] = {
		{T_FIRST_NAME, "Anna", false}, {T_LAST_NAME, "Nan", false}, {T_LAST_NAME, "Kein-Huber", false},
		{T_COUNTRY, "NA", false}, {T_QTY, "0", false}, {T_OPTIN_EMAIL, "x", false},
		{T_SKU, "0", false}, {T_BIRTH_DATE, "1900-01-02", false}, {T_CITY, "Ort", false},
		{T_FIRST_NAME, "n/a", true}, {T_FIRST_NAME, "N/A", true}, {T_FIRST_NAME, "n.a.", true},
		{T_FIRST_NAME, "k. A.", true}, {T_FIRST_NAME, "NULL", true}, {T_FIRST_NAME, "-", true},
		{T_FIRST_NAME, "---", true}, {T_FIRST_NAME, "xxx", true}, {T_FIRST_NAME, "?", true},
		{T_FIRST_NAME, "Unbekannt", true}, {T_FIRST_NAME, "Test", true},
		{T_SKU, "Test", false}, {T_CATEGORY, "#N/A", true}, {T_CATEGORY, "NA", true},
		{T_EMAIL, "keine", true}, {T_PHONE, "0000000", true}, {T_PHONE, "000 / 000-00", true},
		{T_LOYALTY_ID, "0000000000", true},
		{T_DEVICE_ID, "00000000-0000-0000-0000-000000000000", false},
		{T_BIRTH_DATE, "01.01.1900", true}, {T_BIRTH_DATE, "1900-01-01T00:00:00", true},
		{T_TS, "0000-00-00 00:00:00", true}, {T_TS, "9999-12-31", true},
		{T_CITY, "01.01.1900", false},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect_eq(placeholder_is(NULL, rows[i].column, slice_of(rows[i].in), &a),
			     rows[i].is, "'%s'", rows[i].in);
	arena_free(&a);
}
