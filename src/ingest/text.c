#include "ingest/text.h"

#include <utf8proc.h>

static bool is_break(char c)
{
	return c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool text_is_ascii(struct slice s)
{
	size_t i = 0;
	uint64_t high = 0;

	for (; i + 8 <= s.len; i += 8) {
		uint64_t word;
		memcpy(&word, s.ptr + i, 8);
		high |= word;
	}
	for (; i < s.len; i++)
		high |= (uint64_t)(unsigned char)s.ptr[i];
	return (high & UINT64_C(0x8080808080808080)) == 0;
}

static bool is_zero_width(int32_t c)
{
	return c == 0x200b || c == 0xfeff || c == 0x2060 || c == 0xad;
}

static bool is_space(int32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* The character at p, its length in *n; bytes that are no UTF-8 are -1, one byte long. */
static int32_t char_at(const char *p, size_t left, size_t *n)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)p,
						 (utf8proc_ssize_t)left, &c);

	*n = used > 0 ? (size_t)used : 1;
	return used > 0 ? c : -1;
}

static struct slice trim_unicode(struct slice s)
{
	for (;;) {
		size_t n;
		s = slice_trim(s);
		if (s.len == 0 || (unsigned char)s.ptr[0] < 0x80)
			break;
		int32_t c = char_at(s.ptr, s.len, &n);
		if (c < 0 || !(is_space(c) || is_zero_width(c)))
			break;
		s = slice_make(s.ptr + n, s.len - n);
	}
	for (;;) {
		size_t n, back = 1;
		s = slice_trim(s);
		if (s.len == 0 || (unsigned char)s.ptr[s.len - 1] < 0x80)
			return s;
		while (back < 4 && back < s.len &&
		       ((unsigned char)s.ptr[s.len - back] & 0xc0) == 0x80)
			back++;
		int32_t c = char_at(s.ptr + s.len - back, back, &n);
		if (c < 0 || n != back || !(is_space(c) || is_zero_width(c)))
			return s;
		s.len -= back;
	}
}

static struct slice trim(struct slice s)
{
	s = slice_trim(s);
	if (s.len > 0 && (((unsigned char)s.ptr[0] | (unsigned char)s.ptr[s.len - 1]) & 0x80))
		s = trim_unicode(s);
	return s;
}

struct slice text_clean(struct slice s, struct arena *a)
{
	size_t i = 0;

	s = trim(s);
	while (i < s.len && !is_break(s.ptr[i]))
		i++;
	if (i == s.len)
		return s;
	char *out = arena_bytes(a, s.len);
	size_t n = 0;
	for (i = 0; i < s.len; i++) {
		if (!is_break(s.ptr[i]))
			out[n++] = s.ptr[i];
		else if (!is_break(s.ptr[i - 1])) /* trimmed: never at 0 */
			out[n++] = ' ';
	}
	return slice_make(out, n);
}

/* Blanks and controls out; never longer than the input. */
static struct slice squeeze(struct slice s, struct arena *a)
{
	char *out = arena_bytes(a, s.len);
	size_t n = 0, width;

	for (size_t i = 0; i < s.len; i += width) {
		int32_t c = char_at(s.ptr + i, s.len - i, &width);
		if (is_space(c)) {
			if (n > 0 && out[n - 1] != ' ')
				out[n++] = ' ';
		} else if (c < 0 || !(c < 0x20 || (c >= 0x7f && c < 0xa0) || is_zero_width(c))) {
			memcpy(out + n, s.ptr + i, width);
			n += width;
		}
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	return slice_make(out, n);
}

/* utf8proc's decomposition with `options` as code points in the arena; -1 when s is no
 * UTF-8. */
static utf8proc_ssize_t decompose(struct slice s, utf8proc_option_t options, struct arena *a,
				  utf8proc_int32_t **points)
{
	utf8proc_ssize_t room = (utf8proc_ssize_t)s.len * 2 + 16;

	for (;;) {
		/* One more: utf8proc_reencode writes a terminator. */
		*points = arena_alloc(a, ((size_t)room + 1) * sizeof **points);
		utf8proc_ssize_t n = utf8proc_decompose((const utf8proc_uint8_t *)s.ptr,
							(utf8proc_ssize_t)s.len, *points, room,
							options);
		if (n < 0)
			return -1;
		if (n <= room)
			return n;
		room = n;
	}
}

static struct slice compose(struct slice s, utf8proc_option_t options, struct arena *a)
{
	utf8proc_int32_t *points;

