/* The penalty, its path of lambdas, the cross-products and the sort of numbers. Expected numbers
 * of elastic nets: tests/unit/predict-glm/glmnet.csv, written by glmnet 4.1 with the script
 * beside it. */
#include "predict/cross.h"
#include "predict/numeric.h"
#include "predict/path.h"
#include "predict/sort.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 200, COLUMNS = 4, FOLDS = 5 };

static struct so1_error error;

static FILE *open_data(const char *name)
{
	char path[512];
	const char *top = getenv("srcdir");

	snprintf(path, sizeof path, "%s/tests/unit/predict-glm/%s", top ? top : ".", name);
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	return f;
}

/* As in glmnet.R: units, and folds by the row's number. */
static void build(struct design *d)
{
	FILE *f = open_data("data.csv");
	char line[256];

	numeric_init();
	design_init(d, COLUMNS - 1, 0, NULL, 1 << 24, NULL);
	cr_assert_not_null(fgets(line, sizeof line, f));
	for (int i = 0; i < ROWS; i++) {
		double age, spend, visits;
		int y;
		struct design_row row;
		cr_assert_eq(fscanf(f, "%lf,%lf,%lf,%*[^,],%*[^,],%*f,7,%d", &age, &spend, &visits,
				    &y), 4);
		cr_assert_eq(design_add(d, y, (uint8_t)(i % FOLDS), &row, &error), SO1_OK);
		row.x[0] = age / 10;
		row.x[1] = spend / 10;
		row.x[2] = visits;
	}
	cr_assert_eq(design_finish(d, &error), SO1_OK);
	fclose(f);
}

/* A line of glmnet.csv. */
static void expected(double alpha, double lambda, const char *fold, double *b)
{
	FILE *f = open_data("glmnet.csv");
	char line[256], which[16];
	double a, l;
	bool found = false;

	while (!found && fgets(line, sizeof line, f))
		found = sscanf(line, "%lf,%lf,%15[^,],%lf,%lf,%lf,%lf", &a, &l, which, &b[0], &b[1],
			       &b[2], &b[3]) == 7 &&
			a == alpha && (lambda == 0 || l == lambda) && strcmp(which, fold) == 0;
	if (lambda == 0)
		b[0] = l;
	fclose(f);
	cr_assert(found, "no %g,%g,%s in glmnet.csv", alpha, lambda, fold);
}

static const double alphas[] = {0, .5, 1}, lambdas[] = {.16, .08, .04, .02};

/* A step ends when a row's log-likelihood gains less than 1e-7: coefficients within .005 of a
 * standard error (of .07 to .3). */
Test(path, coefficients_are_those_of_glmnet)
{
	struct design d;

	build(&d);
	for (size_t a = 0; a < 3; a++)
		for (size_t l = 0; l < 4; l++) {
			struct path_options o = {.folds = FOLDS, .steps = 1, .highest = lambdas[l],
						 .ratio = .5, .alpha = alphas[a], .threads = 2};
			struct path_best best;
			double b[COLUMNS];
			cr_assert_eq(path_run(&d, &o, &best, &error), SO1_OK, "%s", error.reason);
			cr_expect_eq(best.lambda, lambdas[l]);
			cr_expect_eq(best.steps, 1);
			expected(alphas[a], lambdas[l], "all", b);
			for (size_t j = 0; j < COLUMNS; j++)
				cr_expect_float_eq(best.beta[j], b[j], 1e-3, "alpha %g lambda %g b%zu: %.6f,"
						   " glmnet %.6f", alphas[a], lambdas[l], j, best.beta[j],
						   b[j]);
			path_free(&best);
		}
	design_free(&d);
}

/* One Newton step from those of all rows against glmnet's complete fits. */
Test(path, folds_are_near_those_of_glmnet)
{
	struct design d;

	build(&d);
	for (size_t a = 0; a < 3; a++)
		for (size_t l = 0; l < 4; l++) {
			struct path_options o = {.folds = FOLDS, .steps = 1, .highest = lambdas[l],
						 .ratio = .5, .alpha = alphas[a], .threads = 1};
			struct path_best best;
			double b[COLUMNS];
			cr_assert_eq(path_run(&d, &o, &best, &error), SO1_OK, "%s", error.reason);
			for (size_t k = 0; k < FOLDS; k++) {
				char fold[2] = {(char)('0' + k), 0};
				expected(alphas[a], lambdas[l], fold, b);
				for (size_t j = 0; j < COLUMNS; j++)
					cr_expect_float_eq(best.held_out[k * COLUMNS + j], b[j], .02);
			}
			expected(alphas[a], lambdas[l], "loss", b);
			cr_expect_float_eq(best.loss, b[0], 2e-4, "alpha %g lambda %g: loss %.6f, "
					   "glmnet %.6f", alphas[a], lambdas[l], best.loss, b[0]);
			path_free(&best);
		}
	design_free(&d);
}

