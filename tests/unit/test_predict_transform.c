/* Transforms, their rows in a model file, and which columns are features. */
#include "stream/columns.h"
#include "predict/frame.h"
#include "predict/moments.h"
#include "predict/transform.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct so1_error error;

static double effect_of(const struct transform *t, const char *field)
{
	struct buffer scratch = {0};
	double x = NAN;

	cr_assert_eq(transform_effect(t, &(struct slice){field, strlen(field)}, &scratch, &x, &error), SO1_OK, "%s",
		     error.reason);
	buffer_free(&scratch);
	return x;
}

static double pair_effect(const struct transform *t, const char *a, const char *b)
{
	struct slice fields[] = {{a, strlen(a)}, {b, strlen(b)}};
	struct buffer scratch = {0};
	double x = NAN;

	cr_assert_eq(transform_effect(t, fields, &scratch, &x, &error), SO1_OK);
	buffer_free(&scratch);
	return x;
}

/* Quantile type 1 in R: quantile(c(1,1,2,3,4,5,6,7), (1:3)/4, type = 1) is 1 3 5. */
Test(axis, cuts_are_quantiles_and_ranges_close_above)
{
	double values[] = {7, 1, 2, 3, 4, 1, 5, 6}, same[] = {3, 3, 3};
	static const struct { double x; size_t level; } rows[] = {
		{-9, 0}, {1, 0}, {1.5, 1}, {3, 1}, {3.1, 2}, {5, 2}, {6, 3}, {99, 3},
	};
	struct axis a = {.column = SLICE("age")};
	struct buffer b = {0};

	axis_cut(&a, values, 8, 4);
	cr_assert_eq(a.cut_count, 3);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_eq(axis_of_number(&a, rows[i].x), rows[i].level, "%g", rows[i].x);
	cr_expect_eq(axis_of_missing(&a), 4);
	for (size_t i = 0; i < axis_size(&a); i++) {
		axis_put_level(&a, i, &b);
		buffer_put_byte(&b, ' ');
	}
	cr_expect_str_eq(buffer_text(&b), "..1 1..3 3..5 5.. (missing) ");
	axis_free(&a);
	/* One value makes one range. */
	axis_cut(&a, same, 3, 4);
	cr_expect_eq(a.cut_count, 0);
	axis_free(&a);
	buffer_free(&b);
}

/* Bins of age and a pair with channel, written and read: the same effects; a cell of too
 * few rows says nothing. */
