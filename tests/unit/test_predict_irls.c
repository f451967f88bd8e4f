/* IRLS and the GSL wrapper. Expected numbers: tests/unit/predict-glm/glm.csv, written by
 * R 4.2.2 with the script beside it. */
#include "predict/irls.h"
#include "predict/metrics.h"
#include "predict/numeric.h"
#include "predict/sums.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct example {
	double age, spend, visits, copy;
	int channel; /* phone 0, shop 1, web 2 */
	int member;
	int y;
};

static struct example examples[200];

static FILE *open_data(const char *name)
{
	char path[512];
	const char *top = getenv("srcdir");

	snprintf(path, sizeof path, "%s/tests/unit/predict-glm/%s", top ? top : ".", name);
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	return f;
}

static void read_examples(void)
{
	FILE *f = open_data("data.csv");
	char line[256], channel[16], member[16];

	cr_assert_not_null(fgets(line, sizeof line, f));
	for (int i = 0; i < 200; i++) {
		struct example *x = &examples[i];
		cr_assert_eq(fscanf(f, "%lf,%lf,%lf,%15[^,],%15[^,],%lf,7,%d", &x->age, &x->spend,
				    &x->visits, channel, member, &x->copy, &x->y), 7);
		x->channel = channel[0] == 'p' ? 0 : channel[0] == 's' ? 1 : 2;
		x->member = member[0] == 'y';
	}
	fclose(f);
}

/* The value and standard error of a term in glm.csv. */
static void expected(const char *model, const char *term, double *value, double *error)
{
	FILE *f = open_data("glm.csv");
	char line[256], m[32], t[32];

	*value = NAN;
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%31[^,],%31[^,],%lf,%lf", m, t, value, error) >= 3 &&
		    strcmp(m, model) == 0 && strcmp(t, term) == 0)
			break;
	fclose(f);
	cr_assert(!isnan(*value), "no %s in glm.csv", term);
}

static struct so1_error error;

/* channel and member as codes, age, spend, visits (and copy) dense. */
static void build(struct design *d, size_t dense, bool codes, uint64_t core_limit, int copies)
{
	static const size_t levels[] = {2, 1};

	read_examples();
	design_init(d, dense, codes ? 2 : 0, levels, core_limit, NULL);
	for (int k = 0; k < copies; k++)
		for (int i = 0; i < 200; i++) {
			const struct example *x = &examples[i];
			double values[] = {x->age, x->spend, x->visits, x->copy};
			struct design_row row;
			cr_assert_eq(design_add(d, x->y, (uint8_t)(i % 5), &row, &error), SO1_OK);
			memcpy(row.x, values, dense * sizeof *values);
			if (codes && x->channel > 0)
				row.codes[0] = (uint16_t)(x->channel - 1);
			if (codes && x->member)
				row.codes[1] = 0;
		}
	cr_assert_eq(design_finish(d, &error), SO1_OK);
}

static void check_term(const struct irls_fit *fit, size_t j, const char *model, const char *term)
{
	double value, se;

	expected(model, term, &value, &se);
	cr_expect_float_eq(fit->beta[j], value, 1e-8, "%s %s: %.12g, R %.12g", model, term,
			   fit->beta[j], value);
	double got = sqrt(fit->covariance[j * fit->columns + j]);
	/* R takes the weights of the step before the last. */
	cr_expect_float_eq(got, se, 1e-7, "%s %s: se %.12g, R %.12g", model, term, got, se);
}

Test(irls, agrees_with_r_glm)
{
	static const char *const terms[] = {"(Intercept)", "age", "spend", "visits",
					    "channelshop", "channelweb", "memberyes"};
	struct design d;
	struct irls_fit fit;
	struct irls_options o = {.threads = 2, .skip_fold = DESIGN_NO_FOLD};
	double deviance, none;

	numeric_init();
	build(&d, 3, true, 1 << 20, 1);
	cr_assert_eq(irls_fit(&d, &o, &fit, &error), SO1_OK, "%s", error.reason);
	cr_expect(fit.converged);
	for (size_t j = 0; j < 7; j++)
		check_term(&fit, j, "full", terms[j]);
	expected("full", "deviance", &deviance, &none);
	cr_expect_float_eq(fit.loss * 2 * 200, deviance, 1e-9);
	irls_free(&fit);
	design_free(&d);
	build(&d, 3, false, 1 << 20, 1);
	cr_assert_eq(irls_fit(&d, &o, &fit, &error), SO1_OK);
	for (size_t j = 0; j < 4; j++)
		check_term(&fit, j, "numeric", terms[j]);
	irls_free(&fit);
	design_free(&d);
}

