#include "export/layout.h"

#include "base/number.h"
#include "base/table.h"
#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* By the column's name: so1(7) fixes what each holds. */
static enum cell_kind kind_of(const char *name)
{
	static const char *const free_text[] = {"first_name", "last_name", "street", "city", NULL};
	static const char *const dates[] = {"birth_date", "as_of", "ts", "first_order",
					    "last_order", "next_order", NULL};
	static const char *const lists[] = {"tags", "segments", NULL};

	if (is_one_of(name, free_text))
		return CELL_FREE;
	if (is_one_of(name, dates))
		return CELL_DATE;
	if (is_one_of(name, lists))
		return CELL_LIST;
	if (has_prefix(name, "optin_"))
		return CELL_BOOL;
	if (strcmp(name, "attrs") == 0 || strstr(name, "_by_"))
		return CELL_MAP;
	if (strcmp(name, "customer_id") == 0 || has_prefix(name, "top_") ||
	    touchpoint_column_of(slice_of(name)) != TOUCHPOINT_COLUMNS)
		return CELL_TEXT;
	return CELL_NUMBER;
}

size_t layout_find(const struct layout *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->columns[i].name, name) == 0)
			return i;
	return COLUMN_NONE;
}

static struct layout_column *add_column(struct layout *l, const char *name, enum cell_kind kind)
{
	GROW(l->columns, l->cap, l->count + 1);
	struct layout_column *c = &l->columns[l->count++];
	*c = (struct layout_column){.name = xstrdup(name), .kind = kind, .source = COLUMN_NONE};
	return c;
}

/* A column of the stream, or KEY of its attrs. False when there is none. */
static bool add_person(struct layout *l, const struct header *h, const char *name)
{
	size_t source = header_find(h, slice_of(name));
	size_t attrs = header_find(h, SLICE("attrs"));
	bool is_attribute = source == COLUMN_NONE && has_prefix(name, "attrs.") && name[6];

	if (is_attribute)
		source = attrs;
	if (source == COLUMN_NONE)
		return false;
	struct layout_column *c = add_column(l, name, is_attribute ? CELL_FREE : kind_of(name));
	c->source = source;
	if (is_attribute)
		c->attribute = xstrdup(name + strlen("attrs."));
	return true;
}

static enum so1_status no_column(const struct header *h, struct slice name, struct so1_error *e)
{
	struct slice near = nearest_name(name, h->names, h->count);

	if (near.len)
		error_set(e, SO1_USAGE, "no such column (did you mean '%.*s'?)", SLICE_ARGS(near));
	else
		error_set(e, SO1_USAGE, "no such column");
	error_value(e, name);
	return error_at(e, NULL, 0, "--columns");
}

static enum so1_status add_listed(struct layout *l, const struct header *h, const char *list,
				  size_t forced, struct so1_error *e)
{
	struct slice rest = slice_of(list), item;

	while (slice_split(&rest, ',', &item)) {
		item = slice_trim(item);
		char *name = xstrndup(item.ptr, item.len);
		size_t place = layout_find(l, name);
		enum so1_status status = SO1_OK;
		if (place != COLUMN_NONE && place >= forced) {
			error_set(e, SO1_USAGE, "column named twice");
			error_value(e, item);
			status = error_at(e, NULL, 0, "--columns");
		} else if (place == COLUMN_NONE && !add_person(l, h, name)) {
			status = no_column(h, item, e);
		}
		free(name);
		if (status != SO1_OK)
			return status;
	}
	return SO1_OK;
}

static void add_part(struct layout *l, const char *format, size_t slot, enum offer_part part,
		     enum cell_kind kind)
{
	struct buffer name = {0};

	if (l->form == FORM_WIDE)
		buffer_printf(&name, "offer_%zu%s", slot + 1, format);
	else
		buffer_put_text(&name, format);
	struct layout_column *c = add_column(l, buffer_text(&name), kind);
	c->part = part;
	c->slot = slot;
	buffer_free(&name);
}

static void add_offers(struct layout *l)
{
	bool wide = l->form == FORM_WIDE;

	if (!wide)
		add_part(l, "rank", 0, PART_RANK, CELL_NUMBER);
	for (size_t slot = 0; slot < (wide ? l->top : 1); slot++) {
		add_part(l, wide ? "" : "offer_id", slot, PART_ID, CELL_TEXT);
		if (l->offers->has_name)
			add_part(l, wide ? "_name" : "offer_name", slot, PART_NAME, CELL_FREE);
		add_part(l, wide ? "_channel" : "channel", slot, PART_CHANNEL, CELL_TEXT);
		if (l->offers->has_url)
			add_part(l, wide ? "_url" : "offer_url", slot, PART_URL, CELL_TEXT);
		if (l->offers->has_code || l->has_codes)
			add_part(l, wide ? "_code" : "offer_code", slot, PART_CODE, CELL_TEXT);
		add_part(l, wide ? "_score" : "score", slot, PART_SCORE, CELL_NUMBER);
	}
}

