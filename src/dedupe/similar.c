#include "dedupe/similar.h"

/* The next code point of *s, which is not empty. */
static uint32_t next_code(struct slice *s)
{
	const unsigned char *p = (const unsigned char *)s->ptr;
	size_t n = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t code = p[0];

	if (n > s->len)
		n = 1;
	for (size_t i = 1; i < n; i++)
		code = code << 8 | p[i]; /* the encoded bytes tell code points apart as well */
	s->ptr += n;
	s->len -= n;
	return code;
}

static size_t decode(struct slice s, uint32_t *out, size_t most)
{
	size_t n = 0;

	while (s.len > 0 && n < most)
		out[n++] = next_code(&s);
	return n;
}

/* Letters in common and those out of order, as Jaro counts them. */
static uint32_t common_letters(const uint32_t *a, size_t la, const uint32_t *b, size_t lb,
			       uint32_t *out_of_order)
{
	size_t window = (la > lb ? la : lb) / 2;
	uint32_t matched[SIMILAR_MOST], m = 0, k = 0;
	uint64_t used = 0;

	window = window > 0 ? window - 1 : 0;
	for (size_t i = 0; i < la; i++) {
		size_t from = i > window ? i - window : 0, to = i + window + 1;
		for (size_t j = from; j < to && j < lb; j++)
			if (a[i] == b[j] && !(used >> j & 1)) {
				used |= UINT64_C(1) << j;
				matched[m++] = a[i];
				break;
			}
	}
	*out_of_order = 0;
	for (size_t j = 0; j < lb && k < m; j++)
		if (used >> j & 1)
			*out_of_order += b[j] != matched[k++];
	return m;
}

uint32_t similar_jaro_winkler(struct slice x, struct slice y)
{
	enum { ONE = 1000000 };
	uint32_t a[SIMILAR_MOST], b[SIMILAR_MOST], out_of_order, prefix = 0;
	uint64_t la, lb, m;

	if (slice_equal(x, y))
		return ONE;
	la = decode(x, a, SIMILAR_MOST);
	lb = decode(y, b, SIMILAR_MOST);
	m = la && lb ? common_letters(a, la, b, lb, &out_of_order) : 0;
	if (m == 0)
		return 0;
	/* Jaro = (m/la + m/lb + (m - t/2)/m) / 3 = over / under, t out of order. */
	uint64_t over = 2 * m * m * (la + lb) + (2 * m - out_of_order) * la * lb;
	uint64_t under = 6 * m * la * lb;
	if (over * 10 <= under * 7)
		return (uint32_t)(over * ONE / under);
	while (prefix < 4 && prefix < la && prefix < lb && a[prefix] == b[prefix])
		prefix++;
	return (uint32_t)((10 * over + prefix * (under - over)) * (ONE / 10) / under);
}

static int edits(struct slice a, struct slice b, int limit)
{
	if (a.len > b.len) {
		struct slice t = a;
		a = b;
		b = t;
	}
	while (a.len > 0 && a.ptr[0] == b.ptr[0])
		a.ptr++, a.len--, b.ptr++, b.len--;
	while (a.len > 0 && a.ptr[a.len - 1] == b.ptr[b.len - 1])
		a.len--, b.len--;
	if (b.len == 0)
		return 0;
	if (limit == 0 || b.len - a.len > (size_t)limit)
		return limit + 1;
	if (a.len == 0)
		return (int)b.len;
	struct slice a1 = {a.ptr + 1, a.len - 1}, b1 = {b.ptr + 1, b.len - 1};
	int best = edits(a1, b1, limit - 1);
	if (best > 0) {
		int other = edits(a, b1, limit - 1);
		best = other < best ? other : best;
		other = edits(a1, b, limit - 1);
		best = other < best ? other : best;
	}
	if (best > 0 && a.len > 1 && b.len > 1 && a.ptr[0] == b.ptr[1] && a.ptr[1] == b.ptr[0]) {
		int other = edits(slice_make(a.ptr + 2, a.len - 2), slice_make(b.ptr + 2, b.len - 2),
				  limit - 1);
		best = other < best ? other : best;
	}
	return 1 + best;
}

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((signed char)s.ptr[i] < 0)
			return false;
	return true;
}

int similar_edits(struct slice a, struct slice b, int limit)
{
	char narrow[2][256];
	uint32_t codes[256], seen[256], seen_count = 0;

	if (a.len > b.len + 3 * (size_t)limit + 3 || b.len > a.len + 3 * (size_t)limit + 3)
		return limit + 1;
	if ((is_ascii(a) && is_ascii(b)) || a.len > 256 || b.len > 256)
		return edits(a, b, limit);
	/* Each distinct code point becomes one byte of its own; more than 256 of them
	 * cannot stand in texts of so many bytes that are not ASCII alone. */
	for (int side = 0; side < 2; side++) {
		struct slice *s = side ? &b : &a;
		size_t n = decode(*s, codes, 256);
		for (size_t i = 0; i < n; i++) {
			uint32_t k = 0;
			while (k < seen_count && seen[k] != codes[i])
				k++;
			if (k == 256)
				return limit + 1;
			if (k == seen_count)
				seen[seen_count++] = codes[i];
			narrow[side][i] = (char)k;
		}
		*s = slice_make(narrow[side], n);
	}
	return edits(a, b, limit);
}
