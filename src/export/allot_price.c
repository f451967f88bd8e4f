#include "export/allot_wants.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>

/* The stretched space takes rows x rows numbers. */
enum { POLISH_ROWS = 600 };

/* A limit: a row of the linear programme. */
struct price_row {
	enum { ROW_STOCK, ROW_BUDGET, ROW_TOTAL } kind;
	uint32_t offer;
	double cap; /* units, or money */
};

struct rows {
	struct price_row *items;
	size_t count;
	double *gradient, *curvature; /* of the dual function; rows × rows, or rows */
	bool full;
	double *reach;                /* a price that is large for the row */
	double *room;                 /* by which the price may rise */
	bool frozen;                  /* the budget over all is no row: its price stays */
	double total, slack;          /* frozen: what there is of it, what is unused */
};

static void rows_add(struct rows *r, int kind, size_t offer, double cap)
{
	r->items[r->count++] = (struct price_row){kind, (uint32_t)offer, cap};
}

static void rows_init(struct rows *r, const struct allot_market *m, double share, bool frozen)
{
	*r = (struct rows){.items = xcalloc(2 * m->offers + 1, sizeof *r->items),
			   .full = m->offers <= WANTS_FULL, .frozen = frozen};
	double total = share * (double)m->total / (double)DECIMAL_ONE;

	for (size_t i = 0; i < m->offers; i++) {
		if (m->stock[i] != ALLOT_NO_LIMIT)
			rows_add(r, ROW_STOCK, i, share * (double)m->stock[i]);
		if (m->budget[i] != ALLOT_NO_LIMIT)
			rows_add(r, ROW_BUDGET, i,
				 share * (double)m->budget[i] / (double)DECIMAL_ONE);
	}
	if (frozen)
		r->total = total;
	else if (m->total != ALLOT_NO_LIMIT)
		rows_add(r, ROW_TOTAL, 0, total);
	r->gradient = xcalloc(r->count + 1, sizeof *r->gradient);
	r->reach = xcalloc(r->count + 1, sizeof *r->reach);
	r->room = xcalloc(r->count + 1, sizeof *r->room);
	r->curvature = xcalloc((r->full ? r->count * r->count : r->count) + 1,
			       sizeof *r->curvature);
}

static void rows_free(struct rows *r)
{
	free(r->items);
	free(r->gradient);
	free(r->reach);
	free(r->room);
	free(r->curvature);
}

static double *price_of(struct allot_prices *p, const struct price_row *row)
{
	return row->kind == ROW_STOCK ? &p->stock[row->offer]
	       : row->kind == ROW_BUDGET ? &p->budget[row->offer] : &p->total;
}

static double amount_of(const struct wants *d, size_t offer)
{
	return (double)d->amount[offer] * d->amount_unit;
}

static double money_of(const struct wants *d, const struct allot_market *m, size_t offer)
{
	return m->cost[offer] * (m->expected ? amount_of(d, offer) : (double)d->count[offer]);
}

static double use_of(const struct wants *d, const struct allot_market *m,
		     const struct price_row *row)
{
	double sum = 0;

	if (row->kind == ROW_STOCK)
		return (double)d->count[row->offer];
	if (row->kind == ROW_BUDGET)
		return money_of(d, m, row->offer);
	for (size_t i = 0; i < m->offers; i++)
		sum += money_of(d, m, i);
	return sum;
}

/* Bound and gradient from a measurement. */
static double rows_measure(struct rows *r, struct allot_prices *p, const struct wants *d,
			   const struct allot_market *m)
{
	double bound = d->surplus;

	for (size_t i = 0; i < r->count; i++) {
		const struct price_row *row = &r->items[i];
		bound += row->cap * *price_of(p, row);
		r->gradient[i] = row->cap - use_of(d, m, row);
	}
	if (!r->frozen)
		return bound;
	r->slack = r->total - use_of(d, m, &(struct price_row){.kind = ROW_TOTAL});
	return bound + r->total * p->total;
}

static double cell_of(const struct wants *d, const struct allot_market *m, size_t a, bool a_money,
		      size_t b, bool b_money)
{
	size_t cell = d->full ? a * m->offers + b : a;

	if (!d->full && a != b)
		return 0;
	double factor = (a_money ? m->cost[a] : 1) * (b_money ? m->cost[b] : 1);
	if (!m->expected || (!a_money && !b_money))
		return (double)d->units[cell] * d->unit * factor;
	if (a_money && b_money)
		return (double)d->squares[cell] * d->unit * factor;
	/* `mixed` has units of its first offer and x of its second. */
	if (a_money && d->full)
		cell = b * m->offers + a;
	return (double)d->mixed[cell] * d->unit * factor;
}

