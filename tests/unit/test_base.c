/* src/base: slices, arena, buffer, dictionary, error text. Expected values by hand. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/table.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

Test(slice, split_counts_items)
{
	struct {
		const char *text;
		size_t items;
	} cases[] = {{"", 1}, {"a", 1}, {";", 2}, {"a;;b", 3}, {"a;b;", 3}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct slice rest = slice_of(cases[i].text), item;
		size_t n = 0;
		while (slice_split(&rest, ';', &item))
			n++;
		cr_assert_eq(n, cases[i].items, "'%s' gave %zu", cases[i].text, n);
	}
}

Test(slice, compare_puts_a_prefix_first)
{
	cr_assert_lt(slice_compare(SLICE("ab"), SLICE("abc")), 0);
	cr_assert_gt(slice_compare(SLICE("\xff"), SLICE("z")), 0, "bytes are unsigned");
	cr_assert_eq(slice_compare(SLICE(""), SLICE("")), 0);
}

Test(slice, trim)
{
	cr_assert(slice_is(slice_trim(SLICE(" \t a b\r\n")), "a b"));
	cr_assert(slice_is(slice_trim(SLICE("  ")), ""));
}

/* Whether the kernel holds huge pages to be wanted at this address: the flag "hg" (proc(5)). */
static bool wants_huge(const void *ptr)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long begin, end, at = (unsigned long)ptr;
	bool here = false, huge = false;
	char line[1024];

	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			here = begin <= at && at < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			huge = strstr(line, " hg") != NULL;
	}
	fclose(f);
	return huge;
}

Test(memory, large_blocks_want_huge_pages)
{
	enum { LARGE = 64 << 20 };

	if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) != 0)
		cr_skip_test("no huge pages on this system");
	char *p = xmalloc(LARGE);
	cr_assert(wants_huge(p + LARGE / 2));
	memset(p, 7, LARGE);
	p = xrealloc_array(p, 2, LARGE);
	cr_assert(wants_huge(p + LARGE + LARGE / 2));
	for (size_t i = 0; i < LARGE; i += 4096)
		cr_assert_eq(p[i], 7);
	free(p);
	p = xcalloc(LARGE, 1);
	cr_assert(wants_huge(p + LARGE / 2));
	free(p);
	p = xmalloc(4096);
	cr_assert_not(wants_huge(p));
	free(p);
}

/* mallinfo2(3): blocks that malloc took from the system one by one. A larger one freed before
 * is what would raise its threshold. */
Test(memory, large_blocks_go_back_to_the_system)
{
	enum { LARGER = 16 << 20, LARGE = 8 << 20 };

	char *p = xmalloc(LARGER);
	if (mallinfo2().hblks == 0)
		cr_skip_test("another malloc");
	memory_return_large();
	free(p);
	size_t before = mallinfo2().hblks;
	p = xmalloc(LARGE);
	cr_assert_eq(mallinfo2().hblks, before + 1);
	free(p);
	cr_assert_eq(mallinfo2().hblks, before);
}

Test(arena, keeps_what_it_hands_out_apart)
{
	struct arena a = {0};
	char *first = arena_bytes(&a, 3);

	memcpy(first, "abc", 3);
	for (int i = 0; i < 100000; i++) {
		uint64_t *p = arena_alloc(&a, sizeof *p);
		cr_assert_eq((uintptr_t)p % 8, 0);
		*p = UINT64_MAX;
	}
	cr_assert_eq(memcmp(first, "abc", 3), 0);
	arena_reset(&a);
	cr_assert_gt(a.total, 0);
	arena_free(&a);
	cr_assert_eq(a.total, 0);
}

Test(buffer, grows_and_prints)
{
	struct buffer b = {0};

	for (int i = 0; i < 1000; i++)
		buffer_printf(&b, "%d,", i);
	/* 10 one-digit, 90 two-digit, 900 three-digit numbers, a comma each. */
	cr_assert_eq(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	cr_assert_eq(strlen(buffer_text(&b)), b.len);
	buffer_free(&b);
}

Test(dictionary, ids_count_from_zero_in_order_of_arrival)
{
	struct dictionary d = {0};
	char name[16];
	bool added;

	cr_assert_eq(dictionary_find(&d, SLICE("none")), DICTIONARY_NONE);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "k%u", i);
		cr_assert_eq(dictionary_add(&d, slice_of(name), &added), i);
		cr_assert(added);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "k%u", i);
		cr_assert_eq(dictionary_add(&d, slice_of(name), &added), i);
		cr_assert_not(added);
		cr_assert(slice_is(dictionary_item(&d, i), name));
	}
	cr_assert_eq(dictionary_add(&d, SLICE(""), NULL), 5000, "the empty string is a string");
	dictionary_clear(&d);
	cr_assert_eq(dictionary_find(&d, SLICE("k1")), DICTIONARY_NONE);
	dictionary_free(&d);
}

Test(nearest_name, finds_a_typo_but_not_a_stranger)
{
	struct slice names[] = {SLICE("recency_days"), SLICE("spend"), SLICE("orders")};

	cr_assert(slice_is(nearest_name(SLICE("recency_day"), names, 3), "recency_days"));
	cr_assert(slice_is(nearest_name(SLICE("Ordres"), names, 3), "orders"));
	cr_assert(slice_is(nearest_name(SLICE("Mial"), (struct slice[]){SLICE("Mail")}, 1), "Mail"),
		  "two letters that changed places are one slip, in a short name too");
	cr_assert(slice_is(nearest_name(SLICE("postcode"), names, 3), ""));
}

Test(error, formats_as_the_house_does)
{
	struct so1_error e;
	char text[2048];

	error_set(&e, SO1_FAILED, "not a date");
	error_at(&e, "crm.csv", 214, "ts");
	error_value(&e, SLICE("31.02.2026"));
	error_format(&e, text, sizeof text);
	cr_assert_str_eq(text, "crm.csv:214: ts: not a date '31.02.2026'");
	error_set(&e, SO1_USAGE, "no input");
	error_format(&e, text, sizeof text);
	cr_assert_str_eq(text, "no input");
}

Test(error, masks_and_cuts_the_value)
{
	struct so1_error e;
	char longer[400];

	error_set(&e, SO1_FAILED, "x");
	error_value(&e, SLICE("a\nb\x7f\x1b"));
	cr_assert_str_eq(e.value, "a?b??");
	memset(longer, 'x', sizeof longer);
	error_value(&e, slice_make(longer, sizeof longer));
	cr_assert_lt(strlen(e.value), sizeof e.value);
	cr_assert_str_eq(e.value + strlen(e.value) - 3, "...");
}
