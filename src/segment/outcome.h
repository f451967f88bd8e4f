/* The target of --discover and --target: what a customer did or did not. */
#ifndef SO1_SEGMENT_OUTCOME_H
#define SO1_SEGMENT_OUTCOME_H

#include "expr/rules.h"
#include "stream/dialect.h"

enum outcome_value { OUTCOME_NO, OUTCOME_YES, OUTCOME_UNKNOWN };

struct outcome {
	size_t column;     /* a 0/1 column, or COLUMN_NONE */
	struct slice name; /* of the column, borrowed from the header */
	struct expr *expr; /* else; owned */
};

/* text names a column of h, or is an expression of the rules' language, in which the rules
 * of `rules` (bound; NULL: none) may be used by name. Else SO1_USAGE with `option` as the
 * place. h and rules must outlive *o; outcome_free in any case. */
enum so1_status outcome_compile(struct outcome *o, const char *text, const char *option,
				const struct header *h, const struct rule_set *rules,
				struct so1_error *e);
/* Sets used[c] for every column c that the target reads. */
void outcome_columns(const struct outcome *o, bool *used);
/* The target of one row. A column is 1/0, yes/no, true/false or y/n in any case, or empty;
 * anything else fails with SO1_FAILED, reason, column and value (for the rejects). An
 * expression is yes where a rule would hold, unknown where that would be unknown. */
enum so1_status outcome_read(const struct outcome *o, const struct slice *fields, struct arena *a,
			     enum outcome_value *out, struct so1_error *e);
void outcome_free(struct outcome *o);

#endif
