#include "export/occasion.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/cells.h"
#include "stream/reader.h"

#include <stdlib.h>

/* Fills one member from a cell that is not empty; false for a value it cannot take. */
typedef bool occasion_parse(struct occasion *o, struct slice cell, size_t offset);

static bool parse_text(struct occasion *o, struct slice cell, size_t offset)
{
	*(struct slice *)((char *)o + offset) = cell;
	return true;
}

/* MM-DD, also --MM-DD as ISO 8601:2000 had it. 29 February is one. */
static bool parse_yearly(struct occasion *o, struct slice cell)
{
	struct slice month, day;
	int64_t m, d;

	if (slice_starts_with(cell, SLICE("--")))
		cell = slice_make(cell.ptr + 2, cell.len - 2);
	day = cell;
	if (cell.len != 5 || !slice_split(&day, '-', &month) || month.len != 2 ||
	    !number_parse_int(month, &m) || !number_parse_int(day, &d))
		return false;
	struct civil c = {.year = 2000, .month = (int)m, .day = (int)d};
	o->kind = OCCASION_YEARLY;
	o->month = c.month;
	o->month_day = c.day;
	return civil_is_valid(&c);
}

static bool parse_date(struct occasion *o, struct slice cell, size_t offset)
{
	(void)offset;
	if (slice_is(cell, "birthday")) {
		o->kind = OCCASION_BIRTHDAY;
		return true;
	}
	o->kind = OCCASION_ONCE;
	return date_parse(cell, &o->day) || parse_yearly(o, cell);
}

static bool parse_lead(struct occasion *o, struct slice cell, size_t offset)
{
	(void)offset;
	return number_parse_int(cell, &o->lead) && o->lead >= 0 && o->lead <= 366;
}

static bool parse_boost(struct occasion *o, struct slice cell, size_t offset)
{
	(void)offset;
	return number_parse_double(cell, &o->boost) && o->boost > 0 && o->boost <= 1e6;
}

#define MEMBER(name) offsetof(struct occasion, name)

static const struct occasion_column {
	const char *name, *alias;
	occasion_parse *parse;
	size_t offset;
	const char *reason;
} columns[] = {
	{"name", NULL, parse_text, MEMBER(name), NULL},
	{"tag", "tags", parse_text, MEMBER(tag), NULL},
	{"segment", NULL, parse_text, MEMBER(segment), NULL},
	{"date", NULL, parse_date, 0, "not a date (YYYY-MM-DD, MM-DD for each year, birthday)"},
	{"lead_days", "lead", parse_lead, 0, "not a number of days from 0 to 366"},
	{"offer_id", NULL, parse_text, MEMBER(offer_id), NULL},
	{"category", NULL, parse_text, MEMBER(category), NULL},
	{"sku", NULL, parse_text, MEMBER(sku), NULL},
	{"boost", NULL, parse_boost, 0, "not a number above 0, at most 1000000"},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* What the callbacks of csv_read_file share. */
struct occasion_reading {
	struct occasions *occasions;
	const struct occasion_column **meaning; /* of the file's columns, NULL: ignored */
	size_t count;
};

static const struct occasion_column *find_column(struct slice name)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (slice_is(name, columns[i].name) ||
		    (columns[i].alias && slice_is(name, columns[i].alias)))
			return &columns[i];
	return NULL;
}

static enum so1_status take_unknown(struct occasions *o, struct slice name, struct so1_error *e)
{
	struct slice names[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		names[i] = slice_of(columns[i].name);
	struct slice near = nearest_name(name, names, COLUMNS);
	if (near.len == 0) {
		header_add(&o->ignored, name);
		return SO1_OK;
	}
	error_set(e, SO1_USAGE, "unknown column (did you mean '%.*s'?)", SLICE_ARGS(near));
	error_at(e, o->file, 1, NULL);
	return error_value(e, name);
}

static enum so1_status read_header(void *context, const struct header *h, struct so1_error *e)
{
	static const char *const needed[] = {"name", "date"};
	struct occasion_reading *r = context;

