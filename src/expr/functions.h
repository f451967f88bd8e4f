/* The functions every expression has.
 *
 * Adding one: a row in the table of functions.c, its line in so1-segment.1 (the
 * language's reference) and a row in tests/unit/test_expr.c; test_expr fails for a
 * function without one. */
#ifndef SO1_EXPR_FUNCTIONS_H
#define SO1_EXPR_FUNCTIONS_H

#include "expr/node.h"

struct call {
	const struct node *node;
	const struct expr_value *args; /* evaluated */
	size_t count;
	struct arena *arena;
};

struct builtin {
	const char *name;
	size_t min_args, max_args;
	bool needs_as_of; /* the parser adds the as_of column as the last argument */
	enum so1_status (*eval)(const struct call *c, struct expr_value *out, struct so1_error *e);
	/* Where eval is NULL: the evaluator's own node, which takes only the arguments it
	 * needs. */
	enum node_kind lazy;
};

/* The function of that name, or NULL. */
const struct builtin *builtin_find(struct slice name);
/* All of them, for suggestions: *count entries. */
const struct builtin *builtin_all(size_t *count);
#endif
