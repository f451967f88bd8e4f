#include "profile/row.h"

#include "base/datetime.h"
#include "profile/state.h"
#include "stream/cells.h"

#include <stdlib.h>

static void find_golden(struct row_layout *l, const struct header *in)
{
	size_t n = GOLDEN_KNOWN;

	l->golden = xcalloc(GOLDEN_KNOWN + in->count, sizeof *l->golden);
	for (int c = T_EMAIL; c <= T_OPTIN_POST; c++)
		l->golden[c - T_EMAIL] = l->at.touch[c];
	l->golden[GOLDEN_ATTRS] = l->at.touch[T_ATTRS];
	for (size_t i = 0; i < in->count; i++)
		if (i != l->at.customer_id &&
		    touchpoint_column_of(in->names[i]) == TOUCHPOINT_COLUMNS)
			l->golden[n++] = i;
	l->at.golden = l->golden;
	l->at.golden_count = n;
}

static void add_column(struct row_layout *l, const struct feature *f, struct feature_part part,
		       uint32_t days)
{
	GROW(l->columns, l->column_cap, l->column_count + 1);
	l->columns[l->column_count++] = (struct feature_column){f, part, days};
}

static void add_feature(struct row_layout *l, const struct feature *f)
{
	const struct plan *p = l->plan;
	struct feature_part part = {0};

	if (f->label && p->label_days == 0)
		return;
	switch (f->scope) {
	case SCOPE_ONCE:
		add_column(l, f, part, 0);
		break;
	case SCOPE_WINDOW:
		for (size_t i = 0; i < p->window_count; i++) {
			part.span = p->window_span[i];
			add_column(l, f, part, p->windows[i]);
		}
		break;
	case SCOPE_KEY:
		for (int k = 0; k < KEY_SPACES; k++) {
			part.key = (enum key_space)k;
			if (p->by[k])
				add_column(l, f, part, 0);
		}
		break;
	}
}

/* A name twice would make a header that no tool can read. */
static enum so1_status add_name(struct row_layout *l, struct slice name, struct so1_error *e)
{
	if (header_find(&l->header, name) != COLUMN_NONE) {
		error_set(e, SO1_FAILED, "the stream already has a column of this name; drop it "
			  "or rename it");
		return error_value(e, name);
	}
	header_add(&l->header, name);
	return SO1_OK;
}

static void name_golden(struct row_layout *l, const struct header *in)
{
	header_add(&l->header, SLICE("customer_id"));
	for (int c = T_EMAIL; c <= T_OPTIN_POST; c++)
		header_add(&l->header, slice_of(touchpoint_table[c].name));
	header_add(&l->header, SLICE("attrs"));
	for (size_t i = GOLDEN_KNOWN; i < l->at.golden_count; i++)
		header_add(&l->header, in->names[l->golden[i]]);
}

static enum so1_status name_state(struct row_layout *l, const struct header *in,
				  struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	name_golden(l, in);
	for (int c = 0; c < STATE_COLUMNS && status == SO1_OK; c++)
		status = add_name(l, slice_of(state_columns[c]), e);
	return status;
}

static enum so1_status name_columns(struct row_layout *l, const struct header *in,
				    struct so1_error *e)
{
	struct buffer name = {0};
	enum so1_status status = SO1_OK;

	name_golden(l, in);
	status = add_name(l, SLICE("tags"), e);
	if (status == SO1_OK)
		status = add_name(l, SLICE("as_of"), e);
	for (size_t i = 0; status == SO1_OK && i < l->column_count; i++) {
		const struct feature_column *c = &l->columns[i];
		buffer_clear(&name);
		feature_put_name(&name, c->feature, c->days, c->part.key);
		status = add_name(l, buffer_slice(&name), e);
	}
	buffer_free(&name);
	return status;
}

enum so1_status row_layout_of(struct row_layout *l, const struct plan *plan,
			      const struct header *in, char delimiter, struct so1_error *e)
{
	*l = (struct row_layout){.plan = plan, .delimiter = delimiter};
	l->at.customer_id = header_find(in, SLICE("customer_id"));
	touchpoint_find(in, l->at.touch);
	find_golden(l, in);
	if (plan->partial)
		return name_state(l, in, e);
	for (int g = 0; g < FEATURE_GROUPS; g++)
		for (const struct feature *f = feature_groups[g].features; f->name; f++)
			add_feature(l, f);
	return name_columns(l, in, e);
}

