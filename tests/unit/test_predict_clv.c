/* clv: processes of orders, Gamma–Gamma, the climb, what is predicted. Sources of expected
 * numbers: predict-clv/fit.csv (R 4.2.2, fit.R), predict-clv/orders.csv (mpmath, orders.py),
 * "lifetimes": tests of the lifetimes package, after the spreadsheets of B. Hardie. */
#include "base/chance.h"
#include "base/number.h"
#include "predict/clv.h"
#include "predict/numeric.h"
#include "predict/process_kinds.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void close_to(double got, double want, double relative, const char *what)
{
	cr_assert(fabs(got - want) <= relative * fabs(want), "%s: %.15g instead of %.15g", what, got,
		  want);
}

static FILE *open_data(const char *name)
{
	char path[512];
	const char *top = getenv("srcdir");

	snprintf(path, sizeof path, "%s/tests/unit/predict-clv/%s", top ? top : ".", name);
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "cannot open %s", path);
	return f;
}

static void read_customers(struct buyers *b, struct spends *s)
{
	FILE *f = open_data("data.csv");
	char line[256];
	unsigned x;
	double last, end, spend;

	cr_assert_not_null(fgets(line, sizeof line, f));
	while (fgets(line, sizeof line, f)) {
		cr_assert_eq(sscanf(line, "%*[^,],%*[^,],%u,%lf,%lf,%lf", &x, &last, &end, &spend),
			     4);
		struct buyer y = {x, last / 7, end / 7};
		buyers_add(b, &y);
		if (spend > 0)
			spends_add(s, x, spend);
	}
	fclose(f);
	buyers_finish(b);
}

/* A value and its standard error in fit.csv. */
static double fitted(const char *model, const char *term, double *error)
{
	FILE *f = open_data("fit.csv");
	char line[256], m[32], t[32];
	double value = NAN;

	*error = NAN;
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%31[^,],%31[^,],%lf,%lf", m, t, &value, error) >= 3 &&
		    strcmp(m, model) == 0 && strcmp(t, term) == 0)
			break;
	cr_assert(!feof(f), "no %s %s", model, term);
	fclose(f);
	return value;
}

Test(clv, processes_fit_as_in_r)
{
	struct buyers b = {0};
	struct spends s = {0};
	struct so1_error e;
	double error;

	numeric_init();
	read_customers(&b, &s);
	for (size_t i = 0; i < PROCESS_COUNT; i++) {
		struct process_fit fit;
		const struct process *p = &process_table[i];
		process_fit(&fit, p, &b, NULL, 2);
		cr_assert(fit.ascend.converged);
		cr_assert_eq(process_errors(&fit, &b, 2, &e), SO1_OK);
		close_to(fit.log_likelihood, fitted(p->name, "log_likelihood", &error), 1e-9,
			 p->name);
		for (size_t j = 0; j < PROCESS_PARAMETERS; j++) {
			/* R's optim differentiates numerically: 7 digits. */
			close_to(fit.p[j], fitted(p->name, p->parameters[j], &error), 5e-7,
				 p->parameters[j]);
			close_to(fit.std_error[j], error, 5e-5, p->parameters[j]);
		}
	}
	buyers_free(&b);
	spends_free(&s);
}

Test(clv, gammagamma_fits_as_in_r)
{
	static const char *const names[] = {"p", "q", "v"};
	struct buyers b = {0};
	struct spends s = {0};
	struct gammagamma g;
	struct so1_error e;
	double error;

	numeric_init();
	read_customers(&b, &s);
	gammagamma_fit(&g, &s, NULL, 2);
	cr_assert(g.ascend.converged && !g.tied);
	cr_assert_eq(gammagamma_errors(&g, &s, 2, &e), SO1_OK);
	const double got[] = {g.p, g.q, g.v};
	for (int j = 0; j < 3; j++) {
		close_to(got[j], fitted("gammagamma", names[j], &error), 5e-7, names[j]);
		close_to(g.std_error[j], error, 5e-5, names[j]);
	}
	close_to(g.log_likelihood, fitted("gammagamma", "log_likelihood", &error), 1e-9, "gg");
	buyers_free(&b);
	spends_free(&s);
}

/* Gradients against central differences of the value, where the tables, the sums and the
 * panels all take part. */
