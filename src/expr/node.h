/* The tree that the parser builds and the evaluator walks: private to src/expr. */
#ifndef SO1_EXPR_NODE_H
#define SO1_EXPR_NODE_H

#include "expr/expr.h"

#include <regex.h>

enum node_kind {
	NODE_LITERAL, /* value */
	NODE_COLUMN,  /* column */
	NODE_MAP,     /* column, value.text is the key */
	NODE_NAMED,   /* named */
	NODE_NEGATE,  /* 1 argument */
	NODE_ARITHMETIC, NODE_COMPARE, /* operation, 2 arguments */
	NODE_AND, NODE_OR, /* 2 or more arguments */
	NODE_NOT,     /* 1 argument */
	NODE_IN,      /* the first argument is looked for among the others */
	NODE_HAS,     /* 2 arguments */
	NODE_MATCHES, /* 1 argument, regex */
	NODE_IS_UNKNOWN, /* 1 argument */
	NODE_IF, NODE_COALESCE, /* the functions; arguments */
	NODE_CALL,    /* builtin and arguments */
	NODE_CUSTOM,  /* custom and arguments */
};

enum operation {
	OPERATION_ADD, OPERATION_SUBTRACT, OPERATION_MULTIPLY, OPERATION_DIVIDE, OPERATION_REST,
	OPERATION_EQUAL, OPERATION_UNEQUAL, OPERATION_LESS, OPERATION_LESS_EQUAL,
	OPERATION_GREATER, OPERATION_GREATER_EQUAL,
};

/* A function of the tool's, with what its prepare made. */
struct custom_call {
	struct expr_function function;
	void *context;
};

struct builtin;

struct node {
	enum node_kind kind;
	enum operation operation;
	enum expr_dialect dialect;
	bool sparse;  /* NODE_MAP: an absent key is 0 */
	int depth;    /* of the tree from here, named expressions included */
	size_t column;
	struct expr_value value;
	const struct expr *named;
	const struct builtin *builtin;
	const struct custom_call *custom;
	regex_t *regex;
	struct node **args;
	size_t count;
};

struct expr_regex {
	regex_t compiled;
	struct expr_regex *next;
};

struct expr {
	struct arena arena; /* nodes and texts */
	struct node *root;
	struct expr_regex *regexes; /* in the arena, but what regcomp made is not */
	/* Rules that use rules are evaluated once a row: the results of rules with a slot
	 * are kept in an array by slot. slot is SIZE_MAX for what is not in a rule set;
	 * slots_needed is one more than the highest slot in reach. */
	size_t slot, slots_needed;
};

/* Results by slot, shared by the expressions of one rule set while on one row. */
struct expr_memo {
	struct expr_value *values;
	bool *done;
};
/* expr_eval with shared results; memo may be NULL. */
enum so1_status expr_eval_shared(const struct expr *x, const struct slice *fields,
				 struct expr_memo *memo, struct expr_value *out,
				 struct arena *a, struct so1_error *e);

#endif
