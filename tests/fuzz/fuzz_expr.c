/* Fuzzing of the expression language. The first byte chooses what the rest is: an
 * expression of one of the two dialects, or a rule file. Whatever the bytes:
 *  - it compiles, or fails with SO1_USAGE and says where;
 *  - what compiles evaluates to the same value twice;
 *  - a rule alone has the value it has in its set;
 *  - the rules as listed (a line each) are the same rules. */
#include "base/buffer.h"
#include "expr/rules.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct slice columns[] = {
	{"a", 1}, {"b", 1}, {"tags", 4}, {"orders_by_category", 18}, {"attrs", 5}, {"as_of", 5},
	{"E-Mail", 6}, {"e", 1},
};
static const struct slice fields[] = {
	{"12.5", 4}, {"", 0}, {"boho;festival;50%25", 19}, {"audio=1;tv=3", 12},
	{"shoe_size=38", 12}, {"2026-11-01", 10}, {"a\xc3\xbc@b.de", 8}, {"2026-10-30T15:00:00Z", 20},
};
static const struct expr_scope scope = {.columns = columns, .column_count = 8};

#define CHECK(condition)                                                              \
	do {                                                                          \
		if (!(condition)) {                                                   \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,    \
				#condition);                                          \
			abort();                                                      \
		}                                                                     \
	} while (0)

static bool same(const struct expr_value *a, const struct expr_value *b, struct arena *arena)
{
	return a->type == b->type &&
	       slice_equal(expr_value_text(a, arena), expr_value_text(b, arena));
}

static void try_expression(struct slice text, enum expr_dialect dialect)
{
	struct expr_scope own = scope;
	struct expr_value v, again;
	struct arena arena = {0};
	struct so1_error e = {0};
	struct expr *x;

	own.dialect = dialect;
	if (expr_compile(&x, text, &own, &e) != SO1_OK) {
		CHECK(e.status == SO1_USAGE && x == NULL);
		CHECK(strncmp(e.column, "column ", 7) == 0 && e.reason[0]);
		CHECK(strtoull(e.column + 7, NULL, 10) <= text.len + 1);
		return;
	}
	enum so1_status status = expr_eval(x, fields, &v, &arena, &e);
	CHECK(status == expr_eval(x, fields, &again, &arena, &e));
	CHECK(status == SO1_OK ? same(&v, &again, &arena) : e.reason[0] != '\0');
	arena_free(&arena);
	expr_free(x);
}

/* The values of all rules, as text lines. */
static enum so1_status evaluate(struct rule_set *set, struct buffer *out)
{
	size_t count = rules_count(set);
	struct expr_value *values = calloc(count + 1, sizeof *values), one;
	struct arena arena = {0};
	struct so1_error e = {0};
	enum so1_status status = rules_eval(set, fields, values, &arena, &e);

	for (size_t i = 0; status == SO1_OK && i < count; i++) {
		CHECK(expr_eval(rules_expr(set, i), fields, &one, &arena, &e) == SO1_OK);
		CHECK(same(&values[i], &one, &arena));
		buffer_printf(out, "%d ", values[i].type);
		buffer_put_slice(out, expr_value_text(&values[i], &arena));
		buffer_put_byte(out, '\n');
	}
	arena_free(&arena);
	free(values);
	return status;
}

static void try_rules(struct slice text)
{
	struct rule_set *set = rules_new(), *listed = rules_new();
	struct buffer lines = {0}, values = {0}, again = {0};
	struct so1_error e = {0};

	if (rules_add_text(set, "fuzz", text, &e) != SO1_OK || rules_bind(set, &scope, &e) != SO1_OK) {
		CHECK(e.status == SO1_USAGE && e.line > 0 && e.reason[0]);
		CHECK(strncmp(e.column, "column ", 7) == 0);
	} else {
		for (size_t i = 0; i < rules_count(set); i++) {
			buffer_put_slice(&lines, rules_name(set, i));
			buffer_put_text(&lines, ": ");
			buffer_put_slice(&lines, rules_text(set, i));
			buffer_put_byte(&lines, '\n');
		}
		CHECK(rules_add_text(listed, "listed", buffer_slice(&lines), &e) == SO1_OK);
		CHECK(rules_bind(listed, &scope, &e) == SO1_OK);
		CHECK(evaluate(set, &values) == evaluate(listed, &again));
		CHECK(slice_equal(buffer_slice(&values), buffer_slice(&again)));
	}
	buffer_free(&lines);
	buffer_free(&values);
	buffer_free(&again);
	rules_free(set);
	rules_free(listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct slice text = slice_make((const char *)data + 1, size - 1);
	if (data[0] == 'm')
		try_expression(text, EXPR_MAP);
	else if (data[0] == 'e')
		try_expression(text, EXPR_RULE);
	else
		try_rules(text);
	return 0;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct buffer b = {0};
		FILE *f = fopen(argv[i], "rb");
		int c;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		while ((c = getc(f)) != EOF)
			buffer_put_byte(&b, (char)c);
		fclose(f);
		LLVMFuzzerTestOneInput((const uint8_t *)b.ptr, b.len);
		buffer_free(&b);
	}
	printf("%d files, all in order\n", argc - 1);
	return 0;
}
#endif
