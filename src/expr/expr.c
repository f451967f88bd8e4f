#include "expr/expr.h"

#include "expr/lex.h"
#include "expr/node.h"
#include "expr/parse.h"

#include <stdio.h>
#include <stdlib.h>

enum so1_status expr_compile_where(struct expr **out, struct slice text,
				   const struct expr_scope *scope, size_t *where,
				   struct so1_error *e)
{
	struct expr *x = xcalloc(1, sizeof *x);
	size_t offset = 0;

	x->slot = SIZE_MAX;
	*out = NULL;
	/* Names and literals point into the text: keep our own. */
	enum so1_status status = parse_expression(x, arena_copy(&x->arena, text), scope, &offset, e);
	if (status != SO1_OK) {
		expr_free(x);
		*where = offset;
		return status;
	}
	*out = x;
	return SO1_OK;
}

enum so1_status expr_compile(struct expr **out, struct slice text, const struct expr_scope *scope,
			     struct so1_error *e)
{
	size_t where;
	char column[32];
	enum so1_status status = expr_compile_where(out, text, scope, &where, e);

	if (status == SO1_OK)
		return status;
	snprintf(column, sizeof column, "column %zu", lexer_column(text, where));
	return error_at(e, NULL, 0, column);
}

size_t expr_as_column(const struct expr *x)
{
	return x->root->kind == NODE_COLUMN ? x->root->column : SIZE_MAX;
}

struct visit {
	void (*visit)(void *context, size_t column);
	void *context;
	bool *seen; /* by slot: rules that share rules would be walked again and again */
};

static void visit_columns(const struct node *n, const struct visit *v)
{
	if (n->kind == NODE_COLUMN || n->kind == NODE_MAP)
		v->visit(v->context, n->column);
	if (n->kind == NODE_NAMED) {
		size_t slot = n->named->slot;
		if (slot == SIZE_MAX || !v->seen[slot])
			visit_columns(n->named->root, v);
		if (slot != SIZE_MAX)
			v->seen[slot] = true;
	}
	for (size_t i = 0; i < n->count; i++)
		visit_columns(n->args[i], v);
}

void expr_columns(const struct expr *x, void (*visit)(void *context, size_t column), void *context)
{
	struct visit v = {visit, context, xcalloc(x->slots_needed + 1, sizeof *v.seen)};

	visit_columns(x->root, &v);
	free(v.seen);
}

void expr_free(struct expr *x)
{
	if (x == NULL)
		return;
	for (struct expr_regex *r = x->regexes; r; r = r->next)
		regfree(&r->compiled);
	arena_free(&x->arena);
	free(x);
}
