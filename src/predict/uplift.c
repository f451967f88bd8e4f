/* uplift: applying and evaluating. Appends uplift. */
#include "predict/uplift.h"

#include "base/number.h"
#include "predict/numeric.h"
#include "predict/qini.h"
#include "predict/transform.h"

#include <stdlib.h>

struct uplift {
	enum uplift_form form;
	struct transform_set sets[2]; /* the same transforms with the effects of each group */
	size_t *index;                /* in the row, of each transform's column */
	size_t treatment_index;
	char *treatment;
};

const char *uplift_form_name(enum uplift_form form)
{
	return form == UPLIFT_TWO_MODELS ? "two_models" : "interaction";
}

const char *uplift_prefix(enum uplift_form form, int group)
{
	if (group == 1)
		return "treated:";
	return form == UPLIFT_TWO_MODELS ? "control:" : "both:";
}

double uplift_of(enum uplift_form form, const double eta[2])
{
	double treated = form == UPLIFT_TWO_MODELS ? eta[1] : eta[0] + eta[1];

	return numeric_logistic(treated) - numeric_logistic(eta[0]);
}

static void uplift_free(void *model)
{
	struct uplift *m = model;

	for (int g = 0; g < 2; g++)
		transform_free(&m->sets[g]);
	free(m->index);
	free(m->treatment);
	free(m);
}

/* The transforms with the terms of one group: those that begin with its prefix, without it. */
static enum so1_status read_group(struct uplift *m, const struct model_file *file, int group,
				  size_t *terms, struct so1_error *e)
{
	struct slice prefix = slice_of(uplift_prefix(m->form, group));
	struct model_file part = {.path = file->path};

	part.rows = xcalloc(file->count, sizeof *part.rows);
	for (size_t i = 0; i < file->count; i++) {
		struct model_row row = file->rows[i];
		if (slice_is(row.section, "term")) {
			if (!slice_starts_with(row.name, prefix))
				continue;
			row.name = slice_make(row.name.ptr + prefix.len, row.name.len - prefix.len);
			++*terms;
		}
		part.rows[part.count++] = row;
	}
	enum so1_status s = transform_read(&m->sets[group], &part, e);
	free(part.rows);
	return s;
}

static enum so1_status read_groups(struct uplift *m, const struct model_file *file,
				   struct so1_error *e)
{
	size_t terms = 0, all = 0;
	enum so1_status s = read_group(m, file, 0, &terms, e);

	if (s == SO1_OK)
		s = read_group(m, file, 1, &terms, e);
	for (size_t i = 0; i < file->count; i++)
		all += slice_is(file->rows[i].section, "term");
	if (s == SO1_OK && terms != all) {
		error_set(e, SO1_FAILED, "terms that begin with neither '%s' nor '%s'",
			  uplift_prefix(m->form, 0), uplift_prefix(m->form, 1));
		return error_at(e, file->path, 0, NULL);
	}
	return s;
}

static enum so1_status uplift_load(const struct model_file *file, void **model,
				   struct so1_error *e)
{
	struct uplift *m = xcalloc(1, sizeof *m);
	struct slice form, treatment;
	enum so1_status s = model_file_text(file, "model", "form", &form, e);

	if (s == SO1_OK)
		s = model_file_text(file, "model", "treatment", &treatment, e);
	if (s == SO1_OK) {
		m->treatment = xstrndup(treatment.ptr, treatment.len);
		while (m->form < UPLIFT_FORMS && !slice_is(form, uplift_form_name(m->form)))
			m->form++;
		if (m->form == UPLIFT_FORMS)
			s = model_row_error(file, model_file_find(file, "model", "form"),
					    "not two_models or interaction", e);
	}
	if (s == SO1_OK)
		s = read_groups(m, file, e);
	if (s != SO1_OK) {
		uplift_free(m);
		return s;
	}
	m->index = xcalloc(m->sets[0].count, sizeof *m->index);
	*model = m;
	return SO1_OK;
}

static struct slice uplift_appends(const void *model, size_t i)
{
	(void)model;
	return i == 0 ? SLICE("uplift") : SLICE("");
}

static enum so1_status uplift_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct uplift *m = model;

	enum so1_status s = SO1_OK;

	m->treatment_index = header_find(h, slice_of(m->treatment));
	for (size_t i = 0; i < m->sets[0].count && s == SO1_OK; i++)
		s = columns_need(h, m->sets[0].items[i].name, &m->index[i], e);
	return s;
}

static enum so1_status predict(const struct uplift *m, const struct slice *fields, double *out,
			       struct so1_error *e)
{
	struct buffer scratch = {0};
	double eta[2] = {m->sets[0].intercept, m->sets[1].intercept};
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->sets[0].count && s == SO1_OK; i++)
		for (int g = 0; g < 2 && s == SO1_OK; g++) {
			double effect = 0;
			s = transform_effect(&m->sets[g].items[i], &fields[m->index[i]], &scratch,
					     &effect, e);
			eta[g] += effect;
		}
	*out = uplift_of(m->form, eta);
	buffer_free(&scratch);
	return s;
}

static enum so1_status uplift_apply(const void *model, const struct slice *fields,
				    struct arena *a, struct slice *cell, struct so1_error *e)
{
	struct buffer b = {0};
	double uplift;
	enum so1_status s = predict(model, fields, &uplift, e);

	if (s != SO1_OK)
		return s;
	number_put_rounded(&b, uplift, UPLIFT_DIGITS);
	*cell = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return SO1_OK;
}

static enum so1_status uplift_observe(const void *model, const struct slice *fields,
				      struct slice target, const char *column,
				      struct observation *out, struct so1_error *e)
{
	const struct uplift *m = model;
	bool y;

	if (m->treatment_index == COLUMN_NONE)
		return error_set(e, SO1_FAILED, "evaluating needs the treatment column '%s', which the "
				 "stream lacks", m->treatment);
	struct slice treatment = fields[m->treatment_index];
	bool yes = target_parse(target, &y);
	if (!yes || !target_parse(treatment, &out->treated)) {
		struct slice value = yes ? treatment : target;
		error_set(e, SO1_FAILED, value.len ? "not 0 or 1" : yes ? "the treatment is unknown"
									: "the target is unknown");
		error_at(e, NULL, 0, yes ? m->treatment : column);
		return error_value(e, value);
	}
	out->outcome = y;
	return predict(m, fields, &out->prediction, e);
}

const struct model_kind kind_uplift = {
	.name = "uplift",
	.treatment = true,
	.fit = uplift_fit,
	.load = uplift_load,
	.free = uplift_free,
	.appends = uplift_appends,
	.bind = uplift_bind,
	.apply = uplift_apply,
	.observe = uplift_observe,
	.measure = qini_figures,
};
