/* logistic: the probability of a yes, one row at a time. Appends p_TARGET. */
#include "base/number.h"
#include "predict/numeric.h"
#include "predict/regression.h"

#include <stdio.h>
#include <stdlib.h>

/* Digits of the probabilities that are written. */
enum { DIGITS = 6 };

static enum so1_status fit_frame(const struct fit_request *q, struct frame *f,
				 struct summary *summary, struct fit_result *result,
				 struct so1_error *e)
{
	struct transform_set set = {0};
	struct design d = {.blocks.fd = -1};
	struct metrics train;
	double lambda;
	enum so1_status s = learn_transforms(f, &q->learn, &set, summary, e);

	if (s == SO1_OK && set.count == 0)
		summary_note(summary, "no column is left to learn from: the model is the base rate");
	if (s == SO1_OK)
		s = learn_design(f, &set, regression_half(q), q->tmpdir, &d, e);
	if (s == SO1_OK)
		s = regression_fit(q, &d, &set, &lambda, &train, summary, result, e);
	if (s == SO1_OK) {
		regression_describe_model(q, lambda, result);
		regression_describe_card(q, f, &train, "rows", result);
		transform_write(&set, &result->model);
	}
	transform_free(&set);
	design_free(&d);
	return s;
}

static enum so1_status logistic_fit(const struct fit_request *q, struct reader *r,
				    struct summary *summary, struct fit_result *result,
				    struct so1_error *e)
{
	struct frame f;
	struct frame_options o = {
		.columns = q->columns,
		.folds = q->folds,
		.core_limit = regression_half(q),
		.tmpdir = q->tmpdir,
	};
	enum so1_status s = frame_read(&f, r, &o, e);

	if (s == SO1_OK)
		s = fit_frame(q, &f, summary, result, e);
	frame_free(&f);
	return s;
}

struct logistic {
	struct transform_set set;
	size_t *index; /* in the row, of each transform's column */
	char *column;  /* p_TARGET */
};

static void logistic_free(void *model)
{
	struct logistic *l = model;

	transform_free(&l->set);
	free(l->index);
	free(l->column);
	free(l);
}

static enum so1_status logistic_load(const struct model_file *file, void **model,
				     struct so1_error *e)
{
	struct logistic *l = xcalloc(1, sizeof *l);
	struct slice target;
	enum so1_status s = model_file_text(file, "model", "target", &target, e);

	if (s == SO1_OK)
		s = transform_read(&l->set, file, e);
	if (s != SO1_OK) {
		logistic_free(l);
		return s;
	}
	l->index = xcalloc(l->set.count, sizeof *l->index);
	l->column = xmalloc(target.len + 3);
	snprintf(l->column, target.len + 3, "p_%.*s", SLICE_ARGS(target));
	*model = l;
	return SO1_OK;
}

static struct slice logistic_appends(const void *model, size_t i)
{
	return i == 0 ? slice_of(((const struct logistic *)model)->column) : SLICE("");
}

static enum so1_status logistic_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct logistic *l = model;

	for (size_t i = 0; i < l->set.count; i++) {
		l->index[i] = header_find(h, l->set.items[i].name);
		if (l->index[i] == COLUMN_NONE)
			return error_set(e, SO1_FAILED, "the model needs a column '%.*s', which the "
					 "stream lacks", SLICE_ARGS(l->set.items[i].name));
	}
	return SO1_OK;
}

static enum so1_status probability(const struct logistic *l, const struct slice *fields,
				   double *p, struct so1_error *e)
{
	struct buffer scratch = {0};
	double eta = l->set.intercept, effect;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < l->set.count && s == SO1_OK; i++) {
		s = transform_effect(&l->set.items[i], fields[l->index[i]], &scratch, &effect, e);
		eta += effect;
	}
	*p = s == SO1_OK ? numeric_logistic(eta) : 0;
	buffer_free(&scratch);
	return s;
}

static enum so1_status logistic_apply(const void *model, const struct slice *fields,
				      struct arena *a, struct slice *cell, struct so1_error *e)
{
	double p;
	enum so1_status s = probability(model, fields, &p, e);

	if (s != SO1_OK)
		return s;
	struct buffer b = {0};
	number_put_rounded(&b, p, DIGITS);
	*cell = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return SO1_OK;
}

static enum so1_status logistic_score(const void *model, const struct slice *fields,
				      struct slice target, const char *column, struct arena *a,
				      take_score *take, void *context, struct so1_error *e)
{
	double p;
	bool y;

	(void)a;
	if (!target_parse(target, &y)) {
		error_set(e, SO1_FAILED, target.len ? "not 0 or 1" : "the target is unknown");
		error_at(e, NULL, 0, column);
		return error_value(e, target);
	}
	enum so1_status s = probability(model, fields, &p, e);
	if (s == SO1_OK)
		take(context, p, y);
	return s;
}

const struct model_kind kind_logistic = {
	.name = "logistic",
	.fit = logistic_fit,
	.load = logistic_load,
	.free = logistic_free,
	.appends = logistic_appends,
	.bind = logistic_bind,
	.apply = logistic_apply,
	.score = logistic_score,
};
