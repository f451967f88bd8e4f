/* src/dedupe: moments, permission, survival, golden rows, repeats, rows. Expected values
 * by hand. */
#include "dedupe/golden.h"
#include "dedupe/repeats.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

Test(moment, what_is_a_time)
{
	struct {
		const char *text;
		bool is;
		uint64_t moment;
	} cases[] = {
		{"2026-02-30T00:00:00Z", false, 0}, {"2026-13-01T00:00:00Z", false, 0},
		{"2026-00-01", false, 0}, {"0000-01-01", false, 0}, {"1900-02-29", false, 0},
		{"2026-11-01T24:00:00Z", false, 0}, {"2026-11-01T09:60:00Z", false, 0},
		{"2026-11-01T09:30:00", false, 0}, {"2026-11-01 09:30:00Z", false, 0},
		{"2026-11-01T09:30:00+01:00", false, 0}, {"2026-11-01T09:30:00.Z", false, 0},
		{"2026-11-01T09:30:00ZZ", false, 0}, {"01.11.2026", false, 0}, {"2026-11-1", false, 0},
		{"", true, 0}, {"2024-02-29", true, 0x20240229000000}, {"2000-02-29", true, 0x20000229000000},
		{"2026-11-01T09:30:05Z", true, 0x20261101093005},
		{"2026-11-01T09:30:05.125Z", true, 0x20261101093005},
		{"2016-12-31T23:59:60Z", true, 0x20161231235960},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t m = 77;
		cr_assert_eq(moment_parse(slice_of(cases[i].text), &m), cases[i].is, "%s", cases[i].text);
		cr_assert_eq(m, cases[i].is ? cases[i].moment : 77, "%s", cases[i].text);
	}
}

/* Facts in every order give the same answer. */
Test(consent, an_optout_beats_an_optin_unless_it_is_later)
{
	struct {
		struct {
			int value; /* 1, 0; 2 ends */
			uint64_t moment;
		} facts[4];
		int wanted;
	} cases[] = {
		{{{2, 0}}, -1},
		{{{1, 5}, {2, 0}}, 1},
		{{{0, 5}, {2, 0}}, 0},
		{{{1, 5}, {0, 9}, {2, 0}}, 0},
		{{{1, 9}, {0, 5}, {2, 0}}, 1},
		{{{1, 5}, {0, 5}, {2, 0}}, 0},        /* at the same moment */
		{{{1, 0}, {0, 0}, {2, 0}}, 0},        /* neither dated */
		{{{1, 0}, {0, 5}, {2, 0}}, 0},
		{{{0, 0}, {1, 5}, {2, 0}}, 1},        /* what has no date is oldest */
		{{{1, 1}, {0, 5}, {1, 9}, {2, 0}}, 1},
		{{{0, 1}, {1, 5}, {0, 9}, {2, 0}}, 0},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t n = 0;
		while (n < 4 && cases[i].facts[n].value != 2)
			n++;
		for (size_t turn = 0; turn <= n; turn++) {
			struct consent c = {0};
			for (size_t j = 0; j < n; j++) {
				size_t k = (j + turn) % n;
				unsigned bit = 1u << CONSENT_SMS;
				consent_add(&c, cases[i].facts[k].value ? bit : 0,
					    cases[i].facts[k].value ? 0 : bit, cases[i].facts[k].moment);
			}
			cr_assert_eq(consent_of(&c, CONSENT_SMS), cases[i].wanted, "case %zu", i);
			cr_assert_eq(consent_of(&c, CONSENT_EMAIL), -1);
		}
	}
}

Test(consent, channels_of_events)
{
	cr_assert_eq(consent_channels_named(SLICE("Email")), 1u << CONSENT_EMAIL);
	cr_assert_eq(consent_channels_named(SLICE("sms")), 1u << CONSENT_SMS);
	cr_assert_eq(consent_channels_named(SLICE("web")), 0);
	cr_assert_eq(consent_channels_named(SLICE("")), 0);
}

