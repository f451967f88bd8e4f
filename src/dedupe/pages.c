#include "dedupe/pages.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Of x86; larger ones elsewhere gain less from the alignment, and lose nothing. */
static const size_t HUGE = 2 << 20;

static size_t round_up(size_t bytes)
{
	return (bytes + HUGE - 1) & ~(HUGE - 1);
}

static char *take(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		out_of_memory();
	return p;
}

/* `size` bytes, whole huge pages, that begin with one. */
static char *take_aligned(size_t size)
{
	char *p = take(size + HUGE);
	size_t before = (size_t)(-(uintptr_t)p & (HUGE - 1));

	if (before > 0)
		munmap(p, before);
	munmap(p + before + size, HUGE - before);
	memory_prefer_huge(p + before, size);
	return p + before;
}

char *pages_take(size_t size)
{
	char *p = take(size);

	memory_prefer_huge(p, size);
	return p;
}

void pages_drop(char *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}

/* In its place where there is room behind it, else to where huge pages stay whole. */
static char *resize(char *p, size_t from, size_t to)
{
	void *moved = mremap(p, from, to, 0);

	if (moved == MAP_FAILED)
		moved = mremap(p, from, to, MREMAP_MAYMOVE | MREMAP_FIXED, take_aligned(to));
	if (moved == MAP_FAILED)
		out_of_memory();
	memory_prefer_huge(moved, to);
	return moved;
}

static char *leave_malloc(void *p, size_t from, size_t to)
{
	char *moved = take_aligned(to);

	if (from > 0)
		memcpy(moved, p, from);
	free(p);
	return moved;
}

void pages_grow(void **items, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return;
	size_t from = *cap * size, wanted = *cap < 8 ? 8 : *cap + *cap / 2, to;
	if (__builtin_mul_overflow(wanted < need ? need : wanted, size, &to) || to > SIZE_MAX / 2)
		out_of_memory();
	if (to < PAGES_FROM) {
		grow_array(items, cap, need, size);
		return;
	}
	to = round_up(to);
	*items = from < PAGES_FROM ? leave_malloc(*items, from, to)
				   : resize(*items, round_up(from), to);
	*cap = to / size;
}

void pages_free(void *items, size_t cap, size_t size)
{
	if (cap * size < PAGES_FROM)
		free(items);
	else
		pages_drop(items, round_up(cap * size));
}
