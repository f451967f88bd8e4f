/* Regression of amounts and its measures. That coefficients agree with R is a case of the
 * command line (linear-agrees-with-r); here are the edges, and what can be counted by hand. */
#include "predict/accuracy.h"
#include "predict/glm.h"
#include "predict/numeric.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* y, one number and a category of two levels. */
static void make_design(struct design *d, const double rows[][3], size_t count)
{
	static const size_t levels[] = {2};
	struct so1_error e;

	numeric_init();
	design_init(d, 2, 1, levels, 1 << 20, NULL);
	for (size_t i = 0; i < count; i++) {
		struct design_row row;
		cr_assert_eq(design_add(d, false, (uint8_t)(i % 2), &row, &e), SO1_OK);
		row.x[0] = rows[i][0];
		row.x[1] = rows[i][1];
		if (rows[i][2] >= 0)
			row.codes[0] = (uint16_t)rows[i][2];
	}
	cr_assert_eq(design_finish(d, &e), SO1_OK);
}

static enum so1_status fit_rows(const double rows[][3], size_t count, struct glm_options o,
				struct glm_fit *fit, struct so1_error *e)
{
	struct design d;

	make_design(&d, rows, count);
	enum so1_status s = glm_fit(&d, &o, fit, e);
	design_free(&d);
	return s;
}

Test(glm, failures)
{
	static const double zeros[][3] = {{0, 1, 0}, {0, 2, 1}}, huge[][3] = {{1e200, 1, 0}, {0, 2, 1}};
	struct glm_options o = {GLM_LOG, 0, DESIGN_NO_FOLD, NULL, NULL};
	struct glm_fit fit;
	struct so1_error e = {0};

	cr_assert_eq(fit_rows(zeros, 0, o, &fit, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "no rows to fit");
	glm_free(&fit);
	cr_assert_eq(fit_rows(zeros, 2, o, &fit, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "the target is 0 in all 2 rows: nothing to tell apart");
	glm_free(&fit);
	o.link = GLM_IDENTITY;
	cr_assert_eq(fit_rows(huge, 2, o, &fit, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "the target's values are too large");
	glm_free(&fit);
}

Test(glm, a_line_is_found_exactly_and_what_depends_on_it_given_up)
{
	/* y = 1 + 2 x; the second level of two is what is left of the intercept. */
	static const double rows[][3] = {{3, 1, 0}, {5, 2, 1}, {7, 3, 0}, {9, 4, 1}, {13, 6, 1}};
	struct glm_options o = {GLM_IDENTITY, 0, DESIGN_NO_FOLD, NULL, NULL};
	struct glm_fit fit;
	struct so1_error e;

	cr_assert_eq(fit_rows(rows, 5, o, &fit, &e), SO1_OK);
	cr_assert(fit.converged);
	cr_assert_eq(fit.rows, 5);
	cr_assert_float_eq(fit.mean, 7.4, 1e-12);
	cr_assert_float_eq(fit.beta[0], 1, 1e-9);
	cr_assert_float_eq(fit.beta[1], 2, 1e-9);
	cr_assert_float_eq(fit.beta[2], 0, 1e-9);
	cr_assert(fit.aliased[3]);
	cr_assert_eq(fit.beta[3], 0);
	cr_assert_float_eq(fit.dispersion, 0, 1e-15);
	glm_free(&fit);
}

Test(glm, log_of_one_level_is_the_log_of_its_mean)
{
	/* Means 2 and 6; the rows of fold 1 are left out in the second fit. */
	static const double rows[][3] = {{1, 0, 0}, {3, 0, 0}, {4, 0, -1}, {8, 0, -1}};
	struct glm_options o = {GLM_LOG, 0, DESIGN_NO_FOLD, NULL, NULL};
	struct glm_fit fit;
	struct so1_error e;

	cr_assert_eq(fit_rows(rows, 4, o, &fit, &e), SO1_OK);
	cr_assert_float_eq(fit.beta[0], log(6), 1e-9);
	cr_assert_float_eq(fit.beta[2], log(2) - log(6), 1e-9);
	cr_assert(fit.aliased[1]);
	/* (1 + 1) / 2 + (4 + 4) / 6 over 4 - 2 */
	cr_assert_float_eq(fit.dispersion, (1 + 8. / 6) / 2, 1e-9);
	glm_free(&fit);
	o.skip_fold = 1;
	cr_assert_eq(fit_rows(rows, 4, o, &fit, &e), SO1_OK);
	cr_assert_float_eq(fit.beta[0], log(4), 1e-9);
	glm_free(&fit);
}

Test(glm, means_are_finite)
{
	cr_assert(isfinite(glm_mean(GLM_LOG, 1e300)));
	cr_assert_eq(glm_mean(GLM_LOG, 0), 1);
	cr_assert_eq(glm_mean(GLM_IDENTITY, -3), -3);
}

static double value_of(const struct figures *f, const char *metric, size_t bin)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].bin == bin && strcmp(f->items[i].metric, metric) == 0)
			return f->items[i].x.known ? f->items[i].x.value : NAN;
	cr_assert_fail("no %s", metric);
	return NAN;
}

Test(accuracy, by_hand)
{
	/* p - y: 1 -1 2 0; y: 1 3 4 8, mean 4, squares about it 9 1 0 16. */
	struct observation rows[] = {{2, 1, 1, 0}, {2, 3, 2, 0}, {6, 4, 3, 0}, {8, 8, 4, 0}};
	struct figures f = {0}, plain = {0};

	accuracy_figures(rows, 4, &f);
	accuracy_values(rows, 4, &plain);
	cr_assert_eq(f.count, plain.count);
	cr_assert_eq(value_of(&f, "rows", 0), 4);
	cr_assert_float_eq(value_of(&f, "mean", 0), 4, 1e-15);
	cr_assert_float_eq(value_of(&f, "rmse", 0), sqrt(1.5), 1e-15);
	cr_assert_float_eq(value_of(&f, "mae", 0), 1, 1e-15);
	cr_assert_float_eq(value_of(&f, "r2", 0), 1 - 6. / 26, 1e-15);
	cr_assert_float_eq(value_of(&f, "calibration_ratio", 0), 18. / 16, 1e-15);
	/* A tenth is two fifths of a row; the ties of the lower half share out as 2. */
	cr_assert_float_eq(value_of(&f, "observed", 1), 8, 1e-15);
	cr_assert_float_eq(value_of(&f, "observed", 3), 6, 1e-12);
	cr_assert_float_eq(value_of(&f, "observed", 10), 2, 1e-12);
	cr_assert_float_eq(value_of(&f, "predicted", 10), 2, 1e-12);
	cr_assert(figures_find(&f, "rmse")->has_interval);
	cr_assert_not(figures_find(&plain, "rmse")->has_interval);
	figures_free(&f);
	figures_free(&plain);
}

Test(accuracy, all_alike)
{
	struct observation rows[] = {{0, 0, 1, 0}, {0, 0, 2, 0}};
	struct figures f = {0};

	accuracy_figures(rows, 2, &f);
	cr_assert(isnan(value_of(&f, "r2", 0)));
	cr_assert(isnan(value_of(&f, "calibration_ratio", 0)));
	cr_assert_eq(value_of(&f, "rmse", 0), 0);
	figures_free(&f);
}
