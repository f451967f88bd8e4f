#include "base/buffer.h"
#include "expr/expr.h"
#include "expr/functions.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The row all tests look at. */
static const struct slice columns[] = {
	{"age", 3}, {"name", 4}, {"tags", 4}, {"orders_by_category", 18}, {"recency_by_category", 19},
	{"attrs", 5}, {"last_order", 10}, {"as_of", 5}, {"postcode", 8}, {"empty", 5},
	{"E-Mail", 6}, {"optin", 5}, {"zero", 4}, {"text", 4}, {"other", 5},
};
static const struct slice fields[] = {
	{"34", 2}, {"Anna M\xc3\xbcller", 12}, {"boho;festival;50%25", 19},
	{"audio=1;tv=3", 12}, {"tv=12", 5}, {"shoe_size=38", 12}, {"2026-10-30T15:00:00Z", 20},
	{"2026-11-01", 10}, {"01067", 5}, {"", 0}, {"a@b.de", 6}, {"1", 1}, {"0", 1}, {"abc", 3},
	{"9", 1},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static enum so1_status compile(struct expr **x, const char *text, enum expr_dialect dialect,
			       struct so1_error *e)
{
	struct expr_scope scope = {.dialect = dialect, .columns = columns, .column_count = COLUMNS};

	memset(e, 0, sizeof *e);
	return expr_compile(x, slice_of(text), &scope, e);
}

/* The value as text, "?" for unknown; "!reason" for an error. */
static const char *value_of(const char *text, enum expr_dialect dialect)
{
	static char out[1024];
	struct arena arena = {0};
	struct so1_error e;
	struct expr_value v;
	struct expr *x;

	if (compile(&x, text, dialect, &e) != SO1_OK) {
		error_format(&e, out + 1, sizeof out - 1);
		out[0] = '!';
		return out;
	}
	if (expr_eval(x, fields, &v, &arena, &e) != SO1_OK) {
		error_format(&e, out + 1, sizeof out - 1);
		out[0] = '!';
	} else {
		struct slice s = expr_value_text(&v, &arena);
		snprintf(out, sizeof out, "%.*s", v.type == EXPR_UNKNOWN ? 1 : (int)s.len,
			 v.type == EXPR_UNKNOWN ? "?" : s.ptr);
	}
	arena_free(&arena);
	expr_free(x);
	return out;
}

Test(expr, errors)
{
	static const struct { const char *text, *message; } rows[] = {
		{"", "column 1: an expression expected at the end"},
		{"   ", "column 4: an expression expected at the end"},
		{"agee > 3", "column 1: no column 'agee'; did you mean 'age'?"},
		{"age > 3 and xyzzy", "column 13: no column 'xyzzy' (text goes in quotes)"},
		{"nme = 'M\xc3\xbcller' or nme = 1", "column 1: no column 'nme'; did you mean 'name'?"},
		{"name = 'M\xc3\xbcller' or nme = 1", "column 20: no column 'nme'; did you mean 'name'?"},
		{"lowr(name)", "column 1: no function 'lowr'; did you mean 'lower'?"},
		{"quux(name)", "column 1: no function 'quux'"},
		{"lower()", "column 1: lower takes 1 argument, not 0"},
		{"lower(name, age)", "column 1: lower takes 1 argument, not 2"},
		{"if(age)", "column 1: if takes at least 2 arguments, not 1"},
		{"substr(name,1,2,3)", "column 1: substr takes at most 3 arguments, not 4"},
		{"age >", "column 6: a value expected at the end"},
		{"age > and 3", "column 7: a value expected before 'and'"},
		{"(age > 3", "column 9: ')' expected at the end"},
		{"age > 3)", "column 8: 'and', 'or' or an operator expected before ')'"},
		{"age 3", "column 5: 'and', 'or' or an operator expected before '3'"},
		{"1 < age < 9", "column 9: comparisons do not chain; join two with 'and'"},
		{"name = 'x", "column 8: quote never closes '''"},
		{"age ; 3", "column 5: unexpected character ';'"},
		{"age = ''", "column 5: a comparison with unknown is never true; write 'is unknown' or 'is known'"},
		{"age = unknown", "column 5: a comparison with unknown is never true; write 'is unknown' or 'is known'"},
		{"age is 3", "column 8: 'known' or 'unknown' expected before '3'"},
		{"age in 3", "column 8: '(' expected before '3'"},
		{"age in ()", "column 9: a value expected before ')'"},
		{"age in (1 2)", "column 11: ',' or ')' expected before '2'"},
		{"age not 3", "column 9: 'in', 'has' or 'matches' expected before '3'"},
		{"name matches age", "column 14: a quoted regular expression expected before 'age'"},
		{"name matches '('", "column 14: regular expression: Unmatched ( or \\( '('"},
		{"name matches '(a)\\1'", "column 14: back references are not supported '(a)\\1'"},
		{"name matches 'a{999}{999}'", "column 14: regular expression repeats too much 'a{999}{999}'"},
		/* '+' copies what it repeats: twenty of them make a million. */
		{"name matches 'a++++++++++++++++++++'", "column 14: regular expression repeats too much 'a++++++++++++++++++++'"},
		/* What may be empty, repeated: glibc's time doubles with each. */
		{"name matches 'a************'", "column 14: regular expression repeats too much 'a************'"},
		{"name matches '^a**b**c**d**e**f**g**h**i**j**k**'", "column 14: regular expression repeats too much '^a**b**c**d**e**f**g**h**i**j**k**'"},
		{"name matches '^(a|){0,101}'", "column 14: regular expression repeats too much '^(a|){0,101}'"},
		{"name matches '(\\b(x*|y)){2}{51}'", "column 14: regular expression repeats too much '(\\b(x*|y)){2}{51}'"},
		{"attrs[]", "column 6: no key between '[' and ']'"},
		{"attrs[x", "column 6: missing ']' behind the key"},
		{"attrz[x]", "column 1: no column 'attrz'; did you mean 'attrs'?"},
		{"`Na\tme`", "column 1: no column 'Na?me'; did you mean 'name'?"},
		{"lower(name", "column 11: ',' or ')' expected at the end"},
		{"min(1,)", "column 7: a value expected before ')'"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct expr *x = (struct expr *)&x;
		struct so1_error e;
		char message[1024];
		cr_assert_eq(compile(&x, rows[i].text, EXPR_RULE, &e), SO1_USAGE, "%s", rows[i].text);
		cr_assert_null(x);
		error_format(&e, message, sizeof message);
		cr_assert_str_eq(message, rows[i].message, "%s\n gives %s\n not   %s", rows[i].text,
				 message, rows[i].message);
	}
}

Test(expr, days_since_needs_as_of)
{
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = columns, .column_count = 7};
	struct so1_error e;
	struct expr *x;

	cr_assert_eq(expr_compile(&x, SLICE("days_since(last_order)"), &scope, &e), SO1_USAGE);
	cr_assert(strstr(e.reason, "as_of") && strstr(e.reason, "days_between"), "%s", e.reason);
}

Test(expr, deep_nesting_is_refused)
{
	static const char *const units[] = {"(", "not ", "-", "lower(", "1+(", "name in (("};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct so1_error e;
		struct expr *x;
		buffer_clear(&b);
		for (int n = 0; n < 100000; n++)
			buffer_put_text(&b, units[i]);
		cr_assert_eq(compile(&x, buffer_text(&b), EXPR_RULE, &e), SO1_USAGE);
		cr_assert_str_eq(e.reason, "too deeply nested", "%s: %s", units[i], e.reason);
	}
	/* Flat chains are not deep. */
	struct so1_error e;
	struct expr *x;
	buffer_clear(&b);
	buffer_put_text(&b, "age = 0");
	for (int n = 0; n < 20000; n++)
		buffer_put_text(&b, n % 2 ? " or age = 1" : " and age = 2");
	cr_assert_eq(compile(&x, buffer_text(&b), EXPR_RULE, &e), SO1_OK, "%s", e.reason);
	expr_free(x);
	buffer_clear(&b);
	buffer_put_text(&b, "age");
	for (int n = 0; n < 5000; n++)
		buffer_put_text(&b, "+1");
	cr_assert_eq(compile(&x, buffer_text(&b), EXPR_RULE, &e), SO1_USAGE);
	cr_assert_str_eq(e.reason, "too deeply nested");
	buffer_free(&b);
}

