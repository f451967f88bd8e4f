#include "export/catalogue.h"

#include "base/datetime.h"
#include "base/number.h"
#include "base/table.h"
#include "stream/reader.h"

#include <math.h>
#include <stdlib.h>

/* Fills one member from a cell that is not empty; false for a value it cannot take. */
typedef bool offer_parse(struct offer *o, struct slice cell, size_t offset, struct so1_error *e);

static bool parse_text(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	(void)e;
	*(struct slice *)((char *)o + offset) = cell;
	return true;
}

static bool parse_channels(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	(void)offset;
	return channel_list_parse(cell, &o->channels, e) == SO1_OK;
}

static bool parse_date(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	if (date_parse(cell, (int64_t *)((char *)o + offset)))
		return true;
	error_set(e, SO1_USAGE, "not a date (YYYY-MM-DD)");
	return false;
}

static bool parse_stock(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	(void)offset;
	if (number_parse_int(cell, &o->stock) && o->stock >= 0)
		return o->has_stock = true;
	error_set(e, SO1_USAGE, "not a whole number of units, 0 or more");
	return false;
}

static bool parse_money(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	int64_t *out = (int64_t *)((char *)o + offset);

	if (decimal_parse(cell, out) && *out >= 0) {
		if (offset == offsetof(struct offer, budget))
			o->has_budget = true;
		return true;
	}
	error_set(e, SO1_USAGE, "not an amount, 0 or more");
	return false;
}

static bool parse_factor(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	double *out = (double *)((char *)o + offset);

	if (number_parse_double(cell, out) && *out >= 0)
		return true;
	error_set(e, SO1_USAGE, "not a number, 0 or more");
	return false;
}

static bool parse_min_score(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	(void)offset;
	if (number_parse_double(cell, &o->min_score))
		return o->has_min_score = true;
	error_set(e, SO1_USAGE, "not a number");
	return false;
}

static bool parse_cap(struct offer *o, struct slice cell, size_t offset, struct so1_error *e)
{
	int64_t n;

	(void)offset;
	if (number_parse_int(cell, &n) && n >= 1) {
		o->max_per_customer = (uint64_t)n;
		return true;
	}
	error_set(e, SO1_USAGE, "not a whole number, 1 or more");
	return false;
}

