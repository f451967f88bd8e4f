/* What is known from now on. */
#include "dedupe/recall.h"

#include "base/threads.h"
#include "dedupe/known_keys.h"
#include "dedupe/recall_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
			memcpy(keys, known_keys_of(&a->r->known, a->r->items[known - 1].item),
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

static int compare_firsts(const void *x, const void *y, void *firsts)
{
	const uint64_t *first = firsts, a = first[*(const uint32_t *)x], b = first[*(const uint32_t *)y];

	return (a > b) - (a < b);
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
	if (r->touch) /* lines that were carried over came late */
		qsort_r(a->tuples, a->count, sizeof *a->tuples, compare_firsts, r->first);
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

/* Items of before of whom is now told something else: who are other customers', erased, or seen
 * again, as an addition. */
struct revision {
	bool *dropped;
	uint32_t *change_of;
	struct known_item *changed;
};

static void revise(struct revision *v, const struct recall *r, const struct additions *a,
		   const struct identity *id, const struct registry *registry)
{
	const struct known *k = &r->known;

	v->dropped = xcalloc(k->count + 1, sizeof *v->dropped);
	v->change_of = xcalloc(k->count + 1, sizeof *v->change_of);
	v->changed = xmalloc((r->count + 1) * sizeof *v->changed);
	for (size_t i = 0; registry->erased_customers && i < k->count; i++) {
		struct customer_id now, before = {k->items[i].id_high, k->items[i].id_low};
		uint32_t index = registry_index_of(registry, before);
		v->dropped[i] = index != OWNER_NONE && !registry_id_now(registry, index, &now);
	}
	for (size_t i = 0; i < r->count; i++) {
		const struct recalled *x = &r->items[i];
		v->dropped[x->item] = !is_kept(registry, x->tuple) || (x->tuple < r->input && a->added[x->tuple]);
		if (v->dropped[x->item])
			continue;
		v->change_of[x->item] = (uint32_t)i + 1;
		v->changed[i] = item_of(registry, id, x->tuple);
	}
}

/* Whom the file knew, and who came tonight only to go. */
static void forget_erased(struct recall_values *values, const struct recall *r, const struct additions *a,
			  const struct revision *v, const struct identity *id,
			  const struct registry *registry)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting seen;
	bool *again = xcalloc(r->known.count + 1, sizeof *again);

	for (size_t i = 0; i < r->count; i++)
		again[r->items[i].item] = r->items[i].tuple < r->input && a->added[r->items[i].tuple];
	for (size_t i = 0; i < r->known.count; i++) {
		if (!v->dropped[i] || again[i])
			continue;
		known_read(&r->known, i, fields, &seen);
		sighting_free(&seen);
		recall_values_forget(values, fields);
	}
	for (uint32_t i = 0; i < r->input; i++) {
		if (!id->names[i] || is_kept(registry, i) || a->recalled[i])
			continue;
		for (int f = 0; f < IDENTITY_FIELDS; f++)
			fields[f] = tuple_text(a->t->tuples, i, f);
		recall_values_forget(values, fields);
	}
	free(again);
	recall_values_tidy(values);
}

static void note_known(struct recall *r, const struct additions *a, const struct registry *registry)
{
	size_t tuples = a->t->tuples->count;

	r->is_known = xcalloc(tuples + 1, sizeof *r->is_known);
	for (size_t i = 0; i < r->count; i++)
		r->is_known[r->items[i].tuple] = is_kept(registry, r->items[i].tuple);
	for (size_t i = 0; i < a->count; i++)
		r->is_known[a->tuples[i]] = true;
}

enum so1_status recall_prepare(struct recall *r, const struct traits *t, const struct rules *rules,
			       const struct identity *id, const struct registry *registry,
			       int threads, struct so1_error *e)
{
	struct known_key key = {registry->output.sealed, registry->output.rows};
	struct additions a = {.t = t};
	struct buffer names = {0}, text = {0};
	struct recall_values values;
	struct revision v;

	known_plan_make(&a.plan, rules);
	a.tags = r->tags = xcalloc(t->tuples->count + 1, sizeof *r->tags);
	tuples_tags(t->tuples, r->tags);
	list_additions(&a, r, id, registry, threads);
	struct known_item *items = make_items(&a, id, registry, &text);
	revise(&v, r, &a, id, registry);
	recall_values_make(&values, &r->known, t, threads);
	if (registry->erased_customers)
		forget_erased(&values, r, &a, &v, id, registry);
	rules_put(rules, &names);
	struct known_change change = {
		.dropped = v.dropped, .changed = v.changed, .change_of = v.change_of,
		.rules = buffer_slice(&names), .columns = a.plan.columns, .items = items, .keys = a.keys,
		.count = a.count, .text = buffer_slice(&text), .values = values.items,
		.value_count = values.count, .known = values.known,
		/* Nobody who was erased stays there. */
		.rewrite = registry->erased_customers > 0,
	};
	note_known(r, &a, registry);
	known_output_write(&r->output, r->next, r->real, &r->known, &change, &key, e);
	r->prepared = e->status == SO1_OK;
	free(a.added);
	free(a.tuples);
	free(a.recalled);
	free(a.keys);
	free(items);
	recall_values_free(&values);
	free(v.dropped);
	free(v.change_of);
	free(v.changed);
	buffer_free(&names);
	buffer_free(&text);
	return e->status;
}

static enum so1_status remove_file(const char *path, struct so1_error *e)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return SO1_OK;
	return error_set_errno(e, path, "cannot remove");
}

enum so1_status recall_commit(struct recall *r, struct so1_error *e)
{
	e->status = SO1_OK;
	if (!r->prepared)
		return SO1_OK;
	/* What goes with the registry that is there must not give way before that does. */
	if (r->waiting && rename(r->next, r->waiting) != 0)
		return error_set_errno(e, r->next, "cannot rename into place");
	if (known_output_commit(&r->output, e))
		return e->status;
	if (r->rows.hash && carry_output_commit(&r->rows, e))
		return e->status;
	/* What is of no use any more would still hold personal data. */
	if ((r->rows.hash == NULL && remove_file(r->rows_path, e)) ||
	    (!r->rows_add && remove_file(r->more_rows_path, e)))
		return e->status;
	return SO1_OK;
}

void recall_finish(struct recall *r)
{
	if (!r->prepared || rename(r->next, r->output.adds ? r->more : r->real) != 0)
		return;
	if (!r->output.adds)
		(void)unlink(r->more); /* else of no use, and never used */
}
