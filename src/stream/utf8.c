#include "stream/utf8.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the character at p (n bytes are left), 0 when it is none. The limits of
 * the second byte are table 3-7 of the Unicode standard. */
static size_t character_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0xc2)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] > 0xf4 || n < len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_tail(p[i]))
			return 0;
	return len;
}

bool utf8_is_valid(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr, *end = p + s.len;

	while (p < end) {
		uint64_t eight;
		while (end - p >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0))
			p += 8;
		while (p < end && *p < 0x80)
			p++;
		while (p < end && *p >= 0x80) {
			size_t n = character_length(p, (size_t)(end - p));
			if (n == 0)
				return false;
			p += n;
		}
	}
	return true;
}
