#include "predict/penalty.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS_MOST = 2000 };
/* A sweep that changes the objective by less ends the descent: log-likelihoods are
 * compared at 1e-4 and above. */
static const double change_enough = 1e-11;

static double factor(const struct penalty *p, size_t j)
{
	if (j == 0)
		return 0;
	return p->factors ? p->factors[j] : 1;
}

static double tie(const struct penalty *p, size_t columns, size_t j)
{
	return p->ties && j > 0 && j + 1 < columns ? p->ties[j] : 0;
}

double penalty_value(const struct penalty *p, const double *beta, size_t columns)
{
	double sum = 0;

	for (size_t j = 1; j < columns; j++) {
		double f = factor(p, j), t = tie(p, columns, j);
		sum += f * ((1 - p->alpha) / 2 * beta[j] * beta[j] + p->alpha * fabs(beta[j]));
		if (t > 0)
			sum += t * (beta[j] - beta[j + 1]) * (beta[j] - beta[j + 1]) / 2;
	}
	return p->lambda * sum;
}

double penalty_slope(const struct penalty *p, const double *beta, size_t columns, size_t j)
{
	double here = tie(p, columns, j), before = j > 0 ? tie(p, columns, j - 1) : 0;
	double sum = factor(p, j) * (1 - p->alpha) * beta[j];

	if (here > 0)
		sum += here * (beta[j] - beta[j + 1]);
	if (before > 0)
		sum += before * (beta[j] - beta[j - 1]);
	return p->lambda * sum;
}

double penalty_curvature(const struct penalty *p, size_t columns, size_t i, size_t j)
{
	if (i == j)
		return p->lambda * (factor(p, j) * (1 - p->alpha) + tie(p, columns, j) +
				    (j > 0 ? tie(p, columns, j - 1) : 0));
	if (i + 1 == j)
		return -p->lambda * tie(p, columns, i);
	return j + 1 == i ? -p->lambda * tie(p, columns, j) : 0;
}

double penalty_threshold(const struct penalty *p, size_t j)
{
	return p->lambda * p->alpha * factor(p, j);
}

/* Moves coordinate i to its optimum, updates the slopes q = g + Hd; the change squared
 * times the curvature. */
static double descend_one(const double *h, const double *beta, const double *l, size_t n, size_t i,
			  double *q, double *d)
{
	const double *row = h + i * n;
	double curvature = row[i], at = beta[i] + d[i];
	double z = curvature * at - q[i];
	double to = fabs(z) <= l[i] ? 0 : (z - copysign(l[i], z)) / curvature;
	double step = to - at;

	if (step == 0)
		return 0;
	d[i] += step;
	for (size_t j = 0; j < n; j++)
		q[j] += step * row[j];
	return curvature * step * step;
}

/* All coordinates, then only those that are not zero until they rest, then all again. */
void penalty_descend(const double *h, const double *g, const double *beta, const double *l,
		     size_t n, double *d)
{
	double *q = xmalloc((n + 1) * sizeof *q);

	for (size_t i = 0; i < n; i++) {
		q[i] = g[i];
		for (size_t j = 0; j < n; j++)
			q[i] += h[i * n + j] * d[j];
	}
	for (int sweep = 0, all = 1; sweep < SWEEPS_MOST; sweep++) {
		double change = 0;
		for (size_t i = 0; i < n; i++)
			if (all || beta[i] + d[i] != 0)
				change = fmax(change, descend_one(h, beta, l, n, i, q, d));
		if (change < change_enough * h[0] && all)
			break;
		all = change < change_enough * h[0];
	}
	free(q);
}
