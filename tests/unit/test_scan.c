/* What the reader stands on: src/stream/scan, strict, utf8. */
#include "base/chance.h"
#include "stream/scan.h"
#include "stream/strict.h"
#include "stream/utf8.h"

#include <criterion/criterion.h>

/* RFC 3629 and the Unicode standard's table 3-7: first and last of each row, and what
 * lies just outside. */
Test(utf8, limits)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
					   "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
					   ("0123456\xc3\xa4" "0123456789")};
	static const char *const bad[] = {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc2", "\xe2\x82",
					  "\xf0\x9f\x98", "\xc2\x41", "12345678\xff"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		cr_assert(utf8_is_valid(slice_of(good[i])), "good %zu", i);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(!utf8_is_valid(slice_of(bad[i])), "bad %zu", i);
}

/* Whatever the number of bytes given, the answer is the same or "more". */
Test(strict, answers_do_not_depend_on_what_has_arrived)
{
	static const char text[] = "1,\"x\ny\",3\r\n4,\"5\n6,7\"x\n8,9\n";
	struct strict *s = strict_new(',', 20);
	struct strict_result whole, part;

	cr_assert_eq(strict_parse(s, slice_of(text), true, false, &whole), STRICT_RECORD);
	cr_assert_eq(whole.size, 9);
	cr_assert_eq(whole.consumed, 11);
	cr_assert_eq(whole.count, 3);
	cr_assert(slice_is(strict_field(s, 1), "x\ny"));
	for (size_t n = 0; n < sizeof text - 1; n++) {
		enum strict_outcome o = strict_parse(s, slice_make(text, n), false, false, &part);
		cr_assert_eq(o, n < 11 ? STRICT_MORE : STRICT_RECORD, "%zu bytes", n);
	}
	cr_assert_eq(strict_parse(s, slice_of(text + 11), true, false, &whole), STRICT_BROKEN);
	cr_assert_eq(whole.consumed, 5);
	cr_assert_str_eq(whole.reason, "quote never closed");
	strict_free(s);
}

static void scan_text(const struct scan_lane *lane, struct slice text, struct block *b,
		      struct scan_result *result)
{
	block_clear(b);
	memcpy(b->bytes, text.ptr, text.len);
	/* What lies behind the end must not matter. */
	memset(b->bytes + text.len, '"', BLOCK_PADDING);
	b->len = text.len;
	size_t from = 0;
	*result = (struct scan_result){0};
	do {
		*result = lane->scan(b, from, result->lines, 300);
		/* Behind what is irregular it goes on, as the reader does. */
		for (from = result->next; from < b->len && b->bytes[from] != '\n'; from++)
			;
		from++;
	} while (result->irregular && from < b->len);
}

/* Every scanner this processor has says what the plainest one says. */
Test(scan, lanes_agree)
{
	static const char letters[] = "aaaaaaab,,,,\"\"\"\n\n\r\xc3\0";
	static struct shape shape = {.delimiter = ',', .columns = 2};
	struct scan_lane lanes[SCAN_LANES];
	size_t n = scan_lanes(lanes);
	struct block *a = block_new(4096), *b = block_new(4096);
	struct scan_result x, y;
	char text[1000];
	size_t found = 0;

	a->shape = b->shape = &shape;
	for (uint64_t round = 0; round < 30000; round++) {
		size_t len = chance_mix(round) % sizeof text;
		/* Rarer specials give longer regular stretches. */
		uint64_t calm = chance_mix(round + 1) % 3;
		for (size_t i = 0; i < len; i++) {
			uint64_t r = chance_mix(round << 20 | i);
			text[i] = r >> 60 < calm * 5 ? 'a' : letters[r % (sizeof letters - 1)];
		}
		scan_text(&lanes[n - 1], slice_make(text, len), a, &x);
		found += a->count;
		for (size_t l = 0; l + 1 < n; l++) {
			scan_text(&lanes[l], slice_make(text, len), b, &y);
			cr_assert(x.next == y.next && x.lines == y.lines && x.irregular == y.irregular,
				  "%s, round %d", lanes[l].name, (int)round);
			cr_assert(a->count == b->count && a->mark_count == b->mark_count);
			for (size_t i = 0; i < a->count; i++)
				cr_assert(a->records[i].start == b->records[i].start &&
					  a->records[i].end == b->records[i].end &&
					  a->records[i].first == b->records[i].first &&
					  a->records[i].fields == b->records[i].fields &&
					  a->records[i].line == b->records[i].line &&
					  a->records[i].flags == b->records[i].flags);
			cr_assert(a->mark_count == 0 ||
				  memcmp(a->marks, b->marks, a->mark_count * sizeof *a->marks) == 0);
		}
	}
	cr_assert_gt(found, 30000, "the texts are too wild to test anything");
	block_free(a);
	block_free(b);
}
