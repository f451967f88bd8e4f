#include "predict/pairfeatures.h"

#include <math.h>
#include <stdlib.h>

static void add(struct transform_set *set, enum transform_kind kind, struct slice name,
		const char *suffix)
{
	struct buffer b = {0};

	buffer_put_slice(&b, name);
	buffer_put_text(&b, suffix);
	transform_add(set, kind, buffer_slice(&b));
	buffer_free(&b);
}

void pair_layout_add(struct pair_layout *l, struct transform_set *set, const struct pair_map *maps,
		     size_t map_count, const char *by, size_t key_count, size_t max_levels)
{
	*l = (struct pair_layout){set->count, 0, SIZE_MAX, 0, SIZE_MAX};
	for (size_t m = 0; m < map_count; m++) {
		add(set, TRANSFORM_LOG, maps[m].name, "");
		if (!maps[m].recency)
			add(set, TRANSFORM_LINEAR, maps[m].name, "/share");
		add(set, TRANSFORM_LOG, maps[m].name, maps[m].recency ? "/nearest" : "/total");
	}
	if (key_count > max_levels) {
		l->popularity = set->count;
		add(set, TRANSFORM_LINEAR, SLICE("popularity"), "");
	}
	l->numbers = set->count - l->scalars;
	l->untouched = set->count;
	struct transform *t = transform_add(set, TRANSFORM_LEVELS, SLICE("untouched"));
	dictionary_add(&t->levels, SLICE("1"), NULL);
	if (l->popularity == SIZE_MAX) {
		l->key = set->count;
		transform_add(set, TRANSFORM_LEVELS, slice_of(by));
	}
}

/* Whether item i of the set is MAP followed by suffix. */
static bool is_item(const struct transform_set *set, size_t i, struct slice map,
		    const char *suffix)
{
	if (i >= set->count)
		return false;
	struct slice name = set->items[i].name;
	return slice_starts_with(name, map) &&
	       slice_is(slice_make(name.ptr + map.len, name.len - map.len), suffix);
}

bool pair_layout_find(struct pair_layout *l, const struct transform_set *set, size_t scalars,
		      const char *by, struct pair_map **maps, size_t *map_count)
{
	size_t i = scalars, n = 0;

	*l = (struct pair_layout){scalars, 0, SIZE_MAX, 0, SIZE_MAX};
	*maps = xcalloc(set->count, sizeof **maps);
	while (i < set->count && pair_map_name(set->items[i].name, slice_of(by))) {
		struct slice name = set->items[i].name;
		bool recency = pair_map_is_recency(name);
		(*maps)[n++] = (struct pair_map){name, 0, recency};
		if (!recency && !is_item(set, ++i, name, "/share"))
			return false;
		if (!is_item(set, ++i, name, recency ? "/nearest" : "/total"))
			return false;
		i++;
	}
	*map_count = n;
	if (is_item(set, i, SLICE("popularity"), ""))
		l->popularity = i++;
	l->numbers = i - scalars;
	for (size_t k = scalars; k < i; k++)
		if (set->items[k].kind == TRANSFORM_LEVELS)
			return false;
	l->untouched = i;
	if (n == 0 || !is_item(set, i, SLICE("untouched"), "") ||
	    set->items[i].levels.count != 1)
		return false;
	i++;
	if (l->popularity == SIZE_MAX) {
		if (!is_item(set, i, slice_of(by), ""))
			return false;
		l->key = i++;
	}
	return i == set->count;
}

static int by_key(const void *a, const void *b)
{
	const struct pair_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->map > y->map) - (x->map < y->map);
}

static void add_sums(const struct pair_entry *x, const struct pair_map *maps,
		     struct pair_sums *sums)
{
	if (x->map == PAIR_LABEL)
		return;
	struct pair_sums *s = &sums[x->map];
	if (!maps[x->map].recency)
		s->total += x->value;
	else if (s->empty || x->value < s->total)
		s->total = x->value;
	s->empty = false;
}

size_t pair_row_group(struct pair_entry *entries, size_t count, const struct pair_map *maps,
		      size_t map_count, struct pair_group *groups, struct pair_sums *sums)
{
	size_t n = 0;

	for (size_t m = 0; m < map_count; m++)
		sums[m] = (struct pair_sums){0, true};
	/* In the order of the map, before sorting: sums of doubles depend on it. */
	for (size_t i = 0; i < count; i++)
		add_sums(&entries[i], maps, sums);
	if (count > 1)
		qsort(entries, count, sizeof *entries, by_key);
	for (size_t i = 0; i < count && entries[i].key != PAIR_NO_KEY; i++) {
		const struct pair_entry *x = &entries[i];
		if (n == 0 || groups[n - 1].key != x->key)
			groups[n++] = (struct pair_group){.key = x->key, .entries = x};
		struct pair_group *g = &groups[n - 1];
		g->count++;
		if (x->map == PAIR_LABEL)
			g->label |= x->value > 0;
		else
			g->touched = true;
	}
	return n;
}

static const double *value_of(const struct pair_group *g, size_t map)
{
	for (size_t i = 0; g && i < g->count; i++)
		if (g->entries[i].map == map)
			return &g->entries[i].value;
	return NULL;
}

void pair_values(const struct pair_layout *l, const struct pair_map *maps, size_t map_count,
		 const struct pair_sums *sums, const struct pair_group *group, double popularity,
		 double *values, bool *missing)
{
	size_t n = 0;

	memset(missing, 0, l->numbers * sizeof *missing);
	for (size_t m = 0; m < map_count; m++) {
		const double *v = value_of(group, m);
		missing[n] = maps[m].recency && v == NULL;
		values[n++] = v ? *v : 0;
		if (!maps[m].recency)
			values[n++] = v && *v > 0 && sums[m].total > 0 ? *v / sums[m].total : 0;
		missing[n] = maps[m].recency && sums[m].empty;
		values[n++] = sums[m].total;
	}
	if (l->popularity != SIZE_MAX)
		values[n] = popularity;
}
