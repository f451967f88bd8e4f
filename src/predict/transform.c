#include "predict/transform.h"

#include "base/number.h"
#include "predict/numeric.h"
#include "stream/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const kind_names[TRANSFORM_KINDS] = {"linear", "log", "levels"};
static const char intercept_name[] = "(Intercept)";
/* Keeps values beyond all reason from making inf - inf. */
static const double effect_most = 1e15;

static double bounded(double effect)
{
	if (fabs(effect) <= effect_most)
		return effect;
	return effect < 0 ? -effect_most : effect_most;
}

const char *transform_kind_name(enum transform_kind kind)
{
	return kind_names[kind];
}

size_t transform_codes(const struct transform *t)
{
	return t->levels.count + t->other + t->missing;
}

double transform_value(enum transform_kind kind, double x)
{
	return kind == TRANSFORM_LOG ? copysign(log1p(fabs(x)), x) : x;
}

uint16_t transform_code(const struct transform *t, struct slice value)
{
	if (value.len == 0)
		return t->missing ? (uint16_t)(t->levels.count + t->other) : DESIGN_NO_LEVEL;
	if (t->reference.ptr && slice_equal(value, t->reference))
		return DESIGN_NO_LEVEL;
	uint32_t id = dictionary_find(&t->levels, value);
	if (id != DICTIONARY_NONE)
		return (uint16_t)id;
	return t->other ? (uint16_t)t->levels.count : DESIGN_NO_LEVEL;
}

struct slice transform_level_text(struct slice value, struct buffer *scratch)
{
	double x;

	if (value.len == 0 || !number_parse_double(value, &x))
		return value;
	buffer_clear(scratch);
	number_put_double(scratch, x);
	return buffer_slice(scratch);
}

struct transform *transform_add(struct transform_set *set, enum transform_kind kind,
				struct slice name)
{
	GROW(set->items, set->cap, set->count + 1);
	struct transform *t = &set->items[set->count++];
	*t = (struct transform){
		.kind = kind,
		.name = arena_copy(&set->text, name),
		.sd = 1,
		.dense = SIZE_MAX,
		.code = SIZE_MAX,
	};
	return t;
}

void transform_number_columns(struct transform_set *set)
{
	set->dense = set->codes = 0;
	for (size_t i = 0; i < set->count; i++) {
		struct transform *t = &set->items[i];
		size_t codes = transform_codes(t);
		if (t->kind != TRANSFORM_LEVELS)
			t->dense = set->dense++;
		if (codes > 0)
			t->code = set->codes++;
		free(t->effects);
		free(t->effect_errors);
		t->effects = xcalloc(codes, sizeof *t->effects);
		t->effect_errors = xcalloc(codes, sizeof *t->effect_errors);
	}
}

size_t *transform_level_counts(const struct transform_set *set)
{
	size_t *levels = xcalloc(set->codes, sizeof *levels);

	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].code != SIZE_MAX)
			levels[set->items[i].code] = transform_codes(&set->items[i]);
	return levels;
}

/* First coefficient of each code column, as design_init numbers them. */
static size_t *code_columns(const struct transform_set *set)
{
	size_t *levels = transform_level_counts(set);
	size_t next = set->dense + 1;

	for (size_t c = 0; c < set->codes; c++) {
		size_t count = levels[c];
		levels[c] = next;
		next += count;
	}
	return levels;
}

size_t *transform_order(const struct transform_set *set)
{
	size_t *at = code_columns(set), n = 0, total = set->dense;

	for (size_t i = 0; i < set->count; i++)
		total += transform_codes(&set->items[i]);
	size_t *order = xcalloc(total, sizeof *order);
	for (size_t i = 0; i < set->count; i++) {
		const struct transform *t = &set->items[i];
		if (t->dense != SIZE_MAX)
			order[n++] = t->dense + 1;
		for (size_t k = 0; k < transform_codes(t); k++)
			order[n++] = at[t->code] + k;
	}
	free(at);
	return order;
}

/* An aliased column has variance 0 and no error. */
static double error_of(const double *covariance, size_t columns, size_t j, const bool *separated)
{
	if (covariance == NULL || separated[j] || !(covariance[j * columns + j] > 0))
		return NAN;
	return sqrt(covariance[j * columns + j]);
}

/* Var(b_0 - sum m_j/s_j b_j) = c'Vc. */
static double intercept_variance(const struct transform_set *set, const double *covariance,
				 size_t columns)
{
	double *c = xcalloc(set->dense + 1, sizeof *c), sum = 0;

	c[0] = 1;
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].dense != SIZE_MAX)
			c[set->items[i].dense + 1] = -set->items[i].mean / set->items[i].sd;
	for (size_t i = 0; i <= set->dense; i++)
		for (size_t j = 0; j <= set->dense; j++)
			sum += c[i] * c[j] * covariance[i * columns + j];
	free(c);
	return sum;
}

