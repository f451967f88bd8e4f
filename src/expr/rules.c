#include "expr/rules.h"

#include "base/table.h"
#include "expr/lex.h"
#include "expr/node.h"
#include "expr/rulefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_LARGEST = 16 << 20 };

struct rule {
	const char *file; /* in the arena */
	struct rule_lines lines;
	struct expr *expr;
	uint32_t *uses; /* rules it names, once each */
	size_t use_count, use_cap;
};

struct rule_set {
	struct arena arena;
	struct rule *items;
	struct expr_named *named;
	size_t count, cap;
	struct dictionary names; /* id = index of the rule */
};

struct rule_set *rules_new(void)
{
	return xcalloc(1, sizeof(struct rule_set));
}

/* Reading. */

struct taking {
	struct rule_set *set;
	const char *file;
};

static enum so1_status take_rule(void *context, struct rule_lines *lines, struct so1_error *e)
{
	struct taking *t = context;
	struct rule_set *set = t->set;
	char column[32];
	bool added;
	uint32_t id = dictionary_add(&set->names, lines->name, &added);

	if (!added) {
		const struct rule *first = &set->items[id];
		snprintf(column, sizeof column, "column %zu", lines->name_column);
		error_set(e, SO1_USAGE, "there is a rule of this name already (%s:%llu)", first->file,
			  (unsigned long long)first->lines.line);
		error_value(e, lines->name);
		error_at(e, t->file, lines->line, column);
		rule_lines_free(lines);
		return SO1_USAGE;
	}
	GROW(set->items, set->cap, set->count + 1);
	set->items[set->count++] = (struct rule){.file = t->file, .lines = *lines};
	return SO1_OK;
}

enum so1_status rules_add_text(struct rule_set *set, const char *file, struct slice text,
			       struct so1_error *e)
{
	struct taking t = {set, arena_copy(&set->arena, slice_of(file)).ptr};

	return rulefile_read(t.file, text, &set->arena, take_rule, &t, e);
}

enum so1_status rules_add_file(struct rule_set *set, const char *file, struct so1_error *e)
{
	struct buffer bytes = {0};
	char chunk[16384];
	size_t n;
	enum so1_status status = SO1_OK;

	FILE *f = fopen(file, "rb");
	if (f == NULL)
		return error_set_errno(e, file, "cannot open");
	while (bytes.len <= FILE_LARGEST && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buffer_put(&bytes, chunk, n);
	if (ferror(f)) {
		status = error_set_errno(e, file, "cannot read");
	} else if (bytes.len > FILE_LARGEST) {
		error_set(e, SO1_USAGE, "a rule file of more than %d MiB", FILE_LARGEST >> 20);
		status = error_at(e, file, 0, NULL);
	}
	fclose(f);
	if (status == SO1_OK)
		status = rules_add_text(set, file, buffer_slice(&bytes), e);
	buffer_free(&bytes);
	return status;
}

enum so1_status rules_error_at(const struct rule_set *set, size_t i, size_t where,
			       struct so1_error *e)
{
	const struct rule *rule = &set->items[i];
	const struct rule_stretch *s = rule->lines.stretches;
	char column[32];

	for (size_t k = 1; k < rule->lines.stretch_count; k++)
		if (rule->lines.stretches[k].offset <= where)
			s = &rule->lines.stretches[k];
	struct slice text = buffer_slice(&rule->lines.text);
	size_t skipped = lexer_column(slice_make(text.ptr + s->offset, text.len - s->offset),
				      where - s->offset);
	snprintf(column, sizeof column, "column %zu", s->column + skipped - 1);
	return error_at(e, rule->file, s->line, column);
}

/* Order: a rule is compiled after those it uses. */

static void add_use(struct rule *rule, uint32_t id)
{
	for (size_t i = 0; i < rule->use_count; i++)
		if (rule->uses[i] == id)
			return;
	GROW(rule->uses, rule->use_cap, rule->use_count + 1);
	rule->uses[rule->use_count++] = id;
}

/* The rules whose names stand in the rule's text as values. What cannot be read is left
 * for the compiler to report. */
static void find_uses(const struct rule_set *set, struct rule *rule)
{
	struct arena scratch = {0};
	struct so1_error ignored;
	struct lexer l;
	enum so1_status status = lexer_start(&l, EXPR_RULE, buffer_slice(&rule->lines.text),
					     &scratch, &ignored);

	while (status == SO1_OK && l.token.kind != TOKEN_END) {
		struct token t = l.token;
		struct slice key;
		if (t.kind == TOKEN_SYMBOL && t.symbol == SYMBOL_BRACKET)
			status = lexer_key(&l, &key, &ignored);
		else
			status = lexer_next(&l, &ignored);
		uint32_t id = t.kind == TOKEN_WORD ? dictionary_find(&set->names, t.text)
						   : DICTIONARY_NONE;
		bool other = status == SO1_OK && l.token.kind == TOKEN_SYMBOL &&
			     (l.token.symbol == SYMBOL_OPEN || l.token.symbol == SYMBOL_BRACKET);
		if (id != DICTIONARY_NONE && !other)
			add_use(rule, id);
	}
	arena_free(&scratch);
}

/* Names a circle among the rules that no order could take in. */
static enum so1_status fail_circle(const struct rule_set *set, const bool *ordered,
				   struct so1_error *e)
{
	bool *seen = xcalloc(set->count, sizeof *seen);
	struct buffer path = {0};
	size_t at = 0;

