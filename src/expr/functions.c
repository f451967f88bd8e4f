#include "expr/functions.h"

#include "base/datetime.h"
#include "base/number.h"
#include "expr/value.h"
#include "expr/words.h"
#include "stream/cells.h"

#include <stdlib.h>

#define UNUSED __attribute__((unused))

/* The text of argument i, "" for unknown. */
static struct slice text_of(const struct call *c, size_t i)
{
	return expr_value_text(&c->args[i], c->arena);
}

static bool is_unknown(const struct call *c, size_t i)
{
	return c->args[i].type == EXPR_UNKNOWN;
}

static bool any_unknown(const struct call *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (is_unknown(c, i))
			return true;
	return false;
}

static enum so1_status give(struct expr_value *out, struct expr_value v)
{
	*out = v;
	return SO1_OK;
}

/* Text. */

static enum so1_status call_lower(const struct call *c, struct expr_value *out,
				  UNUSED struct so1_error *e)
{
	return give(out, value_text(words_lower(text_of(c, 0), c->arena)));
}

static enum so1_status call_upper(const struct call *c, struct expr_value *out,
				  UNUSED struct so1_error *e)
{
	return give(out, value_text(words_upper(text_of(c, 0), c->arena)));
}

static enum so1_status call_trim(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	return give(out, value_text(slice_trim(text_of(c, 0))));
}

static enum so1_status call_length(const struct call *c, struct expr_value *out,
				   UNUSED struct so1_error *e)
{
	struct slice s = text_of(c, 0);

	if (is_unknown(c, 0))
		return give(out, value_unknown());
	return give(out, value_number((double)words_length(s)));
}

/* Unknown parts count as empty, but a frame of literals around nothing is nothing. */
static enum so1_status call_concat(const struct call *c, struct expr_value *out,
				   UNUSED struct so1_error *e)
{
	bool variable = false, known = false;
	size_t total = 0, at = 0;

	for (size_t i = 0; i < c->count; i++) {
		total += text_of(c, i).len;
		if (c->node->args[i]->kind == NODE_LITERAL)
			continue;
		variable = true;
		known = known || !is_unknown(c, i);
	}
	if (variable && !known)
		return give(out, value_unknown());
	char *text = arena_bytes(c->arena, total);
	for (size_t i = 0; i < c->count; i++) {
		struct slice s = text_of(c, i);
		if (s.len)
			memcpy(text + at, s.ptr, s.len);
		at += s.len;
	}
	return give(out, value_text(slice_make(text, total)));
}

static const char *find(struct slice in, struct slice what)
{
	return what.len ? memmem(in.ptr, in.len, what.ptr, what.len) : NULL;
}

static enum so1_status call_replace(const struct call *c, struct expr_value *out,
				    UNUSED struct so1_error *e)
{
	struct slice rest = text_of(c, 0), from = text_of(c, 1), to = text_of(c, 2);
	struct buffer b = {0};
	const char *hit;

	if (find(rest, from) == NULL)
		return give(out, value_text(rest));
	while ((hit = find(rest, from)) != NULL) {
		size_t before = (size_t)(hit - rest.ptr);
		buffer_put(&b, rest.ptr, before);
		buffer_put_slice(&b, to);
		rest = slice_make(hit + from.len, rest.len - before - from.len);
	}
	buffer_put_slice(&b, rest);
	*out = value_text(arena_copy(c->arena, buffer_slice(&b)));
	buffer_free(&b);
	return SO1_OK;
}

/* The n-th piece of s between separators, from 1, or from the end where n is negative. */
static struct slice piece(struct slice s, struct slice separator, int64_t n)
{
	size_t count = 1;
	struct slice rest = s;
	const char *hit;

	if (n < 0) {
		while ((hit = find(rest, separator)) != NULL) {
			rest.len -= (size_t)(hit - rest.ptr) + separator.len;
			rest.ptr = hit + separator.len;
			count++;
		}
		n += (int64_t)count + 1;
		rest = s;
	}
	if (n < 1)
		return SLICE("");
	while (--n > 0) {
		hit = find(rest, separator);
		if (hit == NULL)
			return SLICE("");
		rest.len -= (size_t)(hit - rest.ptr) + separator.len;
		rest.ptr = hit + separator.len;
	}
	hit = find(rest, separator);
	return hit ? slice_make(rest.ptr, (size_t)(hit - rest.ptr)) : rest;
}

/* A whole number that is safe to count with. */
static bool count_of(const struct call *c, size_t i, int64_t *n)
{
	double x;

	if (!value_to_number(&c->args[i], &x) || fabs(x) > 1e9)
		return false;
	*n = (int64_t)trunc(x);
	return true;
}

