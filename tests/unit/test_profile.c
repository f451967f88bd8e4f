/* src/profile: options, sums, keys, histories whatever their order, the card's search. */
#include "profile/card.h"
#include "base/crew.h"
#include "profile/profile.h"
#include "profile/state.h"

#include "base/chance.h"
#include "base/datetime.h"
#include "base/number.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- plan ---- */

static const char *const bad_dates[] = {
	"", ",", "2026-11-01,", "2026-02-30", "2026-11-01T00:00:00Z", "01.11.2026", "today",
	"2026-11-01 ", "2026-11-01,x",
};
static const char *const bad_windows[] = {
	"", "0", "-7", "7,", "7,,28", "7;28", "36526", "1e2", "x",
	"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
};
static const char *const bad_keys[] = {"", "colour", "category,", "Category", "sku;brand"};

#define EACH(i, table) (size_t i = 0; i < sizeof(table) / sizeof *(table); i++)

Test(plan, refuses_and_stays_as_it_was)
{
	struct plan p = {0};
	struct so1_error e;

	cr_assert_eq(plan_add_as_of(&p, "2026-01-01", &e), SO1_OK);
	cr_assert_eq(plan_set_windows(&p, "28", &e), SO1_OK);
	cr_assert_eq(plan_add_by(&p, "brand", &e), SO1_OK);
	for EACH (i, bad_dates) {
		cr_expect_eq(plan_add_as_of(&p, bad_dates[i], &e), SO1_USAGE, "%s", bad_dates[i]);
		cr_expect(e.has_value);
	}
	for EACH (i, bad_windows)
		cr_expect_eq(plan_set_windows(&p, bad_windows[i], &e), SO1_USAGE, "%s", bad_windows[i]);
	for EACH (i, bad_keys)
		cr_expect_eq(plan_add_by(&p, bad_keys[i], &e), SO1_USAGE, "%s", bad_keys[i]);
	cr_expect_eq(plan_set_label(&p, "0", &e), SO1_USAGE);
	cr_expect_eq(plan_set_currency(&p, "Eur", &e), SO1_USAGE);
	cr_expect_eq(plan_set_zone(&p, "../etc/passwd", &e), SO1_USAGE);
	cr_expect_eq(p.as_of_count, 1);
	cr_expect(p.window_count == 1 && p.windows[0] == 28);
	cr_expect(!p.by[KEY_CATEGORY] && p.by[KEY_BRAND] && !p.by[KEY_SKU]);
	cr_expect(p.label_days == 0 && p.currency.len == 0 && p.zone == NULL);
	plan_free(&p);
}

Test(plan, sorts_and_keeps_each_once)
{
	struct plan p = {0};
	struct so1_error e;

	cr_assert_eq(plan_add_as_of(&p, "2026-03-01,2025-03-01", &e), SO1_OK);
	cr_assert_eq(plan_add_as_of(&p, "2026-01-01,2026-03-01", &e), SO1_OK);
	cr_assert_eq(plan_set_windows(&p, "365,14,91,14", &e), SO1_OK);
	cr_assert_eq(plan_finish(&p, &e), SO1_OK);
	cr_assert_eq(p.as_of_count, 3);
	cr_expect_eq(p.as_of[0], days_from_civil(2025, 3, 1));
	cr_expect_eq(p.as_of[2], days_from_civil(2026, 3, 1));
	cr_assert_eq(p.window_count, 3);
	cr_expect(p.windows[0] == 14 && p.windows[1] == 91 && p.windows[2] == 365);
	/* 28 and 182 are wanted by features of their own. */
	cr_expect_eq(p.span_count, 5);
	cr_expect(p.spans[p.span_28] == 28 && p.spans[p.span_91] == 91 && p.spans[p.span_182] == 182);
	cr_expect(p.window_span[1] == p.span_91);
	cr_expect(p.by[KEY_CATEGORY] && !p.by[KEY_SKU]);
	cr_expect_eq(plan_horizon(&p), 28);
	plan_free(&p);
	timezone_free_all();
}

