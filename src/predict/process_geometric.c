/* BG/NBD and MBG/NBD. With k = r + x, m the orders a customer survived (x, or x + 1 when he
 * can be lost after the first order too), the likelihood of Fader, Hardie and Lee is
 *
 *   (r)_x alpha^-x  B(a, b + m) / B(a, b)  [(1 + T / alpha)^-k + D (1 + t_x / alpha)^-k]
 *   D = a / (b + m - 1) for m > 0, 0 for m = 0
 *
 * where the first term is the customer who is still there, the second one who was lost at
 * his last order; the same with m = x + 1 is that of Batislam and others. */
#include "predict/process_kinds.h"

#include "predict/numeric.h"

#include <math.h>

enum { TERMS_MOST = 1000, EVENTS_MOST = 100000 };

/* Cumulative sums over i < n of log((b + i) / (a + b + i)) and its derivatives. */
static void fill(struct process_tables *t, size_t survived)
{
	double a = t->p[2], b = t->p[3];

	for (size_t n = 0; n < t->buyers->most_repeats + survived; n++) {
		double both = a + b + (double)n, one = b + (double)n;
		t->one[n + 1] = t->one[n] - log1p(a / one);
		t->one_d[n + 1] = t->one_d[n] - 1 / both;
		t->one_e[n + 1] = t->one_e[n] + a / (one * both);
	}
}

static double group(const struct process_tables *t, const struct buyer_group *g, size_t m,
		    double *gradient)
{
	double r = t->p[0], alpha = t->p[1], a = t->p[2], b = t->p[3];
	double k = r + g->repeats, before = b + (double)m - 1, lost = 0;
	double there = -k * t->log_alpha[g->end], log_either = there;

	if (m > 0) {
		double gone = log(a / before) - k * t->log_alpha[g->last];
		lost = numeric_logistic(gone - there);
		log_either += numeric_log1pexp(gone - there);
	}
	gradient[0] = t->rise_r[g->repeats] - (1 - lost) * t->log_alpha[g->end] -
		      lost * t->log_alpha[g->last];
	/* d/d alpha of alpha^r (alpha + t)^-k. */
	gradient[1] = r / alpha - k * ((1 - lost) * t->over_alpha[g->end] +
				       lost * t->over_alpha[g->last]);
	gradient[2] = t->one_d[m] + lost / a;
	gradient[3] = t->one_e[m] - (m > 0 ? lost / before : 0);
	return t->rise[g->repeats] + t->one[m] + log_either;
}

void bgnbd_fill(struct process_tables *t)
{
	fill(t, 0);
}

void mbgnbd_fill(struct process_tables *t)
{
	fill(t, 1);
}

double bgnbd_group(const struct process_tables *t, const struct buyer_group *g, double *gradient)
{
	return group(t, g, g->repeats, gradient);
}

double mbgnbd_group(const struct process_tables *t, const struct buyer_group *g,
		    double *gradient)
{
	return group(t, g, (size_t)g->repeats + 1, gradient);
}

static double alive(const double *p, const struct buyer *b, double m)
{
	if (m == 0)
		return 1;
	/* log((alpha + T) / (alpha + t_x)), right also where they are nearly the same. */
	double wait = log1p((b->end - b->last) / (p[1] + b->last));
	return numeric_logistic(log((p[3] + m - 1) / p[2]) - (p[0] + b->repeats) * wait);
}

double bgnbd_alive(const double *p, const struct buyer *b)
{
	return alive(p, b, b->repeats);
}

double mbgnbd_alive(const double *p, const struct buyer *b)
{
	return alive(p, b, b->repeats + 1.);
}

/* With z = t / (A + t) and c = a + B - 1 the expectation is
 *   c / (a - 1) [1 - (1 - z)^k 2F1(k, B; c; z)],
 * by Euler's transformation
 *   c / (a - 1) [1 - (1 - z)^(a - 1) 2F1(c - k, a - 1; c; z)].
 * The series is 1 + (a - 1) / c S; what is left when a - 1 and c are divided out by hand has
 * no pole at a = 1, nor at c = 0. */
