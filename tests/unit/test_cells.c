/* src/stream: cells, headers, order, summary. */
#include "stream/cells.h"
#include "stream/order.h"
#include "stream/summary.h"
#include "stream/touchpoint.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct cell_case {
	const char *cell;
	bool sorted;
	const char *items; /* decoded, "key=value," each */
};

static const struct cell_case cells[] = {
	{"boho%3b", false, "boho;=,"}, /* escapes are written in capitals */
	{"tv;audio", false, "tv=,audio=,"},
	{"a;a", false, "a=,a=,"},
	{"a;;b", false, "a=,=,b=,"},
	{"a;", false, "a=,"},
	{"=3", false, "=3,"},
	{"10%", false, "10%=,"},
	{"a=1=2", false, "a=1=2,"},
	{"%41", false, "A=,"}, /* an escape that need not be one */
	{"", true, ""},
	{"audio=1;tv=3", true, "audio=1,tv=3,"},
	{"boho;festival", true, "boho=,festival=,"},
	{"50%25 off=1;a%3Bb%3Dc=%3D", true, "50% off=1,a;b=c==,"},
	/* sorted by what the keys are, not by how they are written */
	{"a$;a%25;a&", true, "a$=,a%=,a&=,"},
	{"a0;a%3B", true, "a0=,a;=,"},
};

Test(cells, walking)
{
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct slice rest = slice_of(cells[i].cell), key, value;
		struct arena a = {0};
		struct buffer b = {0};
		while (cell_next(&rest, &key, &value, &a)) {
			buffer_put_slice(&b, key);
			buffer_put_byte(&b, '=');
			buffer_put_slice(&b, value);
			buffer_put_byte(&b, ',');
		}
		cr_assert_str_eq(buffer_text(&b), cells[i].items);
		cr_assert_eq(cell_is_sorted(slice_of(cells[i].cell)), cells[i].sorted, "%s", cells[i].cell);
		buffer_free(&b);
		arena_free(&a);
	}
}

Test(cells, lookups)
{
	struct slice cell = SLICE("50%25 off=1;a%3Bb=%3D;tv=3"), value = SLICE("untouched");
	struct arena a = {0};

	cr_assert(!map_get(cell, SLICE("t"), &value, &a));
	cr_assert(!map_get(cell, SLICE("tvx"), &value, &a));
	cr_assert(!map_get(SLICE(""), SLICE("tv"), &value, &a));
	cr_assert(!map_get(cell, SLICE("50%25 off"), &value, &a));
	cr_assert(slice_is(value, "untouched"));
	cr_assert(map_get(cell, SLICE("tv"), &value, &a) && slice_is(value, "3"));
	cr_assert(map_get(cell, SLICE("50% off"), &value, &a) && slice_is(value, "1"));
	cr_assert(map_get(cell, SLICE("a;b"), &value, &a) && slice_is(value, "="));
	cr_assert(list_has(SLICE("boho;festival"), SLICE("festival")));
	cr_assert(!list_has(SLICE("boho;festival"), SLICE("fest")));
	cr_assert(!list_has(SLICE(""), SLICE("")));
	arena_free(&a);
}

Test(cells, building)
{
	struct cell_builder c = {0};
	struct buffer b = {0};

	cell_add(&c, SLICE("tv"), SLICE("1"));
	cell_add(&c, SLICE("a;b"), SLICE("x=y"));
	cell_add(&c, SLICE("tv"), SLICE("3"));
	cell_add(&c, SLICE("a"), SLICE("2"));
	cell_put_map(&c, &b);
	cr_assert_str_eq(buffer_text(&b), "a=2;a%3Bb=x%3Dy;tv=3");
	cr_assert(cell_is_sorted(buffer_slice(&b)));
	buffer_clear(&b);
	cell_put_list(&c, &b);
	cr_assert_str_eq(buffer_text(&b), "a;a%3Bb;tv");
	buffer_clear(&b);
	cell_clear(&c);
	cell_put_map(&c, &b);
	cr_assert_str_eq(buffer_text(&b), "");
	/* What is built reads back, whatever the order it came in. */
	for (int i = 0; i < 500; i++) {
		char key[16];
		snprintf(key, sizeof key, "%d%%;=", i * 7919 % 500);
		cell_add(&c, slice_of(key), SLICE("v"));
	}
	cell_put_map(&c, &b);
	cr_assert(cell_is_sorted(buffer_slice(&b)));
	struct slice rest = buffer_slice(&b), key, value;
	struct arena a = {0};
	int n = 0;
	while (cell_next(&rest, &key, &value, &a))
		n++;
	cr_assert_eq(n, 500);
	arena_free(&a);
	buffer_free(&b);
	cell_free(&c);
}

Test(header, grows_and_finds)
{
	struct header h = {0}, copy;

	for (int i = 0; i < 1000; i++) {
		char name[16];
		snprintf(name, sizeof name, "c%d", i);
		header_add(&h, slice_of(name));
	}
	cr_assert_eq(header_find(&h, SLICE("c0")), 0);
	cr_assert_eq(header_find(&h, SLICE("c999")), 999);
	cr_assert_eq(header_find(&h, SLICE("c1000")), COLUMN_NONE);
	header_copy(&copy, &h);
	header_free(&h);
	cr_assert_eq(copy.count, 1000);
	cr_assert(slice_is(copy.names[500], "c500"));
	header_free(&copy);
}

