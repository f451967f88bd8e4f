#include "ingest/recipe.h"

#include "base/table.h"
#include "ingest/functions.h"
#include "ingest/normal_country.h"
#include "ingest/normal_word.h"
#include "ingest/text.h"

#include <stdio.h>
#include <stdlib.h>

static enum so1_status setting_error(const struct recipe *p, enum map_setting s, const char *name,
				     struct so1_error *e)
{
	return error_at(e, p->map->file, p->map->settings[s].line, name);
}

static enum so1_status set_delimiter(const struct recipe *p, char *delimiter, struct so1_error *e)
{
	struct slice s = p->map->settings[SETTING_DELIMITER].text;

	*delimiter = '\0';
	if (s.len == 0)
		return SO1_OK;
	if (s.len == 1 && s.ptr[0] != '"')
		*delimiter = s.ptr[0];
	else if (slice_is(s, "tab") || slice_is(s, "\\t"))
		*delimiter = '\t';
	else if (slice_is(s, "comma"))
		*delimiter = ',';
	else if (slice_is(s, "semicolon"))
		*delimiter = ';';
	else if (slice_is(s, "pipe"))
		*delimiter = '|';
	if (*delimiter != '\0')
		return SO1_OK;
	error_set(e, SO1_USAGE, "no delimiter (one character, or tab)");
	error_value(e, s);
	return setting_error(p, SETTING_DELIMITER, "delimiter", e);
}

static enum so1_status set_decimal(struct recipe *p, struct so1_error *e)
{
	struct slice s = p->map->settings[SETTING_DECIMAL].text;

	p->decimal = DECIMAL_AUTO;
	if (s.len == 0 || slice_is(s, "auto"))
		return SO1_OK;
	if (slice_is(s, ",") || slice_is(s, "comma")) {
		p->decimal = DECIMAL_COMMA;
	} else if (slice_is(s, ".") || slice_is(s, "point")) {
		p->decimal = DECIMAL_POINT;
	} else {
		error_set(e, SO1_USAGE, "no decimal sign (, or . or auto)");
		error_value(e, s);
		return setting_error(p, SETTING_DECIMAL, "decimal", e);
	}
	return SO1_OK;
}

static enum so1_status set_dates(struct recipe *p, struct so1_error *e)
{
	const struct timezone_rules *zone = NULL;
	struct slice name = p->map->settings[SETTING_TIMEZONE].text;
	struct slice dates = p->map->settings[SETTING_DATES].text;

	if (name.len > 0) {
		struct slice z = arena_copy(&p->text, name);
		if (timezone_load(z.ptr, &zone, e) != SO1_OK)
			return setting_error(p, SETTING_TIMEZONE, "timezone", e);
	}
	if (date_style_parse(&p->dates, dates.len ? dates : SLICE("iso"), zone, &p->text, e) !=
	    SO1_OK)
		return setting_error(p, SETTING_DATES, "dates", e);
	return SO1_OK;
}

enum so1_status recipe_settings(struct recipe *p, const struct map *m, char *delimiter,
			      struct so1_error *e)
{
	p->map = m;
	if (set_delimiter(p, delimiter, e) != SO1_OK || set_decimal(p, e) != SO1_OK ||
	    set_dates(p, e) != SO1_OK)
		return e->status;
	p->network = m->settings[SETTING_NETWORK].text;
	if (decoder_open(&p->decoder, m->settings[SETTING_ENCODING].text, e) != SO1_OK)
		return setting_error(p, SETTING_ENCODING, "encoding", e);
	return SO1_OK;
}

static enum so1_status decode_header(struct recipe *p, const struct header *raw, const char *file,
				     struct so1_error *e)
{
	struct decoding own = {.open = false};

	for (size_t i = 0; i < raw->count; i++) {
		struct slice name;
		if (!decoder_decode(&p->decoder, &own, raw->names[i], &p->text, &name)) {
			decoding_close(&own);
			error_set(e, SO1_FAILED, "column name is not %s", p->decoder.name);
			error_at(e, file, 1, NULL);
			return error_value(e, raw->names[i]);
		}
		header_add(&p->header, name);
	}
	decoding_close(&own);
	return SO1_OK;
}

