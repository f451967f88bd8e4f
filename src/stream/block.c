#include "stream/block.h"

#include "stream/seal.h"
#include "stream/utf8.h"

#include <stdlib.h>

struct block *block_new(size_t cap)
{
	struct block *b = xcalloc(1, sizeof *b);

	block_grow(b, cap);
	return b;
}

void block_grow(struct block *b, size_t cap)
{
	if (cap <= b->cap)
		return;
	b->bytes = xrealloc_array(b->bytes, cap + BLOCK_PADDING, 1);
	b->cap = cap;
}

void block_clear(struct block *b)
{
	b->len = b->count = b->mark_count = b->field_count = b->breakage_count = 0;
	arena_reset(&b->text);
}

void block_free(struct block *b)
{
	if (b == NULL)
		return;
	arena_free(&b->text);
	free(b->bytes);
	free(b->records);
	free(b->marks);
	free(b->fields);
	free(b->breakages);
	free(b);
}

static bool fail(struct problem *p, const char *reason, struct slice column, struct slice value)
{
	*p = (struct problem){.reason = reason, .column = column, .value = value};
	return false;
}

/* Name of the file's column i. */
static struct slice column_name(const struct shape *s, size_t i)
{
	if (i >= s->columns)
		return slice_make("", 0);
	return s->header->names[s->places ? s->places[i] : i];
}

static bool wrong_count(const struct block *b, size_t count, struct arena *a, struct problem *p)
{
	char number[24], *end = number + sizeof number, *at = end;

	do {
		*--at = (char)('0' + count % 10);
		count /= 10;
	} while (count > 0);
	return fail(p, b->shape->ragged, slice_make("", 0),
		    arena_copy(a, slice_make(at, (size_t)(end - at))));
}

/* Fields in the file's order. */
static bool check_text(const struct shape *s, const struct slice *fields, struct slice raw,
		       struct problem *p)
{
	if (slice_find_byte(raw, '\0') < raw.len) {
		for (size_t i = 0; i < s->columns; i++)
			if (slice_find_byte(fields[i], '\0') < fields[i].len)
				return fail(p, "NUL byte", column_name(s, i), fields[i]);
	}
	if (s->check_utf8 && !utf8_is_valid(raw)) {
		for (size_t i = 0; i < s->columns; i++)
			if (!utf8_is_valid(fields[i]))
				return fail(p, "not UTF-8", column_name(s, i), fields[i]);
	}
	return true;
}

static struct slice undouble(struct slice s, struct arena *a)
{
	const char *quote = s.len ? memchr(s.ptr, '"', s.len) : NULL;

	if (quote == NULL)
		return s;
	char *to = arena_bytes(a, s.len), *at = to;
	const char *from = s.ptr, *end = s.ptr + s.len;
	while (quote != NULL) {
		size_t n = (size_t)(quote + 1 - from);
		memcpy(at, from, n);
		at += n;
		from = quote + 2;
		quote = from < end ? memchr(from, '"', (size_t)(end - from)) : NULL;
	}
	if (from < end) {
		memcpy(at, from, (size_t)(end - from));
		at += end - from;
	}
	return slice_make(to, (size_t)(at - to));
}

static void cut_fields(const struct block *b, const struct block_record *r, struct slice *fields)
{
	const uint32_t *mark = b->marks + r->first;
	const char *bytes = b->bytes;
	size_t start = r->start;

	for (size_t i = 0; i < r->fields; i++) {
		fields[i] = slice_make(bytes + start, mark[i] - start);
		start = (size_t)mark[i] + 1;
	}
}

/* Which of the fields are quoted is as good as random, so there is no branch on it. An
 * empty field begins with what ends it, which is no quote. */
static void cut_quoted(const struct block *b, const struct block_record *r, struct slice *fields)
{
	const uint32_t *mark = b->marks + r->first;
	const char *bytes = b->bytes;
	size_t start = r->start;

	for (size_t i = 0; i < r->fields; i++) {
		size_t quote = bytes[start] == '"';
		fields[i] = slice_make(bytes + start + quote, mark[i] - start - 2 * quote);
		start = (size_t)mark[i] + 1;
	}
}

/* Only a quoted field has a quote before it. */
static void undouble_fields(const struct block *b, struct slice *fields, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].ptr > b->bytes && fields[i].ptr[-1] == '"')
			fields[i] = undouble(fields[i], a);
}

static void permute(const struct shape *s, struct slice *fields, struct arena *a)
{
	struct slice *was = arena_alloc(a, s->columns * sizeof *was);

	memcpy(was, fields, s->columns * sizeof *was);
	for (size_t i = 0; i < s->columns; i++)
		fields[s->places[i]] = was[i];
}

static bool broken(const struct block *b, const struct block_record *r, struct problem *p)
{
	const struct block_breakage *x = &b->breakages[r->first];

	return fail(p, x->reason, column_name(b->shape, x->column), x->value);
}

bool block_get(const struct block *b, size_t i, struct slice *fields, struct arena *a,
	       struct record *rec, struct problem *p)
{
	const struct block_record *r = &b->records[i];
	const struct shape *s = b->shape;
	uint64_t rows, hash;

	rec->fields = fields;
	rec->count = s->columns;
	rec->raw = slice_make(b->bytes + r->start, r->end - r->start);
	rec->file = s->name;
	rec->line = b->first_line + r->line;
	rec->delimiter = s->delimiter;
	rec->raw_is_canonical = s->canonical && rec->raw.len > 0;
	if (r->kind == RECORD_BROKEN)
		return broken(b, r, p);
	if (rec->raw.len > 0 && rec->raw.ptr[0] == '#' && seal_parse(rec->raw, &rows, &hash)) {
		fail(p, "the stream goes on behind its seal", slice_make("", 0), rec->raw);
		p->fatal = true;
		return false;
	}
	if (r->fields != s->columns)
		return wrong_count(b, r->fields, a, p);
	if (r->kind == RECORD_STRICT) {
		memcpy(fields, b->fields + r->first, r->fields * sizeof *fields);
	} else if (r->flags & HAS_QUOTE) {
		cut_quoted(b, r, fields);
		if (r->flags & HAS_DOUBLED)
			undouble_fields(b, fields, r->fields, a);
	} else {
		cut_fields(b, r, fields);
	}
	if ((r->flags & HAS_ODD) && !check_text(s, fields, rec->raw, p))
		return false;
	if (s->places)
		permute(s, fields, a);
	return true;
}
