/* How good probabilities are: AUC, log-loss, Brier score, calibration, lift and gains.
 *
 * All results depend on the set of (score, outcome) pairs only, not on their order: rows
 * of equal score are treated as a group, and a group that straddles two bins is shared
 * out between them. Intervals are 95 %. */
#ifndef SO1_PREDICT_METRICS_H
#define SO1_PREDICT_METRICS_H

#include "predict/scores.h"

/* A probability and its outcome in eight bytes that sort by probability: the bits of a
 * double in [0, 1] order as integers do and leave the topmost free. */
static inline uint64_t score_pack(double p, bool y)
{
	uint64_t bits;

	p += 0.0; /* -0 is 0 */
	memcpy(&bits, &p, sizeof bits);
	return bits << 1 | y;
}

static inline double score_probability(uint64_t score)
{
	uint64_t bits = score >> 1;
	double p;

	memcpy(&p, &bits, sizeof p);
	return p;
}

static inline bool score_outcome(uint64_t score)
{
	return score & 1;
}

/* A value with its interval; each only where its flag says so. */
struct estimate {
	double value, low, high;
	bool known, has_interval;
};

enum { METRICS_BINS = 10 };

/* One tenth of the rows, by score from the highest (bin 1) down. */
struct metrics_bin {
	double rows, positives;     /* fractional where a group of equal scores is shared */
	double predicted;           /* mean score */
	struct estimate observed;   /* share of positives; Wilson interval */
	struct estimate lift;       /* observed / base rate; interval of `observed` so scaled */
	struct estimate gain;       /* share of all positives found in bins 1 … this */
};

struct metrics {
	uint64_t rows, positives;
	double base_rate;
	/* Area under the ROC curve, ties by mid-rank (Mann–Whitney); interval by DeLong,
	 * DeLong & Clarke-Pearson (1988). Unknown when only one class is there. */
	struct estimate auc;
	/* Mean of -log p(outcome), p kept within [1e-15, 1 - 1e-15]; interval: ± 1.96 standard
	 * errors of the mean. brier: the mean of (p - y)^2, likewise. */
	struct estimate log_loss, brier;
	/* sum p / sum y; its interval takes sum y ± 1.96 sqrt(sum p(1-p)). Unknown without
	 * positives. */
	struct estimate calibration_ratio;
	size_t bin_count; /* min(10, rows) */
	struct metrics_bin bins[METRICS_BINS];
};

/* Of all scores that were added: ends adding and reads them. None is SO1_FAILED. */
enum so1_status metrics_compute(struct scores *scores, struct metrics *out, struct so1_error *e);
/* Wilson's interval (1927) for k successes of n, 95 %; k and n may be fractional. */
void metrics_wilson(double k, double n, double *low, double *high);

#endif
