#include "config.h"

#include "predict/buyers.h"

#include "base/chance.h"

#include <stdlib.h>

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static uint64_t hash_of(const struct buyer_group *g)
{
	return chance_mix(((uint64_t)g->repeats << 32 | g->last) ^ chance_mix(g->end + 1));
}

static bool is_same(const struct buyer_group *a, const struct buyer_group *b)
{
	return a->repeats == b->repeats && a->last == b->last && a->end == b->end;
}

static void grow_slots(uint32_t **slots, size_t *count)
{
	free(*slots);
	*count = *count ? *count * 2 : 1024;
	*slots = xcalloc(*count, sizeof **slots);
}

static void grow_groups(struct buyers *b)
{
	grow_slots(&b->slots, &b->slot_count);
	for (size_t i = 0; i < b->count; i++) {
		size_t at = hash_of(&b->groups[i]) & (b->slot_count - 1);
		while (b->slots[at])
			at = (at + 1) & (b->slot_count - 1);
		b->slots[at] = (uint32_t)i + 1;
	}
}

static void grow_times(struct buyers *b)
{
	grow_slots(&b->time_slots, &b->time_slot_count);
	for (size_t i = 0; i < b->time_count; i++) {
		size_t at = chance_mix(bits_of(b->times[i])) & (b->time_slot_count - 1);
		while (b->time_slots[at])
			at = (at + 1) & (b->time_slot_count - 1);
		b->time_slots[at] = (uint32_t)i + 1;
	}
}

static uint32_t time_index(struct buyers *b, double t)
{
	if (2 * (b->time_count + 1) > b->time_slot_count)
		grow_times(b);
	size_t at = chance_mix(bits_of(t)) & (b->time_slot_count - 1);
	while (b->time_slots[at]) {
		uint32_t i = b->time_slots[at] - 1;
		if (b->times[i] == t)
			return i;
		at = (at + 1) & (b->time_slot_count - 1);
	}
	GROW(b->times, b->time_cap, b->time_count + 1);
	b->times[b->time_count++] = t;
	b->time_slots[at] = (uint32_t)b->time_count;
	return b->time_slots[at] - 1;
}

/* Group and sums; the caller sees to it that counts fit. */
static void add_group(struct buyers *b, const struct buyer_group *g)
{
	if (2 * (b->count + 1) > b->slot_count)
		grow_groups(b);
	size_t at = hash_of(g) & (b->slot_count - 1);
	while (b->slots[at] && !is_same(&b->groups[b->slots[at] - 1], g))
		at = (at + 1) & (b->slot_count - 1);
	if (b->slots[at]) {
		b->groups[b->slots[at] - 1].count += g->count;
		return;
	}
	GROW(b->groups, b->cap, b->count + 1);
	b->groups[b->count++] = *g;
	b->slots[at] = (uint32_t)b->count;
}

void buyers_add(struct buyers *b, const struct buyer *x)
{
	/* + 0.0 turns -0 into 0, which is another pattern of bits. */
	struct buyer_group g = {
		.repeats = x->repeats,
		.last = time_index(b, x->last + 0.0),
		.end = time_index(b, x->end + 0.0),
		.count = 1,
	};

	add_group(b, &g);
	b->customers++;
	b->repeat_customers += x->repeats > 0;
	b->repeat_orders += x->repeats;
	if (x->repeats > b->most_repeats)
		b->most_repeats = x->repeats;
	b->total_end += x->end;
}

/* Time indices depend on the order of the input, so a group sorts by its times. */
static int by_values(const void *a, const void *b, void *times)
{
	const struct buyer_group *x = a, *y = b;
	const double *t = times;

	if (x->repeats != y->repeats)
		return x->repeats < y->repeats ? -1 : 1;
	if (x->end != y->end)
		return t[x->end] < t[y->end] ? -1 : 1;
	return x->last == y->last ? 0 : t[x->last] < t[y->last] ? -1 : 1;
}

void buyers_finish(struct buyers *b)
{
	if (b->count)
		qsort_r(b->groups, b->count, sizeof *b->groups, by_values, b->times);
	free(b->slots);
	free(b->time_slots);
	b->slots = b->time_slots = NULL;
	b->slot_count = b->time_slot_count = 0;
}


void buyers_sample(const struct buyers *b, uint64_t most, struct buyers *out)
{
	double stride = (double)b->customers / (double)most, next = stride / 2, seen = 0;

	*out = (struct buyers){0};
	for (size_t i = 0; i < b->count; i++) {
		struct buyer x = buyers_at(b, &b->groups[i]);
		seen += b->groups[i].count;
		for (; next < seen; next += stride)
			buyers_add(out, &x);
	}
	buyers_finish(out);
}

void buyers_free(struct buyers *b)
{
	free(b->groups);
	free(b->times);
	free(b->slots);
	free(b->time_slots);
	*b = (struct buyers){0};
}
