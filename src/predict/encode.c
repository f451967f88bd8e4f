#include "predict/encode.h"

#include <stdlib.h>

/* A transform and where its values come from. */
struct source {
	const struct transform *t;
	struct frame_column *column;
	size_t k;           /* its place in the frame */
	uint16_t *codes;    /* by id of the column's texts, for levels */
	uint16_t missing;   /* code of a missing value */
	/* Bins and pairs: where the levels of their axes come from. */
	struct axis_source {
		struct frame_column *column;
		size_t k;
		uint16_t *levels; /* by id of the column's texts; NULL: numbers */
	} axes[2];
};

struct encoder {
	struct source *sources;
	size_t count;
};

static size_t column_named(const struct frame *f, struct slice name)
{
	size_t k = 0;

	while (!slice_equal(f->columns[k].name, name))
		k++;
	return k;
}

static void open_axis(struct frame *f, const struct axis *a, struct axis_source *x)
{
	x->k = column_named(f, a->column);
	x->column = &f->columns[x->k];
	if (a->numbers)
		return;
	x->levels = xcalloc(x->column->texts.count, sizeof *x->levels);
	for (uint32_t id = 0; id < x->column->texts.count; id++)
		x->levels[id] = (uint16_t)axis_of_text(a, dictionary_item(&x->column->texts, id));
}

static void open_levels(struct source *x)
{
	x->missing = transform_code(x->t, SLICE(""));
	x->codes = xcalloc(x->column->texts.count, sizeof *x->codes);
	for (uint32_t id = 0; id < x->column->texts.count; id++)
		x->codes[id] = transform_code(x->t, dictionary_item(&x->column->texts, id));
}

struct encoder *encoder_new(struct frame *f, const struct transform_set *set, size_t count)
{
	struct encoder *encoder = xcalloc(1, sizeof *encoder);
	struct source *sources = xcalloc(count, sizeof *sources);

	for (size_t i = 0; i < count; i++) {
		struct source *x = &sources[i];
		x->t = &set->items[i];
		if (x->t->kind == TRANSFORM_BINS || x->t->kind == TRANSFORM_PAIR) {
			for (size_t k = 0; k < transform_column_count(x->t); k++)
				open_axis(f, &x->t->axes[k], &x->axes[k]);
			continue;
		}
		x->k = column_named(f, x->t->name);
		x->column = &f->columns[x->k];
		x->missing = x->t->missing ? 0 : DESIGN_NO_LEVEL;
		if (x->t->kind == TRANSFORM_LEVELS)
			open_levels(x);
	}
	encoder->sources = sources;
	encoder->count = count;
	return encoder;
}

void encoder_free(struct encoder *x)
{
	for (size_t i = 0; i < x->count; i++) {
		free(x->sources[i].codes);
		free(x->sources[i].axes[0].levels);
		free(x->sources[i].axes[1].levels);
	}
	free(x->sources);
	free(x);
}

size_t encode_axis(const struct axis *a, struct frame_column *c, const uint16_t *levels,
		   double cell)
{
	if (cell_is_missing(cell))
		return axis_of_missing(a);
	return levels ? levels[frame_text_id(c, cell)] : axis_of_number(a, cell);
}

static void encode_axes(const struct source *x, const double *cells, struct design_row *row)
{
	size_t at[2] = {0};

	if (x->t->code == SIZE_MAX)
		return;
	for (size_t k = 0; k < transform_column_count(x->t); k++)
		at[k] = encode_axis(&x->t->axes[k], x->axes[k].column, x->axes[k].levels,
				    cells[x->axes[k].k]);
	row->codes[x->t->code] = transform_cell(x->t, at[0], at[1]);
}

static void encode_cell(const struct source *x, double cell, struct design_row *row)
{
	const struct transform *t = x->t;

	if (cell_is_missing(cell)) {
		if (t->code != SIZE_MAX)
			row->codes[t->code] = x->missing;
	} else if (t->kind == TRANSFORM_LEVELS) {
		if (t->code != SIZE_MAX)
			row->codes[t->code] = x->codes[frame_text_id(x->column, cell)];
	} else {
		row->x[t->dense] = (transform_value(t->kind, cell) - t->mean) / t->sd;
	}
}

void encoder_row(const struct encoder *x, const double *cells, struct design_row *row)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->sources[i].column)
			encode_cell(&x->sources[i], cells[x->sources[i].k], row);
		else
			encode_axes(&x->sources[i], cells, row);
}
