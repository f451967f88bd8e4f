#include "dedupe/fold.h"

#include "dedupe/generation.h"

#include <stdlib.h>
#include <utf8proc.h>

static bool is_letter(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
		return true;
	default:
		return false;
	}
}

/* Letters with a stroke, and two in one, that Unicode does not decompose. */
static void put_letter(struct buffer *out, utf8proc_int32_t c, const utf8proc_uint8_t *bytes, size_t n)
{
	static const struct {
		utf8proc_int32_t letter;
		const char *plain;
	} table[] = {
		{0xe6, "ae"}, {0xf0, "d"}, {0xf8, "o"}, {0xfe, "th"}, {0x111, "d"}, {0x127, "h"},
		{0x131, "i"}, {0x142, "l"}, {0x153, "oe"}, {0x167, "t"},
	};

	for (size_t i = 0; c >= 0xe6 && c <= 0x167 && i < sizeof table / sizeof *table; i++)
		if (table[i].letter == c) {
			buffer_put_text(out, table[i].plain);
			return;
		}
	buffer_put(out, bytes, n);
}

static bool is_plain_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_vowel_or_q(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y' || c == 'q';
}

/* Whether the e at i, behind a, o or u, is their dots. Not where it is more likely its own: behind
 * another vowel or q (Bauer, Quentin), at the end or before y (Zoe, Joey), in short words
 * (Joel). */
static bool is_dots(struct slice text, size_t i)
{
	enum { SHORT = 4 };
	size_t begin = i, end = i;

	if (i + 1 == text.len || !is_plain_letter(text.ptr[i + 1]) || text.ptr[i + 1] == 'y' ||
	    (i > 1 && is_vowel_or_q(text.ptr[i - 2])))
		return false;
	while (begin > 0 && text.ptr[begin - 1] != ' ')
		begin--;
	while (end < text.len && text.ptr[end] != ' ')
		end++;
	return end - begin > SHORT;
}

/* "Mueller" is "Müller", who has lost the dots: takes such an e out of what stands behind start.
 * From the end, as what stands in front decides. */
static void join_umlauts(struct buffer *out, size_t start)
{
	for (size_t i = out->len; i-- > start + 1;) {
		char *c = out->ptr + i;
		if (*c != 'e' || (c[-1] != 'a' && c[-1] != 'o' && c[-1] != 'u') ||
		    !is_dots(slice_make(out->ptr + start, out->len - start), i - start))
			continue;
		memmove(c, c + 1, out->len - i - 1);
		out->len--;
	}
}

void fold_first_name(struct slice name, struct buffer *out)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)name.ptr,
					  (utf8proc_ssize_t)name.len, &folded,
					  UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
					  UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
	size_t letters = 0, start = out->len;

	for (utf8proc_ssize_t i = 0; i < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(folded + i, n - i, &c);
		if (step <= 0)
			break;
		if (is_letter(c)) {
			put_letter(out, c, folded + i, (size_t)step);
			letters++;
		} else if (letters > 0) {
			break;
		}
		i += step;
	}
	if (letters < 2)
		out->len = start;
	join_umlauts(out, start);
	free(folded);
}

/* Most text is ASCII, for which utf8proc's general machinery is far too slow. */
static bool fold_ascii(struct slice text, struct buffer *out)
{
	size_t start = out->len;
	bool gap = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if ((signed char)c < 0) {
			out->len = start;
			return false;
		}
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (gap && out->len > start)
				buffer_put_byte(out, ' ');
			gap = false;
			buffer_put_byte(out, c);
		} else if (c != '\'') {
			gap = true;
		}
	}
	return true;
}

void fold_words(struct slice text, struct buffer *out)
{
	utf8proc_uint8_t *folded = NULL;
	size_t start = out->len;
	bool gap = false;

	if (fold_ascii(text, out))
		return;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text.ptr,
					  (utf8proc_ssize_t)text.len, &folded,
					  UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
					  UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
	for (utf8proc_ssize_t i = 0; i < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(folded + i, n - i, &c);
		if (step <= 0)
			break;
		if (is_letter(c) || utf8proc_category(c) == UTF8PROC_CATEGORY_ND) {
			if (gap && out->len > start)
				buffer_put_byte(out, ' ');
			gap = false;
			put_letter(out, c, folded + i, (size_t)step);
		} else if (c != '\'' && c != 0x2019) {
			gap = true;
		}
		i += step;
	}
	free(folded);
}

