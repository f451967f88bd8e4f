/* Touchpoints that are carried over from the run before (carry.h). */
#include "dedupe/dedupe_parts.h"

#include "dedupe/digest.h"

#include <stdlib.h>

/* Whatever changes a byte of the output, besides the input and what FILE knows. */
static uint64_t settings_of(const struct dedupe *d)
{
	const struct dedupe_options *o = d->options;
	const struct header *h = reader_header(d->reader);
	uint64_t digest = digest_settings(&o->limits, &d->distrust, &o->match, &d->match.nicknames);

	if (digest == 0)
		return 0;
	digest = slice_hash(slice_make(&d->plan.delimiter, 1), digest);
	digest = slice_hash(slice_of(o->source_priority ? o->source_priority : ""), digest);
	for (size_t i = 0; i < h->count; i++)
		digest = slice_hash(h->names[i], digest);
	return digest ? digest : 1;
}

/* What else is written needs all of the input; requests to erase look for it. */
static bool may_read(const struct dedupe *d)
{
	const struct dedupe_options *o = d->options;

	return o->links_path == NULL && o->registry->options.erase_path == NULL;
}

static bool may_write(const struct dedupe *d)
{
	const struct dedupe_options *o = d->options;

	/* Repeats that are kept are lines that one cannot tell apart. */
	return o->recall && o->explain == NULL && !o->keep_repeats;
}

void dedupe_carry_open(struct dedupe *d)
{
	struct recall *r = d->options->recall;

	if (may_write(d))
		d->carry_settings = settings_of(d);
	if (d->carry_settings && may_read(d) && r->known.last)
		recall_rows(r, &(struct carry_key){r->known.last->seal, d->carry_settings});
	else if (r)
		recall_rows(r, NULL);
}

/* Items of FILE by their keys. */
struct whom {
	uint64_t hash;
	uint32_t tag, item; /* + 1; 0: free */
};

struct whoms {
	struct whom *slots;
	size_t mask;
};

static void whoms_make(struct whoms *w, size_t n)
{
	for (w->mask = 1023; w->mask < n * 2; w->mask = w->mask * 2 + 1)
		;
	w->slots = xcalloc(w->mask + 1, sizeof *w->slots);
}

/* That with the key, or the free one for it. */
static struct whom *whom_at(const struct whoms *w, uint64_t hash, uint32_t tag)
{
	size_t at = hash & w->mask;

	while (w->slots[at].item && (w->slots[at].hash != hash || w->slots[at].tag != tag))
		at = (at + 1) & w->mask;
	return &w->slots[at];
}

static void whoms_put(struct whoms *w, const struct known_item *item, size_t i)
{
	*whom_at(w, item->hash, item->tag) = (struct whom){item->hash, item->tag, (uint32_t)i + 1};
}

static int compare_items(const void *x, const void *y)
{
	uint32_t a = ((const struct recalled *)x)->item, b = ((const struct recalled *)y)->item;

	return (a > b) - (a < b);
}

/* A line that is input after all. */
struct late {
	uint64_t place; /* in the input */
	const struct carry_line *line;
	struct slice row;
};

static int compare_late(const void *x, const void *y)
{
	const struct late *a = x, *b = y;

	return (a->place > b->place) - (a->place < b->place);
}

/* The record that made this row: the row is what it says but for who it is, which FILE knows. */
static enum so1_status rebuild(struct dedupe *d, const struct late *late, const struct whoms *whoms,
			       struct slice *fields, struct arena *a, struct so1_error *e)
{
	const struct recall *r = d->options->recall;
	uint32_t item = whom_at(whoms, late->line->identity, late->line->identity_tag)->item;
	struct slice identity[IDENTITY_FIELDS];
	struct sighting unused;
	struct row *row = arena_alloc(a, sizeof *row + late->row.len);

	if (item == 0) {
		error_set(e, SO1_FAILED, "not of one run: remove it");
		return error_at(e, r->rows_path, 0, NULL);
	}
	*row = (struct row){.len = (uint32_t)late->row.len, .kept = (uint32_t)late->row.len};
	memcpy(row + 1, late->row.ptr, late->row.len);
	row_split(row, d->plan.delimiter, fields, d->plan.count, a);
	known_read(&r->known, item - 1, identity, &unused);
	sighting_free(&unused);
	for (size_t i = 0; i < d->plan.count; i++)
		if (d->plan.role[i] < IDENTITY_FIELDS)
			fields[i] = identity[d->plan.role[i]];
	return SO1_OK;
}