Test(clv, gradients)
{
	static const double at[][PROCESS_PARAMETERS] = {
		{-1, 2, 0, .5}, {.5, 1, -1.5, -1}, {2, 4, 1, 4}, {-.6, 2.4, -.5, 2.5}};
	struct buyers b = {0};
	struct spends s = {0};

	numeric_init();
	read_customers(&b, &s);
	for (size_t i = 0; i < PROCESS_COUNT; i++)
		for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
			double g[PROCESS_PARAMETERS], x[PROCESS_PARAMETERS];
			process_likelihood(&process_table[i], &b, at[k], g);
			for (size_t j = 0; j < PROCESS_PARAMETERS; j++) {
				const double h = 1e-5;
				memcpy(x, at[k], sizeof x);
				x[j] += h;
				double up = process_likelihood(&process_table[i], &b, x, NULL);
				x[j] -= 2 * h;
				double down = process_likelihood(&process_table[i], &b, x, NULL);
				cr_assert_float_eq(g[j], (up - down) / (2 * h), 1e-8, "%s %zu",
						   process_table[i].name, j);
			}
		}
	buyers_free(&b);
	spends_free(&s);
}

/* By hand: one customer who never came back, r = 1, alpha = 2, a = b = 1, T = 2:
 * BG/NBD (2/4)^1 = 1/2; MBG/NBD B(1,2)/B(1,1) (2/4) + B(2,1)/B(1,1) = 1/4 + 1/2; Pareto/NBD
 * with s = 1, beta = 2: (1/2)(1/2) + 2*2/2 * [-1/2 (2 + y)^-2] from 0 to 2
 * = 1/4 + 4 * (1/8 - 1/32) = 5/8. */
Test(clv, likelihood_by_hand)
{
	const double log_p[] = {0, log(2.), 0, 0}, log_q[] = {0, log(2.), 0, log(2.)};
	struct buyers b = {0};
	struct buyer never = {0, 0, 2};

	numeric_init();
	buyers_add(&b, &never);
	buyers_finish(&b);
	close_to(process_likelihood(&process_table[0], &b, log_p, NULL), log(.5), 1e-14, "bgnbd");
	close_to(process_likelihood(&process_table[1], &b, log_p, NULL), log(.75), 1e-14, "mbgnbd");
	close_to(process_likelihood(&process_table[2], &b, log_q, NULL), log(.625), 1e-11, "pareto");
	buyers_free(&b);
}

Test(clv, orders_and_alive_as_in_60_digits)
{
	FILE *f = open_data("orders.csv");
	char line[256];
	unsigned series = 0, sums = 0, alive = 0;

	cr_assert_not_null(fgets(line, sizeof line, f));
	while (fgets(line, sizeof line, f)) {
		double v[7], want, got;
		if (sscanf(line, "orders,%lf,%lf,%lf,%lf,%lf,,,%lf", v, v + 1, v + 2, v + 3, v + 4,
			   &want) == 6) {
			/* The series answers, or says that it cannot; the sum always does. */
			if (geometric_series(v[0], v[1], v[2], v[3], v[4], &got)) {
				close_to(got, want, 2e-11, line);
				series++;
			}
			close_to(geometric_sum(v[0], v[1], v[2], v[3], v[4]), want, 2e-11, line);
			sums++;
		} else {
			cr_assert_eq(sscanf(line, "alive,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", v, v + 1,
					    v + 2, v + 3, v + 4, v + 5, v + 6, &want), 8);
			const double p[] = {v[0], v[1], v[2], v[3]};
			const struct buyer b = {(uint32_t)v[4], v[5], v[6]};
			close_to(pareto_alive(p, &b), want, 2e-11, line);
			alive++;
		}
	}
	fclose(f);
	cr_assert_eq(sums, 720);
	cr_assert_eq(alive, 72);
	cr_assert(series > 600, "the series answered %u times", series);
}

/* lifetimes, with the parameters of Fader, Hardie and Lee (2005). At t = 78 the spreadsheet
 * has 1.8576: its series ends after 150 terms, there at 1.857616; the value is 1.857957
 * (mpmath, 40 digits). P(X(39) = 0) is of the parameters rounded to three digits. */
