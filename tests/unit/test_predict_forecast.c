/* forecast: weeks, exponential smoothing, Poisson regression with harmonics, back-test. Sources
 * of expected numbers: predict-forecast/fit.csv (R 4.2.2, fit.R), or what is counted out beside
 * them. */
#include "base/datetime.h"
#include "base/number.h"
#include "predict/backtest.h"
#include "predict/holtwinters.h"
#include "predict/numeric.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* datasets::USAccDeaths and datasets::Nile of R. */
static const double deaths[72] = {
	9007, 8106, 8928, 9137, 10017, 10826, 11317, 10744, 9713, 9938, 9161, 8927,
	7750, 6981, 8038, 8422, 8714, 9512, 10120, 9823, 8743, 9129, 8710, 8680,
	8162, 7306, 8124, 7870, 9387, 9556, 10093, 9620, 8285, 8466, 8160, 8034,
	7717, 7461, 7767, 7925, 8623, 8945, 10078, 9179, 8037, 8488, 7874, 8647,
	7792, 6957, 7726, 8106, 8890, 9299, 10625, 9302, 8314, 8850, 8265, 8796,
	7836, 6892, 7791, 8192, 9115, 9434, 10484, 9827, 9110, 9070, 8633, 9240,
};
static const double nile[100] = {
	1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960,
	1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694,
	940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764,
	821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822,
	1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050,
	918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
};

static double expected(const char *name)
{
	char path[512], line[256];
	const char *top = getenv("srcdir");
	size_t len = strlen(name);
	double x = NAN;

	snprintf(path, sizeof path, "%s/tests/unit/predict-forecast/fit.csv", top ? top : ".");
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, len) == 0 && line[len] == ',')
			x = strtod(line + len + 1, NULL);
	fclose(f);
	cr_assert(!isnan(x), "no %s", name);
	return x;
}

static void close_to(double got, double want, double relative, const char *what)
{
	cr_assert(fabs(got - want) <= relative * fabs(want), "%s: %.15g instead of %.15g", what, got,
		  want);
}

static void as_in_r(double got, double relative, const char *name)
{
	close_to(got, expected(name), relative, name);
}

static const struct method *named(const char *name)
{
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(method_table[i].name, name) == 0)
			return &method_table[i];
	cr_assert_fail("no method %s", name);
	return NULL;
}

static int iso_week(int year, int month, int day)
{
	return week_iso(week_of_day(days_from_civil(year, month, day)));
}

/* ISO 8601: the week of the year's first Thursday is the first. */
Test(weeks, are_those_of_iso_8601)
{
	cr_assert_eq(week_of_day(0), 0); /* Thursday */
	cr_assert_eq(week_of_day(3), 0);
	cr_assert_eq(week_of_day(4), 1); /* Monday, 1970-01-05 */
	cr_assert_eq(week_of_day(-3), 0);
	cr_assert_eq(week_of_day(-4), -1);
	cr_assert_eq(week_monday(1), 4);
	cr_assert_eq(iso_week(2026, 11, 1), 44); /* a Sunday */
	cr_assert_eq(iso_week(2026, 11, 2), 45);
	cr_assert_eq(iso_week(2021, 1, 3), 53);
	cr_assert_eq(iso_week(2021, 1, 4), 1);
	cr_assert_eq(iso_week(2024, 12, 30), 1);
	cr_assert_eq(iso_week(2026, 12, 31), 53);
}

Test(holtwinters, too_short)
{
	struct holtwinters h;

	cr_assert_not(holtwinters_run(&h, deaths, 23, 12, .4, .1, .3));
	cr_assert_not(holtwinters_fit(&h, deaths, 23, 12));
	cr_assert_not(holtwinters_fit(&h, deaths, 0, 0));
}

Test(holtwinters, recursions_are_those_of_r)
{
	struct holtwinters h;
	char name[32];

	cr_assert(holtwinters_run(&h, deaths, 72, 12, .4, .1, .3));
	as_in_r(h.sse, 1e-13, "given sse");
	as_in_r(h.level, 1e-13, "given level");
	as_in_r(h.trend, 1e-11, "given trend");
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "given season %d", i + 1);
		as_in_r(h.season[i], 1e-10, name);
	}
	as_in_r(holtwinters_forecast(&h, 0), 1e-13, "given forecast 1");
	as_in_r(holtwinters_forecast(&h, 13), 1e-13, "given forecast 14");
	holtwinters_free(&h);
	cr_assert(holtwinters_run(&h, nile, 100, 0, .25, 0, 0));
	as_in_r(h.sse, 1e-13, "nile sse");
	as_in_r(h.level, 1e-13, "nile level");
	as_in_r(holtwinters_forecast(&h, 7), 1e-13, "nile level");
}