Test(transform, bins_and_pairs_survive_a_file)
{
	struct transform_set set = {0}, again = {0};
	struct axis bins = {.column = SLICE("age")}, first, channel = {.column = SLICE("c;h")};
	double values[] = {1, 2, 3, 4, 5, 6};
	uint64_t counts[16] = {1, 1, 1, 1, 9, 9, 9, 9, 9, 3, 9, 9, 9, 9, 9, 9};
	struct model_file m = {0};
	char path[] = "/tmp/so1-test-model-XXXXXX";
	/* 3 ranges; 4 levels (2, missing) of age × (a=b, b, other, missing) less one cell. */
	double beta[1 + 3 + 15];
	const bool separated[19] = {0};

	axis_cut(&bins, values, 6, 3);
	axis_copy(&first, &bins);
	dictionary_add(&channel.levels, SLICE("a=b"), NULL);
	dictionary_add(&channel.levels, SLICE("b"), NULL);
	transform_add_axes(&set, &bins, NULL, counts, 1);
	transform_add_axes(&set, &first, &channel, counts, 1);
	transform_truncate(&set, 1);
	axis_copy(&first, &set.items[0].axes[0]);
	channel = (struct axis){.column = SLICE("c;h")};
	dictionary_add(&channel.levels, SLICE("a=b"), NULL);
	dictionary_add(&channel.levels, SLICE("b"), NULL);
	for (size_t i = 0; i < 16; i++)
		counts[i] = i == 9 ? 3 : 9;
	transform_add_axes(&set, &first, &channel, counts, 5);
	transform_number_columns(&set);
	cr_assert_eq(set.dense, 0);
	cr_assert_eq(transform_codes(&set.items[0]), 3);
	cr_assert_eq(transform_codes(&set.items[1]), 15);
	for (int j = 0; j < 19; j++)
		beta[j] = j;
	transform_set_effects(&set, beta, NULL, separated);
	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	model_file_add(&m, "model", SLICE("kind"), SLICE("logistic"));
	model_file_add_number(&m, "model", "version", 1);
	transform_write(&set, &m);
	cr_assert_eq(model_file_write(&m, path, &error), SO1_OK, "%s", error.reason);
	model_file_free(&m);
	cr_assert_eq(model_file_read(&m, path, &error), SO1_OK, "%s", error.reason);
	cr_assert_eq(transform_read(&again, &m, &error), SO1_OK, "%s", error.reason);
	for (int k = 0; k < 2; k++) {
		const struct transform_set *s = k ? &again : &set;
		/* 1 2 | 3 4 | 5 6: 5 is in the third range; with b the cell 2 · 4 + 1 = 9 has
		 * no term; with a=b cell 8, the ninth of the pair; missing is the last. */
		cr_expect_eq(effect_of(&s->items[0], "5"), 3);
		cr_expect_eq(effect_of(&s->items[0], ""), 0);
		cr_expect_eq(pair_effect(&s->items[1], "5", "b"), 0);
		cr_expect_eq(pair_effect(&s->items[1], "5", "a=b"), 4 + 8);
		cr_expect_eq(pair_effect(&s->items[1], "", ""), 4 + 14);
		cr_expect_eq(pair_effect(&s->items[1], "-7", "new"), 4 + 2);
	}
	cr_expect(slice_is(transform_column(&again.items[1], 1), "c;h"));
	remove(path);
	model_file_free(&m);
	transform_free(&set);
	transform_free(&again);
}

/* age: linear with gaps; spend: log; channel: b and c listed, a the reference, others,
 * gaps. */
static void build(struct transform_set *set)
{
	struct transform *t = transform_add(set, TRANSFORM_LINEAR, SLICE("age"));

	t->mean = 40;
	t->sd = 10;
	t->missing = true;
	t = transform_add(set, TRANSFORM_LOG, SLICE("spend"));
	t->mean = 2;
	t->sd = .5;
	t = transform_add(set, TRANSFORM_LEVELS, SLICE("channel"));
	t->reference = arena_copy(&set->text, SLICE("a"));
	dictionary_add(&t->levels, SLICE("b"), NULL);
	dictionary_add(&t->levels, SLICE("7"), NULL);
	t->other = t->missing = true;
	transform_number_columns(set);
}

static void check_effects(const struct transform_set *set)
{
	const struct transform *age = &set->items[0], *spend = &set->items[1];
	const struct transform *channel = &set->items[2];

	/* Slope 2/10; a gap is the mean and its indicator. */
	cr_expect_float_eq(effect_of(age, "30"), 6, 1e-9);
	cr_expect_float_eq(effect_of(age, ""), 8 + 30, 1e-9);
	cr_expect_float_eq(effect_of(spend, "-1"), -2 * log(2), 1e-9);
	cr_expect_float_eq(effect_of(spend, ""), 2 * 2, 1e-9);
	cr_expect_eq(effect_of(channel, "a"), 0);
	cr_expect_float_eq(effect_of(channel, "b"), 40, 1e-9);
	cr_expect_float_eq(effect_of(channel, "7.0"), 50, 1e-9);
	cr_expect_float_eq(effect_of(channel, "zzz"), 60, 1e-9);
	cr_expect_float_eq(effect_of(channel, ""), 70, 1e-9);
	/* Intercept 1 - .2 · 40 - 2 · 2. */
	cr_expect_float_eq(set->intercept, 1 - 8 - 4, 1e-9);
}

