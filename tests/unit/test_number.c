#include "base/chance.h"
#include "base/number.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What is no number, for all three parsers. */
static const char *const never[] = {
	"", "-", "+", ".", "-.", " 1", "1 ", "1,5", "1.2.3", "--1", "0x10", "inf", "nan",
	"-inf", "1e", "1e+", "e5", "1e5x", "abc", "1_000", "\xc2\xb9",
};

Test(number, invalid)
{
	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		int64_t n = 77, m = 77;
		double x = 77;
		cr_assert(!number_parse_int(slice_of(never[i]), &n), "int '%s'", never[i]);
		cr_assert(!number_parse_double(slice_of(never[i]), &x), "double '%s'", never[i]);
		cr_assert(!decimal_parse(slice_of(never[i]), &m), "decimal '%s'", never[i]);
		cr_assert(n == 77 && m == 77 && x == 77, "'%s' changed the output", never[i]);
	}
}

Test(number, invalid_for_one)
{
	static const char *const ints[] = {"+1", "1.0", "1e3", "9223372036854775808",
					   "-9223372036854775809", "99999999999999999999999"};
	static const char *const doubles[] = {"1e309", "-1e309", "1e99999999999999999999"};
	static const char *const decimals[] = {"9223372036854.775808", "1e13", "-1e300",
					       "99999999999999999999999999"};
	int64_t n = 77;
	double x = 77;

	for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
		cr_assert(!number_parse_int(slice_of(ints[i]), &n), "%s", ints[i]);
	for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
		cr_assert(!number_parse_double(slice_of(doubles[i]), &x), "%s", doubles[i]);
	for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
		cr_assert(!decimal_parse(slice_of(decimals[i]), &n), "%s", decimals[i]);
	cr_assert(n == 77 && x == 77);
}

Test(number, ints)
{
	static const struct { const char *text; int64_t n; } rows[] = {
		{"0", 0}, {"-0", 0}, {"007", 7}, {"-12", -12},
		{"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN},
	};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t n;
		cr_assert(number_parse_int(slice_of(rows[i].text), &n));
		cr_assert_eq(n, rows[i].n);
	}
	number_put_int(&b, INT64_MIN);
	buffer_put_byte(&b, ' ');
	number_put_int(&b, 0);
	buffer_put_byte(&b, ' ');
	number_put_int(&b, INT64_MAX);
	cr_assert_str_eq(buffer_text(&b), "-9223372036854775808 0 9223372036854775807");
	buffer_free(&b);
}

