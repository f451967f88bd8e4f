#include "predict/process.h"

#include "base/threads.h"
#include "predict/numeric.h"
#include "predict/process_kinds.h"

#include <math.h>
#include <stdlib.h>

/* Groups that one sum takes in turn; customers of the sample that finds where to start. */
enum { GRAIN = 2048, SAMPLE_CUSTOMERS = 20000, SAMPLE_WORTH = 20000 };

const struct process process_table[PROCESS_COUNT] = {
	{.name = "bgnbd", .parameters = {"r", "alpha", "a", "b"}, .fill = bgnbd_fill,
	 .group = bgnbd_group, .alive = bgnbd_alive, .orders = bgnbd_orders,
	 .active = geometric_active, .draw = bgnbd_draw},
	{.name = "mbgnbd", .parameters = {"r", "alpha", "a", "b"}, .fill = mbgnbd_fill,
	 .group = mbgnbd_group, .alive = mbgnbd_alive, .orders = mbgnbd_orders,
	 .active = geometric_active, .draw = mbgnbd_draw},
	{.name = "pareto", .parameters = {"r", "alpha", "s", "beta"}, .beta_times = true,
	 .group = pareto_group, .alive = pareto_alive, .orders = pareto_orders,
	 .active = pareto_active, .draw = pareto_draw},
};

const struct process *process_find(struct slice name)
{
	for (size_t i = 0; i < PROCESS_COUNT; i++)
		if (slice_is(name, process_table[i].name))
			return &process_table[i];
	return NULL;
}

struct part {
	double value, gradient[PROCESS_PARAMETERS];
};

struct evaluation {
	const struct process *process;
	struct process_tables tables;
	struct part *parts;
	int threads;
};

static void set_up(struct evaluation *v, const struct process *process,
		   const struct buyers *buyers, int threads)
{
	size_t n = (size_t)buyers->most_repeats + 2, times = buyers->time_count;
	struct process_tables *t = &v->tables;

	*v = (struct evaluation){.process = process, .threads = threads};
	t->buyers = buyers;
	t->rise = xcalloc(n, sizeof(double));
	t->rise_r = xcalloc(n, sizeof(double));
	t->log_alpha = xcalloc(times, sizeof(double));
	t->over_alpha = xcalloc(times, sizeof(double));
	if (process->fill) {
		t->one = xcalloc(n, sizeof(double));
		t->one_d = xcalloc(n, sizeof(double));
		t->one_e = xcalloc(n, sizeof(double));
	}
	if (process->beta_times) {
		t->log_beta = xcalloc(times, sizeof(double));
		t->over_beta = xcalloc(times, sizeof(double));
	}
	v->parts = xcalloc(buyers->count / GRAIN + 1, sizeof *v->parts);
}

static void clean_up(struct evaluation *v)
{
	struct process_tables *t = &v->tables;

	free(t->rise);
	free(t->rise_r);
	free(t->log_alpha);
	free(t->over_alpha);
	free(t->one);
	free(t->one_d);
	free(t->one_e);
	free(t->log_beta);
	free(t->over_beta);
	free(v->parts);
}

static void fill_times(void *context, size_t begin, size_t end, int thread)
{
	struct process_tables *t = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		double time = t->buyers->times[i];
		t->log_alpha[i] = log1p(time / t->p[1]);
		t->over_alpha[i] = 1 / (t->p[1] + time);
		if (t->log_beta == NULL)
			continue;
		t->log_beta[i] = log1p(time / t->p[3]);
		t->over_beta[i] = 1 / (t->p[3] + time);
	}
}

static void sum_part(void *context, size_t begin, size_t end, int thread)
{
	struct evaluation *v = context;
	struct part sum = {0};

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const struct buyer_group *g = &v->tables.buyers->groups[i];
		double gradient[PROCESS_PARAMETERS];
		sum.value += g->count * v->process->group(&v->tables, g, gradient);
		for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
			sum.gradient[j] += g->count * gradient[j];
	}
	v->parts[begin / GRAIN] = sum;
}