/* R stops at a local minimum, or where its optimizer is content: ours must be no worse. */
Test(holtwinters, weights_are_as_good_as_those_of_r)
{
	struct holtwinters h;

	cr_assert(holtwinters_fit(&h, deaths, 72, 12));
	cr_assert_leq(h.sse, expected("fitted sse") * (1 + 1e-6));
	cr_assert(h.alpha >= 0 && h.alpha <= 1 && h.beta >= 0 && h.beta <= 1 && h.gamma >= 0 &&
		  h.gamma <= 1);
	holtwinters_free(&h);
	cr_assert(holtwinters_fit(&h, nile, 100, 0));
	cr_assert_leq(h.sse, expected("nile fitted sse") * (1 + 1e-6));
	cr_assert_geq(h.sse, expected("nile fitted sse") * (1 - 1e-4));
}

/* As in fit.R. */
static void weekly(double y[160])
{
	for (int i = 0; i < 160; i++)
		y[i] = floor(20 + i / 10. + 8 * cos(2 * M_PI * 7 * (2400 + i) / 365.25) +
			     (i * 37) % 11);
}

Test(loglinear, agrees_with_glm)
{
	double y[160];
	struct loglinear m;
	char name[40];

	numeric_init();
	weekly(y);
	for (unsigned k = 0; k <= 2; k++) {
		cr_assert(loglinear_fit(&m, y, 160, 2400, k));
		for (size_t j = 0; j < m.terms; j++) {
			snprintf(name, sizeof name, "glm %u beta %zu", k, j + 1);
			as_in_r(m.beta[j], 1e-8, name);
		}
		snprintf(name, sizeof name, "glm %u deviance", k);
		as_in_r(m.deviance, 1e-10, name);
		snprintf(name, sizeof name, "glm %u dispersion", k);
		as_in_r(m.dispersion, 1e-8, name);
		snprintf(name, sizeof name, "glm %u trend error", k);
		as_in_r(m.trend_error, 1e-8, name);
		snprintf(name, sizeof name, "glm %u autocorrelation", k);
		cr_assert_float_eq(m.autocorrelation, expected(name), 1e-8);
		/* A model with an intercept adds up to what it was fitted to. */
		double sum = 0, fitted = 0;
		for (int i = 0; i < 160; i++) {
			sum += y[i];
			fitted += loglinear_at(&m, 2400 + i);
		}
		close_to(fitted, sum, 1e-10, "sum");
	}
}

Test(loglinear, has_no_top)
{
	double y[20] = {0};
	struct loglinear m;

	numeric_init();
	cr_assert_not(loglinear_fit(&m, y, 20, 2400, 0));
	cr_assert_not(loglinear_fit(&m, nile, 3, 2400, 0));
}

/* Two years of 10 to 13; in the second 2 more, in its second half 5 more. Seasonal naive is
 * off by 2 in the 26 weeks that can be compared before the last 26, by 5 in those: its MASE is
 * 5 / 2. */
Test(backtest, mase_of_seasonal_naive)
{
	double y[104];
	struct demand_series s = {.first = 2400, .y = y, .n = 104};
	struct backtest b;

	numeric_init();
	for (int i = 0; i < 104; i++)
		y[i] = 10 + i % 4 + (i < 52 ? 0 : i < 78 ? 2 : 5);
	backtest_run(&b, &s);
	cr_assert(b.two_years);
	cr_assert_eq(b.weeks, 26);
	cr_assert_float_eq(b.scale, 2, 1e-12);
	cr_assert_float_eq(backtest_mase(&b, named("seasonal_naive")), 2.5, 1e-12);
	/* To the level of late, 78 weeks are not two years to learn a season from. */
	cr_assert(isnan(backtest_mase(&b, named("holt_winters"))));
	cr_assert_lt(backtest_mase(&b, b.method), 2.5);
}