static double pair_curvature(const struct wants *d, const struct allot_market *m,
			     const struct price_row *a, const struct price_row *b)
{
	size_t a_end = a->kind == ROW_TOTAL ? m->offers : (size_t)a->offer + 1;
	size_t b_end = b->kind == ROW_TOTAL ? m->offers : (size_t)b->offer + 1;
	double sum = 0;

	for (size_t i = a->kind == ROW_TOTAL ? 0 : a->offer; i < a_end; i++) {
		/* Without the products of offers only the diagonal is there. */
		size_t from = b->kind == ROW_TOTAL ? (d->full ? 0 : i) : b->offer;
		for (size_t k = from; k < (d->full ? b_end : from + 1); k++)
			sum += cell_of(d, m, i, a->kind != ROW_STOCK, k, b->kind != ROW_STOCK);
	}
	return sum;
}

/* `scale` is the mean weight of a pick. A row nobody is marginal for still gets some
 * curvature, so that steps stay finite. */
static void rows_bend(struct rows *r, const struct wants *d, const struct allot_market *m,
		      double scale)
{
	double count = 0;

	for (size_t i = 0; i < m->offers; i++)
		count += (double)d->count[i];
	for (size_t i = 0; i < r->count; i++) {
		const struct price_row *row = &r->items[i];
		double use = use_of(d, m, row), picks = row->kind == ROW_TOTAL ? count
						       : (double)d->count[row->offer];
		double each = picks > 0 && use > 0 ? use / picks
			      : row->kind == ROW_BUDGET && m->cost[row->offer] > 0
				      ? m->cost[row->offer] : 1;
		r->reach[i] = scale / each;
		double least = .02 * fmax(use, each) / r->reach[i];
		if (!r->full) {
			r->curvature[i] = fmax(pair_curvature(d, m, row, row), least);
			continue;
		}
		for (size_t k = i; k < r->count; k++) {
			double c = pair_curvature(d, m, row, &r->items[k]);
			r->curvature[i * r->count + k] = r->curvature[k * r->count + i] = c;
		}
		double *own = &r->curvature[i * r->count + i];
		*own = fmax(*own * 1.001, least);
	}
}

/* The step d that minimises g'd + d'Hd/2 + damping d'diag(H)d/2 with no price below zero:
 * Gauss-Seidel, each price in turn. Returns the decrease expected. */
static double solve_step(const struct rows *r, struct allot_prices *p, const struct allot_market *m,
			 double damping, double *step)
{
	size_t n = r->count;
	double expected = 0;

	for (size_t i = 0; i < n; i++) {
		step[i] = 0;
		r->room[i] = INFINITY;
		if (r->items[i].kind == ROW_BUDGET)
			r->room[i] = prices_highest_budget(p, m, r->items[i].offer) -
				     *price_of(p, &r->items[i]);
	}
	for (int sweep = 0; sweep < 200; sweep++) {
		double moved = 0;
		for (size_t i = 0; i < n; i++) {
			double own = r->full ? r->curvature[i * n + i] : r->curvature[i];
			double slope = r->gradient[i] + own * damping * step[i];
			if (r->full)
				for (size_t k = 0; k < n; k++)
					slope += r->curvature[i * n + k] * step[k];
			else
				slope += own * step[i];
			double to = step[i] - slope / (own * (1 + damping));
			to = fmax(to, -*price_of(p, &r->items[i]));
			to = fmin(fmax(to, -r->reach[i]), fmin(r->reach[i], r->room[i]));
			moved = fmax(moved, fabs(to - step[i]) / r->reach[i]);
			step[i] = to;
		}
		if (moved < 1e-9 || !r->full)
			break;
	}
	for (size_t i = 0; i < n; i++) {
		double bend = 0;
		if (r->full)
			for (size_t k = 0; k < n; k++)
				bend += r->curvature[i * n + k] * step[k];
		else
			bend = r->curvature[i] * step[i];
		expected -= step[i] * (r->gradient[i] + bend / 2);
	}
	return expected;
}

