#include "ingest/normal_number.h"

#include "base/number.h"
#include "ingest/text.h"

enum { NUMBER_LONGEST = 64 };

/* The number without its dress: digits, points, commas; apart: sign. */
struct bare {
	char text[NUMBER_LONGEST];
	size_t count;
	bool negative;
};

/* Length of a multi-byte blank, apostrophe or currency sign at p, else 0; *minus for
 * U+2212. */
static size_t ornament_at(const char *p, size_t left, bool *minus)
{
	static const char *const ornaments[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89",
		"\xe2\x80\x99", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5"};

	*minus = left >= 3 && memcmp(p, "\xe2\x88\x92", 3) == 0;
	if (*minus)
		return 3;
	for (size_t i = 0; i < sizeof ornaments / sizeof *ornaments; i++) {
		size_t n = strlen(ornaments[i]);
		if (left >= n && memcmp(p, ornaments[i], n) == 0)
			return n;
	}
	return 0;
}

/* Takes currency codes and "Fr." off both ends. */
static struct slice strip_letters(struct slice s)
{
	size_t n = 0;

	s = slice_trim(s);
	while (n < s.len && n < 4 && byte_is_alpha(s.ptr[n]))
		n++;
	if (n == 2 && n < s.len && s.ptr[n] == '.')
		n++;
	if (n >= 2 && n <= 3)
		s = slice_trim(slice_make(s.ptr + n, s.len - n));
	n = 0;
	while (n < s.len && n < 4 && byte_is_alpha(s.ptr[s.len - 1 - n]))
		n++;
	if (n >= 2 && n <= 3)
		s = slice_trim(slice_make(s.ptr, s.len - n));
	return s;
}

static bool undress(struct slice s, struct bare *b)
{
	bool brackets = s.len > 2 && s.ptr[0] == '(' && s.ptr[s.len - 1] == ')';
	bool signs = false;

	*b = (struct bare){.negative = brackets};
	if (brackets)
		s = slice_make(s.ptr + 1, s.len - 2);
	s = strip_letters(s);
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool minus = c == '-';
		size_t ornament = c & 0x80 ? ornament_at(s.ptr + i, s.len - i, &minus) : 0;
		if (ornament > 0)
			i += ornament - 1;
		else if (c & 0x80)
			return false;
		if (minus || c == '+') {
			/* One sign: in front of the digits or behind all of them. */
			bool behind = slice_trim(slice_make(s.ptr + i + 1, s.len - i - 1)).len == 0;
			if (signs || brackets || (b->count > 0 && !behind))
				return false;
			signs = true;
			b->negative = minus;
		} else if (byte_is_digit(c) || c == '.' || c == ',') {
			if (b->count == NUMBER_LONGEST)
				return false;
			b->text[b->count++] = c;
		} else if (ornament == 0 && c != ' ' && c != '\t' && c != '\'' && c != '$') {
			return false;
		}
	}
	for (size_t i = 0; i < b->count; i++)
		if (byte_is_digit(b->text[i]))
			return true;
	return false;
}

static char decide(const struct bare *b, enum decimal_style style, bool *ambiguous)
{
	size_t points = 0, commas = 0, last = 0;

	*ambiguous = false;
	if (style != DECIMAL_AUTO)
		return style == DECIMAL_COMMA ? ',' : '.';
	for (size_t i = 0; i < b->count; i++) {
		points += b->text[i] == '.';
		commas += b->text[i] == ',';
		if (!byte_is_digit(b->text[i]))
			last = i;
	}
	if (points > 0 && commas > 0)
		return b->text[last];
	if (points > 1)
		return ',';
	if (commas > 1)
		return '.';
	if (commas == 1 && b->count - last == 4 && last >= 1 && last <= 3 && b->text[0] != '0') {
		*ambiguous = true;
		return '.';
	}
	return commas == 1 ? ',' : '.';
}

/* Digits and one point; false when the groups of thousands are none. */
static bool ungroup(const struct bare *b, char decimal, char *out, size_t *length)
{
	size_t n = 0, group = 0;
	bool grouped = false, fraction = false;

	for (size_t i = 0; i < b->count; i++) {
		char c = b->text[i];
		if (byte_is_digit(c)) {
			out[n++] = c;
			group++;
			continue;
		}
		if (fraction || (grouped && group != 3))
			return false;
		if (c == decimal) {
			fraction = true;
			out[n++] = '.';
		} else {
			if (group == 0 || group > 3)
				return false;
			grouped = true;
		}
		group = 0;
	}
	*length = n;
	return !grouped || fraction || group == 3;
}

enum verdict normal_number(struct slice s, enum decimal_style style, int64_t *millionths)
{
	struct bare b;
	char text[NUMBER_LONGEST + 2];
	size_t n;
	bool ambiguous;

	/* Nearly every number is plain; with a comma style a point is for thousands. */
	if (style != DECIMAL_COMMA && decimal_parse(s, millionths))
		return VERDICT_OK;
	if (!undress(slice_trim(s), &b) ||
	    !ungroup(&b, decide(&b, style, &ambiguous), text + 1, &n))
		return VERDICT_NOT_NUMBER;
	text[0] = '-';
	struct slice plain = b.negative ? slice_make(text, n + 1) : slice_make(text + 1, n);
	/* ".5" and "5." are numbers to people. */
	if (text[n] == '.')
		plain.len--;
	if (text[1] == '.') {
		memmove(text + 2, text + 1, n);
		text[1] = '0';
		plain.len++;
	}
	if (!decimal_parse(plain, millionths))
		return VERDICT_NOT_NUMBER;
	return ambiguous ? VERDICT_AMBIGUOUS : VERDICT_OK;
}

struct slice decimal_text(int64_t millionths, int min_decimals, struct arena *a)
{
	struct buffer b = {0};

	decimal_put(&b, millionths, min_decimals);
	struct slice text = arena_copy(a, buffer_slice(&b));
	buffer_free(&b);
	return text;
}

/* Digits, at most 12, and when decimals are wanted a point and just as many behind it:
 * already what we would write. */
static bool is_written_so(struct slice s, int decimals)
{
	size_t i = 0, behind;

	if (s.len > 0 && s.ptr[0] == '-')
		i++;
	size_t first = i;
	while (i < s.len && byte_is_digit(s.ptr[i]))
		i++;
	if (i == first || i - first > 12 || (s.ptr[first] == '0' && (i - first > 1 || first > 0)))
		return false;
	if (decimals == 0)
		return i == s.len;
	if (i == s.len || s.ptr[i] != '.')
		return false;
	for (behind = ++i; i < s.len && byte_is_digit(s.ptr[i]); i++)
		;
	return i == s.len && i - behind == (size_t)decimals;
}

enum verdict normal_decimal(struct slice s, enum decimal_style style, int min_decimals,
			    struct arena *a, struct slice *out)
{
	int64_t millionths;

	if ((style != DECIMAL_COMMA || min_decimals == 0) && is_written_so(s, min_decimals)) {
		*out = s;
		return VERDICT_OK;
	}
	enum verdict v = normal_number(s, style, &millionths);
	if (v == VERDICT_OK || v == VERDICT_AMBIGUOUS)
		*out = decimal_text(millionths, min_decimals, a);
	return v;
}
