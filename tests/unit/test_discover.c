#include "segment/cuts.h"
#include "segment/discover.h"
#include "segment/overlap.h"
#include "segment/comparison.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define NEAR(a, b, by) cr_expect(fabs((a) - (b)) <= (by), "%.17g is not %.17g", (a), (b))

/* ln of sums of binomials over a binomial in whole numbers (Python's math.comb); the first two by
 * hand: the lady tasting tea, 17/70, and (70 * 12 + 56) / 15504. */
static const struct {
	uint64_t a, n, good, all;
	double log_p;
} tails[] = {
	{3, 4, 4, 8, -1.4152818979931432}, {4, 5, 8, 20, -2.8509129211556177},
	{150, 1000, 1000, 10000, -16.20235377773679},
	{100, 1000, 1000, 10000, -0.6588777061642759},
	{90, 1000, 1000, 10000, -0.1286490935153779},
	{600, 3000, 6000, 60000, -145.53778276716366},
	{0, 4, 4, 8, 0}, {2, 6, 4, 8, 0}, {4, 8, 4, 8, 0}, {0, 0, 3, 8, 0},
};

Test(contrast, tail_is_fishers)
{
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		double p = contrast_log_tail(tails[i].a, tails[i].n, tails[i].good, tails[i].all);
		NEAR(p, tails[i].log_p, 1e-9);
	}
	/* All 4 of 4: 1 / 70. */
	NEAR(exp(contrast_log_tail(4, 4, 4, 8)), 1.0 / 70, 1e-12);
}

/* 15 of 100 against 5 of 100: 3; sqrt(1/15 - 1/100 + 1/5 - 1/100) = 0.49666, and
 * exp(ln 3 -+ 1.959964 * 0.49666) = 1.13336, 7.94100. */
Test(contrast, ratio_of_two_groups)
{
	struct ratio r = contrast_ratio(15, 100, 5, 100);

	cr_assert(r.known && r.has_interval);
	NEAR(r.value, 3.0, 1e-12);
	NEAR(r.low, 1.13335859619, 1e-10);
	NEAR(r.high, 7.94099945971, 1e-10);
	/* 0 of 100: the value is unknown, 10.5 of 101 against 0.5 of 101 has an interval. */
	r = contrast_ratio(10, 100, 0, 100);
	cr_assert(!r.known && r.has_interval);
	NEAR(r.low, 1.2472299111875682, 1e-9);
	NEAR(r.high, 353.5835663050252, 1e-6);
	r = contrast_ratio(0, 100, 0, 100);
	cr_assert(!r.known && !r.has_interval);
	r = contrast_ratio(1, 2, 0, 0);
	cr_assert(!r.known && !r.has_interval);
}

/* 15 of 100 in 20 of 200: 0.15 / 0.10; with r = 3 and f = 1/2: 3 / (1.5 + 0.5); the limits of r
 * above become 1.06251 and 1.77631. */
Test(contrast, lift_of_a_part)
{
	struct ratio r = contrast_lift(15, 100, 20, 200);

	NEAR(r.value, 1.5, 1e-12);
	NEAR(r.low, 1.0625111017097497, 1e-10);
	NEAR(r.high, 1.7763113610494474, 1e-10);
	/* All successes are in the part: at most 1 / f. */
	r = contrast_lift(10, 100, 10, 200);
	NEAR(r.value, 2.0, 1e-12);
	NEAR(r.low, 1.1100154060591503, 1e-9);
	NEAR(r.high, 2.0, 1e-12);
	r = contrast_lift(20, 200, 20, 200);
	cr_assert(r.value == 1 && r.low == 1 && r.high == 1);
	cr_assert(!contrast_lift(0, 0, 20, 200).known && !contrast_lift(0, 10, 0, 200).known);
}

Test(cuts, float_below_is_exact)
{
	static const double xs[] = {0, 1, 0.1, -0.1, 119.99, -119.99, 1e-50, -1e-50, 16777217,
				    -16777217, 3e38, 1e300, 3.4028234663852886e38};

	for (size_t i = 0; i < sizeof xs / sizeof *xs; i++) {
		float f = float_below(xs[i]);
		cr_expect((double)f <= xs[i], "%g", xs[i]);
		cr_expect((double)nextafterf(f, INFINITY) > xs[i], "%g", xs[i]);
	}
	cr_assert(isinf(float_below(-1e300)));
}