/* Places an expression's error in the map: "column 9" counts from the line's start, and the
 * file that lacks a column is named. */
static enum so1_status line_error(const struct recipe *p, const struct map_line *line,
				  struct so1_error *e)
{
	size_t at;

	if (sscanf(e->column, "column %zu", &at) == 1)
		snprintf(e->column, sizeof e->column, "column %zu", at + line->position - 1);
	return error_at(e, p->map->file, line->line, NULL);
}

static void note_nothing(void *context, size_t column)
{
	(void)column;
	*(bool *)context = true;
}

/* Compiles a line's expression; what reads no column is computed once. */
static enum so1_status bind_value(struct recipe *p, const struct map_line *line,
				  struct recipe_value *value, struct so1_error *e)
{
	struct expr_function functions[INGEST_FUNCTIONS];
	struct expr_scope scope = {
		.dialect = EXPR_MAP,
		.columns = p->header.names,
		.column_count = p->header.count,
		.functions = functions,
		.function_count = INGEST_FUNCTIONS,
	};
	bool reads = false;

	functions_describe(functions, p);
	if (expr_compile(&value->expr, line->text, &scope, e) != SO1_OK)
		return line_error(p, line, e);
	value->kind = RECIPE_EXPRESSION;
	value->field = expr_as_column(value->expr);
	if (value->field != SIZE_MAX) {
		value->kind = RECIPE_FIELD;
		return SO1_OK;
	}
	expr_columns(value->expr, note_nothing, &reads);
	if (reads)
		return SO1_OK;
	struct expr_value constant;
	if (expr_eval(value->expr, NULL, &constant, &p->text, e) != SO1_OK)
		return line_error(p, line, e);
	value->kind = RECIPE_CONSTANT;
	value->constant = arena_copy(&p->text, expr_value_text(&constant, &p->text));
	return SO1_OK;
}

/* A word without anything the grammar of expressions would want. */
static bool is_plain_word(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (!byte_is_alpha(c) && !byte_is_digit(c) && !(c & 0x80) && c != ' ' && c != '_' &&
		    c != '-' && c != '.')
			return false;
	}
	return s.len > 0;
}

static enum so1_status take_default(struct recipe *p, const struct map_line *line,
				    enum touchpoint_column c, struct so1_error *e)
{
	struct slice *slot = &p->defaults[c];
	enum verdict v = VERDICT_OK;

	if (slot->len > 0) {
		error_set(e, SO1_USAGE, "set before");
		error_value(e, line->name);
		return error_at(e, p->map->file, line->line, NULL);
	}
	if (c == T_COUNTRY)
		v = normal_country(line->text, &p->text, slot);
	else if (c == T_CURRENCY)
		v = normal_currency(line->text, &p->text, slot);
	else if (c == T_LANGUAGE)
		v = normal_language(line->text, &p->text, slot);
	else
		*slot = line->text;
	if (v == VERDICT_OK)
		return SO1_OK;
	struct slice nearest = nearest_name(line->text, p->header.names, p->header.count);
	error_set(e, SO1_USAGE, "neither a %.*s nor a column of the file%s%.*s%s",
		  SLICE_ARGS(line->name), nearest.len ? " (did you mean '" : "",
		  SLICE_ARGS(nearest), nearest.len ? "'?)" : "");
	error_value(e, line->text);
	return error_at(e, p->map->file, line->line, NULL);
}

static enum so1_status bind_attr(struct recipe *p, const struct map_line *line, struct so1_error *e)
{
	struct recipe_attr attr = {.key = SLICE("")};

	if (line->name.len > 6)
		attr.key = slice_make(line->name.ptr + 6, line->name.len - 6);
	if (bind_value(p, line, &attr.value, e) != SO1_OK) {
		expr_free(attr.value.expr);
		return e->status;
	}
	GROW(p->attrs, p->attr_cap, p->attr_count + 1);
	p->attrs[p->attr_count++] = attr;
	return SO1_OK;
}