/* The compiler's own correctly rounded constants are the expectation. */
Test(number, doubles_parse)
{
	static const struct { const char *text; double x; } rows[] = {
		{"0", 0}, {"-1", -1}, {"+1.5", 1.5}, {".5", .5}, {"5.", 5}, {"1e3", 1e3},
		{"1E-3", 1e-3}, {"0.1", 0.1}, {"123456789012345", 123456789012345.0},
		{"0.000001", 1e-6}, {"1e22", 1e22}, {"1e23", 1e23}, {"9007199254740993", 9007199254740992.0},
		{"0.30000000000000004", 0.1 + 0.2}, {"1e-400", 0}, {"5e-324", 5e-324},
		{"1.7976931348623157e308", DBL_MAX}, {"2.2250738585072014e-308", DBL_MIN},
		{"000000000000000000000000000001.5", 1.5},
		{"0.00000000000000000000000000000000015", 1.5e-34},
		{"3.141592653589793238462643383279502884197169399375105820974944592307816406286"
		 "208998628034825342117067982148086513282306647093844609550582231725359408128481"
		 "1174502841027019385211055596446229489549303819", 3.141592653589793},
		{"0e99999999999", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double x = 77;
		cr_assert(number_parse_double(slice_of(rows[i].text), &x), "%s", rows[i].text);
		cr_assert(x == rows[i].x, "%s: %.17g", rows[i].text, x);
	}
}

/* Digits with a point anywhere and a sign, against the C library's correctly rounded strtod. */
Test(number, doubles_as_strtod)
{
	for (uint64_t i = 0; i < 200000; i++) {
		uint64_t random = chance_mix(i), n = chance_mix(i + 200000) >> (random & 63);
		char text[40];
		int len = snprintf(text, sizeof text, "%s%llu", random & 64 ? "-" : "",
				   (unsigned long long)n);
		int sign = text[0] == '-', at = sign + (int)((random >> 7) % (size_t)(len - sign + 1));
		if (random & 1 << 20) {
			memmove(text + at + 1, text + at, (size_t)(len - at) + 1);
			text[at] = '.';
		}
		double x;
		cr_assert(number_parse_double(slice_of(text), &x), "%s", text);
		double y = strtod(text, NULL);
		cr_assert_arr_eq(&x, &y, sizeof x, "%s: %.17g", text, x);
	}
}

/* [+-] digits with at most one point, at least one digit, then e [+-] digits or nothing. */
static bool is_decimal(const char *c)
{
	size_t digits = 0;

	c += *c == '+' || *c == '-';
	for (; *c >= '0' && *c <= '9'; c++)
		digits++;
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9'; c++)
			digits++;
	if (digits > 0 && (*c == 'e' || *c == 'E')) {
		c++;
		c += *c == '+' || *c == '-';
		digits = 0;
		for (; *c >= '0' && *c <= '9'; c++)
			digits++;
	}
	return digits > 0 && *c == '\0';
}

/* Every text of up to five of these characters, and each of them again with four digits or a
 * digit and a point before or behind; the C library says what it is worth. */
Test(number, short_texts_as_strtod)
{
	static const char alphabet[] = "-.+079/:e ", *const around[][2] = {
		{"", ""}, {"1234", ""}, {"", "5678"}, {"-8.1", ""}, {"", ".5"},
	};
	char core[6], text[16];

	for (int length = 1; length <= 5; length++) {
		int all = 1;
		for (int i = 0; i < length; i++)
			all *= 10;
		for (int n = 0; n < all; n++) {
			for (int i = 0, rest = n; i < length; i++, rest /= 10)
				core[i] = alphabet[rest % 10];
			core[length] = '\0';
			for (size_t k = 0; k < sizeof around / sizeof *around; k++) {
				double x = 77;
				snprintf(text, sizeof text, "%s%s%s", around[k][0], core, around[k][1]);
				bool read = number_parse_double(slice_of(text), &x);
				double expected = is_decimal(text) ? strtod(text, NULL) : 77;
				if (read != (is_decimal(text) && isfinite(expected)))
					cr_assert(false, "'%s' %s", text, read ? "is a number" : "is none");
				if (read && (x != expected || signbit(x) != signbit(expected)))
					cr_assert(false, "'%s' is %g", text, x);
			}
		}
	}
}

Test(number, doubles_put)
{
	static const struct { double x; const char *text; } rows[] = {
		{0, "0"}, {-0.0, "0"}, {1, "1"}, {-12, "-12"}, {0.1, "0.1"}, {0.5, "0.5"},
		{123.456, "123.456"}, {1e-5, "0.00001"}, {9.99e-6, "9.99e-6"}, {1e14, "100000000000000"},
		{999999999999999, "999999999999999"}, {1e15, "1e15"}, {1.5e300, "1.5e300"},
		{-2.5e-7, "-2.5e-7"}, {0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"}, {2.0 / 3, "0.6666666666666666"},
		{5e-324, "5e-324"}, {DBL_MAX, "1.7976931348623157e308"},
		{123456789.123456, "123456789.123456"}, {0.000123, "0.000123"},
		{100.0 / 3, "33.333333333333336"},
	};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_clear(&b);
		number_put_double(&b, rows[i].x);
		cr_assert_str_eq(buffer_text(&b), rows[i].text);
	}
	buffer_free(&b);
}

/* Whatever the bits, what is written reads back as the same double. */
Test(number, doubles_round_trip)
{
	struct buffer b = {0};

	for (uint64_t i = 1; i < 200000; i++) {
		uint64_t bits = chance_mix(i);
		double x, back;
		memcpy(&x, &bits, sizeof x);
		if (i % 4 == 0)
			x = (double)(int64_t)(bits >> 30) / 1000;
		if (i % 4 == 1)
			x = (double)(bits >> 11) * 0x1p-53;
		if (!isfinite(x))
			continue;
		buffer_clear(&b);
		number_put_double(&b, x);
		cr_assert(number_parse_double(buffer_slice(&b), &back), "%s", buffer_text(&b));
		cr_assert(x == back, "%.17g gives %s", x, buffer_text(&b));
	}
	buffer_free(&b);
}

Test(number, rounded)
{
	static const struct { double x; int digits; const char *text; } rows[] = {
		{0, 10, "0"}, {-0.0, 3, "0"}, {2.5, 1, "3"}, {-2.5, 1, "-3"}, {3.5, 1, "4"},
		{0.125, 2, "0.13"}, {1.0 / 3, 10, "0.3333333333"}, {2.0 / 3, 10, "0.6666666667"},
		{9.9999999999, 10, "10"}, {0.99999999999, 10, "1"}, {1234.5678, 3, "1230"},
		{15, 1, "20"}, {25, 1, "30"}, {1e-5, 10, "0.00001"}, {1e-7, 10, "1e-7"},
		{123456789012345, 10, "123456789000000"}, {123456789012345, 15, "123456789012345"},
		{1e15, 10, "1e15"}, {12345678901250000, 12, "1.23456789013e16"},
		{9.99999e20, 3, "1e21"}, {0.1 + 0.2, 15, "0.3"}, {100.0 / 3, 5, "33.333"},
		{0x1p-17, 11, "7.6293945313e-6"}, /* 7.62939453125e-06 exactly: a tie */
		{0.0001234565, 6, "0.000123457"}, /* the double lies above the tie */
		{999.5, 3, "1000"}, {0.00009999999, 3, "0.0001"}, {1.005, 3, "1"},
	};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_clear(&b);
		number_put_rounded(&b, rows[i].x, rows[i].digits);
		cr_assert_str_eq(buffer_text(&b), rows[i].text, "row %zu: %s for %s", i,
				 buffer_text(&b), rows[i].text);
	}
	buffer_free(&b);
}