Test(transform, effects_in_units_of_the_stream_survive_a_file)
{
	struct transform_set set = {0}, again = {0};
	struct model_file m = {0};
	/* Columns: intercept, age, spend, then age missing, b, 7, other, missing. */
	const double beta[] = {1, 2, 1, 30, 40, 50, 60, 70};
	const bool separated[8] = {0};
	double covariance[64] = {0};
	char path[] = "/tmp/so1-test-model-XXXXXX";

	build(&set);
	cr_assert_eq(set.dense, 2);
	cr_assert_eq(set.codes, 2);
	for (int j = 0; j < 8; j++)
		covariance[j * 8 + j] = .01 * (j + 1);
	covariance[1] = covariance[8] = .001;
	transform_set_effects(&set, beta, covariance, separated);
	check_effects(&set);
	cr_expect_float_eq(set.items[0].slope_error, sqrt(.02) / 10, 1e-12);
	/* Var(b0 - 4 b1 - 4 b2) = .01 + 16 (.02 + .03) - 8 (.001). */
	cr_expect_float_eq(set.intercept_error, sqrt(.01 + .8 - .008), 1e-12);

	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	model_file_add(&m, "model", SLICE("kind"), SLICE("logistic"));
	model_file_add_number(&m, "model", "version", 1);
	transform_write(&set, &m);
	cr_assert_eq(model_file_write(&m, path, &error), SO1_OK, "%s", error.reason);
	model_file_free(&m);
	cr_assert_eq(model_file_read(&m, path, &error), SO1_OK, "%s", error.reason);
	cr_assert_eq(transform_read(&again, &m, &error), SO1_OK, "%s", error.reason);
	check_effects(&again);
	remove(path);
	model_file_free(&m);
	transform_free(&set);
	transform_free(&again);
}

Test(transform, text_in_a_number_is_an_error_with_its_column)
{
	struct transform_set set = {0};
	struct buffer scratch = {0};
	double x;

	build(&set);
	cr_expect_eq(transform_effect(&set.items[0], &SLICE("old"), &scratch, &x, &error),
		     SO1_FAILED);
	cr_expect_str_eq(error.column, "age");
	cr_expect_str_eq(error.value, "old");
	buffer_free(&scratch);
	transform_free(&set);
}

Test(transform, beyond_all_reason_is_bounded)
{
	struct transform t = {.kind = TRANSFORM_LINEAR, .slope = 1e300};

	cr_expect_eq(transform_effect_number(&t, 1e300), 1e15);
	cr_expect_eq(transform_effect_number(&t, -1e300), -1e15);
	cr_expect_float_eq(transform_value(TRANSFORM_LOG, -(exp(1) - 1)), -1, 1e-15);
}

Test(cells, numbers_texts_and_gaps_are_told_apart)
{
	uint32_t id = 99;

	cr_expect(cell_is_missing(cell_of_missing()));
	cr_expect_not(cell_is_text(cell_of_missing(), &id));
	for (uint32_t k = 0; k < 3; k++) {
		cr_expect(cell_is_text(cell_of_text(k), &id));
		cr_expect_eq(id, k);
		cr_expect_not(cell_is_missing(cell_of_text(k)));
	}
	cr_expect(cell_is_text(cell_of_text(UINT32_MAX - 1), &id) && id == UINT32_MAX - 1);
	cr_expect_not(cell_is_text(0, &id) || cell_is_missing(0) || cell_is_text(-1e308, &id));
}

Test(targets, words)
{
	static const struct { const char *text; bool valid, y; } words[] = {
		{"", false, false}, {"2", false, false}, {"yess", false, false},
		{"nan", false, false}, {" 1", false, false},
		{"0", true, false}, {"no", true, false}, {"False", true, false}, {"0.0", true, false},
		{"1", true, true}, {"YES", true, true}, {"true", true, true}, {"1e0", true, true},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		bool y = false;
		cr_expect_eq(target_parse(slice_of(words[i].text), &y), words[i].valid, "%s",
			     words[i].text);
		if (words[i].valid)
			cr_expect_eq(y, words[i].y, "%s", words[i].text);
	}
}

