#include "predict/holtwinters.h"

#include "base/memory.h"

#include <stdlib.h>

enum { WEIGHTS = 3 };

/* What a run begins with. */
struct start {
	double level, trend;
	double *season;
};

/* The moving average of an even period, its ends by half, at 0-based place t. */
static double moving_average(const double *y, size_t period, size_t t)
{
	size_t half = period / 2;
	double sum = (y[t - half] + y[t + half]) / 2;

	for (size_t i = t - half + 1; i < t + half; i++)
		sum += y[i];
	return sum / (double)period;
}

static void begin(struct start *s, const double *y, size_t period)
{
	size_t half = period / 2;
	double n = (double)period, mean_x = (n + 1) / 2, mean = 0, cross = 0, square = 0;
	double *average = xcalloc(period, sizeof *average), centre = 0;

	for (size_t i = 0; i < period; i++) {
		average[i] = moving_average(y, period, half + i);
		mean += average[i] / n;
	}
	for (size_t i = 0; i < period; i++) {
		double x = (double)(i + 1) - mean_x;
		cross += x * (average[i] - mean);
		square += x * x;
	}
	s->trend = cross / square;
	s->level = mean - s->trend * mean_x;
	s->season = xcalloc(period, sizeof *s->season);
	for (size_t i = 0; i < period; i++) {
		s->season[(half + i) % period] = y[half + i] - average[i];
		centre += (y[half + i] - average[i]) / n;
	}
	for (size_t i = 0; i < period; i++)
		s->season[i] -= centre;
	free(average);
}

/* h->season is overwritten; it is in the series' phase while running. */
static void run(struct holtwinters *h, const struct start *s, const double *y, size_t n,
		const double w[WEIGHTS])
{
	size_t from = h->period ? h->period : 1, place = 0;

	h->level = s->level;
	h->trend = s->trend;
	h->sse = 0;
	if (h->period)
		memcpy(h->season, s->season, h->period * sizeof *h->season);
	for (size_t i = from; i < n; i++) {
		double season = h->period ? h->season[place] : 0, before = h->level;
		double error = y[i] - (h->level + h->trend + season);
		h->sse += error * error;
		h->level = w[0] * (y[i] - season) + (1 - w[0]) * (h->level + h->trend);
		if (h->period == 0)
			continue;
		h->trend = w[1] * (h->level - before) + (1 - w[1]) * h->trend;
		h->season[place] = w[2] * (y[i] - h->level) + (1 - w[2]) * season;
		place = place + 1 == h->period ? 0 : place + 1;
	}
	h->alpha = w[0];
	h->beta = h->period ? w[1] : 0;
	h->gamma = h->period ? w[2] : 0;
}

/* The season so that [0] is the week behind the end. */
static void turn(struct holtwinters *h, size_t n)
{
	if (h->period == 0)
		return;
	double *turned = xcalloc(h->period, sizeof *turned);
	for (size_t i = 0; i < h->period; i++)
		turned[i] = h->season[(n + i) % h->period];
	free(h->season);
	h->season = turned;
}

static bool prepare(struct holtwinters *h, struct start *s, const double *y, size_t n,
		    size_t period)
{
	*h = (struct holtwinters){.period = period};
	*s = (struct start){0};
	if (n < 1 || n < 2 * period)
		return false;
	if (period) {
		h->season = xcalloc(period, sizeof *h->season);
		begin(s, y, period);
	} else {
		s->level = y[0];
	}
	return true;
}

bool holtwinters_run(struct holtwinters *h, const double *y, size_t n, size_t period,
		     double alpha, double beta, double gamma)
{
	struct start s;

	if (!prepare(h, &s, y, n, period))
		return false;
	run(h, &s, y, n, (const double[WEIGHTS]){alpha, beta, gamma});
	turn(h, n);
	free(s.season);
	return true;
}

static double sse_at(struct holtwinters *h, const struct start *s, const double *y, size_t n,
		     const double w[WEIGHTS])
{
	run(h, s, y, n, w);
	return h->sse;
}

/* Steps along the axes as long as one of them pays, then halves the step. */
static double descend(struct holtwinters *h, const struct start *s, const double *y, size_t n,
		      double w[WEIGHTS])
{
	int axes = h->period ? WEIGHTS : 1;
	double best = sse_at(h, s, y, n, w);

	for (double step = .1; step > 5e-5; step /= 2) {
		bool moved = true;
		while (moved) {
			moved = false;
			for (int i = 0; i < 2 * axes; i++) {
				double held = w[i / 2], to = held + (i % 2 ? -step : step);
				w[i / 2] = to < 0 ? 0 : to > 1 ? 1 : to;
				double sse = sse_at(h, s, y, n, w);
				/* A gain of the last digits would go round in circles. */
				bool pays = sse < best * (1 - 1e-12);
				best = pays ? sse : best;
				w[i / 2] = pays ? w[i / 2] : held;
				moved = moved || pays;
			}
		}
	}
	return best;
}

bool holtwinters_fit(struct holtwinters *h, const double *y, size_t n, size_t period)
{
	/* R starts from .3, .1, .1 alone; sums of squares have several hollows. */
	static const double starts[][WEIGHTS] = {{.3, .1, .1}, {.05, .01, .05}, {.1, .05, .5},
						 {.7, .05, .1}};
	struct start s;
	double best = 0, weights[WEIGHTS] = {0};

	if (!prepare(h, &s, y, n, period))
		return false;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		double w[WEIGHTS];
		memcpy(w, starts[i], sizeof w);
		double sse = descend(h, &s, y, n, w);
		if (i == 0 || sse < best) {
			best = sse;
			memcpy(weights, w, sizeof w);
		}
	}
	run(h, &s, y, n, weights);
	turn(h, n);
	free(s.season);
	return true;
}

double holtwinters_forecast(const struct holtwinters *h, size_t ahead)
{
	return h->level + (double)(ahead + 1) * h->trend +
	       (h->period ? h->season[ahead % h->period] : 0);
}

void holtwinters_free(struct holtwinters *h)
{
	free(h->season);
	h->season = NULL;
}
