/* Exponential smoothing: Holt–Winters with additive season (P. R. Winters, Forecasting sales
 * by exponentially weighted moving averages, Management Science 6, 1960) and the simple one.
 *
 * Start values and sum of squares are those of R's stats::HoltWinters: level and trend from
 * the line through the moving average of the first two periods, the season from the
 * deviations from it. Weights are within [0, 1]. */
#ifndef SO1_PREDICT_HOLTWINTERS_H
#define SO1_PREDICT_HOLTWINTERS_H

#include <stdbool.h>
#include <stddef.h>

struct holtwinters {
	size_t period;             /* even; 0: simple smoothing, no trend and no season */
	double alpha, beta, gamma; /* of level, trend, season */
	double level, trend;       /* at the end of the series */
	double *season;            /* season[h % period] adds to the forecast h + 1 weeks on */
	double sse;                /* of one-step forecasts behind the start */
};

/* With the weights given. False, and nothing to free, when n < 2 * period or n is 0. */
bool holtwinters_run(struct holtwinters *h, const double *y, size_t n, size_t period,
		     double alpha, double beta, double gamma);
/* With the weights of the least sum of squares that a compass search from a grid of starts
 * finds, to 1e-4. */
bool holtwinters_fit(struct holtwinters *h, const double *y, size_t n, size_t period);
/* h + 1 weeks behind the end. */
double holtwinters_forecast(const struct holtwinters *h, size_t ahead);
void holtwinters_free(struct holtwinters *h);

#endif
