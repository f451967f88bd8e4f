#include "dedupe/sketch.h"

enum { KINDS = 16, MOST = 15 };

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((signed char)s.ptr[i] < 0)
			return false;
	return true;
}

/* Counts by kind; others: how many kinds there are beside the digits. */
static uint64_t count_kinds(struct slice s, unsigned others)
{
	uint8_t count[KINDS] = {0};
	uint64_t sketch = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		uint8_t *kind = &count[c >= '0' && c <= '9' ? (unsigned)(c - '0') : 10 + c % others];
		*kind += *kind < MOST;
	}
	for (int k = 0; k < KINDS; k++)
		sketch |= (uint64_t)count[k] << 4 * k;
	return sketch;
}

uint64_t sketch_letters(struct slice text)
{
	return is_ascii(text) ? count_kinds(text, KINDS - 10) : 0;
}

/* The sum over eight bytes, each below 16, of |a - b|. */
static unsigned distance_of_bytes(uint64_t a, uint64_t b)
{
	const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
	uint64_t t = (a | high) - b;                   /* 128 + a - b in every byte */
	uint64_t above = ((t & high) >> 7) * 0xff;     /* 255 where a >= b */
	uint64_t more = t & above & ~high, less = (high - (t & ~above)) & ~above;

	return (unsigned)((more + less) * ones >> 56);
}

unsigned sketch_distance(uint64_t a, uint64_t b)
{
	const uint64_t low = UINT64_C(0x0f0f0f0f0f0f0f0f);

	if (a == 0 || b == 0)
		return 0;
	return distance_of_bytes(a & low, b & low) + distance_of_bytes(a >> 4 & low, b >> 4 & low);
}

enum { EMAIL_COUNTS = 48 };
static const uint64_t COUNTS = (UINT64_C(1) << EMAIL_COUNTS) - 1;

uint64_t sketch_email(struct slice text)
{
	uint64_t digits = 5381, counts = is_ascii(text) ? count_kinds(text, 2) & COUNTS : 0;
	uint64_t local = slice_hash(slice_make(text.ptr, slice_find_byte(text, '@')), 0);

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
			digits = digits * 33 + (unsigned char)text.ptr[i];
	return counts | (local & 0xff) << EMAIL_COUNTS | (digits & 0xff) << (EMAIL_COUNTS + 8);
}

bool sketch_emails_differ(uint64_t a, uint64_t b)
{
	enum { EDITS = 2 };
	uint64_t different = (a ^ b) >> EMAIL_COUNTS;

	if ((different & 0xff) == 0)
		return false;
	return different >> 8 != 0 || sketch_distance(a & COUNTS, b & COUNTS) > 2 * EDITS;
}

uint32_t sketch_date(struct slice text)
{
	static const char form[] = "0000-00-00";
	uint32_t digits = 0;

	if (text.len != sizeof form - 1)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (form[i] == '-' ? text.ptr[i] != '-' : text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		if (form[i] != '-')
			digits = digits << 4 | (uint32_t)(text.ptr[i] - '0');
	}
	return digits;
}
