#include "dedupe/model.h"

#include "base/number.h"
#include "stream/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const columns[] = {"comparison", "level", "m", "u", "weight_bits"};
enum { COMPARISON, LEVEL, M, U, BITS, COLUMNS };

static void put_number(struct writer *w, double x)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%.9g", x);

	writer_put_field(w, slice_make(text, (size_t)n));
}

static enum so1_status put_prior(struct writer *w, const char *name, double x, double bits,
				 struct so1_error *e)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%.3f", bits);

	writer_put_field(w, SLICE("prior"));
	writer_put_field(w, slice_of(name));
	put_number(w, x);
	writer_put_field(w, slice_make("", 0));
	writer_put_field(w, slice_make(text, isfinite(bits) ? (size_t)n : 0));
	return writer_end_record(w, e);
}

enum so1_status model_write(const struct model *model, const bool have[TRAIT_COUNT],
			    struct writer *w, struct so1_error *e)
{
	struct header h = {0};

	for (int i = 0; i < COLUMNS; i++)
		header_add(&h, slice_of(columns[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	if (status || put_prior(w, "match", model->match, log2(model->match / (1 - model->match)), e) ||
	    put_prior(w, "household", model->household, NAN, e) ||
	    put_prior(w, "neighbours", model->neighbours, NAN, e) ||
	    put_prior(w, "records_per_person", model->records_per_person, NAN, e))
		return e->status;
	for (int t = 0; t < TRAIT_COUNT; t++)
		for (int l = 1; have[t] && l <= comparisons[t].levels; l++) {
			char bits[32];
			int n = snprintf(bits, sizeof bits, "%.3f", log2(model->m[t][l] / model->u[t][l]));
			writer_put_field(w, slice_of(trait_name((enum trait)t)));
			writer_put_field(w, slice_of(comparisons[t].name[l]));
			put_number(w, model->m[t][l]);
			put_number(w, model->u[t][l]);
			writer_put_field(w, slice_make(bits, (size_t)n));
			if (writer_end_record(w, e))
				return e->status;
		}
	return SO1_OK;
}

struct loading {
	struct model *model;
	size_t column[COLUMNS];
};

static enum so1_status take_header(void *context, const struct header *h, struct so1_error *e)
{
	struct loading *l = context;

	for (int i = 0; i < BITS; i++) {
		l->column[i] = header_find(h, slice_of(columns[i]));
		if (l->column[i] == COLUMN_NONE)
			return error_set(e, SO1_FAILED, "no column '%s': not a model", columns[i]);
	}
	return SO1_OK;
}

static enum so1_status take_figure(const struct loading *l, const struct record *rec, int column,
				   bool share, double *x, struct so1_error *e)
{
	struct slice text = rec->fields[l->column[column]];

	if (number_parse_double(text, x) && *x >= 0 && (!share || *x <= 1))
		return SO1_OK;
	error_set(e, SO1_FAILED, share ? "not a share between 0 and 1" : "not a number");
	error_at(e, rec->file, rec->line, columns[column]);
	return error_value(e, text);
}

static enum so1_status take_prior(struct loading *l, const struct record *rec, struct so1_error *e)
{
	struct slice level = rec->fields[l->column[LEVEL]];

	if (slice_is(level, "match"))
		return take_figure(l, rec, M, true, &l->model->match, e);
	if (slice_is(level, "household"))
		return take_figure(l, rec, M, true, &l->model->household, e);
	if (slice_is(level, "neighbours"))
		return take_figure(l, rec, M, true, &l->model->neighbours, e);
	if (slice_is(level, "records_per_person"))
		return take_figure(l, rec, M, false, &l->model->records_per_person, e);
	error_set(e, SO1_FAILED, "no such prior");
	error_at(e, rec->file, rec->line, "level");
	return error_value(e, level);
}

static enum so1_status take_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct loading *l = context;
	struct slice name = rec->fields[l->column[COMPARISON]], level = rec->fields[l->column[LEVEL]];
	enum trait trait = trait_of_name(name);
	int k = 1;

	if (slice_is(name, "prior"))
		return take_prior(l, rec, e);
	if (trait == TRAIT_COUNT) {
		error_set(e, SO1_FAILED, "no such comparison");
		error_at(e, rec->file, rec->line, "comparison");
		return error_value(e, name);
	}
	while (k <= comparisons[trait].levels && !slice_is(level, comparisons[trait].name[k]))
		k++;
	if (k > comparisons[trait].levels) {
		error_set(e, SO1_FAILED, "no such level of %s", trait_name(trait));
		error_at(e, rec->file, rec->line, "level");
		return error_value(e, level);
	}
	double m, u;
	if (take_figure(l, rec, M, true, &m, e) || take_figure(l, rec, U, true, &u, e))
		return e->status;
	/* A share of 0 would make certainty of a level that merely was not seen. */
	l->model->m[trait][k] = fmax(m, 1e-9);
	l->model->u[trait][k] = fmax(u, 1e-12);
	return SO1_OK;
}

enum so1_status model_read(struct model *model, const char *path, struct so1_error *e)
{
	struct loading l = {.model = model};

	model_default(model);
	if (csv_read_file(path, take_header, take_row, &l, e))
		return error_at(e, e->file[0] ? NULL : path, 0, NULL);
	if (model->match <= 0 || model->match + model->household + model->neighbours >= 1 ||
	    model->records_per_person < 1) {
		error_set(e, SO1_FAILED, "match must be above 0, match, household and neighbours together "
			  "below 1, records_per_person at least 1");
		return error_at(e, path, 0, "prior");
	}
	return SO1_OK;
}
