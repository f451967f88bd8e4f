/* Numbers as text: strict, locale-free, the same bytes on every machine. */
#ifndef SO1_BASE_NUMBER_H
#define SO1_BASE_NUMBER_H

#include "base/buffer.h"

/* Whole slice or false; no blanks, no leading '+', no overflow. */
bool number_parse_int(struct slice s, int64_t *out);
/* Decimal with optional sign, fraction and exponent; rejects inf, nan, hex, blanks
 * and what overflows a double. Correctly rounded. */
bool number_parse_double(struct slice s, double *out);
/* Shortest decimal that reads back as the same double, at most 17 digits, without
 * exponent where 1e-5 <= |x| < 1e15; never "-0". x must be finite. */
void number_put_double(struct buffer *b, double x);
/* x rounded half away from zero to `digits` significant digits (1 to 15), trailing
 * zeros dropped. What tools print for computed values (10 digits by default). */
void number_put_rounded(struct buffer *b, double x, int digits);
void number_put_int(struct buffer *b, int64_t x);

/* Money and quantities are exact: millionths in an int64_t (|x| < 9.2e12 units). */
#define DECIMAL_ONE INT64_C(1000000)
/* "-12.50" → -12500000. More than six decimals round half away from zero; exponents
 * are accepted when the value fits. False when it is no number or does not fit. */
bool decimal_parse(struct slice s, int64_t *millionths);
/* "12.5"; at least min_decimals digits behind the point (2 for money: "12.50"). */
void decimal_put(struct buffer *b, int64_t millionths, int min_decimals);

#endif