Test(columns, roles)
{
	static const struct { const char *name; enum column_role role; } rows[] = {
		{"customer_id", COLUMN_IDENTIFIER}, {"email", COLUMN_IDENTIFIER},
		{"shop_id", COLUMN_IDENTIFIER}, {"last_name", COLUMN_IDENTIFIER},
		{"gender", COLUMN_GOLDEN}, {"country", COLUMN_GOLDEN},
		{"optin_email", COLUMN_GOLDEN}, {"attrs", COLUMN_GOLDEN},
		{"as_of", COLUMN_DATE}, {"birth_date", COLUMN_DATE},
		{"tags", COLUMN_MAP}, {"orders_by_category", COLUMN_MAP},
		{"label_spend", COLUMN_LABEL}, {"label_by_category", COLUMN_LABEL},
		{"label", COLUMN_TARGET}, {"spend", COLUMN_FEATURE}, {"top_channel", COLUMN_FEATURE},
		{"skip", COLUMN_IGNORED}, {"language", COLUMN_FEATURE},
	};
	enum { N = sizeof rows / sizeof *rows };
	const struct column_options o = {.target = "label", .ignore = "skip",
					 .include = "language"};
	enum column_role roles[N];
	struct header h = {0};

	for (size_t i = 0; i < N; i++)
		header_add(&h, slice_of(rows[i].name));
	cr_assert_eq(columns_choose(&h, &o, roles, &error), SO1_OK);
	for (size_t i = 0; i < N; i++)
		cr_expect_eq(roles[i], rows[i].role, "%s", rows[i].name);
	/* In a table without customers a country is data like any other. */
	h.names[0] = SLICE("row");
	cr_assert_eq(columns_choose(&h, &o, roles, &error), SO1_OK);
	for (size_t i = 0; i < N; i++)
		if (strcmp(rows[i].name, "country") == 0)
			cr_expect_eq(roles[i], COLUMN_FEATURE);
	header_free(&h);
}

/* By hand. a: mean 16/4, squares 9 + 4 + 1 + 36, cubes -27 - 8 - 1 + 216, so the skewness is
 * 45 / 12.5^1.5. b: two numbers. c: none but texts and gaps. d: cubes beyond doubles. e: constant,
 * and the one behind the last pair of columns. */
Test(moments, of_columns_with_gaps)
{
	const double gap = cell_of_missing(), text = cell_of_text(7);
	const double rows[4][5] = {
		{1, gap, gap, 1e150, 3},
		{2, 5, text, -1e150, 3},
		{3, gap, gap, 3e150, 3},
		{10, -5, text, 1e150, 3},
	};
	struct moments m;

	moments_init(&m, 5);
	for (int i = 0; i < 4; i++)
		moments_count(&m, rows[i]);
	moments_center(&m);
	for (int i = 0; i < 4; i++)
		moments_spread(&m, rows[i]);
	const double means[] = {4, 0, 0, 1e150, 3}, squares[] = {50, 50, 0, 8e300, 0};
	const int64_t counts[] = {4, 2, 0, 4, 4};
	for (int k = 0; k < 5; k++) {
		cr_assert_eq(m.count[k], counts[k], "column %d: %lld", k, (long long)m.count[k]);
		cr_assert_float_eq(m.mean[k], means[k], 1e-12 * fabs(means[k]), "column %d", k);
		cr_assert_float_eq(m.m2[k], squares[k], 1e-12 * squares[k], "column %d", k);
	}
	cr_assert(m.min[0] == 1 && m.max[0] == 10 && m.min[1] == -5 && m.max[1] == 5);
	cr_assert(m.min[2] > m.max[2]);
	cr_assert(m.min[4] == 3 && m.max[4] == 3);
	cr_assert_eq(m.m3[0], 180);
	cr_assert_float_eq(moments_skewness(&m, 0), 45 / pow(12.5, 1.5), 1e-14);
	cr_assert_eq(moments_skewness(&m, 1), 0);
	cr_assert_eq(moments_skewness(&m, 2), 0);
	cr_assert_not(isfinite(moments_skewness(&m, 3)));
	cr_assert_eq(moments_skewness(&m, 4), 0);
	moments_free(&m);
}
