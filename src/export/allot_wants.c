#include "export/allot_wants.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* The largest x of all, in integers: four billion of it fit a uint64_t. */
static const double AMOUNT_ONE = 4294967296.0;
/* The widest margin weighs WEIGHT_ONE / 2, the narrowest at most MOST_WEIGHT times that: ten
 * million customers of it fit an int64_t. */
static const double WEIGHT_ONE = 1048576.0, MOST_WEIGHT = 1e5;

void wants_init(struct wants *d, const struct allot_market *m)
{
	*d = (struct wants){.full = m->offers <= WANTS_FULL};
	d->cells = d->full ? m->offers * m->offers : m->offers;
	d->count = xcalloc(m->offers, sizeof *d->count);
	d->amount = xcalloc(m->offers, sizeof *d->amount);
	d->units = xcalloc(d->cells, sizeof *d->units);
	if (!m->expected)
		return;
	d->mixed = xcalloc(d->cells, sizeof *d->mixed);
	d->squares = xcalloc(d->cells, sizeof *d->squares);
}

void wants_free(struct wants *d)
{
	free(d->count);
	free(d->amount);
	free(d->units);
	free(d->mixed);
	free(d->squares);
	*d = (struct wants){0};
}

static void wants_clear(struct wants *d, const struct allot_market *m)
{
	memset(d->count, 0, m->offers * sizeof *d->count);
	memset(d->units, 0, d->cells * sizeof *d->units);
	memset(d->amount, 0, m->offers * sizeof *d->amount);
	if (m->expected) {
		memset(d->mixed, 0, d->cells * sizeof *d->mixed);
		memset(d->squares, 0, d->cells * sizeof *d->squares);
	}
	d->surplus = 0;
}

static void wants_add(struct wants *to, const struct wants *from, const struct allot_market *m)
{
	for (size_t i = 0; i < m->offers; i++) {
		to->count[i] += from->count[i];
		to->amount[i] += from->amount[i];
	}
	for (size_t i = 0; i < to->cells; i++) {
		to->units[i] += from->units[i];
		if (m->expected) {
			to->mixed[i] += from->mixed[i];
			to->squares[i] += from->squares[i];
		}
	}
}

struct measuring {
	const struct allot_market *m;
	const struct allot_prices *p;
	const double *width; /* or NULL */
	double widest, amount_one;
	struct wants *parts;      /* by thread */
	struct allot_pick **picks; /* by thread */
	double *surplus;           /* by block */
};

static void add_cell(struct wants *d, const struct allot_market *m, size_t a, size_t b,
		     double weight, double xa, double xb)
{
	size_t cell = d->full ? a * m->offers + b : a;

	d->units[cell] += (int64_t)weight;
	if (m->expected) {
		d->mixed[cell] += (int64_t)(weight * xb);
		d->squares[cell] += (int64_t)(weight * (xa * xb));
	}
}

/* A customer that would leave pair `from` for pair `to`; SIZE_MAX: nothing. */
static void add_marginal(struct measuring *v, struct wants *d, const double *x,
			 const uint16_t *offers, size_t from, size_t to,
			 double distance)
{
	const struct allot_market *m = v->m;

	double width = fmax(from != SIZE_MAX ? v->width[offers[from]] : 0,
			    to != SIZE_MAX ? v->width[offers[to]] : 0);
	if (distance >= width)
		return;
	if (from != SIZE_MAX && !market_limits(m, offers[from]))
		from = SIZE_MAX;
	if (to != SIZE_MAX && !market_limits(m, offers[to]))
		to = SIZE_MAX;
	double weight = floor(WEIGHT_ONE / 2 * fmin(v->widest / width, MOST_WEIGHT));
	if (from != SIZE_MAX)
		add_cell(d, m, offers[from], offers[from], weight, x[from], x[from]);
	if (to != SIZE_MAX)
		add_cell(d, m, offers[to], offers[to], weight, x[to], x[to]);
	if (from != SIZE_MAX && to != SIZE_MAX && d->full) {
		add_cell(d, m, offers[from], offers[to], -weight, x[from], x[to]);
		add_cell(d, m, offers[to], offers[from], -weight, x[to], x[from]);
	}
}

static void measure_customer(struct measuring *v, struct wants *d, const double *x,
			     const uint16_t *offers, size_t n, struct allot_pick *picks,
			     double *surplus)
{
	size_t top = v->m->top;
	size_t count = pick_best(v->p, x, offers, n, top + 1, -v->widest, picks);
	size_t taken = picks_taken(picks, count, top);
	bool rival = taken == top && count > top && picks[top].profit > 0;
	double next = rival ? picks[top].profit : 0;

	for (size_t i = 0; i < taken; i++) {
		size_t at = picks[i].at;
		*surplus += picks[i].profit;
		d->count[offers[at]]++;
		d->amount[offers[at]] += (uint64_t)(x[at] * v->amount_one);
		if (picks[i].profit - next < v->widest)
			add_marginal(v, d, x, offers, at, rival ? picks[top].at : SIZE_MAX,
				     picks[i].profit - next);
	}
	if (taken == top)
		return;
	for (size_t i = taken; i < count; i++)
		add_marginal(v, d, x, offers, SIZE_MAX, picks[i].at, -picks[i].profit);
}

static void measure_block(void *context, const struct allot_block *b, int thread)
{
	struct measuring *v = context;
	const double *x = b->x;
	const uint16_t *offers = b->offers;
	double surplus = 0;

	for (uint32_t c = 0; c < b->customers; c++) {
		measure_customer(v, &v->parts[thread], x, offers, b->counts[c], v->picks[thread],
				 &surplus);
		x += b->counts[c];
		offers += b->counts[c];
	}
	v->surplus[b->index] = surplus;
}

enum so1_status wants_measure(struct wants *d, const struct allot_prices *p,
			       const struct allot_market *m, struct allot_store *s, const double *width,
			       struct so1_error *e)
{
	size_t threads = (size_t)m->threads;
	struct measuring v = {
		.m = m, .p = p, .width = width,
		.parts = xcalloc(threads, sizeof *v.parts),
		.picks = xcalloc(threads, sizeof *v.picks),
		.surplus = xcalloc(pairstore_blocks(s) + 1, sizeof *v.surplus),
	};

	if (pairstore_largest(s) > 0)
		v.amount_one = AMOUNT_ONE / pairstore_largest(s);
	for (size_t i = 0; width && i < m->offers; i++)
		v.widest = fmax(v.widest, width[i]);
	for (size_t t = 0; t < threads; t++) {
		wants_init(&v.parts[t], m);
		v.picks[t] = xcalloc(m->top + 1, sizeof **v.picks);
	}
	enum so1_status status = pairstore_visit(s, measure_block, &v, e);
	wants_clear(d, m);
	d->amount_unit = pairstore_largest(s) / AMOUNT_ONE;
	d->unit = v.widest > 0 ? 1 / (WEIGHT_ONE * v.widest) : 0;
	for (size_t t = 0; t < threads; t++) {
		wants_add(d, &v.parts[t], m);
		wants_free(&v.parts[t]);
		free(v.picks[t]);
	}
	/* In the order of the blocks, as sums of fractions depend on it. */
	for (size_t i = 0; i < pairstore_blocks(s); i++)
		d->surplus += v.surplus[i];
	free(v.parts);
	free(v.picks);
	free(v.surplus);
	return status;
}
