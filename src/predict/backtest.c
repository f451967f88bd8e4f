#include "predict/backtest.h"

#include "predict/holtwinters.h"

#include <math.h>

enum { NAIVE, HOLT_WINTERS, SMOOTHING = METHODS - 1 };

const struct method method_table[METHODS] = {
	[NAIVE] = {"seasonal_naive", true, false, 0},
	[HOLT_WINTERS] = {"holt_winters", true, false, 0},
	{"poisson_1", true, true, 1},
	{"poisson_2", true, true, 2},
	{"poisson_3", true, true, 3},
	{"poisson", false, true, 0},
	[SMOOTHING] = {"smoothing", false, false, 0},
};

static bool forecast_naive(const double *y, size_t n, size_t ahead, double *out)
{
	if (n < SEASON_WEEKS)
		return false;
	for (size_t h = 0; h < ahead; h++)
		out[h] = y[n - SEASON_WEEKS + h % SEASON_WEEKS];
	return true;
}

static bool forecast_smooth(const double *y, size_t n, size_t period, size_t ahead, double *out)
{
	struct holtwinters hw;

	if (!holtwinters_fit(&hw, y, n, period))
		return false;
	for (size_t h = 0; h < ahead; h++)
		out[h] = fmax(holtwinters_forecast(&hw, h), 0);
	holtwinters_free(&hw);
	return true;
}

bool method_forecast(const struct method *m, const struct demand_series *s, size_t n,
		     size_t ahead, double *out)
{
	struct loglinear fit;

	if (m == &method_table[NAIVE])
		return forecast_naive(s->y, n, ahead, out);
	if (!m->loglinear)
		return forecast_smooth(s->y, n, m->seasonal ? SEASON_WEEKS : 0, ahead, out);
	if (!loglinear_fit(&fit, s->y, n, s->first, m->harmonics))
		return false;
	for (size_t h = 0; h < ahead; h++) {
		out[h] = loglinear_at(&fit, s->first + (int64_t)(n + h));
		if (!isfinite(out[h]))
			return false;
	}
	return true;
}

/* To a mean of 1 over weeks 1 … 52; flat when there is nothing. */
static void scale_season(double season[WEEKS_ISO])
{
	double sum = 0;

	for (int w = 0; w < SEASON_WEEKS; w++)
		sum += season[w];
	for (int w = 0; w < WEEKS_ISO; w++)
		season[w] = sum > 0 ? season[w] * SEASON_WEEKS / sum : 1;
}

/* From the 52 weeks that begin with `first`. Of the 53 numbers one has no week then: it gets
 * the mean of its neighbours. */
static void place_season(const double *year, int64_t first, double season[WEEKS_ISO])
{
	bool known[WEEKS_ISO] = {false};

	for (int i = 0; i < SEASON_WEEKS; i++) {
		int w = week_iso(first + i) - 1;
		season[w] = year[i];
		known[w] = true;
	}
	for (int w = 0; w < WEEKS_ISO; w++)
		if (!known[w])
			season[w] = (season[(w + WEEKS_ISO - 1) % WEEKS_ISO] +
				     season[(w + 1) % WEEKS_ISO]) / 2;
	scale_season(season);
}

/* Level and season at the end, without the trend. */
static bool season_smooth(const struct demand_series *s, size_t n, double season[WEEKS_ISO])
{
	struct holtwinters hw;
	double year[SEASON_WEEKS];

	if (!holtwinters_fit(&hw, s->y, n, SEASON_WEEKS))
		return false;
	for (size_t i = 0; i < SEASON_WEEKS; i++)
		year[i] = fmax(hw.level + hw.season[i], 0);
	holtwinters_free(&hw);
	place_season(year, s->first + (int64_t)n, season);
	return true;
}

static bool season_loglinear(const struct demand_series *s, size_t n, unsigned harmonics,
			     double season[WEEKS_ISO])
{
	struct loglinear fit;

	if (!loglinear_fit(&fit, s->y, n, s->first, harmonics))
		return false;
	for (int w = 0; w < WEEKS_ISO; w++)
		season[w] = loglinear_season(&fit, w + 1);
	scale_season(season);
	return true;
}

bool method_season(const struct method *m, const struct demand_series *s, size_t n,
		   double season[WEEKS_ISO])
{
	for (int w = 0; w < WEEKS_ISO; w++)
		season[w] = 1;
	if (m == NULL)
		return true;
	if (m->loglinear)
		return season_loglinear(s, n, m->harmonics, season);
	if (m == &method_table[HOLT_WINTERS])
		return season_smooth(s, n, season);
	if (n < SEASON_WEEKS)
		return false;
	place_season(s->y + n - SEASON_WEEKS, s->first + (int64_t)(n - SEASON_WEEKS), season);
	return true;
}