/* ---- sums, keys ---- */

Test(money, unknown_is_not_nothing)
{
	struct money_sum none = {0}, unknown = {0}, part = {0};
	int64_t m = -1;

	cr_expect(money_known(&none, &m) && m == 0);
	money_add(&unknown, AMOUNT_UNKNOWN);
	cr_expect(!money_known(&unknown, &m));
	part = unknown;
	money_add(&part, 5);
	money_join(&part, &unknown);
	cr_expect(money_known(&part, &m) && m == 5);
	cr_expect_eq(part.lines, 3);
}

Test(money, beyond_an_int64_is_unknown_and_comes_back)
{
	struct money_sum s = {0};
	int64_t m;

	money_add(&s, INT64_MAX);
	money_add(&s, INT64_MAX);
	cr_expect(!money_known(&s, &m));
	money_add(&s, -INT64_MAX);
	cr_expect(money_known(&s, &m) && m == INT64_MAX);
}

Test(decay, is_a_power_of_nine_tenths)
{
	/* .9^2, .9^5 by hand; .9^10 = .3486784401. */
	cr_expect_float_eq(snapshot_decay(0), 1, 0);
	cr_expect_float_eq(snapshot_decay(2), .81, 1e-15);
	cr_expect_float_eq(snapshot_decay(5), .59049, 1e-15);
	cr_expect_float_eq(snapshot_decay(10), .3486784401, 1e-15);
	cr_expect_gt(snapshot_decay(349), 0);
	cr_expect_eq(snapshot_decay(1000000), 0);
}

Test(keys, forgets_by_generation_and_sorts_by_name)
{
	struct dictionary names = {0};
	struct key_table t = {0};
	const char *const words[] = {"tv", "audio", "books"};

	for EACH (i, words)
		dictionary_add(&names, slice_of(words[i]), NULL);
	key_table_clear(&t);
	key_table_at(&t, 0)->orders = 7;
	key_table_clear(&t);
	cr_expect_eq(t.count, 0);
	for (uint32_t i = 0; i < 3; i++)
		key_table_at(&t, i)->views = i + 1;
	key_table_at(&t, 0)->views += 10;
	cr_expect_eq(key_table_at(&t, 0)->orders, 0, "of the customer before");
	cr_assert_eq(t.count, 3);
	key_table_sort(&t, &names);
	cr_expect(t.items[0].views == 2 && t.items[1].views == 3 && t.items[2].views == 11);
	key_table_free(&t);
	dictionary_free(&names);
}

/* ---- history: any order gives the same row ---- */

static const char header[] =
	"customer_id,source,email,phone,social,loyalty_id,birth_date,country,ts,event,channel,"
	"order_id,sku,category,brand,qty,amount,offer_id,tags\n";

/* One customer; pairs of events share times, orders share a time, one is torn apart. */
static const char *const lines[] = {
	"A,,ann@example.com,+4930123456,twitter:ann,L1,1990-01-01,DE,,golden,,,,,,,,,\n",
	"A,crm,,,,,,,,contact,,,,,,,,,vip\n",
	"A,shop,,,,,,,2026-01-05T10:00:00Z,purchase,web,o1,S1,tv,Acme,1,500.10,,\n",
	"A,shop,,,,,,,2026-01-05T10:00:00Z,purchase,web,o2,S2,audio,Acme,1,20.20,X,\n",
	"A,shop,,,,,,,2026-01-05T10:00:01Z,purchase,web,o1,S3,audio,Beta,2,.30,,boho\n",
	"A,shop,,,,,,,2026-01-05T10:00:00Z,redeem,web,o1,,,,,,Y,\n",
	"A,shop,,,,,,,2026-02-01T00:00:00Z,return,store,o1,S1,tv,Acme,1,500.10,,\n",
	"A,web,,,,,,,2026-02-03T12:30:00Z,view,app,,S9,books,,,,,\n",
	"A,web,,,,,,,2026-02-03T12:30:00Z,view,web,,S9,books,,,,,garden;boho\n",
	"A,web,,,,,,,2026-02-03T12:45:00Z,cart,web,,S9,books,,,,,\n",
	"A,shop,,,,,,,2026-03-01T08:00:00Z,purchase,web,,S9,books,,1,9.99,,\n",
	"A,shop,,,,,,,2026-03-20T08:00:00Z,purchase,web,o9,S1,tv,Acme,,,,\n",
};
enum { LINES = sizeof lines / sizeof *lines };

