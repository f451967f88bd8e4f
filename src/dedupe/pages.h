/* Large pieces of memory that go back to the system at once when they are dropped, which
 * malloc does not promise. */
#ifndef SO1_DEDUPE_PAGES_H
#define SO1_DEDUPE_PAGES_H

#include <stddef.h>

/* size > 0 bytes, zeroed; runs out of memory as xmalloc does. */
char *pages_take(size_t size) __attribute__((returns_nonnull));
void pages_drop(char *pages, size_t size);

#endif
