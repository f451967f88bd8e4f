#include "dedupe/traits.h"

#include "dedupe/fold.h"

#include <stdlib.h>

const uint8_t trait_field[TRAIT_COUNT] = {
	[TRAIT_FIRST] = T_FIRST_NAME, [TRAIT_LAST] = T_LAST_NAME, [TRAIT_BIRTH] = T_BIRTH_DATE,
	[TRAIT_STREET] = T_STREET, [TRAIT_POSTCODE] = T_POSTCODE, [TRAIT_CITY] = T_CITY,
	[TRAIT_EMAIL] = T_EMAIL, [TRAIT_PHONE] = T_PHONE, [TRAIT_NUMBER] = T_LOYALTY_ID,
	[TRAIT_GENDER] = T_GENDER, [TRAIT_MIDDLE] = T_FIRST_NAME,
};

const char *trait_name(enum trait trait)
{
	return trait == TRAIT_MIDDLE ? "middle_name" : touchpoint_table[trait_field[trait]].name;
}

enum trait trait_of_name(struct slice name)
{
	int t = 0;

	while (t < TRAIT_COUNT && !slice_is(name, trait_name((enum trait)t)))
		t++;
	return (enum trait)t;
}

static void fold_value(enum trait trait, struct slice value, struct buffer *out)
{
	switch (trait) {
	case TRAIT_FIRST:
		fold_given_names(value, out);
		break;
	case TRAIT_MIDDLE:
		fold_middle_initial(value, out);
		break;
	case TRAIT_LAST:
		fold_surname(value, out);
		break;
	case TRAIT_CITY: case TRAIT_POSTCODE: case TRAIT_NUMBER:
		fold_words(value, out);
		break;
	case TRAIT_STREET:
		fold_street(value, out);
		break;
	default:
		buffer_put_slice(out, value);
	}
}

/* The list of values that identity_resolve found trustworthy, for traits that are keys. */
static const uint8_t *trusted_values(const struct identity *id, enum trait trait)
{
	switch (trait) {
	case TRAIT_EMAIL: return id->trusted[LAYER_EMAIL];
	case TRAIT_PHONE: return id->trusted[LAYER_PHONE];
	case TRAIT_NUMBER: return id->trusted[LAYER_LOYALTY_ID];
	default: return NULL;
	}
}

static void fold_field(struct traits *t, enum trait trait, const uint8_t *trusted)
{
	const struct strings *values = &t->tuples->text[trait_field[trait]];
	struct buffer b = {0};

	strings_init(&t->text[trait]);
	t->folded[trait] = xcalloc(values->count, sizeof *t->folded[trait]);
	for (uint32_t v = 1; v < values->count; v++) {
		if (trusted && trusted[v] != TRUST_FULL)
			continue;
		buffer_clear(&b);
		fold_value(trait, strings_get(values, v), &b);
		t->folded[trait][v] = strings_add(&t->text[trait], buffer_slice(&b));
	}
	strings_freeze(&t->text[trait]);
	buffer_free(&b);
}

struct place {
	uint64_t hash;
	uint32_t tuple;
};

static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static void order_tuples(struct traits *t, const bool *is_known)
{
	struct place *places = xmalloc((t->tuples->count + 1) * sizeof *places);

	for (uint32_t i = 0; i < t->tuples->count; i++)
		if (is_known[i])
			places[t->count++] = (struct place){t->tuples->items[i].hash, i};
	qsort(places, t->count, sizeof *places, compare_places);
	t->order = xmalloc((t->count + (size_t)1) * sizeof *t->order);
	for (uint32_t i = 0; i < t->count; i++)
		t->order[i] = places[i].tuple;
	free(places);
}

void traits_make(struct traits *t, const struct tuples *tuples, const struct identity *id)
{
	*t = (struct traits){.tuples = tuples};
	order_tuples(t, id->is_known);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		enum trait trait = (enum trait)c;
		fold_field(t, trait, trusted_values(id, trait));
		t->uses[c] = xcalloc(t->text[c].count, sizeof *t->uses[c]);
		for (uint32_t i = 0; i < t->count; i++) {
			uint32_t v = trait_of(t, t->order[i], trait);
			t->uses[c][v]++;
			t->known[c] += v != 0;
		}
	}
}

void traits_free(struct traits *t)
{
	for (int c = 0; c < TRAIT_COUNT; c++) {
		free(t->folded[c]);
		free(t->uses[c]);
		if (t->text[c].place)
			strings_free(&t->text[c]);
	}
	free(t->order);
	*t = (struct traits){0};
}
