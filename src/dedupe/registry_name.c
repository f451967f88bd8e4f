/* registry_name: the ids of this run's customers. */
#include "dedupe/changes.h"
#include "dedupe/erase.h"
#include "dedupe/registry.h"

#include "base/memory.h"
#include "base/threads.h"

#include <stdlib.h>

static void settle(struct registry *r, struct identity *id, const struct customers *c)
{
	struct inherit_vote *votes = xmalloc((r->tuples->count + 1) * sizeof *votes);
	size_t n = 0;

	for (uint32_t i = 0; i < r->tuples->count; i++) {
		/* A visit that only a device ties to somebody names nobody: it has no vote. */
		if (c->rank[i] == TUPLE_NONE || registry_is_settled(r, i) || !id->is_known[i])
			continue;
		uint32_t old = registry_record_owner(r, id, i);
		if (old == OWNER_NONE)
			old = r->linked[i];
		if (old != OWNER_NONE)
			votes[n++] = (struct inherit_vote){c->rank[i], old};
	}
	inherit_settle(&r->inherit, votes, n, c->ids, c->count, r->ids, r->since, r->count);
	free(votes);
	/* All of theirs is for one id, which has no other vote (registry_settle.c). */
	for (uint32_t o = 0; r->settled && o < r->count; o++) {
		uint32_t tuple = r->settled_tuple[o];
		if (tuple == OWNER_NONE)
			continue;
		r->inherit.old_of[c->rank[tuple]] = r->inherit.from[c->rank[tuple]] = o;
		r->inherit.heir_of[o] = c->rank[tuple];
	}
}

struct owning {
	struct registry *r;
	const struct identity *id;
};

/* Values that one cluster alone has, and may be trusted; nobody has those that only
 * settled tuples have: their lines stay. */
static void find_owners(void *context, size_t begin, size_t end, int thread)
{
	struct registry *r = ((struct owning *)context)->r;
	const struct identity *id = ((struct owning *)context)->id;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		enum layer layer = REGISTRY_ORDER[i];
		uint32_t *owner = xmalloc((r->values[layer] + 1) * sizeof *owner);
		memset(owner, 0xff, (r->values[layer] + 1) * sizeof *owner);
		for (uint32_t n = 0; n < r->tuples->count; n++) {
			uint32_t value = registry_value(r, n, layer), *o = &owner[value];
			if (value == 0 || registry_is_settled(r, n) || r->rank[n] == OWNER_NONE ||
			    *o == r->rank[n] || !registry_tells(r, layer, value))
				continue;
			*o = *o == OWNER_NONE && identity_trusts(id, r->tuples, n, layer)
			     ? r->rank[n] : OWNER_SHARED;
		}
		r->owner[layer] = owner;
	}
}

static bool was_ever_used(const struct registry *r, struct customer_id id)
{
	char text[CUSTOMER_ID_LENGTH];

	if (registry_index_of(r, id) != OWNER_NONE || registry_redirect_of(r, id) != SIZE_MAX)
		return true;
	customer_id_put(id, text);
	return registry_has_tombstone(r, KIND_CUSTOMER, slice_make(text, sizeof text));
}

/* An id is never used again: a new customer whose key makes one that is, or was,
 * somebody else's is hashed with a counter until it makes one that is not. */
static void make_ids(struct registry *r, const struct customers *c)
{
	struct buffer key = {0};

	r->next = xmalloc((r->cluster_count + 1) * sizeof *r->next);
	for (uint32_t i = 0; i < r->cluster_count; i++) {
		uint32_t old = r->inherit.old_of[i];
		r->next[i] = old == INHERIT_NONE ? c->ids[i] : r->ids[old];
		for (unsigned attempt = 1; old == INHERIT_NONE && was_ever_used(r, r->next[i]);
		     attempt++) {
			customers_key(c, i, r->tuples, &key);
			r->next[i] = customer_id_again(c, buffer_slice(&key), attempt);
		}
	}
	buffer_free(&key);
}

/* Customers of whom nothing is in the input, in a night that looks at known ones. */
static size_t count_recalled(const struct registry *r)
{
	bool *met = xcalloc(r->cluster_count + 1, sizeof *met);
	size_t n = 0;

	for (size_t i = 0; i < r->input; i++)
		if (r->rank[i] != OWNER_NONE)
			met[r->rank[i]] = true;
	for (uint32_t c = 0; c < r->cluster_count; c++)
		n += !met[c] && r->inherit.old_of[c] != INHERIT_NONE;
	free(met);
	return n;
}

static void log_changes(struct registry *r)
{
	const struct inherit *h = &r->inherit;
	struct slice none = SLICE("");

	for (uint32_t i = 0; i < r->cluster_count; i++) {
		if (h->old_of[i] != INHERIT_NONE) {
			r->kept_count++;
		} else if (!r->dropped[i] && h->from[i] == INHERIT_NONE) {
			changes_add(r->changes, CHANGE_NEW, r->next[i], NULL, none);
			r->new_count++;
		} else if (!r->dropped[i]) {
			changes_add(r->changes, CHANGE_SPLIT, r->next[i], &r->ids[h->from[i]], none);
			r->split_count++;
		}
	}
	for (uint32_t o = 0; o < r->count; o++) {
		struct customer_id now;
		uint32_t heir = h->heir_of[o];
		if (!registry_id_now(r, o, &now)) {
			changes_add(r->changes, CHANGE_ERASED, r->ids[o], NULL, none);
		} else if (heir != INHERIT_NONE && h->old_of[heir] != o) {
			changes_add(r->changes, CHANGE_MERGED, now, &r->ids[o], none);
			r->merged_count++;
		}
	}
	if (r->recalled_count)
		r->kept_count -= count_recalled(r);
}

enum so1_status registry_name(struct registry *r, struct identity *id, struct customers *c,
			      int threads, struct so1_error *e)
{
	size_t tuples = r->tuples->count;

	e->status = SO1_OK;
	registry_add_settled(r, c);
	r->cluster_count = c->count;
	settle(r, id, c);
	make_ids(r, c);
	r->rank = xmalloc((tuples + 1) * sizeof *r->rank);
	memcpy(r->rank, c->rank, tuples * sizeof *r->rank);
	r->dropped = xcalloc(r->cluster_count + 1, sizeof *r->dropped);
	r->dropped_rows = xcalloc(r->cluster_count + 1, sizeof *r->dropped_rows);
	r->gone = xcalloc(r->count + 1, sizeof *r->gone);
	threads_for(REGISTRY_LAYERS, 1, threads, find_owners, &(struct owning){r, id});
	if (erasures_resolve(r->erasures, r, e))
		return e->status;
	for (uint32_t i = 0; i < tuples; i++)
		if (r->rank[i] != OWNER_NONE && r->dropped[r->rank[i]])
			r->erased[i] = true;
	for (uint32_t i = 0; i < r->cluster_count; i++)
		r->erased_customers += r->dropped[i];
	for (uint32_t i = 0; i < r->count; i++)
		r->erased_customers += r->gone[i];
	log_changes(r);
	customers_rename(c, r->next, r->dropped, tuples);
	return SO1_OK;
}