/* Kleene's three-valued tables, as in SQL:2016 part 2, 6.39 <boolean value expression>. */
Test(expr, truth_tables)
{
	static const char *const values[] = {"true", "false", "unknown"};
	static const char *const text[] = {"1", "0", "?"};
	static const int and_table[3][3] = {{0, 1, 2}, {1, 1, 1}, {2, 1, 2}};
	static const int or_table[3][3] = {{0, 0, 0}, {0, 1, 2}, {0, 2, 2}};
	static const int not_table[3] = {1, 0, 2};
	char expression[64];

	for (int i = 0; i < 3; i++) {
		snprintf(expression, sizeof expression, "not %s", values[i]);
		cr_assert_str_eq(value_of(expression, EXPR_RULE), text[not_table[i]]);
		for (int j = 0; j < 3; j++) {
			snprintf(expression, sizeof expression, "%s and %s", values[i], values[j]);
			cr_assert_str_eq(value_of(expression, EXPR_RULE), text[and_table[i][j]], "%s", expression);
			snprintf(expression, sizeof expression, "%s or %s", values[i], values[j]);
			cr_assert_str_eq(value_of(expression, EXPR_RULE), text[or_table[i][j]], "%s", expression);
		}
	}
}

struct row {
	const char *text, *value;
};

