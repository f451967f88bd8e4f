/* Rule files: named expressions over a row.
 *
 *   # a comment
 *   tv_interest : views_by_category[tv] >= 2
 *                 and recency_days < 60
 *   warranty    : orders_by_category[warranty] > 0 \
 *                 or tags has "warranty"
 *   both        : tv_interest and warranty      # rules may use rules
 *
 * A line that begins with a blank, or follows one that ends in a backslash, continues the
 * rule before it. A comment begins with # at the start of a line or behind a blank,
 * outside quotes. Names are letters, digits and '_'. Rules may use rules defined
 * anywhere in the set, but not in a circle. Every error is SO1_USAGE and names file,
 * line and "column N" in that line. */
#ifndef SO1_EXPR_RULES_H
#define SO1_EXPR_RULES_H

#include "expr/expr.h"

struct rule_set;

/* rules_new, rules_add_*, rules_bind, rules_eval …, rules_free (takes NULL). */
struct rule_set *rules_new(void);
/* Adds the rules of a file; SO1_FAILED when it cannot be read. */
enum so1_status rules_add_file(struct rule_set *set, const char *file, struct so1_error *e);
/* The same from memory; `file` is for messages. */
enum so1_status rules_add_text(struct rule_set *set, const char *file, struct slice text,
			       struct so1_error *e);
/* Compiles all rules for rows with the scope's columns (its dialect and named are not
 * looked at). A rule with the name of a column is an error. Once only. */
enum so1_status rules_bind(struct rule_set *set, const struct expr_scope *scope,
			   struct so1_error *e);

size_t rules_count(const struct rule_set *set);
/* In the order of the files. */
struct slice rules_name(const struct rule_set *set, size_t i);
/* The expression on one line, comments gone. */
struct slice rules_text(const struct rule_set *set, size_t i);
const struct expr *rules_expr(const struct rule_set *set, size_t i);
/* For expr_scope.named of expressions that use the rules; valid as long as the set. */
const struct expr_named *rules_named(const struct rule_set *set);
/* All rules on one row, each evaluated once: values has room for rules_count. Thread-safe
 * and with the arena of the caller, as expr_eval. */
enum so1_status rules_eval(const struct rule_set *set, const struct slice *fields,
			   struct expr_value *values, struct arena *a, struct so1_error *e);
/* Adds file, line and column of what is wrong at `where` (an offset in rules_text(i)). */
enum so1_status rules_error_at(const struct rule_set *set, size_t i, size_t where,
			       struct so1_error *e);
void rules_free(struct rule_set *set);

#endif
