/* From text to a tree with columns bound to their places. Private to src/expr.
 *
 *   or         = and {"or" and}
 *   and        = not {"and" not}
 *   not        = "not" not | comparison
 *   comparison = sum [("=" | "<" | …) sum | ["not"] "in" "(" sum {"," sum} ")"
 *                     | ["not"] "has" sum | ["not"] "matches" TEXT
 *                     | "is" ["not"] ("unknown" | "known")]
 *   sum        = product {("+" | "-") product}
 *   product    = sign {("*" | "/" | "%") sign}
 *   sign       = "-" sign | primary
 *   primary    = NUMBER | TEXT | "true" | "false" | "unknown" | "(" or ")"
 *              | WORD "(" [or {"," or}] ")" | NAME ["[" key "]"]
 */
#ifndef SO1_EXPR_PARSE_H
#define SO1_EXPR_PARSE_H

#include "expr/node.h"

/* Parses text, which must live as long as x (its arena), into x->root. On
 * SO1_USAGE *where is the offset of the byte that is wrong. */
enum so1_status parse_expression(struct expr *x, struct slice text, const struct expr_scope *scope,
				 size_t *where, struct so1_error *e);

#endif
