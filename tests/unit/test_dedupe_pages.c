/* src/dedupe/pages: tables that leave malloc for huge pages as they grow. */
#include "dedupe/pages.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

/* Linux from 6.7 on begins what is as long as huge pages with one by itself. Linked in place of
 * the calls (--wrap, local.mk): a kernel that gives any page but such a one. */
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__real_mremap(void *from, size_t old_size, size_t size, int flags, ...);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mremap(void *from, size_t old_size, size_t size, int flags, ...);

enum { PAGE = 4096 };

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	char *p = __real_mmap(at, size + PAGE, protection, flags, fd, offset);

	if (p == MAP_FAILED || at != NULL)
		return p;
	if (((uintptr_t)p & ((2 << 20) - 1)) != 0) {
		munmap(p + size, PAGE);
		return p;
	}
	munmap(p, PAGE);
	return p + PAGE;
}

void *__wrap_mremap(void *from, size_t old_size, size_t size, int flags, ...)
{
	va_list rest;

	if (flags == 0)
		return __real_mremap(from, old_size, size, 0);
	va_start(rest, flags);
	void *to = flags & MREMAP_FIXED
			   ? va_arg(rest, void *)
			   : __wrap_mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	va_end(rest);
	return __real_mremap(from, old_size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

/* Of a size that divides no page, so that a table never fills its last one. */
struct item {
	uint32_t number[3];
};

static void grow_to(struct item **v, size_t *cap, size_t from, size_t to)
{
	for (size_t n = from; n < to; n++) {
		PAGES_GROW(*v, *cap, n + 1);
		(*v)[n] = (struct item){{(uint32_t)n, ~(uint32_t)n, 7}};
	}
}

static void check(const struct item *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].number[0] != (uint32_t)i || v[i].number[1] != ~(uint32_t)i || v[i].number[2] != 7)
			cr_assert_fail("item %zu of %zu changed", i, n);
}

static bool begins_a_huge_page(const void *p)
{
	return ((uintptr_t)p & ((2 << 20) - 1)) == 0;
}

Test(pages, a_table_keeps_its_items_and_begins_a_huge_page_wherever_it_moves)
{
	struct item *v[3] = {0};
	size_t cap[3] = {0}, n = 0;

	/* In turn, so that each stands in the way of the others and has to move. */
	for (size_t to = 1000; to < 6000000; n = to, to *= 3) {
		for (int i = 0; i < 3; i++) {
			grow_to(&v[i], &cap[i], n, to);
			if (cap[i] * sizeof *v[i] >= PAGES_FROM)
				cr_assert(begins_a_huge_page(v[i]), "%zu items at %p", to, (void *)v[i]);
		}
		for (int i = 0; i < 3; i++)
			check(v[i], to);
	}
	cr_assert_geq(cap[0] * sizeof *v[0], (size_t)32 << 20, "no table came to move: %zu", cap[0]);
	for (int i = 0; i < 3; i++)
		PAGES_FREE(v[i], cap[i]);
}

Test(pages, a_table_grows_to_what_is_needed_at_once)
{
	char *v = NULL;
	size_t cap = 0;

	PAGES_GROW(v, cap, 1);
	cr_assert_geq(cap, 1);
	v[0] = 'a';
	PAGES_GROW(v, cap, PAGES_FROM - 1);
	cr_assert(v[0] == 'a' && cap >= PAGES_FROM - 1);
	PAGES_GROW(v, cap, PAGES_FROM);
	cr_assert(v[0] == 'a' && cap >= PAGES_FROM && begins_a_huge_page(v));
	v[cap - 1] = 'z';
	size_t last = cap - 1;
	PAGES_GROW(v, cap, (size_t)100 << 20);
	cr_assert(v[0] == 'a' && v[last] == 'z' && cap >= (size_t)100 << 20 && begins_a_huge_page(v));
	v[cap - 1] = 'e';
	size_t same = cap;
	PAGES_GROW(v, cap, 5);
	cr_assert(cap == same && v[cap - 1] == 'e');
	PAGES_FREE(v, cap);
	PAGES_FREE((char *)NULL, 0);
}
