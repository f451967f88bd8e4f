/* logistic: the probability of a yes, one row at a time. Appends p_TARGET. */
#include "base/number.h"
#include "predict/baseline.h"
#include "predict/numeric.h"
#include "predict/regression.h"
#include "predict/select.h"
#include "stream/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits of the probabilities that are written. */
enum { DIGITS = 6, REASONS = 3, REASON_DIGITS = 3 };

/* The baseline of p_TARGET. */
static enum so1_status describe_score(const struct design *d, const double *beta,
				      const char *target, struct model_file *m, struct so1_error *e)
{
	uint64_t stride = baseline_stride(d->rows), row = 0;
	double *scores = xcalloc(BASELINE_ROWS_MOST + 1, sizeof *scores);
	void *scratch = xmalloc(design_block_bytes(d));
	struct buffer name = {0};
	enum so1_status s = SO1_OK;
	size_t n = 0;

	for (size_t i = 0; i < design_block_count(d) && s == SO1_OK; i++) {
		struct design_block b;
		s = design_read(d, i, scratch, &b, e);
		for (size_t k = 0; s == SO1_OK && k < b.rows; k++, row++)
			if (row % stride == 0)
				scores[n++] = numeric_logistic(design_eta(d, &b, k, beta));
	}
	buffer_printf(&name, "p_%s", target);
	if (s == SO1_OK)
		baseline_numbers(buffer_slice(&name), scores, n, DIGITS, d->rows, m);
	buffer_free(&name);
	free(scratch);
	free(scores);
	return s;
}

static enum so1_status fit_frame(const struct fit_request *q, struct frame *f,
				 struct summary *summary, struct fit_result *result,
				 struct so1_error *e)
{
	struct transform_set set = {0};
	struct selection chosen = {.design.blocks.fd = -1};
	struct metrics train;
	enum so1_status s = learn_transforms(f, &q->learn, &set, summary, e);

	if (s == SO1_OK && set.count == 0)
		summary_note(summary, "no column is left to learn from: the model is the base rate");
	if (s == SO1_OK)
		s = select_model(q, f, &set, &chosen, summary, e);
	struct irls_options o = {
		.lambda = chosen.lambda,
		.alpha = q->alpha,
		.factors = chosen.factors,
		.ties = chosen.ties,
		.start = chosen.start,
	};
	if (s == SO1_OK)
		s = regression_fit_as(q, &chosen.design, &set, &o, chosen.held_out,
				      q->validate_as_of ? 1 : q->folds,
				      &train, summary, result, e);
	if (s == SO1_OK) {
		regression_describe_model(q, chosen.lambda, result);
		regression_describe_card(q, f, &train, "rows", result);
		s = baseline_columns(f, &set, set.count, &result->model, e);
		if (s == SO1_OK)
			s = describe_score(&chosen.design, result->beta, q->target, &result->model, e);
	}
	if (s == SO1_OK)
		transform_write(&set, &result->model);
	free(result->beta);
	result->beta = NULL;
	transform_free(&set);
	select_free(&chosen);
	return s;
}

/* A handful of events fit any story. Both classes missing altogether is irls_fit's to say. */
static enum so1_status check_classes(const struct fit_request *q, const struct frame *f,
				     struct so1_error *e)
{
	uint64_t no = f->rows - f->positives;

	if (f->positives == 0 || no == 0 || (f->positives >= q->min_class && no >= q->min_class))
		return SO1_OK;
	return error_set(e, SO1_FAILED, "too little to learn from: %llu rows with 1 and %llu with 0 in "
			 "'%s', of each --min-class %llu are wanted",
			 (unsigned long long)f->positives, (unsigned long long)no, q->target,
			 (unsigned long long)q->min_class);
}

static enum so1_status logistic_fit(const struct fit_request *q, struct reader *r,
				    struct summary *summary, struct fit_result *result,
				    struct so1_error *e)
{
	struct frame f;
	struct frame_options o = {
		.columns = q->columns,
		.folds = select_folds(q),
		.latest_as_of = q->validate_as_of,
		.core_limit = regression_half(q),
		.tmpdir = q->tmpdir,
		.threads = q->threads,
	};
	enum so1_status s = frame_read(&f, r, &o, e);

	if (s == SO1_OK)
		s = check_classes(q, &f, e);
	if (s == SO1_OK)
		s = fit_frame(q, &f, summary, result, e);
	frame_free(&f);
	return s;
}

struct logistic {
	struct transform_set set;
	size_t (*index)[2]; /* in the row, of each transform's columns */
	char *column;  /* p_TARGET */
	bool explain;
	char *reasons; /* reasons_TARGET */
	size_t *group; /* of each transform: those of one column are one reason */
	size_t groups;
};