/* printf rounds the same exact value; the two differ in ties only, which these are not. */
Test(number, rounded_like_printf)
{
	struct buffer b = {0};

	for (uint64_t i = 1; i < 100000; i++) {
		double x = (double)(chance_mix(i) >> 11) * 0x1p-53 *
			   pow(10, (double)(chance_mix(i + 7) % 22) - 6);
		char text[64];
		double expected, got;
		snprintf(text, sizeof text, "%.9e", x);
		cr_assert(number_parse_double(slice_of(text), &expected));
		buffer_clear(&b);
		number_put_rounded(&b, x, 10);
		cr_assert(number_parse_double(buffer_slice(&b), &got));
		cr_assert(expected == got, "%.17g gives %s, not %s", x, buffer_text(&b), text);
	}
	buffer_free(&b);
}

Test(number, decimals)
{
	static const struct { const char *text; int64_t n; int decimals; const char *back; } rows[] = {
		{"0", 0, 2, "0.00"}, {"-12.50", -12500000, 2, "-12.50"}, {"12.5", 12500000, 0, "12.5"},
		{"12.3456785", 12345679, 2, "12.345679"}, {"0.0000005", 1, 0, "0.000001"},
		{"-0.0000005", -1, 0, "-0.000001"}, {"0.00000049", 0, 2, "0.00"},
		{"1e3", INT64_C(1000000000), 2, "1000.00"}, {"1.5e-6", 2, 0, "0.000002"},
		{"9223372036854.775807", INT64_MAX, 2, "9223372036854.775807"},
		{".5", 500000, 2, "0.50"}, {"+7", 7000000, 0, "7"}, {"1e-300", 0, 0, "0"},
		{"0.999999500", 1000000, 2, "1.00"}, {"0e99", 0, 0, "0"}, {"00012.30", 12300000, 1, "12.3"},
		{"1.25", 1250000, 1, "1.25"}, {"0.00001e5", 1000000, 0, "1"},
	};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t n = 77;
		cr_assert(decimal_parse(slice_of(rows[i].text), &n), "%s", rows[i].text);
		cr_assert_eq(n, rows[i].n, "%s: %lld", rows[i].text, (long long)n);
		buffer_clear(&b);
		decimal_put(&b, n, rows[i].decimals);
		cr_assert_str_eq(buffer_text(&b), rows[i].back);
	}
	buffer_clear(&b);
	decimal_put(&b, INT64_MIN, 2);
	cr_assert_str_eq(buffer_text(&b), "-9223372036854.775808");
	buffer_free(&b);
}
