#include "segment/discover_search.h"

/* Four sums, so that one addition need not wait for the other. */
static inline __attribute__((always_inline)) uint64_t count_common(const uint64_t *a,
								    const uint64_t *b, size_t n)
{
	uint64_t sums[4] = {0};
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			sums[k] += (uint64_t)__builtin_popcountll(a[i + k] & b[i + k]);
	for (; i < n; i++)
		sums[0] += (uint64_t)__builtin_popcountll(a[i] & b[i]);
	return sums[0] + sums[1] + sums[2] + sums[3];
}

#if defined(__x86_64__)
/* The baseline of x86-64 has no instruction for it. */
__attribute__((target("popcnt"))) static uint64_t count_by_instruction(const uint64_t *a,
									const uint64_t *b, size_t n)
{
	return count_common(a, b, n);
}
#endif

uint64_t bits_common(const uint64_t *a, const uint64_t *b, size_t n)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("popcnt"))
		return count_by_instruction(a, b, n);
#endif
	return count_common(a, b, n);
}

uint64_t bits_different(const uint64_t *a, const uint64_t *b, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (uint64_t)__builtin_popcountll(a[i] ^ b[i]);
	return count;
}
