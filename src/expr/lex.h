/* Tokens of the expression language, one at a time. */
#ifndef SO1_EXPR_LEX_H
#define SO1_EXPR_LEX_H

#include "expr/expr.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* bare word: column, rule, function or keyword */
	TOKEN_NAME,   /* `name with blanks` */
	TOKEN_TEXT,   /* 'text' or "text", doubled quotes undone */
	TOKEN_NUMBER, /* in `number` */
	TOKEN_SYMBOL, /* in `symbol` */
};

enum symbol {
	SYMBOL_OPEN, SYMBOL_CLOSE, SYMBOL_BRACKET, SYMBOL_COMMA,
	SYMBOL_PLUS, SYMBOL_MINUS, SYMBOL_TIMES, SYMBOL_DIVIDE, SYMBOL_REST,
	SYMBOL_EQUAL, SYMBOL_UNEQUAL, SYMBOL_LESS, SYMBOL_LESS_EQUAL, SYMBOL_GREATER,
	SYMBOL_GREATER_EQUAL,
};

struct token {
	enum token_kind kind;
	enum symbol symbol;
	double number;
	struct slice text; /* word, name or text; borrowed from the source or the arena */
	size_t offset;     /* of its first byte in the source */
};

struct lexer {
	enum expr_dialect dialect;
	struct slice source;  /* borrowed */
	size_t at;            /* behind the current token */
	struct arena *arena;  /* borrowed; texts with doubled quotes go there */
	struct token token;   /* the current one */
};

/* Reads the first token. */
enum so1_status lexer_start(struct lexer *l, enum expr_dialect dialect, struct slice source,
			    struct arena *arena, struct so1_error *e);
/* Reads the next token into l->token. Fails with SO1_USAGE (reason and value only; the
 * place is l->token.offset) for a byte that begins no token and a quote that never
 * closes. At the end it stays at TOKEN_END. */
enum so1_status lexer_next(struct lexer *l, struct so1_error *e);
/* With '[' as the current token: reads what stands up to ']' as a key, raw and trimmed
 * or quoted, and the token behind it. */
enum so1_status lexer_key(struct lexer *l, struct slice *key, struct so1_error *e);
/* 1-based place of a byte in characters of UTF-8. */
size_t lexer_column(struct slice source, size_t offset);

#endif
