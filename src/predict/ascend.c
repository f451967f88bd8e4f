#include "predict/ascend.h"

#include "predict/numeric.h"

#include <math.h>
#include <string.h>

/* The gradient that is enough, about its rounding; the one beyond which a step that does not
 * gain is no reason to try another way; the one that will do; the longest step in one
 * variable; halvings of a step; steps. */
static const double enough = 1e-12, nearly = 1e-9, will_do = 1e-6, longest = 2;
enum { HALVINGS_MOST = 30, STEPS_MOST = 300 };

static void identity(struct ascend *a, size_t n)
{
	memset(a->inverse, 0, sizeof a->inverse);
	for (size_t i = 0; i < n; i++)
		a->inverse[i * n + i] = 1;
}

/* Marks what presses against the box; returns the largest of the other derivatives. */
static double press(const struct ascend_problem *p, struct ascend *a, const double *gradient,
		    bool *changed)
{
	double most = 0;

	*changed = false;
	for (size_t i = 0; i < p->n; i++) {
		bool side = (a->x[i] <= p->low && gradient[i] < 0) ||
			    (a->x[i] >= p->high && gradient[i] > 0);
		*changed |= side != a->at_side[i];
		a->at_side[i] = side;
		if (!side)
			most = fmax(most, fabs(gradient[i]));
	}
	return most;
}

/* The step the quadratic model asks for; false when it does not lead upwards. */
static bool direction(const struct ascend_problem *p, const struct ascend *a,
		      const double *gradient, double *d, double *slope)
{
	double most = 0;

	*slope = 0;
	for (size_t i = 0; i < p->n; i++) {
		d[i] = 0;
		for (size_t j = 0; j < p->n && !a->at_side[i]; j++)
			if (!a->at_side[j])
				d[i] += a->inverse[i * p->n + j] * gradient[j];
		*slope += d[i] * gradient[i];
		most = fmax(most, fabs(d[i]));
	}
	if (!(*slope > 0) || !isfinite(most))
		return false;
	if (most > longest) {
		for (size_t i = 0; i < p->n; i++)
			d[i] *= longest / most;
		*slope *= longest / most;
	}
	return true;
}

/* The BFGS update of the inverse, from a step and the fall of the gradient along it. */
static void update(size_t n, double *inverse, const double *step, const double *fall)
{
	double by[ASCEND_MOST], sy = 0, yby = 0, ss = 0, yy = 0;

	for (size_t i = 0; i < n; i++) {
		sy += step[i] * fall[i];
		ss += step[i] * step[i];
		yy += fall[i] * fall[i];
	}
	if (!(sy > 1e-10 * sqrt(ss * yy)))
		return;
	for (size_t i = 0; i < n; i++) {
		by[i] = 0;
		for (size_t j = 0; j < n; j++)
			by[i] += inverse[i * n + j] * fall[j];
		yby += by[i] * fall[i];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			inverse[i * n + j] += (1 + yby / sy) * step[i] * step[j] / sy -
					      (by[i] * step[j] + step[i] * by[j]) / sy;
}

/* Moves along d until the value rises; false when it does nowhere. */
static bool move(const struct ascend_problem *p, struct ascend *a, double *gradient,
		 const double *d, double slope)
{
	double x[ASCEND_MOST], g[ASCEND_MOST], step[ASCEND_MOST], fall[ASCEND_MOST];
	double length = 1;

	for (int k = 0; k < HALVINGS_MOST; k++, length /= 2) {
		for (size_t i = 0; i < p->n; i++) {
			x[i] = fmin(fmax(a->x[i] + length * d[i], p->low), p->high);
			step[i] = x[i] - a->x[i];
		}
		double value = p->eval(p->context, x, g);
		a->evaluations++;
		/* Near the top the gain is less than the rounding of the value. */
		if (!(value >= a->value + 1e-4 * length * slope - 1e-14 * fabs(a->value)))
			continue;
		/* What is pressed does not move and must not tell of curvature. */
		for (size_t i = 0; i < p->n; i++)
			fall[i] = a->at_side[i] ? 0 : gradient[i] - g[i];
		update(p->n, a->inverse, step, fall);
		memcpy(a->x, x, p->n * sizeof *x);
		memcpy(gradient, g, p->n * sizeof *g);
		a->value = value;
		return true;
	}
	return false;
}

void ascend_climb(const struct ascend_problem *p, struct ascend *a)
{
	double gradient[ASCEND_MOST] = {0}, d[ASCEND_MOST], slope, most = INFINITY;
	bool changed, fresh = !a->warm;

	if (!a->warm)
		identity(a, p->n);
	memset(a->at_side, 0, sizeof a->at_side);
	a->evaluations = 1;
	a->value = p->eval(p->context, a->x, gradient);
	for (int k = 0; k < STEPS_MOST && isfinite(a->value); k++) {
		most = press(p, a, gradient, &changed);
		if (most <= enough)
			break;
		if (changed && k > 0) {
			identity(a, p->n);
			fresh = true;
		}
		bool up = direction(p, a, gradient, d, &slope) && move(p, a, gradient, d, slope);
		if (!up && (fresh || most <= nearly))
			break;
		/* A curvature that misleads is forgotten once. */
		if (!up)
			identity(a, p->n);
		fresh = !up;
	}
	if (isfinite(a->value))
		most = press(p, a, gradient, &changed);
	a->converged = isfinite(a->value) && most <= will_do;
}

void ascend_curvature(const struct ascend_problem *p, const double *x, double *curvature)
{
	const double h = 1e-4;
	size_t n = p->n;
	double m[ASCEND_MOST * ASCEND_MOST];

	for (size_t i = 0; i < n; i++) {
		double at[ASCEND_MOST], above[ASCEND_MOST], below[ASCEND_MOST];
		memcpy(at, x, n * sizeof *at);
		at[i] = x[i] + h;
		p->eval(p->context, at, above);
		at[i] = x[i] - h;
		p->eval(p->context, at, below);
		for (size_t j = 0; j < n; j++)
			m[i * n + j] = (below[j] - above[j]) / (2 * h);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			curvature[i * n + j] = (m[i * n + j] + m[j * n + i]) / 2;
}

enum so1_status ascend_errors(const struct ascend *a, size_t n, const double *curvature,
			      double count, const double *p, double *std_error,
			      struct so1_error *e)
{
	double m[ASCEND_MOST * ASCEND_MOST];
	size_t at[ASCEND_MOST], free_count = 0;
	bool positive;

	for (size_t i = 0; i < n; i++) {
		std_error[i] = NAN;
		if (!a->at_side[i])
			at[free_count++] = i;
	}
	for (size_t i = 0; i < free_count; i++)
		for (size_t j = 0; j < free_count; j++)
			m[i * free_count + j] = curvature[at[i] * n + at[j]];
	enum so1_status s = numeric_cholesky(m, free_count, &positive, e);
	if (s != SO1_OK || !positive)
		return s;
	s = numeric_inverse(m, free_count, e);
	for (size_t i = 0; i < free_count && s == SO1_OK; i++)
		std_error[at[i]] = p[at[i]] * sqrt(m[i * free_count + i] / count);
	return s;
}
