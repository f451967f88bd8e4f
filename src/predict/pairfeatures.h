/* What a (row, key) pair looks like to a regression --by a key.
 *
 * For each map column, with v the key's value in it and V all values of the row:
 *   MAP          log(1 + v), 0 where the key is absent; recency: unknown there
 *   MAP/share    v / sum V                              (not recency)
 *   MAP/total    log(1 + sum V)                         (not recency)
 *   MAP/nearest  log(1 + min V), unknown without any    (recency only)
 * then, for vocabularies too large for a coefficient each,
 *   popularity   log-odds of the key's label over all training rows
 * then indicators: untouched (the key is in no map of the row), and otherwise the key. */
#ifndef SO1_PREDICT_PAIRFEATURES_H
#define SO1_PREDICT_PAIRFEATURES_H

#include "predict/pairs.h"
#include "predict/transform.h"

/* Which transform of the set is what. */
struct pair_layout {
	size_t scalars;    /* transforms before the pair's own, of plain columns */
	size_t numbers;    /* numbers of a pair: transforms scalars … scalars + numbers - 1 */
	size_t popularity; /* transform, or SIZE_MAX */
	size_t untouched;  /* transform */
	size_t key;        /* transform, or SIZE_MAX */
};

/* Appends the transforms of the pairs to the set: `key` ones for up to max_levels keys. */
void pair_layout_add(struct pair_layout *l, struct transform_set *set, const struct pair_map *maps,
		     size_t map_count, const char *by, size_t key_count, size_t max_levels);
/* Finds them again in a set that was read; *maps (to be freed) get name and recency.
 * False when the set is none of these. */
bool pair_layout_find(struct pair_layout *l, const struct transform_set *set, size_t scalars,
		      const char *by, struct pair_map **maps, size_t *map_count);

/* Entries of a row by key. */
struct pair_group {
	uint32_t key;
	const struct pair_entry *entries;
	size_t count;
	bool touched; /* in some map; false: only in the label */
	bool label;   /* its label is > 0 */
};
struct pair_sums {
	double total; /* recency: the least value */
	bool empty;
};

/* Sorts the entries; groups: room for count of them, keys outside the vocabulary only go
 * into the sums. sums: one for each map. Returns the number of groups. */
size_t pair_row_group(struct pair_entry *entries, size_t count, const struct pair_map *maps,
		      size_t map_count, struct pair_group *groups, struct pair_sums *sums);
/* The numbers of a pair, untransformed; group NULL: an untouched one. values and missing:
 * l->numbers of each. */
void pair_values(const struct pair_layout *l, const struct pair_map *maps, size_t map_count,
		 const struct pair_sums *sums, const struct pair_group *group, double popularity,
		 double *values, bool *missing);

#endif
