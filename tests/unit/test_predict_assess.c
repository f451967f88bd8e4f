/* Figures by segment, intervals by bootstrap, the calibrated intercept. */
#include "predict/assess.h"

#include "base/chance.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static struct so1_error error;

static void add(struct assessment *a, double p, bool y, uint64_t customer)
{
	GROW(a->rows, a->cap, a->count + 1);
	a->rows[a->count++] = (struct assessed){p, customer, y};
}

static void put(struct assessment *a, const char *segment, size_t row)
{
	uint32_t id = dictionary_add(&a->segments, slice_of(segment), NULL);

	GROW(a->members, a->member_cap, a->member_count + 1);
	a->members[a->member_count++] = (struct assessed_segment){id, row};
}

/* Scores of y = 1 and of 0 that overlap: `copies` rows alike for each of n customers. */
static void fill(struct assessment *a, size_t n, size_t copies)
{
	for (size_t i = 0; i < n; i++) {
		double u = (double)(chance_mix(2 * i) >> 11) * 0x1p-53;
		double v = (double)(chance_mix(2 * i + 1) >> 11) * 0x1p-53;
		double p = .1 + .8 * u;
		for (size_t k = 0; k < copies; k++)
			add(a, p, v < p, chance_mix(i));
	}
}

Test(assess, one_class_cannot_be_calibrated_on)
{
	struct assessment a = {0};
	double shift;

	add(&a, .2, false, 1);
	add(&a, .3, false, 2);
	cr_expect_eq(assess_shift(&a, &shift, &error), SO1_FAILED);
	cr_expect(strstr(error.reason, "the target is 0 in all 2 rows"), "%s", error.reason);
	assess_free(&a);
}

/* p = 1/2 in four rows with one yes: to 1/4, so by log(1/3). */
Test(assess, shift_by_hand)
{
	struct assessment a = {0};
	double shift;

	for (int i = 0; i < 4; i++)
		add(&a, .5, i == 0, (uint64_t)i);
	cr_assert_eq(assess_shift(&a, &shift, &error), SO1_OK);
	cr_expect_float_eq(shift, log(1. / 3), 1e-12);
	assess_free(&a);
	/* Odds of 1 and 1/3 that are tripled are 3 and 1: p = 3/4 and 1/2. Two rows of each make
	 * 2.5, eight times as many 20. */
	for (int i = 0; i < 32; i++)
		add(&a, i % 2 ? .5 : .25, i < 20, (uint64_t)i);
	cr_assert_eq(assess_shift(&a, &shift, &error), SO1_OK);
	cr_expect_float_eq(shift, log(3), 1e-12);
	assess_free(&a);
	/* A certain score does not make it infinite. */
	add(&a, 1, true, 1);
	add(&a, 0, false, 2);
	add(&a, .5, true, 3);
	add(&a, .5, false, 4);
	cr_assert_eq(assess_shift(&a, &shift, &error), SO1_OK);
	cr_expect_float_eq(shift, 0, 1e-12);
	assess_free(&a);
}

/* Rows .9 yes, .4 no, .6 yes, .7 no: of the two yes, .9 is above both no, .6 above one: AUC 3/4;
 * Brier (.01 + .16 + .16 + .49) / 4. The first three, segment b: AUC 1, Brier .33 / 3. */
Test(assess, segments_by_hand)
{
	struct assessment a = {0};
	struct metrics m;

	add(&a, .9, true, 1);
	add(&a, .4, false, 2);
	add(&a, .6, true, 3);
	add(&a, .7, false, 4);
	for (size_t i = 0; i < 3; i++)
		put(&a, "b", i);
	put(&a, "a", 3);
	put(&a, "c", 0);
	cr_assert_eq(assess_metrics(&a, NULL, &m, &error), SO1_OK);
	cr_expect_float_eq(m.auc.value, .75, 1e-12);
	cr_expect_float_eq(m.brier.value, .82 / 4, 1e-12);
	uint32_t *order = assess_order(&a);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(dictionary_item(&a.segments, order[i]).ptr[0], "abc"[i]);
	cr_assert_eq(assess_segment(&a, order[1], NULL, &m, &error), SO1_OK);
	cr_expect_eq(m.rows, 3);
	cr_expect_float_eq(m.auc.value, 1, 1e-12);
	cr_expect_float_eq(m.brier.value, .33 / 3, 1e-12);
	cr_assert_eq(assess_segment(&a, order[0], NULL, &m, &error), SO1_OK);
	cr_expect(!m.auc.known, "one class has no AUC");
	free(order);
	assess_free(&a);
}

