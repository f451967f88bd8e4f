/* EASE and the list of the best. Expected weights: tests/unit/predict-ease/ease.csv, written
 * by R 4.2.2 with the script beside it. */
#include "base/memory.h"
#include "predict/best.h"
#include "predict/ease.h"
#include "predict/numeric.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	uint32_t items[4];
	size_t count;
} baskets[] = {
	{{0, 1}, 2}, {{0, 1, 2}, 3}, {{1, 2}, 2}, {{3}, 1}, {{0, 1, 3, 4}, 4}, {{2, 4}, 2}, {{0, 1}, 2},
};
enum { ITEMS = 5, BASKETS = sizeof baskets / sizeof *baskets };

static void add_all(struct ease *x)
{
	ease_init(x, ITEMS);
	for (size_t i = 0; i < BASKETS; i++)
		ease_add(x, baskets[i].items, baskets[i].count);
}

Test(ease, lambda_too_small_is_an_error)
{
	static const uint32_t both[] = {0, 1};
	struct so1_error e = {0};
	struct ease x;

	numeric_init();
	ease_init(&x, 2);
	ease_add(&x, both, 2);
	cr_assert_eq(ease_solve(&x, 0, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "this --lambda is too small to invert by");
	ease_free(&x);
}

/* All the weights of item i into full, by way of ease_nearest. */
static void weights_of(const struct ease *x, size_t i, double *full)
{
	static const double ones[ITEMS] = {1, 1, 1, 1, 1};
	struct best_item items[ITEMS];
	struct best best = {items, ITEMS, 0};
	double weights[ITEMS];

	ease_nearest(x, i, ones, &best, weights);
	cr_assert_eq(best.count, ITEMS - 1);
	for (size_t j = 0; j < ITEMS; j++)
		full[j] = 0;
	for (size_t k = 0; k < best.count; k++) {
		full[items[k].key] = weights[k];
		if (k > 0)
			cr_assert(fabs(weights[k - 1]) >= fabs(weights[k]));
	}
}

Test(ease, weights_agree_with_r)
{
	char path[512], line[128];
	const char *top = getenv("srcdir");
	double full[ITEMS][ITEMS], lambda, before = 0, weight;
	struct ease x = {0};
	struct so1_error e;
	int i, j, compared = 0;

	numeric_init();
	snprintf(path, sizeof path, "%s/tests/unit/predict-ease/ease.csv", top ? top : ".");
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lf,%d,%d,%lf", &lambda, &i, &j, &weight) != 4)
			continue;
		if (lambda != before) {
			ease_free(&x);
			add_all(&x);
			cr_assert_eq(ease_solve(&x, lambda, &e), SO1_OK);
			for (size_t k = 0; k < ITEMS; k++)
				weights_of(&x, k, full[k]);
			before = lambda;
		}
		cr_assert_float_eq(full[i][j], weight, 1e-12);
		compared++;
	}
	cr_assert_eq(compared, 2 * ITEMS * ITEMS);
	fclose(f);
	ease_free(&x);
}

Test(ease, a_factor_decides_who_is_near)
{
	static const double factor[ITEMS] = {1, 1, 1, 1000, 1};
	struct best_item item;
	struct best best = {&item, 1, 0};
	struct so1_error e;
	struct ease x;
	double weight;

	numeric_init();
	add_all(&x);
	cr_assert_eq(ease_solve(&x, .5, &e), SO1_OK);
	ease_nearest(&x, 0, factor, &best, &weight);
	cr_assert_eq(best.count, 1);
	cr_assert_eq(item.key, 3);
	cr_assert_float_eq(fabs(weight), item.score, 1e-15);
	ease_free(&x);
}

Test(best, keeps_the_best_in_order_and_breaks_ties)
{
	static const struct best_item offers[] = {
		{4, 1, 0}, {9, 3, 0}, {2, 2, 5}, {1, 2, 7}, {3, 2, 5}, {0, -1, 0}, {7, 2, 5},
	};
	static const uint32_t expected[] = {9, 1, 2, 3}; /* score, then tie, then the lower key */
	struct best_item items[4];
	struct best best = {items, 4, 0}, none = {NULL, 0, 0};

	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		best_offer(&best, offers[i]);
		best_offer(&none, offers[i]);
	}
	cr_assert_eq(none.count, 0);
	cr_assert_eq(best.count, 4);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(items[i].key, expected[i]);
}
