#include "base/chance.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(chance, is_a_function_of_salt_and_key)
{
	double x = chance_uniform(SLICE("nov24"), SLICE("customer"));

	cr_assert(x == chance_uniform(SLICE("nov24"), SLICE("customer")));
	cr_assert(x != chance_uniform(SLICE("dec24"), SLICE("customer")));
	cr_assert(x != chance_uniform(SLICE("nov24"), SLICE("customes")));
	cr_assert(chance_uniform(SLICE("ab"), SLICE("c")) != chance_uniform(SLICE("a"), SLICE("bc")));
}

/* Deciles of 100,000 draws: each is Binomial(100000, 0.1), sd 94.9; 5 sd is 475. */
Test(chance, is_uniform)
{
	int bins[10] = {0};
	char key[24];

	for (int i = 0; i < 100000; i++) {
		int n = snprintf(key, sizeof key, "c%d", i);
		double x = chance_uniform(SLICE("salt"), slice_make(key, (size_t)n));
		cr_assert(x >= 0 && x < 1);
		bins[(int)(x * 10)]++;
	}
	for (int i = 0; i < 10; i++)
		cr_assert(bins[i] > 10000 - 475 && bins[i] < 10000 + 475, "bin %d: %d", i, bins[i]);
}

/* splitmix64 of seed 1234567: the first outputs of Vigna's reference code, whose state
 * is advanced by the golden ratio before the finaliser. */
Test(chance, mixes_as_splitmix64)
{
	const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);

	cr_assert_eq(chance_mix(1234567 + golden), UINT64_C(6457827717110365317));
	cr_assert_eq(chance_mix(1234567 + 2 * golden), UINT64_C(3203168211198807973));
}