/* Each rule beats all behind it. */
Test(survive, rules_in_their_order)
{
	struct candidate weak = {SLICE("b"), 5, 5, 5, 0, 2, false, true};
	struct {
		struct candidate strong;
		enum survival_rule rule;
	} cases[] = {
		{{SLICE("z"), 1, 1, 9, 0, 3, false, true}, SURVIVES_COMPLETE},
		{{SLICE("z"), 1, 1, 9, 0, 2, false, false}, SURVIVES_LIVING},
		{{SLICE("z"), 1, 1, 9, 0, 2, true, true}, SURVIVES_VERIFIED},
		{{SLICE("z"), 6, 1, 9, 0, 2, false, true}, SURVIVES_RECENT},
		{{SLICE("z"), 5, 6, 9, 0, 2, false, true}, SURVIVES_FREQUENT},
		{{SLICE("z"), 5, 5, 4, 0, 2, false, true}, SURVIVES_SOURCE},
		{{SLICE("a"), 5, 5, 5, 0, 2, false, true}, SURVIVES_BYTES},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum survival_rule rule = SURVIVES_NOTHING;
		struct candidate both[] = {weak, cases[i].strong};
		cr_assert_lt(survive_compare(&cases[i].strong, &weak, &rule), 0);
		cr_assert_eq(rule, cases[i].rule);
		cr_assert_gt(survive_compare(&weak, &cases[i].strong, NULL), 0);
		cr_assert_eq(survive_best(both, 2, &rule), 1);
		cr_assert_eq(rule, cases[i].rule);
		cr_assert_eq(survive_best(both, 1, &rule), 0);
		cr_assert_eq(rule, SURVIVES_ONLY);
	}
}

Test(repeats, a_new_moment_forgets)
{
	struct repeats r = {0};
	bool added;

	for (uint32_t moment = 0; moment < 3; moment++) {
		repeats_clear(&r);
		for (uint32_t i = 0; i < 1000; i++) {
			uint32_t *v = repeats_at(&r, i * UINT64_C(0x9e3779b97f4a7c15), &added);
			cr_assert(added);
			cr_assert_eq(*v, 0);
			*v = i + moment;
		}
		for (uint32_t i = 0; i < 1000; i++) {
			cr_assert_eq(*repeats_at(&r, i * UINT64_C(0x9e3779b97f4a7c15), &added), i + moment);
			cr_assert_not(added);
		}
	}
	repeats_free(&r);
}

Test(repeats, the_numbers_of_moments_start_again)
{
	struct repeats r = {.epoch = UINT32_MAX - 1};
	bool added;

	for (int moment = 0; moment < 4; moment++) {
		repeats_clear(&r);
		repeats_at(&r, 5, &added);
		cr_assert(added);
		repeats_at(&r, 5, &added);
		cr_assert_not(added);
	}
	repeats_free(&r);
}

/* ---- rows and golden rows, from records as a reader gives them */

static const char HEADER[] =
	"source,source_id,email,phone,social,loyalty_id,device_id,first_name,last_name,birth_date,"
	"gender,street,city,postcode,country,language,optin_email,optin_sms,optin_phone,optin_post,"
	"ts,event,channel,order_id,sku,category,brand,qty,amount,currency,offer_id,tags,attrs\n";

struct fixture {
	struct reader *reader;
	struct row_plan plan;
	struct tuples tuples;
	struct buffer scratch;
	char path[32];
	struct so1_error error;
};

static void open_with_header(struct fixture *f, const char *text, char delimiter)
{
	*f = (struct fixture){.path = "/tmp/so1-unit-XXXXXX"};
	int fd = mkstemp(f->path);
	const char *path = f->path;
	struct reader_options options = {0};

	cr_assert_geq(fd, 0);
	FILE *out = fdopen(fd, "w");
	fputs(text, out);
	fclose(out);
	cr_assert_eq(reader_open(&f->reader, &path, 1, &options, &f->error), SO1_OK);
	cr_assert_eq(row_plan_make(&f->plan, f->reader, delimiter, &f->error), SO1_OK);
	tuples_init(&f->tuples);
}

static void open_text(struct fixture *f, const char *lines, char delimiter)
{
	struct buffer all = {0};

	buffer_put_text(&all, HEADER);
	buffer_put_text(&all, lines);
	open_with_header(f, buffer_text(&all), delimiter);
	buffer_free(&all);
}

static void close_text(struct fixture *f)
{
	row_plan_free(&f->plan);
	reader_close(f->reader);
	tuples_free(&f->tuples);
	buffer_free(&f->scratch);
	unlink(f->path);
}

/* The row's text, gaps filled, valid until the next call. */
static struct slice whole_text(struct fixture *f, const struct row *row)
{
	buffer_clear(&f->scratch);
	row_put_text(row, f->plan.delimiter, buffer_reserve(&f->scratch, row->len));
	return slice_make(f->scratch.ptr, row->len);
}

static uint64_t repeat_of(const struct fixture *f, const struct row *row)
{
	return row_repeat(row, f->tuples.items[row->tuple].hash);
}

