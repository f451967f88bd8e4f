/* registry_prepare_prints: what the next run need not resolve again (prints.h). */
#include "dedupe/erase.h"
#include "dedupe/registry.h"

#include "base/memory.h"
#include "dedupe/standing.h"

#include <math.h>
#include <stdlib.h>

struct printing {
	struct registry *r;
	const struct identity *id;
	uint32_t *tags;        /* by tuple */
	bool *mixed;           /* by cluster: it has to do with others */
	bool *refused;         /* by tuple: some link of it was refused */
	/* Tuples by cluster, those of cluster c at first[c] … first[c + 1]. */
	uint32_t *first, *members;
	struct print *items;   /* of one group */
	size_t item_cap;
};

/* A link refused may be taken when the input is another. That a value is never to trust
 * depends on the value alone. */
static void mark_refused(struct printing *p)
{
	for (size_t i = 0; i < p->id->refused_count; i++) {
		const struct refusal *x = &p->id->refused[i];
		if (x->reason == REFUSED_DISTRUST)
			continue;
		p->refused[x->a] = true;
		if (x->b != TUPLE_NONE)
			p->refused[x->b] = true;
	}
}

/* Whether each trusted value of the tuple is its cluster's alone. */
static bool stands_alone(const struct printing *p, uint32_t tuple)
{
	const struct registry *r = p->r;

	for (int l = 0; l < REGISTRY_LAYERS; l++) {
		enum layer layer = REGISTRY_ORDER[l];
		uint32_t value = registry_value(r, tuple, layer);
		if (value != 0 && r->owner[layer][value] != r->rank[tuple] &&
		    identity_trusts(p->id, r->tuples, tuple, layer))
			return false;
	}
	return true;
}

/* Besides: whom the registry alone tied together, by keys that are not tonight's; and who
 * has a pair with another customer that is near the cut. */
static void find_mixed(struct printing *p)
{
	const struct registry *r = p->r;

	for (uint32_t c = 0; c < r->cluster_count; c++)
		p->mixed[c] = r->dropped[c];
	for (uint32_t i = 0; i < r->tuples->count; i++)
		if (!registry_is_settled(r, i) && r->rank[i] != OWNER_NONE &&
		    (p->refused[i] || r->linked[i] != OWNER_NONE || !stands_alone(p, i) ||
		     (r->standing && r->standing->near[i])))
			p->mixed[r->rank[i]] = true;
}

static void list_members(struct printing *p)
{
	const struct registry *r = p->r;
	size_t n = r->cluster_count;

	p->first = xcalloc(n + 2, sizeof *p->first);
	p->members = xmalloc((r->tuples->count + 1) * sizeof *p->members);
	/* Counted two places on, so that filling leaves first where it should be. */
	for (uint32_t i = 0; i < r->tuples->count; i++)
		if (r->rank[i] != OWNER_NONE && !registry_is_settled(r, i))
			p->first[r->rank[i] + (size_t)2]++;
	for (size_t c = 2; c < n + 2; c++)
		p->first[c] += p->first[c - 1];
	for (uint32_t i = 0; i < r->tuples->count; i++)
		if (r->rank[i] != OWNER_NONE && !registry_is_settled(r, i))
			p->members[p->first[r->rank[i] + 1]++] = i;
}

static struct print print_of(const struct printing *p, uint32_t tuple)
{
	const struct registry *r = p->r;

	return (struct print){
		r->tuples->items[tuple].hash, p->tags[tuple],
		registry_is_settled(r, tuple) ? r->settled_layer[tuple] : p->id->clusters.layer[tuple],
		r->standing ? standing_margin(r->standing, tuple) : 0,
	};
}

struct named {
	struct customer_id id;
	uint32_t cluster;
};

static int compare_named(const void *x, const void *y)
{
	return customer_id_compare(((const struct named *)x)->id, ((const struct named *)y)->id);
}

/* The customers of this run that stand alone, but for the settled ones, by id. */
static struct named *list_fresh(const struct printing *p, size_t *count)
{
	const struct registry *r = p->r;
	struct named *fresh = xmalloc((r->cluster_count + 1) * sizeof *fresh);
	size_t n = 0;

	for (uint32_t c = 0; c < r->cluster_count; c++)
		if (!p->mixed[c] && p->first[c + (size_t)1] > p->first[c])
			fresh[n++] = (struct named){r->next[c], c};
	if (n)
		qsort(fresh, n, sizeof *fresh, compare_named);
	*count = r->partial ? 0 : n;
	return fresh;
}

static enum so1_status put_cluster(struct printing *p, const struct named *c, struct so1_error *e)
{
	uint32_t begin = p->first[c->cluster], n = p->first[c->cluster + (size_t)1] - begin;

	struct prints_group g = {.id = c->id, .count = n};

	GROW(p->items, p->item_cap, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t tuple = p->members[begin + i];
		p->items[i] = print_of(p, tuple);
		g.probable |= p->r->standing && !isnan(p->id->weight[tuple]);
	}
	qsort(p->items, n, sizeof *p->items, print_compare);
	g.items = p->items;
	return prints_output_put(&p->r->prints_out, &g, e);
}

