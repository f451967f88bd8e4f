#include "stream/dialect.h"

#include "base/memory.h"
#include "base/table.h"

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

void header_number_repeats(struct header *h)
{
	struct header unique = {0};
	struct dictionary names = {0};
	struct buffer name = {0};
	bool fresh;

	for (size_t i = 0; i < h->count; i++)
		dictionary_add(&names, h->names[i], NULL);
	if (names.count < h->count) {
		/* The first of a name keeps it; a new one must be nobody's. */
		bool *taken = xcalloc(names.count + h->count, sizeof *taken);
		for (size_t i = 0; i < h->count; i++) {
			uint32_t id = dictionary_find(&names, h->names[i]);
			buffer_clear(&name);
			buffer_put_slice(&name, h->names[i]);
			fresh = !taken[id];
			for (unsigned n = 2; !fresh; n++) {
				buffer_clear(&name);
				buffer_printf(&name, "%.*s (%u)", SLICE_ARGS(h->names[i]), n);
				id = dictionary_add(&names, buffer_slice(&name), &fresh);
			}
			taken[id] = true;
			header_add(&unique, buffer_slice(&name));
		}
		free(taken);
		header_free(h);
		*h = unique;
	}
	dictionary_free(&names);
	buffer_free(&name);
}

void header_free(struct header *h)
{
	free(h->names);
	free((char *)h->storage.ptr);
	*h = (struct header){0};
}

static void put_quoted(struct buffer *b, struct slice s)
{
	char *at = buffer_reserve(b, 2 * s.len + 2);
	const char *from = s.ptr, *end = s.ptr + s.len;

	*at++ = '"';
	while (from < end) {
		const char *quote = memchr(from, '"', (size_t)(end - from));
		size_t n = (size_t)((quote ? quote + 1 : end) - from);
		memcpy(at, from, n);
		at += n;
		from += n;
		if (quote)
			*at++ = '"';
	}
	*at++ = '"';
	b->len = (size_t)(at - b->ptr);
}

/* Sixteen bytes at a time, in whatever registers the processor has (GCC's and clang's
 * vector extension). */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

static inline bytes16 all(char c)
{
	return (bytes16){0} + (unsigned char)c;
}

static inline bool any_special(bytes16 v, char delimiter)
{
	bytes16 hit = (bytes16)((v == all(delimiter)) | (v == all('"')) | (v == all('\n')) |
				(v == all('\r')));
	words2 w = (words2)hit;

	return (w[0] | w[1]) != 0;
}

static inline bool is_special(char c, char delimiter)
{
	return c == delimiter || c == '"' || c == '\n' || c == '\r';
}

/* Copies s to `to` unless a byte in it asks for quotes: one pass for both, for most
 * fields are short. The last load of each kind overlaps the one before. */
static inline bool copy_plain(char *to, struct slice s, char delimiter)
{
	const char *p = s.ptr;
	size_t n = s.len;
	bytes16 v;

	if (n >= 16) {
		for (size_t i = 0; i < n; i += 16) {
			size_t at = n - i < 16 ? n - 16 : i;
			memcpy(&v, p + at, 16);
			if (any_special(v, delimiter))
				return false;
			memcpy(to + at, &v, 16);
		}
		return true;
	}
	if (n >= 8) {
		uint64_t low, high;
		memcpy(&low, p, 8);
		memcpy(&high, p + n - 8, 8);
		memcpy(to, &low, 8);
		memcpy(to + n - 8, &high, 8);
		return !any_special((bytes16)(words2){low, high}, delimiter);
	}
	if (n >= 4) {
		uint32_t low, high;
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		memcpy(to, &low, 4);
		memcpy(to + n - 4, &high, 4);
		uint64_t both = (uint64_t)high << 32 | low;
		return !any_special((bytes16)(words2){both, both}, delimiter);
	}
	for (size_t i = 0; i < n; i++) {
		if (is_special(p[i], delimiter))
			return false;
		to[i] = p[i];
	}
	return true;
}

void csv_put_field(struct buffer *b, struct slice field, char delimiter)
{
	if (b->cap - b->len < field.len + 1)
		buffer_reserve(b, field.len + 1);
	if (copy_plain(b->ptr + b->len, field, delimiter))
		b->len += field.len;
	else
		put_quoted(b, field);
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
