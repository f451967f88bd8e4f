/* src/export: sendlog, cap, past, codes, response */
#include "export/cap.h"
#include "export/codes.h"
#include "export/past.h"
#include "export/response.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void set_up(void)
{
	snprintf(folder, sizeof folder, "/tmp/so1-sendlog-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	cr_assert_eq(system(command), 0);
}

static const char *put_file(const char *name, struct slice text)
{
	const char *path = path_of(name);
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text.ptr, 1, text.len, f), text.len);
	fclose(f);
	return path;
}

static void get_file(const char *name, struct buffer *b)
{
	FILE *f = fopen(path_of(name), "r");

	buffer_clear(b);
	cr_assert_not_null(f);
	b->len += fread(buffer_reserve(b, 1 << 16), 1, 1 << 16, f);
	fclose(f);
}

TestSuite(sendlog, .init = set_up, .fini = tear_down);

/* Caps: messages on the days, today is day 100, `span` days later at the latest; counted by
 * hand. */
static const struct {
	uint32_t most, days;
	int64_t messages[6];
	size_t count;
	uint32_t left;
	int64_t span;
} caps[] = {
	{2, 7, {0}, 0, 2, 0},
	{2, 7, {93}, 1, 2, 0},           /* eighth day back: out of the window */
	{2, 7, {94}, 1, 1, 0},           /* seventh day, today included */
	{2, 7, {94, 100}, 2, 0, 0},
	{2, 7, {107}, 1, 2, 0},
	{2, 7, {106}, 1, 1, 0},          /* planned: the window from today to 106 */
	{2, 7, {94, 106}, 2, 1, 0},      /* never in one window of seven days */
	{2, 7, {95, 101}, 2, 0, 0},      /* both in 95 to 101, which holds today */
	{1, 1, {99, 101}, 2, 1, 0},
	{1, 1, {100}, 1, 0, 0},
	{1, 7, {98, 99, 100}, 3, 0, 0},  /* more than the cap: none left, not less */
	{3, 30, {70, 71, 90, 129, 130, 128}, 6, 1, 0}, /* 71 to 100: 2 (71, 90); 100 to 129: 2 (128, 129) */
	{2, 7, {103, 107}, 2, 0, 2},  /* sent on the 102nd: 101 to 107 has both */
	{2, 7, {103, 109}, 2, 0, 6},
	{2, 7, {93, 109}, 2, 2, 2},   /* 109 is seven days past the 102nd */
	{2, 7, {93, 108}, 2, 1, 2},
};

Test(cap, left)
{
	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
		struct cap c = {.kind = CAP_EACH, .most = caps[i].most, .days = caps[i].days};
		int64_t days[6];
		memcpy(days, caps[i].messages, sizeof days);
		cr_assert_eq(cap_left(&c, days, caps[i].count, 100, 100 + caps[i].span),
			     caps[i].left, "%zu", i);
	}
}

Test(cap, parse)
{
	static const char *const bad[] = {"", "2", "2/", "/7", "0/7", "2/0", "2/7h", "x:2/7", "2/7d,",
					  "email:", "email;sms:2/7", "2/7/3", "-1/7", ":2/7", "2/3661"};
	struct cap_list list = {0};
	struct so1_error e;

	cr_assert_eq(cap_list_parse(&list, SLICE("2/7d, email:1/1,all:4/30d"), &e), SO1_OK);
	cr_assert_eq(list.count, 3);
	cr_assert_eq(list.days, 30);
	cr_assert_eq(list.items[0].kind, CAP_EACH);
	cr_assert_eq(list.items[1].channel, CHANNEL_EMAIL);
	cr_assert_eq(list.items[2].kind, CAP_ALL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_eq(cap_list_parse(&list, slice_of(bad[i]), &e), SO1_USAGE, "%s", bad[i]);
	cap_list_free(&list);
}

/* Every customer is found by search where reading from the start finds it, whatever was
 * sought before. */
Test(sendlog, search_finds_what_reading_does)
{
	struct buffer text = {0};
	struct sendlog log;
	struct so1_error e = {0};
	struct sendlog_cursor upward = {0}, jumping = {0};
	struct sendlog_row row;
	struct arena a = {0};
	enum { CUSTOMERS = 500 };

	buffer_put_text(&text, "customer_id,campaign,channel,sent_at\n");
	for (int i = 0; i < CUSTOMERS; i++)
		for (int k = 0; k < i % 4; k++)
			buffer_printf(&text, "%s%05d%s,\"c, %d\",email,2026-01-%02d\n", i % 7 ? "" : "\"",
				      i, i % 7 ? "" : "\"", k, i % 28 + 1);
	const struct sendlog_options o = {.path = put_file("log", buffer_slice(&text))};
	cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK, "%s", e.reason);
	for (int i = 0; i < CUSTOMERS; i++) {
		struct sendlog_cursor *cursors[] = {&upward, &jumping};
		int ids[] = {i, i * 277 % CUSTOMERS};
		for (int c = 0; c < 2; c++) {
			char id[16];
			int n = 0;
			snprintf(id, sizeof id, "%05d", ids[c]);
			sendlog_seek(&log, cursors[c], slice_of(id));
			for (; sendlog_next(&log, cursors[c], slice_of(id), &row, &a); n++) {
				char campaign[24];
				snprintf(campaign, sizeof campaign, "c, %d", n);
				cr_assert(slice_is(row.fields[SENDLOG_CUSTOMER_ID], id));
				cr_assert(slice_is(row.fields[SENDLOG_CAMPAIGN], campaign));
			}
			cr_assert_eq(n, ids[c] % 4, "%s: %d", id, n);
		}
	}
	sendlog_cursor_free(&upward);
	sendlog_cursor_free(&jumping);
	arena_free(&a);
	sendlog_close(&log);
	buffer_free(&text);
}