static const struct catalogue_column {
	const char *name;
	offer_parse *parse;
	size_t offset;
} columns[] = {
	{"offer_id", parse_text, offsetof(struct offer, offer_id)},
	{"name", parse_text, offsetof(struct offer, name)},
	{"category", parse_text, offsetof(struct offer, category)},
	{"sku", parse_text, offsetof(struct offer, sku)},
	{"segment", parse_text, offsetof(struct offer, segment)},
	{"channel", parse_channels, 0},
	{"starts", parse_date, offsetof(struct offer, starts)},
	{"ends", parse_date, offsetof(struct offer, ends)},
	{"stock", parse_stock, 0},
	{"budget", parse_money, offsetof(struct offer, budget)},
	{"cost", parse_money, offsetof(struct offer, cost)},
	{"value", parse_factor, offsetof(struct offer, value)},
	{"min_score", parse_min_score, 0},
	{"priority", parse_factor, offsetof(struct offer, priority)},
	{"max_per_customer", parse_cap, 0},
	{"url", parse_text, offsetof(struct offer, url)},
	{"code", parse_text, offsetof(struct offer, code)},
	{"tags", parse_text, offsetof(struct offer, tags)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* What the callbacks of csv_read_file share. */
struct catalogue_reading {
	struct catalogue *catalogue;
	const struct catalogue_column **meaning; /* of the file's columns, NULL: ignored */
	size_t count;
	struct dictionary ids;
	uint64_t *lines; /* by id of the dictionary */
	size_t line_cap;
};

static const struct catalogue_column *find_column(struct slice name)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (slice_is(name, columns[i].name))
			return &columns[i];
	return NULL;
}

static enum so1_status take_unknown(struct catalogue *c, struct slice name, struct so1_error *e)
{
	struct slice names[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		names[i] = slice_of(columns[i].name);
	struct slice near = nearest_name(name, names, COLUMNS);
	/* A slip of the pen in "stock" would lift the limit in silence; a column of the
	 * business's own does no harm. */
	if (near.len) {
		error_set(e, SO1_USAGE, "unknown column (did you mean '%.*s'?)", SLICE_ARGS(near));
		error_at(e, c->file, 1, NULL);
		return error_value(e, name);
	}
	header_add(&c->ignored, name);
	return SO1_OK;
}

static enum so1_status read_header(void *context, const struct header *h, struct so1_error *e)
{
	struct catalogue_reading *r = context;
	bool has_id = false;

	r->meaning = xcalloc(h->count, sizeof *r->meaning);
	r->count = h->count;
	for (size_t i = 0; i < h->count; i++) {
		const struct catalogue_column *column = find_column(h->names[i]);
		r->meaning[i] = column;
		if (column == NULL) {
			if (take_unknown(r->catalogue, h->names[i], e) != SO1_OK)
				return e->status;
			continue;
		}
		has_id |= column->offset == offsetof(struct offer, offer_id) &&
			  column->parse == parse_text;
		r->catalogue->has_name |= slice_is(h->names[i], "name");
		r->catalogue->has_url |= slice_is(h->names[i], "url");
		r->catalogue->has_code |= slice_is(h->names[i], "code");
	}
	if (has_id)
		return SO1_OK;
	error_set(e, SO1_USAGE, "no column 'offer_id'");
	return error_at(e, r->catalogue->file, 1, NULL);
}

/* Checks that need the whole offer. */
static enum so1_status check_offer(struct catalogue_reading *r, const struct offer *o,
				   struct so1_error *e)
{
	bool added;

	if (o->offer_id.len == 0) {
		error_set(e, SO1_USAGE, "empty");
		return error_at(e, NULL, 0, "offer_id");
	}
	if (o->ends < o->starts) {
		error_set(e, SO1_USAGE, "before starts");
		return error_at(e, NULL, 0, "ends");
	}
	uint32_t id = dictionary_add(&r->ids, o->offer_id, &added);
	if (!added) {
		error_set(e, SO1_USAGE, "again, first in line %llu",
			  (unsigned long long)r->lines[id]);
		error_value(e, o->offer_id);
		return error_at(e, NULL, 0, "offer_id");
	}
	GROW(r->lines, r->line_cap, r->ids.count);
	r->lines[id] = o->line;
	if (r->ids.count > CATALOGUE_LARGEST)
		return error_set(e, SO1_USAGE, "more than %d offers", CATALOGUE_LARGEST);
	return SO1_OK;
}

static enum so1_status read_offer(void *context, const struct record *rec, struct so1_error *e)
{
	struct catalogue_reading *r = context;
	struct catalogue *c = r->catalogue;
	struct offer o = {.starts = INT64_MIN, .ends = INT64_MAX, .value = 1, .priority = 1,
			  .line = rec->line};

	for (size_t i = 0; i < r->count; i++) {
		struct slice cell = slice_trim(rec->fields[i]);
		if (r->meaning[i] == NULL || cell.len == 0)
			continue;
		if (!r->meaning[i]->parse(&o, cell, r->meaning[i]->offset, e)) {
			/* The channel parser quotes the one item that is wrong. */
			if (!e->has_value)
				error_value(e, cell);
			return error_at(e, c->file, rec->line, r->meaning[i]->name);
		}
	}
	if (o.channels.count == 0)
		for (int ch = 0; ch < CHANNELS; ch++)
			if (CHANNELS_OPTIN & CHANNEL_BIT(ch)) {
				o.channels.items[o.channels.count++] = (uint8_t)ch;
				o.channels.set |= CHANNEL_BIT(ch);
			}
	if (check_offer(r, &o, e) != SO1_OK)
		return error_at(e, c->file, rec->line, NULL);
	c->has_dates |= o.starts != INT64_MIN || o.ends != INT64_MAX;
	struct slice *texts[] = {&o.offer_id, &o.name, &o.category, &o.sku, &o.segment, &o.url,
				 &o.code, &o.tags};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_copy(&c->text, *texts[i]);
	GROW(c->items, c->cap, c->count + 1);
	c->items[c->count++] = o;
	return SO1_OK;
}

static int compare_offers(const void *a, const void *b)
{
	return slice_compare(((const struct offer *)a)->offer_id,
			     ((const struct offer *)b)->offer_id);
}

enum so1_status catalogue_read(struct catalogue *c, const char *file, struct so1_error *e)
{
	struct catalogue_reading r = {.catalogue = c};

	c->file = file;
	enum so1_status status = csv_read_file(file, read_header, read_offer, &r, e);
	free(r.meaning);
	free(r.lines);
	dictionary_free(&r.ids);
	if (status != SO1_OK)
		return status;
	if (c->count == 0) {
		error_set(e, SO1_USAGE, "no offers in the catalogue");
		return error_at(e, file, 1, NULL);
	}
	/* Ties are broken by offer_id: let the order of the items be that order. */
	qsort(c->items, c->count, sizeof *c->items, compare_offers);
	return SO1_OK;
}

void catalogue_set_money(struct catalogue *c, const int64_t *total, bool expected)
{
	c->has_total = total != NULL;
	c->total = total ? *total : 0;
	c->expected_cost = expected;
	for (size_t i = 0; i < c->count; i++) {
		c->items[i].in_total = c->has_total;
		c->items[i].expected_cost = expected;
	}
}

int64_t offer_expected_cost(int64_t cost, double score)
{
	double exact = score > 0 ? score * (double)cost : 0;
	/* 0.07 x 100 is 7, though not in binary. */
	double up = ceil(exact * (1 - 1e-12));

	return up < (double)cost ? (int64_t)up : cost;
}

void catalogue_free(struct catalogue *c)
{
	arena_free(&c->text);
	header_free(&c->ignored);
	free(c->items);
	*c = (struct catalogue){0};
}
