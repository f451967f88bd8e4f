/* The lines of a rule file put together into rules. Private to src/expr. */
#ifndef SO1_EXPR_RULEFILE_H
#define SO1_EXPR_RULEFILE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

/* A stretch of a rule's text that stands on one line. */
struct rule_stretch {
	size_t offset;   /* of its first byte in the text */
	uint64_t line;
	size_t column;   /* in characters, from 1 */
};

struct rule_lines {
	struct slice name;   /* in the arena */
	size_t name_column;
	uint64_t line;       /* of the name */
	struct buffer text;  /* the expression on one line, owned */
	struct rule_stretch *stretches; /* owned */
	size_t stretch_count, stretch_cap;
};

/* Calls take(context, rule) for each rule, which takes over its text and stretches
 * (rule_lines_free). Fails with SO1_USAGE (file, line, column) for what is no rule; a
 * status of take other than SO1_OK ends the reading. */
enum so1_status rulefile_read(const char *file, struct slice bytes, struct arena *arena,
			      enum so1_status (*take)(void *context, struct rule_lines *rule,
						      struct so1_error *e),
			      void *context, struct so1_error *e);
void rule_lines_free(struct rule_lines *rule);

#endif
