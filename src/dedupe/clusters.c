#include "dedupe/clusters.h"

#include "base/memory.h"
#include "dedupe/layers.h"

#include <stdlib.h>

/* In how many times as many ways as a customer may have first names these may be spelt. */
enum { SPELLINGS_MOST = 8 };

static struct person person_of(const struct facts *f, size_t i)
{
	return (struct person){f->of[2 * i], f->of[2 * i + 1], 0, f->generation ? f->generation[i] : 0};
}

static bool is_anybody(const struct person *p)
{
	return p->first != 0 || p->birth != 0 || p->generation != 0;
}

void clusters_init(struct clusters *c, size_t count, const struct facts *facts, uint64_t people_limit)
{
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		struct person p = person_of(facts, i);
		known += is_anybody(&p);
	}
	*c = (struct clusters){
		.parent = xmalloc((count + 1) * sizeof *c->parent),
		.people_of = xcalloc(count + 1, sizeof *c->people_of),
		.layer = xmalloc(count + 1),
		.people = xmalloc((known + 1) * sizeof *c->people),
		.count = count,
		.facts = facts,
		.people_limit = people_limit,
	};
	memset(c->layer, LAYER_SELF, count + 1);
	for (size_t i = 0; i < count; i++) {
		c->parent[i] = (uint32_t)i;
		struct person p = person_of(facts, i);
		if (!is_anybody(&p))
			continue;
		c->people[c->person_count++] = p;
		c->people_of[i] = (uint32_t)c->person_count;
	}
}

uint32_t clusters_find(struct clusters *c, uint32_t tuple)
{
	while (c->parent[tuple] != tuple) {
		c->parent[tuple] = c->parent[c->parent[tuple]];
		tuple = c->parent[tuple];
	}
	return tuple;
}

void clusters_flatten(struct clusters *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		c->parent[i] = clusters_find(c, i);
}

static struct person *first_of(const struct clusters *c, uint32_t root)
{
	return c->people_of[root] ? &c->people[c->people_of[root] - 1] : NULL;
}

static struct person *next_of(const struct clusters *c, const struct person *p)
{
	return p->next ? &c->people[p->next - 1] : NULL;
}

static bool has_first_name(const struct clusters *c, uint32_t root, uint32_t first,
			   const struct person *before)
{
	for (struct person *p = first_of(c, root); p && p != before; p = next_of(c, p))
		if (p->first == first)
			return true;
	return false;
}

/* Distinct first names of both clusters together. */
static uint64_t first_names(const struct clusters *c, uint32_t a, uint32_t b)
{
	uint64_t n = 0;

	for (struct person *p = first_of(c, a); p; p = next_of(c, p))
		n += p->first && !has_first_name(c, a, p->first, p);
	for (struct person *p = first_of(c, b); p; p = next_of(c, p))
		n += p->first && !has_first_name(c, b, p->first, p) &&
		     !has_first_name(c, a, p->first, NULL);
	return n;
}

/* One of each distinct first name of the cluster to list behind the n that are there; returns how
 * many are there then. */
static size_t list_first_names(struct clusters *c, uint32_t root, const struct person **list, size_t n)
{
	for (struct person *p = first_of(c, root); p; p = next_of(c, p)) {
		size_t i = 0;
		while (i < n && list[i]->first != p->first)
			i++;
		if (p->first && i == n)
			list[n++] = p;
	}
	return n;
}

/* Whether the first names of both are more than allowed, of those that go together (facts.h), one
 * by one, counting one: with a hundred records there are a dozen spellings. */
