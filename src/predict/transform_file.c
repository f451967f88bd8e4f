/* Transforms in a model file: their rows, and the terms they name. */
#include "base/number.h"
#include "predict/transform.h"
#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

static const char intercept_name[] = "(Intercept)";
/* Of an axis that is read: pairs of them fit a code. */
enum { AXIS_LEVELS_MOST = 200 };

static void add_number(struct cell_builder *c, struct slice key, double x)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, 10);
	cell_add(c, key, buffer_slice(&b));
	buffer_free(&b);
}

/* cells=00003;00017: those that have a level, in the order of their terms. */
static void add_axes(const struct transform *t, struct cell_builder *c)
{
	static const char *const keys[2][2] = {{"levels", "cuts"}, {"levels2", "cuts2"}};
	struct cell_builder cells = {0};
	struct buffer b = {0};

	for (size_t i = 0; i < (t->kind == TRANSFORM_PAIR ? 2 : 1); i++) {
		buffer_clear(&b);
		axis_put_list(&t->axes[i], &b);
		cell_add(c, slice_of(keys[i][t->axes[i].numbers]), buffer_slice(&b));
	}
	if (t->kind == TRANSFORM_PAIR) {
		cell_add(c, SLICE("column"), t->axes[0].column);
		cell_add(c, SLICE("column2"), t->axes[1].column);
	}
	for (size_t i = 0; i < transform_cell_count(t); i++)
		if (t->cells[i] != DESIGN_NO_LEVEL) {
			buffer_clear(&b);
			buffer_printf(&b, "%06zu", i);
			cell_add(&cells, buffer_slice(&b), SLICE(""));
		}
	buffer_clear(&b);
	cell_put_list(&cells, &b);
	cell_add(c, SLICE("cells"), buffer_slice(&b));
	cell_free(&cells);
	buffer_free(&b);
}

/* kind=linear;mean=40.1;missing=1;sd=10.4, kind=levels;levels=12;other=1 */
static void write_transform(const struct transform *t, struct model_file *m)
{
	struct cell_builder c = {0};
	struct buffer cell = {0};

	cell_add(&c, SLICE("kind"), slice_of(transform_kind_name(t->kind)));
	if (t->kind == TRANSFORM_LEVELS) {
		add_number(&c, SLICE("levels"), (double)t->levels.count);
		if (t->other)
			cell_add(&c, SLICE("other"), SLICE("1"));
		if (t->reference.ptr)
			cell_add(&c, SLICE("reference"), t->reference);
	} else if (!transform_is_number(t)) {
		add_axes(t, &c);
	} else {
		add_number(&c, SLICE("mean"), t->mean);
		add_number(&c, SLICE("sd"), t->sd);
	}
	if (t->missing)
		cell_add(&c, SLICE("missing"), SLICE("1"));
	cell_put_map(&c, &cell);
	model_file_add(m, "transform", t->name, buffer_slice(&cell));
	buffer_free(&cell);
	cell_free(&c);
}

void transform_write(const struct transform_set *set, struct model_file *m)
{
	struct buffer name = {0};

	for (size_t i = 0; i < set->count; i++)
		write_transform(&set->items[i], m);
	model_file_add_term(m, SLICE(intercept_name), set->intercept, set->intercept_error);
	for (size_t i = 0; i < set->count; i++) {
		const struct transform *t = &set->items[i];
		if (transform_is_number(t)) {
			buffer_clear(&name);
			transform_term_name(t, SIZE_MAX, &name);
			model_file_add_term(m, buffer_slice(&name), t->slope, t->slope_error);
		}
		for (size_t k = 0; k < transform_codes(t); k++) {
			buffer_clear(&name);
			transform_term_name(t, k, &name);
			model_file_add_term(m, buffer_slice(&name), t->effects[k],
					    t->effect_errors[k]);
		}
	}
	buffer_free(&name);
}

/* What transform_read needs to go through the terms in their order. */
struct cursor {
	const struct model_file *m;
	size_t row;
};

static const struct model_row *next_term(struct cursor *c)
{
	while (c->row < c->m->count && !slice_is(c->m->rows[c->row].section, "term"))
		c->row++;
	return c->row < c->m->count ? &c->m->rows[c->row++] : NULL;
}