Test(clv, bgnbd_of_the_spreadsheets)
{
	static const double p[] = {.24259395230803, 4.41359091416604, .792919955839573,
				   2.42589404751842};
	static const struct {
		double t, orders;
	} new_customer[] = {{.1429, .0078}, {1, .0532}, {3, .1506}, {31.8571, 1.0405}, {32, 1.0437},
			    {78, 1.8580}};
	const struct buyer new = {0}, old = {2, 30.43, 38.86};

	for (size_t i = 0; i < 6; i++)
		cr_assert_float_eq(bgnbd_orders(p, &new, new_customer[i].t), new_customer[i].orders,
				   5.1e-5, "%g", new_customer[i].t);
	cr_assert_float_eq(bgnbd_alive(p, &old) * bgnbd_orders(p, &old, 39), 1.226, 5e-4);
	static const double rounded[] = {.243, 4.414, .793, 2.426};
	cr_assert_float_eq(1 - geometric_active(rounded, &new, 39), .5737864, 5e-8);
	/* The trap: nobody is lost before a repeat order. */
	const struct buyer once = {0, 0, 1000};
	cr_assert_eq(bgnbd_alive(p, &once), 1);
	cr_assert_lt(mbgnbd_alive(p, &once), .5);
}

Test(clv, pareto_of_the_spreadsheets)
{
	static const double p[] = {.5534, 10.5802, .6061, 11.6562};
	const struct buyer b = {26, 30.86, 31};

	cr_assert_float_eq(pareto_alive(p, &b), .9979, 5e-5);
	/* The package's test holds itself to .01. */
	cr_assert_float_eq(pareto_alive(p, &b) * pareto_orders(p, &b, 52), 25.46, .01);
	/* s = 1 is no pole: between its neighbours. */
	const double under[] = {.5534, 10.5802, 1 - 1e-7, 11.6562},
		     one[] = {.5534, 10.5802, 1, 11.6562};
	close_to(pareto_orders(one, &b, 52), pareto_orders(under, &b, 52), 1e-6, "s = 1");
}

/* lifetimes, after Fader and Hardie (2013): the first ten customers of CDNOW. */
Test(clv, gammagamma_of_the_note)
{
	static const struct {
		double x, mean, expected;
	} rows[] = {{2, 22.35, 24.65}, {1, 11.77, 18.91}, {0, 0, 35.17}, {0, 0, 35.17},
		    {0, 0, 35.17}, {7, 73.74, 71.46}, {1, 11.77, 18.91}, {0, 0, 35.17},
		    {2, 25.55, 27.28}, {0, 0, 35.17}};
	const struct gammagamma g = {.p = 6.25, .q = 3.74, .v = 15.44};

	for (size_t i = 0; i < 10; i++)
		cr_assert_float_eq(gammagamma_mean(&g, rows[i].x, rows[i].x * rows[i].mean),
				   rows[i].expected, .06, "%zu", i + 1);
}

/* P(at least one order) of Pareto/NBD, by the derivative of its expectation at 0, which is
 * the rate of orders, and by its bounds. */
Test(clv, pareto_active)
{
	static const double p[] = {.5534, 10.5802, .6061, 11.6562};
	const struct buyer b = {3, 20, 30};

	close_to(pareto_active(p, &b, 1e-5), pareto_orders(p, &b, 1e-5), 1e-5, "soon");
	double before = 0;
	for (double t = .5; t < 5000; t *= 2) {
		double now = pareto_active(p, &b, t);
		cr_assert(now > before && now < 1 && now < pareto_orders(p, &b, t), "%g", t);
		before = now;
	}
}

static struct clv_model model_of(const struct process *process, const double *p)
{
	struct clv_model m = {.process = process, .witness = process, .days = 365, .margin = .3,
			      .discount = .1};

	memcpy(m.terms.process, p, PROCESS_PARAMETERS * sizeof *p);
	m.terms.gammagamma = (struct gammagamma){.p = 6.25, .q = 3.74, .v = 15.44};
	clv_model_ready(&m);
	return m;
}

/* Whatever the parameters within the box and whatever the customer, nothing is NaN,
 * infinite or negative. */
