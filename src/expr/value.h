/* Values of expressions: making, converting, comparing. Private to src/expr. */
#ifndef SO1_EXPR_VALUE_H
#define SO1_EXPR_VALUE_H

#include "expr/expr.h"

#include <math.h>

static inline struct expr_value value_unknown(void)
{
	return (struct expr_value){.type = EXPR_UNKNOWN, .text = {"", 0}};
}

static inline struct expr_value value_bool(bool b)
{
	return (struct expr_value){.type = EXPR_BOOL, .number = b, .text = {"", 0}};
}

/* Infinity and not-a-number are unknown. */
static inline struct expr_value value_number(double x)
{
	if (!isfinite(x))
		return value_unknown();
	return (struct expr_value){.type = EXPR_NUMBER, .number = x, .text = {"", 0}};
}

/* The empty text is unknown. */
static inline struct expr_value value_text(struct slice s)
{
	return (struct expr_value){.type = s.len ? EXPR_TEXT : EXPR_UNKNOWN, .text = s};
}

/* False for unknown and for text that is no number. */
bool value_to_number(const struct expr_value *v, double *x);
/* Orders two known values into *order (<0, 0, >0): as numbers where both are; as text,
 * bytewise, where both are text and one is no number or `as_text`. False (unknown) when
 * either is unknown or a number meets text that is none. */
bool value_compare(const struct expr_value *a, const struct expr_value *b, bool as_text, int *order);

#endif
