#include "predict/gammagamma.h"

#include "base/threads.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>

enum { GRAIN = 8192 };

/* Parameters (v in units of the mean) lie within exp(± this): 1e-5 … 1e5. */
static const double log_most = 11.512925464970229;

void spends_add(struct spends *s, uint32_t repeats, double total)
{
	GROW(s->repeats, s->cap, s->count + 1);
	GROW(s->totals, s->totals_cap, s->count + 1);
	s->repeats[s->count] = repeats;
	s->totals[s->count++] = total;
	s->means += total / repeats;
	if (repeats > s->most_repeats)
		s->most_repeats = repeats;
}

void spends_free(struct spends *s)
{
	free(s->repeats);
	free(s->totals);
	*s = (struct spends){0};
}

struct part {
	double value, d[GAMMAGAMMA_PARAMETERS];
};

struct evaluation {
	const struct spends *spends;
	double p, q, v;
	/* By repeats, where a customer has so many: log Gamma(p x + q) - log Gamma(p x) and its
	 * derivatives in p and in q. */
	double *rise, *rise_p, *rise_q;
	bool *wanted;
	struct part *parts;
	int threads;
	bool tied;
};

static void set_up(struct evaluation *v, const struct spends *s, bool tied, int threads)
{
	size_t n = (size_t)s->most_repeats + 1;

	*v = (struct evaluation){.spends = s, .tied = tied, .threads = threads};
	v->rise = xcalloc(n, sizeof *v->rise);
	v->rise_p = xcalloc(n, sizeof *v->rise_p);
	v->rise_q = xcalloc(n, sizeof *v->rise_q);
	v->wanted = xcalloc(n, sizeof *v->wanted);
	v->parts = xcalloc(s->count / GRAIN + 1, sizeof *v->parts);
	for (size_t i = 0; i < s->count; i++)
		v->wanted[s->repeats[i]] = true;
}

static void clean_up(struct evaluation *v)
{
	free(v->rise);
	free(v->rise_p);
	free(v->rise_q);
	free(v->wanted);
	free(v->parts);
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static void sum_part(void *context, size_t begin, size_t end, int thread)
{
	struct evaluation *v = context;
	struct part sum = {0};

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		uint32_t x = v->spends->repeats[i];
		double total = v->spends->totals[i], shape = v->p * x + v->q;
		double log_both = log1p(total / v->v), share = log(total / (v->v + total));
		/* v^q z^(p x - 1) x^(p x) / (v + x z)^(p x + q), in logs. */
		sum.value += v->rise[x] + v->p * x * share - v->q * log_both - log(total / x);
		sum.d[0] += v->rise_p[x] + x * share;
		sum.d[1] += v->rise_q[x] - log_both;
		sum.d[2] += v->q / v->v - shape / (v->v + total);
	}
	v->parts[begin / GRAIN] = sum;
}

/* Sum of the log-likelihoods and their derivatives in p, q and v. */
static double total(struct evaluation *v, double *d)
{
	const struct spends *s = v->spends;
	double p = v->p, q = v->q, count = (double)s->count;
	struct part sum = {0};

	for (size_t x = 1; x <= s->most_repeats; x++) {
		if (!v->wanted[x])
			continue;
		double shape = p * (double)x, both = gsl_sf_psi(shape + q);
		v->rise[x] = log_gamma(shape + q) - log_gamma(shape);
		v->rise_p[x] = (double)x * (both - gsl_sf_psi(shape));
		v->rise_q[x] = both;
	}
	threads_for(s->count, GRAIN, v->threads, sum_part, v);
	for (size_t i = 0; i < (s->count + GRAIN - 1) / GRAIN; i++) {
		sum.value += v->parts[i].value;
		for (size_t j = 0; j < GAMMAGAMMA_PARAMETERS; j++)
			sum.d[j] += v->parts[i].d[j];
	}
	d[0] = sum.d[0];
	d[1] = sum.d[1] - count * gsl_sf_psi(q);
	d[2] = sum.d[2];
	return sum.value - count * log_gamma(q);
}

static double mean_of(const struct spends *s)
{
	return s->means / (double)s->count;
}

