#include "export/score.h"

#include "base/number.h"
#include "stream/cells.h"

#include <stdlib.h>

/* In order of preference; models before habits. */
static const char *const map_kinds[] = {"score", "again", "affine", "interest"};

static uint32_t add_slot(struct scoring *s, enum score_kind kind, size_t column,
			 struct slice label)
{
	GROW(s->slots, s->slot_cap, s->slot_count + 1);
	s->slots[s->slot_count] = (struct score_slot){kind, column,
						      xstrndup(label.ptr, label.len)};
	return (uint32_t)s->slot_count++;
}

static uint32_t slot_of_column(struct scoring *s, const struct header *h, size_t column)
{
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].kind == SCORE_CELL && s->slots[i].column == column)
			return (uint32_t)i;
	return add_slot(s, SCORE_CELL, column, h->names[column]);
}

static uint32_t slot_of_key(struct scoring *s, const struct header *h, size_t column,
			    struct slice key)
{
	struct score_map *m = NULL;
	bool added;

	for (size_t i = 0; i < s->map_count && m == NULL; i++)
		if (s->maps[i].column == column)
			m = &s->maps[i];
	if (m == NULL) {
		GROW(s->maps, s->map_cap, s->map_count + 1);
		m = &s->maps[s->map_count++];
		*m = (struct score_map){.column = column};
	}
	uint32_t id = dictionary_add(&m->keys, key, &added);
	if (added) {
		GROW(m->slots, m->slot_cap, m->keys.count);
		m->slots[id] = add_slot(s, SCORE_MAP, column, h->names[column]);
	}
	return m->slots[id];
}

/* The offer's key for a map column by its name's end, empty when it has none. */
static struct slice key_for_column(const struct offer *o, struct slice name, bool *is_map)
{
	static const struct slice sku = {"_by_sku", 7}, category = {"_by_category", 12};

	*is_map = true;
	if (name.len > sku.len &&
	    slice_equal(slice_make(name.ptr + name.len - sku.len, sku.len), sku))
		return o->sku;
	if (name.len > category.len &&
	    slice_equal(slice_make(name.ptr + name.len - category.len, category.len), category))
		return o->category;
	*is_map = false;
	return slice_make("", 0);
}

static bool default_map_slot(struct scoring *s, const struct header *h, const struct offer *o,
			     uint32_t *slot)
{
	struct buffer name = {0};
	bool found = false;

	for (size_t i = 0; i < 2 * sizeof map_kinds / sizeof *map_kinds && !found; i++) {
		struct slice key = i % 2 ? o->category : o->sku;
		if (key.len == 0)
			continue;
		buffer_clear(&name);
		buffer_printf(&name, "%s_by_%s", map_kinds[i / 2], i % 2 ? "category" : "sku");
		size_t column = header_find(h, buffer_slice(&name));
		found = column != COLUMN_NONE;
		if (found)
			*slot = slot_of_key(s, h, column, key);
	}
	buffer_free(&name);
	return found;
}

static size_t default_column(const struct header *h)
{
	size_t column = header_find(h, SLICE("p_label"));

	for (size_t i = 0; column == COLUMN_NONE && i < h->count; i++)
		if (slice_starts_with(h->names[i], SLICE("p_")) && !slice_is(h->names[i], "p_alive"))
			column = i;
	return column;
}

static uint32_t default_slot(struct scoring *s, const struct header *h, const struct offer *o)
{
	uint32_t slot = 0;

	if (default_map_slot(s, h, o, &slot))
		return slot;
	size_t column = default_column(h);
	return column == COLUMN_NONE ? 0 : slot_of_column(s, h, column);
}

static enum so1_status compile_spec(struct scoring *s, const struct header *h, const char *spec,
				    struct so1_error *e)
{
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = h->names,
				   .column_count = h->count};

	if (expr_compile(&s->expr, slice_of(spec), &scope, e) == SO1_OK)
		return SO1_OK;
	return error_at(e, "--score", 0, NULL);
}

