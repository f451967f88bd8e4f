/* clv: what a customer will order and be worth. Appends p_alive, expected_orders,
 * expected_spend, clv, next_order, and with replicates the bounds of orders and clv. */
#include "predict/clv.h"

#include "base/datetime.h"
#include "base/number.h"
#include "predict/frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A next order further off than that is none to wait for. */
enum { NEXT_DAYS_MOST = 3652 };

static const char *const appended[] = {
	"p_alive", "expected_orders", "expected_spend", "clv", "next_order",
	"expected_orders_low", "expected_orders_high", "clv_low", "clv_high",
};
enum { APPENDED = 9, APPENDED_PLAIN = 5 };

static void kind_free(void *model)
{
	clv_model_free(model);
	free(model);
}

/* A positive number within what a fit can give. */
static enum so1_status read_term(const struct model_file *file, const struct model_row *row,
				 struct slice text, double *x, struct so1_error *e)
{
	if (!number_parse_double(text, x) || !(*x > 0) || *x > 1e12)
		return model_row_error(file, row, "not a positive number", e);
	return SO1_OK;
}

static enum so1_status check_worth(const struct model_file *file, const struct model_row *row,
				   const struct clv_terms *t, struct so1_error *e)
{
	return t->gammagamma.q > 1 ? SO1_OK
		: model_row_error(file, row, "q must be more than 1: there is no mean", e);
}

static enum so1_status read_terms(struct clv_model *m, const struct model_file *file,
				  struct so1_error *e)
{
	double *terms[CLV_TERMS_MOST];
	const char *names[CLV_TERMS_MOST];
	size_t count = clv_terms_list(m, &m->terms, terms, names);
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < count && s == SO1_OK; i++) {
		struct slice value;
		s = model_file_text(file, "term", names[i], &value, e);
		if (s == SO1_OK)
			s = read_term(file, model_file_find(file, "term", names[i]), value, terms[i],
				      e);
	}
	return s == SO1_OK ? check_worth(file, model_file_find(file, "term", "q"), &m->terms, e) : s;
}

static enum so1_status read_replicate(struct clv_model *m, const struct model_file *file,
				      const struct model_row *row, struct so1_error *e)
{
	double *terms[CLV_TERMS_MOST];
	const char *names[CLV_TERMS_MOST];
	struct clv_terms *t = &m->replicates[m->replicate_count];
	size_t count = clv_terms_list(m, t, terms, names), i = 0;
	struct slice rest = row->value, item;
	enum so1_status s = SO1_OK;

	while (s == SO1_OK && slice_split(&rest, ';', &item)) {
		if (i == count)
			return model_row_error(file, row, "more numbers than terms", e);
		s = read_term(file, row, item, terms[i++], e);
	}
	if (s == SO1_OK && i < count)
		return model_row_error(file, row, "fewer numbers than terms", e);
	if (s == SO1_OK)
		s = check_worth(file, row, t, e);
	m->replicate_count += s == SO1_OK;
	return s;
}

static enum so1_status read_replicates(struct clv_model *m, const struct model_file *file,
				       struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	m->replicates = xcalloc(CLV_REPLICATES, sizeof *m->replicates);
	for (size_t i = 0; i < file->count && s == SO1_OK; i++) {
		const struct model_row *row = &file->rows[i];
		if (!slice_is(row->section, "term") ||
		    !slice_starts_with(row->name, SLICE("replicate ")))
			continue;
		if (m->replicate_count == CLV_REPLICATES)
			return model_row_error(file, row, "too many replicates", e);
		s = read_replicate(m, file, row, e);
	}
	return s;
}

static enum so1_status read_setting(const struct model_file *file, const char *name, double low,
				    double high, double *x, struct so1_error *e)
{
	struct slice text;
	enum so1_status s = model_file_text(file, "model", name, &text, e);

	if (s != SO1_OK)
		return s;
	if (!number_parse_double(text, x) || !(*x >= low && *x <= high))
		return model_row_error(file, model_file_find(file, "model", name),
				       "out of range", e);
	return SO1_OK;
}

static enum so1_status kind_load(const struct model_file *file, void **model, struct so1_error *e)
{
	struct clv_model *m = xcalloc(1, sizeof *m);
	struct slice process;
	enum so1_status s = model_file_text(file, "model", "process", &process, e);

