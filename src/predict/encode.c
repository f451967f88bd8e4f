#include "predict/encode.h"

#include <stdlib.h>

/* A transform and where its values come from. */
struct source {
	const struct transform *t;
	struct frame_column *column;
	size_t k;           /* its place in the frame */
	uint16_t *codes;    /* by id of the column's texts, for levels */
	uint16_t missing;   /* code of a missing value */
};

struct encoder {
	struct source *sources;
	size_t count;
};

struct encoder *encoder_new(struct frame *f, const struct transform_set *set, size_t count)
{
	struct encoder *encoder = xcalloc(1, sizeof *encoder);
	struct source *sources = xcalloc(count, sizeof *sources);

	for (size_t i = 0, k = 0; i < count; i++, k++) {
		struct source *x = &sources[i];
		/* Transforms come in the order of the columns. */
		while (!slice_equal(f->columns[k].name, set->items[i].name))
			k++;
		*x = (struct source){.t = &set->items[i], .column = &f->columns[k], .k = k};
		if (x->t->kind == TRANSFORM_LEVELS)
			x->missing = transform_code(x->t, SLICE(""));
		else
			x->missing = x->t->missing ? 0 : DESIGN_NO_LEVEL;
		if (x->t->kind != TRANSFORM_LEVELS)
			continue;
		x->codes = xcalloc(x->column->texts.count, sizeof *x->codes);
		for (uint32_t id = 0; id < x->column->texts.count; id++)
			x->codes[id] = transform_code(x->t, dictionary_item(&x->column->texts, id));
	}
	encoder->sources = sources;
	encoder->count = count;
	return encoder;
}

void encoder_free(struct encoder *x)
{
	for (size_t i = 0; i < x->count; i++)
		free(x->sources[i].codes);
	free(x->sources);
	free(x);
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
		encode_cell(&x->sources[i], cells[x->sources[i].k], row);
}
