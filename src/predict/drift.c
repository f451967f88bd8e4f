#include "predict/drift.h"

#include "base/number.h"
#include "predict/baseline.h"
#include "predict/page.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

static const double share_least = 1e-4;

/* A column and its shares. */
struct column {
	struct axis axis;
	bool map;      /* levels are those of its keys, and a row may have several */
	double *expected, *counts, total;
	size_t index; /* in the row */
	double psi;
};

struct drift {
	const struct chain *chain;
	struct column *columns;
	size_t count, cap;
	uint64_t rows;
	struct arena text;
};

static enum so1_status read_shares(const struct model_file *m, const struct model_row *row,
				   struct slice shares, struct column *x, struct so1_error *e)
{
	size_t n = axis_size(&x->axis), i = 0;
	struct slice item;

	x->expected = xcalloc(n, sizeof *x->expected);
	x->counts = xcalloc(n, sizeof *x->counts);
	while (slice_split(&shares, '|', &item)) {
		if (i == n || !number_parse_double(item, &x->expected[i]) || x->expected[i] < 0)
			return model_row_error(m, row, "shares that do not fit the levels", e);
		i++;
	}
	return i == n ? SO1_OK : model_row_error(m, row, "shares that do not fit the levels", e);
}

static enum so1_status read_column(struct drift *x, const struct model_file *m,
				   const struct model_row *row, struct so1_error *e)
{
	struct slice list, shares;

	GROW(x->columns, x->cap, x->count + 1);
	struct column *c = &x->columns[x->count++];
	*c = (struct column){0};
	size_t prefix = strlen(BASELINE_PREFIX);
	c->axis.column = arena_copy(&x->text, slice_make(row->name.ptr + prefix,
							 row->name.len - prefix));
	bool numbers = map_get(row->value, SLICE("cuts"), &list, &x->text);
	c->map = !numbers && map_get(row->value, SLICE("keys"), &list, &x->text);
	if (!numbers && !c->map && !map_get(row->value, SLICE("levels"), &list, &x->text))
		return model_row_error(m, row, "neither cut points nor levels", e);
	if (!axis_get_list(&c->axis, list, numbers, &x->text) ||
	    !map_get(row->value, SLICE("shares"), &shares, &x->text))
		return model_row_error(m, row, "no baseline", e);
	c->index = header_find(&x->chain->header, c->axis.column);
	if (c->index == COLUMN_NONE)
		return model_row_error(m, row, "the stream lacks the column", e);
	return read_shares(m, row, shares, c, e);
}

enum so1_status drift_open(struct drift **out, const struct chain *c, struct so1_error *e)
{
	const struct model_file *m = &c->models[c->count - 1].file;
	struct drift *x = xcalloc(1, sizeof *x);
	enum so1_status s = SO1_OK;

	x->chain = c;
	*out = x;
	for (size_t i = 0; i < m->count && s == SO1_OK; i++)
		if (slice_is(m->rows[i].section, "card") &&
		    slice_starts_with(m->rows[i].name, SLICE(BASELINE_PREFIX)))
			s = read_column(x, m, &m->rows[i], e);
	if (s == SO1_OK && x->count == 0) {
		error_set(e, SO1_FAILED, "the model has no baseline to drift from");
		return error_at(e, m->path, 0, NULL);
	}
	return s;
}

/* Each key of a map; a row without any is missing. */
static void count_keys(struct column *c, struct slice cell, struct arena *a)
{
	struct slice rest = cell, key, value;
	double before = c->total;

	while (cell_next(&rest, &key, &value, a)) {
		c->counts[axis_of_text(&c->axis, key)]++;
		c->total++;
	}
	if (c->total == before) {
		c->counts[axis_of_missing(&c->axis)]++;
		c->total++;
	}
}

static enum so1_status count_row(struct drift *x, const struct record *rec, struct slice *fields,
				 struct arena *a, size_t *levels, struct so1_error *e)
{
	struct buffer scratch = {0};

	arena_reset(a);
	memcpy(fields, rec->fields, x->chain->stream_columns * sizeof *fields);
	enum so1_status s = chain_apply(x->chain, x->chain->count, fields, a, e);
	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		if (!x->columns[k].map)
			s = axis_of_field(&x->columns[k].axis, fields[x->columns[k].index], &scratch,
					  &levels[k], e);
	for (size_t k = 0; k < x->count && s == SO1_OK; k++) {
		struct column *c = &x->columns[k];
		if (c->map) {
			count_keys(c, fields[c->index], a);
		} else {
			c->counts[levels[k]]++;
			c->total++;
		}
	}
	x->rows += s == SO1_OK;
	buffer_free(&scratch);
	return s;
}