	r->meaning = xcalloc(h->count, sizeof *r->meaning);
	r->count = h->count;
	for (size_t i = 0; i < h->count; i++) {
		r->meaning[i] = find_column(h->names[i]);
		if (r->meaning[i] == NULL &&
		    take_unknown(r->occasions, h->names[i], e) != SO1_OK)
			return e->status;
	}
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (header_find(h, slice_of(needed[i])) == COLUMN_NONE) {
			error_set(e, SO1_USAGE, "no column '%s'", needed[i]);
			return error_at(e, r->occasions->file, 1, NULL);
		}
	return SO1_OK;
}

static bool names_offers(const struct occasion *o)
{
	return o->offer_id.len || o->category.len || o->sku.len;
}

static enum so1_status bad(struct so1_error *e, const char *column, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, column);
}

/* Checks that need the whole occasion. */
static enum so1_status check_occasion(const struct occasions *all, const struct occasion *o,
				      bool has_date, struct so1_error *e)
{
	if (o->name.len == 0)
		return bad(e, "name", "empty");
	if (!has_date)
		return bad(e, "date", "empty");
	if (!names_offers(o) && o->tag.len == 0 && o->segment.len == 0 &&
	    o->kind != OCCASION_BIRTHDAY)
		return bad(e, "tag", "empty, and so are segment, offer_id, category and sku: whom "
			   "does it mean?");
	if (all->count == OCCASIONS_MOST)
		return error_set(e, SO1_USAGE, "more than %d occasions", OCCASIONS_MOST);
	return SO1_OK;
}

static enum so1_status read_occasion(void *context, const struct record *rec, struct so1_error *e)
{
	struct occasion_reading *r = context;
	struct occasions *all = r->occasions;
	struct occasion o = {.lead = OCCASION_LEAD_DEFAULT, .boost = OCCASION_BOOST_DEFAULT,
			     .line = rec->line};
	bool has_date = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct occasion_column *c = r->meaning[i];
		struct slice cell = slice_trim(rec->fields[i]);
		if (c == NULL || cell.len == 0)
			continue;
		if (!c->parse(&o, cell, c->offset)) {
			error_set(e, SO1_USAGE, "%s", c->reason);
			error_value(e, cell);
			return error_at(e, all->file, rec->line, c->name);
		}
		has_date |= c->parse == parse_date;
	}
	if (check_occasion(all, &o, has_date, e) != SO1_OK)
		return error_at(e, all->file, rec->line, NULL);
	struct slice *texts[] = {&o.name, &o.tag, &o.segment, &o.offer_id, &o.category, &o.sku};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_copy(&all->text, *texts[i]);
	GROW(all->items, all->cap, all->count + 1);
	all->items[all->count++] = o;
	return SO1_OK;
}

enum so1_status occasions_read(struct occasions *o, const char *file, struct so1_error *e)
{
	struct occasion_reading r = {.occasions = o};

	o->file = file;
	enum so1_status status = csv_read_file(file, read_header, read_occasion, &r, e);
	free(r.meaning);
	return status;
}

