#include "expr/parse.h"

#include "expr/parse_private.h"
#include "expr/regex.h"
#include "expr/value.h"

#include <stdlib.h>

static struct node *parse_sum(struct parser *p);

/* The grammar, from the leaves up. */

static struct node *parse_word(struct parser *p)
{
	static const char *const operators[] = {"and", "or", "not", "in", "has", "matches", "is"};
	struct token word = p->lexer.token;
	struct lexer ahead = p->lexer;

	if (parse_at_keyword(p, "true") || parse_at_keyword(p, "false")) {
		bool value = parse_at_keyword(p, "true");
		return parse_advance(p) ? node_literal(p, value_bool(value)) : NULL;
	}
	if (parse_at_keyword(p, "unknown"))
		return parse_advance(p) ? node_literal(p, value_unknown()) : NULL;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (parse_at_keyword(p, operators[i]))
			return parse_fail_expected(p, "a value");
	/* What cannot be read behind the word is parse_name's to report. */
	if (lexer_next(&ahead, p->error) == SO1_OK && ahead.token.kind == TOKEN_SYMBOL &&
	    ahead.token.symbol == SYMBOL_OPEN) {
		p->lexer = ahead;
		return parse_call(p, &word);
	}
	return parse_name(p);
}

static struct node *parse_parentheses(struct parser *p)
{
	if (!parse_advance(p))
		return NULL;
	struct node *n = parse_or(p);
	return n && parse_expect(p, SYMBOL_CLOSE, "')'") ? n : NULL;
}

static struct node *parse_primary(struct parser *p)
{
	struct token t = p->lexer.token;

	switch (t.kind) {
	case TOKEN_NUMBER:
		return parse_advance(p) ? node_literal(p, value_number(t.number)) : NULL;
	case TOKEN_TEXT:
		return parse_advance(p) ? node_literal(p, value_text(t.text)) : NULL;
	case TOKEN_NAME:
		return parse_name(p);
	case TOKEN_WORD:
		return parse_word(p);
	default:
		return parse_at_symbol(p, SYMBOL_OPEN) ? parse_parentheses(p) : parse_fail_expected(p, "a value");
	}
}

static struct node *parse_sign(struct parser *p)
{
	if (!parse_at_symbol(p, SYMBOL_MINUS))
		return parse_primary(p);
	if (p->nesting >= NESTING_DEEPEST)
		return parse_fail(p, p->lexer.token.offset, "too deeply nested");
	if (!parse_advance(p))
		return NULL;
	p->nesting++;
	struct node *n = parse_sign(p);
	p->nesting--;
	return n ? node_unary(p, NODE_NEGATE, n) : NULL;
}

static struct node *parse_product(struct parser *p)
{
	struct node *a = parse_sign(p);

	while (a && p->lexer.token.kind == TOKEN_SYMBOL) {
		enum operation operation;
		switch (p->lexer.token.symbol) {
		case SYMBOL_TIMES: operation = OPERATION_MULTIPLY; break;
		case SYMBOL_DIVIDE: operation = OPERATION_DIVIDE; break;
		case SYMBOL_REST: operation = OPERATION_REST; break;
		default: return a;
		}
		struct node *b = parse_advance(p) ? parse_sign(p) : NULL;
		a = b ? node_binary(p, NODE_ARITHMETIC, operation, a, b) : NULL;
	}
	return a;
}

static struct node *parse_sum(struct parser *p)
{
	struct node *a = parse_product(p);

	while (a && (parse_at_symbol(p, SYMBOL_PLUS) || parse_at_symbol(p, SYMBOL_MINUS))) {
		enum operation operation =
			parse_at_symbol(p, SYMBOL_PLUS) ? OPERATION_ADD : OPERATION_SUBTRACT;
		struct node *b = parse_advance(p) ? parse_product(p) : NULL;
		a = b ? node_binary(p, NODE_ARITHMETIC, operation, a, b) : NULL;
	}
	return a;
}

static bool comparison_of(enum symbol symbol, enum operation *operation)
{
	switch (symbol) {
	case SYMBOL_EQUAL: *operation = OPERATION_EQUAL; return true;
	case SYMBOL_UNEQUAL: *operation = OPERATION_UNEQUAL; return true;
	case SYMBOL_LESS: *operation = OPERATION_LESS; return true;
	case SYMBOL_LESS_EQUAL: *operation = OPERATION_LESS_EQUAL; return true;
	case SYMBOL_GREATER: *operation = OPERATION_GREATER; return true;
	case SYMBOL_GREATER_EQUAL: *operation = OPERATION_GREATER_EQUAL; return true;
	default: return false;
	}
}

static bool is_empty_text(const struct node *n)
{
	return n->kind == NODE_LITERAL && n->value.type == EXPR_UNKNOWN;
}

static struct node *parse_compare(struct parser *p, struct node *a, enum operation operation)
{
	size_t offset = p->lexer.token.offset;
	struct node *b = parse_advance(p) ? parse_sum(p) : NULL;
	enum operation again;

	if (b == NULL)
		return NULL;
	if (is_empty_text(a) || is_empty_text(b))
		return parse_fail(p, offset, "a comparison with unknown is never true; "
			       "write 'is unknown' or 'is known'");
	if (p->lexer.token.kind == TOKEN_SYMBOL && comparison_of(p->lexer.token.symbol, &again))
		return parse_fail(p, p->lexer.token.offset,
			       "comparisons do not chain; join two with 'and'");
	return node_binary(p, NODE_COMPARE, operation, a, b);
}

static struct node *parse_in(struct parser *p, struct node *a)
{
	struct arguments args = {0};
	struct node *n = NULL, *item = NULL;