void transform_set_effects(struct transform_set *set, const double *beta,
			   const double *covariance, const bool *separated)
{
	size_t *at = code_columns(set), columns = set->dense + 1;
	bool any_separated = false;

	for (size_t i = 0; i < set->count; i++)
		columns += transform_codes(&set->items[i]);
	for (size_t j = 0; j < columns; j++)
		any_separated |= separated[j];
	set->intercept = beta[0];
	for (size_t i = 0; i < set->count; i++) {
		struct transform *t = &set->items[i];
		if (t->dense != SIZE_MAX) {
			size_t j = t->dense + 1;
			t->slope = beta[j] / t->sd;
			t->slope_error = error_of(covariance, columns, j, separated) / t->sd;
			set->intercept -= t->slope * t->mean;
		}
		for (size_t k = 0; k < transform_codes(t); k++) {
			size_t j = at[t->code] + k;
			t->effects[k] = beta[j];
			t->effect_errors[k] = error_of(covariance, columns, j, separated);
		}
	}
	double variance = covariance ? intercept_variance(set, covariance, columns) : NAN;
	set->intercept_error = variance > 0 && !any_separated ? sqrt(variance) : NAN;
	free(at);
}

double transform_effect_number(const struct transform *t, double x)
{
	return bounded(t->slope * transform_value(t->kind, x));
}

double transform_effect_missing(const struct transform *t)
{
	return bounded(t->slope * t->mean + (t->missing ? t->effects[0] : 0));
}

enum so1_status transform_effect(const struct transform *t, struct slice field,
				 struct buffer *scratch, double *effect, struct so1_error *e)
{
	double x;

	if (t->kind == TRANSFORM_LEVELS) {
		uint16_t code = transform_code(t, transform_level_text(field, scratch));
		*effect = code == DESIGN_NO_LEVEL ? 0 : t->effects[code];
	} else if (field.len == 0) {
		*effect = transform_effect_missing(t);
	} else if (number_parse_double(field, &x)) {
		*effect = transform_effect_number(t, x);
	} else {
		error_set(e, SO1_FAILED, "not a number");
		/* The arena ends its copies with a NUL. */
		error_at(e, NULL, 0, t->name.ptr);
		return error_value(e, field);
	}
	return SO1_OK;
}

void transform_term_name(const struct transform *t, size_t k, struct buffer *out)
{
	if (k == SIZE_MAX && t->kind == TRANSFORM_LOG)
		buffer_printf(out, "log(%.*s)", SLICE_ARGS(t->name));
	else
		buffer_put_slice(out, t->name);
	if (k == SIZE_MAX)
		return;
	if (k < t->levels.count)
		buffer_printf(out, "=%.*s", SLICE_ARGS(dictionary_item(&t->levels, (uint32_t)k)));
	else
		buffer_put_text(out, t->other && k == t->levels.count ? "=(other)" : "=(missing)");
}

void transform_free(struct transform_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		dictionary_free(&set->items[i].levels);
		free(set->items[i].effects);
		free(set->items[i].effect_errors);
	}
	free(set->items);
	arena_free(&set->text);
	*set = (struct transform_set){0};
}

static void add_number(struct cell_builder *c, struct slice key, double x)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, 10);
	cell_add(c, key, buffer_slice(&b));
	buffer_free(&b);
}

/* kind=linear;mean=40.1;missing=1;sd=10.4, kind=levels;levels=12;other=1 */
static void write_transform(const struct transform *t, struct model_file *m)
{
	struct cell_builder c = {0};
	struct buffer cell = {0};

	cell_add(&c, SLICE("kind"), slice_of(kind_names[t->kind]));
	if (t->kind == TRANSFORM_LEVELS) {
		add_number(&c, SLICE("levels"), (double)t->levels.count);
		if (t->other)
			cell_add(&c, SLICE("other"), SLICE("1"));
		if (t->reference.ptr)
			cell_add(&c, SLICE("reference"), t->reference);
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
		if (t->kind != TRANSFORM_LEVELS) {
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

/* The row of a transform; *levels is how many its terms will list. */
static enum so1_status read_transform(struct transform_set *set, const struct model_file *m,
				      const struct model_row *row, double *levels,
				      struct so1_error *e)
{
	struct slice text = {NULL, 0};
	int kind = 0;

	*levels = 0;
	if (map_get(row->value, SLICE("kind"), &text, &set->text))
		while (kind < TRANSFORM_KINDS && !slice_is(text, kind_names[kind]))
			kind++;
	if (text.ptr == NULL || kind == TRANSFORM_KINDS)
		return model_row_error(m, row, "no kind of transform that is known here", e);
	struct transform *t = transform_add(set, (enum transform_kind)kind, row->name);
	t->other = flag(row, SLICE("other"), &set->text);
	t->missing = flag(row, SLICE("missing"), &set->text);
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
	size_t codes = levels + t->other + t->missing;
	struct buffer name = {0};
	enum so1_status s = SO1_OK;

	t->effects = xcalloc(codes, sizeof *t->effects);
	t->effect_errors = xcalloc(codes, sizeof *t->effect_errors);
	if (t->kind != TRANSFORM_LEVELS) {
		transform_term_name(t, SIZE_MAX, &name);
		s = take_term(c, buffer_slice(&name), &t->slope, e);
	}
	for (size_t k = 0; k < codes && s == SO1_OK; k++) {
		buffer_clear(&name);
		if (k >= levels)
			transform_term_name(t, k, &name);
		s = k < levels ? take_level(c, t, &t->effects[k], e)
			       : take_term(c, buffer_slice(&name), &t->effects[k], e);
		t->effects[k] = bounded(t->effects[k]);
	}
	buffer_free(&name);
	return s;
}

enum so1_status transform_read(struct transform_set *set, const struct model_file *m,
			       struct so1_error *e)
{
	struct cursor c = {.m = m};
	enum so1_status s = take_term(&c, SLICE(intercept_name), &set->intercept, e);

	set->intercept = bounded(set->intercept);
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
