#include "stream/columns.h"

#include "base/table.h"
#include "stream/touchpoint.h"

bool columns_listed(const char *list, struct slice name)
{
	struct slice rest = slice_of(list), item;

	if (list == NULL)
		return false;
	while (slice_split(&rest, ',', &item))
		if (slice_equal(slice_trim(item), name))
			return true;
	return false;
}

const char *column_role_text(enum column_role role)
{
	switch (role) {
	case COLUMN_IDENTIFIER: return "identifiers";
	case COLUMN_GOLDEN: return "golden columns";
	case COLUMN_LABEL: return "labels";
	case COLUMN_MAP: return "map and list columns";
	case COLUMN_DATE: return "dates";
	case COLUMN_IGNORED: return "ignored";
	case COLUMN_FEATURE:
	case COLUMN_TARGET:
	case COLUMN_UNUSED: break;
	}
	return NULL;
}

void columns_note_left_out(const struct header *h, const enum column_role *roles,
			   struct summary *summary)
{
	for (enum column_role role = 0; role <= COLUMN_IGNORED; role++) {
		struct buffer b = {0};
		for (size_t i = 0; i < h->count && column_role_text(role); i++)
			if (roles[i] == role)
				buffer_printf(&b, " %.*s", SLICE_ARGS(h->names[i]));
		if (b.len)
			summary_note(summary, "left out, %s:%s", column_role_text(role),
				     buffer_text(&b));
		buffer_free(&b);
	}
}

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

static enum column_role role_of(struct slice name, bool customers)
{
	enum touchpoint_column t = touchpoint_column_of(name);
	enum touchpoint_group group = GROUP_EVENT;

	if (t != TOUCHPOINT_COLUMNS)
		group = touchpoint_table[t].group;
	if (slice_is(name, "id") || ends_with(name, SLICE("_id")) || group == GROUP_IDENTIFIER ||
	    t == T_FIRST_NAME || t == T_LAST_NAME || t == T_STREET)
		return COLUMN_IDENTIFIER;
	if (slice_is(name, "label") || slice_starts_with(name, SLICE("label_")))
		return COLUMN_LABEL;
	if (slice_is(name, "as_of") || t == T_TS || t == T_BIRTH_DATE)
		return COLUMN_DATE;
	if (t == T_TAGS || slice_is(name, "segments") || contains(name, SLICE("_by_")))
		return COLUMN_MAP;
	/* Without a customer_id it is somebody's table, and his country column is data. */
	if (customers && (group == GROUP_PERSON || group == GROUP_CONSENT || t == T_ATTRS ||
			  t == T_SOURCE))
		return COLUMN_GOLDEN;
	return t == T_ATTRS ? COLUMN_MAP : COLUMN_FEATURE;
}

static enum so1_status check_list(const struct header *h, const char *list, const char *option,
				  const char *target, struct so1_error *e)
{
	struct slice rest = slice_of(list), item;

	if (list == NULL)
		return SO1_OK;
	while (slice_split(&rest, ',', &item)) {
		item = slice_trim(item);
		if (target && slice_is(item, target)) {
			error_set(e, SO1_USAGE, "the target cannot be a feature");
			return error_at(e, NULL, 0, option);
		}
		if (header_find(h, item) != COLUMN_NONE)
			continue;
		struct slice near = nearest_name(item, h->names, h->count);
		if (near.len)
			error_set(e, SO1_FAILED, "no column '%.*s'; did you mean '%.*s'?",
				  SLICE_ARGS(item), SLICE_ARGS(near));
		else
			error_set(e, SO1_FAILED, "no column '%.*s'", SLICE_ARGS(item));
		return error_at(e, NULL, 0, option);
	}
	return SO1_OK;
}

enum so1_status columns_choose(const struct header *h, const struct column_options *o,
			       enum column_role *roles, struct so1_error *e)
{
	bool customers = header_find(h, SLICE("customer_id")) != COLUMN_NONE;
	enum so1_status s = check_list(h, o->target, "--target", NULL, e);

	if (s == SO1_OK)
		s = check_list(h, o->ignore, "--ignore", NULL, e);
	if (s == SO1_OK)
		s = check_list(h, o->include, "--include", o->target, e);
	if (s == SO1_OK)
		s = check_list(h, o->categorical, "--categorical", o->target, e);
	if (s != SO1_OK)
		return s;
	for (size_t i = 0; i < h->count; i++) {
		struct slice name = h->names[i];
		if (o->target && slice_is(name, o->target))
			roles[i] = COLUMN_TARGET;
		else if (columns_listed(o->ignore, name))
			roles[i] = COLUMN_IGNORED;
		else if (columns_listed(o->include, name))
			roles[i] = COLUMN_FEATURE;
		else if (o->only_included)
			roles[i] = COLUMN_UNUSED;
		else
			roles[i] = role_of(name, customers);
	}
	return SO1_OK;
}

enum so1_status columns_need(const struct header *h, struct slice name, size_t *index,
			     struct so1_error *e)
{
	*index = header_find(h, name);
	if (*index != COLUMN_NONE)
		return SO1_OK;
	return error_set(e, SO1_FAILED, "the model needs a column '%.*s', which the stream lacks",
			 SLICE_ARGS(name));
}