static double evaluate(void *context, const double *log_p, double *gradient)
{
	struct evaluation *v = context;
	struct process_tables *t = &v->tables;
	const struct buyers *b = t->buyers;
	struct part sum = {0};

	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		t->p[j] = exp(log_p[j]);
	for (size_t n = 0; n <= b->most_repeats; n++) {
		t->rise[n + 1] = t->rise[n] + log((t->p[0] + (double)n) / t->p[1]);
		t->rise_r[n + 1] = t->rise_r[n] + 1 / (t->p[0] + (double)n);
	}
	if (v->process->fill)
		v->process->fill(t);
	threads_for(b->time_count, 4 * GRAIN, v->threads, fill_times, t);
	threads_for(b->count, GRAIN, v->threads, sum_part, v);
	for (size_t i = 0; i < (b->count + GRAIN - 1) / GRAIN; i++) {
		sum.value += v->parts[i].value;
		for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
			sum.gradient[j] += v->parts[i].gradient[j];
	}
	for (size_t j = 0; gradient && j < PROCESS_PARAMETERS; j++)
		gradient[j] = sum.gradient[j] * t->p[j] / (double)b->customers;
	double value = sum.value / (double)b->customers;
	return isfinite(value) ? value : -INFINITY;
}

static struct ascend_problem problem_of(struct evaluation *v)
{
	return (struct ascend_problem){
		.n = PROCESS_PARAMETERS,
		.low = -PROCESS_LOG_MOST,
		.high = PROCESS_LOG_MOST,
		.eval = evaluate,
		.context = v,
	};
}

static void climb(struct process_fit *fit, const struct buyers *buyers, int threads)
{
	struct evaluation v;

	set_up(&v, fit->process, buyers, threads);
	struct ascend_problem problem = problem_of(&v);
	ascend_climb(&problem, &fit->ascend);
	clean_up(&v);
}

/* A customer of the mean rate, lost at about the end of observation. */
static void guess(struct ascend *a, const struct process *process, const struct buyers *b)
{
	double mean = fmax(b->total_end / (double)b->customers, 1e-3);

	a->x[0] = 0;
	a->x[1] = log(mean * (double)b->customers / (double)(b->repeat_orders + 1));
	a->x[2] = 0;
	a->x[3] = process->beta_times ? log(mean) : log(2.);
	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		a->x[j] = fmin(fmax(a->x[j], -PROCESS_LOG_MOST), PROCESS_LOG_MOST);
}

void process_fit(struct process_fit *fit, const struct process *process,
		 const struct buyers *buyers, const struct process_fit *start, int threads)
{
	*fit = (struct process_fit){.process = process};
	if (start) {
		fit->ascend = start->ascend;
		fit->ascend.warm = true;
	} else {
		guess(&fit->ascend, process, buyers);
	}
	/* Most steps are taken on few customers; those on all start next to the top. */
	if (start == NULL && buyers->count > SAMPLE_WORTH) {
		struct buyers sample;
		buyers_sample(buyers, SAMPLE_CUSTOMERS, &sample);
		climb(fit, &sample, threads);
		buyers_free(&sample);
		fit->ascend.warm = true;
	}
	climb(fit, buyers, threads);
	for (size_t j = 0; j < PROCESS_PARAMETERS; j++) {
		fit->p[j] = exp(fit->ascend.x[j]);
		fit->std_error[j] = NAN;
	}
	fit->log_likelihood = fit->ascend.value * (double)buyers->customers;
}

enum so1_status process_errors(struct process_fit *fit, const struct buyers *buyers, int threads,
			       struct so1_error *e)
{
	double m[PROCESS_PARAMETERS * PROCESS_PARAMETERS];
	struct evaluation v;

	set_up(&v, fit->process, buyers, threads);
	struct ascend_problem problem = problem_of(&v);
	ascend_curvature(&problem, fit->ascend.x, m);
	clean_up(&v);
	return ascend_errors(&fit->ascend, PROCESS_PARAMETERS, m, (double)buyers->customers,
			     fit->p, fit->std_error, e);
}

double process_likelihood(const struct process *process, const struct buyers *buyers,
			  const double *log_p, double *gradient)
{
	struct evaluation v;

	set_up(&v, process, buyers, 1);
	double value = evaluate(&v, log_p, gradient);
	clean_up(&v);
	return value;
}