static const struct row operators[] = {
	{"age", "34"}, {"empty", "?"}, {"age < 35", "1"}, {"age < 34", "0"}, {"empty < 35", "?"},
	{"not empty < 35", "?"}, {"text < 35", "?"}, {"text > 'abb'", "1"}, {"age = 34.0", "1"},
	{"age <= 34", "1"}, {"age >= 35", "0"}, {"age <> 34", "0"}, {"age != 35", "1"}, {"age == 34", "1"},
	/* Two cells that are numbers compare as numbers: 34 > 9, though "34" < "9". */
	{"age > other", "1"}, {"age > '9'", "0"}, {"postcode = '01067'", "1"},
	{"postcode = '1067'", "0"}, {"postcode = 1067", "1"}, {"name > other", "1"},
	{"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"7 - 2 - 1", "4"}, {"8 / 2 / 2", "2"},
	{"7 % 4", "3"}, {"-7 % 4", "-3"}, {"1 / 0", "?"}, {"1 % 0", "?"}, {"0 / 0 = 0", "?"},
	{"1e308 * 10", "?"}, {"1e-3 * 2", "0.002"}, {"1e+3", "1000"}, {"age + text", "?"},
	{"age - 1", "33"}, {"age-1", "33"}, {"-age", "-34"}, {"--age", "34"}, {"0.1 + 0.2", "0.3"},
	{"-empty", "?"}, {"optin", "1"}, {"optin and age > 30", "1"}, {"zero or false", "0"},
	{"text or false", "?"}, {"text or true", "1"}, {"not zero", "1"}, {"optin = true", "1"},
	{"age in (33, 34)", "1"}, {"age in (1, 2)", "0"}, {"age in (1, empty)", "?"},
	{"age in (34, empty)", "1"}, {"empty in (1, 2)", "?"}, {"text in ('x', 'abc')", "1"},
	{"postcode in ('1067')", "0"}, {"age not in (1, 2)", "1"}, {"age NOT IN (34)", "0"},
	{"tags has 'boho'", "1"}, {"tags has \"fest\"", "0"}, {"tags has '50%'", "1"},
	{"empty has 'boho'", "0"}, {"not empty has 'boho'", "1"}, {"tags has empty", "?"},
	{"tags not has 'boho'", "0"}, {"orders_by_category has 'tv'", "1"},
	{"orders_by_category has 'tv=3'", "0"},
	{"name matches '^Anna'", "1"}, {"name matches 'ller$'", "1"}, {"name matches '^ller'", "0"},
	{"name matches '(^| )Anna( |$)*'", "1"}, {"name matches '^([A-Z]? ?){5}$'", "0"},
	{"empty matches 'x'", "?"}, {"name not matches 'x'", "1"}, {"name matches 'A(n+)a'", "1"},
	{"empty is unknown", "1"}, {"age is unknown", "0"}, {"empty is known", "0"},
	{"age is not unknown", "1"}, {"empty is not known", "1"}, {"(age < empty) is unknown", "1"},
	{"orders_by_category[tv]", "3"}, {"orders_by_category[tv] >= 2", "1"},
	{"orders_by_category['tv']", "3"}, {"orders_by_category[ tv ]", "3"},
	{"orders_by_category[toys]", "0"}, {"orders_by_category[toys] > 0", "0"},
	{"recency_by_category[tv] < 30", "1"}, {"recency_by_category[audio] < 30", "?"},
	{"attrs[shoe_size] > 37", "1"}, {"attrs[hat-size]", "?"}, {"attrs[hat] = 1", "?"},
	{"'it''s'", "it's"}, {"\"say \"\"hi\"\"\"", "say \"hi\""}, {"`E-Mail`", "a@b.de"},
	{"true", "1"}, {"unknown", "?"}, {"''", "?"}, {"age > 30 and name = 'x' or true", "1"},
	{"not age > 30 or true", "1"}, {"not (age > 30 or true)", "0"},
	{"last_order >= '2026-10-01'", "1"}, {"last_order < '2026-10-01'", "0"},
};

/* At least one row for each function: test all_functions_are_tested. */
static const struct row functions[] = {
	{"coalesce(empty, text, age)", "abc"}, {"coalesce(empty, '')", "?"},
	{"lower(name)", "anna m\xc3\xbcller"}, {"upper(name)", "ANNA M\xc3\x9cLLER"},
	{"upper('stra\xc3\x9f" "e')", "STRA\xc3\x9f" "E"}, {"lower(empty)", "?"}, {"lower(age)", "34"},
	{"trim('  x y ')", "x y"}, {"trim('  ')", "?"},
	{"length(name)", "11"}, {"length(empty)", "?"}, {"length(age)", "2"},
	{"concat(text, '-', age)", "abc-34"}, {"concat(empty, '-', age)", "-34"},
	{"concat(empty, '-')", "?"}, {"concat('a', 'b')", "ab"},
	{"replace('a.b.c', '.', '')", "abc"}, {"replace('aaa', 'aa', 'b')", "ba"},
	{"replace(text, empty, 'x')", "abc"}, {"replace(text, 'abc', '')", "?"},
	{"part('a,b,c', ',', 2)", "b"}, {"part('a,b,c', ',', -1)", "c"}, {"part('a,b', ',', 3)", "?"},
	{"part('a,b', ',', 0)", "?"}, {"part('a,b', ',', -3)", "?"}, {"part('a, b', ', ', 2)", "b"},
	{"part(',b', ',', 1)", "?"}, {"part('a', '', 1)", "a"}, {"part('a,b', ',', empty)", "?"},
	{"substr(name, 6, 3)", "M\xc3\xbcl"}, {"substr(name, 6)", "M\xc3\xbcller"},
	{"substr('abc', 0, 2)", "a"}, {"substr('abc', 5)", "?"}, {"substr('abc', 2, 99)", "bc"},
	{"if(age > 30, 'old', 'young')", "old"}, {"if(empty > 30, 'old', 'young')", "young"},
	{"if(age < 30, 'x')", "?"},
	{"number('12.5') + 1", "13.5"}, {"number(' 7 ')", "7"}, {"number('1.234,50', ',')", "1234.5"},
	{"number('1,234.50', '.')", "1234.5"}, {"number('1 234''5', '.')", "12345"},
	{"number('abc')", "?"}, {"number(empty)", "?"},
	{"yes('Ja')", "1"}, {"yes(' YES ')", "1"}, {"yes('x')", "1"}, {"yes('s\xc3\x8d')", "1"},
	{"yes('nein')", "0"}, {"yes('0')", "0"}, {"yes('maybe')", "?"}, {"yes(empty)", "?"},
	{"no('nein')", "1"}, {"no('oui')", "0"}, {"no('maybe')", "?"}, {"yes(optin)", "1"},
	{"map(text, 'abc', 'x', 'd', 'y')", "x"}, {"map(text, 'd', 'y')", "?"},
	{"map(text, 'd', 'y', 'else')", "else"}, {"map(empty, 'd', 'y', 'else')", "?"},
	{"list('b', 'a', empty, 'b', '50%;')", "50%25%3B;a;b"}, {"list(empty)", "?"},
	{"abs(-3)", "3"}, {"abs(text)", "?"}, {"min(3, empty, 2)", "2"}, {"max(3, 10, other)", "10"},
	{"max(empty)", "?"}, {"max(last_order, as_of)", "2026-11-01"}, {"min(1, text)", "?"},
	{"round(2.5)", "3"}, {"round(-2.5)", "-3"}, {"round(1.25, 1)", "1.3"}, {"round(1234, -2)", "1200"},
	{"round(1e300, 15)", "1e300"}, {"round(text)", "?"}, {"floor(-1.5)", "-2"}, {"ceil(-1.5)", "-1"},
	{"log(1)", "0"}, {"log(0)", "?"}, {"log(-1)", "?"}, {"exp(0)", "1"}, {"exp(1e9)", "?"},
	{"sqrt(9)", "3"}, {"sqrt(-1)", "?"},
	{"contains(name, 'M\xc3\xbc')", "1"}, {"contains(name, 'x')", "0"}, {"contains(empty, 'x')", "?"},
	{"starts_with(name, 'Anna')", "1"}, {"starts_with(name, 'nna')", "0"},
	{"ends_with(name, 'ller')", "1"}, {"ends_with('a', 'aa')", "0"}, {"ends_with(empty, 'a')", "?"},
	/* 2026-10-30T15:00 to 2026-11-01T00:00 is 1 day and 9 hours. */
	{"days_since(last_order)", "1"}, {"days_since('2026-11-01')", "0"},
	{"days_since('2026-11-02T01:00:00Z')", "-2"}, {"days_since(text)", "?"}, {"days_since(empty)", "?"},
	{"days_between('2024-02-28', '2024-03-01')", "2"}, {"days_between(as_of, last_order)", "-2"},
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = value_of(rows[i].text, EXPR_RULE);
		cr_expect_str_eq(value, rows[i].value, "%s is %s, not %s", rows[i].text, value,
				 rows[i].value);
	}
}