static enum so1_status take_term(struct cursor *c, struct slice name, double *value,
				 struct so1_error *e)
{
	const struct model_row *row = next_term(c);

	if (row == NULL) {
		error_set(e, SO1_FAILED, "the model has no term '%.*s'", SLICE_ARGS(name));
		return error_at(e, c->m->path, 0, NULL);
	}
	if (!slice_equal(row->name, name)) {
		error_set(e, SO1_FAILED, "not the term '%.*s' that should be here",
			  SLICE_ARGS(name));
		error_at(e, c->m->path, row->line, "term");
		return error_value(e, row->name);
	}
	return model_row_number(c->m, row, value, e);
}

/* A level is what stands behind "COLUMN=" in the term's name. */
static enum so1_status take_level(struct cursor *c, struct transform *t, double *effect,
				  struct so1_error *e)
{
	const struct model_row *row = next_term(c);
	bool added = false;

	if (row == NULL) {
		error_set(e, SO1_FAILED, "the model lacks terms of '%.*s'", SLICE_ARGS(t->name));
		return error_at(e, c->m->path, 0, NULL);
	}
	struct slice s = row->name;
	if (s.len > t->name.len && slice_starts_with(s, t->name) && s.ptr[t->name.len] == '=')
		dictionary_add(&t->levels,
			       slice_make(s.ptr + t->name.len + 1, s.len - t->name.len - 1),
			       &added);
	if (!added) {
		error_set(e, SO1_FAILED, "no level of '%.*s', or one twice", SLICE_ARGS(t->name));
		error_at(e, c->m->path, row->line, "term");
		return error_value(e, row->name);
	}
	return model_row_number(c->m, row, effect, e);
}

static enum so1_status read_number(const struct model_file *m, const struct model_row *row,
				   struct slice key, double *x, struct arena *a,
				   struct so1_error *e)
{
	struct slice text;

	if (!map_get(row->value, key, &text, a) || !number_parse_double(text, x)) {
		char reason[64];
		snprintf(reason, sizeof reason, "no number '%.*s' in the transform",
			 SLICE_ARGS(key));
		return model_row_error(m, row, reason, e);
	}
	return SO1_OK;
}

static bool flag(const struct model_row *row, struct slice key, struct arena *a)
{
	struct slice text;

	return map_get(row->value, key, &text, a) && slice_is(text, "1");
}

/* The keys of a --by model are theirs to read. */
static bool is_key(const struct model_row *row, struct arena *a)
{
	struct slice text;

	return map_get(row->value, SLICE("kind"), &text, a) && slice_is(text, "key");
}

static enum so1_status read_axis(const struct model_file *m, const struct model_row *row,
				 struct axis *x, bool second, struct arena *a,
				 struct so1_error *e)
{
	struct slice list;
	bool numbers = map_get(row->value, second ? SLICE("cuts2") : SLICE("cuts"), &list, a);

	if (!numbers && !map_get(row->value, second ? SLICE("levels2") : SLICE("levels"), &list, a))
		return model_row_error(m, row, "neither cut points nor levels", e);
	if (!axis_get_list(x, list, numbers, a))
		return model_row_error(m, row, "a cut point is not a number", e);
	if (axis_size(x) > AXIS_LEVELS_MOST)
		return model_row_error(m, row, "too many levels", e);
	return SO1_OK;
}

/* The axes and which cells have a level. */
static enum so1_status read_axes(struct transform *t, const struct model_file *m,
				 const struct model_row *row, struct arena *a,
				 struct so1_error *e)
{
	struct slice rest, item, none;
	enum so1_status s = read_axis(m, row, &t->axes[0], false, a, e);
	bool named = true;

