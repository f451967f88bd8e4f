/* Sorting (key, payload) pairs in memory: what the external sort does between its runs.
 * Private to src/stream. */
#ifndef SO1_STREAM_ITEM_SORT_H
#define SO1_STREAM_ITEM_SORT_H

#include "base/slice.h"

/* How a pair lies in memory and in a run: lengths, key, payload. */
struct pair_lengths {
	uint32_t key, payload;
};

/* A pair and eight bytes of its key as a number, which decide most comparisons without
 * touching it. */
struct item {
	uint64_t word;
	const char *at;
};

struct item item_make(const char *at);
void item_pair(const struct item *item, struct slice *key, struct slice *payload);
/* By key bytes, then payload bytes: <0, 0, >0. */
int pairs_compare(struct slice a_key, struct slice a_payload, struct slice b_key,
		  struct slice b_payload);
/* Sorts by key, then payload, on up to `threads` threads. Takes half the items' memory
 * again while it works; afterwards the words mean nothing. */
void items_sort(struct item *items, size_t n, int threads);

#endif
