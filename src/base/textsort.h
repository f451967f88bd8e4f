/* Sort of many items by a text, bytewise: what the texts begin with goes into a number, by
 * which bucketsort.h sorts with all threads; texts are compared only where numbers are equal. */
#ifndef SO1_BASE_TEXTSORT_H
#define SO1_BASE_TEXTSORT_H

#include "base/slice.h"

#include <stdint.h>

/* Each item begins with this. */
struct text_key {
	uint64_t number; /* text_sort's own */
	struct slice text;
};

/* Sorts count items of `size` bytes by slice_compare of their texts; those of one text end up in
 * any order. Takes count * size bytes for the time being. */
void text_sort(void *items, size_t count, size_t size, int threads);

#endif
