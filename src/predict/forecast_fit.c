/* forecast, fitted. */
#include "predict/forecast.h"

#include "base/datetime.h"
#include "base/number.h"
#include "base/threads.h"
#include "predict/numeric.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Digits of the seasons, forecasts and errors in the model file. */
enum { DIGITS = 6 };

/* A fit that held on the weeks before may have no top on all of them: then there is no season,
 * and the series is smoothed, which always can be. */
static void fit_key(struct forecast_key *k, const struct demand_series *s)
{
	struct backtest *b = &k->backtest;
	struct loglinear trend;

	k->series = s;
	backtest_run(b, s);
	if (!method_season(b->season, s, s->n, k->season)) {
		b->season = NULL;
		b->season_error = NAN;
	}
	if (!method_forecast(b->method, s, s->n, BACKTEST_AHEAD, k->next)) {
		b->method = &method_table[METHODS - 1];
		method_forecast(b->method, s, s->n, BACKTEST_AHEAD, k->next);
	}
	/* A trend a year of less than a year is a guess. */
	k->has_trend = b->loglinear && s->n >= SEASON_WEEKS &&
		       loglinear_fit(&trend, s->y, s->n, s->first, b->loglinear->harmonics);
	if (k->has_trend) {
		k->trend = trend.beta[1];
		k->trend_error = trend.trend_error;
	}
}

static void fit_range(void *context, size_t begin, size_t end, int thread)
{
	struct forecast *f = context;

	(void)thread;
	for (size_t i = begin; i < end; i++)
		fit_key(&f->keys[i], &f->table.items[i]);
}

static void fit_keys(struct forecast *f, int threads)
{
	double sum = 0, sum_naive = 0;

	f->keys = xcalloc(f->table.count, sizeof *f->keys);
	threads_for(f->table.count, 1, threads, fit_range, f);
	for (size_t i = 0; i < f->table.count; i++) {
		const struct backtest *b = &f->keys[i].backtest;
		double mase = backtest_mase(b, b->method);
		double naive = backtest_mase(b, &method_table[0]);
		if (isnan(mase) || isnan(naive))
			continue;
		sum += mase;
		sum_naive += naive;
		f->judged++;
		f->beaten += mase < naive;
		f->forecast += b->forecast;
		f->demand += b->demand;
	}
	f->mase = f->judged ? sum / (double)f->judged : NAN;
	f->mase_naive = f->judged ? sum_naive / (double)f->judged : NAN;
}

int forecast_direction(const struct forecast_key *k)
{
	double half = NUMERIC_Z95 * k->trend_error;

	return !k->has_trend ? 0 : k->trend - half > 0 ? 1 : k->trend + half < 0 ? -1 : 0;
}

/* Whether there is anything to learn from. */
static enum so1_status check(const struct demand *d, const struct demand_table *t,
			     const struct fit_request *q, struct so1_error *e)
{
	if (d->lines == 0 && d->later)
		return error_set(e, SO1_FAILED, "no purchase with a %s before the week of --as-of: "
				 "nothing to learn from", q->by);
	if (d->lines == 0)
		return error_set(e, SO1_FAILED, "no purchase with a %s: nothing to learn from",
				 q->by);
	if (t->weeks < BACKTEST_WEEKS_LEAST)
		return error_set(e, SO1_FAILED, "purchases span %zu whole week%s, from Monday to "
				 "Sunday; it takes %d", t->weeks, t->weeks == 1 ? "" : "s",
				 BACKTEST_WEEKS_LEAST);
	if (t->count == 0)
		return error_set(e, SO1_FAILED, "no %s has %" PRIu64 " purchase lines and demand in "
				 "a whole week: lower --min-support", q->by, q->min_support);
	return SO1_OK;
}

static void put_list(struct buffer *b, const double *x, size_t n)
{
	buffer_clear(b);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_put_byte(b, ';');
		number_put_rounded(b, x[i], DIGITS);
	}
}

static void add_date(struct model_file *m, const char *name, int64_t day)
{
	struct buffer b = {0};

	date_put(&b, day);
	model_file_add(m, "card", slice_of(name), buffer_slice(&b));
	buffer_free(&b);
}

static void put_setting(struct buffer *b, const char *name, double x)
{
	if (isnan(x))
		return;
	buffer_printf(b, "%s%s=", b->len ? ";" : "", name);
	number_put_rounded(b, x, DIGITS);
}

/* How a key was forecast: a map cell, its keys in order. */
static void describe_key(const struct forecast_key *k, struct model_file *m)
{
	const struct backtest *b = &k->backtest;
	struct buffer cell = {0}, day = {0};

	date_put(&day, week_monday(k->series->first));
	buffer_printf(&cell, "first_week=%s", buffer_text(&day));
	put_setting(&cell, "mase", backtest_mase(b, b->method));
	put_setting(&cell, "mase_seasonal_naive", backtest_mase(b, &method_table[0]));
	buffer_printf(&cell, ";method=%s", b->method->name);
	if (b->season)
		buffer_printf(&cell, ";season=%s", b->season->name);
	put_setting(&cell, "season_error", b->season_error);
	put_setting(&cell, "tested_weeks", (double)b->weeks);
	put_setting(&cell, "weeks", (double)k->series->n);
	model_file_add(m, "transform", k->series->key, buffer_slice(&cell));
	buffer_free(&cell);
	buffer_free(&day);
}

