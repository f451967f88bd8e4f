#include "base/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void out_of_memory(void)
{
	static const char text[] = "so1: out of memory\n";

	/* write(2): stdio may itself want memory. */
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(1);
	_exit(1);
}

/* Below this a huge page or two would be mostly padding. */
enum { HUGE_FROM = 4 << 20 };

void memory_return_large(void)
{
	mallopt(M_MMAP_THRESHOLD, HUGE_FROM);
}

void memory_prefer_huge(void *ptr, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)ptr & ~(page - 1);
	int kept = errno; /* advice: a kernel without huge pages refuses it */

	/* Whole pages at both ends, so that a block which malloc mapped stays one mapping,
	 * without which realloc would copy it instead of moving it. */
	if (size >= HUGE_FROM)
		madvise((void *)from, ((uintptr_t)ptr + size - from + page - 1) & ~(page - 1), MADV_HUGEPAGE);
	errno = kept;
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (p == NULL)
		out_of_memory();
	memory_prefer_huge(p, size);
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (p == NULL)
		out_of_memory();
	memory_prefer_huge(p, count * size);
	return p;
}

void *xrealloc_array(void *ptr, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	void *p = realloc(ptr, bytes ? bytes : 1);
	if (p == NULL)
		out_of_memory();
	memory_prefer_huge(p, bytes);
	return p;
}

char *xstrndup(const char *ptr, size_t len)
{
	char *p = xmalloc(len + 1);

	if (len)
		memcpy(p, ptr, len);
	p[len] = '\0';
	return p;
}

char *xstrdup(const char *z)
{
	return xstrndup(z, strlen(z));
}

void grow_array(void **items, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return;
	size_t wanted = *cap < 8 ? 8 : *cap + *cap / 2;
	if (wanted < need)
		wanted = need;
	*items = xrealloc_array(*items, wanted, size);
	*cap = wanted;
}

uint64_t memory_physical(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	char bytes[];
};

enum { ARENA_FIRST = 4096, ARENA_LARGEST = 1 << 20 };

static void arena_grow(struct arena *a, size_t need)
{
	size_t size = a->block ? a->block->size * 2 : ARENA_FIRST;

	if (size > ARENA_LARGEST)
		size = ARENA_LARGEST;
	if (size < need)
		size = need;
	struct arena_block *b = xmalloc(sizeof *b + size);
	b->next = a->block;
	b->used = 0;
	b->size = size;
	a->block = b;
	a->total += sizeof *b + size;
}

char *arena_bytes(struct arena *a, size_t size)
{
	if (a->block == NULL || a->block->size - a->block->used < size)
		arena_grow(a, size);
	char *p = a->block->bytes + a->block->used;
	a->block->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (a->block != NULL) {
		/* Blocks come from malloc, their header is a multiple of 8. */
		size_t aligned = (a->block->used + 7) & ~(size_t)7;
		a->block->used = aligned < a->block->size ? aligned : a->block->size;
	}
	return arena_bytes(a, size);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_bytes(a, s.len + 1);

	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return slice_make(p, s.len);
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->block;

	for (struct arena_block *b = a->block, *next; b; b = next) {
		next = b->next;
		if (b->size > keep->size)
			keep = b;
	}
	for (struct arena_block *b = a->block, *next; b; b = next) {
		next = b->next;
		if (b != keep)
			free(b);
	}
	a->block = keep;
	a->total = 0;
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
		a->total = sizeof *keep + keep->size;
	}
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){0};
}