/* copy = 2 spend + 1: R gives its coefficient as NA and the others as without it. */
Test(irls, gives_up_a_collinear_column_as_r_does)
{
	struct design d;
	struct irls_fit fit;
	/* copy is column 4 but comes last in the formula. */
	static const size_t order[] = {1, 2, 3, 5, 6, 7, 4};
	struct irls_options o = {.threads = 1, .skip_fold = DESIGN_NO_FOLD, .order = order};

	numeric_init();
	build(&d, 4, true, 1 << 20, 1);
	cr_assert_eq(irls_fit(&d, &o, &fit, &error), SO1_OK);
	cr_expect(fit.aliased[4]);
	cr_expect_eq(fit.beta[4], 0);
	check_term(&fit, 2, "aliased", "spend");
	check_term(&fit, 5, "aliased", "channelshop");
	check_term(&fit, 7, "aliased", "memberyes");
	irls_free(&fit);
	design_free(&d);
}

/* At the optimum of the penalised objective its gradient is zero. */
Test(irls, penalty_leaves_no_gradient)
{
	struct design d;
	struct irls_fit fit;
	struct irls_options o = {.threads = 1, .skip_fold = 2, .lambda = .05};
	struct sums s;
	struct sums_options so = {.threads = 1, .skip_fold = 2};

	numeric_init();
	build(&d, 4, true, 1 << 20, 1);
	cr_assert_eq(irls_fit(&d, &o, &fit, &error), SO1_OK);
	cr_expect_eq(fit.rows, 160); /* 200 less the fold of 40 */
	sums_init(&s, d.columns);
	cr_assert_eq(sums_pass(&d, fit.beta, &so, &s, &error), SO1_OK);
	for (size_t j = 0; j < d.columns; j++)
		cr_expect_float_eq(s.gradient[j] / 160 + (j ? .05 * fit.beta[j] : 0), 0, 1e-9);
	sums_free(&s);
	irls_free(&fit);
	design_free(&d);
}

/* 20,000 rows in five blocks, in memory or in the file, one thread or three: same bits. */
Test(irls, same_bits_whatever_threads_and_memory)
{
	double first[8];
	const struct { uint64_t core; int threads; } ways[] = {{1 << 30, 1}, {1 << 30, 3}, {0, 1},
							       {300000, 2}};

	numeric_init();
	for (size_t k = 0; k < 4; k++) {
		struct design d;
		struct irls_fit fit;
		struct irls_options o = {.threads = ways[k].threads, .skip_fold = DESIGN_NO_FOLD,
					 .lambda = 1e-3};
		build(&d, 4, true, ways[k].core, 100);
		cr_assert_eq(d.columns, 8);
		cr_expect_eq(blocks_spilled(&d.blocks) > 0, ways[k].core < 1 << 20);
		cr_assert_eq(irls_fit(&d, &o, &fit, &error), SO1_OK);
		if (k == 0)
			memcpy(first, fit.beta, sizeof first);
		cr_expect_eq(memcmp(first, fit.beta, sizeof first), 0, "way %zu", k);
		irls_free(&fit);
		design_free(&d);
	}
}

/* y = [x > 3]: the slope wants to be infinite. */
static enum so1_status fit_steps(double lambda, struct irls_fit *fit)
{
	struct design d;
	struct irls_options o = {.threads = 1, .skip_fold = DESIGN_NO_FOLD, .lambda = lambda};

	design_init(&d, 1, 0, NULL, 1 << 20, NULL);
	for (int i = 1; i <= 6; i++) {
		struct design_row row;
		cr_assert_eq(design_add(&d, i > 3, 0, &row, &error), SO1_OK);
		row.x[0] = i;
	}
	cr_assert_eq(design_finish(&d, &error), SO1_OK);
	enum so1_status s = irls_fit(&d, &o, fit, &error);
	design_free(&d);
	return s;
}

