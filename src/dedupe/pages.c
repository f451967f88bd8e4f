#include "dedupe/pages.h"

#include "base/memory.h"

#include <stdint.h>
#include <sys/mman.h>

char *pages_take(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		xmalloc(SIZE_MAX / 2); /* ends the process as it does everywhere */
	return p;
}

void pages_drop(char *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}
