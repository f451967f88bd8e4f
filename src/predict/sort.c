#include "predict/sort.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 11, PASSES = 6, BUCKETS = 1 << DIGIT };
/* Below this the counts of the digits take longer than a sort by comparisons. */
enum { FEW = 256 };

static int by_word(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Least significant digit first, 11 bits a pass. */
static void sort_by_digits(uint64_t *words, size_t n)
{
	uint64_t *from = words, *to = xmalloc(n * sizeof *to), *spare = to;

	for (int pass = 0; pass < PASSES; pass++) {
		size_t start[BUCKETS + 1] = {0};
		int shift = pass * DIGIT;
		for (size_t i = 0; i < n; i++)
			start[(from[i] >> shift & (BUCKETS - 1)) + 1]++;
		for (size_t b = 0; b < BUCKETS; b++)
			start[b + 1] += start[b];
		for (size_t i = 0; i < n; i++)
			to[start[from[i] >> shift & (BUCKETS - 1)]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	/* An even number of passes ends where it began. */
	free(spare);
}

void sort_words(uint64_t *words, size_t n)
{
	if (n >= FEW)
		sort_by_digits(words, n);
	else if (n > 1)
		qsort(words, n, sizeof *words, by_word);
}

/* The bits of a double ascend as it does when the sign is turned over, and all others too below
 * 0. */
void sort_doubles(double *x, size_t n)
{
	const uint64_t sign = UINT64_C(1) << 63;
	uint64_t *words = xmalloc((n + 1) * sizeof *words);

	for (size_t i = 0; i < n; i++) {
		uint64_t w;
		memcpy(&w, &x[i], sizeof w);
		words[i] = w & sign ? ~w : w | sign;
	}
	sort_words(words, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t w = words[i] & sign ? words[i] ^ sign : ~words[i];
		memcpy(&x[i], &w, sizeof w);
	}
	free(words);
}