/* By glmnet.csv the least loss of the four is at .16 for alpha 0, at .02 for .5 and 1. */
Test(path, takes_the_lambda_of_the_least_loss)
{
	static const double best_lambda[] = {.16, .02, .02};
	struct design d;

	build(&d);
	for (size_t a = 0; a < 3; a++) {
		struct path_options o = {.folds = FOLDS, .steps = 4, .highest = .16, .ratio = .5,
					 .alpha = alphas[a], .threads = 1};
		struct path_best best;
		cr_assert_eq(path_run(&d, &o, &best, &error), SO1_OK);
		cr_expect_float_eq(best.lambda, best_lambda[a], 1e-15, "alpha %g: %g", alphas[a],
				   best.lambda);
		cr_expect_eq(best.steps, 4);
		path_free(&best);
	}
	design_free(&d);
}

/* alpha 0: it rises from the first lambda on, and four are enough. */
Test(path, ends_when_the_loss_rises)
{
	struct design d;
	struct path_options o = {.folds = FOLDS, .steps = 10, .highest = .16, .ratio = .5, .threads = 1};
	struct path_best best;

	build(&d);
	cr_assert_eq(path_run(&d, &o, &best, &error), SO1_OK);
	cr_expect_eq(best.steps, 5);
	cr_expect_eq(best.lambda, .16);
	path_free(&best);
	design_free(&d);
}

Test(path, highest_is_where_glmnet_begins)
{
	struct design d;

	build(&d);
	for (size_t a = 1; a < 3; a++) {
		struct path_options o = {.folds = FOLDS, .alpha = alphas[a], .threads = 1};
		double lambda, b[COLUMNS];
		expected(alphas[a], 0, "highest", b);
		cr_assert_eq(path_highest(&d, &o, &lambda, &error), SO1_OK);
		cr_expect_float_eq(lambda, b[0], 1e-12);
	}
	/* A factor of 2 on all halves it, one of 0 leaves a column out. */
	double factors[] = {0, 2, 2, 2}, lambda;
	struct path_options o = {.folds = FOLDS, .alpha = 1, .factors = factors, .threads = 1};
	cr_assert_eq(path_highest(&d, &o, &lambda, &error), SO1_OK);
	cr_expect_float_eq(lambda, .12725 / 2, 1e-12);
	design_free(&d);
}

Test(path, what_cannot_be_is_an_error)
{
	struct design d;
	struct path_options o = {.folds = 2, .steps = 3, .highest = 1, .ratio = .5, .threads = 1};
	struct path_best best;
	struct design_row row;

	/* All alike; then no fold's rows; then the second fold has all the yes. */
	for (int trial = 0; trial < 3; trial++) {
		design_init(&d, 1, 0, NULL, 1 << 20, NULL);
		for (int i = 0; i < 20; i++) {
			uint8_t fold = trial == 1 ? 7 : (uint8_t)(i % 2);
			bool y = trial == 0 || (trial == 1 ? i % 3 == 0 : i % 2);
			cr_assert_eq(design_add(&d, y, fold, &row, &error), SO1_OK);
			row.x[0] = i;
		}
		cr_assert_eq(design_finish(&d, &error), SO1_OK);
		cr_expect_eq(path_run(&d, &o, &best, &error), SO1_FAILED, "trial %d", trial);
		static const char *const reasons[] = {"nothing to tell apart", "no rows to validate on",
						      "without fold 1 the target is 1"};
		cr_expect(strstr(error.reason, reasons[trial]), "%s", error.reason);
		path_free(&best);
		design_free(&d);
	}
}

/* By hand, for b = (9, 1, -2, 3), lambda 2: the intercept is free. */
static const double beta[] = {9, 1, -2, 3};

Test(penalty, ridge_by_hand)
{
	struct penalty p = {.lambda = 2};

	cr_expect_eq(penalty_value(&p, beta, 4), 14); /* 2/2 (1 + 4 + 9) */
	cr_expect_eq(penalty_slope(&p, beta, 4, 0), 0);
	cr_expect_eq(penalty_slope(&p, beta, 4, 2), -4);
	cr_expect_eq(penalty_curvature(&p, 4, 0, 0), 0);
	cr_expect_eq(penalty_curvature(&p, 4, 3, 3), 2);
	cr_expect_eq(penalty_curvature(&p, 4, 2, 3), 0);
	cr_expect_eq(penalty_threshold(&p, 1), 0);
}

