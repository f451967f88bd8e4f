#include "export/allot.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>

void market_init(struct allot_market *m, const struct catalogue *c, size_t top, int threads)
{
	*m = (struct allot_market){
		.offers = c->count, .top = top, .threads = threads < 1 ? 1 : threads,
		.expected = c->expected_cost,
		.total = c->has_total ? c->total : ALLOT_NO_LIMIT,
		.stock = xcalloc(c->count, sizeof *m->stock),
		.by_budget = xcalloc(c->count, sizeof *m->by_budget),
		.budget = xcalloc(c->count, sizeof *m->budget),
		.unit = xcalloc(c->count, sizeof *m->unit),
		.cost = xcalloc(c->count, sizeof *m->cost),
		.value = xcalloc(c->count, sizeof *m->value),
	};
	for (size_t i = 0; i < c->count; i++) {
		const struct offer *o = &c->items[i];
		m->stock[i] = o->has_stock ? o->stock : ALLOT_NO_LIMIT;
		m->budget[i] = ALLOT_NO_LIMIT;
		m->value[i] = m->expected ? o->value * o->priority : 1;
		if (o->cost == 0)
			continue;
		if (o->has_budget && m->expected) {
			m->budget[i] = o->budget;
		} else if (o->has_budget && o->budget / o->cost < m->stock[i]) {
			m->stock[i] = o->budget / o->cost;
			m->by_budget[i] = true;
		}
		if (c->has_total || m->budget[i] != ALLOT_NO_LIMIT) {
			m->unit[i] = o->cost;
			m->cost[i] = (double)o->cost / (double)DECIMAL_ONE;
		}
	}
}

void market_free(struct allot_market *m)
{
	free(m->stock);
	free(m->by_budget);
	free(m->budget);
	free(m->unit);
	free(m->cost);
	free(m->value);
	*m = (struct allot_market){0};
}

int64_t market_cost(const struct allot_market *m, size_t offer, double x)
{
	return m->expected ? offer_expected_cost(m->unit[offer], x) : m->unit[offer];
}

void prices_init(struct allot_prices *p, const struct allot_market *m)
{
	*p = (struct allot_prices){
		.stock = xcalloc(m->offers, sizeof *p->stock),
		.budget = xcalloc(m->offers, sizeof *p->budget),
		.slope = xcalloc(m->offers, sizeof *p->slope),
		.fixed = xcalloc(m->offers, sizeof *p->fixed),
	};
	prices_settle(p, m);
}

void prices_copy(struct allot_prices *to, const struct allot_prices *from,
		 const struct allot_market *m)
{
	memcpy(to->stock, from->stock, m->offers * sizeof *to->stock);
	memcpy(to->budget, from->budget, m->offers * sizeof *to->budget);
	to->total = from->total;
	prices_settle(to, m);
}

void prices_settle(struct allot_prices *p, const struct allot_market *m)
{
	for (size_t i = 0; i < m->offers; i++) {
		double money = (p->budget[i] + p->total) * m->cost[i];
		p->slope[i] = m->value[i] - (m->expected ? money : 0);
		p->fixed[i] = p->stock[i] + (m->expected ? 0 : money);
	}
}

double prices_highest_budget(const struct allot_prices *p, const struct allot_market *m,
			     size_t offer)
{
	double most = m->cost[offer] > 0 ? m->value[offer] / m->cost[offer] * (1 - 1e-9) : 0;

	return fmax(0, most - p->total);
}

void prices_free(struct allot_prices *p)
{
	free(p->stock);
	free(p->budget);
	free(p->slope);
	free(p->fixed);
	*p = (struct allot_prices){0};
}

double prices_of_pair(const struct allot_prices *p, const struct allot_market *m, size_t offer,
		      double x)
{
	return x * (m->value[offer] - p->slope[offer]) + p->fixed[offer];
}

size_t pick_best(const struct allot_prices *p, const double *x, const uint16_t *offers, size_t n,
		 size_t want, double floor, struct allot_pick *out)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		double profit = x[i] * p->slope[offers[i]] - p->fixed[offers[i]];
		if (profit < floor || (count == want && profit <= out[want - 1].profit))
			continue;
		size_t at = count == want ? want - 1 : count++;
		for (; at > 0 && out[at - 1].profit < profit; at--)
			out[at] = out[at - 1];
		out[at] = (struct allot_pick){profit, (uint32_t)i};
	}
	return count;
}