enum so1_status scoring_bind(struct scoring *s, const struct catalogue *c, const struct header *h,
			     const char *spec, struct so1_error *e)
{
	size_t spec_column = spec ? header_find(h, slice_of(spec)) : COLUMN_NONE;
	uint32_t spec_slot = 0;
	bool is_map = false;

	add_slot(s, SCORE_ONE, COLUMN_NONE, SLICE("1"));
	s->of_offer = xcalloc(c->count, sizeof *s->of_offer);
	if (spec_column != COLUMN_NONE)
		key_for_column(&c->items[0], h->names[spec_column], &is_map);
	if (spec && !is_map) {
		if (compile_spec(s, h, spec, e) != SO1_OK)
			return e->status;
		spec_slot = add_slot(s, SCORE_EXPR, COLUMN_NONE, slice_of(spec));
	}
	for (size_t i = 0; i < c->count; i++) {
		const struct offer *o = &c->items[i];
		struct slice key = slice_make("", 0);
		if (is_map)
			key = key_for_column(o, h->names[spec_column], &is_map);
		if (key.len)
			s->of_offer[i] = slot_of_key(s, h, spec_column, key);
		else if (spec && !is_map)
			s->of_offer[i] = spec_slot;
		else
			s->of_offer[i] = default_slot(s, h, o);
	}
	return SO1_OK;
}

static enum so1_status not_a_number(const struct header *h, size_t column, struct slice value,
				    struct so1_error *e)
{
	error_set(e, SO1_FAILED, "not a number");
	error_value(e, value);
	struct buffer name = {0};
	buffer_put_slice(&name, h->names[column]);
	error_at(e, NULL, 0, buffer_text(&name));
	buffer_free(&name);
	return e->status;
}

static enum so1_status read_map(const struct score_map *m, const struct header *h,
				const struct slice *fields, double *values, struct arena *a,
				struct so1_error *e)
{
	struct slice rest = fields[m->column], key, value;

	while (cell_next(&rest, &key, &value, a)) {
		uint32_t id = dictionary_find(&m->keys, key);
		if (id == DICTIONARY_NONE || value.len == 0)
			continue;
		if (!number_parse_double(value, &values[m->slots[id]]))
			return not_a_number(h, m->column, value, e);
	}
	return SO1_OK;
}

enum so1_status scoring_read(const struct scoring *s, const struct header *h,
			     const struct slice *fields, double *values, struct arena *a,
			     struct so1_error *e)
{
	for (size_t i = 0; i < s->slot_count; i++) {
		const struct score_slot *slot = &s->slots[i];
		struct expr_value v;

		values[i] = slot->kind == SCORE_ONE ? 1 : 0;
		if (slot->kind == SCORE_CELL && fields[slot->column].len &&
		    !number_parse_double(fields[slot->column], &values[i]))
			return not_a_number(h, slot->column, fields[slot->column], e);
		if (slot->kind != SCORE_EXPR)
			continue;
		if (expr_eval(s->expr, fields, &v, a, e) != SO1_OK)
			return e->status;
		if (v.type == EXPR_NUMBER || v.type == EXPR_BOOL)
			values[i] = v.number;
		else if (v.type == EXPR_TEXT && v.text.len &&
			 !number_parse_double(v.text, &values[i])) {
			error_set(e, SO1_FAILED, "not a number");
			error_value(e, v.text);
			return error_at(e, NULL, 0, "--score");
		}
	}
	for (size_t i = 0; i < s->map_count; i++)
		if (read_map(&s->maps[i], h, fields, values, a, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

void scoring_describe(const struct scoring *s, size_t offers, struct buffer *out)
{
	bool *done = xcalloc(s->slot_count, sizeof *done);

	for (size_t i = 0; i < s->slot_count; i++) {
		size_t n = 0;
		if (done[i])
			continue;
		for (size_t o = 0; o < offers; o++)
			n += strcmp(s->slots[s->of_offer[o]].label, s->slots[i].label) == 0;
		for (size_t k = i; k < s->slot_count; k++)
			done[k] |= strcmp(s->slots[k].label, s->slots[i].label) == 0;
		if (n)
			buffer_printf(out, "%s%s for %zu offer%s", out->len ? ", " : "",
				      s->slots[i].label, n, n == 1 ? "" : "s");
	}
	free(done);
}

void scoring_free(struct scoring *s)
{
	for (size_t i = 0; i < s->slot_count; i++)
		free(s->slots[i].label);
	for (size_t i = 0; i < s->map_count; i++) {
		dictionary_free(&s->maps[i].keys);
		free(s->maps[i].slots);
	}
	free(s->slots);
	free(s->maps);
	free(s->of_offer);
	expr_free(s->expr);
	*s = (struct scoring){0};
}