static void logistic_free(void *model)
{
	struct logistic *l = model;

	transform_free(&l->set);
	free(l->index);
	free(l->column);
	free(l->reasons);
	free(l->group);
	free(l);
}

static void group_transforms(struct logistic *l)
{
	l->group = xcalloc(l->set.count, sizeof *l->group);
	for (size_t i = 0; i < l->set.count; i++) {
		size_t k = 0;
		while (k < i && !slice_equal(l->set.items[k].name, l->set.items[i].name))
			k++;
		l->group[i] = k < i ? l->group[k] : l->groups++;
	}
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
	l->reasons = xmalloc(target.len + 9);
	snprintf(l->reasons, target.len + 9, "reasons_%.*s", SLICE_ARGS(target));
	group_transforms(l);
	*model = l;
	return SO1_OK;
}

static void logistic_explain(void *model)
{
	((struct logistic *)model)->explain = true;
}

static struct slice logistic_appends(const void *model, size_t i)
{
	const struct logistic *l = model;

	if (i == 0)
		return slice_of(l->column);
	return slice_of(i == 1 && l->explain ? l->reasons : "");
}

static enum so1_status logistic_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct logistic *l = model;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < l->set.count; i++) {
		const struct transform *t = &l->set.items[i];
		for (size_t k = 0; k < transform_column_count(t) && s == SO1_OK; k++)
			s = columns_need(h, transform_column(t, k), &l->index[i][k], e);
	}
	return s;
}

/* moved, where not NULL: what each group adds to the log-odds beyond what its mean adds for
 * a number (indicators are taken as they are: the penalty centres them). */
static enum so1_status probability(const struct logistic *l, const struct slice *fields,
				   double *moved, double *p, struct so1_error *e)
{
	struct buffer scratch = {0};
	double eta = l->set.intercept, effect;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < l->set.count && s == SO1_OK; i++) {
		const struct transform *t = &l->set.items[i];
		struct slice own[2] = {fields[l->index[i][0]], fields[l->index[i][1]]};
		s = transform_effect(t, own, &scratch, &effect, e);
		eta += effect;
		if (moved)
			moved[l->group[i]] += effect - (transform_is_number(t) ? t->slope * t->mean : 0);
	}
	*p = s == SO1_OK ? numeric_logistic(eta) : 0;
	buffer_free(&scratch);
	return s;
}

static struct slice group_name(const struct logistic *l, size_t group)
{
	size_t i = 0;

	while (l->group[i] != group)
		i++;
	return l->set.items[i].name;
}

/* recency_days=0.81;month:age=-0.402: the largest three by size, a tie to the earlier. */
static void put_reasons(const struct logistic *l, double *moved, struct buffer *out)
{
	struct cell_builder c = {0};
	struct buffer b = {0};

	for (int k = 0; k < REASONS; k++) {
		size_t most = 0;
		for (size_t g = 1; g < l->groups; g++)
			if (fabs(moved[g]) > fabs(moved[most]))
				most = g;
		if (l->groups == 0 || moved[most] == 0)
			break;
		buffer_clear(&b);
		number_put_rounded(&b, moved[most], REASON_DIGITS);
		cell_add(&c, group_name(l, most), buffer_slice(&b));
		moved[most] = 0;
	}
	cell_put_map(&c, out);
	cell_free(&c);
	buffer_free(&b);
}

static enum so1_status logistic_apply(const void *model, const struct slice *fields,
				      struct arena *a, struct slice *cells, struct so1_error *e)
{
	const struct logistic *l = model;
	double *moved = l->explain ? xcalloc(l->groups + 1, sizeof *moved) : NULL;
	double p;
	enum so1_status s = probability(l, fields, moved, &p, e);
	struct buffer b = {0};

	if (s == SO1_OK) {
		number_put_rounded(&b, p, DIGITS);
		cells[0] = arena_copy(a, buffer_slice(&b));
	}
	if (s == SO1_OK && moved) {
		buffer_clear(&b);
		put_reasons(l, moved, &b);
		cells[1] = arena_copy(a, buffer_slice(&b));
	}
	buffer_free(&b);
	free(moved);
	return s;
}

static enum so1_status logistic_score(const void *model, const struct slice *fields,
				      struct slice target, const char *column, struct arena *a,
				      take_score *take, void *context, struct so1_error *e)
{
	double p;
	bool y;

	(void)a;
	enum so1_status s = target_read(target, column, &y, e);
	if (s == SO1_OK)
		s = probability(model, fields, NULL, &p, e);
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
	.explain = logistic_explain,
	.bind = logistic_bind,
	.apply = logistic_apply,
	.score = logistic_score,
};