/* Out of order and with columns of its own order: sorted in small memory, then as above. */
Test(sendlog, a_log_out_of_order_is_sorted)
{
	struct buffer text = {0}, last = {0};
	struct sendlog log;
	struct so1_error e = {0};
	struct sendlog_cursor c = {0};
	struct sendlog_row row;
	struct arena a = {0};
	uint64_t n = 0;

	buffer_put_text(&text, "ts,channel,customer_id,campaign\r\n");
	for (int i = 0; i < 40000; i++)
		buffer_printf(&text, "2026-01-01T10:00:00Z,email,%05d,\"a \"\"long\"\" name of a campaign\"\r\n",
			      (i * 7919) % 10007);
	const struct sendlog_options o = {.path = put_file("log", buffer_slice(&text)),
					  .tmpdir = folder, .memory = 1 << 20};
	cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK, "%s", e.reason);
	cr_assert(log.sorted_anew);
	for (; sendlog_walk(&log, &c, &row, &a); n++) {
		cr_assert_leq(slice_compare(buffer_slice(&last), row.fields[SENDLOG_CUSTOMER_ID]), 0);
		buffer_clear(&last);
		buffer_put_slice(&last, row.fields[SENDLOG_CUSTOMER_ID]);
		cr_assert(slice_is(row.fields[SENDLOG_CAMPAIGN], "a \"long\" name of a campaign"));
		arena_reset(&a);
	}
	cr_assert_eq(n, 40000);
	sendlog_cursor_free(&c);
	arena_free(&a);
	sendlog_close(&log);
	buffer_free(&text);
	buffer_free(&last);
}

static void add(struct sendlog *log, const char *customer, const char *offer, const char *code,
		const char *held_out)
{
	struct so1_error e = {0};
	const struct slice fields[SENDLOG_COLUMNS] = {
		slice_of(customer), SLICE("nov"), SLICE("2026-11-01"), SLICE("csv"), SLICE("1"), slice_of(offer),
		SLICE("email"), SLICE("2026-11-01"), slice_of(code), slice_of(held_out),
	};

	cr_assert_eq(sendlog_add(log, fields, &e), SO1_OK);
}

static const struct sendlog_run nov = {SLICE("nov"), SLICE("2026-11-01"), SLICE("csv")};

#define HEADER "customer_id,campaign,as_of,destination,run,offer_id,channel,sent_at,code,held_out\n"

/* Entries of the run are replaced; a code that goes to nobody now stays used; others stay
 * as they are; customers come in order whichever spool they are in. */