/* The next record as a row (the caller frees it), NULL at the end. */
static struct row *next_row(struct fixture *f)
{
	struct slice fields[IDENTITY_FIELDS];
	struct record rec;
	bool more;

	cr_assert_eq(reader_next(f->reader, &rec, &more, &f->error), SO1_OK);
	if (!more)
		return NULL;
	struct row *row = malloc(row_size_bound(&f->plan, &rec));
	cr_assert_eq(row_check(&f->plan, &rec, row, &f->error), SO1_OK, "%s", f->error.reason);
	struct tuple_key key = tuple_key_of(row_identity(&f->plan, &rec, fields, &f->scratch));
	row_encode(&f->plan, &rec, row, &f->scratch);
	row->tuple = tuples_find(&f->tuples, key);
	if (row->tuple == TUPLE_NONE)
		row->tuple = tuples_add(&f->tuples, key, fields);
	cr_assert_leq(row_size(row), row_size_bound(&f->plan, &rec));
	return row;
}

Test(rows, both_lanes_give_the_same)
{
	struct fixture f;
	/* The same record as it stands, and with quotes it does not need. */
	open_text(&f, "crm,1,a@x.de,,,,,Anna,Lee,,,,,,,,1,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,a;b,k=v\n"
		      "crm,1,\"a@x.de\",,,,,Anna,Lee,,,,,,,,1,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,a;b,\"k=v\"\n", ',');
	struct row *a = next_row(&f), *b = next_row(&f);

	cr_assert_eq(a->tuple, b->tuple, "one identity");
	cr_assert_eq(repeat_of(&f, a), repeat_of(&f, b));
	cr_assert_eq(row_compare(a, b, ','), 0);
	cr_assert(slice_is(whole_text(&f, b), "crm,1,,,,,,,,,,,,,,,1,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,a;b,k=v\n"));
	cr_assert(slice_is(whole_text(&f, a), "crm,1,,,,,,,,,,,,,,,1,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,a;b,k=v\n"));
	cr_assert(slice_is(row_ts(a), "2026-01-02T03:04:05Z"));
	cr_assert(slice_is(row_ts(b), "2026-01-02T03:04:05Z"));
	cr_assert_eq(a->yes, 1);
	cr_assert_eq(a->no, 0);
	cr_assert(slice_is(row_attrs(b), "k=v"));
	cr_assert_lt(a->kept, a->len, "the long runs of empty columns are left out");
	cr_assert_null(next_row(&f));
	free(a);
	free(b);
	close_text(&f);
}

/* Rows sort as their whole texts do, wherever the gaps of each are. */
Test(rows, compare_as_their_texts)
{
	static const char *const lines[] = {
		"crm,1,,,,,,,,,,,,,,,1,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,,\n",
		"crm,1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,,\n",
		"crm,1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,,k=v\n",
		"crm,1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,web,,,,,,,,,,\n",
		"crm,1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,,3,,,,,\n",
		"crm,1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,\"!,,,,,,\",3,,,,,\n",
		",1,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,,\n",
		"crm,,a@x.de,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,contact,,,,,,,,,,,\n",
	};
	struct buffer all = {0};
	struct row *rows[COUNT_OF(lines)];
	char text[COUNT_OF(lines)][200];
	struct fixture f;

	for (size_t i = 0; i < COUNT_OF(lines); i++)
		buffer_put_text(&all, lines[i]);
	open_text(&f, buffer_text(&all), ',');
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		rows[i] = next_row(&f);
		row_put_text(rows[i], ',', text[i]);
		text[i][rows[i]->len] = '\0';
	}
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		for (size_t j = 0; j < COUNT_OF(lines); j++) {
			int want = strcmp(text[i], text[j]), got = row_compare(rows[i], rows[j], ',');
			cr_assert_eq((got > 0) - (got < 0), (want > 0) - (want < 0), "%zu %zu", i, j);
		}
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		free(rows[i]);
	buffer_free(&all);
	close_text(&f);
}

/* More columns than a gap counts, fields longer than a piece can be. */
Test(rows, wide_and_long)
{
	enum { COLUMNS = 700, LONG = 70000 };
	struct buffer all = {0}, want = {0};
	struct fixture f;

	buffer_put_text(&all, "source,source_id,ts,event");
	for (int i = 0; i < COLUMNS; i++)
		buffer_printf(&all, ",c%d", i);
	buffer_put_text(&all, "\n");
	buffer_put_text(&want, "crm,1,2026-01-02T03:04:05Z,contact");
	for (int i = 0; i < COLUMNS; i++) {
		buffer_put_byte(&want, ',');
		for (int n = 0; i == 600 && n < LONG; n++)
			buffer_put_byte(&want, 'x');
	}
	buffer_put_byte(&want, '\n');
	buffer_put_slice(&all, buffer_slice(&want));
	open_with_header(&f, buffer_text(&all), ',');
	struct row *row = next_row(&f);
	cr_assert(slice_equal(whole_text(&f, row), buffer_slice(&want)));
	cr_assert_lt(row->kept, LONG + 200);
	free(row);
	buffer_free(&all);
	buffer_free(&want);
	close_text(&f);
}

