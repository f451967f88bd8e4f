#include "predict/drift.h"

#include "base/number.h"
#include "predict/encode.h"
#include "predict/interact.h"
#include "predict/numeric.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

/* From so many rows the index of tenths is off by about .002, far below what matters. */
enum { PARTS = 10, ROWS_MOST = 4096, SHARE_DIGITS = 4 };
static const double share_least = 1e-4;
static const char prefix[] = "baseline ";

/* A column and its shares: counts while they are counted. */
struct column {
	struct axis axis;
	double *expected, *counts;
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

/* levels or cuts=…;shares=0.1|0.25|…: the shares by level. */
static void put_baseline(const struct axis *a, const double *counts, double rows,
			 struct model_file *m)
{
	struct cell_builder c = {0};
	struct buffer b = {0}, name = {0};

	axis_put_list(a, &b);
	cell_add(&c, a->numbers ? SLICE("cuts") : SLICE("levels"), buffer_slice(&b));
	buffer_clear(&b);
	for (size_t i = 0; i < axis_size(a); i++) {
		if (i > 0)
			buffer_put_byte(&b, '|');
		number_put_rounded(&b, counts[i] / rows, SHARE_DIGITS);
	}
	cell_add(&c, SLICE("shares"), buffer_slice(&b));
	buffer_clear(&b);
	cell_put_map(&c, &b);
	buffer_printf(&name, "%s%.*s", prefix, SLICE_ARGS(a->column));
	model_file_add(m, "card", buffer_slice(&name), buffer_slice(&b));
	buffer_free(&b);
	buffer_free(&name);
	cell_free(&c);
}

/* Where the levels of an axis come from, as the encoder's. */
struct source {
	struct frame_column *column;
	size_t k;
	uint16_t *levels;
	double *counts;
};

static void open_source(struct frame *f, const struct axis *a, struct source *x)
{
	while (!slice_equal(f->columns[x->k].name, a->column))
		x->k++;
	x->column = &f->columns[x->k];
	x->counts = xcalloc(axis_size(a), sizeof *x->counts);
	if (a->numbers)
		return;
	x->levels = xcalloc(x->column->texts.count, sizeof *x->levels);
	for (uint32_t id = 0; id < x->column->texts.count; id++)
		x->levels[id] = (uint16_t)axis_of_text(a, dictionary_item(&x->column->texts, id));
}

/* Counts levels and keeps scores of every stride-th row. */
static enum so1_status count_rows(struct frame *f, const struct design *d, const double *beta,
				  const struct axis *axes, struct source *sources, size_t n,
				  double *scores, size_t *rows, struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(f)), *other = xmalloc(design_block_bytes(d));
	uint64_t stride = f->rows / ROWS_MOST + 1, row = 0;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < frame_block_count(f) && s == SO1_OK; i++) {
		struct frame_block b;
		struct design_block x;
		s = frame_get(f, i, scratch, &b, e);
		if (s == SO1_OK)
			s = design_read(d, i, other, &x, e);
		for (size_t k = 0; s == SO1_OK && k < b.rows; k++, row++) {
			if (row % stride)
				continue;
			for (size_t j = 0; j < n; j++)
				sources[j].counts[encode_axis(&axes[j], sources[j].column,
							      sources[j].levels,
							      b.cells[k * f->count + sources[j].k])]++;
			scores[(*rows)++] = numeric_logistic(design_eta(d, &x, k, beta));
		}
	}
	free(scratch);
	free(other);
	return s;
}

static void put_score(double *scores, size_t rows, const char *target, struct model_file *m)
{
	struct axis a = {0};
	struct buffer name = {0};

	buffer_printf(&name, "p_%s", target);
	a.column = buffer_slice(&name);
	/* As they are written. */
	for (size_t i = 0; i < rows; i++) {
		struct buffer b = {0};
		number_put_rounded(&b, scores[i], 6);
		number_parse_double(buffer_slice(&b), &scores[i]);
		buffer_free(&b);
	}
	axis_cut(&a, scores, rows, PARTS);
	double *counts = xcalloc(axis_size(&a), sizeof *counts);
	for (size_t i = 0; i < rows; i++)
		counts[axis_of_number(&a, scores[i])]++;
	put_baseline(&a, counts, (double)rows, m);
	free(counts);
	axis_free(&a);
	buffer_free(&name);
}

enum so1_status drift_describe(struct frame *f, const struct design *d, const double *beta,
			       const struct transform_set *set, const char *target,
			       struct model_file *m, struct so1_error *e)
{
	struct axis *axes;
	size_t n, rows = 0;

