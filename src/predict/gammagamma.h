/* What an order is worth: Gamma–Gamma (Fader, Hardie, Lee, Journal of Marketing Research 42
 * (2005); notation of Fader and Hardie's note, 2013). An order of a customer is gamma of
 * shape p and rate nu, nu ~ gamma(q, v); so with x orders worth z on average
 *
 *   L = Gamma(p x + q) / (Gamma(p x) Gamma(q)) v^q z^(p x - 1) x^(p x) / (v + x z)^(p x + q)
 *   E[M | x, z] = p (v + x z) / (p x + q - 1) */
#ifndef SO1_PREDICT_GAMMAGAMMA_H
#define SO1_PREDICT_GAMMAGAMMA_H

#include "base/memory.h"
#include "predict/ascend.h"

/* Customers with repeat orders and what these came to. */
struct spends {
	uint32_t *repeats;
	double *totals; /* positive */
	size_t count, cap, totals_cap;
	uint32_t most_repeats;
	double means; /* sum of totals / repeats */
};

/* Zero-initialise; spends_free when done. total > 0, repeats > 0. */
void spends_add(struct spends *s, uint32_t repeats, double total);
void spends_free(struct spends *s);

enum { GAMMAGAMMA_PARAMETERS = 3 };

struct gammagamma {
	double p, q, v;
	double std_error[GAMMAGAMMA_PARAMETERS]; /* NaN where there is none */
	/* The estimate has no population mean, or one that is more than twice or less than
	 * half of what was seen: v was chosen such that it is the mean of the customers'
	 * means, and p and q are best given that. */
	bool tied;
	struct ascend ascend; /* in logs of p, q, v / mean; tied: of p, q - 1 */
	double log_likelihood;
};

/* Maximum likelihood; spends not empty. Sums are the same for any number of threads. start:
 * a fit to begin with, whose `tied` is kept, or NULL. */
void gammagamma_fit(struct gammagamma *g, const struct spends *s, const struct gammagamma *start,
		    int threads);
enum so1_status gammagamma_errors(struct gammagamma *g, const struct spends *s, int threads,
				  struct so1_error *e);
/* Expected mean spend of an order; repeats 0 gives the population's. Finite and positive
 * for q > 1, total >= 0. */
double gammagamma_mean(const struct gammagamma *g, double repeats, double total);
/* Log-likelihood at p, q, v. */
double gammagamma_likelihood(const struct spends *s, double p, double q, double v);

#endif