Test(rows, quotes_survive_and_split_again)
{
	struct fixture f;
	struct arena arena = {0};
	struct slice fields[TOUCHPOINT_COLUMNS];
	open_text(&f, "chat,t1,,,,,,,,,,,,,,,,,,,,chat,,,,\"a, \"\"b\"\"\",,,,,,,\"k=1,5\"\n", ',');
	struct row *row = next_row(&f);

	row_split(row, ',', fields, TOUCHPOINT_COLUMNS, &arena);
	cr_assert(slice_is(fields[T_CATEGORY], "a, \"b\""));
	cr_assert(slice_is(fields[T_ATTRS], "k=1,5"));
	cr_assert(slice_is(fields[T_EVENT], "chat"));
	cr_assert_eq(fields[T_EMAIL].len, 0);
	arena_free(&arena);
	free(row);
	close_text(&f);
}

Test(rows, what_makes_a_repeat)
{
	static const char *const lines[] = {
		"shop,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,web,o1,s1,tv,,1,12.50,EUR,,,\n",
		"shop,7,,,,,,Anna,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,app,o1,s1,,,,12.5,,,x,\n",
		"shop,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,web,o1,s2,tv,,1,12.50,EUR,,,\n",
		"shop,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,return,web,o1,s1,tv,,1,12.50,EUR,,,\n",
		"till,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,web,o1,s1,tv,,1,12.50,EUR,,,\n",
		"shop,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,web,o2,s1,tv,,1,12.50,EUR,,,\n",
		"shop,7,,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,purchase,web,o1,s1,tv,,1,12.51,EUR,,,\n",
		"web,,a@x.de,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,view,web,,s1,,,,,,,,\n",
		"web,,b@x.de,,,,,,,,,,,,,,,,,,2026-01-02T03:04:05Z,view,web,,s1,,,,,,,,\n",
	};
	/* The first two are the same line of the same order; nothing else is a repeat. */
	struct buffer all = {0};
	struct row *rows[COUNT_OF(lines)];
	struct fixture f;

	for (size_t i = 0; i < COUNT_OF(lines); i++)
		buffer_put_text(&all, lines[i]);
	open_text(&f, buffer_text(&all), ',');
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		rows[i] = next_row(&f);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		for (size_t j = 0; j < i; j++)
			cr_assert_eq(repeat_of(&f, rows[i]) == repeat_of(&f, rows[j]), i == 1 && j == 0, "%zu %zu", i, j);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		free(rows[i]);
	buffer_free(&all);
	close_text(&f);
}

/* The golden row of all lines together, as the writer gets it, in the order given and
 * in the reverse. */
static void check_golden(const char *const *lines, size_t n, const char *wanted)
{
	for (int backward = 0; backward < 2; backward++) {
		struct buffer all = {0}, out = {0};
		struct identity id = {0};
		struct distrust d = {0};
		struct addresses none = {0};
		struct golden g;
		struct fixture f;
		struct row *rows[8];
		uint32_t priority[8] = {0}, place[8] = {0};
		for (size_t i = 0; i < n; i++)
			buffer_put_text(&all, lines[backward ? n - 1 - i : i]);
		open_text(&f, buffer_text(&all), ',');
		for (size_t i = 0; i < n; i++)
			rows[i] = next_row(&f);
		/* --source-priority crm */
		for (uint32_t s = 0; s < f.tuples.text[T_SOURCE].count; s++)
			priority[s] = slice_is(strings_get(&f.tuples.text[T_SOURCE], s), "crm") ? 0 : 1;
		identity_resolve(&id, &f.tuples, &KEY_LIMITS_DEFAULT, &d);
		golden_init(&g, &f.tuples, &id, &none, priority, place);
		golden_begin(&g);
		for (size_t i = 0; i < n; i++)
			golden_see(&g, rows[i]);
		golden_finish(&g);
		golden_put(&g, &f.plan, "0123456789abc", &out);
		cr_assert_str_eq(buffer_text(&out), wanted);
		for (size_t i = 0; i < n; i++)
			free(rows[i]);
		golden_free(&g);
		identity_free(&id);
		close_text(&f);
		buffer_free(&all);
		buffer_free(&out);
	}
}

