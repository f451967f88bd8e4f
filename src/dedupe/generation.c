#include "dedupe/generation.h"

#include <stddef.h>

static const struct {
	const char *word;
	enum generation generation;
} words[] = {
	{"jr", GENERATION_JUNIOR}, {"jnr", GENERATION_JUNIOR}, {"jun", GENERATION_JUNIOR},
	{"junior", GENERATION_JUNIOR}, {"sr", GENERATION_SENIOR}, {"snr", GENERATION_SENIOR},
	{"sen", GENERATION_SENIOR}, {"senior", GENERATION_SENIOR}, {"i", GENERATION_FIRST},
	{"ii", GENERATION_SECOND}, {"iii", GENERATION_THIRD}, {"iv", GENERATION_FOURTH},
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (signed char)c < 0;
}

/* "Jr." and "jr" */
static bool is_word(struct slice s, const char *word)
{
	size_t i = 0;

	for (; i < s.len && word[i]; i++)
		if ((s.ptr[i] | 0x20) != word[i])
			return false;
	return i == s.len && word[i] == '\0';
}

enum generation generation_of(struct slice name)
{
	size_t end = name.len, begin;

	while (end > 0 && !is_letter(name.ptr[end - 1]))
		end--;
	for (begin = end; begin > 0 && is_letter(name.ptr[begin - 1]); begin--)
		;
	/* Alone it is a name: there are people called Junior. */
	if (begin == 0 || begin == end || name.ptr[begin - 1] == '\'')
		return GENERATION_UNKNOWN;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(slice_make(name.ptr + begin, end - begin), words[i].word))
			return words[i].generation;
	return GENERATION_UNKNOWN;
}

bool generations_differ(uint8_t a, uint8_t b)
{
	static const uint8_t number[] = {
		[GENERATION_SENIOR] = 1, [GENERATION_FIRST] = 1, [GENERATION_JUNIOR] = 2,
		[GENERATION_SECOND] = 2, [GENERATION_THIRD] = 3, [GENERATION_FOURTH] = 4,
	};

	if (a == GENERATION_UNKNOWN || b == GENERATION_UNKNOWN || number[a] == number[b])
		return false;
	if (a == GENERATION_FIRST || b == GENERATION_FIRST) {
		uint8_t other = a == GENERATION_FIRST ? b : a;
		return other != GENERATION_JUNIOR;
	}
	return true;
}