/* Loss and squared error are the same in every row, so they are in every sample. */
Test(assess, what_does_not_vary_has_no_width)
{
	struct assessment a = {0};
	struct metrics m;

	for (size_t i = 0; i < 50; i++)
		add(&a, .5, i % 2, chance_mix(i));
	cr_assert_eq(assess_metrics(&a, NULL, &m, &error), SO1_OK);
	assess_bootstrap(&a, 100, &m);
	cr_expect(m.brier.has_interval);
	cr_expect_float_eq(m.brier.low, .25, 1e-12);
	cr_expect_float_eq(m.brier.high, .25, 1e-12);
	cr_expect_float_eq(m.log_loss.low, log(2), 1e-12);
	cr_expect_float_eq(m.log_loss.high, log(2), 1e-12);
	/* All ties. */
	cr_expect_float_eq(m.auc.low, .5, 1e-12);
	cr_expect_float_eq(m.auc.high, .5, 1e-12);
	cr_expect(m.calibration_ratio.low < 1 && m.calibration_ratio.high > 1);
	assess_free(&a);
}

static double width(const struct estimate *x)
{
	cr_assert(x->has_interval);
	return x->high - x->low;
}

/* Rows of customers of their own: DeLong's interval of the AUC and the normal one of a mean's
 * loss, 2 · 1.96 sd / sqrt(n), with what 2,000 samples are off by. */
Test(assess, widths_are_those_of_theory)
{
	struct assessment a = {0};
	struct metrics m;
	double sum = 0, squares = 0;

	fill(&a, 2000, 1);
	for (size_t i = 0; i < a.count; i++) {
		double loss = a.rows[i].y ? -log(a.rows[i].p) : -log1p(-a.rows[i].p);
		sum += loss / 2000;
		squares += loss * loss / 2000;
	}
	cr_assert_eq(assess_metrics(&a, NULL, &m, &error), SO1_OK);
	double delong = width(&m.auc), auc = m.auc.value;
	assess_bootstrap(&a, 2000, &m);
	cr_expect_float_eq(width(&m.auc) / delong, 1, .08, "%g", width(&m.auc) / delong);
	cr_expect_float_eq((m.auc.low + m.auc.high) / 2, auc, delong * .05);
	cr_expect_eq(m.auc.value, auc);
	double normal = 2 * 1.96 * sqrt((squares - sum * sum) / 2000);
	cr_expect_float_eq(width(&m.log_loss) / normal, 1, .08, "%g", width(&m.log_loss) / normal);
	assess_free(&a);
}

/* Four rows alike of each customer tell no more than one: the interval stays, where rows taken
 * as independent would halve it. */
Test(assess, customers_stand_or_fall_together)
{
	struct assessment one = {0}, four = {0};
	struct metrics m, n;

	fill(&one, 1000, 1);
	fill(&four, 1000, 4);
	cr_assert_eq(assess_metrics(&one, NULL, &m, &error), SO1_OK);
	cr_assert_eq(assess_metrics(&four, NULL, &n, &error), SO1_OK);
	cr_expect_float_eq(width(&n.auc) / width(&m.auc), .5, .01);
	assess_bootstrap(&one, 500, &m);
	assess_bootstrap(&four, 500, &n);
	cr_expect_float_eq(n.auc.low, m.auc.low, 1e-12);
	cr_expect_float_eq(n.log_loss.high, m.log_loss.high, 1e-12);
	assess_free(&one);
	assess_free(&four);
}

/* The figures are of the rows, not of the order they came in. */
Test(assess, the_order_of_rows_does_not_matter)
{
	struct assessment a = {0}, back = {0};
	struct metrics m, n;

	fill(&a, 300, 2);
	for (size_t i = a.count; i-- > 0;)
		add(&back, a.rows[i].p, a.rows[i].y, a.rows[i].customer);
	cr_assert_eq(assess_metrics(&a, NULL, &m, &error), SO1_OK);
	cr_assert_eq(assess_metrics(&back, NULL, &n, &error), SO1_OK);
	assess_bootstrap(&a, 50, &m);
	assess_bootstrap(&back, 50, &n);
	cr_expect_eq(m.auc.low, n.auc.low);
	cr_expect_eq(m.calibration_ratio.high, n.calibration_ratio.high);
	assess_free(&a);
	assess_free(&back);
}
