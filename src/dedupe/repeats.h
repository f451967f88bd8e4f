/* The set of touchpoints seen at one moment of one customer, to tell exact repeats. */
#ifndef SO1_DEDUPE_REPEATS_H
#define SO1_DEDUPE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repeat_slot {
	uint64_t repeat;
	uint32_t epoch, value;
};

/* Zero-initialise; repeats_free when done. */
struct repeats {
	struct repeat_slot *slots;
	size_t slot_count, count;
	uint32_t epoch;
};

/* A new moment: forgets everything, at no cost. */
void repeats_clear(struct repeats *r);
/* A value kept with the repeat, 0 when it is new to this moment (*added). Valid until the
 * next call. */
uint32_t *repeats_at(struct repeats *r, uint64_t repeat, bool *added);
void repeats_free(struct repeats *r);

#endif
