#include "base/table.h"
#include "stream/reader.h"
#include "stream/reader_private.h"

#include <stdlib.h>

enum so1_status reader_need(const struct reader *r, const char *name, size_t *index,
			    struct so1_error *e)
{
	const struct header *h = reader_header(r);

	*index = header_find(h, slice_of(name));
	if (*index != COLUMN_NONE)
		return SO1_OK;
	struct slice nearest = nearest_name(slice_of(name), h->names, h->count);
	if (nearest.len)
		return error_set(e, SO1_FAILED, "no column '%s'; did you mean '%.*s'?", name,
				 SLICE_ARGS(nearest));
	return error_set(e, SO1_FAILED, "no column '%s'", name);
}

enum so1_status csv_read_file(const char *file, enum so1_status (*header)(void *context,
			      const struct header *h, struct so1_error *e),
			      enum so1_status (*row)(void *context, const struct record *rec,
			      struct so1_error *e), void *context, struct so1_error *e)
{
	struct reader *r;
	struct record rec;
	bool more = true;
	enum so1_status status = reader_open(&r, &file, 1, &(struct reader_options){.threads = 1}, e);

	if (status == SO1_OK && header)
		status = header(context, reader_header(r), e);
	while (status == SO1_OK && more) {
		status = reader_next(r, &rec, &more, e);
		if (status == SO1_OK && more)
			status = row(context, &rec, e);
	}
	reader_close(r);
	return status;
}

struct batch {
	struct block *block;
	size_t *good; /* indexes of records that are of use */
	size_t count, cap;
	struct arena text;
};

/* Looks at every record once here, so that rejects come in the order of the input. */
static enum so1_status keep_good(struct reader *r, struct batch *b, struct so1_error *e)
{
	struct slice *fields = xcalloc(reader_header(r)->count, sizeof *fields);
	enum so1_status status = SO1_OK;
	struct record rec;
	struct problem p;

	for (size_t i = 0; i < b->block->count && status == SO1_OK; i++) {
		arena_reset(&b->text);
		reader_count(r, 1);
		if (!block_get(b->block, i, fields, &b->text, &rec, &p)) {
			status = reader_report(r, &rec, &p, e);
			continue;
		}
		GROW(b->good, b->cap, b->count + 1);
		b->good[b->count++] = i;
	}
	arena_reset(&b->text);
	free(fields);
	return status;
}

enum so1_status reader_next_batch(struct reader *r, struct batch **out, struct so1_error *e)
{
	struct batch *b = xcalloc(1, sizeof *b);
	bool more = true;
	enum so1_status status = SO1_OK;

	b->block = block_new(0);
	while (status == SO1_OK && more && b->count == 0) {
		status = reader_fill_block(r, b->block, &more, e);
		if (status == SO1_OK && more)
			status = keep_good(r, b, e);
	}
	*out = b;
	if (status != SO1_OK || !more) {
		batch_free(b);
		*out = NULL;
	}
	return status;
}

size_t batch_count(const struct batch *b)
{
	return b->count;
}

enum so1_status reader_next_unchecked(struct reader *r, struct batch **b, struct so1_error *e)
{
	bool more = true;

	if (*b == NULL) {
		*b = xcalloc(1, sizeof **b);
		(*b)->block = block_new(0);
	}
	block_clear((*b)->block);
	enum so1_status status = reader_fill_block(r, (*b)->block, &more, e);
	if (status != SO1_OK)
		return status;
	if (!more) {
		batch_free(*b);
		*b = NULL;
		return SO1_OK;
	}
	(*b)->count = (*b)->block->count;
	reader_count(r, (*b)->count);
	return SO1_OK;
}

bool batch_read(const struct batch *b, size_t i, struct slice *fields, struct arena *a,
		struct record *rec, struct problem *p)
{
	return block_get(b->block, i, fields, a, rec, p);
}

bool batch_raw(const struct batch *b, size_t i, struct slice *raw)
{
	const struct block_record *r = &b->block->records[i];

	*raw = slice_make(b->block->bytes + r->start, r->end - r->start);
	return b->block->shape->canonical && r->kind != RECORD_BROKEN;
}

void batch_record(struct batch *b, size_t i, struct slice *fields, struct record *rec)
{
	struct problem p;

	(void)block_get(b->block, b->good[i], fields, &b->text, rec, &p);
}

void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	block_free(b->block);
	arena_free(&b->text);
	free(b->good);
	free(b);
}
