#include "dedupe/repeats.h"

#include "base/memory.h"

#include <stdlib.h>

void repeats_clear(struct repeats *r)
{
	r->count = 0;
	if (++r->epoch != 0)
		return;
	/* Once in 2^32 moments the numbers start again. */
	for (size_t i = 0; i < r->slot_count; i++)
		r->slots[i].epoch = 0;
	r->epoch = 1;
}

static struct repeat_slot *slot_of(const struct repeats *r, uint64_t repeat)
{
	size_t mask = r->slot_count - 1;
	size_t i = (repeat ^ repeat >> 32) & mask;

	/* A slot of an earlier moment is free. */
	while (r->slots[i].epoch == r->epoch && r->slots[i].repeat != repeat)
		i = (i + 1) & mask;
	return &r->slots[i];
}

static void grow(struct repeats *r)
{
	struct repeat_slot *old = r->slots;
	size_t old_count = r->slot_count;

	r->slot_count = old_count ? old_count * 2 : 64;
	r->slots = xcalloc(r->slot_count, sizeof *r->slots);
	if (r->epoch == 0)
		r->epoch = 1; /* 0 marks slots never used */
	for (size_t i = 0; i < old_count; i++)
		if (old[i].epoch == r->epoch)
			*slot_of(r, old[i].repeat) = old[i];
	free(old);
}

uint32_t *repeats_at(struct repeats *r, uint64_t repeat, bool *added)
{
	if (r->count * 2 >= r->slot_count)
		grow(r);
	struct repeat_slot *slot = slot_of(r, repeat);
	*added = slot->epoch != r->epoch;
	if (*added) {
		*slot = (struct repeat_slot){repeat, r->epoch, 0};
		r->count++;
	}
	return &slot->value;
}

void repeats_free(struct repeats *r)
{
	free(r->slots);
	*r = (struct repeats){0};
}