/* The rows of the lines in this order, through everything but the order check. */
static void rows_of(const size_t *order, size_t n, struct buffer *out)
{
	struct plan plan = {0};
	struct so1_error e = {0};
	struct reader *r = NULL;
	struct row_layout layout;
	struct snapshot snapshot = {0};
	struct vocabulary names = {0};
	struct history h = {.names = &names};
	struct buffer cell = {0};
	char path[] = "/tmp/test-profile-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	FILE *f = fdopen(fd, "w");
	fputs(header, f);
	for (size_t i = 0; i < n; i++)
		fputs(lines[order[i]], f);
	fclose(f);
	const char *file = path;
	cr_assert_eq(reader_open(&r, &file, 1, &(struct reader_options){0}, &e), SO1_OK);
	cr_assert_eq(plan_add_as_of(&plan, "2026-03-10", &e), SO1_OK);
	cr_assert_eq(plan_add_by(&plan, "category,brand,sku", &e), SO1_OK);
	cr_assert_eq(plan_set_label(&plan, "28", &e), SO1_OK);
	cr_assert_eq(plan_finish(&plan, &e), SO1_OK);
	cr_assert_eq(row_layout_init(&layout, &plan, r, ',', &e), SO1_OK, "%s", e.reason);
	struct record rec;
	bool more = true;
	history_begin(&h, SLICE("A"), layout.at.golden_count);
	while (reader_next(r, &rec, &more, &e) == SO1_OK && more) {
		int64_t ts;
		cr_assert(history_time(rec.fields[layout.at.touch[T_TS]], &ts));
		cr_assert_eq(history_add(&h, &layout.at, rec.fields, ts, &e), SO1_OK, "%s", e.reason);
	}
	history_finish(&h);
	const struct timezone_rules *zone;
	struct slice zone_name;
	row_zone(&plan, &h, &zone, &zone_name);
	cr_assert(snapshot_take(&snapshot, &plan, &h, plan.as_of[0], zone, zone_name));
	row_put(out, &layout, &snapshot, &cell);
	unlink(path);
	snapshot_free(&snapshot);
	history_free(&h);
	vocabulary_free(&names);
	row_layout_free(&layout);
	buffer_free(&cell);
	reader_close(r);
	plan_free(&plan);
	timezone_free_all();
}

Test(history, is_the_same_in_any_order)
{
	size_t order[LINES];
	struct buffer first = {0}, other = {0};

	for (size_t i = 0; i < LINES; i++)
		order[i] = i;
	rows_of(order, LINES, &first);
	cr_assert(first.len > 100);
	for (uint64_t round = 1; round <= 60; round++) {
		for (size_t i = LINES - 1; i > 0; i--) {
			size_t j = chance_mix(round * 1000 + i) % (i + 1), keep = order[i];
			order[i] = order[j];
			order[j] = keep;
		}
		buffer_clear(&other);
		rows_of(order, LINES, &other);
		cr_assert_str_eq(buffer_text(&other), buffer_text(&first), "round %d", (int)round);
	}
	buffer_free(&first);
	buffer_free(&other);
}

/* ---- states ---- */