static void take_step(const struct rows *r, struct allot_prices *p, const struct allot_market *m,
		      const double *step)
{
	/* From the last: the budget over all, then those that depend on it. */
	for (size_t i = r->count; i-- > 0;) {
		double *price = price_of(p, &r->items[i]);
		*price = fmax(0, *price + step[i]);
		if (r->items[i].kind == ROW_BUDGET)
			*price = fmin(*price, prices_highest_budget(p, m, r->items[i].offer));
	}
	prices_settle(p, m);
}

static double mean_weight(struct rows *r, struct allot_prices *p, const struct wants *d,
			  const struct allot_market *m)
{
	double weight = d->surplus, picks = 0;

	for (size_t i = 0; i < r->count; i++)
		weight += *price_of(p, &r->items[i]) * use_of(d, m, &r->items[i]);
	if (r->frozen)
		weight += p->total * (r->total - r->slack);
	for (size_t i = 0; i < m->offers; i++)
		picks += (double)d->count[i];
	return picks > 0 && weight > 0 ? weight / picks : 1;
}

struct descending {
	struct rows rows;
	struct wants wants;
	struct allot_prices trial;
	double *step;
	double damping;
	double *mean, *width; /* by offer: x of its picks, margin */
	double least;         /* share of the range of profits a margin must have */
	unsigned refused;
};

/* The widths of the margins: half of what the step moves the offer's profits by, within a
 * share of the range these have, down to the share where too few customers were left. */
static void set_widths(struct descending *w, const struct allot_prices *from,
		       const struct allot_prices *to, const struct allot_market *m)
{
	double sum = 0, picks = 0;

	for (size_t i = 0; i < m->offers; i++) {
		sum += amount_of(&w->wants, i);
		picks += (double)w->wants.count[i];
	}
	for (size_t i = 0; i < m->offers; i++) {
		if (w->wants.count[i] > 0)
			w->mean[i] = amount_of(&w->wants, i) / (double)w->wants.count[i];
		else if (w->mean[i] == 0)
			w->mean[i] = picks > 0 ? sum / picks : 1;
		double range = fabs(to->slope[i]) * w->mean[i];
		double shift = fabs(to->fixed[i] - from->fixed[i]) +
			       w->mean[i] * fabs(to->slope[i] - from->slope[i]);
		w->width[i] = fmin(fmax(shift / 2, w->least * range), .25 * (range + shift));
	}
}

/* One step, taken when it lowers the bound; *done when no more is to be had. */
static enum so1_status descend_once(struct descending *w, struct allot_prices *p,
				    const struct allot_market *m, struct allot_store *s,
				    struct allot_descent *state, bool *done, struct so1_error *e)
{
	double expected = solve_step(&w->rows, p, m, w->damping, w->step);

	*done = expected <= state->tolerance * state->bound;
	if (*done)
		return SO1_OK;
	prices_copy(&w->trial, p, m);
	take_step(&w->rows, &w->trial, m, w->step);
	set_widths(w, p, &w->trial, m);
	if (wants_measure(&w->wants, &w->trial, m, s, w->width, e) != SO1_OK)
		return e->status;
	state->passes++;
	double *gradient = xcalloc(w->rows.count + 1, sizeof *gradient);
	memcpy(gradient, w->rows.gradient, w->rows.count * sizeof *gradient);
	double bound = rows_measure(&w->rows, &w->trial, &w->wants, m);
	if (bound < state->bound) {
		double ratio = (state->bound - bound) / expected;
		w->damping = ratio > .5 ? w->damping / 4 : ratio < .1 ? fmax(4 * w->damping, .1)
							     : w->damping;
		w->refused = ratio < .01 ? w->refused + 1 : 0;
		state->bound = bound;
		state->slack = w->rows.slack;
		rows_bend(&w->rows, &w->wants, m, state->scale);
		prices_copy(p, &w->trial, m);
	} else {
		memcpy(w->rows.gradient, gradient, w->rows.count * sizeof *gradient);
		w->damping = fmax(4 * w->damping, .25);
		w->refused++;
	}
	free(gradient);
	*done = w->refused >= 6;
	return SO1_OK;
}

enum so1_status prices_descend(struct allot_prices *p, const struct allot_market *m,
			       struct allot_store *s, double share, unsigned most_passes,
			       struct allot_descent *state, struct so1_error *e)
{
	struct descending w = {0};
	enum so1_status status = SO1_OK;
	bool done = false;