Test(expr, operators)
{
	check_rows(operators, sizeof operators / sizeof *operators);
}

Test(expr, functions)
{
	check_rows(functions, sizeof functions / sizeof *functions);
}

Test(expr, all_functions_are_tested)
{
	size_t count;
	const struct builtin *all = builtin_all(&count);

	for (size_t i = 0; i < count; i++) {
		bool found = false;
		char call[64];
		snprintf(call, sizeof call, "%s(", all[i].name);
		for (size_t k = 0; k < sizeof functions / sizeof *functions; k++)
			found = found || strncmp(functions[k].text, call, strlen(call)) == 0;
		cr_assert(found, "no row for %s", all[i].name);
		cr_assert_eq(builtin_find(slice_of(all[i].name)), &all[i]);
	}
}

Test(expr, map_dialect)
{
	static const struct row rows[] = {
		{"E-Mail", "a@b.de"}, {" E-Mail ", "a@b.de"}, {"lower(E-Mail)", "a@b.de"},
		{"age - 1", "33"}, {"number(age) - 1", "33"}, {"-5", "-5"}, {"age -5", "29"},
		{"number(text)", "!not a number 'abc'"}, {"number(empty)", "?"},
		{"age-1", "!column 1: no column 'age-1'; did you mean 'age'?"},
		{"coalesce(empty, E-Mail)", "a@b.de"}, {"'contact'", "contact"},
	};
	struct slice odd[] = {{"Name (privat)", 13}, {"a+b", 3}, {"and", 3}};
	struct expr_scope scope = {.dialect = EXPR_MAP, .columns = odd, .column_count = 3};
	struct so1_error e;
	struct expr *x;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_str_eq(value_of(rows[i].text, EXPR_MAP), rows[i].value, "%s", rows[i].text);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(expr_compile(&x, odd[i], &scope, &e), SO1_OK);
		cr_assert_eq(expr_as_column(x), i);
		expr_free(x);
	}
}

