#include "export/matchkey.h"

#include "base/datetime.h"

#include <utf8proc.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool match_is_hashed(struct slice value)
{
	value = slice_trim(value);
	if (value.len != 32 && value.len != 64 && value.len != 128)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = to_lower(value.ptr[i]);
		if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

static bool undo(struct buffer *out, size_t start)
{
	out->len = start;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* googlemail.com is the same mail box as gmail.com, but Google hashes it as it stands. */
static void drop_gmail_extras(struct buffer *out, size_t start)
{
	struct slice all = slice_make(out->ptr + start, out->len - start);
	size_t at = slice_find_byte(all, '@'), n = 0;
	struct slice domain = slice_make(all.ptr + at + 1, all.len - at - 1);

	if (!slice_is(domain, "gmail.com") && !slice_is(domain, "googlemail.com"))
		return;
	char *text = out->ptr + start;
	for (size_t i = 0; i < at && text[i] != '+'; i++)
		if (text[i] != '.')
			text[n++] = text[i];
	memmove(text + n, text + at, all.len - at);
	out->len = start + n + (all.len - at);
}

bool match_put_email(enum match_network n, struct slice value, struct buffer *out)
{
	size_t start = out->len, ats = 0;

	value = slice_trim(value);
	for (size_t i = 0; i < value.len; i++) {
		if (is_blank(value.ptr[i]) && n == MATCH_TIKTOK)
			continue;
		if (is_blank(value.ptr[i]))
			return undo(out, start);
		ats += value.ptr[i] == '@';
		buffer_put_byte(out, to_lower(value.ptr[i]));
	}
	if (ats != 1 || out->ptr[start] == '@' || out->ptr[out->len - 1] == '@')
		return undo(out, start);
	if (n == MATCH_GOOGLE)
		drop_gmail_extras(out, start);
	return out->ptr[start] == '@' ? undo(out, start) : true;
}

bool match_put_phone(enum match_network n, struct slice value, struct buffer *out)
{
	enum { SHORTEST = 7, LONGEST = 15 }; /* E.164 */
	size_t start = out->len;
	bool same = true;

	if (match_is_hashed(value))
		return false;
	if (n != MATCH_META)
		buffer_put_byte(out, '+');
	size_t first = out->len;
	/* Whatever is no digit goes: real files have non-breaking hyphens in phone numbers. */
	for (size_t i = 0; i < value.len; i++) {
		if (!is_digit(value.ptr[i]) ||
		    (n == MATCH_META && out->len == first && value.ptr[i] == '0'))
			continue;
		buffer_put_byte(out, value.ptr[i]);
		same &= out->ptr[out->len - 1] == out->ptr[first];
	}
	size_t digits = out->len - first;
	if (digits < SHORTEST || digits > LONGEST || same || out->ptr[first] == '0')
		return undo(out, start);
	return true;
}

static bool is_punctuation(utf8proc_int32_t c)
{
	/* The accents that stand in for an apostrophe are symbols to Unicode. */
	if (c == '`' || c == 0xb4)
		return true;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_PC: case UTF8PROC_CATEGORY_PD: case UTF8PROC_CATEGORY_PS:
	case UTF8PROC_CATEGORY_PE: case UTF8PROC_CATEGORY_PI: case UTF8PROC_CATEGORY_PF:
	case UTF8PROC_CATEGORY_PO:
		return true;
	default:
		return false;
	}
}

/* Lower case of any script; punctuation and blanks kept or not. */
static bool put_words(struct slice value, bool punctuation, bool blanks, struct buffer *out)
{
	size_t start = out->len;

	value = slice_trim(value);
	if (match_is_hashed(value))
		return false;
	while (value.len) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)value.ptr,
						      (utf8proc_ssize_t)value.len, &c);
		if (n <= 0)
			return undo(out, start);
		value = slice_make(value.ptr + n, value.len - (size_t)n);
		bool blank = c == 0xa0 || (c < 0x80 && is_blank((char)c));
		if ((blank && !blanks) || (!punctuation && is_punctuation(c)))
			continue;
		utf8proc_uint8_t bytes[4];
		n = utf8proc_encode_char(utf8proc_tolower(c), bytes);
		buffer_put(out, bytes, (size_t)n);
	}
	return out->len > start;
}

bool match_put_name(enum match_network n, struct slice value, struct buffer *out)
{
	return put_words(value, n == MATCH_GOOGLE, true, out);
}

bool match_put_city(struct slice value, struct buffer *out)
{
	return put_words(value, false, false, out);
}

bool match_put_postcode(struct slice value, struct slice country, struct buffer *out)
{
	size_t start = out->len;

	if (!put_words(value, false, false, out))
		return false;
	const char *text = out->ptr + start;
	size_t n = out->len - start;
	if (slice_equal_nocase(country, SLICE("us")) && n > 5)
		out->len = start + 5;
	/* LS1 1AA: the sector is LS1 1. */
	if (slice_equal_nocase(country, SLICE("gb")) && n > 4 && is_digit(text[n - 3]) &&
	    is_letter(text[n - 2]) && is_letter(text[n - 1]))
		out->len -= 2;
	return true;
}

bool match_put_country(struct slice value, struct buffer *out)
{
	value = slice_trim(value);
	if (value.len != 2 || !is_letter(value.ptr[0]) || !is_letter(value.ptr[1]))
		return false;
	buffer_put_byte(out, to_lower(value.ptr[0]));
	buffer_put_byte(out, to_lower(value.ptr[1]));
	return true;
}

bool match_put_birth_date(struct slice value, struct buffer *out)
{
	int64_t day;
	int year, month, mday;

	if (!date_parse(value, &day))
		return false;
	civil_from_days(day, &year, &month, &mday);
	buffer_printf(out, "%04d%02d%02d", year, month, mday);
	return true;
}

bool match_put_gender(struct slice value, struct buffer *out)
{
	value = slice_trim(value);
	if (value.len != 1 || (to_lower(value.ptr[0]) != 'f' && to_lower(value.ptr[0]) != 'm'))
		return false;
	buffer_put_byte(out, to_lower(value.ptr[0]));
	return true;
}
