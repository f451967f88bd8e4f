#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char *buffer_reserve(struct buffer *b, size_t more)
{
	/* An empty buffer gets memory for nothing too: its pointer is then one to add to. */
	if (b->cap - b->len < more || b->ptr == NULL) {
		size_t cap = b->cap < 64 ? 64 : b->cap * 2;
		if (cap < b->len + more)
			cap = b->len + more;
		b->ptr = xrealloc_array(b->ptr, cap, 1);
		b->cap = cap;
	}
	return b->ptr + b->len;
}

void buffer_put(struct buffer *b, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buffer_reserve(b, n), bytes, n);
	b->len += n;
}

void buffer_put_slice(struct buffer *b, struct slice s)
{
	buffer_put(b, s.ptr, s.len);
}

void buffer_put_text(struct buffer *b, const char *z)
{
	buffer_put(b, z, strlen(z));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		buffer_reserve(b, (size_t)n + 1);
		vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

const char *buffer_text(struct buffer *b)
{
	*buffer_reserve(b, 1) = '\0';
	return b->ptr;
}

void buffer_free(struct buffer *b)
{
	free(b->ptr);
	*b = (struct buffer){0};
}