/* The names and their order are the contract between the tools (DESIGN, the touchpoint). */
Test(touchpoint, columns)
{
	static const char names[] =
		"source,source_id,email,phone,social,loyalty_id,device_id,first_name,last_name,birth_date,"
		"gender,street,city,postcode,country,language,optin_email,optin_sms,optin_phone,"
		"optin_post,ts,event,channel,order_id,sku,category,brand,qty,amount,currency,offer_id,"
		"tags,attrs";
	struct slice rest = slice_of(names), name;
	struct header h = {0};
	size_t index[TOUCHPOINT_COLUMNS], n = 0;

	while (slice_split(&rest, ',', &name)) {
		cr_assert(slice_is(name, touchpoint_table[n].name));
		cr_assert_eq(touchpoint_column_of(name), n);
		n++;
	}
	cr_assert_eq(n, TOUCHPOINT_COLUMNS);
	cr_assert_eq(touchpoint_column_of(SLICE("nothing")), TOUCHPOINT_COLUMNS);
	header_add(&h, SLICE("x"));
	header_add(&h, SLICE("ts"));
	touchpoint_find(&h, index);
	cr_assert_eq(index[T_TS], 1);
	cr_assert_eq(index[T_EMAIL], COLUMN_NONE);
	cr_assert_eq(field_at(NULL, index[T_EMAIL]).len, 0);
	header_free(&h);
}

struct order_case {
	const char *id, *event, *ts;
	bool unique;
	const char *reason; /* NULL: may follow */
	bool new_customer;
};

static const struct order_case order_rows[] = {
	{"a", "golden", "", false, NULL, true},
	{"a", "view", "2026-01-01T00:00:00Z", false, NULL, false},
	{"a", "view", "2026-01-01T00:00:00Z", false, NULL, false},
	{"a", "view", "2025-01-01T00:00:00Z", false, "out of order", false},
	{"a", "golden", "", false, "a golden row that is not the customer's first", false},
	{"b", "view", "2020-01-01T00:00:00Z", false, NULL, true},
	{"b", "", "", true, "a second row of the same customer", false},
	{"a", "view", "", false, "out of order", false},
	{"", "view", "", false, "a row without customer_id", false},
	{"ba", "view", "", false, NULL, true},
};

Test(order, checks)
{
	struct order o = {0};
	struct record rec = {.file = "in.csv", .line = 7};
	struct so1_error e;

	for (size_t i = 0; i < sizeof order_rows / sizeof *order_rows; i++) {
		const struct order_case *c = &order_rows[i];
		bool new_customer = false;
		enum so1_status status = order_check(&o, &rec, slice_of(c->id), slice_of(c->event),
						     slice_of(c->ts), c->unique, &new_customer, &e);
		cr_assert_eq(status, c->reason ? SO1_FAILED : SO1_OK, "row %zu", i);
		if (c->reason) {
			cr_assert(strstr(e.reason, c->reason), "row %zu: %s", i, e.reason);
			cr_assert(strstr(e.reason, "pipe through so1-dedupe"));
			cr_assert_str_eq(e.file, "in.csv");
			cr_assert_eq(e.line, 7);
		} else {
			cr_assert_eq(new_customer, c->new_customer, "row %zu", i);
		}
	}
	order_free(&o);
}

Test(summary, closes)
{
	struct summary s = {0};
	struct so1_error e;

	summary_in(&s, "rows in", 1000);
	summary_in(&s, "golden", 90);
	summary_out(&s, "out", 1050);
	summary_out(&s, "rejected", 3);
	cr_assert_eq(summary_check(&s, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "rows do not add up (1090 in, 1053 out): this is a bug");
	summary_out(&s, "merged", 37);
	cr_assert_eq(summary_check(&s, &e), SO1_OK);
	cr_assert_str_eq(buffer_text(&s.in), "1000 rows in + 90 golden");
	cr_assert_str_eq(buffer_text(&s.out), "1050 out + 3 rejected + 37 merged");
	summary_note(&s, "%d %s", 5, "things");
	cr_assert_str_eq(buffer_text(&s.notes), "5 things\n");
	summary_free(&s);
}

/* The key of the contract, numbered or not, and nothing that merely looks like it. */
Test(touchpoint, other_identifiers_of_attrs)
{
	cr_expect_eq(touchpoint_other_of(SLICE("other_email")), T_EMAIL);
	cr_expect_eq(touchpoint_other_of(SLICE("other_email_2")), T_EMAIL);
	cr_expect_eq(touchpoint_other_of(SLICE("other_phone_10")), T_PHONE);
	const char *const none[] = {"", "other", "other_", "other_emails", "other_email_",
				    "other_email_x", "other_social", "email", "other_phone2"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		cr_expect_eq(touchpoint_other_of(slice_of(none[i])), TOUCHPOINT_COLUMNS,
			     "%s", none[i]);
}