Test(clv, always_finite_and_not_negative)
{
	struct draws d = {.seed = 1};

	numeric_init();
	for (size_t i = 0; i < PROCESS_COUNT; i++)
		for (int k = 0; k < 1500; k++) {
			double p[PROCESS_PARAMETERS];
			for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
				p[j] = exp(PROCESS_LOG_MOST * (2 * draw_uniform(&d) - 1));
			struct clv_model m = model_of(&process_table[i], p);
			double end = exp(12 * draw_uniform(&d) - 3);
			uint32_t x = (uint32_t)exp(14 * draw_uniform(&d) - 2);
			x = x > BUYER_REPEATS_MOST ? BUYER_REPEATS_MOST : x;
			struct clv_row row = {true, {x, x ? end * draw_uniform(&d) : 0, end},
					      x ? exp(60 * draw_uniform(&d) - 30) : 0};
			struct clv_value v;
			clv_predict(&m, &row, &v);
			double all[] = {v.alive, v.orders, v.spend, v.value};
			for (int n = 0; n < 4; n++)
				cr_assert(isfinite(all[n]) && all[n] >= 0,
					  "%s %g %g %g %g, x %u of %g: %d is %g",
					  process_table[i].name, p[0], p[1], p[2], p[3], x, end, n,
					  all[n]);
			double active = clv_active(&m, &row);
			cr_assert(v.alive <= 1 && active >= 0 && active <= 1, "%g %g", v.alive,
				  active);
			clv_model_free(&m);
		}
}

/* Discounting against a fine sum over the days of orders expected a day. */
Test(clv, discounted_value)
{
	static const double p[] = {.2426, 4.4136, .7929, 2.4259};
	struct clv_model m = model_of(process_find(SLICE("bgnbd")), p);
	struct clv_row row = {true, {2, 30.43, 38.86}, 44.7};
	struct clv_value v;
	enum { STEPS = 36500 };
	double sum = 0, before = 0;

	clv_predict(&m, &row, &v);
	for (int i = 1; i <= STEPS; i++) {
		double days = 365. * i / STEPS;
		double now = bgnbd_orders(p, &row.buyer, days / 7);
		sum += (now - before) * pow(1.1, -(days - 365. / STEPS / 2) / 365.25);
		before = now;
	}
	close_to(v.value, .3 * v.spend * sum * bgnbd_alive(p, &row.buyer), 1e-7, "clv");
	/* (2^(1 / (r + x)) - 1) (alpha + T), the median of a gamma mixture: by its definition. */
	close_to(bgnbd_alive(p, &row.buyer) / 2,
		 bgnbd_alive(p, &row.buyer) * geometric_active(p, &row.buyer, v.next_days / 7), 1e-9,
		 "median");
	clv_model_free(&m);
}

/* Draws against the moments of their distributions, four standard errors wide. */
Test(clv, draws)
{
	enum { N = 40000 };
	static const double shapes[] = {.05, .6, 1, 7.5};

	for (size_t k = 0; k < 4; k++) {
		double sum = 0, beta = 0;
		for (int i = 0; i < N; i++) {
			struct draws d = {.seed = chance_mix(k << 32 | (unsigned)i)};
			sum += exp(draw_log_gamma(&d, shapes[k]));
			beta += draw_beta(&d, shapes[k], 2);
		}
		double mean = shapes[k] / (shapes[k] + 2);
		cr_assert_float_eq(sum / N, shapes[k], 4 * sqrt(shapes[k] / N), "%g", shapes[k]);
		cr_assert_float_eq(beta / N, mean,
				   4 * sqrt(mean * (1 - mean) / (shapes[k] + 3) / N), "%g", shapes[k]);
	}
}

/* A population drawn from a process gives its parameters back, whichever way it starts:
 * beyond 20,000 groups from a sample. Within four standard errors. */
