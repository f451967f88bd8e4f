/* What a forecast's fit prints. */
#include "predict/forecast.h"

#include "base/datetime.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_WIDTH_MOST = 30 };

/* Rising first, falling last; within each by size, then by key. */
static int by_trend(const void *a, const void *b)
{
	const struct forecast_key *x = *(const struct forecast_key *const *)a;
	const struct forecast_key *y = *(const struct forecast_key *const *)b;
	int dx = forecast_direction(x), dy = forecast_direction(y);

	if (dx != dy)
		return dx > dy ? -1 : 1;
	if (x->has_trend != y->has_trend)
		return x->has_trend ? -1 : 1;
	if (x->has_trend && x->trend != y->trend)
		return x->trend > y->trend ? -1 : 1;
	return slice_compare(x->series->key, y->series->key);
}

static double percent(double log_change)
{
	return 100 * expm1(log_change);
}

static void put_percent(struct buffer *b, double log_change)
{
	double x = percent(log_change);

	if (fabs(x) < 9999.5)
		buffer_printf(b, "  %+7.1f %%", x);
	else
		buffer_printf(b, "  %9s", "> 9999 %");
}

static void put_trend(struct buffer *b, const struct forecast_key *k)
{
	static const char *const words[] = {"falls", "", "rises"};
	double half = NUMERIC_Z95 * k->trend_error;

	if (!k->has_trend) {
		buffer_printf(b, "  %9s  %9s  %9s  %-5s", "", "", "", "");
		return;
	}
	put_percent(b, k->trend);
	put_percent(b, k->trend - half);
	put_percent(b, k->trend + half);
	buffer_printf(b, "  %-5s", words[forecast_direction(k) + 1]);
}

static void put_mase(struct buffer *b, double mase)
{
	if (isnan(mase))
		buffer_printf(b, "  %6s", "");
	else
		buffer_printf(b, "  %6.3f", mase);
}

/* Mean of the last quarter of a year: what a week sells now. */
static double lately(const struct demand_series *s)
{
	size_t n = s->n < 13 ? s->n : 13;
	double sum = 0;

	for (size_t i = s->n - n; i < s->n; i++)
		sum += s->y[i];
	return sum / (double)n;
}

static double total(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

static void put_key(struct buffer *b, const struct forecast_key *k, int width)
{
	const struct backtest *t = &k->backtest;
	int len = k->series->key.len < (size_t)width ? (int)k->series->key.len : width;

	buffer_printf(b, "%-*.*s  %9.1f  %9.1f", width, len, k->series->key.ptr, lately(k->series),
		      total(k->next, BACKTEST_AHEAD));
	put_trend(b, k);
	put_mase(b, backtest_mase(t, t->method));
	put_mase(b, backtest_mase(t, &method_table[0]));
	buffer_printf(b, t->season ? "  %-14s  %s\n" : "  %s\n", t->method->name,
		      t->season ? t->season->name : "");
}

void forecast_page(const struct forecast *f, const char *by, struct buffer *out)
{
	const struct demand_table *t = &f->table;
	const struct forecast_key **order = xcalloc(t->count, sizeof *order);
	struct buffer from = {0}, to = {0};
	int width = 3;

	for (size_t i = 0; i < t->count; i++) {
		size_t len = t->items[i].key.len;
		order[i] = &f->keys[i];
		if (len > (size_t)width)
			width = len < KEY_WIDTH_MOST ? (int)len : KEY_WIDTH_MOST;
	}
	qsort(order, t->count, sizeof *order, by_trend);
	date_put(&from, week_monday(t->first));
	date_put(&to, week_monday(t->first + (int64_t)t->weeks) - 1);
	buffer_printf(out, "demand by %s, %zu weeks from %s to %s\n\n", by, t->weeks,
		      buffer_text(&from), buffer_text(&to));
	buffer_printf(out, "%-*s  %9s  %9s  %9s  %20s  %5s  %6s  %6s\n", width, "", "a week",
		      "next 4", "trend", "95 %", "", "", "naive");
	buffer_printf(out, "%-*s  %9s  %9s  %9s  %20s  %5s  %6s  %6s  %-14s  %s\n", width, "key", "lately",
		      "weeks", "a year", "interval", "", "MASE", "MASE", "method", "season");
	for (size_t i = 0; i < t->count; i++)
		put_key(out, order[i], width);
	free(order);
	buffer_free(&from);
	buffer_free(&to);
}
