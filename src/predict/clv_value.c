/* From the terms of a model to what a customer is worth. */
#include "predict/clv.h"

#include "base/chance.h"
#include "predict/gauss.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Entries of what was computed, and places looked at for one. Orders of one who is not lost
 * depend on (repeats, end) alone, of which a stream has thousands, not millions. */
enum { ENTRIES = 1 << 16, PROBES = 8 };

static const double days_a_year = 365.25;

/* For the terms and then for each replicate, of one who is not lost. Nothing else is known of
 * most customers, those without a repeat order: their bounds are all the same. */
struct clv_entry {
	uint32_t repeats;
	double end;
	struct clv_value bounds; /* without repeats: the four bounds */
	struct ahead {
		double orders, discounted;
	} ahead[];
};

const struct process *clv_witness(const struct process *process)
{
	return process == process_find(SLICE("bgnbd")) ? process_find(SLICE("mbgnbd")) : process;
}

size_t clv_terms_list(const struct clv_model *m, struct clv_terms *base, double **terms,
		      const char **names)
{
	static const char *const worth[GAMMAGAMMA_PARAMETERS] = {"p", "q", "v"};
	static const char *const beside[PROCESS_PARAMETERS] = {"mbgnbd_r", "mbgnbd_alpha",
							       "mbgnbd_a", "mbgnbd_b"};
	double *of_worth[GAMMAGAMMA_PARAMETERS] = {&base->gammagamma.p, &base->gammagamma.q,
						   &base->gammagamma.v};
	size_t n = 0;

	for (size_t i = 0; i < PROCESS_PARAMETERS; i++) {
		names[n] = m->process->parameters[i];
		terms[n++] = &base->process[i];
	}
	for (size_t i = 0; i < GAMMAGAMMA_PARAMETERS; i++) {
		names[n] = worth[i];
		terms[n++] = of_worth[i];
	}
	for (size_t i = 0; m->witness != m->process && i < PROCESS_PARAMETERS; i++) {
		names[n] = beside[i];
		terms[n++] = &base->witness[i];
	}
	return n;
}

/* An order u weeks from now counts exp(-rate u). By parts, the discounted number is
 *   exp(-rate h) E(h) + rate integral from 0 to h of exp(-rate u) E(u) du. */
static struct ahead look_ahead(const struct clv_model *m, const struct clv_terms *t,
			       const struct buyer *b)
{
	double weeks = m->days / DAYS_A_WEEK;
	double rate = log1p(m->discount) * DAYS_A_WEEK / days_a_year, sum = 0;
	struct ahead a = {.orders = m->process->orders(t->process, b, weeks)};

	a.discounted = a.orders;
	if (rate == 0)
		return a;
	for (int i = 0; i < GAUSS_NODES; i++) {
		double weight, u = gauss_node(i, 0, weeks, &weight);
		sum += weight * exp(-rate * u) * m->process->orders(t->process, b, u);
	}
	a.discounted = exp(-rate * weeks) * a.orders + rate * sum;
	return a;
}

static void spread(const struct clv_model *m, const struct clv_row *row,
		   const struct clv_entry *n, struct clv_value *v);

static struct clv_entry *entry_new(const struct clv_model *m, const struct buyer *b)
{
	struct clv_entry *n = xmalloc(sizeof *n + (1 + m->replicate_count) * sizeof *n->ahead);

	n->repeats = b->repeats;
	n->end = b->end;
	n->ahead[0] = look_ahead(m, &m->terms, b);
	for (size_t i = 0; i < m->replicate_count; i++)
		n->ahead[1 + i] = look_ahead(m, &m->replicates[i], b);
	n->bounds = (struct clv_value){0};
	if (m->replicate_count && b->repeats == 0)
		spread(m, &(struct clv_row){.known = true, .buyer = *b}, n, &n->bounds);
	return n;
}

/* The entry for a customer; *mine when it found no place and the caller frees it. An entry
 * that has its place never changes, so threads may read it without a lock. */
static struct clv_entry *entry_of(const struct clv_model *m, const struct buyer *b, bool *mine)
{
	struct clv_entry *fresh = NULL;
	uint64_t bits, hash;

	memcpy(&bits, &b->end, sizeof bits);
	hash = chance_mix(bits ^ chance_mix(b->repeats));
	*mine = false;
	for (size_t i = 0; i < PROBES; i++) {
		_Atomic(struct clv_entry *) *place = &m->entries[(hash + i) % ENTRIES];
		struct clv_entry *there = atomic_load_explicit(place, memory_order_acquire);
		if (there == NULL) {
			if (fresh == NULL)
				fresh = entry_new(m, b);
			if (atomic_compare_exchange_strong(place, &there, fresh))
				return fresh;
		}
		if (there->repeats == b->repeats && there->end == b->end) {
			free(fresh);
			return there;
		}
	}
	*mine = true;
	return fresh ? fresh : entry_new(m, b);
}