	while (ordered[at])
		at++;
	/* Every rule left uses another one left, so walking on comes to a circle. */
	for (int round = 0; round < 2; round++) {
		size_t start = at;
		memset(seen, 0, set->count * sizeof *seen);
		do {
			seen[at] = true;
			if (round == 1)
				buffer_printf(&path, "%.*s, ", SLICE_ARGS(set->items[at].lines.name));
			const struct rule *rule = &set->items[at];
			for (size_t k = 0; k < rule->use_count; k++)
				if (!ordered[rule->uses[k]]) {
					at = rule->uses[k];
					break;
				}
		} while (!seen[at]);
		if (round == 1)
			at = start;
	}
	buffer_put_slice(&path, set->items[at].lines.name);
	error_set(e, SO1_USAGE, "rule uses itself");
	error_value(e, buffer_slice(&path));
	char column[32];
	snprintf(column, sizeof column, "column %zu", set->items[at].lines.name_column);
	error_at(e, set->items[at].file, set->items[at].lines.line, column);
	free(seen);
	buffer_free(&path);
	return SO1_USAGE;
}

/* order: the indices of all rules, used ones first, otherwise as in the files. */
static enum so1_status find_order(const struct rule_set *set, size_t *order, struct so1_error *e)
{
	bool *ordered = xcalloc(set->count + 1, sizeof *ordered);
	size_t count = 0, before;
	enum so1_status status = SO1_OK;

	do {
		before = count;
		for (size_t i = 0; i < set->count; i++) {
			bool ready = !ordered[i];
			for (size_t k = 0; ready && k < set->items[i].use_count; k++)
				ready = ordered[set->items[i].uses[k]];
			if (ready) {
				ordered[i] = true;
				order[count++] = i;
			}
		}
	} while (count > before && count < set->count);
	if (count < set->count)
		status = fail_circle(set, ordered, e);
	free(ordered);
	return status;
}

/* Compiling. */

static enum so1_status check_columns(const struct rule_set *set, const struct expr_scope *scope,
				     struct so1_error *e)
{
	for (size_t c = 0; c < scope->column_count; c++) {
		uint32_t id = dictionary_find(&set->names, scope->columns[c]);
		if (id == DICTIONARY_NONE)
			continue;
		const struct rule_lines *lines = &set->items[id].lines;
		char column[32];
		snprintf(column, sizeof column, "column %zu", lines->name_column);
		error_set(e, SO1_USAGE, "a rule cannot have the name of a column");
		error_value(e, lines->name);
		return error_at(e, set->items[id].file, lines->line, column);
	}
	return SO1_OK;
}

static enum so1_status compile(struct rule_set *set, size_t i, const struct expr_scope *scope,
			       struct so1_error *e)
{
	struct rule *rule = &set->items[i];
	size_t where = 0;

	if (expr_compile_where(&rule->expr, buffer_slice(&rule->lines.text), scope, &where, e))
		return rules_error_at(set, i, where, e);
	rule->expr->slot = i;
	set->named[i].expr = rule->expr;
	return SO1_OK;
}

enum so1_status rules_bind(struct rule_set *set, const struct expr_scope *scope,
			   struct so1_error *e)
{
	struct expr_scope own = *scope;
	size_t *order = xmalloc((set->count + 1) * sizeof *order);

	set->named = xcalloc(set->count + 1, sizeof *set->named);
	for (size_t i = 0; i < set->count; i++) {
		set->named[i].name = set->items[i].lines.name;
		find_uses(set, &set->items[i]);
	}
	own.dialect = EXPR_RULE;
	own.named = set->named;
	own.named_count = set->count;
	enum so1_status status = check_columns(set, scope, e);
	if (status == SO1_OK)
		status = find_order(set, order, e);
	for (size_t i = 0; i < set->count && status == SO1_OK; i++)
		status = compile(set, order[i], &own, e);
	free(order);
	return status;
}

size_t rules_count(const struct rule_set *set)
{
	return set->count;
}

struct slice rules_name(const struct rule_set *set, size_t i)
{
	return set->items[i].lines.name;
}

struct slice rules_text(const struct rule_set *set, size_t i)
{
	return buffer_slice(&set->items[i].lines.text);
}

const struct expr *rules_expr(const struct rule_set *set, size_t i)
{
	return set->items[i].expr;
}

const struct expr_named *rules_named(const struct rule_set *set)
{
	return set->named;
}

enum so1_status rules_eval(const struct rule_set *set, const struct slice *fields,
			   struct expr_value *values, struct arena *a, struct so1_error *e)
{
	struct expr_memo memo = {.values = values,
				 .done = arena_alloc(a, (set->count + 1) * sizeof *memo.done)};

	memset(memo.done, 0, set->count * sizeof *memo.done);
	for (size_t i = 0; i < set->count; i++) {
		if (memo.done[i])
			continue;
		enum so1_status status =
			expr_eval_shared(set->items[i].expr, fields, &memo, &values[i], a, e);
		if (status != SO1_OK)
			return status;
		memo.done[i] = true;
	}
	return SO1_OK;
}

void rules_free(struct rule_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++) {
		rule_lines_free(&set->items[i].lines);
		expr_free(set->items[i].expr);
		free(set->items[i].uses);
	}
	free(set->items);
	free(set->named);
	dictionary_free(&set->names);
	arena_free(&set->arena);
	free(set);
}