Test(golden, recent_beats_frequent_and_a_blank_never_erases)
{
	static const char *const lines[] = {
		"crm,1,old@x.de,+49301234561,,,,Bob,Lee,1980-01-01,m,,,,,,,,,,2024-01-01T00:00:00Z,contact,,,,,,,,,,,size=40;vip=1\n",
		"crm,1,old@x.de,,,,,Bob,Lee,,,,,,,,,,,,2024-01-02T00:00:00Z,contact,,,,,,,,,,,size=41\n",
		"crm,1,new@x.de,,,,,Robert,,,,,,,,,,,,,2025-01-01T00:00:00Z,contact,,,,,,,,,,,size=\n",
	};
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,new@x.de,+49301234561,,,,Robert,Lee,1980-01-01,m,,,,,,,,,,,golden,,,,,,,,,,,other_email=old@x.de;size=41;vip=1\n");
}

Test(golden, verified_beats_recent_for_addresses_only)
{
	static const char *const lines[] = {
		"news,1,read@x.de,,,,,Bob,,,,,,,,,,,,,2024-01-01T00:00:00Z,click,email,,,,,,,,,,\n",
		"crm,1,new@x.de,,,,,Robert,,,,,,,,,,,,,2025-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
	};
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,read@x.de,,,,,Robert,,,,,,,,,,,,,,golden,,,,,,,,,,,other_email=new@x.de\n");
}

Test(golden, frequency_then_source_then_bytes)
{
	static const char *const lines[] = {
		"crm,1,,,twitter:b,c1,,Bob,Lee,,,,,,,,,,,,,contact,,,,,,,,,,,\n",
		"shop,1,,,twitter:a,c2,,Rob,Lee,,,,,,,,,,,,,contact,,,,,,,,,,,\n",
		"till,1,,,,,,Rob,Leigh,,,,,,,,,,,,,contact,,,,,,,,,,,\n",
	};
	/* first_name: Rob twice; social and loyalty_id: the CRM's. */
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,,,twitter:b,c1,,Rob,Lee,,,,,,,,,,,,,golden,,,,,,,,,,,\n");
}

Test(golden, an_address_is_one_block)
{
	static const char *const lines[] = {
		"crm,1,,,,,,,,,,Old St 1,Oxford,OX1 1AA,GB,,,,,,2024-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
		"shop,1,,,,,,,,,,New Rd 2,,N1 9GU,,,,,,,2025-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
		"till,1,,,,,,,,,,,Leeds,,,,,,,,2026-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
		"web,1,,,,,,,,,,,London,N1 9GU,,,,,,,2023-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
	};
	/* Not Leeds (nothing says it is the same place); London has the same postcode; nothing
	 * of Oxford, which has another. */
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,,,,,,,,,,New Rd 2,London,N1 9GU,,,,,,,,golden,,,,,,,,,,,\n");
}

Test(golden, permissions_from_columns_and_events)
{
	static const char *const lines[] = {
		"crm,1,a@x.de,,,,,,,,,,,,,,1,1,,1,2024-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
		"news,1,a@x.de,,,,,,,,,,,,,,,,,,2025-01-01T00:00:00Z,optout,email,,,,,,,,,,\n",
		"news,1,a@x.de,,,,,,,,,,,,,,,,,,2025-01-01T00:00:00Z,optin,phone,,,,,,,,,,\n",
		"news,1,a@x.de,,,,,,,,,,,,,,,,,,2023-01-01T00:00:00Z,optout,,,,,,,,,,,\n",
		"crm,1,a@x.de,,,,,,,,,,,,,,,0,,,,contact,,,,,,,,,,,\n",
	};
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,a@x.de,,,,,,,,,,,,,,0,1,1,1,,golden,,,,,,,,,,,\n");
}

Test(golden, values_never_to_trust_do_not_survive)
{
	static const char *const lines[] = {
		"crm,1,test@test.com,0000000,,,,Bob,,,,,,,,,,,,,2025-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
		"crm,1,bob@x.de,,,,,Bob,,,,,,,,,,,,,2024-01-01T00:00:00Z,contact,,,,,,,,,,,\n",
	};
	check_golden(lines, COUNT_OF(lines),
		     "0123456789abc,,,bob@x.de,,,,,Bob,,,,,,,,,,,,,,golden,,,,,,,,,,,\n");
}
