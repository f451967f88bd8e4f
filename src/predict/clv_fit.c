/* clv, fitted. */
#include "predict/clv.h"

#include "base/number.h"
#include "predict/baseline.h"
#include "predict/clv_holdout.h"
#include "stream/order.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows for the baseline: every stride-th; twice as far apart whenever there are twice as many
 * as are wanted. */
enum { SAMPLE_NUMBERS = 4, SAMPLE_MOST = 2 * BASELINE_ROWS_MOST };
struct sample {
	struct sampled {
		struct clv_row row;
		double numbers[SAMPLE_NUMBERS]; /* as they stand in the stream; NaN: empty */
	} *rows;
	size_t count, cap;
	uint64_t seen, stride;
};

static void sample_row(struct sample *x, const struct clv_row *row, const struct clv_columns *c,
		       const struct slice *fields)
{
	const size_t columns[SAMPLE_NUMBERS] = {c->repeats, c->last, c->end, c->spend};

	if (x->stride == 0)
		x->stride = 1;
	if (x->seen++ % x->stride)
		return;
	GROW(x->rows, x->cap, x->count + 1);
	struct sampled *to = &x->rows[x->count++];
	to->row = *row;
	for (size_t i = 0; i < SAMPLE_NUMBERS; i++)
		if (!number_parse_double(fields[columns[i]], &to->numbers[i]))
			to->numbers[i] = NAN;
	if (x->count < SAMPLE_MOST)
		return;
	for (size_t i = 0; 2 * i < x->count; i++)
		x->rows[i] = x->rows[2 * i];
	x->count /= 2;
	x->stride *= 2;
}

/* What was read of a stream. Of several snapshots only the latest counts: a customer must
 * not be learned from twice. */
struct reading {
	struct clv_columns columns;
	size_t customer;
	struct order order;
	struct buffer as_of;
	struct buyers buyers;
	struct spends spends;
	uint64_t without_order, older;
	struct sample sample;
	struct clv_holdout holdout;
};

static void start_anew(struct reading *d)
{
	buyers_free(&d->buyers);
	spends_free(&d->spends);
	d->without_order = 0;
	free(d->sample.rows);
	d->sample = (struct sample){0};
}

/* Whether the row is of the latest snapshot seen so far. */
static bool is_latest(struct reading *d, const struct record *rec)
{
	if (d->columns.as_of == COLUMN_NONE)
		return true;
	int order = slice_compare(rec->fields[d->columns.as_of], buffer_slice(&d->as_of));
	if (order < 0) {
		d->older++;
		return false;
	}
	if (order > 0) {
		d->older += d->buyers.customers + d->without_order;
		start_anew(d);
		buffer_clear(&d->as_of);
		buffer_put_slice(&d->as_of, rec->fields[d->columns.as_of]);
	}
	return true;
}

static enum so1_status take_row(struct reading *d, struct reader *r, const struct record *rec,
				struct so1_error *e)
{
	struct clv_row row;
	bool new_customer = true;
	enum so1_status s = SO1_OK;

	if (d->customer != COLUMN_NONE)
		s = order_check(&d->order, rec, rec->fields[d->customer], SLICE(""), SLICE(""),
				false, &new_customer, e);
	if (s != SO1_OK)
		return s;
	if (clv_row_read(&row, &d->columns, rec->fields, e) != SO1_OK) {
		struct so1_error why = *e;
		return reader_reject(r, rec, why.column, why.reason,
				     slice_of(why.has_value ? why.value : ""), e);
	}
	if (d->columns.as_of != COLUMN_NONE)
		clv_holdout_take(&d->holdout, &row, rec->fields[d->columns.as_of], !new_customer);
	if (!is_latest(d, rec))
		return SO1_OK;
	sample_row(&d->sample, &row, &d->columns, rec->fields);
	if (!row.known) {
		d->without_order++;
		return SO1_OK;
	}
	buyers_add(&d->buyers, &row.buyer);
	if (row.spend > 0)
		spends_add(&d->spends, row.buyer.repeats, row.spend);
	return SO1_OK;
}

static enum so1_status read_all(struct reading *d, struct reader *r, struct so1_error *e)
{
	enum so1_status s = clv_columns_find(&d->columns, reader_header(r), e);
	bool more = true;

