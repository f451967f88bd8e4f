/* Pareto/NBD. With k = r + x the likelihood of Schmittlein, Morrison and Colombo is
 *
 *   (r)_x alpha^r beta^s [(alpha + T)^-k (beta + T)^-s
 *                         + s integral from t_x to T of (alpha + y)^-k (beta + y)^-(s + 1) dy]
 *
 * where y is when the customer was lost. They write the integral as a difference of two
 * hypergeometric functions, which cancel; here it is done by Gauss and Legendre, and its
 * derivatives in the same go. */
#include "predict/process_kinds.h"

#include "predict/gauss.h"
#include "predict/numeric.h"

#include <math.h>

enum { EVENTS_MOST = 100000 };

/* Powers of e by which the integrand may fall within one panel: keeps 12 digits. */
static const double panel_fall = 4;

struct tail {
	double k, s, alpha, beta; /* (alpha + y)^-k (beta + y)^-s */
	double from;
	/* The integral over the integrand at `from`; means under the integrand of
	 * log((alpha + y) / (alpha + from)), 1 / (alpha + y), and the same with beta. */
	double value, log_alpha, over_alpha, log_beta, over_beta;
};

static void add_panel(struct tail *q, double begin, double end, double near, double far,
		      bool alpha_is_near)
{
	double base = near + q->from, gap = far - near, far_base = 1 / (far + q->from);
	double k_near = alpha_is_near ? q->k : q->s, k_far = alpha_is_near ? q->s : q->k;

	for (int i = 0; i < GAUSS_NODES; i++) {
		double weight, v = gauss_node(i, begin, end, &weight);
		double near_y = base * exp(v), far_y = near_y + gap;
		double log_far = log(far_y * far_base);
		/* dy = near_y dv. */
		double w = weight * near_y * exp(-k_near * v - k_far * log_far);
		q->value += w;
		q->log_alpha += w * (alpha_is_near ? v : log_far);
		q->log_beta += w * (alpha_is_near ? log_far : v);
		q->over_alpha += w / (alpha_is_near ? near_y : far_y);
		q->over_beta += w / (alpha_is_near ? far_y : near_y);
	}
}

/* Over y from q->from to `to`. In v = log of (the nearer pole + y) the integrand has one
 * hill and falls no faster than exp(-(k + s) v). */
static void integrate(struct tail *q, double to)
{
	bool alpha_is_near = q->alpha <= q->beta;
	double near = alpha_is_near ? q->alpha : q->beta, far = alpha_is_near ? q->beta : q->alpha;
	double length = log1p((to - q->from) / (near + q->from));
	double count = ceil((q->k + q->s) * length / panel_fall), width = length / count;

	q->value = q->log_alpha = q->over_alpha = q->log_beta = q->over_beta = 0;
	if (!(length > 0))
		return;
	for (double i = 0; i < count; i++) {
		double before = q->value;
		add_panel(q, i * width, (i + 1) * width, near, far, alpha_is_near);
		/* Behind the hill, and nothing to come. */
		if (q->value - before < 1e-17 * q->value)
			break;
	}
	if (!(q->value > 0))
		return;
	q->log_alpha /= q->value;
	q->log_beta /= q->value;
	q->over_alpha /= q->value;
	q->over_beta /= q->value;
}

double pareto_group(const struct process_tables *t, const struct buyer_group *g, double *gradient)
{
	double r = t->p[0], alpha = t->p[1], s = t->p[2], beta = t->p[3], k = r + g->repeats;
	double la = t->log_alpha[g->last], lb = t->log_beta[g->last];
	struct tail q = {.k = k, .s = s + 1, .alpha = alpha, .beta = beta,
			 .from = t->buyers->times[g->last]};
	double there = -k * t->log_alpha[g->end] - s * t->log_beta[g->end];
	double log_either = there, lost = 0;

	integrate(&q, t->buyers->times[g->end]);
	if (q.value > 0) {
		double gone = log(s * q.value * t->over_beta[g->last]) - k * la - s * lb;
		lost = numeric_logistic(gone - there);
		log_either += numeric_log1pexp(gone - there);
	}
	gradient[0] = t->rise_r[g->repeats] - (1 - lost) * t->log_alpha[g->end] -
		      lost * (la + q.log_alpha);
	gradient[1] = r / alpha - k * ((1 - lost) * t->over_alpha[g->end] + lost * q.over_alpha);
	gradient[2] = -(1 - lost) * t->log_beta[g->end] +
		      lost * (1 / s - lb - q.log_beta);
	gradient[3] = s / beta - s * (1 - lost) * t->over_beta[g->end] -
		      (s + 1) * lost * q.over_beta;
	return t->rise[g->repeats] + log_either;
}

double pareto_alive(const double *p, const struct buyer *b)
{
	double k = p[0] + b->repeats, s = p[2];
	struct tail q = {.k = k, .s = s + 1, .alpha = p[1], .beta = p[3], .from = b->last};

	integrate(&q, b->end);
	if (!(q.value > 0))
		return 1;
	/* log of lost / there. */
	double odds = log(s * q.value / (p[3] + b->last)) +
		      k * log1p((b->end - b->last) / (p[1] + b->last)) +
		      s * log1p((b->end - b->last) / (p[3] + b->last));
	return numeric_logistic(-odds);
}

/* k (beta + T) / ((alpha + T) (s - 1)) [1 - ((beta + T) / (beta + T + t))^(s - 1)], which
 * has no pole at s = 1. */
double pareto_orders(const double *p, const struct buyer *b, double weeks)
{
	double log_rest = -log1p(weeks / (p[3] + b->end)), over = p[2] - 1;
	double factor = (p[0] + b->repeats) * (p[3] + b->end) / (p[1] + b->end);

	return factor * (over == 0 ? -log_rest : -expm1(over * log_rest) / over);
}

/* The first order comes at u, before the customer is lost: integral over u of
 * k A^k (A + u)^-(k + 1) (B / (B + u))^s, A = alpha + T, B = beta + T. */
double pareto_active(const double *p, const struct buyer *b, double weeks)
{
	double k = p[0] + b->repeats;
	struct tail q = {.k = k + 1, .s = p[2], .alpha = p[1] + b->end, .beta = p[3] + b->end};

	integrate(&q, weeks);
	return fmin(k / q.alpha * q.value, 1);
}

struct buyer pareto_draw(const double *p, double end, struct draws *d)
{
	double rate = exp(draw_log_gamma(d, p[0])) / p[1];
	double loss = exp(draw_log_gamma(d, p[2])) / p[3];
	double until = fmin(end, draw_exponential(d) / loss), now = 0;
	struct buyer b = {.end = end};

	while (b.repeats < EVENTS_MOST) {
		now += draw_exponential(d) / rate;
		if (!(now < until))
			break;
		b.repeats++;
		b.last = now;
	}
	return b;
}
