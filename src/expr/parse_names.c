#include "expr/parse_private.h"

#include "base/table.h"
#include "expr/functions.h"
#include "expr/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_SHOWN = 80 }; /* bytes of a name in a message */

struct node *parse_fail_here(struct parser *p)
{
	p->where = p->lexer.token.offset;
	return NULL;
}

struct node *parse_fail(struct parser *p, size_t offset, const char *format, ...)
{
	char reason[512];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof reason, format, args);
	va_end(args);
	/* A name in backquotes may hold anything. */
	for (char *c = reason; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	error_set(p->error, SO1_USAGE, "%s", reason);
	p->where = offset;
	return NULL;
}

static int shown(struct slice s)
{
	return s.len > NAME_SHOWN ? NAME_SHOWN : (int)s.len;
}

struct node *parse_fail_expected(struct parser *p, const char *what)
{
	struct token *t = &p->lexer.token;

	if (t->kind == TOKEN_END)
		error_set(p->error, SO1_USAGE, "%s expected at the end", what);
	else {
		size_t len = p->lexer.at - t->offset;
		error_set(p->error, SO1_USAGE, "%s expected before", what);
		error_value(p->error, slice_make(p->lexer.source.ptr + t->offset, len));
	}
	return parse_fail_here(p);
}

/* "no KIND 'name'", with the nearest of names where one is near. */
static struct node *fail_unknown(struct parser *p, size_t offset, const char *kind, struct slice name,
				 const struct slice *names, size_t count, const char *otherwise)
{
	struct slice nearest = nearest_name(name, names, count);

	if (nearest.len)
		return parse_fail(p, offset, "no %s '%.*s'; did you mean '%.*s'?", kind, shown(name),
			       name.ptr, shown(nearest), nearest.ptr);
	return parse_fail(p, offset, "no %s '%.*s'%s", kind, shown(name), name.ptr, otherwise);
}

bool parse_advance(struct parser *p)
{
	if (lexer_next(&p->lexer, p->error) == SO1_OK)
		return true;
	parse_fail_here(p);
	return false;
}

/* Keywords are written all small or all large. */
bool parse_at_keyword(const struct parser *p, const char *word)
{
	const struct token *t = &p->lexer.token;
	bool small = false, large = false;

	if (t->kind != TOKEN_WORD || !slice_equal_nocase(t->text, slice_of(word)))
		return false;
	for (size_t i = 0; i < t->text.len; i++) {
		small = small || t->text.ptr[i] >= 'a';
		large = large || t->text.ptr[i] < 'a';
	}
	return small != large;
}

bool parse_at_symbol(const struct parser *p, enum symbol symbol)
{
	return p->lexer.token.kind == TOKEN_SYMBOL && p->lexer.token.symbol == symbol;
}

bool parse_expect(struct parser *p, enum symbol symbol, const char *what)
{
	if (!parse_at_symbol(p, symbol)) {
		parse_fail_expected(p, what);
		return false;
	}
	return parse_advance(p);
}

/* Nodes. */

struct node *node_new(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(&p->expr->arena, sizeof *n);

	*n = (struct node){.kind = kind, .depth = 1, .dialect = p->scope->dialect};
	return n;
}

void arguments_add(struct arguments *args, struct node *n)
{
	GROW(args->items, args->cap, args->count + 1);
	args->items[args->count++] = n;
}

struct node *node_set_arguments(struct parser *p, struct node *n, struct arguments *args)
{
	n->count = args->count;
	n->args = arena_alloc(&p->expr->arena, (args->count ? args->count : 1) * sizeof *n->args);
	for (size_t i = 0; i < args->count; i++) {
		n->args[i] = args->items[i];
		if (n->args[i]->depth >= n->depth)
			n->depth = n->args[i]->depth + 1;
	}
	free(args->items);
	*args = (struct arguments){0};
	if (n->depth > TREE_DEEPEST)
		return parse_fail(p, p->lexer.token.offset, "too deeply nested");
	return n;
}

struct node *node_unary(struct parser *p, enum node_kind kind, struct node *a)
{
	struct arguments args = {0};

	arguments_add(&args, a);
	return node_set_arguments(p, node_new(p, kind), &args);
}

struct node *node_binary(struct parser *p, enum node_kind kind, enum operation operation,
			   struct node *a, struct node *b)
{
	struct arguments args = {0};
	struct node *n = node_new(p, kind);

	n->operation = operation;
	arguments_add(&args, a);
	arguments_add(&args, b);
	return node_set_arguments(p, n, &args);
}

