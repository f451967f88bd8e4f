/* The best few of many scored keys, in order. */
#ifndef SO1_PREDICT_BEST_H
#define SO1_PREDICT_BEST_H

#include <stddef.h>
#include <stdint.h>

struct best_item {
	uint32_t key;
	double score;
	double tie; /* decides between equal scores, the larger first; then the lower key */
};

/* items: room for `most`, the caller's; in use are [0, count), the best first. */
struct best {
	struct best_item *items;
	size_t most, count;
};

void best_offer(struct best *b, struct best_item x);

#endif
