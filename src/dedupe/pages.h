/* Large pieces of memory, laid out in huge pages (memory_prefer_huge in base/memory.h) and
 * given back to the system at once when they are dropped, which malloc does not promise. */
#ifndef SO1_DEDUPE_PAGES_H
#define SO1_DEDUPE_PAGES_H

#include <stddef.h>

/* size > 0 bytes, zeroed; runs out of memory as xmalloc does. */
char *pages_take(size_t size) __attribute__((returns_nonnull));
void pages_drop(char *pages, size_t size);

/* PAGES_GROW(v, cap, n + 1) is GROW for a table that may come to gigabytes, PAGES_FREE(v, cap)
 * its free, and nothing else may free or resize it. From PAGES_FROM bytes on it begins and
 * ends with a huge page wherever it moves as it grows: realloc moves a table to any page, and
 * what lay in huge pages then lies in small ones (measured on so1-dedupe, 10 M records: a
 * third of all memory, and a tenth of the whole run). New room is not zeroed. */
enum { PAGES_FROM = 4 << 20 };
void pages_grow(void **items, size_t *cap, size_t need, size_t size);
void pages_free(void *items, size_t cap, size_t size);
#define PAGES_GROW(items, cap, need)                                            \
	do {                                                                    \
		void *grow_ptr_ = (items);                                      \
		pages_grow(&grow_ptr_, &(cap), (need), sizeof *(items));        \
		(items) = grow_ptr_;                                            \
	} while (0)
#define PAGES_FREE(items, cap) pages_free((items), (cap), sizeof *(items))

#endif
