/* src/base/interval */
#include "base/interval.h"

#include <criterion/criterion.h>
#include <math.h>

/* The worked examples of Newcombe (1998), Statistics in Medicine 17:873-890, table II,
 * method 10, four decimals. */
static const struct {
	double k1, n1, k2, n2, low, high;
} newcombe[] = {
	{56, 70, 48, 80, 0.0524, 0.3339},
	{9, 10, 3, 10, 0.1705, 0.8090},
	{6, 7, 2, 7, 0.0582, 0.8062},
	{5, 56, 0, 29, -0.0381, 0.1926},
	{0, 10, 0, 20, -0.1611, 0.2775},
	{0, 10, 0, 10, -0.2775, 0.2775},
	{10, 10, 0, 20, 0.6791, 1.0000},
	{10, 10, 0, 10, 0.6075, 1.0000},
};

Test(interval, newcombe_as_published)
{
	for (size_t i = 0; i < sizeof newcombe / sizeof *newcombe; i++) {
		struct interval x = interval_newcombe(newcombe[i].k1, newcombe[i].n1, newcombe[i].k2,
						      newcombe[i].n2);
		cr_assert_float_eq(x.low, newcombe[i].low, 5e-5, "%zu: %.6f", i, x.low);
		cr_assert_float_eq(x.high, newcombe[i].high, 5e-5, "%zu: %.6f", i, x.high);
	}
}

/* R: prop.test(81, 263, correct = FALSE)$conf.int, the score interval; Newcombe (1998),
 * 17:857-872, has it as 0.2553 to 0.3662. */
Test(interval, wilson_as_published)
{
	struct interval x = interval_wilson(81, 263);

	cr_assert_float_eq(x.low, 0.2553, 5e-5);
	cr_assert_float_eq(x.high, 0.3662, 5e-5);
	cr_assert_eq(interval_wilson(0, 9).low, 0);
	cr_assert_eq(interval_wilson(9, 9).high, 1);
}

/* Student's sleep data, R: t.test(extra ~ group, data = sleep), Welch:
 * df = 17.776, means 0.75 and 2.33, interval -3.3654832 to 0.2054832. */
Test(interval, welch_as_r)
{
	static const double values[2][10] = {
		{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
		{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
	};
	double mean[2] = {0}, variance[2] = {0};
	struct interval x;

	for (int g = 0; g < 2; g++) {
		for (int i = 0; i < 10; i++)
			mean[g] += values[g][i] / 10;
		for (int i = 0; i < 10; i++)
			variance[g] += (values[g][i] - mean[g]) * (values[g][i] - mean[g]) / 9;
	}
	cr_assert(interval_welch(mean[0], variance[0], 10, mean[1], variance[1], 10, &x));
	cr_assert_float_eq(x.low, -3.3654832, 5e-8, "%.9f", x.low);
	cr_assert_float_eq(x.high, 0.2054832, 5e-8, "%.9f", x.high);
	cr_assert_not(interval_welch(1, 0, 5, 2, 0, 5, &x));
}
