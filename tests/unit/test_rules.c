#include "base/buffer.h"
#include "expr/rules.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct slice columns[] = {{"a", 1}, {"b", 1}, {"long_name", 9}};

static enum so1_status load(struct rule_set *set, const char *text, struct so1_error *e)
{
	struct expr_scope scope = {.columns = columns, .column_count = 3};
	enum so1_status status = rules_add_text(set, "r", slice_of(text), e);

	return status == SO1_OK ? rules_bind(set, &scope, e) : status;
}

Test(rules, errors)
{
	static const struct { const char *text, *message; } rows[] = {
		{"x", "r:1: column 1: no rule ('name: expression') 'x'"},
		{": a", "r:1: column 1: no rule ('name: expression') ': a'"},
		{"  x: a", "r:1: column 1: indented line, but no rule before it to continue"},
		{"x-y: a", "r:1: column 2: a rule's name is made of letters, digits and '_', not 'x-y'"},
		{"and: a", "r:1: column 1: a rule cannot be called 'and'"},
		{"12: a", "r:1: column 1: a rule cannot be called '12'"},
		{"x: a\n\n# c\nx: b", "r:4: column 1: there is a rule of this name already (r:1) 'x'"},
		{"a: b > 1", "r:1: column 1: a rule cannot have the name of a column 'a'"},
		{"x:", "r:1: column 3: an expression expected at the end"},
		{"x: # nothing", "r:1: column 3: an expression expected at the end"},
		{"x: a > 1\ny: a > 1\n and c > 2", "r:3: column 6: no column 'c' (text goes in quotes)"},
		{"x: a > 1 \\\nand long_nam > 2", "r:2: column 5: no column 'long_nam'; did you mean 'long_name'?"},
		{"x: \xc3\xa4 or zz", "r:1: column 4: no column '\xc3\xa4' (text goes in quotes)"},
		{"x: '\xc3\xa4' = zz", "r:1: column 10: no column 'zz' (text goes in quotes)"},
		{"x: xx\nlong_x: 1", "r:1: column 4: no column 'xx'; did you mean 'x'?"},
		{"x: x", "r:1: column 1: rule uses itself 'x, x'"},
		{"w: x\nx: y and a\ny: z\nz: x or 1", "r:2: column 1: rule uses itself 'x, y, z, x'"},
		{"x: a\nb\xff: 1", "r:2: column 2: bad UTF-8"},
		{"x: a > 1\n  and 'b", "r:2: column 7: quote never closes '''"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rule_set *set = rules_new();
		struct so1_error e = {0};
		char message[1024];
		cr_assert_eq(load(set, rows[i].text, &e), SO1_USAGE, "%s", rows[i].text);
		error_format(&e, message, sizeof message);
		cr_expect_str_eq(message, rows[i].message, "%s\n gives %s\n not   %s", rows[i].text,
				 message, rows[i].message);
		rules_free(set);
	}
}

Test(rules, missing_file)
{
	struct rule_set *set = rules_new();
	struct so1_error e = {0};

	cr_assert_eq(rules_add_file(set, "/nonexistent/rules", &e), SO1_FAILED);
	cr_assert_str_eq(e.file, "/nonexistent/rules");
	cr_assert_eq(rules_count(set), 0);
	rules_free(set);
	rules_free(NULL);
}

Test(rules, values)
{
	static const char text[] =
		"\xef\xbb\xbf# comment, it's one\r\n"
		"big   : later and a > 1   # forward\r\n"
		"\r\n"
		"later : b = 'x # y'\n"
		"        or\n"
		"    # between\n"
		"\tb = 'z'\n"
		"sum: a \\\n"
		"+ 1\n"
		"never: long_name > 0\n"
		"key : long_name[big] is unknown";
	static const char *const names[] = {"big", "later", "sum", "never", "key"};
	static const char *const expected[] = {"1", "1", "6", "", "1"};
	static const struct slice fields[] = {{"5", 1}, {"x # y", 5}, {"", 0}};
	struct rule_set *set = rules_new();
	struct expr_value values[5];
	struct arena a = {0};
	struct so1_error e = {0};

	cr_assert_eq(load(set, text, &e), SO1_OK, "%s %s", e.column, e.reason);
	cr_assert_eq(rules_count(set), 5);
	cr_assert(slice_is(rules_text(set, 1), "b = 'x # y' or b = 'z'"));
	cr_assert_eq(rules_eval(set, fields, values, &a, &e), SO1_OK);
	for (size_t i = 0; i < 5; i++) {
		struct expr_value one;
		cr_assert(slice_is(rules_name(set, i), names[i]));
		cr_assert(slice_is(expr_value_text(&values[i], &a), expected[i]), "%s", names[i]);
		cr_assert_eq(expr_eval(rules_expr(set, i), fields, &one, &a, &e), SO1_OK);
		cr_assert(slice_is(expr_value_text(&one, &a), expected[i]), "%s", names[i]);
	}
	arena_free(&a);
	rules_free(set);
}

/* Each rule uses the one before twice: 2^60 evaluations unless each is done once. */
Test(rules, shared_rules_are_evaluated_once)
{
	static const struct slice fields[] = {{"5", 1}, {"", 0}, {"", 0}};
	struct buffer b = {0};
	struct rule_set *set = rules_new();
	struct expr_value values[61];
	struct arena a = {0};
	struct so1_error e = {0};

	buffer_put_text(&b, "r0: a = 5\n");
	for (int i = 1; i <= 60; i++)
		buffer_printf(&b, "r%d: r%d and r%d\n", i, i - 1, i - 1);
	cr_assert_eq(load(set, buffer_text(&b), &e), SO1_OK);
	cr_assert_eq(rules_eval(set, fields, values, &a, &e), SO1_OK);
	cr_assert(expr_is_true(&values[60], NULL));
	cr_assert_eq(expr_eval(rules_expr(set, 60), fields, values, &a, &e), SO1_OK);
	cr_assert(expr_is_true(&values[0], NULL));
	arena_free(&a);
	buffer_free(&b);
	rules_free(set);
}

Test(rules, a_long_chain_is_refused)
{
	struct buffer b = {0};
	struct rule_set *set = rules_new();
	struct so1_error e = {0};

	buffer_put_text(&b, "r0: a = 5\n");
	for (int i = 1; i <= 2000; i++)
		buffer_printf(&b, "r%d: r%d\n", i, i - 1);
	cr_assert_eq(load(set, buffer_text(&b), &e), SO1_USAGE);
	cr_assert_str_eq(e.reason, "too deeply nested");
	buffer_free(&b);
	rules_free(set);
}

Test(rules, any_column)
{
	struct expr_scope scope = {.any_column = true};
	struct rule_set *set = rules_new();
	struct so1_error e = {0};

	cr_assert_eq(rules_add_text(set, "r", SLICE("x: whatever > 1 and days_since(y) < 3"), &e), SO1_OK);
	cr_assert_eq(rules_bind(set, &scope, &e), SO1_OK, "%s", e.reason);
	rules_free(set);
}
