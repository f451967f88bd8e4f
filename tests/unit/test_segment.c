#include "segment/segment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void header_of(struct header *h, const char *names)
{
	struct slice rest = slice_of(names), name;

	while (slice_split(&rest, ',', &name))
		header_add(h, name);
}

Test(ledger, finds_the_columns_to_sum)
{
	struct header h = {0};
	struct ledger_columns c;

	header_of(&h, "p_buy,e_spend,expected_orders,score,clv,uplift,spend,p,scores,top_p_x,age");
	ledger_columns_find(&c, &h);
	cr_assert_eq(c.spend, 6);
	cr_assert_eq(c.score_count, 6);
	for (size_t i = 0; i < 6; i++)
		cr_assert_eq(c.scores[i], i);
	ledger_columns_free(&c);
	header_free(&h);
	header_of(&h, "id");
	ledger_columns_find(&c, &h);
	cr_assert(c.spend == COLUMN_NONE && c.score_count == 0);
	ledger_columns_free(&c);
	header_free(&h);
}

/* spend and p_buy of a row; the segments it is in. */
static const struct {
	const char *spend, *p_buy;
	size_t members[3], count;
} rows[] = {
	{"0.10", "0.1", {0, 1}, 2}, {"0.20", "0.2", {0}, 1}, {"", "0.7", {1, 2}, 2},
	{"-5", "", {0}, 0}, {"text", "-0.25", {2}, 1}, {"9000000000000", "1e12", {0, 1, 2}, 3},
	{"1e300", "999999999999.5", {1}, 1},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void add_row(struct ledger *t, size_t i)
{
	struct slice fields[] = {slice_of(rows[i].spend), slice_of(rows[i].p_buy)};

	ledger_add(t, fields, rows[i].members, rows[i].count);
}

static char *table_of(const struct ledger *t)
{
	static const struct slice names[] = {{"a", 1}, {"b", 1}, {"c", 1}};
	char path[] = "/tmp/so1-test-XXXXXX";
	int fd = mkstemp(path);
	struct writer_options options = {.path = path};
	struct writer *w;
	struct so1_error e = {0};
	char *text = calloc(1, 8192);

	cr_assert(fd >= 0);
	cr_assert_eq(writer_open(&w, &options, &e), SO1_OK);
	cr_assert_eq(ledger_write(t, names, w, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	close(fd);
	FILE *f = fopen(path, "rb");
	cr_assert(fread(text, 1, 8191, f) > 0);
	fclose(f);
	unlink(path);
	return text;
}

/* Whatever threads take the rows in whatever order, the table is the same bytes. */
Test(ledger, order_and_threads_do_not_show)
{
	struct header h = {0};
	struct ledger_columns c;
	struct ledger all, parts[2];

	header_of(&h, "spend,p_buy");
	ledger_columns_find(&c, &h);
	ledger_init(&all, 3, &c);
	for (size_t i = 0; i < ROWS; i++)
		add_row(&all, i);
	char *expected = table_of(&all);
	for (int rotation = 0; rotation < ROWS; rotation++) {
		ledger_init(&parts[0], 3, &c);
		ledger_init(&parts[1], 3, &c);
		for (size_t i = 0; i < ROWS; i++)
			add_row(&parts[i % 2], (i + (size_t)rotation) % ROWS);
		ledger_merge(&parts[1], &parts[0]);
		char *got = table_of(&parts[1]);
		cr_assert_str_eq(got, expected);
		free(got);
		ledger_free(&parts[0]);
		ledger_free(&parts[1]);
	}
	free(expected);
	ledger_free(&all);
	ledger_columns_free(&c);
	header_free(&h);
}

/* By hand: a holds rows 1, 2 and 6; their spend is 0.10 + 0.20 + 9e12, the mean of the two
 * known p_buy (0.1, 0.2) is 0.15; 1e12 is too large for a score,
 * 1e300 for money: of all, 999999999999.5 + 0.1 + 0.2 + 0.7 - 0.25 are 5 known scores. */
Test(ledger, figures)
{
	static const char *const lines[] = {
		"(all),,size,7\n", "(none),,size,1\n", "(none),,spend,-5.00\n", "a,,size,3\n",
		"a,,share,0.4285714286\n", "a,,spend,9000000000000.30\n", "a,,mean_p_buy,0.15\n",
		"b,,size,4\n", "c,,mean_p_buy,0.225\n", "(all),,mean_p_buy,200000000000\n",
		"(none),,mean_p_buy,\n",
		"a,b,overlap,2\n", "a,c,overlap,1\n", "b,c,overlap,2\n",
	};
	struct header h = {0};
	struct ledger_columns c;
	struct ledger t;

	header_of(&h, "spend,p_buy");
	ledger_columns_find(&c, &h);
	ledger_init(&t, 3, &c);
	for (size_t i = 0; i < ROWS; i++)
		add_row(&t, i);
	char *text = table_of(&t);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		cr_expect(strstr(text, lines[i]), "no line %s in\n%s", lines[i], text);
	free(text);
	ledger_free(&t);
	ledger_columns_free(&c);
	header_free(&h);
}

Test(segmenter, refuses)
{
	struct header h = {0};
	struct rule_set *rules = rules_new();
	struct expr_scope scope = {.any_column = true};
	struct buffer text = {0};
	struct segmenter s;
	struct so1_error e = {0};

	for (int i = 0; i <= LEDGER_MOST_SEGMENTS; i++)
		buffer_printf(&text, "r%d: a > %d\n", i, i);
	cr_assert_eq(rules_add_text(rules, "r", buffer_slice(&text), &e), SO1_OK);
	cr_assert_eq(rules_bind(rules, &scope, &e), SO1_OK);
	header_of(&h, "a,segments");
	cr_assert_eq(segmenter_init(&s, rules, &h, NULL, false, false, &e), SO1_USAGE);
	segmenter_free(&s);
	cr_assert_eq(segmenter_init(&s, rules, &h, NULL, true, true, &e), SO1_USAGE);
	segmenter_free(&s);
	cr_assert_eq(segmenter_init(&s, rules, &h, NULL, true, false, &e), SO1_OK);
	cr_assert_eq(s.header.count, 2);
	/* Names in order of bytes: r10 before r9. */
	for (size_t i = 1; i < s.count; i++)
		cr_assert(slice_compare(s.names[i - 1], s.names[i]) < 0);
	segmenter_free(&s);
	rules_free(rules);
	header_free(&h);
	buffer_free(&text);
}