	d->customer = header_find(reader_header(r), SLICE("customer_id"));
	while (s == SO1_OK && more) {
		struct record rec;
		s = reader_next(r, &rec, &more, e);
		if (s == SO1_OK && more)
			s = take_row(d, r, &rec, e);
	}
	buyers_finish(&d->buyers);
	return s;
}

/* Whether there is anything to learn. */
static enum so1_status check(const struct reading *d, struct so1_error *e)
{
	const struct buyers *b = &d->buyers;

	if (b->customers == 0)
		return error_set(e, SO1_FAILED, "no customer has an order: nothing to learn from");
	if (b->customers == 1)
		return error_set(e, SO1_FAILED, "only one customer has an order: nothing to tell "
				 "him apart from");
	if (b->repeat_customers == 0)
		return error_set(e, SO1_FAILED, "nobody of %" PRIu64 " customers ordered again: "
				 "there is no rhythm to learn from", b->customers);
	if (b->count == 1)
		return error_set(e, SO1_FAILED, "all %" PRIu64 " customers have the same orders at "
				 "the same times: nothing to tell them apart by", b->customers);
	if (b->repeat_customers < CLV_REPEATERS_LEAST)
		return error_set(e, SO1_FAILED, "only %" PRIu64 " customers ordered again; it takes "
				 "%d to fit the model", b->repeat_customers, CLV_REPEATERS_LEAST);
	if (d->spends.count < CLV_REPEATERS_LEAST)
		return error_set(e, SO1_FAILED, "only %zu customers have a repeat_spend above 0; it "
				 "takes %d to fit the model", d->spends.count, CLV_REPEATERS_LEAST);
	return SO1_OK;
}

struct fits {
	struct process_fit of[PROCESS_COUNT]; /* as in process_table; process NULL: not tried */
	struct process_fit *best, *witness;   /* witness is best, or fitted beside it */
	struct gammagamma worth;
};

static struct process_fit *fit_one(struct fits *f, const struct process *process,
				   const struct buyers *b, int threads)
{
	struct process_fit *fit = &f->of[process - process_table];

	if (fit->process == NULL)
		process_fit(fit, process, b, NULL, threads);
	return fit;
}

static enum so1_status fit_process(struct fits *f, const struct fit_request *q,
				   const struct buyers *b, struct so1_error *e)
{
	for (size_t i = 0; i < PROCESS_COUNT; i++) {
		const struct process *process = &process_table[i];
		if (q->clv.process && !slice_is(slice_of(q->clv.process), process->name))
			continue;
		struct process_fit *fit = fit_one(f, process, b, q->threads);
		if (fit->ascend.converged &&
		    (f->best == NULL || fit->log_likelihood > f->best->log_likelihood))
			f->best = fit;
	}
	if (f->best == NULL)
		return error_set(e, SO1_FAILED, "no process of orders fits these customers: the "
				 "likelihood has no top");
	f->witness = fit_one(f, clv_witness(f->best->process), b, q->threads);
	if (!f->witness->ascend.converged)
		return error_set(e, SO1_FAILED, "mbgnbd, which p_alive is taken from, does not fit "
				 "these customers: use --process pareto");
	enum so1_status s = process_errors(f->best, b, q->threads, e);
	if (s == SO1_OK && f->witness != f->best)
		s = process_errors(f->witness, b, q->threads, e);
	return s;
}

static enum so1_status fit_worth(struct fits *f, const struct fit_request *q,
				 const struct spends *spends, struct so1_error *e)
{
	gammagamma_fit(&f->worth, spends, NULL, q->threads);
	if (!f->worth.ascend.converged)
		return error_set(e, SO1_FAILED, "repeat_spend: the Gamma-Gamma model does not fit "
				 "these customers: its likelihood has no top");
	return gammagamma_errors(&f->worth, spends, q->threads, e);
}

/* What a reader of the notes should know before he trusts the model. */
static void note(const struct reading *d, const struct fits *f, struct summary *summary)
{
	if (d->older)
		summary_note(summary, "%" PRIu64 " rows of snapshots before %s: not learned from",
			     d->older, buffer_text((struct buffer *)&d->as_of));
	if (d->without_order)
		summary_note(summary, "%" PRIu64 " customers without an order: not learned from",
			     d->without_order);
	for (size_t i = 0; i < PROCESS_COUNT; i++) {
		const struct process_fit *fit = &f->of[i];
		if (fit->process && !fit->ascend.converged)
			summary_note(summary, "%s does not fit: its likelihood has no top",
				     fit->process->name);
		else if (fit->process)
			summary_note(summary, "%s: log-likelihood %.3f%s", fit->process->name,
				     fit->log_likelihood, fit == f->best ? ", taken" :
				     fit == f->witness ? ", for p_alive" : "");
	}
	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		if (f->best->ascend.at_side[j])
			summary_note(summary, "%s is at its limit: customers do not differ in it, or "
				     "the data do not tell", f->best->process->parameters[j]);
	if (f->worth.tied)
		summary_note(summary, "repeat_spend has so heavy a tail that Gamma-Gamma has no "
			     "usable mean; it is held to the mean that was seen");
}