Test(irls, separation_is_finite_and_said)
{
	struct irls_fit fit;

	numeric_init();
	cr_assert_eq(fit_steps(0, &fit), SO1_OK, "%s", error.reason);
	cr_expect(fit.separated[1]);
	cr_expect(isfinite(fit.beta[0]) && isfinite(fit.beta[1]) && fit.beta[1] > 5);
	cr_expect_lt(fit.loss, 1e-6);
	irls_free(&fit);
	cr_assert_eq(fit_steps(.1, &fit), SO1_OK);
	cr_expect(fit.converged && !fit.separated[1]);
	/* By symmetry p(3.5) = 1/2. */
	cr_expect_float_eq(fit.beta[0] + 3.5 * fit.beta[1], 0, 1e-9);
	irls_free(&fit);
}

Test(irls, one_class_and_no_rows_are_errors)
{
	struct design d;
	struct irls_fit fit;
	struct irls_options o = {.threads = 1, .skip_fold = DESIGN_NO_FOLD};
	struct design_row row;

	numeric_init();
	design_init(&d, 1, 0, NULL, 0, NULL);
	cr_assert_eq(design_finish(&d, &error), SO1_OK);
	cr_expect_eq(irls_fit(&d, &o, &fit, &error), SO1_FAILED);
	cr_expect_str_eq(error.reason, "no rows to fit");
	irls_free(&fit);
	design_free(&d);
	design_init(&d, 1, 0, NULL, 0, NULL);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(design_add(&d, true, 0, &row, &error), SO1_OK);
	cr_assert_eq(design_finish(&d, &error), SO1_OK);
	cr_expect_eq(irls_fit(&d, &o, &fit, &error), SO1_FAILED);
	cr_expect_str_eq(error.reason, "the target is 1 in all 3 rows: nothing to tell apart");
	irls_free(&fit);
	design_free(&d);
}

Test(numeric, gsl_failures_are_statuses)
{
	/* Eigenvalues 3 and -1. */
	double indefinite[] = {1, 2, 2, 1}, nan[] = {NAN, 0, 0, 1};
	/* Inverse by hand: det 8, [[3 -2] [-2 4]] / 8. */
	double good[] = {4, 2, 2, 3}, b[] = {8, 7};
	bool positive;

	numeric_init();
	cr_assert_eq(numeric_cholesky(indefinite, 2, &positive, &error), SO1_OK);
	cr_expect_not(positive);
	cr_assert_eq(numeric_cholesky(nan, 2, &positive, &error), SO1_OK);
	cr_expect_not(positive);
	cr_assert_eq(numeric_cholesky(good, 2, &positive, &error), SO1_OK);
	cr_expect(positive);
	cr_assert_eq(numeric_solve(good, 2, b, &error), SO1_OK);
	cr_expect_float_eq(b[0], 1.25, 1e-14);
	cr_expect_float_eq(b[1], 1.5, 1e-14);
	cr_assert_eq(numeric_inverse(good, 2, &error), SO1_OK);
	cr_expect_float_eq(good[1], -.25, 1e-14);
	cr_expect_eq(numeric_check(GSL_EDOM, "this", &error), SO1_FAILED);
	cr_expect_str_eq(error.reason, "this: input domain error");
	cr_expect_eq(numeric_mild(GSL_EUNDRFLW), GSL_SUCCESS);
	cr_expect_eq(numeric_mild(GSL_EOVRFLW), GSL_EOVRFLW);
}

Test(numeric, logistic_does_not_overflow)
{
	cr_expect_eq(numeric_logistic(1000), 1);
	cr_expect_eq(numeric_logistic(-1000), 0);
	cr_expect_float_eq(numeric_logistic(0), .5, 0);
	cr_expect_eq(numeric_log1pexp(1000), 1000);
	cr_expect_float_eq(numeric_log1pexp(0), log(2), 1e-15);
	cr_expect_eq(numeric_log1pexp(-1000), 0);
}
