#include "predict/metrics.h"

#include "base/memory.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

/* A run of equal scores. */
struct tie {
	double p;
	double rows, positives;
};

/* Least significant digit first, 11 bits a pass: several times qsort's speed, and the
 * scores are many. */
static void sort_scores(uint64_t *scores, size_t n)
{
	enum { DIGIT = 11, PASSES = 6, BUCKETS = 1 << DIGIT };
	uint64_t *from = scores, *to = xmalloc(n * sizeof *to), *spare = to;

	for (int pass = 0; pass < PASSES; pass++) {
		size_t start[BUCKETS + 1] = {0};
		int shift = pass * DIGIT;
		for (size_t i = 0; i < n; i++)
			start[(from[i] >> shift & (BUCKETS - 1)) + 1]++;
		for (size_t b = 0; b < BUCKETS; b++)
			start[b + 1] += start[b];
		for (size_t i = 0; i < n; i++)
			to[start[from[i] >> shift & (BUCKETS - 1)]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	/* An even number of passes ends where it began. */
	free(spare);
}

/* The tie that starts at *i, going down from the highest score; moves *i behind it. */
static struct tie next_tie(const uint64_t *scores, size_t *i)
{
	struct tie t = {.p = score_probability(scores[*i - 1])};
	uint64_t bits = scores[*i - 1] >> 1;

	while (*i > 0 && scores[*i - 1] >> 1 == bits) {
		--*i;
		t.rows++;
		t.positives += score_outcome(scores[*i]);
	}
	return t;
}

static void with_error(struct estimate *x, double value, double standard_error)
{
	x->value = value;
	x->low = value - NUMERIC_Z95 * standard_error;
	x->high = value + NUMERIC_Z95 * standard_error;
	x->known = x->has_interval = true;
}

/* Mean and its standard error from sums. */
static void mean_estimate(struct estimate *x, double sum, double squares, double n)
{
	double mean = sum / n;
	double variance = n > 1 ? (squares - n * mean * mean) / (n - 1) : 0;

	with_error(x, mean, variance > 0 ? sqrt(variance / n) : 0);
	if (x->low < 0)
		x->low = 0;
	x->has_interval = n > 1;
}

static double bounded(double p)
{
	if (p < 1e-15)
		return 1e-15;
	return p > 1 - 1e-15 ? 1 - 1e-15 : p;
}

static void compute_losses(const uint64_t *scores, size_t n, struct metrics *m)
{
	double log_sum = 0, log_squares = 0, brier_sum = 0, brier_squares = 0;
	double p_sum = 0, variance = 0;

	for (size_t i = n; i > 0;) {
		struct tie t = next_tie(scores, &i);
		double negatives = t.rows - t.positives;
		double yes = -log(bounded(t.p)), no = -log1p(-bounded(t.p));
		double hit = (1 - t.p) * (1 - t.p), miss = t.p * t.p;
		log_sum += t.positives * yes + negatives * no;
		log_squares += t.positives * yes * yes + negatives * no * no;
		brier_sum += t.positives * hit + negatives * miss;
		brier_squares += t.positives * hit * hit + negatives * miss * miss;
		p_sum += t.rows * t.p;
		variance += t.rows * t.p * (1 - t.p);
	}
	mean_estimate(&m->log_loss, log_sum, log_squares, (double)n);
	mean_estimate(&m->brier, brier_sum, brier_squares, (double)n);
	if (m->positives == 0)
		return;
	double y = (double)m->positives, spread = NUMERIC_Z95 * sqrt(variance);
	m->calibration_ratio = (struct estimate){.value = p_sum / y, .known = true};
	m->calibration_ratio.low = p_sum / (y + spread);
	m->calibration_ratio.high = y > spread ? p_sum / (y - spread) : 0;
	m->calibration_ratio.has_interval = y > spread;
}

/* DeLong's placements: for a positive the share of negatives below it, for a negative the
 * share of positives above it, half for equals. Their mean is the AUC, their variances
 * make its variance. */
static void compute_auc(const uint64_t *scores, size_t n, struct metrics *m)
{
	double pos = (double)m->positives, neg = (double)n - pos;
	double pos_above = 0, neg_above = 0;
	double sum = 0, pos_squares = 0, neg_squares = 0;

	if (pos == 0 || neg == 0)
		return;
	for (size_t i = n; i > 0;) {
		struct tie t = next_tie(scores, &i);
		double negatives = t.rows - t.positives;
		double below = (neg - neg_above - negatives / 2) / neg;
		double above = (pos_above + t.positives / 2) / pos;
		sum += t.positives * below;
		pos_squares += t.positives * below * below;
		neg_squares += negatives * above * above;
		pos_above += t.positives;
		neg_above += negatives;
	}
	double auc = sum / pos;
	if (pos < 2 || neg < 2) {
		m->auc = (struct estimate){.value = auc, .known = true};
		return;
	}
	double v = (pos_squares / pos - auc * auc) / (pos - 1) +
		   (neg_squares / neg - auc * auc) / (neg - 1);
	with_error(&m->auc, auc, v > 0 ? sqrt(v) : 0);
	m->auc.low = m->auc.low < 0 ? 0 : m->auc.low;
	m->auc.high = m->auc.high > 1 ? 1 : m->auc.high;
}

void metrics_wilson(double k, double n, double *low, double *high)
{
	double z2 = NUMERIC_Z95 * NUMERIC_Z95;
	double p = k / n, centre = p + z2 / (2 * n);
	double spread = NUMERIC_Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

	*low = (centre - spread) / (1 + z2 / n);
	*high = (centre + spread) / (1 + z2 / n);
	/* Rounding at the ends, where p(1-p) is 0. */
	if (k <= 0 || *low < 0)
		*low = 0;
	if (k >= n || *high > 1)
		*high = 1;
}

static void finish_bins(struct metrics *m)
{
	double found = 0;

	for (size_t b = 0; b < m->bin_count; b++) {
		struct metrics_bin *x = &m->bins[b];
		x->predicted /= x->rows;
		found += x->positives;
		struct estimate *o = &x->observed;
		o->value = x->positives / x->rows;
		metrics_wilson(x->positives, x->rows, &o->low, &o->high);
		o->known = o->has_interval = true;
		if (m->positives == 0)
			continue;
		x->lift = *o;
		x->lift.value /= m->base_rate;
		x->lift.low /= m->base_rate;
		x->lift.high /= m->base_rate;
		x->gain = (struct estimate){.value = found / (double)m->positives, .known = true};
	}
}

static void compute_bins(const uint64_t *scores, size_t n, struct metrics *m)
{
	m->bin_count = n < METRICS_BINS ? n : METRICS_BINS;
	double each = (double)n / (double)m->bin_count;
	size_t b = 0;

	for (size_t i = n; i > 0;) {
		struct tie t = next_tie(scores, &i);
		double rate = t.positives / t.rows, left = t.rows;
		while (left > 0) {
			struct metrics_bin *x = &m->bins[b];
			double room = each - x->rows;
			bool last = b + 1 == m->bin_count;
			double take = last || left <= room + 1e-9 ? left : room;
			x->rows += take;
			x->positives += take * rate;
			x->predicted += take * t.p;
			left -= take;
			if (!last && x->rows >= each - 1e-9)
				b++;
		}
	}
	finish_bins(m);
}

enum so1_status metrics_compute(uint64_t *scores, size_t n, struct metrics *out,
				struct so1_error *e)
{
	*out = (struct metrics){.rows = n};
	if (n == 0)
		return error_set(e, SO1_FAILED, "no rows to evaluate");
	sort_scores(scores, n);
	for (size_t i = 0; i < n; i++)
		out->positives += score_outcome(scores[i]);
	out->base_rate = (double)out->positives / (double)n;
	compute_losses(scores, n, out);
	compute_auc(scores, n, out);
	compute_bins(scores, n, out);
	return SO1_OK;
}
