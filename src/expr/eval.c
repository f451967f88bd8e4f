#include "expr/functions.h"
#include "expr/node.h"
#include "expr/regex.h"
#include "expr/value.h"
#include "stream/cells.h"

/* One row. */
struct evaluation {
	const struct slice *fields;
	struct expr_memo *memo;
	struct arena *arena;
	struct so1_error *error;
};

/* SQL's third truth value between the other two. */
enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

static enum so1_status eval(struct evaluation *ev, const struct node *n, struct expr_value *out);

static enum truth truth_of(const struct expr_value *v)
{
	bool unknown;
	bool is_true = expr_is_true(v, &unknown);

	return unknown ? TRUTH_UNKNOWN : is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct expr_value value_truth(enum truth t)
{
	return t == TRUTH_UNKNOWN ? value_unknown() : value_bool(t == TRUTH_TRUE);
}

/* "and" is the least of its operands' truths, "or" the greatest; the first that
 * decides ends it. */
static enum so1_status eval_chain(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	enum truth decides = n->kind == NODE_AND ? TRUTH_FALSE : TRUTH_TRUE;
	enum truth result = n->kind == NODE_AND ? TRUTH_TRUE : TRUTH_FALSE;

	for (size_t i = 0; i < n->count && result != decides; i++) {
		enum so1_status status = eval(ev, n->args[i], out);
		if (status != SO1_OK)
			return status;
		enum truth t = truth_of(out);
		if (t == decides || t == TRUTH_UNKNOWN)
			result = t;
	}
	*out = value_truth(result);
	return SO1_OK;
}

static struct expr_value arithmetic(enum operation operation, double x, double y)
{
	switch (operation) {
	case OPERATION_ADD: return value_number(x + y);
	case OPERATION_SUBTRACT: return value_number(x - y);
	case OPERATION_MULTIPLY: return value_number(x * y);
	case OPERATION_DIVIDE: return value_number(x / y);
	default: return value_number(fmod(x, y));
	}
}

static bool holds(enum operation operation, int order)
{
	switch (operation) {
	case OPERATION_EQUAL: return order == 0;
	case OPERATION_UNEQUAL: return order != 0;
	case OPERATION_LESS: return order < 0;
	case OPERATION_LESS_EQUAL: return order <= 0;
	case OPERATION_GREATER: return order > 0;
	default: return order >= 0;
	}
}

/* Quotes say text: postcode = '01067' is not 1067. */
static bool is_text_literal(const struct node *n)
{
	return n->kind == NODE_LITERAL && n->value.type == EXPR_TEXT;
}

static enum so1_status eval_two(struct evaluation *ev, const struct node *n, struct expr_value *a,
				struct expr_value *b)
{
	enum so1_status status = eval(ev, n->args[0], a);

	return status == SO1_OK ? eval(ev, n->args[1], b) : status;
}

static enum so1_status eval_arithmetic(struct evaluation *ev, const struct node *n,
				       struct expr_value *out)
{
	struct expr_value a, b;
	double x, y;
	enum so1_status status = eval_two(ev, n, &a, &b);

	*out = value_to_number(&a, &x) && value_to_number(&b, &y) ? arithmetic(n->operation, x, y)
								  : value_unknown();
	return status;
}

static enum so1_status eval_compare(struct evaluation *ev, const struct node *n,
				    struct expr_value *out)
{
	struct expr_value a, b;
	int order;
	enum so1_status status = eval_two(ev, n, &a, &b);
	bool as_text = is_text_literal(n->args[0]) || is_text_literal(n->args[1]);

	*out = status == SO1_OK && value_compare(&a, &b, as_text, &order)
		       ? value_bool(holds(n->operation, order)) : value_unknown();
	return status;
}

/* As SQL's IN: a chain of "=" joined by "or". */
static enum so1_status eval_in(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	struct expr_value wanted, item;
	bool unknown = false;
	int order;
	enum so1_status status = eval(ev, n->args[0], &wanted);

	for (size_t i = 1; i < n->count && status == SO1_OK; i++) {
		if ((status = eval(ev, n->args[i], &item)) != SO1_OK)
			break;
		if (!value_compare(&wanted, &item, is_text_literal(n->args[i]), &order)) {
			unknown = true;
		} else if (order == 0) {
			*out = value_bool(true);
			return SO1_OK;
		}
	}
	*out = unknown ? value_unknown() : value_bool(false);
	return status;
}

/* An item of a list or a key of a map. The cell says all there is to say: where it is
 * empty there is no item. */
static enum so1_status eval_has(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	struct expr_value cell, item;
	struct slice key, value;
	enum so1_status status = eval_two(ev, n, &cell, &item);

	if (status != SO1_OK || item.type == EXPR_UNKNOWN) {
		*out = value_unknown();
		return status;
	}
	struct slice wanted = expr_value_text(&item, ev->arena);
	struct slice rest = expr_value_text(&cell, ev->arena);
	*out = value_bool(false);
	while (cell_next(&rest, &key, &value, ev->arena))
		if (slice_equal(key, wanted)) {
			*out = value_bool(true);
			break;
		}
	return SO1_OK;
}

static enum so1_status eval_matches(struct evaluation *ev, const struct node *n,
				    struct expr_value *out)
{
	struct expr_value v;
	enum so1_status status = eval(ev, n->args[0], &v);