static enum so1_status call_part(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	int64_t n;

	if (!count_of(c, 2, &n))
		return give(out, value_unknown());
	return give(out, value_text(piece(text_of(c, 0), text_of(c, 1), n)));
}

static enum so1_status call_substr(const struct call *c, struct expr_value *out,
				   UNUSED struct so1_error *e)
{
	int64_t start, length = INT32_MAX;

	if (!count_of(c, 1, &start) || (c->count > 2 && !count_of(c, 2, &length)))
		return give(out, value_unknown());
	return give(out, value_text(words_substr(text_of(c, 0), start, length)));
}

static enum so1_status call_contains(const struct call *c, struct expr_value *out,
				     UNUSED struct so1_error *e)
{
	if (any_unknown(c))
		return give(out, value_unknown());
	return give(out, value_bool(find(text_of(c, 0), text_of(c, 1)) != NULL));
}

static enum so1_status call_starts_with(const struct call *c, struct expr_value *out,
					UNUSED struct so1_error *e)
{
	if (any_unknown(c))
		return give(out, value_unknown());
	return give(out, value_bool(slice_starts_with(text_of(c, 0), text_of(c, 1))));
}

static enum so1_status call_ends_with(const struct call *c, struct expr_value *out,
				      UNUSED struct so1_error *e)
{
	struct slice s = text_of(c, 0), end = text_of(c, 1);

	if (any_unknown(c))
		return give(out, value_unknown());
	return give(out, value_bool(s.len >= end.len &&
				    memcmp(s.ptr + s.len - end.len, end.ptr, end.len) == 0));
}

/* Words into other words. */

static enum so1_status call_yes(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	enum answer a = words_answer(text_of(c, 0));

	return give(out, a == ANSWER_NONE ? value_unknown() : value_bool(a == ANSWER_YES));
}

static enum so1_status call_no(const struct call *c, struct expr_value *out,
			       UNUSED struct so1_error *e)
{
	enum answer a = words_answer(text_of(c, 0));

	return give(out, a == ANSWER_NONE ? value_unknown() : value_bool(a == ANSWER_NO));
}

static enum so1_status call_map(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	struct slice s = text_of(c, 0);
	size_t pairs = (c->count - 1) / 2;

	if (is_unknown(c, 0))
		return give(out, value_unknown());
	for (size_t i = 0; i < pairs; i++)
		if (slice_equal(s, text_of(c, 1 + 2 * i)))
			return give(out, c->args[2 + 2 * i]);
	/* A last argument without a partner is for everything else. */
	return give(out, c->count % 2 == 0 ? c->args[c->count - 1] : value_unknown());
}

static enum so1_status call_list(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	struct cell_builder cell = {0};
	struct buffer b = {0};

	for (size_t i = 0; i < c->count; i++)
		if (!is_unknown(c, i))
			cell_add(&cell, text_of(c, i), SLICE(""));
	cell_put_list(&cell, &b);
	*out = value_text(arena_copy(c->arena, buffer_slice(&b)));
	buffer_free(&b);
	cell_free(&cell);
	return SO1_OK;
}

/* Numbers. */

/* number(x) and number(x, ','): with a decimal mark, what else groups digits (blanks,
 * "'", and "." or "," whichever is not the mark) is left out. */
static enum so1_status call_number(const struct call *c, struct expr_value *out, struct so1_error *e)
{
	struct slice s = slice_trim(text_of(c, 0));
	char mark = c->count > 1 && text_of(c, 1).len ? text_of(c, 1).ptr[0] : '\0';
	double x;

	if (is_unknown(c, 0) || s.len == 0)
		return give(out, value_unknown());
	struct slice plain = s;
	if (mark) {
		char *text = arena_bytes(c->arena, s.len);
		size_t n = 0;
		for (size_t i = 0; i < s.len; i++) {
			char b = s.ptr[i];
			if (b == mark)
				text[n++] = '.';
			else if (strchr(" .,'", b) == NULL || b == '\0')
				text[n++] = b;
		}
		plain = slice_make(text, n);
	}
	if (number_parse_double(plain, &x))
		return give(out, value_number(x));
	/* In a map it is a cell that cannot be used; in a rule it is not known. */
	if (c->node->dialect == EXPR_RULE)
		return give(out, value_unknown());
	error_set(e, SO1_FAILED, "not a number");
	return error_value(e, s);
}

static enum so1_status call_abs(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(fabs(x)) : value_unknown());
}

static enum so1_status call_floor(const struct call *c, struct expr_value *out,
				  UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(floor(x)) : value_unknown());
}

static enum so1_status call_ceil(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(ceil(x)) : value_unknown());
}

/* log(0) and log(-1) come out as -inf and NaN: unknown. */
static enum so1_status call_log(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(log(x)) : value_unknown());
}