	if (!parse_advance(p) || !parse_expect(p, SYMBOL_OPEN, "'('"))
		return NULL;
	arguments_add(&args, a);
	while ((item = parse_sum(p)) != NULL) {
		arguments_add(&args, item);
		if (parse_at_symbol(p, SYMBOL_CLOSE))
			break;
		if (!parse_expect(p, SYMBOL_COMMA, "',' or ')'")) {
			item = NULL;
			break;
		}
	}
	if (item && parse_advance(p))
		n = node_set_arguments(p, node_new(p, NODE_IN), &args);
	free(args.items);
	return n;
}

static struct node *parse_matches(struct parser *p, struct node *a)
{
	if (!parse_advance(p))
		return NULL;
	if (p->lexer.token.kind != TOKEN_TEXT)
		return parse_fail_expected(p, "a quoted regular expression");
	struct expr_regex *r = arena_alloc(&p->expr->arena, sizeof *r);
	if (regex_compile(&r->compiled, p->lexer.token.text, p->error) != SO1_OK)
		return parse_fail_here(p);
	r->next = p->expr->regexes;
	p->expr->regexes = r;
	if (!parse_advance(p))
		return NULL;
	struct node *n = node_unary(p, NODE_MATCHES, a);
	if (n)
		n->regex = &r->compiled;
	return n;
}

/* "is" ["not"] ("known" | "unknown") */
static struct node *parse_is(struct parser *p, struct node *a)
{
	if (!parse_advance(p))
		return NULL;
	bool negated = parse_at_keyword(p, "not");
	if (negated && !parse_advance(p))
		return NULL;
	if (!parse_at_keyword(p, "known") && !parse_at_keyword(p, "unknown"))
		return parse_fail_expected(p, "'known' or 'unknown'");
	negated ^= parse_at_keyword(p, "known");
	return parse_advance(p) ? node_negated_if(p, negated, node_unary(p, NODE_IS_UNKNOWN, a)) : NULL;
}

static struct node *parse_comparison(struct parser *p)
{
	struct node *a = parse_sum(p);
	enum operation operation;

	if (a == NULL)
		return NULL;
	if (p->lexer.token.kind == TOKEN_SYMBOL)
		return comparison_of(p->lexer.token.symbol, &operation)
			       ? parse_compare(p, a, operation) : a;
	if (parse_at_keyword(p, "is"))
		return parse_is(p, a);
	bool negated = parse_at_keyword(p, "not");
	if (negated && !parse_advance(p))
		return NULL;
	if (parse_at_keyword(p, "in"))
		return node_negated_if(p, negated, parse_in(p, a));
	if (parse_at_keyword(p, "matches"))
		return node_negated_if(p, negated, parse_matches(p, a));
	if (parse_at_keyword(p, "has")) {
		struct node *b = parse_advance(p) ? parse_sum(p) : NULL;
		return b ? node_negated_if(p, negated, node_binary(p, NODE_HAS, 0, a, b)) : NULL;
	}
	return negated ? parse_fail_expected(p, "'in', 'has' or 'matches'") : a;
}

static struct node *parse_not(struct parser *p)
{
	if (!parse_at_keyword(p, "not"))
		return parse_comparison(p);
	if (p->nesting >= NESTING_DEEPEST)
		return parse_fail(p, p->lexer.token.offset, "too deeply nested");
	if (!parse_advance(p))
		return NULL;
	p->nesting++;
	struct node *n = parse_not(p);
	p->nesting--;
	return n ? node_unary(p, NODE_NOT, n) : NULL;
}

/* One level of "and" or "or": a flat node, so that a long rule is not a deep tree. */
static struct node *parse_chain(struct parser *p, const char *keyword, enum node_kind kind,
				struct node *(*operand)(struct parser *p))
{
	struct arguments args = {0};
	struct node *n = operand(p);

	if (n == NULL || !parse_at_keyword(p, keyword))
		return n;
	arguments_add(&args, n);
	while (parse_at_keyword(p, keyword)) {
		n = parse_advance(p) ? operand(p) : NULL;
		if (n == NULL) {
			free(args.items);
			return NULL;
		}
		arguments_add(&args, n);
	}
	return node_set_arguments(p, node_new(p, kind), &args);
}

static struct node *parse_and(struct parser *p)
{
	return parse_chain(p, "and", NODE_AND, parse_not);
}

struct node *parse_or(struct parser *p)
{
	if (p->nesting >= NESTING_DEEPEST)
		return parse_fail(p, p->lexer.token.offset, "too deeply nested");
	p->nesting++;
	struct node *n = parse_chain(p, "or", NODE_OR, parse_and);
	p->nesting--;
	return n;
}

enum so1_status parse_expression(struct expr *x, struct slice text, const struct expr_scope *scope,
				 size_t *where, struct so1_error *e)
{
	struct parser p = {.scope = scope, .expr = x, .error = e};
	struct slice whole = slice_trim(text);

	/* A source's header may hold anything: "Name (privat)", "Betrag in EUR". */
	if (scope->dialect == EXPR_MAP) {
		size_t column = parse_find_column(&p, whole);
		if (whole.len > 0 && column != SIZE_MAX) {
			x->root = node_column(&p, column);
			return SO1_OK;
		}
	}
	if (lexer_start(&p.lexer, scope->dialect, text, &x->arena, e) != SO1_OK)
		parse_fail_here(&p);
	else if (p.lexer.token.kind == TOKEN_END)
		parse_fail_expected(&p, "an expression");
	else if ((x->root = parse_or(&p)) != NULL && p.lexer.token.kind == TOKEN_END)
		return SO1_OK;
	else if (x->root != NULL)
		parse_fail_expected(&p, "'and', 'or' or an operator");
	*where = p.where;
	return e->status;
}