static void add_text(struct model_file *m, const char *section, const char *name,
		     const char *value)
{
	model_file_add(m, section, slice_of(name), slice_of(value));
}

static void describe_model(const struct fit_request *q, const struct fits *f,
			   struct model_file *m)
{
	add_text(m, "model", "kind", q->kind);
	model_file_add_number(m, "model", "version", MODELFILE_VERSION);
	add_text(m, "model", "process", f->best->process->name);
	model_file_add_number(m, "model", "horizon_days", q->clv.days);
	model_file_add_number(m, "model", "discount", q->clv.discount);
	model_file_add_number(m, "model", "margin", q->clv.margin);
	add_text(m, "model", "unit", "week");
	add_text(m, "model", "command", q->command);
}

/* Repeat orders the model would have expected of these customers when they were new. */
static double expected_repeats(const struct process_fit *f, const struct buyers *b)
{
	const struct buyer new = {0};
	double sum = 0, *counts = xcalloc(b->time_count, sizeof *counts);

	for (size_t i = 0; i < b->count; i++)
		counts[b->groups[i].end] += b->groups[i].count;
	for (size_t i = 0; i < b->time_count; i++)
		if (counts[i] > 0)
			sum += counts[i] * f->process->orders(f->p, &new, b->times[i]);
	free(counts);
	return sum * f->process->alive(f->p, &new);
}

static void describe_card(const struct reading *d, const struct fits *f, struct model_file *m)
{
	char name[64];

	if (d->as_of.len)
		model_file_add(m, "card", SLICE("as_of"), buffer_slice(&d->as_of));
	model_file_add_number(m, "card", "customers", (double)d->buyers.customers);
	model_file_add_number(m, "card", "without_order", (double)d->without_order);
	model_file_add_number(m, "card", "repeat_customers", (double)d->buyers.repeat_customers);
	model_file_add_number(m, "card", "base_rate", (double)d->buyers.repeat_customers /
						      (double)d->buyers.customers);
	model_file_add_number(m, "card", "repeat_orders", (double)d->buyers.repeat_orders);
	model_file_add_number(m, "card", "expected_repeat_orders",
			      expected_repeats(f->best, &d->buyers));
	model_file_add_number(m, "card", "spenders", (double)d->spends.count);
	model_file_add_number(m, "card", "mean_spend", d->spends.means / (double)d->spends.count);
	for (size_t i = 0; i < PROCESS_COUNT; i++) {
		if (f->of[i].process == NULL || !f->of[i].ascend.converged)
			continue;
		snprintf(name, sizeof name, "log_likelihood_%s", f->of[i].process->name);
		model_file_add_number(m, "card", name, f->of[i].log_likelihood);
	}
	model_file_add_number(m, "card", "log_likelihood_gammagamma", f->worth.log_likelihood);
}

/* The columns, and of what is appended the two that the rest follows from. */
static void describe_baseline(struct clv_model *model, const struct sample *x, struct model_file *m)
{
	static const char *const columns[SAMPLE_NUMBERS] = {"repeat_orders", "last_repeat_days",
							    "observed_days", "repeat_spend"};
	double *orders = xcalloc(x->count, sizeof *orders), *worth = xcalloc(x->count, sizeof *worth);

	for (size_t k = 0; k < SAMPLE_NUMBERS; k++) {
		for (size_t i = 0; i < x->count; i++)
			orders[i] = x->rows[i].numbers[k];
		baseline_numbers(slice_of(columns[k]), orders, x->count, 0, x->seen, m);
	}
	clv_model_ready(model);
	for (size_t i = 0; i < x->count; i++) {
		struct clv_value v = {.orders = NAN, .value = NAN};
		if (x->rows[i].row.known)
			clv_predict(model, &x->rows[i].row, &v);
		orders[i] = v.orders;
		worth[i] = v.value;
	}
	baseline_numbers(SLICE("expected_orders"), orders, x->count, CLV_DIGITS, x->seen, m);
	baseline_numbers(SLICE("clv"), worth, x->count, CLV_DIGITS, x->seen, m);
	free(orders);
	free(worth);
}

