/* Customers as the customer base models see them: how many repeat orders, when the last,
 * how long observed. Equal ones are folded together. Times are weeks. */
#ifndef SO1_PREDICT_BUYERS_H
#define SO1_PREDICT_BUYERS_H

#include "base/memory.h"

enum { BUYER_REPEATS_MOST = 1000000, DAYS_A_WEEK = 7 };

struct buyer {
	uint32_t repeats; /* x: orders after the first */
	double last;      /* t_x: from the first order to the last, 0 when none was repeated */
	double end;       /* T: from the first order to the end of observation */
};

struct buyer_group {
	uint32_t repeats;
	uint32_t last, end; /* indices in `times` */
	uint32_t count;     /* customers */
};

struct buyers {
	struct buyer_group *groups; /* ascend by repeats, end, last once finished */
	size_t count, cap;
	double *times; /* all different */
	size_t time_count, time_cap;
	uint64_t customers, repeat_customers, repeat_orders;
	uint32_t most_repeats;
	double total_end; /* of all customers */
	uint32_t *slots, *time_slots; /* index + 1, 0 is empty; while adding */
	size_t slot_count, time_slot_count;
};

/* Zero-initialise; buyers_free when done. 0 <= last <= end, last 0 without repeats. */
void buyers_add(struct buyers *b, const struct buyer *buyer);
/* Ends adding. */
void buyers_finish(struct buyers *b);
/* Customers at even distances in the order of the groups, about `most` of them. */
void buyers_sample(const struct buyers *b, uint64_t most, struct buyers *out);
static inline struct buyer buyers_at(const struct buyers *b, const struct buyer_group *g)
{
	return (struct buyer){g->repeats, b->times[g->last], b->times[g->end]};
}
void buyers_free(struct buyers *b);

#endif