static bool too_many_first_names(struct clusters *c, uint32_t a, uint32_t b)
{
	uint64_t most = c->people_limit * SPELLINGS_MOST, n = first_names(c, a, b), groups = 0;

	if (c->people_limit == 0 || n <= c->people_limit)
		return false;
	if (n > most)
		return true;
	const struct person **list = xmalloc(n * sizeof(struct person *));
	size_t of_a = list_first_names(c, a, list, 0);
	bool adds = list_first_names(c, b, list, of_a) > of_a;
	/* From the front: those that the one at i has brought. */
	for (size_t i = 0, known = 0; adds && i < n; i++) {
		if (i == known) {
			groups++;
			known++;
		}
		for (size_t k = known; k < n; k++) {
			if (!facts_first_agrees(c->facts, list[i], list[k]))
				continue;
			const struct person *found = list[k];
			list[k] = list[known];
			list[known++] = found;
		}
	}
	free(list);
	return groups > c->people_limit;
}

/* Appends b's people to a's, the same person once. */
static void merge_people(struct clusters *c, uint32_t a, uint32_t b)
{
	uint32_t next;

	for (uint32_t i = c->people_of[b]; i; i = next) {
		struct person *p = &c->people[i - 1], *seen = first_of(c, a);
		next = p->next;
		while (seen && (seen->first != p->first || seen->birth != p->birth ||
				seen->generation != p->generation))
			seen = next_of(c, seen);
		if (seen)
			continue;
		p->next = c->people_of[a];
		c->people_of[a] = i;
	}
	c->people_of[b] = 0;
}

/* A card or a source's own number is one person's; these several people may use. */
static bool is_shareable(int layer)
{
	return layer == LAYER_EMAIL || layer == LAYER_PHONE || layer == LAYER_SOCIAL;
}

static bool disagree(const struct clusters *c, uint32_t a, uint32_t b)
{
	bool first[2] = {false}, birth[2] = {false}, first_agrees = false, birth_agrees = false;

	for (struct person *q = first_of(c, b); q; q = next_of(c, q)) {
		first[1] |= q->first != 0;
		birth[1] |= q->birth != 0;
	}
	for (struct person *p = first_of(c, a); p; p = next_of(c, p)) {
		first[0] |= p->first != 0;
		birth[0] |= p->birth != 0;
		for (struct person *q = first_of(c, b); q; q = next_of(c, q)) {
			first_agrees = first_agrees || facts_first_agrees(c->facts, p, q);
			birth_agrees = birth_agrees || facts_birth_agrees(c->facts, p, q);
		}
	}
	return (first[0] && first[1] && !first_agrees) || (birth[0] && birth[1] && !birth_agrees);
}

enum join_result clusters_join(struct clusters *c, uint32_t a, uint32_t b, int layer)
{
	uint32_t ra = clusters_find(c, a), rb = clusters_find(c, b);

	if (ra == rb)
		return JOIN_ALREADY;
	for (struct person *p = first_of(c, ra); p; p = next_of(c, p))
		for (struct person *q = first_of(c, rb); q; q = next_of(c, q))
			if (generations_differ(p->generation, q->generation))
				return JOIN_GENERATIONS;
			else if (facts_contradict(c->facts, p, q))
				return JOIN_CONTRADICTS;
	if (is_shareable(layer) && disagree(c, ra, rb))
		return JOIN_DISAGREES;
	return clusters_unite(c, a, b, layer);
}

enum join_result clusters_unite(struct clusters *c, uint32_t a, uint32_t b, int layer)
{
	uint32_t ra = clusters_find(c, a), rb = clusters_find(c, b);

	if (ra == rb)
		return JOIN_ALREADY;
	if (c->people_of[ra] && c->people_of[rb] && too_many_first_names(c, ra, rb))
		return JOIN_TOO_MANY;
	/* The lower number becomes the root; find halves paths, which keeps trees flat. */
	if (rb < ra) {
		uint32_t t = ra;
		ra = rb;
		rb = t;
	}
	merge_people(c, ra, rb);
	c->parent[rb] = ra;
	if (layer < c->layer[a])
		c->layer[a] = (uint8_t)layer;
	if (layer < c->layer[b])
		c->layer[b] = (uint8_t)layer;
	return JOIN_DONE;
}

void clusters_free(struct clusters *c)
{
	free(c->parent);
	free(c->people_of);
	free(c->layer);
	free(c->people);
	*c = (struct clusters){0};
}
