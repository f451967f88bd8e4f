#include "config.h"

#include "profile/census.h"

#include <stdlib.h>

void tally_add(struct tally *t, struct slice name, uint64_t n)
{
	bool added;
	uint32_t id = dictionary_add(&t->names, name, &added);

	GROW(t->counts, t->cap, (size_t)id + 1);
	if (added)
		t->counts[id] = 0;
	t->counts[id] += n;
}

static int by_name(const void *a, const void *b, void *names)
{
	return slice_compare(dictionary_item(names, *(const uint32_t *)a),
			     dictionary_item(names, *(const uint32_t *)b));
}

void tally_each(const struct tally *t, void (*visit)(void *context, struct slice name, uint64_t n),
		void *context)
{
	uint32_t n = (uint32_t)t->names.count;
	uint32_t *ids = xcalloc(n, sizeof *ids);

	for (uint32_t i = 0; i < n; i++)
		ids[i] = i;
	qsort_r(ids, n, sizeof *ids, by_name, (void *)&t->names);
	for (uint32_t i = 0; i < n; i++)
		visit(context, dictionary_item(&t->names, ids[i]), t->counts[ids[i]]);
	free(ids);
}

void tally_free(struct tally *t)
{
	dictionary_free(&t->names);
	free(t->counts);
	*t = (struct tally){0};
}

static void tally_join(struct tally *t, const struct tally *more)
{
	for (uint32_t i = 0; i < more->names.count; i++)
		tally_add(t, dictionary_item(&more->names, i), more->counts[i]);
}

void census_join(struct census *c, const struct census *more)
{
	tally_join(&c->events, &more->events);
	tally_join(&c->currencies, &more->currencies);
	c->without_amount += more->without_amount;
	if (more->last_ts > c->last_ts)
		c->last_ts = more->last_ts;
}

void census_free(struct census *c)
{
	tally_free(&c->events);
	tally_free(&c->currencies);
}
