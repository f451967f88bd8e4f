#include "export/codes.h"

#include "stream/reader.h"

#include <stdlib.h>

struct codes_reading {
	struct codes *codes;
	const struct catalogue *catalogue;
	size_t code, offer_id;
};

static size_t find_pool(const struct codes *c, struct slice offer_id)
{
	for (size_t i = 0; i < c->pool_count; i++)
		if (slice_equal(c->pools[i].offer_id, offer_id))
			return i;
	return SIZE_MAX;
}

static size_t find_offer(const struct catalogue *c, struct slice offer_id)
{
	for (size_t i = 0; i < c->count; i++)
		if (slice_equal(c->items[i].offer_id, offer_id))
			return i;
	return SIZE_MAX;
}

static size_t add_pool(struct codes *c, struct slice offer_id)
{
	GROW(c->pools, c->pool_cap, c->pool_count + 1);
	c->pools[c->pool_count] = (struct code_pool){.offer_id = offer_id};
	return c->pool_count++;
}

static enum so1_status add_code(struct codes_reading *r, struct slice code, struct slice offer_id,
				uint64_t line, struct so1_error *e)
{
	struct codes *c = r->codes;
	size_t pool = CODES_SHARED;
	bool added;

	code = slice_trim(code);
	offer_id = slice_trim(offer_id);
	if (code.len == 0 && offer_id.len == 0)
		return SO1_OK;
	if (code.len == 0) {
		error_set(e, SO1_FAILED, "empty");
		return error_at(e, c->file, line, "code");
	}
	if (offer_id.len) {
		pool = find_pool(c, offer_id);
		size_t offer = pool == SIZE_MAX ? find_offer(r->catalogue, offer_id) : 0;
		if (offer == SIZE_MAX) {
			error_set(e, SO1_USAGE, "no such offer in the catalogue");
			error_value(e, offer_id);
			return error_at(e, c->file, line, "offer_id");
		}
		if (pool == SIZE_MAX)
			pool = add_pool(c, r->catalogue->items[offer].offer_id);
	}
	uint32_t id = dictionary_add(&c->all, code, &added);
	if (!added) {
		error_set(e, SO1_FAILED, "the same code twice");
		error_value(e, code);
		return error_at(e, c->file, line, "code");
	}
	struct code_pool *p = &c->pools[pool];
	GROW(p->ids, p->cap, p->count + 1);
	p->ids[p->count++] = id;
	return SO1_OK;
}

static enum so1_status read_header(void *context, const struct header *h, struct so1_error *e)
{
	struct codes_reading *r = context;

	r->code = header_find(h, SLICE("code"));
	r->offer_id = header_find(h, SLICE("offer_id"));
	if (r->code != COLUMN_NONE)
		return SO1_OK;
	if (h->count > 1 || r->offer_id != COLUMN_NONE) {
		error_set(e, SO1_USAGE, "no column 'code'");
		return error_at(e, r->codes->file, 1, NULL);
	}
	r->code = 0;
	return add_code(r, h->names[0], SLICE(""), 1, e);
}

static enum so1_status read_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct codes_reading *r = context;

	return add_code(r, rec->fields[r->code],
			r->offer_id == COLUMN_NONE ? SLICE("") : rec->fields[r->offer_id],
			rec->line, e);
}

enum so1_status codes_read(struct codes *c, const char *file, const struct catalogue *catalogue,
			   struct so1_error *e)
{
	struct codes_reading r = {.codes = c, .catalogue = catalogue};

	c->file = file;
	add_pool(c, slice_make("", 0));
	if (csv_read_file(file, read_header, read_row, &r, e) != SO1_OK)
		return e->status;
	if (c->all.count == 0) {
		error_set(e, SO1_FAILED, "no code in it");
		return error_at(e, file, 0, NULL);
	}
	c->used = xcalloc(c->all.count, sizeof *c->used);
	c->pool_of = xcalloc(catalogue->count, sizeof *c->pool_of);
	for (size_t i = 0; i < catalogue->count; i++) {
		c->pool_of[i] = find_pool(c, catalogue->items[i].offer_id);
		if (c->pool_of[i] == SIZE_MAX && c->pools[CODES_SHARED].count)
			c->pool_of[i] = CODES_SHARED;
	}
	return SO1_OK;
}

void codes_mark_used(struct codes *c, struct slice code)
{
	uint32_t id = dictionary_find(&c->all, code);

	if (id != DICTIONARY_NONE)
		c->used[id] = 1;
}

bool codes_has_offer(const struct codes *c, size_t offer)
{
	return c->pool_of[offer] != SIZE_MAX;
}

struct slice codes_take(struct codes *c, size_t offer)
{
	struct code_pool *p = &c->pools[c->pool_of[offer]];

	while (p->next < p->count && c->used[p->ids[p->next]])
		p->next++;
	if (p->next == p->count) {
		p->lacking++;
		return slice_make("", 0);
	}
	c->used[p->ids[p->next]] = 1;
	return dictionary_item(&c->all, p->ids[p->next++]);
}

enum so1_status codes_check(const struct codes *c, struct so1_error *e)
{
	for (size_t i = 0; i < c->pool_count; i++) {
		const struct code_pool *p = &c->pools[i];
		if (p->lacking == 0)
			continue;
		error_set(e, SO1_FAILED, "not enough codes: %llu more are needed",
			  (unsigned long long)p->lacking);
		if (p->offer_id.len)
			error_value(e, p->offer_id);
		return error_at(e, c->file, 0, NULL);
	}
	return SO1_OK;
}

uint64_t codes_left(const struct codes *c)
{
	uint64_t left = 0;

	for (size_t i = 0; i < c->all.count; i++)
		left += !c->used[i];
	return left;
}

void codes_free(struct codes *c)
{
	for (size_t i = 0; i < c->pool_count; i++)
		free(c->pools[i].ids);
	free(c->pools);
	free(c->pool_of);
	free(c->used);
	dictionary_free(&c->all);
	*c = (struct codes){0};
}
