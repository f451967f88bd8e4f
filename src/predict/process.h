/* Customer base models: processes of orders that come, for each customer at random times at
 * a rate of his own, until he is lost, unseen. Rates differ as a gamma distribution of shape
 * r and rate alpha. Times are weeks.
 *
 *   bgnbd   lost with probability p after each repeat order, p ~ beta(a, b): Fader, Hardie,
 *           Lee, Marketing Science 24 (2005)
 *   mbgnbd  after the first order too: Batislam, Denizel, Filiztekin, International Journal
 *           of Research in Marketing 24 (2007)
 *   pareto  lost at a rate mu at any time, mu ~ gamma(s, beta): Schmittlein, Morrison,
 *           Colombo, Management Science 33 (1987)
 *
 * Adding one: its functions, its row in process.c. */
#ifndef SO1_PREDICT_PROCESS_H
#define SO1_PREDICT_PROCESS_H

#include "predict/ascend.h"
#include "predict/buyers.h"
#include "predict/draws.h"

enum { PROCESS_PARAMETERS = 4, PROCESS_COUNT = 3 };

/* Logarithms and sums of reciprocals that many customers share, for one set of parameters.
 * Cumulative over i < n, n = 0 … most repeats + 1; by time; owned by process_fit. */
struct process_tables {
	const struct buyers *buyers;
	double p[PROCESS_PARAMETERS];
	double *rise, *rise_r;          /* log (r)_n / alpha^n; its derivative in r */
	/* log(1 + t / alpha), which keeps its digits when alpha is large; 1 / (alpha + t) */
	double *log_alpha, *over_alpha;
	double *one, *one_d, *one_e;    /* the process's own, cumulative */
	double *log_beta, *over_beta;   /* the same with p[3], where beta_times */
};

struct process {
	const char *name;
	const char *parameters[PROCESS_PARAMETERS];
	/* Fills one, one_d, one_e. May be NULL. */
	void (*fill)(struct process_tables *t);
	bool beta_times; /* log_beta and over_beta are wanted */
	/* Log-likelihood of one customer of the group and its gradient in the parameters. */
	double (*group)(const struct process_tables *t, const struct buyer_group *g,
			double *gradient);
	/* Probability that the customer is not lost at the end of observation. */
	double (*alive)(const double *p, const struct buyer *b);
	/* Of one who is not lost: orders expected in the weeks to come, and the probability of
	 * at least one. They depend on repeats and end alone. */
	double (*orders)(const double *p, const struct buyer *b, double weeks);
	double (*active)(const double *p, const struct buyer *b, double weeks);
	/* A customer by chance, observed for `end` weeks. */
	struct buyer (*draw)(const double *p, double end, struct draws *d);
};

extern const struct process process_table[PROCESS_COUNT];
/* NULL when there is none of that name. */
const struct process *process_find(struct slice name);

struct process_fit {
	const struct process *process;
	double p[PROCESS_PARAMETERS];
	/* Of p; NaN where the estimate is at a limit or the curvature says nothing. */
	double std_error[PROCESS_PARAMETERS];
	struct ascend ascend; /* in log p: ascend.value is the mean log-likelihood */
	double log_likelihood;
};

/* Logarithms of parameters lie within ± this: 1e-5 … 1e5. */
#define PROCESS_LOG_MOST 11.512925464970229

/* Maximum likelihood. buyers finished, not empty; the sums are the same for any number of
 * threads. fit->ascend.converged says whether it came to an end. start: a fit to begin
 * with, or NULL. */
void process_fit(struct process_fit *fit, const struct process *process,
		 const struct buyers *buyers, const struct process_fit *start, int threads);
/* Fills std_error from the curvature of the log-likelihood. */
enum so1_status process_errors(struct process_fit *fit, const struct buyers *buyers, int threads,
			       struct so1_error *e);
/* Mean log-likelihood at log p, with its gradient in log p (may be NULL): for tests. */
double process_likelihood(const struct process *process, const struct buyers *buyers,
			  const double *log_p, double *gradient);

#endif
