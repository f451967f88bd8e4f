#include "stream/dialect.h"

#include "base/memory.h"

#include <stdlib.h>

/* The capacity is not stored: it is the power of two at or above the length. */
static size_t storage_cap(size_t len)
{
	size_t cap = 64;

	while (cap < len)
		cap *= 2;
	return cap;
}

static void header_grow_storage(struct header *h, size_t len)
{
	if (h->storage.ptr != NULL && storage_cap(h->storage.len) >= len)
		return;
	char *to = xmalloc(storage_cap(len));
	char *at = to;
	for (size_t i = 0; i < h->count; i++) {
		memcpy(at, h->names[i].ptr, h->names[i].len);
		h->names[i].ptr = at;
		at += h->names[i].len;
	}
	free((char *)h->storage.ptr);
	h->storage.ptr = to;
}

void header_add(struct header *h, struct slice name)
{
	GROW(h->names, h->cap, h->count + 1);
	header_grow_storage(h, h->storage.len + name.len);
	char *at = (char *)h->storage.ptr + h->storage.len;
	if (name.len)
		memcpy(at, name.ptr, name.len);
	h->storage.len += name.len;
	h->names[h->count++] = slice_make(at, name.len);
}

size_t header_find(const struct header *h, struct slice name)
{
	for (size_t i = 0; i < h->count; i++)
		if (slice_equal(h->names[i], name))
			return i;
	return COLUMN_NONE;
}

void header_copy(struct header *to, const struct header *from)
{
	*to = (struct header){0};
	for (size_t i = 0; i < from->count; i++)
		header_add(to, from->names[i]);
}

void header_free(struct header *h)
{
	free(h->names);
	free((char *)h->storage.ptr);
	*h = (struct header){0};
}

static bool field_needs_quotes(struct slice s, char delimiter)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == delimiter || c == '"' || c == '\n' || c == '\r')
			return true;
	}
	return false;
}

static void put_quoted(struct buffer *b, struct slice s)
{
	char *at = buffer_reserve(b, 2 * s.len + 2);

	*at++ = '"';
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			*at++ = '"';
		*at++ = s.ptr[i];
	}
	*at++ = '"';
	b->len = (size_t)(at - b->ptr);
}

void csv_put_field(struct buffer *b, struct slice field, char delimiter)
{
	if (field_needs_quotes(field, delimiter))
		put_quoted(b, field);
	else
		buffer_put_slice(b, field);
}

void csv_put_record(struct buffer *b, const struct slice *fields, size_t n, char delimiter)
{
	if (n == 1 && fields[0].len == 0)
		buffer_put(b, "\"\"", 2);
	else
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				buffer_put_byte(b, delimiter);
			csv_put_field(b, fields[i], delimiter);
		}
	buffer_put_byte(b, '\n');
}