Test(sendlog, the_same_run_is_replaced)
{
	static const char old[] = HEADER
		"a,nov,2026-11-01,csv,1,X,email,2026-11-01,c1,0\n"
		"b,oct,2026-10-01,csv,3,X,email,2026-10-01,,0\n"
		"b,nov,2026-11-01,csv,1,X,email,2026-11-01,c2,0\n"
		"b,nov,2026-11-01,csv,1,Y,email,2026-11-01,c3,0\n"
		"c,nov,2026-11-01,csv,1,X,email,2026-11-01,,1\n"
		"d,nov,2026-11-01,pos,2,X,email,2026-11-01,,0\n";
	static const char wanted[] = HEADER
		"a,nov,2026-11-01,csv,1,X,email,,c1,0\n"
		"aa,nov,2026-11-01,csv,1,X,email,2026-11-01,,1\n"
		"b,oct,2026-10-01,csv,3,X,email,2026-10-01,,0\n"
		"b,nov,2026-11-01,csv,1,X,email,2026-11-01,c2,0\n"
		"b,nov,2026-11-01,csv,1,Y,email,,c3,0\n"
		"d,nov,2026-11-01,pos,2,X,email,2026-11-01,,0\n"
		"e,nov,2026-11-01,csv,1,X,email,2026-11-01,c4,0\n";
	const struct sendlog_options o = {.path = put_file("log", slice_of(old)), .write = true,
					  .tmpdir = folder};
	struct buffer now = {0};
	struct so1_error e = {0};
	struct sendlog log;

	for (int done = 0; done < 2; done++) {
		cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK, "%s", e.reason);
		add(&log, "b", "X", "c2", "0");
		add(&log, "e", "X", "c4", "0");
		add(&log, "aa", "X", "", "1");
		cr_assert_eq(sendlog_replace(&log, &nov, &e), SO1_OK, "%s", e.reason);
		sendlog_settle(&log, done);
		sendlog_close(&log);
		get_file("log", &now);
		cr_assert(slice_is(buffer_slice(&now), done ? wanted : old), "%d: %.*s", done,
			  SLICE_ARGS(buffer_slice(&now)));
	}
	buffer_free(&now);
}

/* A first history that cannot keep its list goes again. */
Test(sendlog, the_first_is_taken_back_too)
{
	const struct sendlog_options o = {.path = path_of("new"), .write = true, .tmpdir = folder};
	struct so1_error e = {0};
	struct sendlog log, second;

	cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK);
	cr_assert_eq(sendlog_open(&second, &o, NULL, NULL, &e), SO1_FAILED);
	cr_assert_not_null(strstr(e.reason, "in use by another"));
	sendlog_close(&second);
	add(&log, "a", "X", "", "0");
	cr_assert_eq(sendlog_replace(&log, &nov, &e), SO1_OK);
	cr_assert_eq(access(o.path, F_OK), 0);
	sendlog_close(&log);
	cr_assert_neq(access(o.path, F_OK), 0);
}

/* One customer's past on 2026-11-10 (day 20767: 20454 days to 2026-01-01, 313 more). */
static void read_file(const char *header, const char *log_text, const char *cap_text,
		      const char *country, struct past_customer *out)
{
	struct cap_list list = {0};
	struct so1_error e = {0};
	struct sendlog log;
	struct past_scratch scratch = {0};
	struct arena a = {0};
	struct buffer text = {0};
	const struct slice fields[] = {SLICE("a"), slice_of(country)};

	buffer_printf(&text, "%s\n%s", header, log_text);
	const struct sendlog_options o = {.path = put_file("log", buffer_slice(&text))};
	cr_assert_eq(cap_list_parse(&list, slice_of(cap_text), &e), SO1_OK);
	cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK, "%s", e.reason);
	const struct past p = {
		.history = &log, .caps = &list, .day = 20767, .timezone = COLUMN_NONE, .country = 1,
		.run = {SLICE("nov"), SLICE("2026-11-10"), SLICE("csv")}, .number = 2,
	};
	past_read(&p, &scratch, fields, fields[0], &a, out);
	past_scratch_free(&scratch);
	cap_list_free(&list);
	sendlog_close(&log);
	arena_free(&a);
	buffer_free(&text);
}

static void read_past(const char *log_text, const char *cap_text, const char *country,
		      struct past_customer *out)
{
	read_file("customer_id,campaign,channel,sent_at,held_out", log_text, cap_text, country, out);
}

static void read_runs(const char *log_text, const char *cap_text, struct past_customer *out)
{
	read_file("customer_id,campaign,as_of,destination,run,channel,sent_at", log_text, cap_text, "",
		  out);
}

