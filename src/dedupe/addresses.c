#include "dedupe/addresses.h"

#include "base/prefetch.h"

#include <stdlib.h>

static const enum layer layers[2] = {LAYER_EMAIL, LAYER_PHONE};

void addresses_init(struct addresses *a, const struct tuples *t, const struct customers *c)
{
	*a = (struct addresses){0};
	for (int k = 0; k < 2; k++) {
		int field = layer_field(layers[k]);
		uint32_t *owner = xcalloc(t->text[field].count, sizeof *owner);
		a->slot[k] = xcalloc(t->text[field].count, sizeof *a->slot[k]);
		for (uint32_t i = 0; i < t->count; i++) {
			uint32_t value = t->items[i].field[field];
			if (value == STRINGS_EMPTY || c->rank[i] == TUPLE_NONE)
				continue;
			if (owner[value] == 0) {
				owner[value] = c->rank[i] + 1;
			} else if (owner[value] != c->rank[i] + 1 && a->slot[k][value] == 0) {
				GROW(a->items, a->cap, a->count + 1);
				a->items[a->count++] = (struct consent){0};
				a->slot[k][value] = (uint32_t)a->count;
			}
		}
		free(owner);
	}
}

unsigned addresses_channels(enum layer layer)
{
	return layer == LAYER_EMAIL ? 1u << CONSENT_EMAIL : 1u << CONSENT_SMS | 1u << CONSENT_PHONE;
}

void addresses_see(struct addresses *a, const struct tuples *t, const struct row *row)
{
	if (row->no == 0 || a->count == 0)
		return;
	for (int k = 0; k < 2; k++) {
		uint32_t value = t->items[row->tuple].field[layer_field(layers[k])];
		uint32_t entry = a->slot[k][value];
		if (entry)
			consent_add(&a->items[entry - 1], 0, row->no & addresses_channels(layers[k]),
				    row_moment(row));
	}
}

void addresses_know(struct addresses *a, const struct tuples *t, uint32_t tuple,
		    const struct consent *known)
{
	for (int k = 0; k < 2; k++) {
		uint32_t entry = a->slot[k][t->items[tuple].field[layer_field(layers[k])]];
		if (entry)
			consent_add_refusals(&a->items[entry - 1], known, addresses_channels(layers[k]));
	}
}

const struct consent *addresses_get(const struct addresses *a, enum layer layer, uint32_t value)
{
	int k = layer == LAYER_EMAIL ? 0 : 1;
	uint32_t entry = a->slot[k] ? a->slot[k][value] : 0;

	return entry ? &a->items[entry - 1] : NULL;
}

void addresses_expect(const struct addresses *a, const uint32_t *field)
{
	for (int k = 0; k < 2 && a->count > 0; k++)
		prefetch_read(&a->slot[k][field[layer_field(layers[k])]]);
}

void addresses_free(struct addresses *a)
{
	free(a->slot[0]);
	free(a->slot[1]);
	free(a->items);
	*a = (struct addresses){0};
}
