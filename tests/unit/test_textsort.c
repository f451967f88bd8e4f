/* base/textsort: the order that qsort makes by slice_compare. */
#include "base/textsort.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	struct text_key key;
	uint32_t number; /* goes with the text */
};

/* splitmix64, as everywhere. */
static uint64_t draw(uint64_t i)
{
	uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

enum kind {
	NUMBERS,    /* of one source: shop:1000 … */
	ADDRESSES,
	BYTES,      /* any, and any length from 0 to 23 */
	TWO_BYTES,  /* 0xfe and 0xff: the greatest digits */
	LATE,       /* the same but for what lies behind all that a number holds */
	PREFIXES,   /* each begins the next */
	ONE,        /* all alike */
	KINDS
};

enum { TEXT_MOST = 64 };

static size_t write_text(enum kind kind, size_t i, char *out)
{
	uint64_t d = draw(i);
	size_t n = d % 24;

	switch (kind) {
	case NUMBERS:
		return (size_t)snprintf(out, TEXT_MOST, "shop:%u", (unsigned)(d % 3000000));
	case ADDRESSES:
		return (size_t)snprintf(out, TEXT_MOST, "%c%x.%x@mail%u.example", 'a' + (int)(d % 26),
					(unsigned)(d >> 8 & 0xff), (unsigned)(d >> 20 & 0xfff),
					(unsigned)(d >> 40 & 3));
	case BYTES:
	case TWO_BYTES:
		for (size_t b = 0; b < n; b++)
			out[b] = (char)(kind == BYTES ? draw(i * 32 + b) : 0xfe | draw(i * 32 + b));
		return n;
	case LATE:
		memset(out, 'x', 40);
		out[0] = (char)('a' + d % 2);
		return 40 + (size_t)snprintf(out + 40, TEXT_MOST - 40, "%u", (unsigned)(d >> 8 & 0xffff));
	case PREFIXES:
		memset(out, 'p', d % TEXT_MOST);
		return d % TEXT_MOST;
	default:
		memcpy(out, "alike", 5);
		return 5;
	}
}

static int by_text(const void *x, const void *y)
{
	return slice_compare(((const struct item *)x)->key.text, ((const struct item *)y)->key.text);
}

static void check(size_t n, enum kind kind, int threads)
{
	struct item *items = calloc(n + 1, sizeof *items), *expected = calloc(n + 1, sizeof *items);
	char *texts = malloc((n + 1) * TEXT_MOST);

	for (size_t i = 0; i < n; i++) {
		char *text = texts + i * TEXT_MOST;
		items[i].key.text = slice_make(text, write_text(kind, i, text));
		items[i].number = (uint32_t)slice_hash(items[i].key.text, 0);
	}
	memcpy(expected, items, n * sizeof *items);
	qsort(expected, n, sizeof *expected, by_text);
	text_sort(items, n, sizeof *items, threads);
	for (size_t i = 0; i < n; i++) {
		cr_assert(slice_equal(items[i].key.text, expected[i].key.text), "%zu items, kind %d: place %zu",
			  n, (int)kind, i);
		cr_assert_eq(items[i].number, (uint32_t)slice_hash(items[i].key.text, 0));
	}
	free(items);
	free(expected);
	free(texts);
}

Test(textsort, orders_as_qsort_does)
{
	static const size_t counts[] = {1, 2, 3, 1024, 1025, 20011};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		for (int kind = 0; kind < KINDS; kind++)
			for (int threads = 1; threads <= 3; threads += 2)
				check(counts[i], (enum kind)kind, threads);
}

Test(textsort, of_nothing_there_is_nothing_to_do)
{
	text_sort(NULL, 0, sizeof(struct item), 2);
}
