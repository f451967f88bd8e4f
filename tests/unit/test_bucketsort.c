/* base/bucketsort: the same order as qsort's, with keys spread evenly and not. */
#include "base/bucketsort.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct item {
	uint64_t number;
	uint32_t second;
};

static int compare(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}

/* splitmix64, as everywhere. */
static uint64_t draw(uint64_t i)
{
	uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

enum kind { EVEN, SMALL_NUMBERS, FEW_VALUES, ALL_ALIKE, KINDS };

static void check(size_t n, enum kind kind, int threads)
{
	struct item *items = calloc(n + 1, sizeof *items), *expected = calloc(n + 1, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		uint64_t d = draw(i);
		items[i].number = kind == EVEN ? d : kind == SMALL_NUMBERS ? d % 100000
				  : kind == FEW_VALUES ? draw(d % 7) : UINT64_MAX;
		items[i].second = (uint32_t)draw(n + i);
	}
	memcpy(expected, items, n * sizeof *items);
	if (n)
		qsort(expected, n, sizeof *expected, compare);
	bucket_sort(items, n, sizeof *items, compare, threads);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(compare(&items[i], &expected[i]), 0, "%zu items, kind %d: place %zu", n,
			     (int)kind, i);
	free(items);
	free(expected);
}

Test(bucketsort, orders_as_qsort_does)
{
	static const size_t counts[] = {0, 1, 2, 1024, 1025, 5000, 100003};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		for (int kind = 0; kind < KINDS; kind++)
			for (int threads = 1; threads <= 3; threads += 2)
				check(counts[i], (enum kind)kind, threads);
}