Test(sendlog, days_are_the_customers_own)
{
	struct past_customer x;

	/* 23:30 UTC on the 3rd is the 4th in Berlin: seven days with the 10th. */
	read_past("a,oct,email,2026-11-03T23:30:00Z,\n", "1/7d", "DE", &x);
	cr_assert_eq(x.capped, CHANNEL_BIT(CHANNEL_EMAIL));
	read_past("a,oct,email,2026-11-03T23:30:00Z,\n", "1/7d", "GB", &x);
	cr_assert_eq(x.capped, 0);
	/* 02:30 UTC on the 4th is the 3rd in New York. */
	read_past("a,oct,email,2026-11-04T02:30:00Z,\n", "1/7d", "US", &x);
	cr_assert_eq(x.capped, 0);
	/* A date is the day itself anywhere. */
	read_past("a,oct,email,2026-11-04,\n", "1/7d", "US", &x);
	cr_assert_eq(x.capped, CHANNEL_BIT(CHANNEL_EMAIL));
}

Test(sendlog, what_counts_for_a_cap)
{
	struct past_customer x;

	/* Two offers of one message; another channel; a held-out customer's; an unsent one. */
	read_past("a,oct,email,2026-11-09,0\na,oct,email,2026-11-09,0\na,oct,sms,2026-11-09,\n"
		  "a,sep,email,2026-11-09,1\na,sep,email,,\nb,oct,email,2026-11-09,\n",
		  "2/7d,all:3/7d", "", &x);
	cr_assert_eq(x.capped, 0);
	cr_assert_eq(x.left, 1);
	/* A message of unknown channel counts for each. */
	read_past("a,oct,email,2026-11-09,\na,sep,,2026-11-08,\n", "2/7d", "", &x);
	cr_assert_eq(x.capped, CHANNEL_BIT(CHANNEL_EMAIL));
	cr_assert(x.capped_unknown);
	read_past("a,nov,email,2026-11-09,1\n", "2/7d", "", &x);
	cr_assert(x.in_campaign);
}

#define NIGHTS "a,nov,2026-11-10,csv,2,email,2026-11-10\na,dec,2026-11-10,csv,3,email,2026-11-10\n"

/* Who was on this run's list is judged as then; who was not, by all there is now. */
Test(sendlog, later_runs)
{
	struct past_customer x;

	read_runs("a,oct,2026-11-09,csv,1,sms,2026-11-09\n" NIGHTS, "1/7d", &x);
	cr_assert(x.again);
	cr_assert_eq(x.capped, CHANNEL_BIT(CHANNEL_SMS));
	read_runs("a,dec,2026-11-10,csv,3,email,2026-11-10\nb,nov,2026-11-10,csv,2,email,2026-11-10\n",
		  "1/7d", &x);
	cr_assert_not(x.again);
	cr_assert_eq(x.capped, CHANNEL_BIT(CHANNEL_EMAIL));
	/* Numbers: known by campaign, day and destination; else the next. */
	struct buffer text = {0};
	struct so1_error e = {0};
	struct sendlog log;
	buffer_put_text(&text, "customer_id,campaign,as_of,destination,run,channel,sent_at\n" NIGHTS);
	const struct sendlog_options o = {.path = put_file("log", buffer_slice(&text))};
	cr_assert_eq(sendlog_open(&log, &o, NULL, NULL, &e), SO1_OK);
	const struct sendlog_run runs[] = {{SLICE("nov"), SLICE("2026-11-10"), SLICE("csv")},
					   {SLICE("dec"), SLICE("2026-11-10"), SLICE("csv")},
					   {SLICE("dec"), SLICE("2026-11-11"), SLICE("csv")},
					   {SLICE("dec"), SLICE("2026-11-10"), SLICE("pos")}};
	static const int64_t wanted[] = {2, 3, 4, 4};
	for (int i = 0; i < 4; i++)
		cr_assert_eq(sendlog_run_number(&log, &runs[i]), wanted[i]);
	sendlog_close(&log);
	buffer_free(&text);
}

/* Welford's sums against the definition: 0, 10, 20, 0 have mean 7.5 and squared differences
 * 56.25 + 6.25 + 156.25 + 56.25 = 275, variance 275/3. */
Test(sendlog, arm)
{
	static const int64_t revenue[] = {0, 10000000, 20000000, 0};
	struct response_arm arm = {0};

	for (int i = 0; i < 4; i++)
		response_arm_add(&arm, revenue[i] > 0, revenue[i]);
	cr_assert_eq(arm.customers, 4);
	cr_assert_eq(arm.responders, 2);
	cr_assert_eq(arm.revenue, 30000000);
	cr_assert_float_eq(arm.mean, 7.5, 1e-12);
	cr_assert_float_eq(response_arm_variance(&arm), 275.0 / 3, 1e-10);
}
