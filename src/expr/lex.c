#include "expr/lex.h"

#include "base/number.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(const struct lexer *l, char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       c == '.' || (c & 0x80) || (c == '-' && l->dialect == EXPR_MAP);
}

static char peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->source.len ? l->source.ptr[l->at + ahead] : '\0';
}

/* 'it''s' or "say ""so""": the quote closes, twice it stands for itself. No other
 * escapes, so that regular expressions stay readable. */
static enum so1_status read_quoted(struct lexer *l, char quote, struct slice *out,
				   struct so1_error *e)
{
	size_t start = ++l->at, doubled = 0;

	for (;; l->at++) {
		if (l->at >= l->source.len) {
			error_set(e, SO1_USAGE, "quote never closes");
			return error_value(e, slice_make(&quote, 1));
		}
		if (l->source.ptr[l->at] != quote)
			continue;
		if (peek(l, 1) != quote)
			break;
		l->at++;
		doubled++;
	}
	struct slice raw = slice_make(l->source.ptr + start, l->at++ - start);
	if (doubled > 0) {
		char *text = arena_bytes(l->arena, raw.len - doubled);
		size_t n = 0;
		for (size_t i = 0; i < raw.len; i++) {
			text[n++] = raw.ptr[i];
			i += raw.ptr[i] == quote;
		}
		raw = slice_make(text, n);
	}
	*out = raw;
	return SO1_OK;
}

/* A minus is no part of a word in rules, but in 1e-5 it belongs to the number. */
static bool is_exponent_sign(const struct lexer *l, size_t start)
{
	char before = l->source.ptr[l->at - 1];

	return (peek(l, 0) == '-' || peek(l, 0) == '+') && is_digit(peek(l, 1)) &&
	       (before == 'e' || before == 'E') &&
	       (is_digit(l->source.ptr[start]) || l->source.ptr[start] == '.') &&
	       number_parse_double(slice_make(l->source.ptr + start, l->at - 1 - start),
				   &(double){0});
}

static void read_word(struct lexer *l)
{
	size_t start = l->at++;

	while (is_word(l, peek(l, 0)) || is_exponent_sign(l, start))
		l->at++;
	l->token.text = slice_make(l->source.ptr + start, l->at - start);
	l->token.kind = number_parse_double(l->token.text, &l->token.number) ? TOKEN_NUMBER
									     : TOKEN_WORD;
}

static bool read_symbol(struct lexer *l)
{
	static const struct { char text[3]; enum symbol symbol; } symbols[] = {
		{"==", SYMBOL_EQUAL}, {"!=", SYMBOL_UNEQUAL}, {"<>", SYMBOL_UNEQUAL},
		{"<=", SYMBOL_LESS_EQUAL}, {">=", SYMBOL_GREATER_EQUAL}, {"=", SYMBOL_EQUAL},
		{"<", SYMBOL_LESS}, {">", SYMBOL_GREATER}, {"(", SYMBOL_OPEN}, {")", SYMBOL_CLOSE},
		{"[", SYMBOL_BRACKET}, {",", SYMBOL_COMMA}, {"+", SYMBOL_PLUS}, {"-", SYMBOL_MINUS},
		{"*", SYMBOL_TIMES}, {"/", SYMBOL_DIVIDE}, {"%", SYMBOL_REST},
	};

	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		if (peek(l, 0) != symbols[i].text[0] ||
		    (symbols[i].text[1] && peek(l, 1) != symbols[i].text[1]))
			continue;
		l->at += symbols[i].text[1] ? 2 : 1;
		l->token.kind = TOKEN_SYMBOL;
		l->token.symbol = symbols[i].symbol;
		return true;
	}
	return false;
}

enum so1_status lexer_next(struct lexer *l, struct so1_error *e)
{
	while (l->at < l->source.len && is_blank(l->source.ptr[l->at]))
		l->at++;
	l->token = (struct token){.kind = TOKEN_END, .offset = l->at, .text = {"", 0}};
	if (l->at >= l->source.len)
		return SO1_OK;
	char c = l->source.ptr[l->at];
	if (c == '\'' || c == '"') {
		l->token.kind = TOKEN_TEXT;
		return read_quoted(l, c, &l->token.text, e);
	}
	if (c == '`') {
		l->token.kind = TOKEN_NAME;
		return read_quoted(l, c, &l->token.text, e);
	}
	/* A word does not begin with a minus: -5 is a number with a sign. */
	if (is_word(l, c) && c != '-') {
		read_word(l);
		return SO1_OK;
	}
	if (read_symbol(l))
		return SO1_OK;
	error_set(e, SO1_USAGE, "unexpected character");
	return error_value(e, slice_make(&c, 1));
}

enum so1_status lexer_start(struct lexer *l, enum expr_dialect dialect, struct slice source,
			    struct arena *arena, struct so1_error *e)
{
	*l = (struct lexer){.dialect = dialect, .source = source, .arena = arena};
	return lexer_next(l, e);
}

enum so1_status lexer_key(struct lexer *l, struct slice *key, struct so1_error *e)
{
	while (is_blank(peek(l, 0)))
		l->at++;
	size_t start = l->at;
	char c = peek(l, 0);
	if (c == '\'' || c == '"') {
		if (read_quoted(l, c, key, e) != SO1_OK)
			return e->status;
		while (is_blank(peek(l, 0)))
			l->at++;
	} else {
		while (l->at < l->source.len && l->source.ptr[l->at] != ']')
			l->at++;
		*key = slice_trim(slice_make(l->source.ptr + start, l->at - start));
	}
	if (peek(l, 0) != ']')
		return error_set(e, SO1_USAGE, "missing ']' behind the key");
	if (key->len == 0)
		return error_set(e, SO1_USAGE, "no key between '[' and ']'");
	l->at++;
	return lexer_next(l, e);
}

size_t lexer_column(struct slice source, size_t offset)
{
	size_t column = 1;

	for (size_t i = 0; i < offset && i < source.len; i++)
		column += ((unsigned char)source.ptr[i] & 0xc0) != 0x80;
	return column;
}