/* By hand: the largest multiple of the largest power of ten that fits. */
Test(cuts, shortest_decimal)
{
	static const struct { double low, high, cut; } rows[] = {
		{2, 5, 5}, {118.2, 120.53, 120}, {0.2, 0.25, 0.25}, {-5, -3.2, -4}, {-3, 8, 0},
		{0, 1, 1}, {0, 0.004, 0.004}, {999, 1001, 1000}, {1234.5, 1234.6, 1234.6},
		{1e-9, 2.5e-9, 2e-9},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		NEAR(cut_between(rows[i].low, rows[i].high), rows[i].cut, 1e-15);
	/* No decimal of 15 digits between neighbours: the number itself. */
	double x = 1 + 0x1p-52;
	cr_assert(cut_between(1, x) == x);
}

/* Ten values, six of them 0: the quantiles 1 to 5 of 10 are the least value, so they cut above
 * it; the others at 1 (again), 2, 5 and 9. */
Test(cuts, quantiles_with_ties)
{
	float values[] = {0, 9, 0, NAN, 0, 2, 0, 1, 0, 5, 0};
	static const double expected[] = {1, 2, 5, 9};
	struct cuts c;

	cuts_find(&c, values, 11, 10, true);
	cr_assert_eq(c.count, 4);
	for (size_t i = 0; i < 4; i++)
		NEAR(c.at[i].number, expected[i], 0);
	cr_assert_eq(c.equal_count, 5);
	cr_assert(c.equal[0].number == 0 && c.equal[4].number == 9);
	cuts_free(&c);
	/* A middle value that most have: cut at it and above it. */
	float middle[] = {1, 3, 3, 3, 3, 3, 3, 3, 3, 4};
	cuts_find(&c, middle, 10, 10, true);
	cr_assert_eq(c.count, 2);
	cr_assert(c.at[0].number > 1 && c.at[0].number <= 3 && c.at[1].number > 3 &&
		  c.at[1].number <= 4);
	cuts_free(&c);
	float same[] = {7, 7, 7}, none[] = {NAN};
	cuts_find(&c, same, 3, 10, false);
	cr_assert(c.count == 0 && c.equal_count == 0);
	cuts_free(&c);
	cuts_find(&c, none, 1, 10, false);
	cr_assert(c.count == 0 && c.equal_count == 0);
	cuts_free(&c);
}

/* Of numbers of few digits the float tells the number: 0.899 and 0.9 are cut at 0.9, and told
 * apart from 0.8999999 only when there are such numbers. */
Test(cuts, few_digits)
{
	struct cuts c;

	for (int decimals = 0; decimals < 2; decimals++) {
		float values[] = {float_below(0.9), float_below(0.899), float_below(0.899),
				  float_below(0.9)};
		cuts_find(&c, values, 4, 2, decimals);
		cr_assert_eq(c.count, 1);
		cr_assert(c.at[0].from == float_below(0.9));
		if (decimals) {
			cr_assert(c.at[0].number == 0.9);
			cr_assert(c.equal_count == 2 && c.equal[0].number == 0.899 && c.equal[1].number == 0.9);
		} else {
			/* Every number kept as the float before is below it, none kept as the float. */
			cr_assert(c.at[0].number > (double)float_below(0.899) &&
				  c.at[0].number <= (double)float_below(0.9));
		}
		cuts_free(&c);
	}
}

Test(posting, rows_come_back_as_bits)
{
	static const uint32_t rows[] = {0, 1, 63, 64, 191, 20000, 3000000};
	struct posting p = {0};
	uint64_t *bits = calloc(3000000 / 64 + 1, sizeof *bits);
	size_t n = sizeof rows / sizeof *rows;

	for (size_t i = 0; i < n; i++) {
		posting_add(&p, rows[i]);
		posting_add(&p, rows[i]);
	}
	cr_assert_eq(p.count, n);
	posting_set_bits(&p, bits);
	for (size_t i = 0; i < n; i++)
		cr_expect(bits[rows[i] / 64] >> rows[i] % 64 & 1, "%u", rows[i]);
	cr_assert_eq(bits_common(bits, bits, 3000000 / 64 + 1), n);
	free(bits);
	buffer_free(&p.bytes);
}

Test(discover, support)
{
	static const char *const bad[] = {"", "0", "-1", "1.5", "101%", "0%", "many", "%", "1e12"};
	struct support s;
	struct so1_error e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(support_parse(bad[i], &s, &e), SO1_USAGE, "%s", bad[i]);
	cr_assert_eq(support_parse("7%", &s, &e), SO1_OK);
	cr_assert_eq(support_rows(&s, 100), 7);
	cr_assert_eq(support_rows(&s, 101), 8);
	cr_assert_eq(support_rows(&s, 1), 1);
	cr_assert_eq(support_parse("0.25", &s, &e), SO1_OK);
	cr_assert_eq(support_rows(&s, 1000), 250);
	cr_assert_eq(support_parse("500", &s, &e), SO1_OK);
	cr_assert_eq(support_rows(&s, 100), 500);
}

/* A made-up stream: y is likely where a >= 5 and g is "f" and the tags have boho; the
 * columns b and m have nothing to do with it. */
static void put_rows(struct buffer *b, int n)
{
	uint32_t x = 20261101;

	buffer_put_text(b, "customer_id,a,b,g,tags,orders_by_category,y\n");
	for (int i = 0; i < n; i++) {
		uint32_t r[6];
		for (int k = 0; k < 6; k++) {
			x = x * 1664525 + 1013904223;
			r[k] = x >> 16;
		}
		bool boho = r[3] % 2, f = r[2] % 2;
		bool y = r[0] % 10 >= 5 && f && boho ? r[5] % 10 < 7 : r[5] % 10 < 1;
		buffer_printf(b, "%06d,%u,%s%u,%s,%s,%s,%d\n", i, r[0] % 10, r[1] % 7 ? "" : "x",
			      r[1] % 50, f ? "f" : "m", boho ? "boho;new" : r[3] % 3 ? "old" : "",
			      r[4] % 3 ? "tv=2" : r[4] % 2 ? "audio=1;tv=0" : "", y);
	}
}

static struct discover_run run_of(uint64_t depth, int threads)
{
	return (struct discover_run){.target = "y", .support = {.count = 40}, .depth = depth,
				     .quantiles = 10, .fdr = 0.05, .min_lift = 1.1, .threads = threads};
}

static void discover_text(struct discover_run *run, struct slice text)
{
	const char *folder = temp_folder(), *path = temp_path(folder, "in.csv");
	struct reader_options options = {.threads = 1};
	struct outcome y;
	struct reader *r;
	struct so1_error e;

	file_put(path, text);
	cr_assert_eq(reader_open(&r, &path, 1, &options, &e), SO1_OK);
	cr_assert_eq(outcome_compile(&y, run->target, "--discover", reader_header(r), NULL, &e), SO1_OK);
	cr_assert_eq(discover(run, r, &y, &e), SO1_OK, "%s", e.reason);
	outcome_free(&y);
	reader_close(r);
	temp_remove(folder);
}

/* 70 % asked for: what holds for 80 % is a condition, though it fails for 20 % only; what holds for
 * all but one row is none, nor what holds for half. */
Test(discover, support_of_more_than_half)
{
	struct discover_run run = run_of(1, 1);
	struct buffer text = {0};

	buffer_put_text(&text, "a,b,c,y\n");
	for (int i = 0; i < 100; i++)
		buffer_printf(&text, "%s,%s,%s,%d\n", i % 5 ? "a" : "", i ? "b" : "", i % 2 ? "c" : "",
			      i % 10 == 3);
	run.support = (struct support){.share = 0.7};
	discover_text(&run, buffer_slice(&text));
	cr_assert_eq(run.set.count, 1);
	cr_assert(run.set.items[0].rows == 80 && run.set.items[0].kind == CONDITION_TEXT);
	discover_free(&run);
	buffer_free(&text);
}

static uint64_t bits_of(const struct condition_set *set, const uint64_t *a, const uint64_t *b,
			size_t from, size_t to)
{
	uint64_t n = 0;

	(void)set;
	for (size_t i = from * 64; i < to * 64; i++)
		n += (a[i / 64] >> i % 64 & 1) && (b[i / 64] >> i % 64 & 1);
	return n;
}

/* Every pair counted bit by bit, its p from the definition: what the tiles find. */
Test(discover, search_is_what_brute_force_finds)
{
	struct buffer text = {0};
	struct discover_run run = run_of(2, 1);
	size_t found = 0, tried = 0;

	put_rows(&text, 1500);
	discover_text(&run, buffer_slice(&text));
	const struct condition_set *s = &run.set;
	cr_assert_gt(s->count, 20);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct condition *a = &s->items[i];
		tried++;
		found += contrast_log_tail(a->positives, a->rows, s->positives, s->rows) <= log(0.05);
		for (uint32_t k = i + 1; k < s->count; k++) {
			const struct condition *b = &s->items[k];
			uint64_t pos = bits_of(s, a->bits, b->bits, 0, s->words[1]);
			uint64_t n = pos + bits_of(s, a->bits, b->bits, s->words[1],
						   s->words[1] + s->words[0]);
			if (!conditions_combine(a, b) || n < 40)
				continue;
			tried++;
			double p = fmax(contrast_log_tail(pos, n, s->positives, s->rows),
					fmax(contrast_log_tail(pos, n, a->positives, a->rows),
					     contrast_log_tail(pos, n, b->positives, b->rows)));
			found += p <= log(0.05);
		}
	}
	cr_assert_eq((size_t)run.findings.tried, tried);
	cr_assert_eq(run.findings.count, found);
	cr_assert_gt(found, 10);
	for (size_t i = 1; i < found; i++)
		cr_assert(run.findings.items[i - 1].log_p <= run.findings.items[i].log_p);
	discover_free(&run);
	buffer_free(&text);
}

