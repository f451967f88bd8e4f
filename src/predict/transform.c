#include "predict/transform.h"

#include "base/number.h"
#include "predict/numeric.h"

#include <math.h>
#include <stdlib.h>

static const char *const kind_names[TRANSFORM_KINDS] = {"linear", "log", "levels", "bins",
							    "pair"};
/* Keeps values beyond all reason from making inf - inf. */
static const double effect_most = 1e15;

double transform_bounded(double effect)
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

bool transform_is_number(const struct transform *t)
{
	return t->kind == TRANSFORM_LINEAR || t->kind == TRANSFORM_LOG;
}

size_t transform_column_count(const struct transform *t)
{
	return t->kind == TRANSFORM_PAIR ? 2 : 1;
}

struct slice transform_column(const struct transform *t, size_t i)
{
	return t->kind == TRANSFORM_PAIR ? t->axes[i].column : t->name;
}

/* Levels of the second axis; bins have one. */
static size_t width_of(const struct transform *t)
{
	return t->kind == TRANSFORM_PAIR ? axis_size(&t->axes[1]) : 1;
}

uint16_t transform_cell(const struct transform *t, size_t first, size_t second)
{
	return t->cells[first * width_of(t) + second];
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

size_t transform_cell_count(const struct transform *t)
{
	return axis_size(&t->axes[0]) * width_of(t);
}

void transform_add_cell(struct transform *t, size_t cell)
{
	struct buffer b = {0};

	axis_put_level(&t->axes[0], cell / width_of(t), &b);
	if (t->kind == TRANSFORM_PAIR) {
		buffer_put_byte(&b, ':');
		axis_put_level(&t->axes[1], cell % width_of(t), &b);
	}
	t->cells[cell] = (uint16_t)dictionary_add(&t->levels, buffer_slice(&b), NULL);
	buffer_free(&b);
}

void transform_clear_cells(struct transform *t)
{
	t->cells = xcalloc(transform_cell_count(t), sizeof *t->cells);
	for (size_t i = 0; i < transform_cell_count(t); i++)
		t->cells[i] = DESIGN_NO_LEVEL;
}

struct transform *transform_add_axes(struct transform_set *set, struct axis *first,
				     struct axis *second, const uint64_t *counts, uint64_t least)
{
	struct buffer name = {0};

	buffer_put_slice(&name, first->column);
	if (second) {
		buffer_put_byte(&name, ':');
		buffer_put_slice(&name, second->column);
	}
	struct transform *t = transform_add(set, second ? TRANSFORM_PAIR : TRANSFORM_BINS,
					    buffer_slice(&name));
	t->axes[0] = *first;
	t->axes[0].column = second ? arena_copy(&set->text, first->column) : t->name;
	*first = (struct axis){0};
	if (second) {
		t->axes[1] = *second;
		t->axes[1].column = arena_copy(&set->text, second->column);
		*second = (struct axis){0};
	}
	transform_clear_cells(t);
	/* Missing is said by the column's other transform. */
	size_t cells = second ? transform_cell_count(t) : axis_of_missing(&t->axes[0]);
	for (size_t i = 0; i < cells; i++)
		if (counts[i] >= least && counts[i] > 0)
			transform_add_cell(t, i);
	buffer_free(&name);
	return t;
}

void transform_number_columns(struct transform_set *set)
{
	set->dense = set->codes = 0;
	for (size_t i = 0; i < set->count; i++) {
		struct transform *t = &set->items[i];
		size_t codes = transform_codes(t);
		if (transform_is_number(t))
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
	return transform_bounded(t->slope * transform_value(t->kind, x));
}

double transform_effect_missing(const struct transform *t)
{
	return transform_bounded(t->slope * t->mean + (t->missing ? t->effects[0] : 0));
}

static enum so1_status cell_effect(const struct transform *t, const struct slice *fields,
				   struct buffer *scratch, double *effect, struct so1_error *e)
{
	size_t at[2] = {0};
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < transform_column_count(t) && s == SO1_OK; i++)
		s = axis_of_field(&t->axes[i], fields[i], scratch, &at[i], e);
	uint16_t code = s == SO1_OK ? transform_cell(t, at[0], at[1]) : DESIGN_NO_LEVEL;
	*effect = code == DESIGN_NO_LEVEL ? 0 : t->effects[code];
	return s;
}

enum so1_status transform_effect(const struct transform *t, const struct slice *fields,
				 struct buffer *scratch, double *effect, struct so1_error *e)
{
	struct slice field = fields[0];
	double x;

	if (t->kind == TRANSFORM_BINS || t->kind == TRANSFORM_PAIR)
		return cell_effect(t, fields, scratch, effect, e);
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

void transform_truncate(struct transform_set *set, size_t count)
{
	while (set->count > count) {
		struct transform *t = &set->items[--set->count];
		dictionary_free(&t->levels);
		axis_free(&t->axes[0]);
		axis_free(&t->axes[1]);
		free(t->cells);
		free(t->effects);
		free(t->effect_errors);
	}
}

void transform_free(struct transform_set *set)
{
	transform_truncate(set, 0);
	free(set->items);
	arena_free(&set->text);
	*set = (struct transform_set){0};
}
