/* How often values occur among all that are known, and what is known from now on. */
#include "dedupe/recall.h"

#include "base/bucketsort.h"
#include "base/threads.h"
#include "dedupe/known_keys.h"

#include <stdio.h>
#include <stdlib.h>

/* The values of a file by the first bits of their hashes. */
struct uses_index {
	const struct known *known;
	uint32_t *begin;
};

enum { INDEX_BITS = 16 };

static void index_values(struct uses_index *x, const struct known *k)
{
	const size_t n = (size_t)1 << INDEX_BITS;

	*x = (struct uses_index){k, xcalloc(n + 1, sizeof *x->begin)};
	for (size_t i = 0; i < k->value_count; i++)
		x->begin[(k->values[i].hash >> (64 - INDEX_BITS)) + 1]++;
	for (size_t b = 1; b <= n; b++)
		x->begin[b] += x->begin[b - 1];
}

/* 0 where no two identities have the value. */
static uint64_t uses_before(const struct uses_index *x, uint64_t hash)
{
	size_t b = hash >> (64 - INDEX_BITS);

	for (uint32_t i = x->begin[b]; i < x->begin[b + 1]; i++)
		if (x->known->values[i].hash == hash)
			return x->known->values[i].uses;
	return 0;
}

static void count_trait(const struct recall *r, struct traits *t, enum trait trait,
			const struct uses_index *index)
{
	uint32_t *recalled = xcalloc(t->text[trait].count, sizeof *recalled), *uses = t->uses[trait];

	for (size_t i = 0; i < r->count; i++)
		recalled[trait_of(t, r->items[i].tuple, trait)]++;
	t->known[trait] += r->known.known[trait];
	t->known[trait] -= r->count - recalled[0];
	for (uint32_t v = 1; v < t->text[trait].count; v++) {
		if (uses[v] == 0) /* of known ones that are not compared */
			continue;
		uint64_t before = uses_before(index, trait_value_hash(t, trait, v));
		if (before > recalled[v])
			uses[v] += (uint32_t)(before - recalled[v]);
	}
	free(recalled);
}

void recall_count_values(const struct recall *r, struct traits *t)
{
	struct uses_index index;

	if (r->known.count == 0)
		return;
	index_values(&index, &r->known);
	for (int c = 0; c < TRAIT_COUNT; c++)
		count_trait(r, t, (enum trait)c, &index);
	free(index.begin);
}

/* What the run adds. */
struct additions {
	const struct traits *t;
	struct known_plan plan;
	const uint32_t *tags; /* by tuple */
	const struct recall *r;
	uint32_t *recalled;   /* by tuple of the input: its place among the recalled + 1, 0 for none */
	bool *added;          /* by tuple of the input */
	uint32_t *tuples;     /* in the order of the input, as memory is */
	size_t count;
	uint32_t *keys;
};

static void make_keys(void *context, size_t begin, size_t end, int thread)
{
	struct additions *a = context;
	const struct tuples *t = a->t->tuples;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		struct slice fields[IDENTITY_FIELDS], folded[TRAIT_COUNT];
		uint32_t tuple = a->tuples[i], known = a->recalled[tuple];
		uint32_t *keys = a->keys + i * a->plan.columns;
		if (known) {
			memcpy(keys, a->r->known.keys + a->r->items[known - 1].item * a->plan.columns,
			       a->plan.columns * sizeof *keys);
			continue;
		}
		for (int f = 0; f < IDENTITY_FIELDS; f++)
			fields[f] = tuple_text(t, tuple, f);
		for (int c = 0; c < TRAIT_COUNT; c++)
			folded[c] = trait_text(a->t, (enum trait)c, trait_of(a->t, tuple, (enum trait)c));
		/* Also values that too many share: what a value is found by does not depend on
		 * who else has it. */
		folded[TRAIT_EMAIL] = fields[T_EMAIL];
		folded[TRAIT_PHONE] = fields[T_PHONE];
		known_keys_put(&a->plan, fields, folded, keys);
	}
}

static bool is_kept(const struct registry *registry, uint32_t tuple)
{
	return registry->rank[tuple] != OWNER_NONE && !registry->erased[tuple];
}

/* Whether there is something new to write of an identity: it is, or was seen doing what is. */
static bool tells_more(const struct additions *a, uint32_t tuple)
{
	const struct sighting *before;

	if (a->recalled[tuple] == 0)
		return true;
	before = &a->r->before[a->recalled[tuple] - 1];
	sighting_add(&a->r->now[tuple], before);
	return !sighting_same(&a->r->now[tuple], before);
}

/* Identities of the input that name somebody, and of whom there is something new. */
static void list_additions(struct additions *a, const struct recall *r, const struct identity *id,
			   const struct registry *registry, int threads)
{
	a->r = r;
	a->recalled = xcalloc(r->input + 1, sizeof *a->recalled);
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].tuple < r->input)
			a->recalled[r->items[i].tuple] = (uint32_t)i + 1;
	a->added = xcalloc(r->input + 1, sizeof *a->added);
	a->tuples = xmalloc((r->input + 1) * sizeof *a->tuples);
	for (uint32_t i = 0; i < r->input; i++)
		if (id->names[i] && is_kept(registry, i) && tells_more(a, i)) {
			a->added[i] = true;
			a->tuples[a->count++] = i;
		}
	a->keys = xmalloc((a->count * a->plan.columns + 1) * sizeof *a->keys);
	threads_for(a->count, 1024, threads, make_keys, a);
}

