/* The set of touchpoints seen at one moment of one customer, to tell exact repeats. */
#ifndef SO1_DEDUPE_REPEATS_H
#define SO1_DEDUPE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repeat_slot {
	uint64_t repeat;
	uint64_t epoch;
};

/* Zero-initialise; repeats_free when done. */
struct repeats {
	struct repeat_slot *slots;
	size_t slot_count, count;
	uint64_t epoch;
};

/* A new moment: forgets everything, at no cost. */
void repeats_clear(struct repeats *r);
/* False when the set had it already. */
bool repeats_add(struct repeats *r, uint64_t repeat);
void repeats_free(struct repeats *r);

#endif