struct node *node_negated_if(struct parser *p, bool negated, struct node *n)
{
	return n && negated ? node_unary(p, NODE_NOT, n) : n;
}

/* Names. */

size_t parse_find_column(const struct parser *p, struct slice name)
{
	for (size_t i = 0; i < p->scope->column_count; i++)
		if (slice_equal(p->scope->columns[i], name))
			return i;
	return p->scope->any_column ? 0 : SIZE_MAX;
}

static const struct expr_named *find_named(const struct parser *p, struct slice name)
{
	for (size_t i = 0; i < p->scope->named_count; i++)
		if (slice_equal(p->scope->named[i].name, name))
			return &p->scope->named[i];
	return NULL;
}

static struct node *fail_no_column(struct parser *p, size_t offset, struct slice name)
{
	const struct expr_scope *s = p->scope;
	size_t count = 0;
	struct slice *names = xmalloc((s->column_count + s->named_count + 1) * sizeof *names);

	for (size_t i = 0; i < s->column_count; i++)
		names[count++] = s->columns[i];
	for (size_t i = 0; i < s->named_count; i++)
		names[count++] = s->named[i].name;
	fail_unknown(p, offset, "column", name, names, count, " (text goes in quotes)");
	free(names);
	return NULL;
}

struct node *node_column(struct parser *p, size_t column)
{
	struct node *n = node_new(p, NODE_COLUMN);

	n->column = column;
	return n;
}

static struct node *named_node(struct parser *p, const struct expr *named)
{
	struct node *n = node_new(p, NODE_NAMED);

	n->named = named;
	n->depth = named->root->depth + 1;
	if (named->slots_needed > p->expr->slots_needed)
		p->expr->slots_needed = named->slots_needed;
	if (named->slot != SIZE_MAX && named->slot >= p->expr->slots_needed)
		p->expr->slots_needed = named->slot + 1;
	if (n->depth > TREE_DEEPEST)
		return parse_fail(p, p->lexer.token.offset, "too deeply nested");
	return n;
}

struct node *node_literal(struct parser *p, struct expr_value value)
{
	struct node *n = node_new(p, NODE_LITERAL);

	n->value = value;
	return n;
}

/* Counts by something (orders_by_category) are sparse: no key is none. But nobody was
 * last seen 0 days ago because there is no such day. */
static bool is_sparse(struct slice column)
{
	static const struct slice by = {"_by_", 4}, recency = {"recency_by_", 11};

	if (slice_starts_with(column, recency))
		return false;
	for (size_t i = 1; i + by.len < column.len; i++)
		if (memcmp(column.ptr + i, by.ptr, by.len) == 0)
			return true;
	return false;
}

struct node *parse_name(struct parser *p)
{
	struct token name = p->lexer.token;
	const struct expr_named *named;

	if (!parse_advance(p))
		return NULL;
	size_t column = parse_find_column(p, name.text);
	if (parse_at_symbol(p, SYMBOL_BRACKET)) {
		struct node *n = node_new(p, NODE_MAP);
		if (column == SIZE_MAX)
			return fail_no_column(p, name.offset, name.text);
		n->column = column;
		n->sparse = is_sparse(name.text);
		if (lexer_key(&p->lexer, &n->value.text, p->error) != SO1_OK)
			return parse_fail_here(p);
		return n;
	}
	/* Rule sets refuse rules with the name of a column, so the order matters little. */
	if (name.kind == TOKEN_WORD && (named = find_named(p, name.text)) != NULL && named->expr)
		return named_node(p, named->expr);
	if (column == SIZE_MAX)
		return fail_no_column(p, name.offset, name.text);
	return node_column(p, column);
}

/* Functions. */

static const struct expr_function *find_custom(const struct parser *p, struct slice name)
{
	for (size_t i = 0; i < p->scope->function_count; i++)
		if (slice_is(name, p->scope->functions[i].name))
			return &p->scope->functions[i];
	return NULL;
}

static struct node *fail_no_function(struct parser *p, const struct token *name)
{
	size_t builtins, count = 0;
	const struct builtin *table = builtin_all(&builtins);
	struct slice *names = xmalloc((builtins + p->scope->function_count) * sizeof *names);

	for (size_t i = 0; i < builtins; i++)
		names[count++] = slice_of(table[i].name);
	for (size_t i = 0; i < p->scope->function_count; i++)
		names[count++] = slice_of(p->scope->functions[i].name);
	fail_unknown(p, name->offset, "function", name->text, names, count, "");
	free(names);
	return NULL;
}