static double level_psi(const struct column *c, size_t i)
{
	double e = fmax(c->expected[i], share_least);
	double o = fmax(c->counts[i] / c->total, share_least);

	return (o - e) * log(o / e);
}

static int by_psi(const void *a, const void *b)
{
	const struct column *x = a, *y = b;

	if (x->psi != y->psi)
		return x->psi < y->psi ? 1 : -1;
	return slice_compare(x->axis.column, y->axis.column);
}

enum so1_status drift_read(struct drift *x, struct reader *r, uint64_t *rows, struct so1_error *e)
{
	struct slice *fields = xcalloc(x->chain->header.count, sizeof *fields);
	size_t *levels = xcalloc(x->count, sizeof *levels);
	struct arena a = {0};
	enum so1_status s = SO1_OK;

	for (bool more = true; s == SO1_OK && more;) {
		struct record rec;
		s = reader_next(r, &rec, &more, e);
		if (s != SO1_OK || !more)
			break;
		s = count_row(x, &rec, fields, &a, levels, e);
		if (s == SO1_OK)
			continue;
		struct so1_error why = *e;
		s = reader_reject(r, &rec, why.column, why.reason,
				  slice_of(why.has_value ? why.value : ""), e);
	}
	if (s == SO1_OK && x->rows == 0)
		s = error_set(e, SO1_FAILED, "no rows to compare");
	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		for (size_t i = 0; i < axis_size(&x->columns[k].axis); i++)
			x->columns[k].psi += level_psi(&x->columns[k], i);
	qsort(x->columns, x->count, sizeof *x->columns, by_psi);
	*rows = x->rows;
	arena_free(&a);
	free(levels);
	free(fields);
	return s;
}

void drift_text(const struct drift *x, const char *what, struct buffer *out)
{
	buffer_printf(out, "%s\n%-32s%9s\n", what, "column", "psi");
	for (size_t k = 0; k < x->count; k++) {
		double psi = x->columns[k].psi;
		buffer_printf(out, "%-32.*s%9.4f%s\n", SLICE_ARGS(x->columns[k].axis.column), psi,
			      psi > .25 ? "  another population" : psi > .1 ? "  moved" : "");
	}
}

/* A level, or the column as a whole, which has but an index. */
static enum so1_status put_row(struct writer *w, const struct column *c, struct slice level,
			       bool whole, double expected, double observed, double psi,
			       struct so1_error *e)
{
	writer_put_field(w, c->axis.column);
	writer_put_field(w, level);
	page_put_number(w, expected, !whole);
	page_put_number(w, observed, !whole);
	page_put_number(w, psi, true);
	return writer_end_record(w, e);
}

static enum so1_status put_column(struct writer *w, const struct column *c, struct so1_error *e)
{
	struct buffer level = {0};
	enum so1_status s = put_row(w, c, SLICE(""), true, 0, 0, c->psi, e);

	for (size_t i = 0; i < axis_size(&c->axis) && s == SO1_OK; i++) {
		buffer_clear(&level);
		axis_put_level(&c->axis, i, &level);
		s = put_row(w, c, buffer_slice(&level), false, c->expected[i],
			    c->counts[i] / c->total, level_psi(c, i), e);
	}
	buffer_free(&level);
	return s;
}

static enum so1_status put_columns(struct writer *w, const void *context, struct so1_error *e)
{
	const struct drift *x = context;
	enum so1_status s = SO1_OK;

	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		s = put_column(w, &x->columns[k], e);
	return s;
}

enum so1_status drift_csv(const struct drift *x, const char *path, struct so1_error *e)
{
	static const char *const names[] = {"column", "level", "expected", "observed", "psi"};

	return page_write(path, names, sizeof names / sizeof *names, put_columns, x, e);
}

void drift_free(struct drift *x)
{
	if (x == NULL)
		return;
	for (size_t k = 0; k < x->count; k++) {
		axis_free(&x->columns[k].axis);
		free(x->columns[k].expected);
		free(x->columns[k].counts);
	}
	free(x->columns);
	arena_free(&x->text);
	free(x);
}
