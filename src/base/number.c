#include "base/number.h"

#include "base/memory.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t powers_of_ten[] = {
	UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000),
	UINT64_C(100000), UINT64_C(1000000), UINT64_C(10000000), UINT64_C(100000000),
	UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000),
	UINT64_C(1000000000000000), UINT64_C(10000000000000000),
	UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000),
};

/* Powers of ten that a double holds exactly. */
static const double exact_powers[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool number_parse_int(struct slice s, int64_t *out)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	size_t i = negative;
	int64_t n = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (!is_digit(s.ptr[i]))
			return false;
		/* Downwards, because INT64_MIN has no positive counterpart. */
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, s.ptr[i] - '0', &n))
			return false;
	}
	if (!negative && n == INT64_MIN)
		return false;
	*out = negative ? n : -n;
	return true;
}

/* A number cut into its parts: its value is the digits (the point left out) from
 * `first` on, read as 0.d1d2d3…, times 10^point. */
struct parts {
	bool negative;
	const char *first; /* first digit that is not 0, or the end of the digits */
	const char *end;   /* behind the last digit */
	int64_t point;
};

enum { EXPONENT_LARGEST = 100000 };

static bool parse_exponent(struct slice s, int64_t *exponent)
{
	bool negative = false;
	int64_t n = 0;

	if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
		negative = s.ptr[0] == '-';
		s.ptr++;
		s.len--;
	}
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]))
			return false;
		if (n < EXPONENT_LARGEST)
			n = n * 10 + (s.ptr[i] - '0');
	}
	*exponent = negative ? -n : n;
	return true;
}

static bool parse_parts(struct slice s, struct parts *p)
{
	const char *c = s.ptr, *end = s.ptr + s.len, *dot = NULL;
	size_t digits = 0;
	int64_t exponent = 0;

	p->negative = false;
	if (c < end && (*c == '-' || *c == '+'))
		p->negative = *c++ == '-';
	p->first = NULL;
	for (; c < end; c++) {
		if (*c == '.' && dot == NULL)
			dot = c;
		else if (!is_digit(*c))
			break;
		else {
			digits++;
			if (p->first == NULL && *c != '0')
				p->first = c;
		}
	}
	if (digits == 0)
		return false;
	p->end = c;
	if (c < end) {
		if (*c != 'e' && *c != 'E')
			return false;
		if (!parse_exponent(slice_make(c + 1, (size_t)(end - c - 1)), &exponent))
			return false;
	}
	if (p->first == NULL)
		p->first = p->end;
	const char *units_end = dot ? dot : p->end;
	/* With the point before `first` there are only zeros between the two. */
	p->point = exponent + (units_end >= p->first ? units_end - p->first
						     : units_end - p->first + 1);
	return true;
}

static locale_t c_locale;

static void make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The decimal point must not depend on what a program's locale says. */
static double parse_slowly(struct slice s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char small[128];
	char *text = s.len < sizeof small ? small : xmalloc(s.len + 1);

	pthread_once(&once, make_c_locale);
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	double x = c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
	if (text != small)
		free(text);
	return x;
}

