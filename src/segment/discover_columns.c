#include "segment/discover_columns.h"

#include "stream/touchpoint.h"

#include <stdlib.h>

static bool contains(struct slice s, struct slice part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (memcmp(s.ptr + i, part.ptr, part.len) == 0)
			return true;
	return false;
}

static bool ends_with(struct slice s, struct slice end)
{
	return s.len >= end.len && memcmp(s.ptr + s.len - end.len, end.ptr, end.len) == 0;
}

static bool is_one_of(struct slice name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

static bool begins_with_one_of(struct slice name, const char *const *starts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_starts_with(name, slice_of(starts[i])))
			return true;
	return false;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What models append: a rule on a score says what the model said, not what the customer
 * does. */
static bool is_score(struct slice name)
{
	static const char *const starts[] = {"p_", "e_", "expected_", "score_", "again_by_",
					     "new_by_", "season_by_", "reasons_"};
	static const char *const names[] = {"score", "clv", "uplift", "next_order", "reasons"};

	return begins_with_one_of(name, starts, COUNT_OF(starts)) ||
	       is_one_of(name, names, COUNT_OF(names));
}

/* Who the customer is, and not what he is like. */
static bool identifies(struct slice name)
{
	static const enum touchpoint_column columns[] = {T_FIRST_NAME, T_LAST_NAME, T_STREET,
							 T_BIRTH_DATE};
	enum touchpoint_column t = touchpoint_column_of(name);

	if (slice_is(name, "id") || ends_with(name, SLICE("_id")))
		return true;
	if (t == TOUCHPOINT_COLUMNS)
		return false;
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		if (t == columns[i])
			return true;
	return touchpoint_table[t].group == GROUP_IDENTIFIER;
}

/* The column `segments` is not there yet when the rules are to run. */
static bool is_left_out(struct slice name)
{
	return identifies(name) || is_score(name) || slice_is(name, "label") ||
	       slice_starts_with(name, SLICE("label_")) || slice_is(name, "as_of") ||
	       touchpoint_column_of(name) == T_TS || slice_is(name, "segments");
}

static enum discover_kind kind_of(struct slice name)
{
	if (slice_is(name, "tags") || slice_is(name, "segments"))
		return DISCOVER_LIST;
	if (slice_is(name, "attrs"))
		return DISCOVER_PAIRS;
	if (slice_starts_with(name, SLICE("recency_by_")))
		return DISCOVER_KEYS;
	return contains(name, SLICE("_by_")) ? DISCOVER_MAP : DISCOVER_PLAIN;
}

static enum so1_status apply_list(const struct header *h, const char *list, const char *option,
				  const bool *used, bool value, bool *allowed, struct so1_error *e)
{
	struct slice rest = slice_of(list), name;

	while (list && slice_split(&rest, ',', &name)) {
		name = slice_trim(name);
		size_t c = header_find(h, name);
		if (c == COLUMN_NONE) {
			struct slice near = nearest_name(name, h->names, h->count);
			if (near.len)
				error_set(e, SO1_USAGE, "no column '%.*s'; did you mean '%.*s'?",
					  SLICE_ARGS(name), SLICE_ARGS(near));
			else
				error_set(e, SO1_USAGE, "no column '%.*s'", SLICE_ARGS(name));
			return error_at(e, NULL, 0, option);
		}
		if (value && used[c]) {
			error_set(e, SO1_USAGE, "the target cannot explain itself");
			error_value(e, name);
			return error_at(e, NULL, 0, option);
		}
		allowed[c] = value;
	}
	return SO1_OK;
}

enum so1_status discover_columns_choose(const struct header *h, const struct outcome *target,
					const struct discover_options *options, bool *allowed,
					enum discover_kind *kinds, struct so1_error *e)
{
	bool *used = xcalloc(h->count, sizeof *used);

	outcome_columns(target, used);
	for (size_t c = 0; c < h->count; c++) {
		allowed[c] = !used[c] && !is_left_out(h->names[c]);
		kinds[c] = kind_of(h->names[c]);
	}
	enum so1_status status = apply_list(h, options->include, "--include", used, true, allowed, e);
	if (status == SO1_OK)
		status = apply_list(h, options->ignore, "--ignore", used, false, allowed, e);
	free(used);
	return status;
}