static void note_column(void *context, size_t column)
{
	((int *)context)[column]++;
}

Test(expr, columns)
{
	int seen[COLUMNS] = {0};
	struct so1_error e;
	struct expr *x;

	cr_assert_eq(compile(&x, "age > 3 and (orders_by_category[tv] = age or days_since(empty) < 1)",
			     EXPR_RULE, &e), SO1_OK);
	expr_columns(x, note_column, seen);
	cr_assert_eq(expr_as_column(x), SIZE_MAX);
	for (size_t i = 0; i < COLUMNS; i++)
		cr_expect_eq(seen[i], i == 0 ? 2 : i == 3 || i == 7 || i == 9, "column %zu", i);
	expr_free(x);
}

/* A tool's function: repeats its argument as often as its literal says. */
static enum so1_status prepare_times(void *registry, const struct slice *literals, size_t n,
				     void **context, struct so1_error *e)
{
	(void)registry;
	if (n != 2 || literals[0].ptr != NULL || literals[1].ptr == NULL)
		return error_set(e, SO1_USAGE, "times wants a file");
	*context = (void *)(literals[1].len == 12 ? "yes" : "no");
	return SO1_OK;
}

static enum so1_status eval_times(void *context, const struct expr_value *args, size_t n,
				  struct expr_value *out, struct arena *a, struct so1_error *e)
{
	(void)n;
	(void)a;
	if (slice_is(args[0].text, "abc"))
		return error_set(e, SO1_FAILED, "abc is not wanted");
	*out = (struct expr_value){.type = EXPR_TEXT, .text = slice_of(context)};
	return SO1_OK;
}