/* The tuple of a line that is known to be one. */
static uint32_t tuple_of(const struct recall *r, const struct whoms *whoms, const struct carry_line *line)
{
	uint32_t item = whom_at(whoms, line->identity, line->identity_tag)->item - 1;
	const struct recalled key = {.item = item};
	const struct recalled *x = bsearch(&key, r->items, r->count, sizeof *x, compare_items);

	return x ? x->tuple : TUPLE_NONE;
}

/* named: who is who is decided. */
static enum so1_status add_late(struct dedupe *d, const struct late *late, size_t n,
				const struct whoms *whoms, bool named, struct so1_error *e)
{
	const struct recall *r = d->options->recall;
	struct slice *fields = xcalloc(d->plan.count + 1, sizeof *fields);
	struct record rec = {.fields = fields, .count = d->plan.count, .raw = SLICE(""), .delimiter = ','};
	struct arena a = {0};

	for (size_t i = 0; i < n && rebuild(d, &late[i], whoms, fields, &a, e) == SO1_OK; i++) {
		struct tuple_key line = {late[i].line->hash, late[i].line->tag};
		uint32_t tuple = named ? tuple_of(r, whoms, late[i].line) : TUPLE_NONE;
		if (intake_add(&d->intake, &d->more, &rec, tuple, line, late[i].place, e))
			break;
		arena_reset(&a);
	}
	free(fields);
	arena_free(&a);
	return e->status ? e->status : intake_flush(&d->intake, &d->more, e);
}

/* Lines of customers who are made, and were not known to be (was), in the order of the input. */
static struct late *list_late(const struct carry *c, const uint8_t *was, size_t *count)
{
	struct late *late = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct carried_customer *x = &c->customers[i];
		size_t at = 0;
		if (c->state[i] != CARRY_MADE || (was && was[i] == CARRY_MADE))
			continue;
		for (size_t k = x->first; k < x->first + (size_t)x->count; k++) {
			struct slice row = carry_row(x, &at);
			if (c->taken[k] == 0)
				continue;
			GROW(late, cap, n + 1);
			late[n++] = (struct late){c->taken[k], carry_line_at(c, k), row};
		}
	}
	if (n)
		qsort(late, n, sizeof *late, compare_late);
	*count = n;
	return late;
}

static bool touches(void *context, const struct carry_line *line)
{
	return whom_at(context, line->identity, line->identity_tag)->item != 0;
}

/* The lines of all customers who have some of these items. */
static enum so1_status add_customers(struct dedupe *d, const bool *items, bool named, struct so1_error *e)
{
	const struct known *k = &d->options->recall->known;
	struct carry *c = &d->options->recall->carry;
	uint8_t *was = xmalloc(c->count + 1);
	struct whoms whoms;
	size_t n = 0;

	memcpy(was, c->state, c->count);
	for (size_t i = 0; i < k->count; i++)
		n += items[i];
	whoms_make(&whoms, n);
	for (size_t i = 0; i < k->count; i++)
		if (items[i])
			whoms_put(&whoms, &k->items[i], i);
	carry_touch(c, touches, &whoms);
	struct late *late = list_late(c, was, &n);
	add_late(d, late, n, &whoms, named, e);
	free(late);
	free(whoms.slots);
	free(was);
	return e->status;
}

static enum so1_status touch(void *context, const bool *items, struct so1_error *e)
{
	return add_customers(context, items, false, e);
}

/* Customers some of whose lines are missing. */
static enum so1_status add_parts(struct dedupe *d, struct so1_error *e)
{
	const struct known *k = &d->options->recall->known;
	struct whoms wanted, whoms;
	size_t n;
	struct late *late = list_late(&d->options->recall->carry, NULL, &n);