	options |= UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	utf8proc_ssize_t n = decompose(s, options, a, &points);
	if (n < 0)
		return s;
	n = utf8proc_reencode(points, n, options);
	return n < 0 ? s : slice_make((const char *)points, (size_t)n);
}

/* Characters below U+0300 are NFC whatever their order; their lead byte is below 0xcc. */
static bool is_surely_nfc(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0xcc)
			return false;
	return true;
}

struct slice text_collapse(struct slice s, struct arena *a)
{
	bool plain = true;

	s = trim(s);
	for (size_t i = 0; i < s.len && plain; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		/* 0xc2 leads to the no-break space, the soft hyphen and the C1 controls. */
		plain = c >= 0x20 && c != 0x7f && c != 0xc2 && c < 0xcc &&
			!(c == ' ' && s.ptr[i - 1] == ' ');
	}
	if (plain)
		return s;
	/* First the controls go, since what they part may compose. */
	s = squeeze(s, a);
	return is_surely_nfc(s) ? s : compose(s, 0, a);
}

static struct slice key_of_ascii(struct slice s, struct arena *a)
{
	char *out = arena_bytes(a, s.len + 1);
	size_t n = 0;
	bool gap = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (!byte_is_alpha(c) && !byte_is_digit(c)) {
			gap = n > 0;
			continue;
		}
		if (gap)
			out[n++] = ' ';
		gap = false;
		out[n++] = c;
	}
	return slice_make(out, n);
}

static bool is_word_category(utf8proc_category_t category)
{
	switch (category) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

struct slice text_key(struct slice s, struct arena *a)
{
	utf8proc_int32_t *points;
	bool gap = false;
	size_t n = 0;

	if (text_is_ascii(s))
		return key_of_ascii(s, a);
	utf8proc_ssize_t count = decompose(s, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
					   UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
					   UTF8PROC_STRIPMARK, a, &points);
	if (count < 0)
		return key_of_ascii(s, a);
	/* Each character with its blanks takes at most 6 bytes. */
	char *out = arena_bytes(a, (size_t)count * 6 + 1);
	for (utf8proc_ssize_t i = 0; i < count; i++) {
		utf8proc_category_t category = utf8proc_category(points[i]);
		bool symbol = category == UTF8PROC_CATEGORY_SO;
		if (!symbol && !is_word_category(category)) {
			/* Joiners and variation selectors do not part words. */
			gap = gap || (n > 0 && category != UTF8PROC_CATEGORY_MN &&
				      category != UTF8PROC_CATEGORY_CF);
			continue;
		}
		if (n > 0 && (gap || symbol))
			out[n++] = ' ';
		n += (size_t)utf8proc_encode_char(points[i], (utf8proc_uint8_t *)out + n);
		gap = symbol;
	}
	return slice_make(out, n);
}

struct slice text_ascii_lower(struct slice s, struct arena *a)
{
	size_t i = 0;

	while (i < s.len && !(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z'))
		i++;
	if (i == s.len)
		return s;
	char *out = arena_bytes(a, s.len);
	for (i = 0; i < s.len; i++)
		out[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
	return slice_make(out, s.len);
}

struct slice text_ascii_upper(struct slice s, struct arena *a)
{
	size_t i = 0;

	while (i < s.len && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'z'))
		i++;
	if (i == s.len)
		return s;
	char *out = arena_bytes(a, s.len);
	for (i = 0; i < s.len; i++)
		out[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
	return slice_make(out, s.len);
}

struct slice text_lower(struct slice s, struct arena *a)
{
	if (text_is_ascii(s))
		return text_ascii_lower(s, a);
	/* Case folding would turn ß into ss; lower case character by character. */
	utf8proc_int32_t *points;
	utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	utf8proc_ssize_t n = decompose(s, options, a, &points);
	if (n < 0)
		return s;
	for (utf8proc_ssize_t i = 0; i < n; i++)
		points[i] = utf8proc_tolower(points[i]);
	n = utf8proc_reencode(points, n, options);
	return n < 0 ? s : slice_make((const char *)points, (size_t)n);
}
