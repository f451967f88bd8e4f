#include "predict/metrics.h"

#include "base/interval.h"
#include "predict/numeric.h"

#include <math.h>

/* Sums over the ties seen so far, from the highest score down. */
struct loss_sums {
	double log_sum, log_squares, brier_sum, brier_squares;
	double p_sum, variance;
};
struct auc_sums {
	double pos_above, neg_above;
	double sum, pos_squares, neg_squares;
};

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

static void add_losses(struct loss_sums *x, const struct tie *t)
{
	double negatives = t->rows - t->positives;
	double yes = -log(bounded(t->p)), no = -log1p(-bounded(t->p));
	double hit = (1 - t->p) * (1 - t->p), miss = t->p * t->p;

	x->log_sum += t->positives * yes + negatives * no;
	x->log_squares += t->positives * yes * yes + negatives * no * no;
	x->brier_sum += t->positives * hit + negatives * miss;
	x->brier_squares += t->positives * hit * hit + negatives * miss * miss;
	x->p_sum += t->rows * t->p;
	x->variance += t->rows * t->p * (1 - t->p);
}

static void finish_losses(const struct loss_sums *x, struct metrics *m)
{
	mean_estimate(&m->log_loss, x->log_sum, x->log_squares, (double)m->rows);
	mean_estimate(&m->brier, x->brier_sum, x->brier_squares, (double)m->rows);
	if (m->positives == 0)
		return;
	double y = (double)m->positives, spread = NUMERIC_Z95 * sqrt(x->variance);
	m->calibration_ratio = (struct estimate){.value = x->p_sum / y, .known = true};
	m->calibration_ratio.low = x->p_sum / (y + spread);
	m->calibration_ratio.high = y > spread ? x->p_sum / (y - spread) : 0;
	m->calibration_ratio.has_interval = y > spread;
}

/* DeLong's placements: for a positive the share of negatives below it, for a negative the
 * share of positives above it, half for equals. Their mean is the AUC, their variances
 * make its variance. */
static void add_auc(struct auc_sums *x, const struct tie *t, double pos, double neg)
{
	double negatives = t->rows - t->positives;

	if (pos == 0 || neg == 0)
		return;
	double below = (neg - x->neg_above - negatives / 2) / neg;
	double above = (x->pos_above + t->positives / 2) / pos;
	x->sum += t->positives * below;
	x->pos_squares += t->positives * below * below;
	x->neg_squares += negatives * above * above;
	x->pos_above += t->positives;
	x->neg_above += negatives;
}

static void finish_auc(const struct auc_sums *x, double pos, double neg, struct metrics *m)
{
	if (pos == 0 || neg == 0)
		return;
	double auc = x->sum / pos;
	if (pos < 2 || neg < 2) {
		m->auc = (struct estimate){.value = auc, .known = true};
		return;
	}
	double v = (x->pos_squares / pos - auc * auc) / (pos - 1) +
		   (x->neg_squares / neg - auc * auc) / (neg - 1);
	with_error(&m->auc, auc, v > 0 ? sqrt(v) : 0);
	m->auc.low = m->auc.low < 0 ? 0 : m->auc.low;
	m->auc.high = m->auc.high > 1 ? 1 : m->auc.high;
}

void metrics_wilson(double k, double n, double *low, double *high)
{
	struct interval i = interval_wilson(k, n);

	*low = i.low;
	*high = i.high;
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

/* *b is the bin being filled; each: rows of a bin. */
static void add_bins(struct metrics *m, size_t *b, double each, const struct tie *t)
{
	double rate = t->positives / t->rows, left = t->rows;

	while (left > 0) {
		struct metrics_bin *x = &m->bins[*b];
		double room = each - x->rows;
		bool last = *b + 1 == m->bin_count;
		double take = last || left <= room + 1e-9 ? left : room;
		x->rows += take;
		x->positives += take * rate;
		x->predicted += take * t->p;
		left -= take;
		if (!last && x->rows >= each - 1e-9)
			++*b;
	}
}

enum so1_status metrics_compute(struct scores *scores, struct metrics *out, struct so1_error *e)
{
	struct loss_sums losses = {0};
	struct auc_sums auc = {0};
	size_t bin = 0;
	bool more = true;

	*out = (struct metrics){.rows = scores->count, .positives = scores->positives};
	if (scores->count == 0)
		return error_set(e, SO1_FAILED, "no rows to evaluate");
	double n = (double)scores->count, pos = (double)scores->positives, neg = n - pos;
	out->base_rate = pos / n;
	out->bin_count = scores->count < METRICS_BINS ? (size_t)scores->count : METRICS_BINS;
	enum so1_status s = scores_finish(scores, e);
	while (s == SO1_OK && more) {
		struct tie t;
		s = scores_next_tie(scores, &t, &more, e);
		if (s != SO1_OK || !more)
			break;
		add_losses(&losses, &t);
		add_auc(&auc, &t, pos, neg);
		add_bins(out, &bin, n / (double)out->bin_count, &t);
	}
	if (s != SO1_OK)
		return s;
	finish_losses(&losses, out);
	finish_auc(&auc, pos, neg, out);
	finish_bins(out);
	return SO1_OK;
}