/* The same year three times over, but for one week of the first: nothing comes nearer than the year before. */
Test(backtest, nothing_beats_seasonal_naive)
{
	double y[156], season[WEEKS_ISO];
	struct demand_series s = {.first = 2400, .y = y, .n = 156};
	struct backtest b;

	numeric_init();
	for (int i = 0; i < 156; i++)
		y[i] = 1 + (i % 52 * 29) % 52 + (i == 10);
	backtest_run(&b, &s);
	cr_assert_eq(b.weeks, 52);
	cr_assert_eq(b.method, named("seasonal_naive"));
	cr_assert_float_eq(backtest_mase(&b, b.method), 0, 0);
	/* 1 to 52 in some order, and 1 more each. */
	cr_assert_float_eq(b.demand, 52 * 51 / 2. + 52, 0);
	cr_assert_float_eq(b.forecast, b.demand, 0);
	cr_assert_eq(b.season, named("seasonal_naive"));
	/* The last 52 weeks, scaled; the number without a week has its neighbours' mean. */
	cr_assert(method_season(b.season, &s, s.n, season));
	double sum = 0;
	for (int w = 0; w < 52; w++)
		sum += season[w];
	for (int i = 104; i < 156; i++)
		cr_assert_float_eq(season[week_iso(2400 + i) - 1] / season[week_iso(2504) - 1],
				   y[i] / y[104], 1e-12);
	cr_assert_float_eq(sum, 52, 1e-9);
	cr_assert_float_eq(season[52], (season[51] + season[0]) / 2, 1e-12);
}

/* exp(a + b t + .8 cos(angle)): the factors of two weeks stand as exp(.8 (cos - cos)), and
 * a season like that is found. */
Test(backtest, season_of_a_wave)
{
	double y[120], season[WEEKS_ISO];
	struct demand_series s = {.first = 2400, .y = y, .n = 120};
	struct backtest b;

	numeric_init();
	for (int i = 0; i < 120; i++)
		y[i] = exp(3 + .004 * i + .8 * cos(2 * M_PI * 7 * (2400 + i) / 365.25));
	backtest_run(&b, &s);
	cr_assert_not_null(b.season);
	/* What is left is the trend within half a year. */
	cr_assert_lt(b.season_error, .1);
	cr_assert(b.method->loglinear);
	cr_assert_lt(backtest_mase(&b, b.method), 1e-6);
	cr_assert(method_season(named("poisson_1"), &s, s.n, season));
	double want = exp(.8 * (cos(2 * M_PI * 3 / 365.25) - cos(2 * M_PI * (7 * 26 + 3) / 365.25)));
	close_to(season[0] / season[26], want, 1e-8, "week 1 over week 27");
}

Test(backtest, constant_and_short)
{
	double y[120], next[BACKTEST_AHEAD], season[WEEKS_ISO];
	struct demand_series s = {.first = 2400, .y = y, .n = 120};
	struct backtest b;

	numeric_init();
	for (int i = 0; i < 120; i++)
		y[i] = 7;
	backtest_run(&b, &s);
	cr_assert_null(b.season);
	cr_assert(isnan(backtest_mase(&b, b.method)));
	s.n = 102; /* a week short of two years */
	y[3] = 8;
	backtest_run(&b, &s);
	cr_assert_not(b.two_years);
	cr_assert_eq(b.weeks, 25);
	cr_assert_not(b.method->seasonal);
	/* y[3] makes two steps of 1 among the 76 of 77 weeks. */
	cr_assert_float_eq(b.scale, 2. / 76, 1e-15);
	/* What nobody could know: eight weeks, of which the last two are half as much again. */
	s.n = 8;
	y[3] = 7;
	y[6] = y[7] = 10.5;
	backtest_run(&b, &s);
	cr_assert_eq(b.weeks, 2);
	cr_assert_float_eq(b.forecast, 14, 1e-6);
	cr_assert_float_eq(b.demand, 21, 0);
	s.n = 1;
	backtest_run(&b, &s);
	cr_assert_eq(b.method, named("smoothing"));
	cr_assert_eq(b.weeks, 0);
	cr_assert(method_forecast(b.method, &s, 1, BACKTEST_AHEAD, next));
	cr_assert_float_eq(next[3], 7, 0);
	cr_assert_not(method_season(named("seasonal_naive"), &s, 1, season));
	cr_assert_float_eq(season[20], 1, 0);
}