/* A settled customer's prints, with tonight's margins. */
static enum so1_status put_settled(struct printing *p, const struct prints_group *before,
				   const uint32_t *tuple_of, struct so1_error *e)
{
	struct prints_group g = *before;

	GROW(p->items, p->item_cap, g.count);
	for (uint32_t i = 0; i < g.count; i++)
		p->items[i] = print_of(p, tuple_of[i]);
	g.items = p->items;
	return prints_output_put(&p->r->prints_out, &g, e);
}

/* Prints that serve probabilities are of customers compared with each other in one night.
 * Where a night brings but part of them, that night stays the one before; else it is
 * tonight, of which those who are away are not. */
static bool goes_on(const struct registry *r, uint32_t index)
{
	if (index == OWNER_NONE || r->touched[index])
		return false;
	return !r->standing || r->partial || (r->settled && r->settled_tuple[index] != OWNER_NONE);
}

/* The groups of before whose customers are not touched, and this run's. */
static enum so1_status put_customers(struct printing *p, struct so1_error *e)
{
	struct registry *r = p->r;
	struct prints_group g;
	size_t n, at = 0, next = 0, seen = 0;
	struct named *fresh = list_fresh(p, &n);
	bool again = r->standing && !r->partial;

	for (; e->status == SO1_OK && prints_next(&r->prints, &at, &g) && !g.nobody; seen += g.count) {
		if (!goes_on(r, registry_index_of(r, g.id)))
			continue;
		while (next < n && customer_id_compare(fresh[next].id, g.id) < 0 &&
		       put_cluster(p, &fresh[next], e) == SO1_OK)
			next++;
		if (e->status == SO1_OK && again)
			put_settled(p, &g, r->print_tuple + seen, e);
		else if (e->status == SO1_OK)
			prints_output_copy(&r->prints_out, g.raw, e);
	}
	while (next < n && e->status == SO1_OK)
		put_cluster(p, &fresh[next++], e);
	free(fresh);
	return e->status;
}

/* Identities that name nobody, and whose device nobody has who is known. */
static enum so1_status put_nobody(struct printing *p, struct so1_error *e)
{
	struct registry *r = p->r;
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->tuples->count; i++) {
		uint32_t device = r->tuples->items[i].field[T_DEVICE_ID];
		if (r->rank[i] != OWNER_NONE || r->erased[i] || p->refused[i] ||
		    (device && !registry_is_settled(r, i) && r->owner[LAYER_DEVICE][device] != OWNER_NONE))
			continue;
		GROW(p->items, p->item_cap, n + (size_t)1);
		p->items[n++] = print_of(p, i);
	}
	if (n == 0)
		return SO1_OK;
	qsort(p->items, n, sizeof *p->items, print_compare);
	return prints_output_put(&r->prints_out, &(struct prints_group){
		.nobody = true, .items = p->items, .count = n}, e);
}

/* Without a short cut: customers that the registry has a line of for anything here. */
static void find_touched(struct registry *r)
{
	if (r->touched)
		return;
	r->touched = xcalloc(r->count + 1, sizeof *r->touched);
	for (int l = 0; l < REGISTRY_LAYERS; l++)
		for (uint32_t v = 1; v < r->values[REGISTRY_ORDER[l]]; v++)
			if (r->known[REGISTRY_ORDER[l]][v] != OWNER_NONE)
				r->touched[r->known[REGISTRY_ORDER[l]][v]] = true;
	for (uint32_t i = 0; i < r->tuples->count; i++)
		if (r->known_record[i] != OWNER_NONE)
			r->touched[r->known_record[i]] = true;
}

enum so1_status registry_prepare_prints(struct registry *r, const struct identity *id,
					struct so1_error *e)
{
	struct printing p = {.r = r, .id = id};
	struct prints_key key = {r->rules, r->output.sealed, r->output.rows};
	size_t n = r->tuples->count;

	e->status = SO1_OK;
	/* Who was erased is not to be found in any old file: a clean start after it. */
	if (r->rules == 0 || erasures_add_tombstones(r->erasures))
		return SO1_OK;
	struct slice past = r->partial ? r->prints.past
			    : r->standing ? buffer_slice(&r->standing->next) : SLICE("");
	if (prints_output_open(&r->prints_out, r->prints_path, r->rules, past, e))
		return e->status;
	r->has_prints_out = true;
	find_touched(r);
	p.tags = xcalloc(n + 1, sizeof *p.tags);
	tuples_tags(r->tuples, p.tags);
	p.mixed = xcalloc(r->cluster_count + 1, sizeof *p.mixed);
	p.refused = xcalloc(n + 1, sizeof *p.refused);
	mark_refused(&p);
	find_mixed(&p);
	list_members(&p);
	if (put_customers(&p, e) == SO1_OK && put_nobody(&p, e) == SO1_OK)
		prints_output_seal(&r->prints_out, &key, e);
	free(p.tags);
	free(p.mixed);
	free(p.refused);
	free(p.first);
	free(p.members);
	free(p.items);
	return e->status;
}
