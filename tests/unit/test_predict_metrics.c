/* Metrics by hand, and against R (tests/unit/predict-glm). */
#include "predict/metrics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct so1_error error;

static enum so1_status compute(const uint64_t *scores, size_t n, struct metrics *m,
			       struct so1_error *e)
{
	struct scores all;

	scores_init(&all, NULL);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(scores_add(&all, scores[i], e), SO1_OK);
	enum so1_status s = metrics_compute(&all, m, e);
	scores_free(&all);
	return s;
}

Test(metrics, packing_orders_and_comes_back)
{
	static const double p[] = {0, 1e-300, .25, .5, 1};

	for (size_t i = 0; i < 5; i++) {
		cr_expect_eq(score_probability(score_pack(p[i], true)), p[i]);
		cr_expect(score_outcome(score_pack(p[i], true)));
		cr_expect_not(score_outcome(score_pack(p[i], false)));
		if (i > 0)
			cr_expect_gt(score_pack(p[i], false), score_pack(p[i - 1], true));
	}
	cr_expect_eq(score_pack(-0.0, false), 0);
}

Test(metrics, small_set_by_hand)
{
	/* Scores .8+ .6+ .6- .4- .2+ (sign: outcome). Of 3 × 2 pairs .8 beats two, .6 beats
	 * one and ties one, .2 none: AUC (2 + 1.5) / 6. */
	uint64_t s[] = {score_pack(.2, 1), score_pack(.6, 0), score_pack(.8, 1),
			score_pack(.6, 1), score_pack(.4, 0)};
	struct metrics m;

	cr_assert_eq(compute(s, 5, &m, &error), SO1_OK);
	cr_expect_float_eq(m.auc.value, 3.5 / 6, 1e-15);
	cr_expect_float_eq(m.log_loss.value,
			   -(log(.8) + log(.6) + log(.4) + log(.6) + log(.2)) / 5, 1e-15);
	/* .04 + .16 + .36 + .16 + .64 */
	cr_expect_float_eq(m.brier.value, 1.36 / 5, 1e-15);
	cr_expect_float_eq(m.calibration_ratio.value, 2.6 / 3, 1e-15);
	cr_expect_eq(m.bin_count, 5);
	cr_expect_float_eq(m.bins[0].observed.value, 1, 0);
	/* The tie is shared: half a positive in bins 2 and 3 each. */
	cr_expect_float_eq(m.bins[1].observed.value, .5, 1e-15);
	cr_expect_float_eq(m.bins[2].observed.value, .5, 1e-15);
	cr_expect_float_eq(m.bins[1].gain.value, 1.5 / 3, 1e-15);
	cr_expect_float_eq(m.bins[0].lift.value, 1 / .6, 1e-15);
	cr_expect_float_eq(m.bins[4].gain.value, 1, 1e-15);
}

Test(metrics, certain_and_wrong_is_bounded)
{
	uint64_t s[] = {score_pack(1, 0), score_pack(0, 1)};
	struct metrics m;

	cr_assert_eq(compute(s, 2, &m, &error), SO1_OK);
	cr_expect(isfinite(m.log_loss.value));
	/* -log(1e-15), the bound stated in metrics.h. */
	cr_expect_float_eq(m.log_loss.value, 34.538776394910684, 1e-2);
	cr_expect_eq(m.auc.value, 0);
}

Test(metrics, one_class_has_no_auc)
{
	uint64_t s[] = {score_pack(.3, 0), score_pack(.4, 0)};
	struct metrics m;

	cr_assert_eq(compute(s, 2, &m, &error), SO1_OK);
	cr_expect_not(m.auc.known);
	cr_expect_not(m.calibration_ratio.known);
	cr_expect_not(m.bins[0].lift.known);
	cr_expect(isfinite(m.bins[0].observed.high));
}

Test(metrics, nothing_is_an_error)
{
	struct metrics m;

	cr_expect_eq(compute(NULL, 0, &m, &error), SO1_FAILED);
}

/* Agresti & Coull (1998) give Wilson's interval for 0 of 10 as (0, .278); 5 of 10 by R:
 * prop.test(5, 10, correct = FALSE): .2365931 .7634069. */
Test(metrics, wilson)
{
	double low, high;

	metrics_wilson(0, 10, &low, &high);
	cr_expect_eq(low, 0);
	cr_expect_float_eq(high, .2775328, 1e-6);
	metrics_wilson(5, 10, &low, &high);
	cr_expect_float_eq(low, .2365931, 1e-7);
	cr_expect_float_eq(high, .7634069, 1e-7);
}

/* AUC of a column with many ties and DeLong's standard error, as glm.R works them out. */
Test(metrics, auc_and_delong_as_r)
{
	char path[512], line[256];
	const char *top = getenv("srcdir");
	uint64_t s[200];
	double visits, auc = NAN, se = NAN;
	int y;
	struct metrics m;

	snprintf(path, sizeof path, "%s/tests/unit/predict-glm/data.csv", top ? top : ".");
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(line, sizeof line, f));
	for (int i = 0; i < 200; i++) {
		cr_assert_eq(fscanf(f, "%*[^,],%*[^,],%lf,%*[^,],%*[^,],%*[^,],7,%d", &visits, &y), 2);
		s[i] = score_pack(visits / 10, y);
	}
	fclose(f);
	snprintf(path, sizeof path, "%s/tests/unit/predict-glm/glm.csv", top ? top : ".");
	f = fopen(path, "r");
	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f))
		sscanf(line, "visits,auc,%lf,%lf", &auc, &se);
	fclose(f);
	cr_assert_eq(compute(s, 200, &m, &error), SO1_OK);
	cr_expect_float_eq(m.auc.value, auc, 1e-12);
	cr_expect_float_eq(m.auc.high - m.auc.low, 2 * 1.959963984540054 * se, 1e-12);
}

/* More than two runs of a million: each of 1000 probabilities comes once, from the highest
 * down, with all its rows, every seventh number a yes (2,500,000 / 1000 = 2500 rows each). */
Test(scores, ties_span_the_runs)
{
	struct scores s;
	struct tie t;
	bool more;
	double positives = 0;

	scores_init(&s, NULL);
	for (uint64_t i = 0; i < 2500000; i++)
		cr_assert_eq(scores_add(&s, score_pack((double)(i * 7919 % 1000) / 1000, i % 7 == 0),
					&error), SO1_OK);
	cr_assert_eq(scores_finish(&s, &error), SO1_OK);
	cr_expect_eq(s.runs, 2);
	for (int k = 999; k >= 0; k--) {
		cr_assert_eq(scores_next_tie(&s, &t, &more, &error), SO1_OK);
		cr_assert(more);
		cr_expect_eq(t.p, (double)k / 1000);
		cr_expect_eq(t.rows, 2500);
		positives += t.positives;
	}
	cr_assert_eq(scores_next_tie(&s, &t, &more, &error), SO1_OK);
	cr_expect_not(more);
	cr_expect_eq(positives, 357143); /* ceil(2500000 / 7) */
	scores_free(&s);
}