/* Finite whatever overflowed. */
static double bounded(double x)
{
	return fmin(fmax(x, 0), 1e15);
}

/* The share of replicates below the lower bound, and above the upper one. */
static const double tail = .05;
/* Values of a tail, the one beyond its bound included: tail * (CLV_REPLICATES - 1) + 2. */
enum { TAIL_MOST = 8 };

/* Quantile `tail` of sign * x, type 7 of Hyndman and Fan. All but a few values are only looked
 * at: sorting them all was most of what a bound cost. */
static double tail_quantile(const double *x, size_t n, double sign)
{
	double at = tail * (double)(n - 1), least[TAIL_MOST];
	size_t i = (size_t)at, keep = i + 2 < n ? i + 2 : n, count = 0;

	for (size_t k = 0; k < n; k++) {
		double y = sign * x[k];
		if (count == keep && !(y < least[keep - 1]))
			continue;
		size_t place = count < keep ? count++ : keep - 1;
		for (; place > 0 && y < least[place - 1]; place--)
			least[place] = least[place - 1];
		least[place] = y;
	}
	return sign * (i + 1 < n ? least[i] + (at - (double)i) * (least[i + 1] - least[i])
				 : least[n - 1]);
}

static double spend_of(const struct clv_terms *t, const struct clv_row *row)
{
	/* Without a usable sum nothing is known of his orders: the population's mean. */
	double repeats = row->spend > 0 ? row->buyer.repeats : 0;

	return bounded(gammagamma_mean(&t->gammagamma, repeats, row->spend));
}

static void spread(const struct clv_model *m, const struct clv_row *row,
		   const struct clv_entry *n, struct clv_value *v)
{
	double orders[CLV_REPLICATES], values[CLV_REPLICATES];
	size_t count = m->replicate_count;

	for (size_t i = 0; i < count; i++) {
		const struct clv_terms *t = &m->replicates[i];
		double alive = m->process->alive(t->process, &row->buyer);
		orders[i] = bounded(alive * n->ahead[1 + i].orders);
		values[i] = bounded(m->margin * alive * n->ahead[1 + i].discounted *
				    spend_of(t, row));
	}
	v->orders_low = tail_quantile(orders, count, 1);
	v->orders_high = tail_quantile(orders, count, -1);
	v->value_low = tail_quantile(values, count, 1);
	v->value_high = tail_quantile(values, count, -1);
}

void clv_predict(const struct clv_model *m, const struct clv_row *row, struct clv_value *v)
{
	const struct buyer *b = &row->buyer;
	const double *p = m->terms.process;
	bool mine;
	struct clv_entry *n = entry_of(m, b, &mine);
	double alive = m->process->alive(p, b);

	*v = (struct clv_value){0};
	v->alive = m->witness == m->process ? alive : m->witness->alive(m->terms.witness, b);
	v->orders = bounded(alive * n->ahead[0].orders);
	v->spend = spend_of(&m->terms, row);
	v->value = bounded(m->margin * alive * n->ahead[0].discounted * v->spend);
	v->next_days = DAYS_A_WEEK * (p[1] + b->end) * expm1(log(2.) / (p[0] + b->repeats));
	if (m->replicate_count && b->repeats > 0) {
		spread(m, row, n, v);
	} else {
		v->orders_low = n->bounds.orders_low;
		v->orders_high = n->bounds.orders_high;
		v->value_low = n->bounds.value_low;
		v->value_high = n->bounds.value_high;
	}
	if (mine)
		free(n);
}

double clv_active(const struct clv_model *m, const struct clv_row *row)
{
	const double *p = m->terms.process;

	return m->process->alive(p, &row->buyer) *
	       m->process->active(p, &row->buyer, m->days / DAYS_A_WEEK);
}

void clv_model_free(struct clv_model *m)
{
	for (size_t i = 0; m->entries && i < ENTRIES; i++)
		free(atomic_load_explicit(&m->entries[i], memory_order_relaxed));
	free(m->entries);
	free(m->replicates);
	m->entries = NULL;
	m->replicates = NULL;
}

void clv_model_ready(struct clv_model *m)
{
	m->entries = xcalloc(ENTRIES, sizeof *m->entries);
}