	t->axes[0].column = t->name;
	if (s == SO1_OK && t->kind == TRANSFORM_PAIR) {
		s = read_axis(m, row, &t->axes[1], true, a, e);
		named = map_get(row->value, SLICE("column"), &item, a) &&
			map_get(row->value, SLICE("column2"), &rest, a);
		t->axes[0].column = named ? arena_copy(a, item) : t->name;
		t->axes[1].column = named ? arena_copy(a, rest) : t->name;
	}
	if (s == SO1_OK && !(named && map_get(row->value, SLICE("cells"), &rest, a)))
		return model_row_error(m, row, "no columns or cells in the transform", e);
	if (s != SO1_OK)
		return s;
	transform_clear_cells(t);
	while (cell_next(&rest, &item, &none, a)) {
		int64_t cell;
		if (!number_parse_int(item, &cell) || cell < 0 ||
		    (size_t)cell >= transform_cell_count(t))
			return model_row_error(m, row, "a cell that is not there", e);
		transform_add_cell(t, (size_t)cell);
	}
	return SO1_OK;
}

/* The row of a transform; *levels is how many its terms will list. */
static enum so1_status read_transform(struct transform_set *set, const struct model_file *m,
				      const struct model_row *row, double *levels,
				      struct so1_error *e)
{
	struct slice text = {NULL, 0};
	int kind = 0;

	*levels = 0;
	if (map_get(row->value, SLICE("kind"), &text, &set->text))
		while (kind < TRANSFORM_KINDS && !slice_is(text, transform_kind_name((enum transform_kind)kind)))
			kind++;
	if (text.ptr == NULL || kind == TRANSFORM_KINDS)
		return model_row_error(m, row, "no kind of transform that is known here", e);
	struct transform *t = transform_add(set, (enum transform_kind)kind, row->name);
	t->other = flag(row, SLICE("other"), &set->text);
	t->missing = flag(row, SLICE("missing"), &set->text);
	if (t->kind == TRANSFORM_BINS || t->kind == TRANSFORM_PAIR)
		return read_axes(t, m, row, &set->text, e);
	if (t->kind == TRANSFORM_LEVELS) {
		if (map_get(row->value, SLICE("reference"), &text, &set->text))
			t->reference = arena_copy(&set->text, text);
		enum so1_status s = read_number(m, row, SLICE("levels"), levels, &set->text, e);
		if (s == SO1_OK && !(*levels >= 0 && *levels < DESIGN_NO_LEVEL - 2))
			return model_row_error(m, row, "no number of levels", e);
		return s;
	}
	enum so1_status s = read_number(m, row, SLICE("mean"), &t->mean, &set->text, e);
	if (s == SO1_OK)
		s = read_number(m, row, SLICE("sd"), &t->sd, &set->text, e);
	return s;
}

static enum so1_status read_terms(struct transform *t, size_t levels, struct cursor *c,
				  struct so1_error *e)
{
	size_t codes = (levels ? levels : t->levels.count) + t->other + t->missing;
	struct buffer name = {0};
	enum so1_status s = SO1_OK;

	t->effects = xcalloc(codes, sizeof *t->effects);
	t->effect_errors = xcalloc(codes, sizeof *t->effect_errors);
	if (transform_is_number(t)) {
		transform_term_name(t, SIZE_MAX, &name);
		s = take_term(c, buffer_slice(&name), &t->slope, e);
	}
	for (size_t k = 0; k < codes && s == SO1_OK; k++) {
		buffer_clear(&name);
		if (k >= levels)
			transform_term_name(t, k, &name);
		s = k < levels ? take_level(c, t, &t->effects[k], e)
			       : take_term(c, buffer_slice(&name), &t->effects[k], e);
		t->effects[k] = transform_bounded(t->effects[k]);
	}
	buffer_free(&name);
	return s;
}

enum so1_status transform_read(struct transform_set *set, const struct model_file *m,
			       struct so1_error *e)
{
	struct cursor c = {.m = m};
	enum so1_status s = take_term(&c, SLICE(intercept_name), &set->intercept, e);

	set->intercept = transform_bounded(set->intercept);
	for (size_t i = 0; i < m->count && s == SO1_OK; i++) {
		double levels;
		if (!slice_is(m->rows[i].section, "transform") || is_key(&m->rows[i], &set->text))
			continue;
		s = read_transform(set, m, &m->rows[i], &levels, e);
		if (s == SO1_OK)
			s = read_terms(&set->items[set->count - 1], (size_t)levels, &c, e);
	}
	const struct model_row *more = s == SO1_OK ? next_term(&c) : NULL;
	if (more)
		return model_row_error(m, more, "a term that belongs to no transform", e);
	return s;
}