static void describe_terms(struct clv_model *model, const struct fits *f, struct model_file *m)
{
	double *terms[CLV_TERMS_MOST], errors[CLV_TERMS_MOST];
	const char *names[CLV_TERMS_MOST];
	size_t count = clv_terms_list(model, &model->terms, terms, names), n = 0;

	for (size_t j = 0; j < PROCESS_PARAMETERS; j++)
		errors[n++] = f->best->std_error[j];
	for (size_t j = 0; j < GAMMAGAMMA_PARAMETERS; j++)
		errors[n++] = f->worth.std_error[j];
	for (size_t j = 0; j < PROCESS_PARAMETERS && n < count; j++)
		errors[n++] = f->witness->std_error[j];
	for (size_t i = 0; i < count; i++)
		model_file_add_term(m, slice_of(names[i]), *terms[i], errors[i]);
	for (size_t k = 0; k < model->replicate_count; k++) {
		struct buffer name = {0}, value = {0};
		clv_terms_list(model, &model->replicates[k], terms, names);
		buffer_printf(&name, "replicate %zu", k + 1);
		for (size_t i = 0; i < count; i++) {
			if (i)
				buffer_put_byte(&value, ';');
			number_put_rounded(&value, *terms[i], 10);
		}
		model_file_add(m, "term", buffer_slice(&name), buffer_slice(&value));
		buffer_free(&name);
		buffer_free(&value);
	}
}

static void describe_holdout(const struct reading *d, const struct clv_model *model, int threads,
			     struct model_file *m)
{
	struct clv_verdict v;

	if (!clv_holdout_judge(&d->holdout, model, threads, &v))
		return;
	model_file_add(m, "card", SLICE("held_out_as_of"), v.as_of);
	model_file_add_number(m, "card", "held_out_days", v.days);
	model_file_add_number(m, "card", "held_out_customers", (double)v.customers);
	model_file_add_number(m, "card", "held_out_orders", v.orders);
	model_file_add_number(m, "card", "held_out_expected_orders", v.expected);
	if (v.orders > 0)
		model_file_add_number(m, "card", "held_out_calibration_ratio", v.expected / v.orders);
	model_file_add_number(m, "card", "held_out_mae", v.absolute_error);
}

static enum so1_status describe(const struct fit_request *q, const struct reading *d,
				const struct fits *f, struct model_file *m, struct so1_error *e)
{
	struct clv_model model = {
		.process = f->best->process,
		.witness = f->witness->process,
		.days = q->clv.days,
		.discount = q->clv.discount,
		.margin = q->clv.margin,
	};
	bool apart = f->witness != f->best;
	enum so1_status s = SO1_OK;

	memcpy(model.terms.process, f->best->p, sizeof f->best->p);
	memcpy(model.terms.witness, f->witness->p, sizeof f->witness->p);
	model.terms.gammagamma = f->worth;
	describe_model(q, f, m);
	describe_card(d, f, m);
	describe_holdout(d, &model, q->threads, m);
	describe_baseline(&model, &d->sample, m);
	if (q->clv.intervals)
		s = clv_bootstrap(&model, f->best, apart ? f->witness : NULL, &f->worth, &d->buyers,
				  d->spends.count, q->threads, e);
	if (s == SO1_OK)
		describe_terms(&model, f, m);
	clv_model_free(&model);
	return s;
}

enum so1_status clv_fit(const struct fit_request *q, struct reader *r, struct summary *summary,
			struct fit_result *result, struct so1_error *e)
{
	struct reading d = {0};
	struct fits fits = {0};
	enum so1_status s = read_all(&d, r, e);

	if (s == SO1_OK)
		s = check(&d, e);
	if (s == SO1_OK)
		s = fit_process(&fits, q, &d.buyers, e);
	if (s == SO1_OK)
		s = fit_worth(&fits, q, &d.spends, e);
	if (s == SO1_OK)
		s = describe(q, &d, &fits, &result->model, e);
	if (s == SO1_OK)
		note(&d, &fits, summary);
	start_anew(&d);
	clv_holdout_free(&d.holdout);
	order_free(&d.order);
	buffer_free(&d.as_of);
	return s;
}