/* Weeks to try on. With two years and little more, half a year is kept back, so that a year
 * and a half is left to learn a season from; with more, what is beyond two years. */
static size_t tried_weeks(size_t n)
{
	size_t beyond = n > 2 * SEASON_WEEKS ? n - 2 * SEASON_WEEKS : 0;

	if (n < TWO_YEARS_WEEKS)
		return n / 4;
	return beyond < SEASON_WEEKS / 2 ? SEASON_WEEKS / 2
					 : beyond > SEASON_WEEKS ? SEASON_WEEKS : beyond;
}

/* What the method says of the last `tried` weeks; its mean absolute error. */
static double mean_error(const struct method *m, const struct demand_series *s, size_t tried,
			 double *forecast)
{
	double out[BACKTEST_AHEAD], sum = 0;

	*forecast = 0;
	for (size_t at = s->n - tried; at < s->n; at += BACKTEST_AHEAD) {
		size_t ahead = s->n - at < BACKTEST_AHEAD ? s->n - at : BACKTEST_AHEAD;
		if (!method_forecast(m, s, at, ahead, out))
			return NAN;
		for (size_t h = 0; h < ahead; h++) {
			sum += fabs(s->y[at + h] - out[h]);
			*forecast += out[h];
		}
	}
	return sum / (double)tried;
}

static double naive_error(const double *y, size_t n, size_t period)
{
	double sum = 0;

	for (size_t i = period; i < n; i++)
		sum += fabs(y[i] - y[i - period]);
	return n > period ? sum / (double)(n - period) : 0;
}

static const struct method *best(const struct backtest *b, bool loglinear)
{
	const struct method *found = NULL;

	for (size_t i = 0; i < METHODS; i++)
		if (!isnan(b->errors[i]) && (method_table[i].loglinear || !loglinear) &&
		    (found == NULL || b->errors[i] < b->errors[found - method_table]))
			found = &method_table[i];
	return found;
}

/* How far the last `tried` weeks are from their mean times the season. */
static double shape_error(const struct demand_series *s, size_t tried,
			  const double season[WEEKS_ISO])
{
	double demand = 0, factors = 0, sum = 0;

	for (size_t i = s->n - tried; i < s->n; i++) {
		demand += s->y[i];
		factors += season[week_iso(s->first + (int64_t)i) - 1];
	}
	for (size_t i = s->n - tried; i < s->n; i++) {
		double factor = season[week_iso(s->first + (int64_t)i) - 1];
		sum += fabs(s->y[i] - (factors > 0 ? factor * demand / factors : 0));
	}
	return sum / (double)tried;
}

static void choose_season(struct backtest *b, const struct demand_series *s)
{
	double season[WEEKS_ISO];

	method_season(NULL, s, 0, season);
	double flat = shape_error(s, b->weeks, season), least = flat;
	for (size_t i = 0; i < METHODS; i++) {
		const struct method *m = &method_table[i];
		if (!m->seasonal || !method_season(m, s, s->n - b->weeks, season))
			continue;
		double error = shape_error(s, b->weeks, season);
		if (!(error < least))
			continue;
		least = error;
		b->season = m;
		b->season_error = error / flat;
	}
}

void backtest_run(struct backtest *b, const struct demand_series *s)
{
	double forecast[METHODS] = {0};

	*b = (struct backtest){.two_years = s->n >= TWO_YEARS_WEEKS,
			       .season_error = NAN};
	for (size_t i = 0; i < METHODS; i++)
		b->errors[i] = NAN;
	if (s->n < BACKTEST_WEEKS_LEAST) {
		b->method = &method_table[SMOOTHING];
		return;
	}
	b->weeks = tried_weeks(s->n);
	b->scale = naive_error(s->y, s->n - b->weeks, b->two_years ? SEASON_WEEKS : 1);
	for (size_t i = 0; i < METHODS; i++)
		if (b->two_years || !method_table[i].seasonal)
			b->errors[i] = mean_error(&method_table[i], s, b->weeks, &forecast[i]);
	b->method = best(b, false);
	b->forecast = forecast[b->method - method_table];
	for (size_t i = s->n - b->weeks; i < s->n; i++)
		b->demand += s->y[i];
	b->loglinear = best(b, true);
	if (b->two_years)
		choose_season(b, s);
}

double backtest_mase(const struct backtest *b, const struct method *m)
{
	return b->scale > 0 ? b->errors[m - method_table] / b->scale : NAN;
}
