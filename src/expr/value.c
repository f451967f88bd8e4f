#include "expr/value.h"

#include "base/number.h"

bool value_to_number(const struct expr_value *v, double *x)
{
	switch (v->type) {
	case EXPR_BOOL:
	case EXPR_NUMBER:
		*x = v->number;
		return true;
	case EXPR_TEXT:
		return number_parse_double(v->text, x);
	default:
		return false;
	}
}

bool value_compare(const struct expr_value *a, const struct expr_value *b, bool as_text, int *order)
{
	bool both_text = a->type == EXPR_TEXT && b->type == EXPR_TEXT;
	double x, y;

	if (a->type == EXPR_UNKNOWN || b->type == EXPR_UNKNOWN)
		return false;
	if (!(both_text && as_text) && value_to_number(a, &x) && value_to_number(b, &y)) {
		*order = (x > y) - (x < y);
		return true;
	}
	if (!both_text)
		return false;
	*order = slice_compare(a->text, b->text);
	return true;
}

bool expr_is_true(const struct expr_value *v, bool *unknown)
{
	double x = 0;
	bool known = value_to_number(v, &x);

	if (unknown)
		*unknown = !known;
	return known && x != 0;
}

struct slice expr_value_text(const struct expr_value *v, struct arena *a)
{
	struct buffer b = {0};

	switch (v->type) {
	case EXPR_TEXT:
		return v->text;
	case EXPR_BOOL:
		return v->number != 0 ? SLICE("1") : SLICE("0");
	case EXPR_NUMBER:
		number_put_rounded(&b, v->number, 15);
		struct slice text = arena_copy(a, buffer_slice(&b));
		buffer_free(&b);
		return text;
	default:
		return SLICE("");
	}
}