void fold_names(struct slice text, struct buffer *out)
{
	size_t start = out->len;

	fold_words(text, out);
	join_umlauts(out, start);
}

/* Drops the last word from what stands from start on, if there are more. */
static void drop_word(struct buffer *out, size_t start)
{
	size_t n = out->len;

	while (n > start && out->ptr[n - 1] != ' ')
		n--;
	if (n > start)
		out->len = n - 1;
}

static size_t last_word_length(const struct buffer *out, size_t start)
{
	size_t n = out->len;

	while (n > start && out->ptr[n - 1] != ' ')
		n--;
	return n > start ? out->len - n : 0;
}

void fold_surname(struct slice name, struct buffer *out)
{
	size_t start = out->len;

	fold_names(name, out);
	if (out->len > start && generation_of(slice_make(out->ptr + start, out->len - start)))
		drop_word(out, start);
}

void fold_given_names(struct slice name, struct buffer *out)
{
	size_t start = out->len;

	fold_surname(name, out);
	while (last_word_length(out, start) == 1)
		drop_word(out, start);
}

void fold_middle_initial(struct slice name, struct buffer *out)
{
	struct buffer b = {0};

	fold_surname(name, &b);
	size_t blank = slice_find_byte(buffer_slice(&b), ' ');
	if (blank < b.len) {
		size_t n = 1;
		while (blank + 1 + n < b.len && (b.ptr[blank + 1 + n] & 0xc0) == 0x80)
			n++;
		buffer_put(out, b.ptr + blank + 1, n);
	}
	buffer_free(&b);
}

/* Words for a street, as a word of its own or (German) as the end of one. */
static const char *const street_words[][2] = {
	{"street", "st"}, {"road", "rd"}, {"avenue", "ave"}, {"av", "ave"}, {"lane", "ln"},
	{"drive", "dr"}, {"place", "pl"}, {"court", "ct"}, {"crescent", "cres"}, {"circuit", "cct"},
	{"close", "cl"}, {"boulevard", "blvd"}, {"parade", "pde"}, {"terrace", "tce"},
	{"square", "sq"}, {"highway", "hwy"}, {"str", "strasse"}, {"pl", "pl"}, {"platz", "pl"},
};

/* "22nd" is 22. */
static bool is_ordinal(const char *two)
{
	return memcmp(two, "st", 2) == 0 || memcmp(two, "nd", 2) == 0 || memcmp(two, "rd", 2) == 0 ||
	       memcmp(two, "th", 2) == 0;
}

static void put_street_word(struct slice word, struct buffer *out)
{
	size_t digits = 0;

	while (digits < word.len && word.ptr[digits] >= '0' && word.ptr[digits] <= '9')
		digits++;
	if (digits > 0 && word.len == digits + 2 && is_ordinal(word.ptr + digits))
		word.len = digits;
	for (size_t i = 0; i < sizeof street_words / sizeof *street_words; i++)
		if (slice_is(word, street_words[i][0])) {
			buffer_put_text(out, street_words[i][1]);
			return;
		}
	buffer_put_slice(out, word);
	if (word.len > 3 && memcmp(word.ptr + word.len - 3, "str", 3) == 0)
		buffer_put_text(out, "asse");
}

void fold_street(struct slice text, struct buffer *out)
{
	struct buffer folded = {0};
	size_t start = out->len;

	fold_names(text, &folded);
	for (int numbers = 0; numbers < 2; numbers++) {
		struct slice rest = buffer_slice(&folded), word;
		size_t part = out->len;
		while (slice_split(&rest, ' ', &word)) {
			bool digit = false;
			for (size_t i = 0; i < word.len; i++)
				digit |= word.ptr[i] >= '0' && word.ptr[i] <= '9';
			if (word.len == 0 || digit != (numbers == 1))
				continue;
			if (out->len > part)
				buffer_put_byte(out, ' ');
			put_street_word(word, out);
		}
		if (numbers == 0)
			buffer_put_byte(out, '|');
	}
	if (out->len == start + 1)
		out->len = start;
	buffer_free(&folded);
}
