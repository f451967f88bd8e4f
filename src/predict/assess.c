#include "predict/assess.h"

#include "base/chance.h"
#include "predict/numeric.h"
#include "stream/cells.h"
#include "stream/order.h"

#include <math.h>
#include <stdlib.h>

struct reading {
	const struct chain *chain;
	struct assessment *a;
	const char *target;
	size_t target_index, customer, segment;
	struct order order;
	struct slice *fields;
	struct arena text;
	uint64_t row_customer;
};

static void take(void *context, double p, bool y)
{
	struct reading *v = context;
	struct assessment *a = v->a;

	GROW(a->rows, a->cap, a->count + 1);
	a->rows[a->count++] = (struct assessed){p, v->row_customer, y};
}

static void add_member(struct assessment *a, struct slice name, size_t first)
{
	uint32_t id = dictionary_add(&a->segments, name.len ? name : SLICE("(none)"), NULL);

	for (size_t row = first; row < a->count; row++) {
		GROW(a->members, a->member_cap, a->member_count + 1);
		a->members[a->member_count++] = (struct assessed_segment){id, row};
	}
}

static void add_members(struct reading *v, struct slice cell, size_t first)
{
	struct slice rest = cell, item, value;

	if (cell.len == 0)
		add_member(v->a, cell, first);
	while (cell_next(&rest, &item, &value, &v->text))
		add_member(v->a, item, first);
}

static enum so1_status take_record(struct reading *v, const struct record *rec,
				   struct so1_error *e)
{
	const struct chain *c = v->chain;
	const struct chain_model *last = &c->models[c->count - 1];
	size_t before = v->a->count;

	arena_reset(&v->text);
	memcpy(v->fields, rec->fields, c->stream_columns * sizeof *rec->fields);
	v->row_customer = v->customer == COLUMN_NONE ? chance_mix(before)
						     : slice_hash(rec->fields[v->customer], 0);
	enum so1_status s = chain_apply(c, c->count - 1, v->fields, &v->text, e);
	if (s == SO1_OK)
		s = last->kind->score(last->model, v->fields, rec->fields[v->target_index],
				      v->target, &v->text, take, v, e);
	if (s == SO1_OK && v->segment != COLUMN_NONE)
		add_members(v, rec->fields[v->segment], before);
	return s;
}

static enum so1_status read_all(struct reading *v, struct reader *r, uint64_t *rows,
				struct so1_error *e)
{
	for (;;) {
		struct record rec;
		bool more;
		enum so1_status s = reader_next(r, &rec, &more, e);
		if (s != SO1_OK || !more)
			return s;
		if (v->customer != COLUMN_NONE)
			s = order_check(&v->order, &rec, rec.fields[v->customer], SLICE(""), SLICE(""),
					false, NULL, e);
		if (s != SO1_OK)
			return s;
		s = take_record(v, &rec, e);
		*rows += s == SO1_OK;
		if (s == SO1_OK)
			continue;
		struct so1_error why = *e;
		s = reader_reject(r, &rec, why.column, why.reason,
				  slice_of(why.has_value ? why.value : ""), e);
		if (s != SO1_OK)
			return s;
	}
}

enum so1_status assess_read(const struct chain *c, struct reader *r, const char *target,
			    const char *segment_column, struct assessment *a, uint64_t *rows,
			    struct so1_error *e)
{
	const struct chain_model *last = &c->models[c->count - 1];
	struct reading v = {.chain = c, .a = a, .target = target, .segment = COLUMN_NONE};
	struct slice fitted;

	*rows = 0;
	if (last->kind->score == NULL) {
		error_set(e, SO1_FAILED, "a model of kind %s gives no probabilities", last->kind->name);
		return error_at(e, last->file.path, 0, NULL);
	}
	enum so1_status s = model_file_text(&last->file, "model", "target", &fitted, e);
	if (s == SO1_OK && target == NULL)
		v.target = fitted.ptr; /* the arena ends its strings with a NUL */
	if (s == SO1_OK)
		s = reader_need(r, v.target, &v.target_index, e);
	if (s == SO1_OK && segment_column)
		s = reader_need(r, segment_column, &v.segment, e);
	if (s != SO1_OK)
		return s;
	v.customer = header_find(&c->header, SLICE("customer_id"));
	v.fields = xcalloc(c->header.count, sizeof *v.fields);
	s = read_all(&v, r, rows, e);
	if (s == SO1_OK && a->count == 0)
		s = error_set(e, SO1_FAILED, "no rows to evaluate");
	free(v.fields);
	arena_free(&v.text);
	order_free(&v.order);
	return s;
}

enum so1_status assess_metrics(const struct assessment *a, const char *tmpdir, struct metrics *out,
			       struct so1_error *e)
{
	struct scores scores;
	enum so1_status s = SO1_OK;

	scores_init(&scores, tmpdir);
	for (size_t i = 0; i < a->count && s == SO1_OK; i++)
		s = scores_add(&scores, score_pack(a->rows[i].p, a->rows[i].y), e);
	if (s == SO1_OK)
		s = metrics_compute(&scores, out, e);
	scores_free(&scores);
	return s;
}

enum so1_status assess_segment(const struct assessment *a, uint32_t segment, const char *tmpdir,
			       struct metrics *out, struct so1_error *e)
{
	struct scores scores;
	enum so1_status s = SO1_OK;

