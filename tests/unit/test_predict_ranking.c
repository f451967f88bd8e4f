/* Recall and nDCG of lists. */
#include "predict/ranking.h"

#include "base/chance.h"

#include <criterion/criterion.h>
#include <math.h>

Test(ranking, nothing_wanted_is_unknown)
{
	struct ranked_row r = {0};
	struct figures f = {0};

	ranking_take(NULL, 0, 0, &r, RANKING_AGAIN);
	ranking_take((const bool[]){false, false}, 2, 0, &r, RANKING_NEW);
	cr_expect(isnan(r.of[RANKING_AGAIN].recall));
	cr_expect(isnan(r.of[RANKING_NEW].ndcg));
	ranking_figures(&r, 1, 2, &f);
	cr_expect_eq(figures_find(&f, "rows")->value, 1);
	cr_expect_eq(figures_find(&f, "again_rows")->value, 0);
	cr_expect(!figures_find(&f, "again_recall")->known);
	figures_free(&f);
}

/* Gains of the ranks 1 to 4: 1, 1 / log2 3 = .63093, 1/2, 1 / log2 5 = .43068. */
Test(ranking, by_hand)
{
	static const struct {
		bool hit[4];
		size_t n, wanted;
		double recall, ndcg;
	} rows[] = {
		{{true}, 1, 1, 1, 1},
		{{false, true}, 2, 1, 1, .63093},
		{{true, false, true}, 3, 2, 1, 1.5 / 1.63093},
		/* The list is shorter than what he bought. */
		{{false, true}, 2, 4, .25, .63093 / 2.56161},
		{{true, true, true, true}, 4, 4, 1, 1},
		{{false, false}, 2, 3, 0, 0},
		{{false}, 0, 3, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ranked_row r;
		ranking_take(rows[i].hit, rows[i].n, rows[i].wanted, &r, RANKING_NEW);
		cr_expect_float_eq(r.of[RANKING_NEW].recall, rows[i].recall, 1e-12, "row %zu", i);
		cr_expect_float_eq(r.of[RANKING_NEW].ndcg, rows[i].ndcg, 1e-5, "row %zu", i);
	}
}

/* Half of 400 customers find everything, half nothing; the interval of a mean of 0 and 1 is
 * 2 · 1.96 · .5 / sqrt(400) wide (normal approximation), and rows of one customer count once. */
Test(ranking, intervals_are_of_customers)
{
	enum { N = 400 };
	static struct ranked_row rows[4 * N];
	struct figures one = {0}, four = {0};

	for (size_t i = 0; i < N; i++) {
		ranking_take((const bool[]){i % 2}, 1, 1, &rows[i], RANKING_AGAIN);
		ranking_take(NULL, 0, 0, &rows[i], RANKING_NEW);
		rows[i].hash = chance_mix(i);
		for (size_t k = 1; k < 4; k++)
			rows[k * N + i] = rows[i];
	}
	ranking_figures(rows, 4 * N, 1, &four);
	for (size_t i = 0; i < N; i++) /* sorted: four rows of each customer together */
		rows[i] = rows[4 * i];
	ranking_figures(rows, N, 1, &one);
	const struct estimate *x = figures_find(&one, "again_recall");
	cr_expect_float_eq(x->value, .5, 1e-12);
	cr_expect_float_eq((x->high - x->low) / (2 * 1.96 * .5 / 20), 1, .15);
	cr_expect_float_eq(figures_find(&four, "again_recall")->low, x->low, 1e-12);
	cr_expect_eq(figures_find(&four, "again_rows")->value, 4 * N);
	cr_expect(!figures_find(&one, "new_recall")->known);
	figures_free(&one);
	figures_free(&four);
}