/* Which events states_of writes as text, and what comes of them again. */
static const struct {
	const char *events;
	bool good;
} states[] = {
	{"", true}, {"v1", true}, {"n", true}, {"n;v5 c0;v0 c1 t0 t1", true}, {"v-5;v0", true},
	{"p1 o0 q-2 a-3.5 x", true}, {"+;-;x;.7", true},
	{"p1", false}, {"v", false}, {"v1;;v2", false}, {"v1;", false}, {";", false}, {"v1 ", false}, {"v1 c2", false},
	{"p1 o1", false}, {"p1 o0 a", false}, {"p1 o0 a1e99", false}, {"v1 cx", false},
	{"?1", false}, {"v999999999999", false}, {"v1 x2", false}, {" v1", false},
};

Test(state, adds_all_or_nothing)
{
	for EACH (i, states) {
		struct vocabulary names = {0};
		struct history h = {.names = &names};
		struct state_columns at = {.state = {0, 1, 2, 3, 4}};
		struct so1_error e = {0};
		struct slice fields[] = {SLICE("3"), SLICE(""), SLICE("a;b"),
					 SLICE("00000000000000ff"), slice_of(states[i].events)};
		size_t events = 0;

		history_begin(&h, SLICE("A"), 0);
		enum so1_status status = state_add(&h, &at, fields, &e);
		cr_expect_eq(status, states[i].good ? SO1_OK : SO1_FAILED, "'%s'", states[i].events);
		for (const char *c = states[i].events; *c; c++)
			events += c == states[i].events || *c == ';';
		cr_expect_eq(h.count, states[i].good ? events : 0, "'%s'", states[i].events);
		cr_expect_eq(h.rows, states[i].good);
		if (!states[i].good) {
			cr_expect(h.tag_count == 0 && h.order_count == 0 && !h.has_golden);
			cr_expect_str_eq(e.column, "state_events");
		}
		history_free(&h);
		vocabulary_free(&names);
	}
}

Test(history, keeps_the_later_golden_row)
{
	const size_t columns[] = {0, 1};
	struct history_columns at = {.golden = columns, .golden_count = 2};
	const struct {
		struct slice fields[2];
		int64_t time;
	} rows[] = {
		{{SLICE("x"), SLICE("old")}, TIME_NONE}, {{SLICE("a"), SLICE("late")}, 9},
		{{SLICE("z"), SLICE("early")}, 5}, {{SLICE("a"), SLICE("later bytes")}, 9},
	};

	/* Every order of the four: the last of equal times is the bytewise larger. */
	for (int order = 0; order < 256; order++) {
		struct vocabulary names = {0};
		struct history h = {.names = &names};
		int seen = 0;
		history_begin(&h, SLICE("A"), 2);
		for (int i = 0; i < 4; i++) {
			int j = order >> (2 * i) & 3;
			seen |= 1 << j;
			history_offer_golden(&h, &at, rows[j].fields, rows[j].time);
		}
		if (seen == 15) {
			cr_expect(slice_is(h.golden[0], "a"));
			cr_expect(slice_is(h.golden[1], "later bytes"));
		}
		history_free(&h);
	}
}