Test(expr, custom_functions)
{
	static const struct expr_function f = {"times", 2, 2, eval_times, prepare_times, NULL};
	struct expr_scope scope = {.dialect = EXPR_MAP, .columns = columns, .column_count = COLUMNS,
				   .functions = &f, .function_count = 1};
	struct arena a = {0};
	struct so1_error e;
	struct expr_value v;
	struct expr *x;

	cr_assert_eq(expr_compile(&x, SLICE("times(name, age)"), &scope, &e), SO1_USAGE);
	cr_assert_str_eq(e.reason, "times wants a file");
	cr_assert_eq(expr_compile(&x, SLICE("tmes(name, age)"), &scope, &e), SO1_USAGE);
	cr_assert_str_eq(e.reason, "no function 'tmes'; did you mean 'times'?");
	cr_assert_eq(expr_compile(&x, SLICE("times(text, keywords.csv)"), &scope, &e), SO1_OK);
	cr_assert_eq(expr_eval(x, fields, &v, &a, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "abc is not wanted");
	expr_free(x);
	cr_assert_eq(expr_compile(&x, SLICE("times(name, keywords.csv)"), &scope, &e), SO1_OK);
	cr_assert_eq(expr_eval(x, fields, &v, &a, &e), SO1_OK);
	cr_assert(slice_is(v.text, "yes"));
	expr_free(x);
	arena_free(&a);
}
