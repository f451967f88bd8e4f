/* What tests of nights share: files, and figures in a run's notes. */
#ifndef SO1_TESTS_NIGHT_HELP_H
#define SO1_TESTS_NIGHT_HELP_H

#include "base/buffer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static inline void put_file(const char *path, struct slice text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text.ptr, 1, text.len, f), text.len);
	fclose(f);
}

/* The whole file, in b. */
static inline struct slice get_file(const char *path, struct buffer *b)
{
	FILE *f = fopen(path, "r");
	size_t n;

	buffer_clear(b);
	cr_assert_not_null(f, "%s", path);
	while ((n = fread(buffer_reserve(b, 1 << 16), 1, 1 << 16, f)) > 0)
		b->len += n;
	fclose(f);
	return buffer_slice(b);
}

/* The figure behind a text in the notes, 0 without one. */
static inline uint64_t figure(const struct buffer *notes, const char *text)
{
	const char *at = notes->len ? memmem(notes->ptr, notes->len, text, strlen(text)) : NULL;

	return at ? strtoull(at + strlen(text), NULL, 10) : 0;
}

#endif