static enum so1_status call_exp(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(exp(x)) : value_unknown());
}

static enum so1_status call_sqrt(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	double x;

	return give(out, value_to_number(&c->args[0], &x) ? value_number(sqrt(x)) : value_unknown());
}

/* Half away from zero, at `digits` decimals (0 by default, negative left of the point). */
static enum so1_status call_round(const struct call *c, struct expr_value *out,
				  UNUSED struct so1_error *e)
{
	double x;
	int64_t digits = 0;

	if (!value_to_number(&c->args[0], &x) || (c->count > 1 && !count_of(c, 1, &digits)))
		return give(out, value_unknown());
	if (digits > 15 || digits < -15)
		return give(out, digits > 0 ? value_number(x) : value_number(0));
	double scale = pow(10, (double)llabs(digits));
	if (digits < 0)
		return give(out, value_number(round(x / scale) * scale));
	/* What is too large to scale has no decimals. */
	return give(out, value_number(isfinite(x * scale) ? round(x * scale) / scale : x));
}

/* The smallest (sign 1) or largest (sign -1) of the known arguments. */
static enum so1_status extreme(const struct call *c, int sign, struct expr_value *out)
{
	const struct expr_value *best = NULL;
	int order;

	for (size_t i = 0; i < c->count; i++) {
		if (is_unknown(c, i))
			continue;
		if (best == NULL) {
			best = &c->args[i];
			continue;
		}
		if (!value_compare(&c->args[i], best, false, &order))
			return give(out, value_unknown());
		if (order * sign < 0)
			best = &c->args[i];
	}
	return give(out, best ? *best : value_unknown());
}

static enum so1_status call_min(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	return extreme(c, 1, out);
}

static enum so1_status call_max(const struct call *c, struct expr_value *out,
				UNUSED struct so1_error *e)
{
	return extreme(c, -1, out);
}

/* Days. */

static struct expr_value days_from(const struct expr_value *a, const struct expr_value *b)
{
	int64_t from, to;

	if (a->type != EXPR_TEXT || b->type != EXPR_TEXT ||
	    !datetime_parse_iso(a->text, &from, NULL, NULL) ||
	    !datetime_parse_iso(b->text, &to, NULL, NULL))
		return value_unknown();
	int64_t days = (to - from) / DAY_SECONDS;
	/* Down, also for what lies in the future. */
	if ((to - from) % DAY_SECONDS < 0)
		days--;
	return value_number((double)days);
}

/* days_between(a, b), and days_since(a) with as_of for b. */
static enum so1_status call_days(const struct call *c, struct expr_value *out,
				 UNUSED struct so1_error *e)
{
	return give(out, days_from(&c->args[0], &c->args[1]));
}

enum { MANY = 64 };

/* Ascending by name. */
static const struct builtin table[] = {
	{"abs", 1, 1, false, call_abs, 0},
	{"ceil", 1, 1, false, call_ceil, 0},
	{"coalesce", 1, MANY, false, NULL, NODE_COALESCE},
	{"concat", 1, MANY, false, call_concat, 0},
	{"contains", 2, 2, false, call_contains, 0},
	{"days_between", 2, 2, false, call_days, 0},
	{"days_since", 1, 1, true, call_days, 0},
	{"ends_with", 2, 2, false, call_ends_with, 0},
	{"exp", 1, 1, false, call_exp, 0},
	{"floor", 1, 1, false, call_floor, 0},
	{"if", 2, 3, false, NULL, NODE_IF},
	{"length", 1, 1, false, call_length, 0},
	{"list", 1, MANY, false, call_list, 0},
	{"log", 1, 1, false, call_log, 0},
	{"lower", 1, 1, false, call_lower, 0},
	{"map", 3, MANY, false, call_map, 0},
	{"max", 1, MANY, false, call_max, 0},
	{"min", 1, MANY, false, call_min, 0},
	{"no", 1, 1, false, call_no, 0},
	{"number", 1, 2, false, call_number, 0},
	{"part", 3, 3, false, call_part, 0},
	{"replace", 3, 3, false, call_replace, 0},
	{"round", 1, 2, false, call_round, 0},
	{"sqrt", 1, 1, false, call_sqrt, 0},
	{"starts_with", 2, 2, false, call_starts_with, 0},
	{"substr", 2, 3, false, call_substr, 0},
	{"trim", 1, 1, false, call_trim, 0},
	{"upper", 1, 1, false, call_upper, 0},
	{"yes", 1, 1, false, call_yes, 0},
};

const struct builtin *builtin_all(size_t *count)
{
	*count = sizeof table / sizeof *table;
	return table;
}

const struct builtin *builtin_find(struct slice name)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (slice_is(name, table[i].name))
			return &table[i];
	return NULL;
}
