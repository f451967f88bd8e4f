/* A growing byte buffer. Zero-initialise it; buffer_free when done. Not
 * NUL-terminated unless one asks buffer_text. */
#ifndef SO1_BASE_BUFFER_H
#define SO1_BASE_BUFFER_H

#include "base/slice.h"

struct buffer {
	char *ptr;
	size_t len, cap;
};

/* Makes room for `more` bytes behind len and returns where they start. */
char *buffer_reserve(struct buffer *b, size_t more);
void buffer_put(struct buffer *b, const void *bytes, size_t n);
void buffer_put_slice(struct buffer *b, struct slice s);
void buffer_put_text(struct buffer *b, const char *z);
static inline void buffer_put_byte(struct buffer *b, char c)
{
	if (b->len == b->cap)
		buffer_reserve(b, 1);
	b->ptr[b->len++] = c;
}
void buffer_printf(struct buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static inline struct slice buffer_slice(const struct buffer *b)
{
	return slice_make(b->ptr ? b->ptr : "", b->len);
}
/* The contents as a C string, owned by the buffer, valid until the next change. */
const char *buffer_text(struct buffer *b);
static inline void buffer_clear(struct buffer *b)
{
	b->len = 0;
}
void buffer_free(struct buffer *b);

#endif
