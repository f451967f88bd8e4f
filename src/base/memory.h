/* Memory: allocation that cannot fail (running out ends the process with one line
 * on stderr and status 1, the one thing in the library that does), and an arena. */
#ifndef SO1_BASE_MEMORY_H
#define SO1_BASE_MEMORY_H

#include "base/slice.h"

/* Ends the process: for libraries that report it (deflateInit, XXH3_createState). */
_Noreturn void out_of_memory(void);
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Room for count items of `size` bytes; an overflow of the product counts as no memory. */
void *xrealloc_array(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *z) __attribute__((malloc, returns_nonnull));
/* A NUL-terminated copy; the caller frees it. */
char *xstrndup(const char *ptr, size_t len) __attribute__((malloc, returns_nonnull));

/* Grows *items (elements of `size` bytes, capacity *cap) to hold at least `need`.
 * GROW(v, cap, n + 1) before v[n++] = x. */
void grow_array(void **items, size_t *cap, size_t need, size_t size);
#define GROW(items, cap, need)                                                  \
	do {                                                                    \
		void *grow_ptr_ = (items);                                      \
		grow_array(&grow_ptr_, &(cap), (need), sizeof *(items));        \
		(items) = grow_ptr_;                                            \
	} while (0)

/* Asks the kernel to lay a block of 4 MB or more out in huge pages (2 MB on x86): tables of
 * gigabytes, read here and there, otherwise spend most of a look-up finding the page (measured
 * on so1-dedupe, 10 M records: a fifth of the whole run). Smaller blocks are left as they are,
 * and a kernel that refuses is no error. What x* above return is asked for already. */
void memory_prefer_huge(void *ptr, size_t size);

/* For a program whose blocks come and go by the hundred megabytes: from here on malloc takes
 * each of 4 MB or more from the system and gives it back when it is freed. Otherwise it keeps
 * those of up to 32 MB once it has seen one freed, in holes between smaller ones (measured on
 * so1-dedupe, 10 M records: 90 MB of 5 GB). */
void memory_return_large(void);

/* Bytes of memory this machine has, 0 when it cannot be told. */
uint64_t memory_physical(void);

/* An arena hands out memory that is freed all at once. Zero-initialise it. */
struct arena_block;
struct arena {
	struct arena_block *block;
	size_t total; /* bytes taken from the system */
};

/* size bytes aligned to 8 (arena_alloc) or unaligned (arena_bytes). */
void *arena_alloc(struct arena *a, size_t size);
char *arena_bytes(struct arena *a, size_t size);
/* A copy in the arena, NUL-terminated behind its length. */
struct slice arena_copy(struct arena *a, struct slice s);
/* Forgets everything handed out but keeps the largest block for reuse. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
