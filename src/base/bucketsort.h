/* Bucket sort of items that begin with a number spread evenly over 64 bits, as hashes are:
 * three passes over memory and all threads, where a sort by comparing alone takes twenty. */
#ifndef SO1_BASE_BUCKETSORT_H
#define SO1_BASE_BUCKETSORT_H

#include <stddef.h>

/* Sorts count items of `size` bytes, the first eight of them a uint64_t, by `compare`, which
 * must order by that number first and agree with itself on all else. Takes count * size bytes
 * for the time being. Numbers that are not spread evenly cost time, not correctness. */
void bucket_sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *),
		 int threads);

#endif
