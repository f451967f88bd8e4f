/* forecast: demand a week of each key. The kind is in forecast.c, its fit in
 * forecast_fit.c, what the fit prints in forecast_page.c. */
#ifndef SO1_PREDICT_FORECAST_H
#define SO1_PREDICT_FORECAST_H

#include "predict/backtest.h"
#include "predict/kind.h"

/* What was found out about one key. */
struct forecast_key {
	const struct demand_series *series;
	struct backtest backtest;
	double season[WEEKS_ISO];
	double next[BACKTEST_AHEAD]; /* expected in the weeks behind the series */
	bool has_trend;
	double trend, trend_error;   /* change of the logarithm a year */
};

struct forecast {
	struct demand_table table;
	struct forecast_key *keys; /* table.count of them */
	double mase, mase_naive;   /* means over the keys that have both, `judged` of them; NaN */
	size_t judged;
	size_t beaten;             /* judged keys where something beat seasonal naive */
	double forecast, demand;   /* of the judged keys in the weeks they were tried on */
};

/* The fit method of the kind. */
enum so1_status forecast_fit(const struct fit_request *q, struct reader *r,
			     struct summary *summary, struct fit_result *result,
			     struct so1_error *e);

/* Whether the trend's 95 % interval is above 0 (1), below (-1) or has it inside (0). */
int forecast_direction(const struct forecast_key *k);
/* The table of trends: what rises, by size, then what does neither, then what falls. */
void forecast_page(const struct forecast *f, const char *by, struct buffer *out);

#endif