enum { SHORT = 8, LITTLE_ENDIAN_BYTES = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

/* The characters of 1 to 8, the first in the lowest byte, 0 behind them. */
static uint64_t load_short(struct slice s)
{
	uint32_t low, high;

	if (s.len == SHORT) {
		uint64_t all;
		memcpy(&all, s.ptr, sizeof all);
		return all;
	}
	if (s.len < sizeof low) {
		const unsigned char *c = (const unsigned char *)s.ptr;
		uint64_t middle = c[s.len / 2], last = c[s.len - 1];
		return c[0] | middle << s.len / 2 * 8 | last << (s.len - 1) * 8;
	}
	/* Two that overlap. */
	memcpy(&low, s.ptr, sizeof low);
	memcpy(&high, s.ptr + s.len - sizeof high, sizeof high);
	return low | (uint64_t)high << (s.len - sizeof high) * 8;
}

/* Eight digits, the first in the lowest byte: neighbours are added up, pairs, then fours. */
static uint64_t eight_digits(uint64_t word)
{
	word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * (10 << 8 | 1) >> 8;
	word = (word & UINT64_C(0x00ff00ff00ff00ff)) * (100 << 16 | 1) >> 16;
	return (word & UINT64_C(0x0000ffff0000ffff)) * (UINT64_C(10000) << 32 | 1) >> 32;
}

/* At most eight characters, without a branch that hangs on a sign or on how many digits there
 * are, which nobody foresees: half the time of parse_plain. */
static bool parse_short(struct slice s, double *out)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), zeros = ones * '0';
	uint64_t word = load_short(s);
	bool negative = (word & 0xff) == '-';
	unsigned n = (unsigned)s.len - negative, behind = 0;

	word >>= negative * 8;
	/* The lowest byte that becomes 0 is the first point. */
	uint64_t points = word ^ ones * '.';
	points = (points - ones) & ~points & ones << 7;
	if (points) {
		unsigned before = (unsigned)__builtin_ctzll(points) / 8;
		uint64_t whole = word & ((UINT64_C(1) << before * 8) - 1);
		behind = n - 1 - before;
		/* In two steps: the point may be the last of eight. */
		word = whole | word >> before * 8 >> 8 << before * 8;
		n--;
	}
	if (n == 0)
		return false;
	word = n < SHORT ? word << (SHORT - n) * 8 | zeros >> n * 8 : word;
	if ((word & ones * 0xf0) != zeros || ((word + ones * 6) & ones * 0xf0) != zeros)
		return false;
	double x = (double)eight_digits(word) / exact_powers[behind];
	*out = negative ? -x : x;
	return true;
}

/* What nearly all numbers in tables are: at most 15 digits with a point or without. The same
 * double as by parts, in a third of the time: reading numbers was a quarter of a fit. */
static bool parse_plain(struct slice s, double *out)
{
	const char *c = s.ptr, *end = s.ptr + s.len;
	uint64_t mantissa = 0;
	size_t digits = 0, behind = 0;
	bool negative = s.len > 0 && *c == '-';

	for (c += negative; c < end && is_digit(*c); c++, digits++)
		mantissa = mantissa * 10 + (uint64_t)(*c - '0');
	if (c < end && *c == '.')
		for (c++; c < end && is_digit(*c); c++, behind++)
			mantissa = mantissa * 10 + (uint64_t)(*c - '0');
	digits += behind;
	if (c < end || digits == 0 || digits > 15)
		return false;
	double x = (double)mantissa / exact_powers[behind];
	*out = negative ? -x : x;
	return true;
}

bool number_parse_double(struct slice s, double *out)
{
	struct parts p;
	uint64_t mantissa = 0;
	int64_t digits = 0;

	if (LITTLE_ENDIAN_BYTES && s.len > 0 && s.len <= SHORT && parse_short(s, out))
		return true;
	if (s.len <= 17 && parse_plain(s, out))
		return true;
	if (!parse_parts(s, &p))
		return false;
	for (const char *c = p.first; c < p.end && digits <= 19; c++)
		if (*c != '.') {
			mantissa = mantissa * 10 + (uint64_t)(*c - '0');
			digits++;
		}
	/* Clinger: both factors are exact, so one rounding gives the nearest double. */
	int64_t exponent = p.point - digits;
	if (digits <= 15 && exponent >= -22 && exponent <= 22) {
		double x = (double)mantissa;
		x = exponent < 0 ? x / exact_powers[-exponent] : x * exact_powers[exponent];
		*out = p.negative ? -x : x;
		return true;
	}
	double x = parse_slowly(s);
	if (!isfinite(x))
		return false;
	*out = x;
	return true;
}