	if (s == SO1_OK && (m->process = process_find(process)) == NULL)
		s = model_row_error(file, model_file_find(file, "model", "process"),
				    "no process this so1-predict knows", e);
	if (s == SO1_OK)
		s = read_setting(file, "horizon_days", 1, CLV_DAYS_MOST, &m->days, e);
	if (s == SO1_OK)
		s = read_setting(file, "discount", 0, CLV_DISCOUNT_MOST, &m->discount, e);
	if (s == SO1_OK)
		s = read_setting(file, "margin", 0, CLV_MARGIN_MOST, &m->margin, e);
	if (s == SO1_OK) {
		m->witness = clv_witness(m->process);
		s = read_terms(m, file, e);
	}
	if (s == SO1_OK)
		s = read_replicates(m, file, e);
	if (s != SO1_OK) {
		kind_free(m);
		return s;
	}
	clv_model_ready(m);
	*model = m;
	return SO1_OK;
}

static size_t appended_count(const struct clv_model *m)
{
	return m->replicate_count ? APPENDED : APPENDED_PLAIN;
}

static struct slice kind_appends(const void *model, size_t i)
{
	return i < appended_count(model) ? slice_of(appended[i]) : SLICE("");
}

static enum so1_status kind_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct clv_model *m = model;

	return clv_columns_find(&m->columns, h, e);
}

/* The day of the next order, or without as_of the days until then. Observation ends with
 * the day before as_of. */
static enum so1_status put_next(const struct clv_model *m, const struct slice *fields,
				double days, struct buffer *b, struct so1_error *e)
{
	int64_t as_of;

	if (!(days <= NEXT_DAYS_MOST))
		return SO1_OK;
	if (m->columns.as_of == COLUMN_NONE) {
		number_put_rounded(b, days, CLV_DIGITS);
		return SO1_OK;
	}
	if (!date_parse(fields[m->columns.as_of], &as_of)) {
		error_set(e, SO1_FAILED, "not a date");
		error_at(e, NULL, 0, "as_of");
		return error_value(e, fields[m->columns.as_of]);
	}
	date_put(b, as_of - 1 + (int64_t)ceil(days));
	return SO1_OK;
}

static enum so1_status kind_apply(const void *model, const struct slice *fields, struct arena *a,
				  struct slice *cells, struct so1_error *e)
{
	const struct clv_model *m = model;
	struct clv_row row;
	struct clv_value v;
	size_t count = appended_count(m), ends[APPENDED];
	enum so1_status s = clv_row_read(&row, &m->columns, fields, e);

	for (size_t i = 0; i < count; i++)
		cells[i] = SLICE("");
	if (s != SO1_OK || !row.known)
		return s;
	clv_predict(m, &row, &v);
	const double numbers[APPENDED] = {v.alive, v.orders, v.spend, v.value, 0, v.orders_low,
					  v.orders_high, v.value_low, v.value_high};
	struct buffer b = {0};
	for (size_t i = 0; i < count && s == SO1_OK; i++) {
		if (i == APPENDED_PLAIN - 1)
			s = put_next(m, fields, v.next_days, &b, e);
		else
			number_put_rounded(&b, numbers[i], CLV_DIGITS);
		ends[i] = b.len;
	}
	struct slice all = s == SO1_OK ? arena_copy(a, buffer_slice(&b)) : SLICE("");
	for (size_t i = 0; i < count && s == SO1_OK; i++) {
		size_t begin = i ? ends[i - 1] : 0;
		cells[i] = slice_make(all.ptr + begin, ends[i] - begin);
	}
	buffer_free(&b);
	return s;
}

/* The labelled outcome is an order within the horizon. */
static enum so1_status kind_score(const void *model, const struct slice *fields,
				  struct slice target, const char *column, struct arena *a,
				  take_score *take, void *context, struct so1_error *e)
{
	const struct clv_model *m = model;
	struct clv_row row;
	bool y;

	(void)a;
	enum so1_status s = target_read(target, column, &y, e);
	if (s == SO1_OK)
		s = clv_row_read(&row, &m->columns, fields, e);
	if (s == SO1_OK && row.known)
		take(context, clv_active(m, &row), y);
	return s;
}

const struct model_kind kind_clv = {
	.name = "clv",
	.no_target = true,
	.fit = clv_fit,
	.load = kind_load,
	.free = kind_free,
	.appends = kind_appends,
	.bind = kind_bind,
	.apply = kind_apply,
	.score = kind_score,
};
