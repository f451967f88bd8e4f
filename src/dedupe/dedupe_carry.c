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

enum so1_status dedupe_carry_open(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	if (!may_write(d))
		return SO1_OK;
	d->carry_settings = settings_of(d);
	if (d->carry_settings == 0)
		return SO1_OK;
	if (may_read(d) && r->known.bytes) {
		struct carry_key key = {r->known.seal, d->carry_settings};
		carry_open(&r->carry, r->rows_path, &key);
	}
	return carry_output_open(&r->rows, r->rows_path, r->real, e);
}

/* A line that is input after all. */
struct late {
	uint64_t place; /* in the input */
	size_t line;
	struct slice row;
};

static int compare_late(const void *x, const void *y)
{
	const struct late *a = x, *b = y;

	return (a->place > b->place) - (a->place < b->place);
}

/* The record that made this row: the row is what it says but for who it is, which FILE knows. */
static void rebuild(struct dedupe *d, const struct late *late, struct slice *fields, struct arena *a)
{
	const struct recall *r = d->options->recall;
	struct slice identity[IDENTITY_FIELDS];
	struct sighting unused;
	struct row *row = arena_alloc(a, sizeof *row + late->row.len);

	*row = (struct row){.len = (uint32_t)late->row.len, .kept = (uint32_t)late->row.len};
	memcpy(row + 1, late->row.ptr, late->row.len);
	row_split(row, d->plan.delimiter, fields, d->plan.count, a);
	known_read(&r->known, r->carry.lines[late->line].item, identity, &unused);
	sighting_free(&unused);
	for (size_t i = 0; i < d->plan.count; i++)
		if (d->plan.role[i] < IDENTITY_FIELDS)
			fields[i] = identity[d->plan.role[i]];
}

static enum so1_status add_late(struct dedupe *d, const struct late *late, size_t n,
				struct so1_error *e)
{
	const struct carry *c = &d->options->recall->carry;
	struct slice *fields = xcalloc(d->plan.count + 1, sizeof *fields);
	struct record rec = {.fields = fields, .count = d->plan.count, .delimiter = ','};
	struct arena a = {0};

	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		const struct carry_line *line = &c->lines[late[i].line];
		rebuild(d, &late[i], fields, &a);
		intake_add(&d->intake, &d->more, &rec, (struct tuple_key){line->hash, line->tag},
			   late[i].place, e);
		arena_reset(&a);
	}
	free(fields);
	arena_free(&a);
	return e->status ? e->status : intake_flush(&d->intake, &d->more, e);
}

/* Lines of customers who are made, and were not known to be (was), in the order of the input. */
static enum so1_status add_lines(struct dedupe *d, const uint8_t *was, struct so1_error *e)
{
	const struct carry *c = &d->options->recall->carry;
	struct late *late = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (c->state[i] != CARRY_MADE || was[i] == CARRY_MADE)
			continue;
		size_t at = 0;
		for (size_t k = c->customers[i].first; k < c->customers[i + 1].first; k++) {
			struct slice row = carry_row(c, i, &at);
			if (c->taken[k] == 0)
				continue;
			GROW(late, cap, n + 1);
			late[n++] = (struct late){c->taken[k], k, row};
		}
	}
	if (n)
		qsort(late, n, sizeof *late, compare_late);
	add_late(d, late, n, e);
	free(late);
	return e->status;
}

static enum so1_status touch(void *context, const bool *items, struct so1_error *e)
{
	struct dedupe *d = context;
	struct carry *c = &d->options->recall->carry;
	uint8_t *was = xmalloc(c->count + 1);

	memcpy(was, c->state, c->count);
	carry_touch(c, items);
	add_lines(d, was, e);
	free(was);
	return e->status;
}

enum so1_status dedupe_carry_settle(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	if (r->carry.bytes == NULL)
		return SO1_OK;
	uint8_t *was = xcalloc(r->carry.count + 1, sizeof *was);
	carry_settle(&r->carry);
	add_lines(d, was, e);
	free(was);
	r->touch = touch;
	r->touch_context = d;
	return e->status;
}

struct carried *dedupe_carry_begin(struct dedupe *d)
{
	struct recall *r = d->options->recall;

	if (d->carry_settings == 0)
		return NULL;
	d->carried = (struct carried){
		.carry = r->carry.bytes ? &r->carry : NULL, .writer = d->writer, .output = &r->rows,
		.item_now = r->item_now, .item_of = r->item_of,
	};
	return &d->carried;
}

enum so1_status dedupe_carry_end(struct dedupe *d, struct so1_error *e)
{
	struct recall *r = d->options->recall;

	e->status = SO1_OK;
	if (d->carry_settings == 0)
		return SO1_OK;
	return carry_output_seal(&r->rows, &(struct carry_key){r->output.seal, d->carry_settings}, e);
}