static void describe_terms(const struct forecast_key *k, struct model_file *m)
{
	struct buffer name = {0}, list = {0};

	if (k->has_trend) {
		buffer_printf(&name, "trend %.*s", SLICE_ARGS(k->series->key));
		model_file_add_term(m, buffer_slice(&name), k->trend, k->trend_error);
	}
	buffer_clear(&name);
	buffer_printf(&name, "next %.*s", SLICE_ARGS(k->series->key));
	put_list(&list, k->next, BACKTEST_AHEAD);
	model_file_add(m, "term", buffer_slice(&name), buffer_slice(&list));
	buffer_clear(&name);
	buffer_printf(&name, "season %.*s", SLICE_ARGS(k->series->key));
	put_list(&list, k->season, WEEKS_ISO);
	model_file_add(m, "term", buffer_slice(&name), buffer_slice(&list));
	buffer_free(&name);
	buffer_free(&list);
}

static void describe(const struct fit_request *q, const struct demand *d,
		     const struct forecast *f, struct model_file *m)
{
	const struct demand_table *t = &f->table;

	model_file_add(m, "model", SLICE("kind"), slice_of(q->kind));
	model_file_add_number(m, "model", "version", MODELFILE_VERSION);
	model_file_add(m, "model", SLICE("by"), slice_of(q->by));
	model_file_add(m, "model", SLICE("command"), slice_of(q->command));
	add_date(m, "first_week", week_monday(t->first));
	add_date(m, "last_week", week_monday(t->first + (int64_t)t->weeks - 1));
	model_file_add_number(m, "card", "weeks", (double)t->weeks);
	model_file_add_number(m, "card", "purchase_lines", (double)d->lines);
	model_file_add_number(m, "card", "keys", (double)t->count);
	model_file_add_number(m, "card", "rare_keys", (double)t->rare);
	if (f->judged) {
		model_file_add_number(m, "card", "judged_keys", (double)f->judged);
		model_file_add_number(m, "card", "better_than_seasonal_naive", (double)f->beaten);
		model_file_add_number(m, "card", "mase", f->mase);
		model_file_add_number(m, "card", "mase_seasonal_naive", f->mase_naive);
		model_file_add_figure(m, "held_out", "calibration_ratio",
				      f->demand > 0 ? f->forecast / f->demand : NAN);
	}
	for (size_t i = 0; i < t->count; i++)
		describe_key(&f->keys[i], m);
	for (size_t i = 0; i < t->count; i++)
		describe_terms(&f->keys[i], m);
}

/* What a reader of the notes should know before he trusts the model. */
static void note(const struct fit_request *q, const struct demand *d, const struct forecast *f,
		 struct summary *summary)
{
	const struct demand_table *t = &f->table;
	size_t young = 0, seasonal = 0;

	for (size_t i = 0; i < t->count; i++) {
		young += !f->keys[i].backtest.two_years;
		seasonal += f->keys[i].backtest.season != NULL;
	}
	if (d->returns)
		summary_note(summary, "%" PRIu64 " returns: demand is what was bought", d->returns);
	if (d->later)
		summary_note(summary, "%" PRIu64 " purchases in or after the week of --as-of: not "
			     "learned from",
			     d->later);
	if (d->without_key)
		summary_note(summary, "%" PRIu64 " purchases without a %s: not learned from",
			     d->without_key, q->by);
	if (t->rare)
		summary_note(summary, "%zu of %zu keys left out: fewer than %" PRIu64 " purchase "
			     "lines, or none in whole weeks", t->rare, t->rare + t->count,
			     q->min_support);
	if (young)
		summary_note(summary, "%zu of %zu keys have less than two years of demand: no "
			     "season, season_by_%s is 1, and what looks like a trend may be the "
			     "season", young,
			     t->count, q->by);
	if (f->judged)
		summary_note(summary, "MASE %.3f, seasonal naive %.3f, mean of %zu keys; better than "
			     "seasonal naive for %zu", f->mase, f->mase_naive, f->judged, f->beaten);
	if (f->judged && f->beaten == 0)
		summary_note(summary, "nothing beats the seasonal naive forecast for any key");
	if (t->count > young)
		summary_note(summary, "a season that held on the weeks tried: %zu of %zu keys; for the "
			     "others season_by_%s is 1", seasonal, t->count - young, q->by);
}

enum so1_status forecast_fit(const struct fit_request *q, struct reader *r,
			     struct summary *summary, struct fit_result *result,
			     struct so1_error *e)
{
	struct demand d = {0};
	struct forecast f = {0};
	int64_t before = q->before == INT64_MAX ? q->before
						: week_monday(week_of_day(q->before));
	enum so1_status s = demand_read(&d, r, q->by, before, e);

	if (s == SO1_OK) {
		demand_tabulate(&d, before, q->min_support, &f.table);
		s = check(&d, &f.table, q, e);
	}
	if (s == SO1_OK) {
		fit_keys(&f, q->threads);
		describe(q, &d, &f, &result->model);
		forecast_page(&f, q->by, &result->page);
		note(q, &d, &f, summary);
	}
	free(f.keys);
	demand_table_free(&f.table);
	demand_free(&d);
	return s;
}