	if (status != SO1_OK || v.type == EXPR_UNKNOWN)
		*out = value_unknown();
	else
		*out = value_bool(regex_found(n->regex, expr_value_text(&v, ev->arena)));
	return status;
}

static enum so1_status eval_named(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	const struct expr *x = n->named;

	if (ev->memo == NULL || x->slot == SIZE_MAX)
		return eval(ev, x->root, out);
	if (!ev->memo->done[x->slot]) {
		enum so1_status status = eval(ev, x->root, &ev->memo->values[x->slot]);
		if (status != SO1_OK)
			return status;
		ev->memo->done[x->slot] = true;
	}
	*out = ev->memo->values[x->slot];
	return SO1_OK;
}

static void eval_map(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	struct slice value;

	if (map_get(ev->fields[n->column], n->value.text, &value, ev->arena))
		*out = value_text(value);
	else
		*out = n->sparse ? value_number(0) : value_unknown();
}

/* if(unknown, a, b) is b, as in SQL's CASE. */
static enum so1_status eval_if(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	struct expr_value condition;
	enum so1_status status = eval(ev, n->args[0], &condition);

	*out = value_unknown();
	if (status != SO1_OK)
		return status;
	size_t taken = truth_of(&condition) == TRUTH_TRUE ? 1 : 2;
	return taken < n->count ? eval(ev, n->args[taken], out) : SO1_OK;
}

static enum so1_status eval_coalesce(struct evaluation *ev, const struct node *n,
				     struct expr_value *out)
{
	enum so1_status status = SO1_OK;

	*out = value_unknown();
	for (size_t i = 0; i < n->count && status == SO1_OK && out->type == EXPR_UNKNOWN; i++)
		status = eval(ev, n->args[i], out);
	return status;
}

static enum so1_status eval_call(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	struct expr_value *args = arena_alloc(ev->arena, (n->count + 1) * sizeof *args);

	for (size_t i = 0; i < n->count; i++) {
		enum so1_status status = eval(ev, n->args[i], &args[i]);
		if (status != SO1_OK)
			return status;
	}
	*out = value_unknown();
	if (n->kind == NODE_CUSTOM)
		return n->custom->function.eval(n->custom->context, args, n->count, out, ev->arena,
						ev->error);
	struct call c = {.node = n, .args = args, .count = n->count, .arena = ev->arena};
	return n->builtin->eval(&c, out, ev->error);
}

static enum so1_status eval_negate(struct evaluation *ev, const struct node *n,
				   struct expr_value *out)
{
	double x;
	enum so1_status status = eval(ev, n->args[0], out);

	*out = status == SO1_OK && value_to_number(out, &x) ? value_number(-x) : value_unknown();
	return status;
}

static enum so1_status eval_not(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	enum so1_status status = eval(ev, n->args[0], out);

	if (status == SO1_OK)
		*out = value_truth(TRUTH_TRUE - truth_of(out));
	return status;
}

static enum so1_status eval_is_unknown(struct evaluation *ev, const struct node *n,
				       struct expr_value *out)
{
	enum so1_status status = eval(ev, n->args[0], out);

	if (status == SO1_OK)
		*out = value_bool(out->type == EXPR_UNKNOWN);
	return status;
}

static enum so1_status eval(struct evaluation *ev, const struct node *n, struct expr_value *out)
{
	switch (n->kind) {
	case NODE_LITERAL: *out = n->value; return SO1_OK;
	case NODE_COLUMN: *out = value_text(ev->fields[n->column]); return SO1_OK;
	case NODE_MAP: eval_map(ev, n, out); return SO1_OK;
	case NODE_NAMED: return eval_named(ev, n, out);
	case NODE_NEGATE: return eval_negate(ev, n, out);
	case NODE_ARITHMETIC: return eval_arithmetic(ev, n, out);
	case NODE_COMPARE: return eval_compare(ev, n, out);
	case NODE_AND:
	case NODE_OR: return eval_chain(ev, n, out);
	case NODE_NOT: return eval_not(ev, n, out);
	case NODE_IN: return eval_in(ev, n, out);
	case NODE_HAS: return eval_has(ev, n, out);
	case NODE_MATCHES: return eval_matches(ev, n, out);
	case NODE_IS_UNKNOWN: return eval_is_unknown(ev, n, out);
	case NODE_IF: return eval_if(ev, n, out);
	case NODE_COALESCE: return eval_coalesce(ev, n, out);
	default: return eval_call(ev, n, out);
	}
}

enum so1_status expr_eval_shared(const struct expr *x, const struct slice *fields,
				 struct expr_memo *memo, struct expr_value *out,
				 struct arena *a, struct so1_error *e)
{
	struct evaluation ev = {.fields = fields, .memo = memo, .arena = a, .error = e};

	return eval(&ev, x->root, out);
}

enum so1_status expr_eval(const struct expr *x, const struct slice *fields, struct expr_value *out,
			  struct arena *a, struct so1_error *e)
{
	struct expr_memo memo;

	if (x->slots_needed == 0)
		return expr_eval_shared(x, fields, NULL, out, a, e);
	memo.values = arena_alloc(a, x->slots_needed * sizeof *memo.values);
	memo.done = arena_alloc(a, x->slots_needed * sizeof *memo.done);
	memset(memo.done, 0, x->slots_needed * sizeof *memo.done);
	return expr_eval_shared(x, fields, &memo, out, a, e);
}