/* With file_words a bare word that is no column is text (keywords.csv). */
static struct node *parse_argument(struct parser *p, bool file_words)
{
	struct token t = p->lexer.token;

	if (file_words && t.kind == TOKEN_WORD && parse_find_column(p, t.text) == SIZE_MAX &&
	    find_named(p, t.text) == NULL && !parse_at_keyword(p, "not")) {
		struct lexer ahead = p->lexer;
		if (lexer_next(&ahead, p->error) == SO1_OK && ahead.token.kind == TOKEN_SYMBOL &&
		    (ahead.token.symbol == SYMBOL_COMMA || ahead.token.symbol == SYMBOL_CLOSE)) {
			p->lexer = ahead;
			return node_literal(p, value_text(t.text));
		}
	}
	return parse_or(p);
}

/* "(" [argument {"," argument}] ")" with the "(" as the current token. */
static bool parse_arguments(struct parser *p, bool file_words, struct arguments *args)
{
	if (!parse_advance(p))
		return false;
	while (args->count > 0 || !parse_at_symbol(p, SYMBOL_CLOSE)) {
		struct node *n = parse_argument(p, file_words);
		if (n == NULL)
			return false;
		arguments_add(args, n);
		if (parse_at_symbol(p, SYMBOL_CLOSE))
			break;
		if (!parse_expect(p, SYMBOL_COMMA, "',' or ')'"))
			return false;
	}
	return parse_advance(p);
}

static bool check_count(struct parser *p, const struct token *name, size_t count, size_t least,
			size_t most)
{
	if (count >= least && count <= most)
		return true;
	const char *s = (count < least ? least : most) == 1 ? "" : "s";
	if (least == most)
		parse_fail(p, name->offset, "%.*s takes %zu argument%s, not %zu", shown(name->text),
			name->text.ptr, least, s, count);
	else
		parse_fail(p, name->offset, "%.*s takes at %s %zu argument%s, not %zu",
			shown(name->text), name->text.ptr, count < least ? "least" : "most",
			count < least ? least : most, s, count);
	return false;
}

static struct node *builtin_node(struct parser *p, const struct token *name,
				 const struct builtin *b, struct arguments *args)
{
	struct node *n = node_new(p, b->eval ? NODE_CALL : b->lazy);

	n->builtin = b;
	if (b->needs_as_of) {
		size_t as_of = parse_find_column(p, SLICE("as_of"));
		if (as_of == SIZE_MAX)
			return parse_fail(p, name->offset,
				       "%s counts to the column 'as_of', which is not there; pipe "
				       "through so1-profile or use days_between(column, '2026-11-01')",
				       b->name);
		arguments_add(args, node_column(p, as_of));
	}
	return node_set_arguments(p, n, args);
}

static struct node *custom_node(struct parser *p, const struct token *name,
				const struct expr_function *f, struct arguments *args)
{
	struct node *n = node_new(p, NODE_CUSTOM);
	struct custom_call *call = arena_alloc(&p->expr->arena, sizeof *call);

	*call = (struct custom_call){.function = *f};
	n->custom = call;
	if (f->prepare) {
		struct slice *texts = arena_alloc(&p->expr->arena,
						  (args->count + 1) * sizeof *texts);
		for (size_t i = 0; i < args->count; i++) {
			const struct node *a = args->items[i];
			texts[i] = a->kind == NODE_LITERAL && a->value.type != EXPR_UNKNOWN
					   ? expr_value_text(&a->value, &p->expr->arena)
					   : slice_make(NULL, 0);
		}
		if (f->prepare(f->registry, texts, args->count, &call->context, p->error) != SO1_OK) {
			p->where = name->offset;
			return NULL;
		}
	}
	return node_set_arguments(p, n, args);
}

struct node *parse_call(struct parser *p, const struct token *name)
{
	const struct expr_function *custom = find_custom(p, name->text);
	const struct builtin *b = builtin_find(name->text);
	struct arguments args = {0};
	struct node *n = NULL;

	if (custom == NULL && b == NULL)
		return fail_no_function(p, name);
	if (parse_arguments(p, custom && custom->prepare, &args) &&
	    check_count(p, name, args.count, custom ? custom->min_args : b->min_args,
			custom ? custom->max_args : b->max_args))
		n = custom ? custom_node(p, name, custom, &args) : builtin_node(p, name, b, &args);
	free(args.items);
	return n;
}
