#include "segment/outcome.h"

#include "base/number.h"

enum so1_status outcome_compile(struct outcome *o, const char *text, const char *option,
				const struct header *h, const struct rule_set *rules,
				struct so1_error *e)
{
	struct expr_scope scope = {.dialect = EXPR_RULE, .columns = h->names,
				   .column_count = h->count};
	size_t where;

	*o = (struct outcome){.column = header_find(h, slice_of(text))};
	if (o->column != COLUMN_NONE) {
		o->name = h->names[o->column];
		return SO1_OK;
	}
	if (rules) {
		scope.named = rules_named(rules);
		scope.named_count = rules_count(rules);
	}
	if (expr_compile_where(&o->expr, slice_of(text), &scope, &where, e) != SO1_OK)
		return error_at(e, NULL, 0, option);
	return SO1_OK;
}

static void mark(void *used, size_t column)
{
	((bool *)used)[column] = true;
}

void outcome_columns(const struct outcome *o, bool *used)
{
	if (o->expr)
		expr_columns(o->expr, mark, used);
	else
		used[o->column] = true;
}

static bool parse(struct slice field, enum outcome_value *out)
{
	static const char *const words[2][3] = {{"no", "false", "n"}, {"yes", "true", "y"}};
	double x;

	if (field.len == 0) {
		*out = OUTCOME_UNKNOWN;
		return true;
	}
	if (number_parse_double(field, &x)) {
		*out = x != 0 ? OUTCOME_YES : OUTCOME_NO;
		return x == 0 || x == 1;
	}
	for (int v = 0; v < 2; v++)
		for (size_t i = 0; i < 3; i++)
			if (slice_equal_nocase(field, slice_of(words[v][i]))) {
				*out = v ? OUTCOME_YES : OUTCOME_NO;
				return true;
			}
	return false;
}

enum so1_status outcome_read(const struct outcome *o, const struct slice *fields, struct arena *a,
			     enum outcome_value *out, struct so1_error *e)
{
	char name[sizeof e->column];
	struct expr_value v;
	bool unknown;

	if (o->expr) {
		enum so1_status status = expr_eval(o->expr, fields, &v, a, e);
		if (status != SO1_OK)
			return status;
		bool holds = expr_is_true(&v, &unknown);
		*out = unknown ? OUTCOME_UNKNOWN : holds ? OUTCOME_YES : OUTCOME_NO;
		return SO1_OK;
	}
	if (parse(fields[o->column], out))
		return SO1_OK;
	size_t n = o->name.len < sizeof name - 1 ? o->name.len : sizeof name - 1;
	memcpy(name, o->name.ptr, n);
	name[n] = '\0';
	error_set(e, SO1_FAILED, "target is not 0 or 1; for others write a condition, such as "
		  "'%s > 0'", name);
	error_at(e, NULL, 0, name);
	return error_value(e, fields[o->column]);
}

void outcome_free(struct outcome *o)
{
	expr_free(o->expr);
	*o = (struct outcome){.column = COLUMN_NONE};
}
