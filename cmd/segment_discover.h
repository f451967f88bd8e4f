/* so1-segment --discover: its options, its run, what it says on standard error. */
#ifndef SO1_CMD_SEGMENT_DISCOVER_H
#define SO1_CMD_SEGMENT_DISCOVER_H

#include "cmd/tool.h"
#include "expr/rules.h"

/* What --discover alone takes; NULL, UINT64_MAX and -1 where it is not given. */
struct discover_settings {
	const char *target, *support, *ignore, *include;
	uint64_t depth, quantiles, top;
	double fdr, min_lift;
};
#define DISCOVER_NOT_GIVEN                                                              \
	{.depth = UINT64_MAX, .quantiles = UINT64_MAX, .top = UINT64_MAX, .fdr = -1, .min_lift = -1}

/* Whether any is given but the target. */
bool discover_settings_given(const struct discover_settings *d);
/* SO1_USAGE for a value out of range. */
enum so1_status discover_settings_check(const struct discover_settings *d, struct so1_error *e);
/* Reads r and writes the rules to the output. `rules` are bound, or empty. */
enum so1_status segment_discover(const struct discover_settings *d, struct tool_run *run,
				 struct reader *r, const struct rule_set *rules,
				 struct so1_error *e);

#endif
