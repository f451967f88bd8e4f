#include "segment/quantiles.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Radix selection, the highest 16 bits first: four passes, whatever the numbers. */
enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS, KEY_BITS = 64 };

static const uint64_t sign_bit = UINT64_C(1) << 63;

/* Unsigned integers in the order of the doubles; -0 and 0 are one. */
static uint64_t key_of(double x)
{
	uint64_t bits;

	x += 0.0;
	memcpy(&bits, &x, sizeof bits);
	return bits & sign_bit ? ~bits : bits | sign_bit;
}

static double of_key(uint64_t key)
{
	uint64_t bits = key & sign_bit ? key & ~sign_bit : ~key;
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

struct search {
	uint64_t prefix; /* the digits found so far */
	uint64_t left;   /* rank among the numbers with that prefix */
	uint64_t *counts; /* by the next digit */
};

static void count_block(const double *values, struct search *s, size_t searches, int level)
{
	int shift = KEY_BITS - DIGIT_BITS * (level + 1);

	for (size_t i = 0; i < QUANTILE_BLOCK; i++) {
		if (isnan(values[i]))
			continue;
		uint64_t head = key_of(values[i]) >> shift, prefix = head >> DIGIT_BITS;
		for (size_t k = 0; k < searches; k++)
			if (prefix == s[k].prefix)
				s[k].counts[head % DIGITS]++;
	}
}

static void take_digit(struct search *s)
{
	uint64_t digit = 0;

	while (digit + 1 < DIGITS && s->left > s->counts[digit])
		s->left -= s->counts[digit++];
	s->prefix = s->prefix << DIGIT_BITS | digit;
}

enum so1_status quantiles_find(const struct blocks *b, const uint64_t *ranks, size_t count,
			       double *values, struct so1_error *e)
{
	struct search s[QUANTILES_MOST];
	void *scratch = xmalloc(QUANTILE_BLOCK_BYTES);
	uint64_t *counts = xcalloc(count * DIGITS, sizeof *counts);
	enum so1_status status = SO1_OK;

	for (size_t k = 0; k < count; k++)
		s[k] = (struct search){.left = ranks[k], .counts = counts + k * DIGITS};
	for (int level = 0; level < KEY_BITS / DIGIT_BITS && status == SO1_OK; level++) {
		memset(counts, 0, count * DIGITS * sizeof *counts);
		for (size_t i = 0; i < b->count && status == SO1_OK; i++) {
			const void *block;
			status = blocks_read(b, i, scratch, &block, e);
			if (status == SO1_OK)
				count_block(block, s, count, level);
		}
		for (size_t k = 0; k < count; k++)
			take_digit(&s[k]);
	}
	for (size_t k = 0; k < count; k++)
		values[k] = of_key(s[k].prefix);
	free(counts);
	free(scratch);
	return status;
}
