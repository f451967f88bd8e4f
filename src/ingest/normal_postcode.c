#include "ingest/normal_postcode.h"

#include "ingest/text.h"

static size_t count_digits(struct slice s)
{
	size_t n = 0;

	while (n < s.len && byte_is_digit(s.ptr[n]))
		n++;
	return n;
}

static bool is_listed(struct slice country, const char *list)
{
	for (; *list; list += 3)
		if (memcmp(list, country.ptr, 2) == 0)
			return true;
	return false;
}

/* "D-10115", "DE 10115", "CH8001": the letters before the digits when they are the
 * country's sign (alpha-2, or its first letter alone, as on cars). */
static struct slice without_sign(struct slice s, struct slice country)
{
	size_t letters = 0;

	while (letters < s.len && byte_is_alpha(s.ptr[letters]))
		letters++;
	if (letters == 0 || letters > 2 || memcmp(s.ptr, country.ptr, letters) != 0)
		return s;
	struct slice rest = slice_make(s.ptr + letters, s.len - letters);
	bool dash = rest.len > 0 && (rest.ptr[0] == '-' || rest.ptr[0] == ' ');
	if (dash)
		rest = slice_make(rest.ptr + 1, rest.len - 1);
	rest = slice_trim(rest);
	return rest.len >= 4 && count_digits(rest) == rest.len && (dash || letters == 2) ? rest : s;
}

/* Letters and digits only, with one blank before the last `tail`. */
static struct slice with_blank(struct slice s, size_t tail, struct arena *a)
{
	char *out = arena_bytes(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != ' ')
			out[n++] = s.ptr[i];
	if (n <= tail)
		return s;
	memmove(out + n - tail + 1, out + n - tail, tail);
	out[n - tail] = ' ';
	return slice_make(out, n + 1);
}

static size_t bytes_without_blanks(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] != ' ';
	return n;
}

enum verdict normal_postcode(struct slice s, struct slice country, struct arena *a,
			     struct slice *out)
{
	static const char five_digits[] = "DE FR IT ES US FI EE HR TR MX UA GR SE CZ SK RS ME "
					  "KR TH MY PE SA ";

	s = text_ascii_upper(text_collapse(s, a), a);
	if (s.len > 4 && slice_is(slice_make(s.ptr + s.len - 2, 2), ".0") &&
	    count_digits(s) == s.len - 2)
		s.len -= 2;
	*out = s;
	if (country.len != 2)
		return VERDICT_OK;
	s = without_sign(s, country);
	size_t letters_and_digits = bytes_without_blanks(s);
	if (s.len == 4 && count_digits(s) == 4 && is_listed(country, five_digits)) {
		char *padded = arena_bytes(a, 5);
		padded[0] = '0';
		memcpy(padded + 1, s.ptr, 4);
		s = slice_make(padded, 5);
	} else if (memcmp(country.ptr, "GB", 2) == 0 && letters_and_digits >= 5 &&
		   letters_and_digits <= 7) {
		s = with_blank(s, 3, a);
	} else if (memcmp(country.ptr, "NL", 2) == 0 && letters_and_digits == 6 &&
		   count_digits(s) == 4) {
		s = with_blank(s, 2, a);
	} else if (memcmp(country.ptr, "CA", 2) == 0 && letters_and_digits == 6) {
		s = with_blank(s, 3, a);
	}
	*out = s;
	return VERDICT_OK;
}
