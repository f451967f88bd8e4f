#include "export/allot.h"

#include "base/number.h"

#include <math.h>

/* The other prices at a price of money, and how the bound rises with that price. */
struct tangent {
	struct allot_prices prices;
	double bound, slope;
	bool known;
};

struct search {
	const struct allot_market *m;
	struct allot_store *s;
	double share;
	unsigned most_passes;
	struct allot_descent *state;
	struct tangent low, high, trial; /* slope < 0, slope >= 0 */
	double best;
};

static void tangent_copy(struct tangent *to, const struct tangent *from,
			 const struct allot_market *m)
{
	prices_copy(&to->prices, &from->prices, m);
	to->bound = from->bound;
	to->slope = from->slope;
	to->known = from->known;
}

/* A guess at the trial's stock prices, between those of the two ends; with one end, in
 * proportion to what an offer brings at most at the two prices of money. */
static void guess_prices(struct search *q, double money)
{
	const struct allot_market *m = q->m;
	struct allot_prices *to = &q->trial.prices;
	const struct allot_prices *low = &q->low.prices, *high = &q->high.prices;
	const struct allot_prices *one = q->low.known ? low : high;

	to->total = money;
	if (q->low.known && q->high.known) {
		double part = (money - low->total) / (high->total - low->total);
		for (size_t i = 0; i < m->offers; i++) {
			to->stock[i] = low->stock[i] + part * (high->stock[i] - low->stock[i]);
			to->budget[i] = low->budget[i] + part * (high->budget[i] - low->budget[i]);
		}
	} else if (q->low.known || q->high.known) {
		prices_copy(to, one, m);
		to->total = money;
		prices_settle(to, m);
		for (size_t i = 0; i < m->offers; i++) {
			double ratio = one->slope[i] > 0 ? to->slope[i] / one->slope[i] : 1;
			to->stock[i] *= fmin(fmax(ratio, 0), 10);
			/* What an offer's own budget and the one over all cost together. */
			if (m->budget[i] != ALLOT_NO_LIMIT)
				to->budget[i] = fmax(0, one->budget[i] + one->total - money);
		}
	}
	for (size_t i = 0; i < m->offers; i++)
		to->budget[i] = fmin(to->budget[i], prices_highest_budget(to, m, i));
	prices_settle(to, m);
}

/* Descends at this price of money and makes it an end of the bracket. */
static enum so1_status try_price(struct search *q, double money, struct so1_error *e)
{
	struct tangent *t = &q->trial;

	guess_prices(q, money);
	q->state->frozen = true;
	if (prices_descend(&t->prices, q->m, q->s, q->share, q->most_passes, q->state, e) != SO1_OK)
		return e->status;
	t->bound = q->state->bound;
	t->slope = q->state->slack;
	t->known = true;
	q->best = fmin(q->best, t->bound);
	tangent_copy(t->slope < 0 ? &q->low : &q->high, t, q->m);
	return SO1_OK;
}

/* Where the two tangents meet, kept off the ends so that the bracket shrinks; *floor is
 * their height, which the bound cannot fall below. */
static double meeting_point(const struct search *q, double *floor)
{
	double from = q->low.prices.total, to = q->high.prices.total, rise = to - from;
	double at = (q->high.bound - q->low.bound + q->low.slope * from - q->high.slope * to) /
		    (q->low.slope - q->high.slope);

	at = fmin(fmax(at, from), to);
	*floor = fmax(q->low.bound + q->low.slope * (at - from),
		      q->high.bound + q->high.slope * (at - to));
	return fmin(fmax(at, from + .02 * rise), to - .02 * rise);
}

/* At this price of money no offer has any profit. */
static double highest_price(const struct allot_market *m)
{
	double most = 0;

	for (size_t i = 0; i < m->offers; i++)
		if (m->cost[i] > 0)
			most = fmax(most, m->value[i] / m->cost[i]);
	return most * (1 + 1e-9);
}

/* Ends on both sides of the lowest point, starting at the price there is. */
static enum so1_status find_bracket(struct search *q, double start, double step,
				    struct so1_error *e)
{
	double most = highest_price(q->m), money = fmin(start, most);

	if (try_price(q, money, e) != SO1_OK)
		return e->status;
	while (!q->high.known && money < most) {
		money = fmin(money + step, most);
		step *= 4;
		if (try_price(q, money, e) != SO1_OK)
			return e->status;
	}
	while (!q->low.known && money > 0) {
		money = fmax(money - step, 0);
		step *= 4;
		if (try_price(q, money, e) != SO1_OK)
			return e->status;
	}
	return SO1_OK;
}

enum so1_status prices_search(struct allot_prices *p, const struct allot_market *m,
			      struct allot_store *s, double share, unsigned most_passes,
			      struct allot_descent *state, struct so1_error *e)
{
	struct search q = {.m = m, .s = s, .share = share, .most_passes = most_passes,
			   .state = state, .best = INFINITY};
	bool first = state->passes == 0;

	prices_init(&q.low.prices, m);
	prices_init(&q.high.prices, m);
	prices_init(&q.trial.prices, m);
	prices_copy(&q.trial.prices, p, m);
	enum so1_status status = find_bracket(&q, p->total, highest_price(m) * (first ? .25 : .01), e);
	for (int i = 0; i < 40 && status == SO1_OK && q.low.known && q.high.known; i++) {
		double floor, money = meeting_point(&q, &floor);
		if (q.best - floor <= 10 * state->tolerance * q.best)
			break;
		status = try_price(&q, money, e);
	}
	const struct tangent *best = q.low.known && (!q.high.known || q.low.bound < q.high.bound)
					     ? &q.low : &q.high;
	prices_copy(p, &best->prices, m);
	state->bound = best->bound;
	prices_free(&q.low.prices);
	prices_free(&q.high.prices);
	prices_free(&q.trial.prices);
	return status;
}