static char *rules_of(const struct discover_run *run)
{
	const char *folder = temp_folder(), *path = temp_path(folder, "out.rules");
	struct writer_options options = {.path = path, .raw = true};
	struct buffer b = {0};
	struct writer *w;
	struct so1_error e;

	cr_assert_eq(writer_open(&w, &options, &e), SO1_OK);
	cr_assert_eq(discover_write(run, w, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	FILE *f = fopen(path, "rb");
	for (int c; (c = getc(f)) != EOF;)
		buffer_put_byte(&b, (char)c);
	fclose(f);
	temp_remove(folder);
	char *copy = xstrdup(buffer_text(&b));
	buffer_free(&b);
	return copy;
}

/* At depth 3 the three conditions that make the target are the rule of the highest lift,
 * whatever the number of threads. */
Test(discover, three_conditions_and_threads)
{
	struct buffer text = {0};
	struct discover_run one = run_of(3, 1), four = run_of(3, 4);

	put_rows(&text, 6000);
	discover_text(&one, buffer_slice(&text));
	discover_text(&four, buffer_slice(&text));
	char *a = rules_of(&one), *b = rules_of(&four);
	cr_assert_str_eq(a, b);
	char *first = strstr(a, " : ");
	cr_assert(first);
	cr_assert_eq(strncmp(first, " : a >= 5 and g = \"f\" and tags has \"boho\"\n", 42), 0, "%s", a);
	free(a);
	free(b);
	discover_free(&one);
	discover_free(&four);
	buffer_free(&text);
}

/* Twelve groups of 50 rows that have nothing in common. */
static void put_groups(struct buffer *b)
{
	buffer_put_text(b, "g,y\n");
	for (int i = 0; i < 600; i++)
		buffer_printf(b, "g%02d,%d\n", i % 12, i % 10 == 0);
}

/* Benjamini and Hochberg's own example (1995, section 3.2): of 15 p-values four are
 * discoveries at 0.05; the least, 0.0001, would have to be under 0.025 / 15 here as well.
 * Their q are p 15 / k: 0.0015, 0.003, 0.0095, 0.035625. */
Test(select, benjamini_hochberg)
{
	static const double p[] = {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459};
	static const double q[] = {.0015, .003, .0095, .035625};
	struct discover_run run = run_of(1, 1);
	struct buffer text = {0};
	struct discoveries d;

	put_groups(&text);
	discover_text(&run, buffer_slice(&text));
	cr_assert_eq(run.set.count, 12);
	struct findings f = {.tried = 15, .count = 9, .items = xcalloc(9, sizeof *f.items)};
	/* The larger p, the higher the rate: p decides who stays, lift the order. */
	for (uint32_t i = 0; i < 9; i++)
		f.items[i] = (struct finding){.conditions = {i}, .depth = 1, .rows = 50,
					      .positives = 40 + i, .log_p = log(p[i]), .parent_rate = .1};
	struct select_options options = {.fdr = 0.05, .min_lift = 1.1};
	discover_select(&d, &f, &run.set, &options);
	cr_assert(d.passed == 4 && d.count == 4 && d.redundant == 0 && d.below_top == 0);
	for (size_t i = 0; i < 4; i++) {
		cr_assert_eq(d.items[i].finding.conditions[0], 3 - i);
		NEAR(d.items[i].q, q[3 - i], 1e-12);
	}
	discoveries_free(&d);
	options.top = 1;
	discover_select(&d, &f, &run.set, &options);
	cr_assert(d.count == 1 && d.below_top == 3 && d.items[0].finding.conditions[0] == 3);
	discoveries_free(&d);
	/* 0.0019 is no discovery by the gate: 0.05 / 2 / 15 = 0.00167. */
	f.items[0].log_p = f.items[1].log_p = log(.0019);
	discover_select(&d, &f, &run.set, &options);
	cr_assert(d.passed == 0 && d.count == 0);
	discoveries_free(&d);
	findings_free(&f);
	discover_free(&run);
	buffer_free(&text);
}

/* One rule five ways (its rows are the same but for a few) does not let in what the five
 * together would: p = 0.012 is under 0.05 * 6 / 20, but two rules allow 0.005. */
Test(select, redundant_ones_do_not_count)
{
	struct discover_run run = run_of(1, 1);
	struct buffer text = {0};
	struct discoveries d;

	buffer_put_text(&text, "a,b,c,d,e,x,y\n");
	for (int i = 0; i < 600; i++) {
		for (int k = 0; k < 5; k++)
			buffer_printf(&text, "%s,", i % 2 == 0 && i != 100 * k ? "yes" : "");
		buffer_printf(&text, "%s,%d\n", i % 3 ? "" : "no", i % 10 == 0);
	}
	discover_text(&run, buffer_slice(&text));
	struct findings f = {.tried = 20, .count = 6, .items = xcalloc(6, sizeof *f.items)};
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t place = 0;
		while (run.set.items[place].kind != CONDITION_TEXT || run.set.items[place].column != i)
			place++;
		f.items[i] = (struct finding){.conditions = {place}, .depth = 1,
					      .rows = run.set.items[place].rows, .positives = 100,
					      .log_p = log(i < 5 ? 1e-6 : 0.012), .parent_rate = .1};
	}
	struct select_options options = {.fdr = 0.05, .min_lift = 1.1};
	discover_select(&d, &f, &run.set, &options);
	cr_assert(d.passed == 5 && d.count == 1 && d.redundant == 4);
	discoveries_free(&d);
	findings_free(&f);
	discover_free(&run);
	buffer_free(&text);
}

/* By hand: (0.75 - 0.5) ln 1.5 = 0.10137; 0 of 8 counts as half of one: (0.0625 - 0.25) ln 0.25
 * = 0.25993. */
Test(comparison, stability_index)
{
	NEAR(stability_part(6, 8, 4, 8), 0.1013662770, 1e-10);
	NEAR(stability_part(0, 8, 2, 8), 0.2599301927, 1e-10);
	cr_assert(stability_part(0, 8, 0, 8) == 0 && stability_part(4, 8, 2, 4) == 0);
}

/* By hand: a alone 1 of 2, b alone 1 of 4, both 3 of 3; in a third row the target is unknown. */
Test(overlap, counts_and_merges)
{
	static const size_t a[] = {0}, b[] = {1}, both[] = {0, 1};
	struct overlap o, other;

	overlap_init(&o, 2);
	overlap_init(&other, 2);
	overlap_add(&o, a, 1, OUTCOME_YES);
	overlap_add(&other, a, 1, OUTCOME_NO);
	overlap_add(&other, a, 1, OUTCOME_UNKNOWN);
	for (int i = 0; i < 4; i++)
		overlap_add(i % 2 ? &o : &other, b, 1, i == 0 ? OUTCOME_YES : OUTCOME_NO);
	for (int i = 0; i < 3; i++)
		overlap_add(i % 2 ? &o : &other, both, 2, OUTCOME_YES);
	overlap_add(&o, NULL, 0, OUTCOME_NO);
	overlap_merge(&o, &other);
	cr_assert(o.all.known == 10 && o.all.positives == 5);
	cr_assert(o.none.known == 1 && o.none.positives == 0);
	cr_assert(o.of[0].known == 5 && o.of[0].positives == 4);
	cr_assert(o.of[1].known == 7 && o.of[1].positives == 4);
	cr_assert(o.pairs[1].known == 3 && o.pairs[1].positives == 3);
	overlap_free(&o);
	overlap_free(&other);
}