	scores_init(&scores, tmpdir);
	for (size_t i = 0; i < a->member_count && s == SO1_OK; i++) {
		const struct assessed *x = &a->rows[a->members[i].row];
		if (a->members[i].segment == segment)
			s = scores_add(&scores, score_pack(x->p, x->y), e);
	}
	if (s == SO1_OK)
		s = metrics_compute(&scores, out, e);
	scores_free(&scores);
	return s;
}

struct named {
	struct slice name;
	uint32_t id;
};

static int by_name(const void *a, const void *b)
{
	return slice_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

uint32_t *assess_order(const struct assessment *a)
{
	size_t n = a->segments.count;
	struct named *all = xcalloc(n, sizeof *all);
	uint32_t *order = xcalloc(n, sizeof *order);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct named){dictionary_item(&a->segments, (uint32_t)i), (uint32_t)i};
	qsort(all, n, sizeof *all, by_name);
	for (size_t i = 0; i < n; i++)
		order[i] = all[i].id;
	free(all);
	return order;
}

static int by_score(const void *a, const void *b)
{
	const struct assessed *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? 1 : -1;
	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return x->y - y->y;
}

/* By inversion of the distribution function. */
static double poisson(double u)
{
	double term = exp(-1), sum = term;
	int k = 0;

	while (u >= sum && k < 20)
		sum += term /= ++k;
	return k;
}

enum { FIGURES = 4 };

struct sample {
	double rows, positives, p, losses, squares;
	double below;  /* negatives behind, counted for each positive; ties half */
	double negatives;
};

/* The positives and negatives of equal scores. */
static void end_tie(struct sample *x, double yes, double no)
{
	x->negatives += no;
	/* From the highest score down: positives above these negatives. */
	x->below += no * (x->positives + yes / 2);
	x->positives += yes;
}

static void add(struct sample *x, const struct assessed *r, double weight)
{
	double p = fmin(fmax(r->p, 1e-15), 1 - 1e-15);

	x->rows += weight;
	x->p += weight * r->p;
	x->losses += weight * (r->y ? -log(p) : -log1p(-p));
	x->squares += weight * (r->p - r->y) * (r->p - r->y);
}

/* The figures of one sample; NaN where there is none. */
static void draw(const struct assessment *a, uint64_t replicate, double *out)
{
	struct sample x = {0};
	double yes = 0, no = 0;
	uint64_t salt = chance_mix(replicate + 1);

	for (size_t i = 0; i < a->count; i++) {
		const struct assessed *r = &a->rows[i];
		double u = (double)(chance_mix(r->customer ^ salt) >> 11) * 0x1p-53;
		double weight = poisson(u);
		if (i > 0 && r->p != a->rows[i - 1].p) {
			end_tie(&x, yes, no);
			yes = no = 0;
		}
		*(r->y ? &yes : &no) += weight;
		if (weight > 0)
			add(&x, r, weight);
	}
	end_tie(&x, yes, no);
	out[0] = x.below / (x.positives * x.negatives);
	out[1] = x.losses / x.rows;
	out[2] = x.squares / x.rows;
	out[3] = x.p / x.positives;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t low = (size_t)at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

/* Samples without one of the classes have no AUC and are not counted. */
static void set_interval(struct estimate *x, double *values, size_t n)
{
	size_t there = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]))
			values[there++] = values[i];
	x->has_interval = x->known && there > 1;
	if (!x->has_interval)
		return;
	qsort(values, there, sizeof *values, by_value);
	x->low = quantile(values, there, .025);
	x->high = quantile(values, there, .975);
}

void assess_bootstrap(struct assessment *a, size_t replicates, struct metrics *m)
{
	double *values = xcalloc(FIGURES * replicates, sizeof *values);
	struct estimate *const estimates[FIGURES] = {&m->auc, &m->log_loss, &m->brier,
						     &m->calibration_ratio};

	qsort(a->rows, a->count, sizeof *a->rows, by_score);
	for (size_t k = 0; k < replicates; k++) {
		double out[FIGURES];
		draw(a, k, out);
		for (int i = 0; i < FIGURES; i++)
			values[(size_t)i * replicates + k] = out[i];
	}
	for (int i = 0; i < FIGURES; i++)
		set_interval(estimates[i], values + (size_t)i * replicates, replicates);
	free(values);
}

enum so1_status assess_shift(const struct assessment *a, double *shift, struct so1_error *e)
{
	double positives = 0, low = -40, high = 40;

	for (size_t i = 0; i < a->count; i++)
		positives += a->rows[i].y;
	if (positives == 0 || positives == (double)a->count)
		return error_set(e, SO1_FAILED, "the target is %d in all %zu rows: nothing to calibrate on",
				 positives > 0, a->count);
	/* The sum of p ascends with the shift. */
	for (int k = 0; k < 60; k++) {
		double sum = 0;
		*shift = (low + high) / 2;
		for (size_t i = 0; i < a->count; i++) {
			double p = fmin(fmax(a->rows[i].p, 1e-300), 1 - 1e-16);
			sum += numeric_logistic(log(p) - log1p(-p) + *shift);
		}
		if (sum < positives)
			low = *shift;
		else
			high = *shift;
	}
	return SO1_OK;
}

void assess_free(struct assessment *a)
{
	free(a->rows);
	free(a->members);
	dictionary_free(&a->segments);
	*a = (struct assessment){0};
}