/* From the variables of the climb to the parameters. */
static void parameters(const struct evaluation *v, const double *x, double *p, double *q,
		       double *scale)
{
	double mean = mean_of(v->spends);

	*p = exp(x[0]);
	*q = v->tied ? 1 + exp(x[1]) : exp(x[1]);
	*scale = v->tied ? mean * exp(x[1]) / *p : mean * exp(x[2]);
}

static double evaluate(void *context, const double *x, double *gradient)
{
	struct evaluation *v = context;
	double d[GAMMAGAMMA_PARAMETERS], count = (double)v->spends->count;

	parameters(v, x, &v->p, &v->q, &v->v);
	double value = total(v, d) / count;
	if (v->tied) {
		gradient[0] = (v->p * d[0] - v->v * d[2]) / count;
		gradient[1] = ((v->q - 1) * d[1] + v->v * d[2]) / count;
	} else {
		gradient[0] = v->p * d[0] / count;
		gradient[1] = v->q * d[1] / count;
		gradient[2] = v->v * d[2] / count;
	}
	return isfinite(value) ? value : -INFINITY;
}

static struct ascend_problem problem_of(struct evaluation *v)
{
	return (struct ascend_problem){
		.n = v->tied ? GAMMAGAMMA_PARAMETERS - 1 : GAMMAGAMMA_PARAMETERS,
		.low = -log_most,
		.high = log_most,
		.eval = evaluate,
		.context = v,
	};
}

static void climb(struct gammagamma *g, const struct spends *s, int threads)
{
	struct evaluation v;

	set_up(&v, s, g->tied, threads);
	struct ascend_problem problem = problem_of(&v);
	ascend_climb(&problem, &g->ascend);
	parameters(&v, g->ascend.x, &g->p, &g->q, &g->v);
	clean_up(&v);
	g->log_likelihood = g->ascend.value * (double)s->count;
	for (size_t j = 0; j < GAMMAGAMMA_PARAMETERS; j++)
		g->std_error[j] = NAN;
}

/* Whether the population's mean is anywhere near what was seen. */
static bool has_mean(const struct gammagamma *g, const struct spends *s)
{
	double mean = gammagamma_mean(g, 0, 0), seen = mean_of(s);

	return g->q > 1 && mean < 2 * seen && mean > seen / 2;
}

void gammagamma_fit(struct gammagamma *g, const struct spends *s, const struct gammagamma *start,
		    int threads)
{
	/* p = 3, q = 3, v = 2/3 of the mean: a population with that mean. */
	*g = (struct gammagamma){.ascend.x = {log(3.), log(3.), log(2. / 3)}};
	if (start) {
		g->tied = start->tied;
		g->ascend = start->ascend;
		g->ascend.warm = true;
	}
	climb(g, s, threads);
	if (g->tied || (g->ascend.converged && has_mean(g, s)))
		return;
	*g = (struct gammagamma){.tied = true, .ascend.x = {log(3.), log(2.)}};
	climb(g, s, threads);
}

enum so1_status gammagamma_errors(struct gammagamma *g, const struct spends *s, int threads,
				  struct so1_error *e)
{
	double m[ASCEND_MOST * ASCEND_MOST];
	double p[GAMMAGAMMA_PARAMETERS] = {g->p, g->tied ? g->q - 1 : g->q, g->v};
	struct evaluation v;

	set_up(&v, s, g->tied, threads);
	struct ascend_problem problem = problem_of(&v);
	ascend_curvature(&problem, g->ascend.x, m);
	clean_up(&v);
	return ascend_errors(&g->ascend, problem.n, m, (double)s->count, p, g->std_error, e);
}

double gammagamma_mean(const struct gammagamma *g, double repeats, double total)
{
	return g->p * (g->v + total) / (g->p * repeats + g->q - 1);
}

double gammagamma_likelihood(const struct spends *s, double p, double q, double v)
{
	struct evaluation e;
	double d[GAMMAGAMMA_PARAMETERS];

	set_up(&e, s, false, 1);
	e.p = p;
	e.q = q;
	e.v = v;
	double value = total(&e, d);
	clean_up(&e);
	return value;
}