static enum so1_status bind_tags(struct recipe *p, const struct map_line *line, struct so1_error *e)
{
	GROW(p->tags, p->tag_cap, p->tag_count + 1);
	p->tags[p->tag_count] = (struct recipe_value){.kind = RECIPE_NOTHING};
	return bind_value(p, line, &p->tags[p->tag_count++], e);
}

static enum so1_status bind_line(struct recipe *p, const struct map_line *line, struct so1_error *e)
{
	if (slice_starts_with(line->name, SLICE("attrs")))
		return bind_attr(p, line, e);
	if (slice_is(line->name, "tags"))
		return bind_tags(p, line, e);
	enum touchpoint_column c = touchpoint_column_of(line->name);
	if (map_is_dual(line->name) && is_plain_word(line->text) &&
	    header_find(&p->header, line->text) == COLUMN_NONE)
		return take_default(p, line, c, e);
	if (p->columns[c].kind != RECIPE_NOTHING) {
		error_set(e, SO1_USAGE, "mapped before");
		error_value(e, line->name);
		return error_at(e, p->map->file, line->line, NULL);
	}
	return bind_value(p, line, &p->columns[c], e);
}

static void set_missing(struct recipe *p)
{
	if (p->columns[T_SOURCE].kind == RECIPE_NOTHING && p->defaults[T_SOURCE].len == 0) {
		struct slice name = slice_of(p->map->file + strlen(p->map->directory));
		if (name.len > 4 && slice_is(slice_make(name.ptr + name.len - 4, 4), ".map"))
			name.len -= 4;
		p->defaults[T_SOURCE] = name;
	}
	if (p->columns[T_EVENT].kind == RECIPE_NOTHING)
		p->columns[T_EVENT] = (struct recipe_value){
			.kind = RECIPE_CONSTANT, .constant = SLICE("contact"),
		};
}

static int compare_attrs(const void *a, const void *b)
{
	const struct recipe_attr *x = a, *y = b;

	return slice_compare(x->key, y->key);
}

struct use {
	struct recipe *p;
	bool *seen;
};

static void note_use(void *context, size_t column)
{
	struct use *use = context;

	if (!use->seen[column])
		use->p->used[use->p->used_count++] = column;
	use->seen[column] = true;
}

static void use_value(struct use *use, const struct recipe_value *v)
{
	if (v->kind == RECIPE_FIELD)
		note_use(use, v->field);
	else if (v->kind == RECIPE_EXPRESSION)
		expr_columns(v->expr, note_use, use);
}

static void find_used(struct recipe *p)
{
	struct use use = {p, xcalloc(p->header.count, sizeof(bool))};

	p->used = xcalloc(p->header.count, sizeof *p->used);
	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++)
		use_value(&use, &p->columns[c]);
	for (size_t i = 0; i < p->tag_count; i++)
		use_value(&use, &p->tags[i]);
	for (size_t i = 0; i < p->attr_count; i++)
		use_value(&use, &p->attrs[i].value);
	free(use.seen);
}

enum so1_status recipe_bind(struct recipe *p, const struct header *header, const char *file,
			  struct so1_error *e)
{
	if (decode_header(p, header, file, e) != SO1_OK)
		return e->status;
	for (size_t i = 0; i < p->map->count; i++)
		if (bind_line(p, &p->map->lines[i], e) != SO1_OK)
			return e->status;
	set_missing(p);
	if (p->attr_count > 1)
		qsort(p->attrs, p->attr_count, sizeof *p->attrs, compare_attrs);
	find_used(p);
	return SO1_OK;
}

void recipe_free(struct recipe *p)
{
	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++)
		expr_free(p->columns[c].expr);
	for (size_t i = 0; i < p->tag_count; i++)
		expr_free(p->tags[i].expr);
	for (size_t i = 0; i < p->attr_count; i++)
		expr_free(p->attrs[i].value.expr);
	for (size_t i = 0; i < p->list_count; i++)
		keywords_free(p->lists[i].list);
	free(p->tags);
	free(p->attrs);
	free(p->lists);
	free(p->used);
	header_free(&p->header);
	arena_free(&p->text);
	*p = (struct recipe){0};
}