Test(penalty, elastic_net_with_factors_by_hand)
{
	static const double factors[] = {5, 1, .5, 0};
	struct penalty p = {.lambda = 2, .alpha = .25, .factors = factors};

	/* 2 [ .375 (1 + .5 4) + .25 (1 + .5 2) ] */
	cr_expect_float_eq(penalty_value(&p, beta, 4), 3.25, 1e-15);
	cr_expect_float_eq(penalty_slope(&p, beta, 4, 2), 2 * .5 * .75 * -2, 1e-15);
	cr_expect_eq(penalty_slope(&p, beta, 4, 3), 0);
	cr_expect_float_eq(penalty_threshold(&p, 2), 2 * .25 * .5, 1e-15);
	cr_expect_eq(penalty_threshold(&p, 0), 0);
}

Test(penalty, ties_by_hand)
{
	/* Those of the intercept and of the last column tie nothing. */
	static const double factors[] = {0, 0, 0, 0}, ties[] = {7, 3, 1, 7};
	struct penalty p = {.lambda = 2, .factors = factors, .ties = ties};

	cr_expect_eq(penalty_value(&p, beta, 4), 52); /* 3 (1 + 2)^2 + (-2 - 3)^2 */
	cr_expect_eq(penalty_slope(&p, beta, 4, 1), 18); /* 2 3 (1 + 2) */
	cr_expect_eq(penalty_slope(&p, beta, 4, 2), -28); /* 2 [ -3 (1 + 2) + (-2 - 3) ] */
	cr_expect_eq(penalty_curvature(&p, 4, 2, 2), 8);
	cr_expect_eq(penalty_curvature(&p, 4, 2, 1), -6);
	cr_expect_eq(penalty_curvature(&p, 4, 1, 2), -6);
	cr_expect_eq(penalty_curvature(&p, 4, 3, 1), 0);
}

/* Central differences of the value. */
Test(penalty, slope_and_curvature_are_derivatives)
{
	static const double factors[] = {0, 1, .5, 2}, ties[] = {0, 3, 1, 0};
	struct penalty p = {.lambda = .7, .factors = factors, .ties = ties};
	const double h = 1e-4;

	for (size_t j = 0; j < 4; j++) {
		double up[4], down[4];
		memcpy(up, beta, sizeof up);
		memcpy(down, beta, sizeof down);
		up[j] += h;
		down[j] -= h;
		cr_expect_float_eq(penalty_slope(&p, beta, 4, j),
				   (penalty_value(&p, up, 4) - penalty_value(&p, down, 4)) / (2 * h),
				   1e-8);
		for (size_t i = 0; i < 4; i++)
			cr_expect_float_eq(penalty_curvature(&p, 4, i, j),
					   (penalty_slope(&p, up, 4, i) - penalty_slope(&p, down, 4, i)) /
						   (2 * h), 1e-8);
	}
}

/* Without products of two coordinates the optimum is soft thresholding of the Newton step:
 * curvature 2, beta 1, g = 4: z = 2 1 - 4 = -2, within 3 it is 0, of 1 it is (-2 + 1) / 2. */
Test(penalty, descent_thresholds_softly)
{
	static const double h[] = {2, 0, 0, 0, 2, 0, 0, 0, 2}, g[] = {4, 4, 4}, at[] = {1, 1, 1},
			    l[] = {3, 1, 0};
	double d[3] = {0};

	penalty_descend(h, g, at, l, 3, d);
	cr_expect_float_eq(at[0] + d[0], 0, 1e-15);
	cr_expect_float_eq(at[1] + d[1], -.5, 1e-15);
	cr_expect_float_eq(at[2] + d[2], -1, 1e-15);
}

/* h = [[4 2] [2 3]], from 0: without thresholds d = -h^-1 g = -(1/8) [[3 -2] [-2 4]] g; with
 * l = (1, 1) and g = (-5, -3) both stay positive, so g becomes (-4, -2): d = (1, 0). */