static struct known_item item_of(const struct registry *registry, const struct identity *id,
				 uint32_t tuple)
{
	struct customer_id now = registry->next[registry->rank[tuple]];

	return (struct known_item){.id_high = now.high, .id_low = now.low,
				   .layer = id->clusters.layer[tuple]};
}

static struct known_item *make_items(const struct additions *a, const struct identity *id,
				     const struct registry *registry, struct buffer *text)
{
	struct known_item *items = xmalloc((a->count + 1) * sizeof *items);

	for (size_t i = 0; i < a->count; i++) {
		struct slice fields[IDENTITY_FIELDS];
		uint32_t tuple = a->tuples[i];
		items[i] = item_of(registry, id, tuple);
		items[i].hash = a->t->tuples->items[tuple].hash;
		items[i].tag = a->tags[tuple];
		items[i].text = text->len;
		for (int f = 0; f < IDENTITY_FIELDS; f++)
			fields[f] = tuple_text(a->t->tuples, tuple, f);
		known_put(text, fields, &a->r->now[tuple]);
	}
	return items;
}

static int compare_values(const void *x, const void *y)
{
	const struct known_value *a = x, *b = y;

	return (a->hash > b->hash) - (a->hash < b->hash);
}

/* The values that more than one identity has now. */
static struct known_value *merge_values(const struct known *before, const struct traits *t,
					int threads, size_t *count)
{
	struct known_value *now = NULL, *all;
	size_t n = 0, cap = 0, i = 0, j = 0, k = 0;

	for (int c = 0; c < TRAIT_COUNT; c++)
		for (uint32_t v = 1; v < t->text[c].count; v++) {
			if (t->uses[c][v] < 2)
				continue;
			GROW(now, cap, n + 1);
			now[n++] = (struct known_value){trait_value_hash(t, (enum trait)c, v), t->uses[c][v]};
		}
	if (n)
		bucket_sort(now, n, sizeof *now, compare_values, threads);
	all = xmalloc((before->value_count + n + 1) * sizeof *all);
	while (i < before->value_count || j < n) {
		bool old = j == n || (i < before->value_count && before->values[i].hash < now[j].hash);
		if (!old && i < before->value_count && before->values[i].hash == now[j].hash)
			i++;
		all[k++] = old ? before->values[i++] : now[j++];
	}
	free(now);
	*count = k;
	return all;
}

/* Items of before of whom is now told something else: who are other customers', erased, or seen
 * again, as an addition. */
struct revision {
	bool *dropped, *has_changed;
	struct known_item *changed;
};

static void revise(struct revision *v, const struct recall *r, const struct additions *a,
		   const struct identity *id, const struct registry *registry)
{
	const struct known *k = &r->known;

	v->dropped = xcalloc(k->count + 1, sizeof *v->dropped);
	v->has_changed = xcalloc(k->count + 1, sizeof *v->has_changed);
	v->changed = xmalloc((k->count + 1) * sizeof *v->changed);
	for (size_t i = 0; registry->erased_customers && i < k->count; i++) {
		struct customer_id now, before = {k->items[i].id_high, k->items[i].id_low};
		uint32_t index = registry_index_of(registry, before);
		v->dropped[i] = index != OWNER_NONE && !registry_id_now(registry, index, &now);
	}
	for (size_t i = 0; i < r->count; i++) {
		const struct recalled *x = &r->items[i];
		v->dropped[x->item] = !is_kept(registry, x->tuple) || (x->tuple < r->input && a->added[x->tuple]);
		v->has_changed[x->item] = !v->dropped[x->item];
		if (v->has_changed[x->item])
			v->changed[x->item] = item_of(registry, id, x->tuple);
	}
}

enum so1_status recall_prepare(struct recall *r, const struct traits *t, const struct rules *rules,
			       const struct identity *id, const struct registry *registry,
			       int threads, struct so1_error *e)
{
	struct known_key key = {registry->output.sealed, registry->output.rows};
	uint32_t *tags = xcalloc(t->tuples->count + 1, sizeof *tags);
	struct additions a = {.t = t, .tags = tags};
	struct buffer names = {0}, text = {0};
	struct revision v;
	size_t values;

	known_plan_make(&a.plan, rules);
	tuples_tags(t->tuples, tags);
	list_additions(&a, r, id, registry, threads);
	struct known_item *items = make_items(&a, id, registry, &text);
	struct known_value *all = merge_values(&r->known, t, threads, &values);
	revise(&v, r, &a, id, registry);
	rules_put(rules, &names);
	struct known_change change = {
		.dropped = v.dropped, .changed = v.changed, .has_changed = v.has_changed,
		.rules = buffer_slice(&names), .columns = a.plan.columns, .items = items, .keys = a.keys,
		.count = a.count, .text = buffer_slice(&text), .values = all, .value_count = values,
		.known = t->known,
	};
	known_output_write(&r->output, r->next, r->real, &r->known, &change, &key, e);
	r->prepared = e->status == SO1_OK;
	free(tags);
	free(a.added);
	free(a.tuples);
	free(a.recalled);
	free(a.keys);
	free(items);
	free(all);
	free(v.dropped);
	free(v.has_changed);
	free(v.changed);
	buffer_free(&names);
	buffer_free(&text);
	return e->status;
}

enum so1_status recall_commit(struct recall *r, struct so1_error *e)
{
	e->status = SO1_OK;
	return r->prepared ? known_output_commit(&r->output, e) : SO1_OK;
}

void recall_finish(struct recall *r)
{
	if (r->prepared)
		(void)rename(r->next, r->real);
}
