/* How sure the terms are: parametric bootstrap (Efron and Tibshirani, 1993, section 6.5). */
#include "predict/clv.h"

#include "base/chance.h"
#include "base/threads.h"

#include <math.h>
#include <stdlib.h>

enum { CUSTOMERS_MOST = 10000, REPEATERS_LEAST = 5 };

struct bootstrap {
	const struct process_fit *process, *witness;
	const struct gammagamma *worth;
	double *ends; /* how long each customer of a population is observed */
	size_t count;
	double scale, worth_scale; /* of deviations */
	struct clv_terms terms[CLV_REPLICATES];
	bool done[CLV_REPLICATES];
};

static double draw_spend(const struct gammagamma *g, uint32_t repeats, struct draws *d)
{
	double log_rate = draw_log_gamma(d, g->q) - log(g->v);

	return exp(draw_log_gamma(d, g->p * repeats) - log_rate);
}

static void draw_population(const struct bootstrap *b, size_t replicate, struct buyers *buyers,
			    struct spends *spends)
{
	for (size_t i = 0; i < b->count; i++) {
		struct draws d = {.seed = chance_mix((uint64_t)replicate << 32 | i)};
		struct buyer x = b->process->process->draw(b->process->p, b->ends[i], &d);
		buyers_add(buyers, &x);
		if (x.repeats == 0)
			continue;
		double spend = draw_spend(b->worth, x.repeats, &d);
		if (spend > 0 && isfinite(spend))
			spends_add(spends, x.repeats, spend);
	}
	buyers_finish(buyers);
}

static double scaled(double centre, double x, double scale)
{
	return centre * pow(x / centre, scale);
}

static bool refit_process(const struct process_fit *from, const struct buyers *buyers,
			  double scale, double *p)
{
	struct process_fit fit;

	process_fit(&fit, from->process, buyers, from, 1);
	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		p[j] = scaled(from->p[j], fit.p[j], scale);
	return fit.ascend.converged;
}

static bool refit_worth(const struct gammagamma *from, const struct spends *spends, double scale,
			struct gammagamma *out)
{
	gammagamma_fit(out, spends, from, 1);
	out->p = scaled(from->p, out->p, scale);
	out->q = 1 + scaled(from->q - 1, fmax(out->q - 1, 1e-9), scale);
	out->v = scaled(from->v, out->v, scale);
	return out->ascend.converged;
}

static void replicate(void *context, size_t begin, size_t end, int thread)
{
	struct bootstrap *b = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		struct buyers buyers = {0};
		struct spends spends = {0};
		struct clv_terms *t = &b->terms[i];
		draw_population(b, i, &buyers, &spends);
		b->done[i] = spends.count >= REPEATERS_LEAST &&
			     refit_process(b->process, &buyers, b->scale, t->process) &&
			     refit_worth(b->worth, &spends, b->worth_scale, &t->gammagamma) &&
			     (b->witness == NULL ||
			      refit_process(b->witness, &buyers, b->scale, t->witness));
		buyers_free(&buyers);
		spends_free(&spends);
	}
}

static double *ends_of(const struct buyers *buyers, size_t count)
{
	double *ends = xcalloc(count, sizeof *ends);
	double stride = (double)buyers->customers / (double)count, seen = 0;

	for (size_t i = 0, k = 0; i < buyers->count; i++) {
		seen += buyers->groups[i].count;
		while (k < count && ((double)k + .5) * stride < seen)
			ends[k++] = buyers->times[buyers->groups[i].end];
	}
	return ends;
}

enum so1_status clv_bootstrap(struct clv_model *m, const struct process_fit *process,
			      const struct process_fit *witness, const struct gammagamma *worth,
			      const struct buyers *buyers, uint64_t spenders, int threads,
			      struct so1_error *e)
{
	struct bootstrap *b = xcalloc(1, sizeof *b);

	b->process = process;
	b->witness = witness;
	b->worth = worth;
	b->count = buyers->customers < CUSTOMERS_MOST ? buyers->customers : CUSTOMERS_MOST;
	b->scale = sqrt((double)b->count / (double)buyers->customers);
	/* The share of spenders among repeat customers scales the information on the worth. */
	b->worth_scale = b->scale * sqrt((double)buyers->repeat_customers / (double)spenders);
	b->ends = ends_of(buyers, b->count);
	threads_for(CLV_REPLICATES, 1, threads, replicate, b);
	m->replicates = xcalloc(CLV_REPLICATES, sizeof *m->replicates);
	m->replicate_count = 0;
	for (size_t i = 0; i < CLV_REPLICATES; i++)
		if (b->done[i])
			m->replicates[m->replicate_count++] = b->terms[i];
	free(b->ends);
	free(b);
	if (m->replicate_count < CLV_REPLICATES_LEAST)
		return error_set(e, SO1_FAILED, "--intervals: only %zu of %d drawn populations "
				 "could be fitted; the data are too few", m->replicate_count,
				 CLV_REPLICATES);
	return SO1_OK;
}