void number_put_int(struct buffer *b, int64_t x)
{
	char text[24];
	size_t i = sizeof text;
	uint64_t n = x < 0 ? -(uint64_t)x : (uint64_t)x;

	do
		text[--i] = (char)('0' + n % 10);
	while (n /= 10);
	if (x < 0)
		text[--i] = '-';
	buffer_put(b, text + i, sizeof text - i);
}

/* Writes 0.DIGITS times 10^point without trailing zeros: plain where
 * 1e-5 <= |x| < 1e15, else with an exponent. */
static void put_digits(struct buffer *b, bool negative, const char *digits, int n, int point)
{
	while (n > 1 && digits[n - 1] == '0')
		n--;
	if (negative)
		buffer_put_byte(b, '-');
	if (point < -4 || point > 15) {
		buffer_put_byte(b, digits[0]);
		if (n > 1) {
			buffer_put_byte(b, '.');
			buffer_put(b, digits + 1, (size_t)n - 1);
		}
		buffer_put_byte(b, 'e');
		number_put_int(b, point - 1);
		return;
	}
	if (point <= 0) {
		buffer_put(b, "0.", 2);
		buffer_put(b, "0000", (size_t)-point);
		buffer_put(b, digits, (size_t)n);
		return;
	}
	int whole = n < point ? n : point;
	buffer_put(b, digits, (size_t)whole);
	for (int i = n; i < point; i++)
		buffer_put_byte(b, '0');
	if (n > point) {
		buffer_put_byte(b, '.');
		buffer_put(b, digits + point, (size_t)(n - point));
	}
}

static void put_mantissa(struct buffer *b, bool negative, uint64_t mantissa, int point_shift)
{
	char text[24];
	int i = sizeof text;

	do
		text[--i] = (char)('0' + mantissa % 10);
	while (mantissa /= 10);
	int n = (int)sizeof text - i;
	put_digits(b, negative, text + i, n, n + point_shift);
}

/* The digits of printf's %.*e without its locale-dependent point. Returns the exponent
 * of 0.DIGITS. */
static int exact_digits(double x, int n, char *digits, size_t size)
{
	char text[96];
	int filled = 0;
	const char *c = text;

	snprintf(text, sizeof text, "%.*e", n - 1, x);
	for (; *c && *c != 'e'; c++)
		if (is_digit(*c) && filled < (int)size)
			digits[filled++] = *c;
	return (int)strtol(c + 1, NULL, 10) + 1;
}

void number_put_double(struct buffer *b, double x)
{
	double a = fabs(x), scaled;
	char digits[24];

	if (a == 0) {
		buffer_put_byte(b, '0');
		return;
	}
	if (a < 1e15 && a == floor(a)) {
		number_put_int(b, (int64_t)x);
		return;
	}
	/* A decimal of at most 15 digits is the only one that reads back as its double, so
	 * one found by scaling is the shortest. */
	if (a < 1e9 && a >= 1e-5 && (scaled = nearbyint(a * 1e6)) > 0 && scaled / 1e6 == a) {
		put_mantissa(b, x < 0, (uint64_t)scaled, -6);
		return;
	}
	/* Subnormals have fewer digits to give. */
	for (int n = a < DBL_MIN ? 1 : 15; n <= 17; n++) {
		int point = exact_digits(a, n, digits, sizeof digits);
		if (n < 17) {
			char text[40];
			int len = snprintf(text, sizeof text, "0.%.*se%d", n, digits, point);
			double back;
			if (!number_parse_double(slice_make(text, (size_t)len), &back) ||
			    back != a)
				continue;
		}
		put_digits(b, x < 0, digits, n, point);
		return;
	}
}

