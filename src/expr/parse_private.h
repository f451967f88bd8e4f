/* What the grammar (parse.c) and the names in it (parse_names.c) share. Private to these
 * two. Functions that fail have filled p->error and p->where and give NULL or false. */
#ifndef SO1_EXPR_PARSE_PRIVATE_H
#define SO1_EXPR_PARSE_PRIVATE_H

#include "expr/lex.h"
#include "expr/node.h"

enum {
	NESTING_DEEPEST = 200, /* parentheses: bounds the parser's stack */
	TREE_DEEPEST = 1000,   /* nodes on a path, named expressions included: the evaluator's */
};

struct parser {
	struct lexer lexer;
	const struct expr_scope *scope;
	struct expr *expr;
	struct so1_error *error;
	size_t where; /* offset of what is wrong */
	int nesting;
};

/* Arguments while they are read; the node gets a copy in the arena. */
struct arguments {
	struct node **items;
	size_t count, cap;
};

struct node *parse_fail(struct parser *p, size_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* At the current token, with what p->error says already. */
struct node *parse_fail_here(struct parser *p);
/* "WHAT expected before 'token'" */
struct node *parse_fail_expected(struct parser *p, const char *what);

bool parse_advance(struct parser *p);
bool parse_at_keyword(const struct parser *p, const char *word);
bool parse_at_symbol(const struct parser *p, enum symbol symbol);
/* Takes a symbol that must be there; `what` names it. */
bool parse_expect(struct parser *p, enum symbol symbol, const char *what);

struct node *node_new(struct parser *p, enum node_kind kind);
struct node *node_literal(struct parser *p, struct expr_value value);
struct node *node_column(struct parser *p, size_t column);
struct node *node_unary(struct parser *p, enum node_kind kind, struct node *a);
struct node *node_binary(struct parser *p, enum node_kind kind, enum operation operation,
			 struct node *a, struct node *b);
/* "not" around n where negated. */
struct node *node_negated_if(struct parser *p, bool negated, struct node *n);
void arguments_add(struct arguments *args, struct node *n);
/* Gives n its arguments; NULL when the tree becomes too deep. Frees args. */
struct node *node_set_arguments(struct parser *p, struct node *n, struct arguments *args);

/* SIZE_MAX when there is none. */
size_t parse_find_column(const struct parser *p, struct slice name);
/* A column, a map cell's key or a named expression; the name is the current token. */
struct node *parse_name(struct parser *p);
/* A function called `name`; the current token is the "(" behind it. */
struct node *parse_call(struct parser *p, const struct token *name);
/* The whole grammar (parse.c). */
struct node *parse_or(struct parser *p);

#endif
