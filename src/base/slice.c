#include "base/slice.h"

#include <strings.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

int slice_compare(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

size_t slice_find_byte(struct slice s, char c)
{
	const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return hit ? (size_t)(hit - s.ptr) : s.len;
}

bool slice_split(struct slice *rest, char separator, struct slice *item)
{
	if (rest->ptr == NULL)
		return false;
	size_t at = slice_find_byte(*rest, separator);
	*item = slice_make(rest->ptr, at);
	if (at == rest->len)
		*rest = slice_make(NULL, 0);
	else
		*rest = slice_make(rest->ptr + at + 1, rest->len - at - 1);
	return true;
}

uint64_t slice_hash(struct slice s, uint64_t seed)
{
	return XXH3_64bits_withSeed(s.ptr, s.len, seed);
}