bool geometric_series(double k, double A, double a, double B, double t, double *value)
{
	double z = t / (A + t), log_rest = log(A / (A + t)), over = a - 1, c = a + B - 1;
	double term = (c - k) * z, sum = term, size = fabs(term);
	double power = exp(over * log_rest); /* (1 - z)^(a - 1) */
	int n = 1;

	for (; n < TERMS_MOST && fabs(term) > 1e-16 * fabs(sum); n++) {
		term *= (c - k + n) * (over + n) / ((c + n) * (n + 1)) * z;
		sum += term;
		size += fabs(term);
	}
	double first = over == 0 ? -c * log_rest : -c * expm1(over * log_rest) / over;
	*value = first - sum * power;
	return n < TERMS_MOST && isfinite(size) &&
	       fabs(first) + size * power < 1e4 * *value;
}

/* (1 - (1 + p t / A)^-k) / p. */
static double orders_at(double p, double k, double per_p)
{
	return -expm1(-k * log1p(p * per_p)) / p;
}

/* The trapezoidal rule over s = log(p / (1 - p)), where the density is analytic in a strip of
 * half width pi / 2 (so that a step of 1/4 leaves exp(-2 pi pi / 2 / .25)), has one hill and
 * falls as exp(a s) to the left and exp(-B s) to the right: once p (or 1 - p) is too
 * small to matter, the rest of the sum is a geometric series. */
double geometric_sum(double k, double A, double a, double B, double t)
{
	double per_p = t / A, step = fmin(.25, .6 * sqrt(1 / a + 1 / B));
	double top = log(a / B), weights = 0, sum = 0;
	double highest = -a * numeric_log1pexp(-top) - B * numeric_log1pexp(top);

	for (int side = -1; side <= 1; side += 2) {
		double slope = side < 0 ? a : B;
		for (int i = side > 0; ; i++) {
			double s = top + side * i * step;
			double p = numeric_logistic(s), rest = numeric_logistic(-s);
			double w = exp(-a * numeric_log1pexp(-s) - B * numeric_log1pexp(s) - highest);
			double small = side < 0 ? p * fmax(1, fmax(k * per_p, B)) : rest * fmax(1, a);
			bool last = small < 1e-17 || w < 1e-20;
			if (small < 1e-17)
				w /= -expm1(-slope * step);
			weights += w;
			sum += w * (p > 0 ? orders_at(p, k, per_p) : k * per_p);
			if (last)
				break;
		}
	}
	return sum / weights;
}

static double orders(const double *p, const struct buyer *b, double survived, double weeks)
{
	double k = p[0] + b->repeats, A = p[1] + b->end, value;

	if (weeks == 0)
		return 0;
	if (!geometric_series(k, A, p[2], p[3] + survived, weeks, &value))
		value = geometric_sum(k, A, p[2], p[3] + survived, weeks);
	return value;
}

double bgnbd_orders(const double *p, const struct buyer *b, double weeks)
{
	return orders(p, b, b->repeats, weeks);
}

double mbgnbd_orders(const double *p, const struct buyer *b, double weeks)
{
	return orders(p, b, b->repeats + 1., weeks);
}

/* Nobody is lost but at an order, so the first one comes as from a gamma mixture. */
double geometric_active(const double *p, const struct buyer *b, double weeks)
{
	return -expm1(-(p[0] + b->repeats) * log1p(weeks / (p[1] + b->end)));
}

static struct buyer draw(const double *p, double end, bool first, struct draws *d)
{
	double rate = exp(draw_log_gamma(d, p[0])) / p[1], loss = draw_beta(d, p[2], p[3]);
	struct buyer b = {.end = end};
	double now = 0;

	if (first && draw_uniform(d) < loss)
		return b;
	while (b.repeats < EVENTS_MOST) {
		now += draw_exponential(d) / rate;
		if (!(now < end))
			break;
		b.repeats++;
		b.last = now;
		if (draw_uniform(d) < loss)
			break;
	}
	return b;
}

struct buyer bgnbd_draw(const double *p, double end, struct draws *d)
{
	return draw(p, end, false, d);
}

struct buyer mbgnbd_draw(const double *p, double end, struct draws *d)
{
	return draw(p, end, true, d);
}