int64_t occasion_next_yearly(int month, int month_day, int64_t day)
{
	int year, m, d;

	civil_from_days(day, &year, &m, &d);
	for (;; year++) {
		struct civil c = {.year = year, .month = month, .day = month_day};
		int64_t next = civil_is_valid(&c) ? days_from_civil(year, month, month_day)
						  : days_from_civil(year, 3, 1);
		if (next >= day)
			return next;
	}
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Whether `word` stands in the text with no letter or digit beside it, ASCII case free. */
static bool has_word(struct slice text, struct slice word)
{
	for (size_t i = 0; word.len && i + word.len <= text.len; i++) {
		size_t end = i + word.len;
		if ((i == 0 || !is_word_byte(text.ptr[i - 1])) &&
		    (end == text.len || !is_word_byte(text.ptr[end])) &&
		    slice_equal_nocase(slice_make(text.ptr + i, word.len), word))
			return true;
	}
	return false;
}

/* Lists written by hand may have blanks behind the semicolons. An empty one holds
 * everything. */
static bool admits(struct slice list, struct slice wanted, struct arena *a)
{
	struct slice rest = list, item, none;

	while (wanted.len && cell_next(&rest, &item, &none, a))
		if (slice_equal(slice_trim(item), wanted))
			return true;
	return list.len == 0;
}

static bool speaks_of(const struct offer *offer, struct slice word, struct arena *a)
{
	return slice_equal_nocase(offer->category, word) ||
	       (offer->tags.len && admits(offer->tags, word, a)) ||
	       has_word(offer->segment, word) || has_word(offer->name, word);
}

static bool fits(const struct occasion *o, const struct offer *offer, struct arena *a)
{
	struct slice rest = o->tag, item, none;

	if (names_offers(o))
		return admits(o->offer_id, offer->offer_id, a) &&
		       admits(o->category, offer->category, a) && admits(o->sku, offer->sku, a);
	if (o->tag.len == 0 && o->segment.len == 0)
		return speaks_of(offer, SLICE("birthday"), a);
	if (o->segment.len && speaks_of(offer, o->segment, a))
		return true;
	while (cell_next(&rest, &item, &none, a))
		if (speaks_of(offer, slice_trim(item), a))
			return true;
	return false;
}

bool occasion_fits(const struct occasion *o, const struct offer *offer)
{
	struct arena scratch = {0};
	bool yes = fits(o, offer, &scratch);

	arena_free(&scratch);
	return yes;
}

static void bind_offers(struct occasions *o, const struct catalogue *c)
{
	size_t n = 0;

	o->starts = xcalloc(c->count + 1, sizeof *o->starts);
	o->offers = xcalloc(o->count, sizeof *o->offers);
	for (size_t i = 0; i < c->count; i++) {
		o->starts[i] = n;
		for (size_t k = 0; k < o->count; k++) {
			if (!occasion_fits(&o->items[k], &c->items[i]))
				continue;
			GROW(o->fitting, o->fitting_cap, n + 1);
			o->fitting[n++] = (uint16_t)k;
			o->offers[k]++;
		}
	}
	o->starts[c->count] = n;
}

enum so1_status occasions_bind(struct occasions *o, const struct catalogue *c,
			       const struct header *h, const struct expr_named *rules,
			       size_t rule_count, struct so1_error *e)
{
	o->tags = header_find(h, SLICE("tags"));
	o->interest = header_find(h, SLICE("interest_by_tag"));
	o->birth_date = header_find(h, SLICE("birth_date"));
	o->in_window = xcalloc(o->count, sizeof *o->in_window);
	o->people = xcalloc(o->count, sizeof *o->people);
	for (size_t i = 0; i < o->count; i++) {
		const struct occasion *k = &o->items[i];
		o->people[i] = (struct offer){.segment = k->segment, .line = k->line};
		const char *column = NULL;
		if (k->tag.len && o->tags == COLUMN_NONE && o->interest == COLUMN_NONE)
			column = "tag";
		else if (k->kind == OCCASION_BIRTHDAY && o->birth_date == COLUMN_NONE)
			column = "date";
		if (column == NULL)
			continue;
		error_set(e, SO1_USAGE, "the stream has no column %s",
			  *column == 't' ? "'tags' or 'interest_by_tag'" : "'birth_date'");
		return error_at(e, o->file, k->line, column);
	}
	struct catalogue people = {.items = o->people, .count = o->count, .file = o->file};
	bind_offers(o, c);
	return segments_bind(&o->segments, &people, h, rules, rule_count, e);
}

void occasions_set_day(struct occasions *o, int64_t day)
{
	o->today = day;
	for (size_t i = 0; i < o->count; i++) {
		const struct occasion *k = &o->items[i];
		int64_t next = k->day;
		if (k->kind == OCCASION_YEARLY)
			next = occasion_next_yearly(k->month, k->month_day, day);
		o->in_window[i] = k->kind == OCCASION_BIRTHDAY ||
				  (next >= day && next - day <= k->lead);
	}
}

void occasions_scratch_init(const struct occasions *o, struct occasions_scratch *scratch)
{
	scratch->held = xcalloc(o->count, sizeof *scratch->held);
	segments_scratch_init(&o->segments, &scratch->segments);
}

void occasions_row(const struct occasions *o, struct occasions_scratch *scratch,
		   const struct slice *fields, struct arena *a)
{
	if (o->count == 0)
		return;
	memset(scratch->held, -1, o->count);
	segments_row(&o->segments, &scratch->segments, fields, a);
}

static bool has_birthday(const struct occasions *o, const struct occasion *k,
			 const struct slice *fields)
{
	int year, month, day;
	int64_t born;

	if (!date_parse(fields[o->birth_date], &born))
		return false;
	civil_from_days(born, &year, &month, &day);
	return occasion_next_yearly(month, day, o->today) - o->today <= k->lead;
}

static bool has_tag(const struct occasions *o, const struct occasion *k,
		    const struct slice *fields, struct arena *a)
{
	struct slice rest = k->tag, item, none, value;

	while (cell_next(&rest, &item, &none, a)) {
		item = slice_trim(item);
		if (o->tags != COLUMN_NONE && list_has(fields[o->tags], item))
			return true;
		if (o->interest != COLUMN_NONE && map_get(fields[o->interest], item, &value, a))
			return true;
	}
	return k->tag.len == 0;
}

static enum so1_status holds(const struct occasions *o, struct occasions_scratch *scratch,
			     size_t i, const struct slice *fields, bool *out, struct arena *a,
			     struct so1_error *e)
{
	const struct occasion *k = &o->items[i];
	bool in_segment;

	if (scratch->held[i] < 0) {
		if (segments_hold(&o->segments, &scratch->segments, i, fields, &in_segment, a,
				  e) != SO1_OK)
			return e->status;
		scratch->held[i] = in_segment && has_tag(o, k, fields, a) &&
				   (k->kind != OCCASION_BIRTHDAY || has_birthday(o, k, fields));
	}
	*out = scratch->held[i] > 0;
	return SO1_OK;
}

enum so1_status occasions_lift(const struct occasions *o, struct occasions_scratch *scratch,
			       size_t offer, const struct slice *fields, double *boost,
			       uint16_t *occasion, struct arena *a, struct so1_error *e)
{
	*boost = 1;
	*occasion = 0;
	for (size_t k = o->starts[offer]; k < o->starts[offer + 1]; k++) {
		size_t i = o->fitting[k];
		bool yes = false;
		if (!o->in_window[i] || (*occasion && o->items[i].boost <= *boost))
			continue;
		if (holds(o, scratch, i, fields, &yes, a, e) != SO1_OK)
			return e->status;
		if (!yes)
			continue;
		*boost = o->items[i].boost;
		*occasion = (uint16_t)(i + 1);
	}
	return SO1_OK;
}

static void describe_id(const struct occasion *k, const struct catalogue *c, struct buffer *out)
{
	struct slice *ids = xcalloc(c->count, sizeof *ids);

	for (size_t i = 0; i < c->count; i++)
		ids[i] = c->items[i].offer_id;
	struct slice near = nearest_name(k->offer_id, ids, c->count);
	buffer_printf(out, "%llu: offer_id: no such offer '%.*s'", (unsigned long long)k->line,
		      SLICE_ARGS(k->offer_id));
	if (near.len)
		buffer_printf(out, " (did you mean '%.*s'?)", SLICE_ARGS(near));
	buffer_put_byte(out, '\n');
	free(ids);
}

void occasions_describe(const struct occasions *o, const struct catalogue *c, struct buffer *out)
{
	for (size_t i = 0; i < o->count; i++) {
		if (o->offers[i])
			continue;
		if (o->items[i].offer_id.len)
			describe_id(&o->items[i], c, out);
		else
			buffer_printf(out, "%llu: no offer fits '%.*s'\n",
				      (unsigned long long)o->items[i].line,
				      SLICE_ARGS(o->items[i].name));
	}
}

void occasions_scratch_free(struct occasions_scratch *scratch)
{
	segments_scratch_free(&scratch->segments);
	free(scratch->held);
	*scratch = (struct occasions_scratch){0};
}

void occasions_free(struct occasions *o)
{
	arena_free(&o->text);
	header_free(&o->ignored);
	segments_free(&o->segments);
	free(o->items);
	free(o->people);
	free(o->starts);
	free(o->fitting);
	free(o->offers);
	free(o->in_window);
	*o = (struct occasions){0};
}