	whoms_make(&wanted, n);
	whoms_make(&whoms, n);
	for (size_t i = 0; i < n; i++)
		*whom_at(&wanted, late[i].line->identity, late[i].line->identity_tag) =
			(struct whom){late[i].line->identity, late[i].line->identity_tag, 1};
	for (size_t i = 0; n && i < k->count; i++)
		if (whom_at(&wanted, k->items[i].hash, k->items[i].tag)->item)
			whoms_put(&whoms, &k->items[i], i);
	add_late(d, late, n, &whoms, false, e);
	free(late);
	free(wanted.slots);
	free(whoms.slots);
	return e->status;
}

enum so1_status dedupe_carry_settle(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	if (r->carry.customers == NULL)
		return SO1_OK;
	carry_settle(&r->carry);
	r->touch = touch;
	r->touch_context = d;
	return add_parts(d, e);
}

static size_t count(const bool *some, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += some[i];
	return c;
}

/* Customers who have an address of somebody written: a refusal may have come with it. */
static void add_sharers(const struct dedupe *d, bool *written)
{
	static const enum touchpoint_column columns[] = {T_EMAIL, T_PHONE};
	const struct tuples *t = &d->tuples;
	const uint32_t *rank = d->customers.rank;
	bool *sharers = xcalloc(d->customers.count + 1, sizeof *sharers);

	for (int c = 0; c < 2; c++) {
		bool *has = xcalloc(t->text[columns[c]].count + 1, sizeof *has);
		for (size_t i = 0; i < t->count; i++)
			if (rank[i] != TUPLE_NONE && written[rank[i]])
				has[t->items[i].field[columns[c]]] = true;
		has[STRINGS_EMPTY] = false;
		for (size_t i = 0; i < t->count; i++)
			if (rank[i] != TUPLE_NONE && has[t->items[i].field[columns[c]]])
				sharers[rank[i]] = true;
		free(has);
	}
	for (size_t i = 0; i < d->customers.count; i++)
		written[i] |= sharers[i];
	free(sharers);
}

enum so1_status dedupe_carry_name(struct dedupe *d, struct so1_error *e)
{
	const struct recall *r = d->options->recall;
	const uint32_t *rank = d->customers.rank;

	e->status = SO1_OK;
	if (r->carry.customers == NULL)
		return SO1_OK;
	bool *written = xcalloc(d->customers.count + 1, sizeof *written);
	bool *items = xcalloc(r->known.count + 1, sizeof *items);
	for (size_t i = 0; i < r->input; i++)
		if (rank[i] != TUPLE_NONE)
			written[rank[i]] = true;
	size_t named = count(written, d->customers.count);
	add_sharers(d, written);
	for (size_t i = 0; i < r->count; i++)
		items[r->items[i].item] = rank[r->items[i].tuple] == TUPLE_NONE || written[rank[r->items[i].tuple]];
	add_customers(d, items, true, e);
	/* All who are written have been met. */
	memset(written, false, d->customers.count);
	for (size_t i = 0; i < d->tuples.count; i++)
		if (rank[i] != TUPLE_NONE && d->tuples.row_units[i])
			written[rank[i]] = true;
	d->options->registry->kept_count += count(written, d->customers.count) - named + r->carry.kept;
	free(written);
	free(items);
	return e->status;
}

/* Whether what has changed is little beside what stands in FILE.rows. Nobody who was erased may
 * stay there. */
static bool adds(const struct dedupe *d)
{
	const struct carry *c = &d->options->recall->carry;
	size_t away = c->count - c->kept - c->made;

	return c->customers && d->options->registry->erased_customers == 0 &&
	       2 * (away + d->customers.count + c->part[1].count) <= c->part[0].count;
}

enum so1_status dedupe_carry_begin(struct dedupe *d, struct carried **carried, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	*carried = NULL;
	if (d->carry_settings == 0)
		return SO1_OK;
	r->rows_add = adds(d);
	d->carried = (struct carried){
		.carry = r->carry.customers ? &r->carry : NULL, .writer = d->writer, .output = &r->rows,
		.tags = r->tags, .is_known = r->is_known, .adds = r->rows_add,
	};
	carried_begin(&d->carried);
	*carried = &d->carried;
	return carry_output_open(&r->rows, r->rows_add ? r->more_rows_path : r->rows_path, r->real, e);
}

enum so1_status dedupe_carry_end(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	if (d->carry_settings == 0)
		return SO1_OK;
	return carried_end(&d->carried, &(struct carry_key){r->output.seal, d->carry_settings}, e);
}