enum so1_status layout_build(struct layout *l, const struct header *h, const char *list,
			     const char *const *first, const char *const *defaults,
			     struct so1_error *e)
{
	l->customer_id = header_find(h, SLICE("customer_id"));
	for (; *first; first++)
		add_person(l, h, *first);
	size_t forced = l->count;
	if (list && add_listed(l, h, list, forced, e) != SO1_OK)
		return e->status;
	for (; !list && *defaults; defaults++)
		if (layout_find(l, *defaults) == COLUMN_NONE)
			add_person(l, h, *defaults);
	l->person_count = l->count;
	if (l->campaign)
		add_column(l, "campaign", CELL_TEXT)->part = PART_CAMPAIGN;
	if (l->form != FORM_AUDIENCE)
		add_offers(l);
	for (size_t i = l->person_count; i < l->count; i++) {
		size_t place = layout_find(l, l->columns[i].name);
		if (place == i)
			continue;
		error_set(e, SO1_USAGE, "the export has a column of its own with that name");
		error_value(e, slice_of(l->columns[i].name));
		return error_at(e, NULL, 0, "--columns");
	}
	return SO1_OK;
}

void layout_pick(const struct layout *l, const struct slice *fields, struct slice *out,
		 struct arena *a)
{
	out[0] = fields[l->customer_id];
	for (size_t i = 0; i < l->person_count; i++) {
		const struct layout_column *c = &l->columns[i];
		out[i + 1] = fields[c->source];
		if (c->attribute &&
		    !map_get(fields[c->source], slice_of(c->attribute), &out[i + 1], a))
			out[i + 1] = slice_make("", 0);
	}
}

static struct slice put_number(struct buffer *scratch, double x)
{
	size_t from = scratch->len;

	number_put_rounded(scratch, x, 10);
	return slice_make(scratch->ptr + from, scratch->len - from);
}

/* The code handed out for a grant, else the catalogue's. */
static struct slice code_cell(const struct layout *l, const struct parcel *p,
			      const struct candidate *grant)
{
	size_t i = 1 + l->person_count + (size_t)(grant - p->candidates);

	return l->has_codes ? p->fields[i] : l->offers->items[grant->offer].code;
}

static struct slice offer_cell(const struct layout *l, const struct layout_column *c,
			       const struct parcel *parcel, const struct candidate *grant,
			       size_t rank, struct buffer *scratch)
{
	const struct offer *o = &l->offers->items[grant->offer];

	switch (c->part) {
	case PART_RANK: return put_number(scratch, (double)rank);
	case PART_ID: return o->offer_id;
	case PART_NAME: return o->name;
	case PART_CHANNEL: return slice_of(channel_table[grant->channel].name);
	case PART_URL: return o->url;
	case PART_CODE: return code_cell(l, parcel, grant);
	case PART_SCORE: return put_number(scratch, grant->score);
	case PART_NONE: case PART_CAMPAIGN: break;
	}
	return slice_make("", 0);
}

void layout_fill(const struct layout *l, const struct parcel *parcel,
		 const struct candidate *grants, size_t n, size_t rank, struct slice *cells,
		 struct buffer *scratch)
{
	enum { NUMBER_LONGEST = 32 };

	for (size_t i = 0; i < l->person_count; i++)
		cells[i] = parcel->fields[i + 1];
	buffer_clear(scratch);
	/* The cells point into scratch: it must not move while they are made. */
	buffer_reserve(scratch, NUMBER_LONGEST * (l->count - l->person_count + 1));
	for (size_t i = l->person_count; i < l->count; i++) {
		const struct layout_column *c = &l->columns[i];
		if (c->part == PART_CAMPAIGN)
			cells[i] = slice_of(l->campaign);
		else if (c->slot < n)
			cells[i] = offer_cell(l, c, parcel, &grants[c->slot], rank, scratch);
		else
			cells[i] = slice_make("", 0);
	}
}

void layout_free(struct layout *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->columns[i].name);
		free(l->columns[i].attribute);
	}
	free(l->columns);
	*l = (struct layout){0};
}
