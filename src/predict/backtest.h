/* Which way of forecasting a series does best on weeks it has not seen.
 *
 * Rolling origin: the last weeks are forecast four at a time, each time from all weeks before
 * them. Errors are scaled: MASE is their mean absolute value divided by that of the seasonal
 * naive forecast (the same week of 52 weeks before) within the weeks before the first origin
 * (R. J. Hyndman and A. B. Koehler, Another look at measures of forecast accuracy,
 * International Journal of Forecasting 22, 2006). A series of less than two years is scaled
 * by the naive forecast (the week before), and only ways without a season are tried.
 *
 * The season is chosen apart, as the best forecast for four weeks may be the level of late,
 * which knows nothing of the week's place in the year. Learned from the weeks before the first
 * origin, a season is judged by its shape: how far the weeks tried are from their mean times
 * the season's factors (over the factors' own mean). The method that comes nearest gives the
 * season, if it comes nearer than the mean alone. */
#ifndef SO1_PREDICT_BACKTEST_H
#define SO1_PREDICT_BACKTEST_H

#include "predict/demand.h"
#include "predict/loglinear.h"

/* Two years of days hold 103 or 104 whole weeks. */
enum { SEASON_WEEKS = 52, TWO_YEARS_WEEKS = 103 };
enum { BACKTEST_AHEAD = 4, BACKTEST_WEEKS_LEAST = 8, METHODS = 7 };

struct method {
	const char *name;
	bool seasonal;
	bool loglinear;
	unsigned harmonics; /* of loglinear */
};
/* Of equally good ones the first is taken; seasonal naive is the first. */
extern const struct method method_table[METHODS];

/* The next weeks, not negative, by a method from y[0..n). False when it cannot be fitted. */
bool method_forecast(const struct method *m, const struct demand_series *s, size_t n,
		     size_t ahead, double *out);
/* season[w - 1]: demand in ISO week w in units of a week's mean of the year, by a method with
 * a season from y[0..n). All 1 for NULL. False, and all 1, when it cannot be fitted. */
bool method_season(const struct method *m, const struct demand_series *s, size_t n,
		   double season[WEEKS_ISO]);

struct backtest {
	const struct method *method;     /* the one that did best */
	const struct method *loglinear;  /* the best of Poisson regression, NULL: none fits */
	const struct method *season;     /* NULL: none that is better than 1 all year */
	double season_error;             /* of its shape, in units of that of 1; NaN without */
	size_t weeks;                    /* that were forecast; 0: too few to try */
	bool two_years;                  /* ways with a season were tried */
	double scale;                    /* of the errors, 0 when the series does not vary */
	double errors[METHODS];          /* mean absolute; NaN: not tried, or cannot be fitted */
	double forecast, demand;         /* of the weeks that were forecast, all together: what the
	                                    best method said, and what came */
};

/* A series shorter than BACKTEST_WEEKS_LEAST is smoothed untested. Thread-safe. */
void backtest_run(struct backtest *b, const struct demand_series *s);
/* NaN when there is none. */
double backtest_mase(const struct backtest *b, const struct method *m);

#endif
