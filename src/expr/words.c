#include "expr/words.h"

#include <utf8proc.h>

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] & 0x80)
			return false;
	return true;
}

/* Bytes of the character at i; its code point, or -1 for a byte that is no UTF-8. */
static size_t character(struct slice s, size_t i, utf8proc_int32_t *code)
{
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
					      (utf8proc_ssize_t)(s.len - i), code);
	if (n >= 1)
		return (size_t)n;
	*code = -1;
	return 1;
}

static struct slice ascii_case(struct slice s, char first, char last, struct arena *a)
{
	size_t i = 0;

	while (i < s.len && !(s.ptr[i] >= first && s.ptr[i] <= last))
		i++;
	if (i == s.len)
		return s;
	char *text = arena_bytes(a, s.len);
	for (i = 0; i < s.len; i++)
		text[i] = s.ptr[i] >= first && s.ptr[i] <= last ? (char)(s.ptr[i] ^ 0x20) : s.ptr[i];
	return slice_make(text, s.len);
}

static struct slice unicode_case(struct slice s, utf8proc_int32_t (*map)(utf8proc_int32_t),
				 struct arena *a)
{
	/* A character takes at most 4 bytes, whatever it took before. */
	utf8proc_uint8_t *text = (utf8proc_uint8_t *)arena_bytes(a, 4 * s.len);
	size_t n = 0;

	for (size_t i = 0, step; i < s.len; i += step) {
		utf8proc_int32_t code;
		step = character(s, i, &code);
		if (code < 0) {
			text[n++] = (utf8proc_uint8_t)s.ptr[i];
			continue;
		}
		/* Versions of utf8proc disagree on the capital of sharp s. */
		n += (size_t)utf8proc_encode_char(code == 0xdf ? code : map(code), text + n);
	}
	return slice_make((const char *)text, n);
}

struct slice words_lower(struct slice s, struct arena *a)
{
	return is_ascii(s) ? ascii_case(s, 'A', 'Z', a) : unicode_case(s, utf8proc_tolower, a);
}

struct slice words_upper(struct slice s, struct arena *a)
{
	return is_ascii(s) ? ascii_case(s, 'a', 'z', a) : unicode_case(s, utf8proc_toupper, a);
}

size_t words_length(struct slice s)
{
	size_t n = 0;
	utf8proc_int32_t code;

	for (size_t i = 0; i < s.len; n++)
		i += character(s, i, &code);
	return n;
}

struct slice words_substr(struct slice s, int64_t start, int64_t length)
{
	size_t i = 0;
	utf8proc_int32_t code;

	/* Characters before the first count against the length, as in SQL. */
	if (start < 1) {
		length += start - 1;
		start = 1;
	}
	for (; i < s.len && start > 1; start--)
		i += character(s, i, &code);
	size_t from = i;
	for (; i < s.len && length > 0; length--)
		i += character(s, i, &code);
	return slice_make(s.ptr + from, i - from);
}

enum answer words_answer(struct slice s)
{
	static const char *const yes[] = {"ja", "yes", "true", "x", "1", "y", "j", "on", "oui",
					  "si", "s\xc3\xad", "s\xc3\x8d"};
	static const char *const no[] = {"nein", "no", "false", "0", "n", "off", "non"};

	s = slice_trim(s);
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (slice_equal_nocase(s, slice_of(yes[i])))
			return ANSWER_YES;
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (slice_equal_nocase(s, slice_of(no[i])))
			return ANSWER_NO;
	return ANSWER_NONE;
}