Test(clv, what_was_drawn_is_found)
{
	static const double p[PROCESS_COUNT][PROCESS_PARAMETERS] = {
		{.5, 6, .8, 2.5}, {.6, 6, .9, 1.6}, {.55, 10.6, .6, 11.7}};

	numeric_init();
	for (size_t i = 0; i < PROCESS_COUNT; i++) {
		struct buyers b = {0};
		struct process_fit fit, again;
		struct so1_error e;
		for (unsigned k = 0; k < 60000; k++) {
			struct draws d = {.seed = chance_mix(k)};
			struct buyer x = process_table[i].draw(p[i], 20 + k % 100, &d);
			cr_assert(x.last <= x.end && (x.repeats > 0) == (x.last > 0));
			buyers_add(&b, &x);
		}
		buyers_finish(&b);
		cr_assert_gt(b.count, 20000u);
		process_fit(&fit, &process_table[i], &b, NULL, 2);
		cr_assert(fit.ascend.converged);
		cr_assert_eq(process_errors(&fit, &b, 2, &e), SO1_OK);
		for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
			cr_assert_float_eq(fit.p[j], p[i][j], 4 * fit.std_error[j], "%s %s %g (%g)",
					   process_table[i].name, process_table[i].parameters[j],
					   fit.p[j], fit.std_error[j]);
		/* The same to the bit on another number of threads. */
		process_fit(&again, &process_table[i], &b, NULL, 5);
		cr_assert_arr_eq(again.p, fit.p, sizeof fit.p);
		buyers_free(&b);
	}
}

/* Customers who all order alike have no spread of rates: r and alpha grow together to the
 * side of the box, and the fit says so. */
Test(clv, no_spread_ends_at_the_box)
{
	struct buyers b = {0};
	struct process_fit fit;

	numeric_init();
	for (uint32_t k = 0; k < 200; k++) {
		struct buyer x = {20, 39.5 - k % 5 * .1, 40};
		buyers_add(&b, &x);
	}
	buyers_finish(&b);
	process_fit(&fit, &process_table[0], &b, NULL, 1);
	cr_assert(fit.ascend.converged && isfinite(fit.log_likelihood));
	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		cr_assert(fit.p[j] >= 1e-5 * .99 && fit.p[j] <= 1e5 * 1.01);
	const struct buyer x = {20, 39.5, 40};
	cr_assert_float_eq(bgnbd_alive(fit.p, &x) * bgnbd_orders(fit.p, &x, 40), 20, 1);
	buyers_free(&b);
}

/* Totals with q below 1 have no mean: the fit is held to the mean that was seen. */
Test(clv, heavy_tail_is_tied)
{
	struct spends s = {0};
	struct gammagamma g;

	numeric_init();
	for (unsigned i = 0; i < 3000; i++) {
		struct draws d = {.seed = chance_mix(i)};
		uint32_t x = 1 + i % 4;
		double log_rate = draw_log_gamma(&d, .7);
		spends_add(&s, x, exp(draw_log_gamma(&d, 4. * x) - log_rate));
	}
	gammagamma_fit(&g, &s, NULL, 2);
	cr_assert(g.tied && g.ascend.converged && g.q > 1);
	close_to(gammagamma_mean(&g, 0, 0), s.means / (double)s.count, 1e-9, "mean");
	spends_free(&s);
}

/* Equal customers are one group, whatever the order they come in. */
Test(clv, buyers_fold)
{
	static const struct buyer some[] = {{2, 3, 9}, {0, 0, 9}, {2, 3, 9}, {1, 3, 9}, {0, 0, 4},
					    {2, 3, 9}, {0, -0., 9}};
	struct buyers b = {0}, c = {0}, sample;

	for (int i = 0; i < 7; i++) {
		buyers_add(&b, &some[i]);
		buyers_add(&c, &some[6 - i]);
	}
	buyers_finish(&b);
	buyers_finish(&c);
	cr_assert_eq(b.count, 4u);
	cr_assert_eq(b.customers, 7u);
	cr_assert_eq(b.repeat_customers, 4u);
	cr_assert_eq(b.repeat_orders, 7u);
	cr_assert_eq(b.groups[3].count, 3u);
	for (size_t i = 0; i < b.count; i++) {
		struct buyer x = buyers_at(&b, &b.groups[i]), y = buyers_at(&c, &c.groups[i]);
		cr_assert(x.repeats == y.repeats && x.last == y.last && x.end == y.end);
		cr_assert_eq(b.groups[i].count, c.groups[i].count);
	}
	buyers_sample(&b, 7, &sample);
	cr_assert_eq(sample.customers, 7u);
	buyers_free(&sample);
	buyers_free(&b);
	buyers_free(&c);
}
