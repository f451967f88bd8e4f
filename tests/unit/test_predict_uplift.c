/* Qini, AUUC and the bootstrap. Expected values: tests/unit/predict-uplift/qini.csv, written by
 * scikit-uplift with the script beside it, and counting by hand. */
#include "base/chance.h"
#include "predict/qini.h"
#include "predict/uplift.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 500 };

static uint64_t seed;

static double uniform(void)
{
	seed = 16807 * seed % 2147483647;
	return (double)seed / 2147483647;
}

static struct observation *make_rows(void)
{
	static struct observation rows[ROWS];

	seed = 20261101;
	for (size_t i = 0; i < ROWS; i++) {
		double x = uniform();
		rows[i].treated = uniform() < .4;
		rows[i].outcome = uniform() < .1 + .3 * x * rows[i].treated;
		rows[i].prediction = floor(20 * x) / 20 - .5;
		rows[i].hash = chance_mix(i);
	}
	return rows;
}

static double expected(const char *measure)
{
	char path[512], line[128], name[32];
	const char *top = getenv("srcdir");
	double x = NAN, value;

	snprintf(path, sizeof path, "%s/tests/unit/predict-uplift/qini.csv", top ? top : ".");
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%31[^,],%lf", name, &value) == 2 && strcmp(name, measure) == 0)
			x = value;
	fclose(f);
	cr_assert(!isnan(x));
	return x;
}

Test(qini, nothing_to_tell_by_is_unknown)
{
	struct observation rows[] = {{1, 1, 1, true}, {0, 0, 2, true}};
	struct figures f = {0};

	qini_figures(rows, 2, &f);
	cr_assert(isnan(qini_coefficient(rows, 2)));
	cr_assert_not(figures_find(&f, "qini")->known);
	cr_assert_not(figures_find(&f, "ate")->known);
	cr_assert_not(figures_find(&f, "qini")->has_interval);
	cr_assert_null(figures_find(&f, "auc"));
	figures_free(&f);
}

Test(qini, nobody_said_yes_is_unknown)
{
	struct observation rows[] = {{1, 0, 1, true}, {0, 0, 2, false}};

	cr_assert(isnan(qini_coefficient(rows, 2)));
}

Test(qini, agrees_with_scikit_uplift)
{
	static const char *const names[] = {"qini", "auuc", "ate"};
	struct figures f = {0};

	qini_figures(make_rows(), ROWS, &f);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct estimate *x = figures_find(&f, names[i]);
		cr_assert_float_eq(x->value, expected(names[i]), 1e-12, "%s %.17g", names[i], x->value);
		cr_assert(x->has_interval && x->low < x->value && x->value < x->high);
	}
	figures_free(&f);
}

Test(qini, the_perfect_order_has_one_and_the_reverse_less_than_none)
{
	/* Treated yes, no, untreated yes. */
	struct observation rows[] = {
		{3, 1, 1, true}, {2, 0, 2, true}, {2, 0, 3, false}, {1, 1, 4, false},
	};

	qini_sort(rows, 4);
	cr_assert_float_eq(qini_coefficient(rows, 4), 1, 1e-15);
	for (size_t i = 0; i < 4; i++)
		rows[i].prediction = -rows[i].prediction;
	qini_sort(rows, 4);
	cr_assert(qini_coefficient(rows, 4) < 0);
}

Test(qini, tenths_share_ties_out)
{
	/* Everybody alike: each tenth shows the effect of all, 1/2 - 1/4. */
	static struct observation rows[40];
	struct figures f = {0};
	size_t bins = 0;

	for (size_t i = 0; i < 40; i++)
		rows[i] = (struct observation){.25, i % 2 == 0 ? i % 4 == 0 : i % 8 == 1, i, i % 2 == 0};
	qini_figures(rows, 40, &f);
	for (size_t i = 0; i < f.count; i++) {
		if (f.items[i].bin == 0)
			continue;
		bins++;
		cr_assert_float_eq(f.items[i].x.value, .25, 1e-15);
	}
	cr_assert_eq(bins, 20);
	figures_free(&f);
}

Test(figures, weights_are_poisson)
{
	/* Mean 1 and variance 1; 100,000 draws have a standard error of .0032 and .0055. */
	double sum = 0, squares = 0;
	size_t n = 100000;

	for (size_t i = 0; i < n; i++) {
		double w = figures_weight(chance_mix(i / 10), (unsigned)(i % 10));
		sum += w;
		squares += w * w;
	}
	cr_assert_float_eq(sum / (double)n, 1, .0128);
	cr_assert_float_eq(squares / (double)n - sum / (double)n, 1, .022);
	cr_assert_eq(figures_weight(7, 3), figures_weight(7, 3));
}

Test(figures, interval_is_of_type_7)
{
	/* R: quantile(c(5, 1, 4, 2, 3), c(.025, .975)) is 1.1 and 4.9. */
	double values[] = {5, 1, NAN, 4, 2, 3}, none[] = {NAN};
	struct estimate x = {0}, y = {0};

	figures_interval(values, 6, &x);
	cr_assert(x.has_interval);
	cr_assert_float_eq(x.low, 1.1, 1e-12);
	cr_assert_float_eq(x.high, 4.9, 1e-12);
	figures_interval(none, 1, &y);
	cr_assert_not(y.has_interval);
}

Test(uplift, of_both_forms)
{
	/* logistic(0) = .5, logistic(log 3) = .75 */
	const double eta[2] = {0, log(3)}, difference[2] = {log(3), -log(3)};

	cr_assert_float_eq(uplift_of(UPLIFT_TWO_MODELS, eta), .25, 1e-15);
	cr_assert_float_eq(uplift_of(UPLIFT_INTERACTION, difference), -.25, 1e-15);
}