	rows_init(&w.rows, m, share, state->frozen);
	wants_init(&w.wants, m);
	prices_init(&w.trial, m);
	w.step = xcalloc(w.rows.count + 1, sizeof *w.step);
	w.mean = xcalloc(m->offers, sizeof *w.mean);
	w.width = xcalloc(m->offers, sizeof *w.width);
	double each = (double)pairstore_customers(s) / (double)(w.rows.count + 1);
	w.least = fmin(.1, fmax(.003, 30 / each));
	/* Once for the range of profits, once for the margins, which are wide at first. */
	for (int i = 0; i < 2 && status == SO1_OK; i++) {
		status = wants_measure(&w.wants, p, m, s, i ? w.width : NULL, e);
		state->bound = rows_measure(&w.rows, p, &w.wants, m);
		state->slack = w.rows.slack;
		state->scale = mean_weight(&w.rows, p, &w.wants, m);
		double least = w.least;
		w.least = fmax(least, state->passes < 2 ? .25 : .05);
		set_widths(&w, p, p, m);
		w.least = least;
		state->passes++;
	}
	if (status == SO1_OK)
		rows_bend(&w.rows, &w.wants, m, state->scale);
	for (unsigned i = 0; status == SO1_OK && i < most_passes && !done; i++)
		status = descend_once(&w, p, m, s, state, &done, e);
	rows_free(&w.rows);
	wants_free(&w.wants);
	prices_free(&w.trial);
	free(w.step);
	free(w.mean);
	free(w.width);
	return status;
}

enum so1_status prices_bound(const struct allot_prices *p, const struct allot_market *m,
			     struct allot_store *s, double *bound, struct so1_error *e)
{
	struct allot_prices copy;
	struct wants d;
	struct rows r;

	rows_init(&r, m, 1, false);
	wants_init(&d, m);
	prices_init(&copy, m);
	prices_copy(&copy, p, m);
	enum so1_status status = wants_measure(&d, &copy, m, s, NULL, e);
	*bound = rows_measure(&r, &copy, &d, m);
	prices_free(&copy);
	wants_free(&d);
	rows_free(&r);
	return status;
}

/* Shor's r-algorithm (Minimization Methods for Non-Differentiable Functions, 1985): steps
 * against the subgradient in a space that is stretched after each along the difference of
 * two subgradients, so that valleys between kinks become round. */
struct stretching {
	struct descending w;
	size_t n;
	double *at;       /* prices in units of each row's reach; may leave the allowed range */
	double *slope;    /* subgradient there */
	double *space;    /* n x n */
	double *next, *row, *way;
	double penalty;
};

static void stretching_init(struct stretching *r, struct allot_prices *p,
			    const struct allot_market *m, struct wants *wants)
{
	size_t n = r->n = r->w.rows.count;

	rows_bend(&r->w.rows, wants, m, mean_weight(&r->w.rows, p, wants, m));
	r->at = xcalloc(n, sizeof *r->at);
	r->slope = xcalloc(n, sizeof *r->slope);
	r->next = xcalloc(n, sizeof *r->next);
	r->row = xcalloc(n, sizeof *r->row);
	r->way = xcalloc(n, sizeof *r->way);
	r->space = xcalloc(n * n, sizeof *r->space);
	for (size_t i = 0; i < n; i++) {
		r->space[i * n + i] = 1;
		r->at[i] = *price_of(p, &r->w.rows.items[i]) / r->w.rows.reach[i];
		double size = fabs(r->w.rows.gradient[i] * r->w.rows.reach[i]);
		double cap = r->w.rows.items[i].cap * r->w.rows.reach[i];
		r->penalty = fmax(r->penalty, 2 * fmax(size, cap));
	}
}

static void stretching_free(struct stretching *r)
{
	free(r->at);
	free(r->slope);
	free(r->next);
	free(r->row);
	free(r->way);
	free(r->space);
}

/* The dual function at r->at brought into the allowed range, and a subgradient of it plus a
 * penalty for what lies outside. */
static enum so1_status look_around(struct stretching *r, const struct allot_market *m,
				   struct allot_store *s, double *slope, double *bound,
				   struct so1_error *e)
{
	struct rows *rows = &r->w.rows;
	struct allot_prices *trial = &r->w.trial;