enum so1_status row_layout_init(struct row_layout *l, const struct plan *plan,
				const struct reader *r, char delimiter, struct so1_error *e)
{
	size_t unused;

	*l = (struct row_layout){0};
	if (reader_need(r, "customer_id", &unused, e) != SO1_OK ||
	    reader_need(r, "ts", &unused, e) != SO1_OK ||
	    reader_need(r, "event", &unused, e) != SO1_OK)
		return e->status;
	return row_layout_of(l, plan, reader_header(r), delimiter, e);
}

void row_layout_free(struct row_layout *l)
{
	free(l->golden);
	free(l->columns);
	header_free(&l->header);
	*l = (struct row_layout){0};
}

static void put_tags(struct buffer *cell, const struct snapshot *s)
{
	for (size_t i = 0; i < s->tags.count; i++) {
		if (i)
			buffer_put_byte(cell, ';');
		cell_put_escaped(cell, dictionary_item(&s->history->names->tags,
						       s->tags.items[i].name));
	}
}

/* What can hold neither delimiter nor quote needs no look at its bytes. */
static bool is_plain(enum value_kind kind)
{
	return kind != VALUE_TEXT && kind != VALUE_CELL;
}

static void put_feature(struct buffer *b, const struct row_layout *l,
			const struct feature_column *c, const struct snapshot *s,
			struct buffer *cell)
{
	struct feature_value v = {.kind = VALUE_UNKNOWN, .cell = cell};

	buffer_clear(cell);
	c->feature->compute(s, c->part, &v);
	if (is_plain(v.kind))
		feature_put_value(b, &v);
	else
		csv_put_field(b, v.kind == VALUE_TEXT ? v.text : buffer_slice(cell), l->delimiter);
}

void row_put(struct buffer *b, const struct row_layout *l, const struct snapshot *s,
	     struct buffer *cell)
{
	const struct history *h = s->history;

	csv_put_field(b, buffer_slice(&h->customer_id), l->delimiter);
	for (size_t i = 0; i < l->at.golden_count; i++) {
		buffer_put_byte(b, l->delimiter);
		if (h->golden[i].len)
			csv_put_field(b, h->golden[i], l->delimiter);
	}
	buffer_put_byte(b, l->delimiter);
	buffer_clear(cell);
	put_tags(cell, s);
	csv_put_field(b, buffer_slice(cell), l->delimiter);
	buffer_put_byte(b, l->delimiter);
	date_put(b, s->day);
	for (size_t i = 0; i < l->column_count; i++) {
		buffer_put_byte(b, l->delimiter);
		put_feature(b, l, &l->columns[i], s, cell);
	}
	buffer_put_byte(b, '\n');
}

static const struct timezone_rules *load(struct slice name)
{
	struct so1_error ignored;
	const struct timezone_rules *zone;
	char text[64];

	if (name.len == 0 || name.len >= sizeof text)
		return NULL;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return timezone_load(text, &zone, &ignored) == SO1_OK ? zone : NULL;
}

void row_zone(const struct plan *plan, const struct history *h,
	      const struct timezone_rules **zone, struct slice *name)
{
	struct arena scratch = {0};
	struct slice value;

	*zone = NULL;
	if (h->golden[GOLDEN_ATTRS].len &&
	    map_get(h->golden[GOLDEN_ATTRS], SLICE("timezone"), &value, &scratch)) {
		/* Zone names hold none of the bytes that cells escape, so the value is part
		 * of the cell and outlives the arena. */
		bool borrowed = value.ptr >= h->golden[GOLDEN_ATTRS].ptr &&
				value.ptr < h->golden[GOLDEN_ATTRS].ptr +
						    h->golden[GOLDEN_ATTRS].len;
		*zone = borrowed ? load(value) : NULL;
		*name = value;
	}
	if (*zone == NULL) {
		*name = slice_of(timezone_of_country(h->golden[GOLDEN_COUNTRY]));
		*zone = load(*name);
	}
	if (*zone == NULL) {
		*name = plan->zone_name;
		*zone = plan->zone;
	}
	arena_free(&scratch);
}
