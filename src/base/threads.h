/* Threads: run something over a range on up to n threads. */
#ifndef SO1_BASE_THREADS_H
#define SO1_BASE_THREADS_H

#include <stddef.h>

/* Online processors this process may use, at least 1. */
int threads_available(void);

/* Calls work(context, begin, end, thread) for disjoint ranges that cover [0, count),
 * in chunks of `grain`, on up to `threads` threads; returns when all are done. The
 * order of chunks is not defined: results must not depend on it. */
void threads_for(size_t count, size_t grain, int threads,
		 void (*work)(void *context, size_t begin, size_t end, int thread), void *context);

#endif
