#include "predict/clv_holdout.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

void clv_holdout_take(struct clv_holdout *h, const struct clv_row *row, struct slice as_of,
		      bool same)
{
	uint32_t id = dictionary_add(&h->as_ofs, as_of, NULL);

	if (same && h->has_last && row->known &&
	    slice_compare(dictionary_item(&h->as_ofs, h->last_as_of), as_of) < 0 &&
	    row->buyer.end > h->last.buyer.end && row->buyer.repeats >= h->last.buyer.repeats) {
		GROW(h->pairs, h->cap, h->count + 1);
		h->pairs[h->count++] = (struct clv_pair){
			.before = h->last, .repeats = row->buyer.repeats,
			.days = (row->buyer.end - h->last.buyer.end) * DAYS_A_WEEK,
			.as_of = h->last_as_of, .next_as_of = id,
		};
	}
	h->last = *row;
	h->last_as_of = id;
	h->has_last = row->known;
}

/* The latest as_of and the one before it; false when there is but one. */
static bool latest_two(const struct clv_holdout *h, uint32_t *before, uint32_t *latest)
{
	const struct dictionary *d = &h->as_ofs;

	if (d->count < 2)
		return false;
	*latest = 0;
	for (uint32_t i = 1; i < d->count; i++)
		if (slice_compare(d->items[i], d->items[*latest]) > 0)
			*latest = i;
	*before = *latest == 0;
	for (uint32_t i = 0; i < d->count; i++)
		if (i != *latest && slice_compare(d->items[i], d->items[*before]) > 0)
			*before = i;
	return true;
}

static bool fit_before(const struct buyers *buyers, struct clv_model *m, int threads)
{
	struct process_fit fit = {0}, witness = {0};

	if (buyers->count < 2 || buyers->repeat_customers < CLV_REPEATERS_LEAST)
		return false;
	process_fit(&fit, m->process, buyers, NULL, threads);
	if (!fit.ascend.converged)
		return false;
	memcpy(m->terms.process, fit.p, sizeof fit.p);
	if (m->witness == m->process) {
		memcpy(m->terms.witness, fit.p, sizeof fit.p);
		return true;
	}
	process_fit(&witness, m->witness, buyers, NULL, threads);
	memcpy(m->terms.witness, witness.p, sizeof witness.p);
	return witness.ascend.converged;
}

bool clv_holdout_judge(const struct clv_holdout *h, const struct clv_model *model, int threads,
		       struct clv_verdict *v)
{
	uint32_t before, latest;
	struct buyers buyers = {0};
	struct clv_model m = {
		.process = model->process, .witness = model->witness,
		.terms.gammagamma = model->terms.gammagamma, .discount = model->discount,
		.margin = model->margin,
	};

	*v = (struct clv_verdict){0};
	if (!latest_two(h, &before, &latest))
		return false;
	for (size_t i = 0; i < h->count; i++) {
		const struct clv_pair *p = &h->pairs[i];
		if (p->as_of != before || p->next_as_of != latest)
			continue;
		buyers_add(&buyers, &p->before.buyer);
		v->days = p->days;
	}
	buyers_finish(&buyers);
	bool fits = buyers.customers > 0 && fit_before(&buyers, &m, threads);
	v->as_of = dictionary_item(&h->as_ofs, before);
	v->customers = buyers.customers;
	m.days = v->days;
	clv_model_ready(&m);
	for (size_t i = 0; i < h->count && fits; i++) {
		const struct clv_pair *p = &h->pairs[i];
		struct clv_value value;
		if (p->as_of != before || p->next_as_of != latest)
			continue;
		double orders = p->repeats - p->before.buyer.repeats;
		clv_predict(&m, &p->before, &value);
		v->orders += orders;
		v->expected += value.orders;
		v->absolute_error += fabs(value.orders - orders);
	}
	if (fits)
		v->absolute_error /= (double)v->customers;
	clv_model_free(&m);
	buyers_free(&buyers);
	return fits;
}

void clv_holdout_free(struct clv_holdout *h)
{
	dictionary_free(&h->as_ofs);
	free(h->pairs);
	*h = (struct clv_holdout){0};
}
