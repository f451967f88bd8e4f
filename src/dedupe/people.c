#include "dedupe/people.h"

#include "base/memory.h"

#include <stdlib.h>

static int compare_u32(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static int compare_labels(const void *x, const void *y)
{
	const struct person_label *a = x, *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->birth != b->birth)
		return a->birth < b->birth ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

/* Sorted ids, to look up in. */
struct ids {
	uint32_t *items;
	size_t count;
};

static void ids_sort(struct ids *ids)
{
	qsort(ids->items, ids->count, sizeof *ids->items, compare_u32);
}

static bool ids_have(const struct ids *ids, uint32_t id)
{
	return bsearch(&id, ids->items, ids->count, sizeof id, compare_u32) != NULL;
}

size_t people_count(struct person_label *labels, size_t n)
{
	struct ids births = {xmalloc((n + 1) * sizeof(uint32_t)), 0};
	struct ids lasts = {xmalloc((n + 1) * sizeof(uint32_t)), 0};
	size_t people = 0, dates = 0;

	qsort(labels, n, sizeof *labels, compare_labels);
	for (size_t i = 0; i < n; i++) {
		if (labels[i].first)
			births.items[births.count++] = labels[i].birth;
		if (labels[i].first || labels[i].birth)
			lasts.items[lasts.count++] = labels[i].last;
	}
	ids_sort(&births);
	ids_sort(&lasts);
	for (size_t i = 0; i < n; i++) {
		const struct person_label *l = &labels[i];
		bool same_first = i > 0 && l[-1].first == l->first;
		bool same_birth = same_first && l[-1].birth == l->birth;
		if (l->first) {
			/* A name without a date is one of those with a date, if there are. */
			dates = (same_first ? dates : 0) + (l->birth && !same_birth);
			people += !same_first || (!same_birth && dates > 1);
		} else if (l->birth) {
			people += !same_birth && !ids_have(&births, l->birth);
		} else if (l->last) {
			people += !(same_birth && l[-1].last == l->last) &&
				  !ids_have(&lasts, l->last);
		}
	}
	free(births.items);
	free(lasts.items);
	return people;
}

static int compare_u64(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

size_t people_ids_of_one_source(const uint32_t *records, const uint32_t *sources, size_t n,
				size_t source_count)
{
	uint64_t *pairs = xmalloc((n + 1) * sizeof *pairs);
	size_t *ids = xcalloc(source_count + 1, sizeof *ids);
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		pairs[i] = (uint64_t)sources[i] << 32 | records[i];
	qsort(pairs, n, sizeof *pairs, compare_u64);
	for (size_t i = 0; i < n; i++) {
		if ((uint32_t)pairs[i] == 0 || (i > 0 && pairs[i] == pairs[i - 1]))
			continue;
		size_t *count = &ids[pairs[i] >> 32];
		if (++*count > most)
			most = *count;
	}
	free(pairs);
	free(ids);
	return most;
}