	if (f->rows < DRIFT_ROWS_LEAST)
		return SO1_OK;
	enum so1_status s = interact_axes(f, set, set->count, PARTS, ROWS_MOST, &axes, &n, e);
	struct source *sources = xcalloc(n, sizeof *sources);
	double *scores = xmalloc((ROWS_MOST + 1) * sizeof *scores);
	for (size_t j = 0; j < n; j++)
		open_source(f, &axes[j], &sources[j]);
	if (s == SO1_OK)
		s = count_rows(f, d, beta, axes, sources, n, scores, &rows, e);
	for (size_t j = 0; j < n && s == SO1_OK; j++)
		put_baseline(&axes[j], sources[j].counts, (double)rows, m);
	if (s == SO1_OK)
		put_score(scores, rows, target, m);
	for (size_t j = 0; j < n; j++) {
		free(sources[j].counts);
		free(sources[j].levels);
		axis_free(&axes[j]);
	}
	free(axes);
	free(sources);
	free(scores);
	return s;
}

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
	c->axis.column = arena_copy(&x->text, slice_make(row->name.ptr + sizeof prefix - 1,
							 row->name.len - (sizeof prefix - 1)));
	bool numbers = map_get(row->value, SLICE("cuts"), &list, &x->text);
	if (!numbers && !map_get(row->value, SLICE("levels"), &list, &x->text))
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
		    slice_starts_with(m->rows[i].name, slice_of(prefix)))
			s = read_column(x, m, &m->rows[i], e);
	if (s == SO1_OK && x->count == 0) {
		error_set(e, SO1_FAILED, "the model has no baseline to drift from");
		return error_at(e, m->path, 0, NULL);
	}
	return s;
}

static enum so1_status count_row(struct drift *x, const struct record *rec, struct slice *fields,
				 struct arena *a, size_t *levels, struct so1_error *e)
{
	struct buffer scratch = {0};

	arena_reset(a);
	memcpy(fields, rec->fields, x->chain->stream_columns * sizeof *fields);
	enum so1_status s = chain_apply(x->chain, x->chain->count, fields, a, e);
	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		s = axis_of_field(&x->columns[k].axis, fields[x->columns[k].index], &scratch,
				  &levels[k], e);
	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		x->columns[k].counts[levels[k]]++;
	x->rows += s == SO1_OK;
	buffer_free(&scratch);
	return s;
}

static double level_psi(const struct drift *x, const struct column *c, size_t i)
{
	double e = fmax(c->expected[i], share_least);
	double o = fmax(c->counts[i] / (double)x->rows, share_least);

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
			x->columns[k].psi += level_psi(x, &x->columns[k], i);
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

static enum so1_status put_row(struct writer *w, const struct column *c, struct slice level,
			       const double *values, size_t first, struct so1_error *e)
{
	struct buffer b = {0};

	writer_put_field(w, c->axis.column);
	writer_put_field(w, level);
	for (size_t i = 0; i < 3; i++) {
		buffer_clear(&b);
		if (i >= first)
			number_put_rounded(&b, values[i], 6);
		writer_put_field(w, buffer_slice(&b));
	}
	buffer_free(&b);
	return writer_end_record(w, e);
}

static enum so1_status put_column(struct writer *w, const struct drift *x, const struct column *c,
				  struct so1_error *e)
{
	struct buffer level = {0};
	double whole[3] = {0, 0, c->psi};
	enum so1_status s = put_row(w, c, SLICE(""), whole, 2, e);

	for (size_t i = 0; i < axis_size(&c->axis) && s == SO1_OK; i++) {
		double values[3] = {c->expected[i], c->counts[i] / (double)x->rows,
				    level_psi(x, c, i)};
		buffer_clear(&level);
		axis_put_level(&c->axis, i, &level);
		s = put_row(w, c, buffer_slice(&level), values, 0, e);
	}
	buffer_free(&level);
	return s;
}

enum so1_status drift_csv(const struct drift *x, const char *path, struct so1_error *e)
{
	static const char *const names[] = {"column", "level", "expected", "observed", "psi"};
	struct writer *w = NULL;
	struct header h = {0};
	enum so1_status s = writer_open(&w, &(struct writer_options){.path = path}, e);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	if (s == SO1_OK)
		s = writer_put_header(w, &h, e);
	for (size_t k = 0; k < x->count && s == SO1_OK; k++)
		s = put_column(w, x, &x->columns[k], e);
	if (s == SO1_OK)
		s = writer_commit(w, e);
	writer_free(w);
	header_free(&h);
	return s;
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
