#include "dedupe/pages.h"

#include "base/memory.h"

#include <sys/mman.h>

char *pages_take(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		out_of_memory();
	memory_prefer_huge(p, size);
	return p;
}

void pages_drop(char *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}