	for (size_t i = 0; i < r->n; i++) {
		*price_of(trial, &rows->items[i]) = 0;
		r->w.step[i] = r->at[i] * rows->reach[i];
	}
	take_step(rows, trial, m, r->w.step);
	if (wants_measure(&r->w.wants, trial, m, s, NULL, e) != SO1_OK)
		return e->status;
	*bound = rows_measure(rows, trial, &r->w.wants, m);
	for (size_t i = 0; i < r->n; i++) {
		double out = r->at[i] - *price_of(trial, &rows->items[i]) / rows->reach[i];
		slope[i] = rows->gradient[i] * rows->reach[i];
		if (fabs(out) > 1e-12)
			slope[i] = out > 0 ? r->penalty : -r->penalty;
	}
	return SO1_OK;
}

/* to = space' x from, to unit length; false when nothing is left. */
static bool turn_in(const struct stretching *r, const double *from, double *to)
{
	double square = 0;

	for (size_t i = 0; i < r->n; i++) {
		to[i] = 0;
		for (size_t k = 0; k < r->n; k++)
			to[i] += r->space[k * r->n + i] * from[k];
		square += to[i] * to[i];
	}
	for (size_t i = 0; i < r->n && square > 0; i++)
		to[i] /= sqrt(square);
	return square > 0;
}

static void set_way(struct stretching *r)
{
	for (size_t i = 0; i < r->n; i++) {
		r->way[i] = 0;
		for (size_t k = 0; k < r->n; k++)
			r->way[i] += r->space[i * r->n + k] * r->row[k];
	}
}

/* Halves the space along the change from r->slope to r->next. */
static void stretch(struct stretching *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->way[i] = r->next[i] - r->slope[i];
	if (!turn_in(r, r->way, r->row))
		return;
	for (size_t i = 0; i < r->n; i++) {
		double along = 0;
		for (size_t k = 0; k < r->n; k++)
			along += r->space[i * r->n + k] * r->row[k];
		for (size_t k = 0; k < r->n; k++)
			r->space[i * r->n + k] -= along * r->row[k] / 2;
	}
}

/* Goes along r->way, in growing steps, until the function rises; r->next is then the
 * subgradient there. */
static enum so1_status go_along(struct stretching *r, struct allot_prices *p,
				const struct allot_market *m, struct allot_store *s, double *step,
				unsigned *passes, double *bound, struct so1_error *e)
{
	double rise = -1;

	for (int steps = 0; rise < 0 && *passes > 0; steps++, --*passes) {
		double here;
		for (size_t i = 0; i < r->n; i++)
			r->at[i] -= *step * r->way[i];
		if (look_around(r, m, s, r->next, &here, e) != SO1_OK)
			return e->status;
		if (here < *bound) {
			*bound = here;
			prices_copy(p, &r->w.trial, m);
		}
		rise = 0;
		for (size_t i = 0; i < r->n; i++)
			rise -= r->way[i] * r->next[i];
		if (steps >= 2)
			*step *= 1.2;
		else if (steps == 0 && rise >= 0)
			*step *= .9;
	}
	return SO1_OK;
}

enum so1_status prices_polish(struct allot_prices *p, const struct allot_market *m,
			      struct allot_store *s, unsigned passes, double *bound,
			      struct so1_error *e)
{
	struct stretching r = {0};
	double step = .1, here;

	rows_init(&r.w.rows, m, 1, false);
	wants_init(&r.w.wants, m);
	prices_init(&r.w.trial, m);
	r.w.step = xcalloc(r.w.rows.count + 1, sizeof *r.w.step);
	enum so1_status status = wants_measure(&r.w.wants, p, m, s, NULL, e);
	rows_measure(&r.w.rows, p, &r.w.wants, m);
	if (r.w.rows.count > 0 && r.w.rows.count <= POLISH_ROWS) {
		stretching_init(&r, p, m, &r.w.wants);
		if (status == SO1_OK)
			status = look_around(&r, m, s, r.slope, &here, e);
		while (status == SO1_OK && passes > 0 && step > 1e-12 && turn_in(&r, r.slope, r.row)) {
			set_way(&r);
			status = go_along(&r, p, m, s, &step, &passes, bound, e);
			stretch(&r);
			memcpy(r.slope, r.next, r.n * sizeof *r.slope);
		}
		stretching_free(&r);
	}
	rows_free(&r.w.rows);
	wants_free(&r.w.wants);
	prices_free(&r.w.trial);
	free(r.w.step);
	return status;
}
