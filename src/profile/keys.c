#include "config.h"

#include "profile/keys.h"

#include "profile/history.h"

#include <stdlib.h>

void money_add(struct money_sum *m, int64_t amount)
{
	m->lines++;
	if (amount == AMOUNT_UNKNOWN)
		return;
	m->known++;
	m->sum += amount;
}

void money_join(struct money_sum *m, const struct money_sum *more)
{
	m->sum += more->sum;
	m->lines += more->lines;
	m->known += more->known;
}

bool money_known(const struct money_sum *m, int64_t *millionths)
{
	if (m->lines && m->known == 0)
		return false;
	if (m->sum > INT64_MAX || m->sum < -INT64_MAX)
		return false;
	*millionths = (int64_t)m->sum;
	return true;
}

void key_table_clear(struct key_table *t)
{
	t->count = 0;
	t->generation++;
	if (t->generation == 0) {
		if (t->slots)
			memset(t->slots, 0, t->slot_cap * sizeof *t->slots);
		t->generation = 1;
	}
}

struct key_stat *key_table_at(struct key_table *t, uint32_t name)
{
	if (name >= t->slot_cap) {
		size_t old = t->slot_cap;
		GROW(t->slots, t->slot_cap, (size_t)name + 1);
		memset(t->slots + old, 0, (t->slot_cap - old) * sizeof *t->slots);
	}
	struct key_slot *s = &t->slots[name];
	if (s->generation != t->generation) {
		GROW(t->items, t->cap, t->count + 1);
		t->items[t->count] = (struct key_stat){.name = name};
		*s = (struct key_slot){t->generation, (uint32_t)t->count++};
	}
	return &t->items[s->index];
}

static int by_name(const void *a, const void *b, void *names)
{
	return slice_compare(dictionary_item(names, ((const struct key_stat *)a)->name),
			     dictionary_item(names, ((const struct key_stat *)b)->name));
}

void key_table_sort(struct key_table *t, const struct dictionary *names)
{
	if (t->count > 1)
		qsort_r(t->items, t->count, sizeof *t->items, by_name, (void *)names);
}

void key_table_free(struct key_table *t)
{
	free(t->items);
	free(t->slots);
	*t = (struct key_table){0};
}