/* Rounds the exact decimal expansion; for what the integer path does not reach. */
static void put_rounded_slowly(struct buffer *b, double x, int n)
{
	/* A tie at n <= 15 digits ends at the next digit, and a double that is no tie
	 * differs from one long before the 60th. */
	char digits[64];
	int point = exact_digits(fabs(x), 60, digits, sizeof digits);

	if (digits[n] >= '5') {
		int i = n - 1;
		while (i >= 0 && digits[i] == '9')
			digits[i--] = '0';
		if (i >= 0) {
			digits[i]++;
		} else {
			digits[0] = '1';
			point++;
		}
	}
	put_digits(b, x < 0, digits, n, point);
}

/* a·10^k rounded half away from zero, exactly: a is 1e-5 … 1e15, k at most 22. */
static uint64_t scale_rounded(double a, int k)
{
	int exponent;
	uint64_t mantissa = (uint64_t)ldexp(frexp(a, &exponent), 53);
	unsigned shift = (unsigned)(53 - exponent); /* a = mantissa / 2^shift, shift 3 … 69 */

	if (k < 0) {
		uint64_t whole = shift < 64 ? mantissa >> shift : 0, divisor = powers_of_ten[-k];
		return whole / divisor + (whole % divisor * 2 >= divisor);
	}
	unsigned __int128 product = mantissa;
	product *= k > 11 ? powers_of_ten[11] : powers_of_ten[k];
	product *= k > 11 ? powers_of_ten[k - 11] : 1;
	unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
	return (uint64_t)((product + half) >> shift);
}

/* 10^(point-1) <= a < 10^point, or one more by an inexact product. */
static int point_estimate(double a)
{
	int point = 1;

	if (a >= 1) {
		while (a >= exact_powers[point])
			point++;
		return point;
	}
	for (point = 0; point > -4 && a * exact_powers[1 - point] < 1; point--)
		;
	return point;
}

void number_put_rounded(struct buffer *b, double x, int n)
{
	double a = fabs(x);

	if (a == 0) {
		buffer_put_byte(b, '0');
		return;
	}
	if (!(a >= 1e-5 && a < 1e15)) {
		put_rounded_slowly(b, x, n);
		return;
	}
	int point = point_estimate(a);
	uint64_t scaled = 0;
	/* The estimate may be one off at a power of ten; the digits tell. */
	for (int tries = 0; tries < 2; tries++) {
		scaled = scale_rounded(a, n - point);
		if (scaled >= powers_of_ten[n - 1])
			break;
		point--;
	}
	put_mantissa(b, x < 0, scaled, point - n);
}

bool decimal_parse(struct slice s, int64_t *millionths)
{
	struct parts p;
	uint64_t n = 0;
	bool round_up = false;

	if (!parse_parts(s, &p))
		return false;
	int64_t wanted = p.point + 6; /* digits that weigh at least a millionth */
	if (p.first == p.end)
		wanted = 0;
	if (wanted > 19)
		return false;
	const char *c = p.first;
	for (int64_t i = 0; i <= wanted; i++) {
		if (c < p.end && *c == '.')
			c++;
		int digit = c < p.end ? *c++ - '0' : 0;
		if (i < wanted)
			n = n * 10 + (uint64_t)digit;
		else
			round_up = digit >= 5;
	}
	n += round_up;
	if (n > (uint64_t)INT64_MAX)
		return false;
	*millionths = p.negative ? -(int64_t)n : (int64_t)n;
	return true;
}

void decimal_put(struct buffer *b, int64_t millionths, int min_decimals)
{
	uint64_t n = millionths < 0 ? -(uint64_t)millionths : (uint64_t)millionths;
	uint64_t part = n % DECIMAL_ONE;
	int decimals = 6;
	char text[8];

	if (millionths < 0)
		buffer_put_byte(b, '-');
	number_put_int(b, (int64_t)(n / DECIMAL_ONE));
	for (int i = 5; i >= 0; i--, part /= 10)
		text[i] = (char)('0' + part % 10);
	while (decimals > 0 && decimals > min_decimals && text[decimals - 1] == '0')
		decimals--;
	if (decimals > 0) {
		buffer_put_byte(b, '.');
		buffer_put(b, text, (size_t)decimals);
	}
}
