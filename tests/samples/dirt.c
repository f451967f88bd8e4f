/* The slips and habits that make two spellings of one thing. */
#include <string.h>
#include "text.h"

void dirt_copy(char *to, size_t n, const char *s)
{
	size_t len = strlen(s);
	if (len >= n)
		len = n - 1;
	memcpy(to, s, len);
	to[len] = 0;
}

static size_t letter_length(const char *s)
{
	unsigned char c = (unsigned char)*s;
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

void dirt_typo(char *to, size_t n, const char *s, struct rng *r)
{
	size_t start[64], letters = 0;
	for (const char *p = s; *p && letters < 63; p += letter_length(p))
		start[letters++] = (size_t)(p - s);
	start[letters] = strlen(s);
	if (letters < 3 || start[letters] + 4 >= n) {
		dirt_copy(to, n, s);
		return;
	}
	/* Never the first letter: people see that one. */
	size_t i = 1 + (size_t)rng_below(r, (int)letters - 2);
	size_t a = start[i], b = start[i + 1], c = i + 2 <= letters ? start[i + 2] : b;
	int kind = rng_below(r, 4);
	memcpy(to, s, a);
	size_t at = a;
	if (kind == 0) { /* two letters change places */
		memcpy(to + at, s + b, c - b);
		at += c - b;
		memcpy(to + at, s + a, b - a);
		at += b - a;
		b = c;
	} else if (kind == 1) { /* a letter twice */
		memcpy(to + at, s + a, b - a);
		memcpy(to + at + (b - a), s + a, b - a);
		at += 2 * (b - a);
	} else if (kind == 2) { /* a neighbour on the keyboard */
		static const char keys[] = "qwertzuiopasdfghjklyxcvbnm";
		to[at++] = keys[rng_below(r, 26)];
	} /* else a letter missing */
	memcpy(to + at, s + b, strlen(s + b) + 1);
}

/* Latin-1 letters of UTF-8 are C3 80–9E (upper) and C3 A0–BE (lower), 20 hex apart. */
static void change_case(char *to, size_t n, const char *s, int upper)
{
	dirt_copy(to, n, s);
	for (unsigned char *p = (unsigned char *)to; *p; p++) {
		if (upper && *p >= 'a' && *p <= 'z')
			*p -= 32;
		else if (!upper && *p >= 'A' && *p <= 'Z')
			*p += 32;
		else if (*p == 0xc3 && p[1]) {
			p++;
			if (upper && *p >= 0xa0 && *p != 0xb7 && *p != 0xbf)
				*p -= 32;
			else if (!upper && *p >= 0x80 && *p < 0x9f && *p != 0x97)
				*p += 32;
		}
	}
}

void dirt_upper(char *to, size_t n, const char *s)
{
	change_case(to, n, s, 1);
}

void dirt_lower(char *to, size_t n, const char *s)
{
	change_case(to, n, s, 0);
}

static const struct { const char *from, *to; int beyond_1252; } folds[] = {
	{ "ä", "ae", 0 }, { "ö", "oe", 0 }, { "ü", "ue", 0 }, { "ß", "ss", 0 }, { "Ä", "Ae", 0 },
	{ "Ö", "Oe", 0 }, { "Ü", "Ue", 0 }, { "é", "e", 0 },  { "è", "e", 0 },  { "ë", "e", 0 },
	{ "ç", "c", 0 },  { "ł", "l", 1 },  { "Ł", "L", 1 },  { "ş", "s", 1 },  { "Ş", "S", 1 },
	{ "ğ", "g", 1 },  { "ı", "i", 1 },  { "ń", "n", 1 },  { "ć", "c", 1 },  { "ś", "s", 1 },
	{ "ọ", "o", 1 },  { "ó", "o", 0 },   { "ô", "o", 0 },
};

static void fold(char *to, size_t n, const char *s, int only_beyond)
{
	size_t at = 0;
	while (*s && at + 5 < n) {
		size_t len = letter_length(s);
		const char *use = NULL;
		for (size_t i = 0; len > 1 && i < sizeof folds / sizeof *folds && !use; i++)
			if (strlen(folds[i].from) == len && !memcmp(s, folds[i].from, len) &&
					(!only_beyond || folds[i].beyond_1252))
				use = folds[i].to;
		size_t use_len = use ? strlen(use) : len;
		memcpy(to + at, use ? use : s, use_len);
		at += use_len;
		s += len;
	}
	to[at] = 0;
}

void dirt_ascii(char *to, size_t n, const char *s)
{
	fold(to, n, s, 0);
}

void dirt_latin1(char *to, size_t n, const char *s)
{
	fold(to, n, s, 1);
}
