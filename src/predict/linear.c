/* linear: applying and evaluating. Appends e_TARGET. */
#include "predict/linear.h"

#include "base/number.h"
#include "predict/accuracy.h"
#include "predict/transform.h"

#include <stdio.h>
#include <stdlib.h>

struct linear {
	enum glm_link link;
	struct transform_set set;
	size_t *index; /* in the row, of each transform's column */
	char *column;  /* e_TARGET */
};

enum so1_status linear_target(struct slice field, enum glm_link link, double *y,
			      struct so1_error *e)
{
	const char *reason = NULL;

	if (field.len == 0)
		reason = "the target is unknown";
	else if (!number_parse_double(field, y))
		reason = "not a number";
	else if (link == GLM_LOG && *y < 0)
		reason = "less than 0, which --link log cannot give";
	if (reason == NULL)
		return SO1_OK;
	error_set(e, SO1_FAILED, "%s", reason);
	return error_value(e, field);
}

static void linear_free(void *model)
{
	struct linear *m = model;

	transform_free(&m->set);
	free(m->index);
	free(m->column);
	free(m);
}

static enum so1_status linear_load(const struct model_file *file, void **model,
				   struct so1_error *e)
{
	struct linear *m = xcalloc(1, sizeof *m);
	struct slice target, link;
	enum so1_status s = model_file_text(file, "model", "target", &target, e);

	if (s == SO1_OK)
		s = model_file_text(file, "model", "link", &link, e);
	if (s == SO1_OK) {
		while (m->link < GLM_LINKS && !slice_is(link, glm_link_name(m->link)))
			m->link++;
		if (m->link == GLM_LINKS)
			s = model_row_error(file, model_file_find(file, "model", "link"),
					    "not identity or log", e);
	}
	if (s == SO1_OK)
		s = transform_read(&m->set, file, e);
	if (s != SO1_OK) {
		linear_free(m);
		return s;
	}
	m->index = xcalloc(m->set.count, sizeof *m->index);
	m->column = xmalloc(target.len + 3);
	snprintf(m->column, target.len + 3, "e_%.*s", SLICE_ARGS(target));
	*model = m;
	return SO1_OK;
}

static struct slice linear_appends(const void *model, size_t i)
{
	return i == 0 ? slice_of(((const struct linear *)model)->column) : SLICE("");
}

static enum so1_status linear_bind(void *model, const struct header *h, struct so1_error *e)
{
	struct linear *m = model;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->set.count && s == SO1_OK; i++)
		s = columns_need(h, m->set.items[i].name, &m->index[i], e);
	return s;
}

static enum so1_status predict(const struct linear *m, const struct slice *fields, double *out,
			       struct so1_error *e)
{
	struct buffer scratch = {0};
	double eta = m->set.intercept;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < m->set.count && s == SO1_OK; i++) {
		double effect = 0;
		s = transform_effect(&m->set.items[i], &fields[m->index[i]], &scratch, &effect, e);
		eta += effect;
	}
	*out = glm_mean(m->link, eta);
	buffer_free(&scratch);
	return s;
}

static enum so1_status linear_apply(const void *model, const struct slice *fields,
				    struct arena *a, struct slice *cell, struct so1_error *e)
{
	struct buffer b = {0};
	double mean;
	enum so1_status s = predict(model, fields, &mean, e);

	if (s != SO1_OK)
		return s;
	number_put_rounded(&b, mean, LINEAR_DIGITS);
	*cell = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return SO1_OK;
}

static enum so1_status linear_observe(const void *model, const struct slice *fields,
				      struct slice target, const char *column,
				      struct observation *out, struct so1_error *e)
{
	const struct linear *m = model;

	if (linear_target(target, GLM_IDENTITY, &out->outcome, e) != SO1_OK)
		return error_at(e, NULL, 0, column);
	return predict(m, fields, &out->prediction, e);
}

const struct model_kind kind_linear = {
	.name = "linear",
	.links = true,
	.fit = linear_fit,
	.load = linear_load,
	.free = linear_free,
	.appends = linear_appends,
	.bind = linear_bind,
	.apply = linear_apply,
	.observe = linear_observe,
	.measure = accuracy_figures,
};
