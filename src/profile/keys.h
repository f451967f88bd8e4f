/* What a customer did with each key (category, brand or sku) before a date. */
#ifndef SO1_PROFILE_KEYS_H
#define SO1_PROFILE_KEYS_H

#include "base/table.h"

/* A sum that knows how much of it is known. Exact: it does not depend on order. */
struct money_sum {
	__int128 sum; /* millionths */
	uint64_t lines, known;
};
/* AMOUNT_UNKNOWN (see history.h) counts as a line without an amount. */
void money_add(struct money_sum *m, int64_t amount);
void money_join(struct money_sum *m, const struct money_sum *more);
/* False when there are lines but no amount is known, or the sum leaves an int64. No lines
 * at all: known to be 0. */
bool money_known(const struct money_sum *m, int64_t *millionths);

struct key_stat {
	uint32_t name; /* id in the vocabulary */
	uint32_t orders, views, carts;
	uint32_t last_order;  /* index of the last order with it; meaningful when orders > 0 */
	bool bought_later;    /* within the label's window */
	int64_t last_day;     /* of that order */
	double affine;        /* decayed count as of last_order */
	struct money_sum spend;
};

struct key_slot {
	uint32_t generation, index;
};

/* Zero-initialise. Items are in order of first arrival until sorted. */
struct key_table {
	struct key_stat *items;
	size_t count, cap;
	struct key_slot *slots; /* by name id */
	size_t slot_cap;
	uint32_t generation;
};

void key_table_clear(struct key_table *t);
/* The entry of a name, made when new; valid until the next call. */
struct key_stat *key_table_at(struct key_table *t, uint32_t name);
/* By the bytes of the names. After it no key_table_at until cleared. */
void key_table_sort(struct key_table *t, const struct dictionary *names);
void key_table_free(struct key_table *t);

#endif