Test(penalty, descent_solves_with_products)
{
	static const double h[] = {4, 2, 2, 3}, at[] = {0, 0}, none[] = {0, 0}, l[] = {1, 1};
	static const double g[] = {-4, -8}, g2[] = {-5, -3};
	double d[2] = {0, 0};

	penalty_descend(h, g, at, none, 2, d);
	cr_expect_float_eq(d[0], -.5, 1e-5);
	cr_expect_float_eq(d[1], 3, 1e-5);
	d[0] = 10, d[1] = -10; /* whatever it begins with */
	penalty_descend(h, g2, at, l, 2, d);
	cr_expect_float_eq(d[0], 1, 1e-5);
	cr_expect_float_eq(d[1], 0, 1e-5);
}

/* Whole numbers, whose sums are exact, by the definition; and what must not be touched. */
static void check_cross(size_t rows, size_t width, size_t begin, size_t end)
{
	struct cross c;
	size_t stride = width + 3;
	double *x = calloc(rows * width, sizeof *x), *h = calloc(width * stride, sizeof *h);
	double *plain = calloc(width * stride, sizeof *h);

	for (size_t i = 0; i < rows * width; i++)
		x[i] = (double)(i * 2654435761u % 2048) - 1024;
	for (size_t i = 0; i < width * stride; i++)
		h[i] = plain[i] = (double)i;
	cross_init(&c, rows, width);
	for (size_t r = 0; r < rows; r++)
		cross_put(&c, r, x + r * width, r % 3 ? 1 : -2);
	cross_add(&c, begin, end, h, stride);
	cross_add_plainly(&c, begin, end, plain, stride);
	cr_expect_arr_eq(h, plain, width * stride * sizeof *h);
	for (size_t i = 0; i < width; i++)
		for (size_t j = 0; j < stride; j++) {
			double sum = (double)(i * stride + j);
			for (size_t r = begin; r < end && j <= i; r++)
				sum += x[r * width + i] * x[r * width + j] * (r % 3 ? 1 : 4);
			cr_assert_eq(h[i * stride + j], sum, "%zu rows, %zu, %zu", rows, i, j);
		}
	cross_free(&c);
	free(x);
	free(h);
	free(plain);
}

Test(cross, sums_of_products)
{
	static const size_t widths[] = {1, 2, 7, 8, 9, 16, 61};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		check_cross(1, widths[i], 0, 1);
		check_cross(200, widths[i], 0, 200);
		check_cross(200, widths[i], 5, 70);   /* across the end of a block */
		check_cross(200, widths[i], 64, 128); /* one block */
		check_cross(200, widths[i], 9, 9);    /* nothing */
	}
}

/* Sums that are rounded: the same bits by the code for this processor and for any. */
Test(cross, the_same_bits_on_any_processor)
{
	enum { N = 500, WIDTH = 29 };
	static double x[WIDTH], h[WIDTH * WIDTH], plain[WIDTH * WIDTH];
	struct cross c;

	cross_init(&c, N, WIDTH);
	for (size_t r = 0; r < N; r++) {
		for (size_t j = 0; j < WIDTH; j++)
			x[j] = sin((double)(r * WIDTH + j));
		cross_put(&c, r, x, 1 / (1. + (double)r));
	}
	cross_add(&c, 0, N, h, WIDTH);
	cross_add_plainly(&c, 0, N, plain, WIDTH);
	cr_expect_arr_eq(h, plain, sizeof h);
	cross_free(&c);
}

/* Few and many, with both zeros, infinities and equal ones, against the definition. */
Test(sort, ascends_and_loses_nothing)
{
	static const size_t counts[] = {0, 1, 2, 100, 5000};

	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		size_t n = counts[c];
		double *x = calloc(n + 1, sizeof *x), sum = 0, after = 0;
		for (size_t i = 0; i < n; i++) {
			x[i] = (double)(i * 2654435761u % 4096) / 8 - 256;
			sum += x[i];
		}
		if (n >= 100) {
			x[3] = INFINITY;
			x[5] = -INFINITY;
			x[7] = -0.0;
			x[9] = 1e-310;
			x[11] = -1e300;
		}
		sort_doubles(x, n);
		for (size_t i = 1; i < n; i++)
			cr_assert(x[i - 1] <= x[i], "%zu of %zu: %g, %g", i, n, x[i - 1], x[i]);
		if (n >= 100) {
			cr_expect_eq(x[n - 1], INFINITY);
			cr_expect_eq(x[0], -INFINITY);
			cr_expect_eq(x[1], -1e300);
		} else {
			for (size_t i = 0; i < n; i++)
				after += x[i];
			cr_expect_eq(after, sum);
		}
		free(x);
	}
}