Test(history, refuses_without_a_trace)
{
	struct vocabulary names = {0};
	struct history h = {.names = &names};
	struct history_columns at = {.customer_id = 0, .golden_count = 0};
	struct so1_error e;
	struct slice fields[] = {SLICE("A"), SLICE("purchase"), SLICE("x"), SLICE("1")};

	for (int c = 0; c < TOUCHPOINT_COLUMNS; c++)
		at.touch[c] = COLUMN_NONE;
	at.touch[T_EVENT] = 1;
	at.touch[T_QTY] = 2;
	at.touch[T_AMOUNT] = 3;
	history_begin(&h, SLICE("A"), 0);
	cr_expect_eq(history_add(&h, &at, fields, 0, &e), SO1_FAILED);
	cr_expect_str_eq(e.column, "qty");
	fields[2] = SLICE("1");
	cr_expect_eq(history_add(&h, &at, fields, TIME_NONE, &e), SO1_FAILED);
	cr_expect_str_eq(e.column, "ts");
	fields[3] = SLICE("1,5");
	cr_expect_eq(history_add(&h, &at, fields, 0, &e), SO1_FAILED);
	cr_expect_str_eq(e.column, "amount");
	cr_expect(h.rows == 0 && h.count == 0 && h.order_count == 0);
	fields[3] = SLICE("1.5");
	cr_expect_eq(history_add(&h, &at, fields, 0, &e), SO1_OK);
	cr_expect(h.rows == 1 && h.count == 1 && h.order_count == 1);
	cr_expect_eq(h.events[0].amount, 3 * DECIMAL_ONE / 2);
	history_free(&h);
	vocabulary_free(&names);
}

/* ---- the card's search ---- */

static const struct {
	const char *wanted;
	bool found;
} searches[] = {
	{"", false}, {" ", false}, {"a", false}, {"ann", true}, {"@ANN", true}, {"ann2", false},
	{"twitter:ann", true}, {"facebook:ann", false},
	{"ann@example.com", true}, {" Ann@Example.COM ", true}, {"ann@example", false},
	{"+4930123456", true}, {"+49 (30) 123-456", true}, {"0049 30 123456", true},
	{"030/123456", true}, {"30123456", true}, {"123456", true}, {"23456", false},
	{"+30123456", false}, {"030123457", false}, {"L1", true}, {"L", false}, {"A", true},
};

Test(card, finds_by_what_a_clerk_hears)
{
	struct history h = {0};
	struct slice golden[GOLDEN_KNOWN];

	for (int i = 0; i < GOLDEN_KNOWN; i++)
		golden[i] = SLICE("");
	golden[GOLDEN_EMAIL] = SLICE("ann@example.com");
	golden[GOLDEN_PHONE] = SLICE("+4930123456");
	golden[GOLDEN_SOCIAL] = SLICE("twitter:ann");
	golden[GOLDEN_LOYALTY_ID] = SLICE("L1");
	h.golden = golden;
	buffer_put_text(&h.customer_id, "A");
	for EACH (i, searches)
		cr_expect_eq(card_matches(&h, slice_of(searches[i].wanted)), searches[i].found, "'%s'",
			     searches[i].wanted);
	buffer_free(&h.customer_id);
}

/* ---- the crew ---- */

static void busy(void *context, int thread, void *job)
{
	size_t *n = job;

	(void)thread;
	usleep((unsigned)(chance_mix(*n) % 300));
	*n += *(size_t *)context;
}

Test(crew, hands_back_in_order)
{
	static size_t jobs[500];
	size_t add = 1000000, next = 0, back = 0;

	for (int threads = 0; threads <= 5; threads += 5) {
		struct crew *c = crew_start(threads, busy, &add);
		cr_expect_null(crew_take(c));
		for (next = back = 0; back < 500;) {
			if (next < 500 && crew_waiting(c) < CREW_DEPTH) {
				jobs[next] = next;
				crew_submit(c, &jobs[next++]);
				continue;
			}
			size_t *done = crew_take(c);
			cr_assert_eq(done, &jobs[back]);
			cr_assert_eq(*done, back + add);
			back++;
		}
		cr_expect_eq(crew_waiting(c), 0);
		crew_stop(c);
	}
}

Test(crew, stops_with_work_left)
{
	static size_t jobs[CREW_DEPTH];
	size_t add = 1;
	struct crew *c = crew_start(3, busy, &add);

	for (size_t i = 0; i < CREW_DEPTH; i++)
		crew_submit(c, &jobs[i]);
	crew_stop(c);
	for (size_t i = 0; i < CREW_DEPTH; i++)
		cr_expect_eq(jobs[i], 1, "submitted work is finished");
}
