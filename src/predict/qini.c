#include "predict/qini.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Weighted counts of rows: [treated], and of the yes among them. */
struct counts {
	double n[2], yes[2];
};

struct measures {
	double ate, qini, auuc;
	struct counts bins[METRICS_BINS];
};

static int by_prediction(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (x->prediction != y->prediction)
		return x->prediction < y->prediction ? 1 : -1;
	/* Sums of what is counted do not depend on it; rows in a fixed order all the same. */
	return (x->hash > y->hash) - (x->hash < y->hash);
}

void qini_sort(struct observation *rows, size_t count)
{
	if (count > 1)
		qsort(rows, count, sizeof *rows, by_prediction);
}

static double qini_at(const struct counts *c)
{
	return c->yes[1] - (c->n[0] > 0 ? c->yes[0] * c->n[1] / c->n[0] : 0);
}

static double effect_of(const struct counts *c)
{
	return (c->n[1] > 0 ? c->yes[1] / c->n[1] : 0) - (c->n[0] > 0 ? c->yes[0] / c->n[0] : 0);
}

static void add_counts(struct counts *to, const struct counts *x, double share)
{
	for (int t = 0; t < 2; t++) {
		to->n[t] += share * x->n[t];
		to->yes[t] += share * x->yes[t];
	}
}

/* Area under the Qini curve of the perfect order, whose pieces are straight. */
static double perfect_area(const struct counts *all)
{
	struct counts c = {{0, all->yes[1]}, {0, all->yes[1]}};
	double before = qini_at(&c), area = before * all->yes[1] / 2;
	double no = all->n[0] - all->yes[0] + all->n[1] - all->yes[1];

	c.n[1] = all->n[1];
	c.n[0] = all->n[0] - all->yes[0];
	double after = qini_at(&c);
	area += (before + after) * no / 2;
	return area + (after + qini_at(all)) * all->yes[0] / 2;
}

/* Shares a group of ties at [begin, end) of count rows out between the tenths. */
static void fill_bins(struct counts *bins, const struct counts *group, size_t begin, size_t end,
		      size_t count)
{
	size_t first = begin * METRICS_BINS / count;

	if ((end * METRICS_BINS - 1) / count == first) {
		add_counts(&bins[first], group, 1);
		return;
	}
	for (size_t b = first; b < METRICS_BINS; b++) {
		double low = (double)b * (double)count / METRICS_BINS;
		double high = (double)(b + 1) * (double)count / METRICS_BINS;
		double part = fmin((double)end, high) - fmax((double)begin, low);
		if (part <= 0)
			return;
		add_counts(&bins[b], group, part / (double)(end - begin));
	}
}

/* replicate -1: every row counts once. */
static void measure(const struct observation *rows, size_t count, int replicate,
		    struct measures *out)
{
	struct counts all = {{0}, {0}};
	double area = 0, uplift_area = 0, seen = 0, q = 0, u = 0;

	*out = (struct measures){0};
	for (size_t i = 0; i < count;) {
		struct counts group = {{0}, {0}};
		size_t begin = i;
		double n = 0;
		for (; i < count && rows[i].prediction == rows[begin].prediction; i++) {
			double w = replicate < 0 ? 1 : figures_weight(rows[i].hash, (unsigned)replicate);
			group.n[rows[i].treated] += w;
			group.yes[rows[i].treated] += w * rows[i].outcome;
			n += w;
		}
		if (n == 0)
			continue;
		add_counts(&all, &group, 1);
		seen += n;
		double q_before = q, u_before = u;
		q = qini_at(&all);
		u = effect_of(&all) * seen;
		area += (q_before + q) / 2 * n;
		uplift_area += (u_before + u) / 2 * n;
		fill_bins(out->bins, &group, begin, i, count);
	}
	double line = qini_at(&all) * seen / 2;
	double best = perfect_area(&all) - line;
	bool both = all.n[0] > 0 && all.n[1] > 0;
	out->ate = both ? effect_of(&all) : NAN;
	out->qini = both && best > 0 ? (area - line) / best : NAN;
	out->auuc = both ? uplift_area / (seen * seen) : NAN;
}

double qini_coefficient(const struct observation *rows, size_t count)
{
	struct measures m;

	measure(rows, count, -1, &m);
	return m.qini;
}

static double bin_effect(const struct counts *c)
{
	return c->n[0] > 0 && c->n[1] > 0 ? effect_of(c) : NAN;
}

enum { ATE, QINI, AUUC, WHOLES, VALUES = WHOLES + METRICS_BINS };

static void fill_values(const struct measures *m, double *values, size_t stride)
{
	values[ATE * stride] = m->ate;
	values[QINI * stride] = m->qini;
	values[AUUC * stride] = m->auuc;
	for (size_t b = 0; b < METRICS_BINS; b++)
		values[(WHOLES + b) * stride] = bin_effect(&m->bins[b]);
}

static double mean_prediction(const struct observation *rows, size_t count, size_t bin)
{
	size_t begin = bin * count / METRICS_BINS, end = (bin + 1) * count / METRICS_BINS;
	double sum = 0;

	for (size_t i = begin; i < end; i++)
		sum += rows[i].prediction;
	return end > begin ? sum / (double)(end - begin) : NAN;
}

void qini_figures(struct observation *rows, size_t count, struct figures *out)
{
	static const char *const names[] = {"ate", "qini", "auuc"};
	double values[VALUES], treated = 0;
	double *replicates = xcalloc(VALUES * FIGURES_REPLICATES, sizeof *replicates);
	struct measures m;

	qini_sort(rows, count);
	measure(rows, count, -1, &m);
	fill_values(&m, values, 1);
	for (int r = 0; r < FIGURES_REPLICATES; r++) {
		measure(rows, count, r, &m);
		fill_values(&m, replicates + r, FIGURES_REPLICATES);
	}
	for (size_t i = 0; i < count; i++)
		treated += rows[i].treated;
	figures_add(out, "rows", 0, (struct estimate){.value = (double)count, .known = true});
	figures_add(out, "treated", 0, (struct estimate){.value = treated, .known = true});
	for (size_t v = 0; v < VALUES; v++) {
		struct estimate x = {.value = values[v], .known = !isnan(values[v])};
		figures_interval(replicates + v * FIGURES_REPLICATES, FIGURES_REPLICATES, &x);
		figures_add(out, v < WHOLES ? names[v] : "uplift", v < WHOLES ? 0 : v - WHOLES + 1, x);
	}
	for (size_t b = 0; b < METRICS_BINS; b++) {
		double mean = mean_prediction(rows, count, b);
		figures_add(out, "predicted", b + 1,
			    (struct estimate){.value = mean, .known = !isnan(mean)});
	}
	free(replicates);
}
