#include "dedupe/keys.h"

#include "base/threads.h"
#include "dedupe/people.h"

#include <stdlib.h>

const struct key_limits KEY_LIMITS_DEFAULT = {
	.people = {
		[LAYER_SOURCE_ID] = 5, [LAYER_LOYALTY_ID] = 5, [LAYER_EMAIL] = 5,
		[LAYER_PHONE] = 5, [LAYER_SOCIAL] = 5, [LAYER_DEVICE] = 1, [LAYER_SELF] = 10,
	},
};

/* A tuple in the run of those that share a value. */
struct entry {
	uint64_t order; /* of the value; then of the tuple */
	uint32_t tuple;
	uint8_t facts;  /* 0: first name and birth date known, 1: one of them, 2: neither */
};

/* A value shared under the same first name is stronger evidence than one shared under
 * two, or under none. */
enum strength { SAME_NAME, ANY_NAME };

struct resolver {
	struct identity *id;
	const struct tuples *t;
	const struct key_limits *limits;
	const uint32_t *facts; /* folded first name and birth date by tuple */
	struct entry *entries;
	struct person_label *labels;
	uint32_t *heads;
	size_t entry_cap, label_cap, head_cap;
};

static bool is_settled(const struct identity *id, uint32_t tuple)
{
	return id->settled && id->settled[tuple];
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static void refuse(struct identity *id, struct refusal r)
{
	GROW(id->refused, id->refused_cap, id->refused_count + 1);
	id->refused[id->refused_count++] = r;
}

struct trust_job {
	struct resolver *r;
	const struct distrust *distrust;
};

static void find_trusted(void *context, size_t begin, size_t end, int thread)
{
	const struct trust_job *job = context;

	(void)thread;
	for (size_t l = begin; l < end; l++) {
		const struct strings *values = &job->r->t->text[layer_field((enum layer)l)];
		uint8_t *trusted = xcalloc(values->count, 1);
		for (uint32_t v = 1; v < values->count; v++)
			trusted[v] = !distrust_has(job->distrust, (enum layer)l, strings_get(values, v));
		job->r->id->trusted[l] = trusted;
	}
}

/* Numbers the distinct (source, source_id) from 1. */
static void number_records(struct resolver *r)
{
	const struct tuples *t = r->t;
	size_t slots = 64;

	while (slots < t->count * 2)
		slots *= 2;
	uint32_t *slot = xcalloc(slots, sizeof *slot); /* the first tuple of a record + 1 */
	r->id->record = xcalloc(t->count + 1, sizeof *r->id->record);
	for (uint32_t i = 0; i < t->count; i++) {
		const uint32_t *f = t->items[i].field;
		if (f[T_SOURCE_ID] == STRINGS_EMPTY)
			continue;
		uint64_t key = (uint64_t)f[T_SOURCE] << 32 | f[T_SOURCE_ID];
		key *= UINT64_C(0x9e3779b97f4a7c15);
		size_t s = (key ^ key >> 32) & (slots - 1);
		while (slot[s] != 0) {
			const uint32_t *g = t->items[slot[s] - 1].field;
			if (g[T_SOURCE] == f[T_SOURCE] && g[T_SOURCE_ID] == f[T_SOURCE_ID])
				break;
			s = (s + 1) & (slots - 1);
		}
		if (slot[s] == 0) {
			slot[s] = i + 1;
			r->id->record[i] = ++r->id->record_count;
		} else {
			r->id->record[i] = r->id->record[slot[s] - 1];
		}
	}
	free(slot);
}

/* A record that names somebody: an identifier to trust, or a person one could write to
 * or tell from namesakes. */
static bool names_somebody(const struct resolver *r, uint32_t i)
{
	for (int l = 0; l < LAYER_KEYS; l++)
		if (identity_trusts(r->id, r->t, i, (enum layer)l))
			return true;
	return tuple_has(r->t, i, T_LAST_NAME) &&
	       (tuple_has(r->t, i, T_BIRTH_DATE) ||
		(tuple_has(r->t, i, T_STREET) &&
		 (tuple_has(r->t, i, T_CITY) || tuple_has(r->t, i, T_POSTCODE))));
}


/* Distinct ids of the source that has most of them among the tuples of the run. */
static size_t ids_of_one_source(const struct resolver *r, const struct entry *run, size_t n)
{
	uint32_t *records = xmalloc(2 * n * sizeof *records), *sources = records + n;

	for (size_t i = 0; i < n; i++) {
		records[i] = r->id->record[run[i].tuple];
		sources[i] = r->t->items[run[i].tuple].field[T_SOURCE];
	}
	size_t most = people_ids_of_one_source(records, sources, n, r->t->text[T_SOURCE].count);
	free(records);
	return most;
}

/* Whether too many share the value of this run: too many to link, or (one may be spelt in
 * several ways) so many that it is no evidence of anything. */
static bool is_overshared(struct resolver *r, enum layer layer, const struct entry *run, size_t n,
			  bool report)
{
	uint64_t limit = r->limits->people[layer], most_ids;
	uint8_t reason = REFUSED_PEOPLE;

	if (limit == 0 || n <= limit)
		return false;
	GROW(r->labels, r->label_cap, n);
	for (size_t i = 0; i < n; i++) {
		uint32_t tuple = run[i].tuple;
		r->labels[i] = (struct person_label){r->facts[2 * tuple], r->facts[2 * tuple + 1],
						     r->t->items[tuple].field[T_LAST_NAME]};
	}
	size_t sharers = people_count(r->labels, n);
	if (sharers <= limit) {
		most_ids = limit * (sharers ? KEY_IDS_PER_PERSON : KEY_IDS_PER_UNNAMED);
		if (layer == LAYER_SOURCE_ID || n <= most_ids)
			return false;
		sharers = ids_of_one_source(r, run, n);
		reason = REFUSED_IDS;
		if (sharers <= most_ids)
			return false;
	}
	if (sharers > KEY_SPELLINGS * limit)
		r->id->trusted[layer][r->t->items[run[0].tuple].field[layer_field(layer)]] = TRUST_SHARED;
	if (report)
		refuse(r->id, (struct refusal){run[0].tuple, TUPLE_NONE, (uint32_t)sharers,
					       (uint8_t)layer, reason});
	return true;
}

static enum join_result join(struct resolver *r, uint32_t a, uint32_t b, enum layer layer)
{
	struct identity *id = r->id;
	/* Its own source_id links a record to nothing but itself: that is no layer to note. */
	int noted = layer == LAYER_SOURCE_ID ? LAYER_SELF : layer;
	enum join_result result = clusters_join(&id->clusters, a, b, noted);

	if (result == JOIN_DONE && id->keep_links) {
		GROW(id->links, id->link_cap, id->link_count + 1);
		id->links[id->link_count++] = (struct link){a, b, (uint8_t)layer};
	}
	return result;
}

/* Joins one tuple to the first of the clusters of this value that will have it. False
 * when none will: it then heads a cluster of its own. */
static bool join_to_heads(struct resolver *r, uint32_t tuple, size_t head_count, enum layer layer,
			  enum strength strength)
{
	struct clusters *c = &r->id->clusters;
	uint32_t root = clusters_find(c, tuple);
	bool disagreed = false;

	for (size_t h = 0; h < head_count; h++)
		if (clusters_find(c, r->heads[h]) == root)
			return true;
	for (size_t h = 0; h < head_count; h++) {
		if (strength == SAME_NAME && r->facts[2 * r->heads[h]] != r->facts[2 * tuple])
			continue;
		enum join_result result = join(r, r->heads[h], tuple, layer);
		if (result == JOIN_DONE)
			return true;
		if (strength == SAME_NAME)
			continue; /* it will be refused, and reported, again */
		/* Once: where many share a value all disagree with all. */
		if (disagreed && result == JOIN_DISAGREES)
			continue;
		disagreed |= result == JOIN_DISAGREES;
		refuse(r->id, (struct refusal){tuple, r->heads[h], 0, (uint8_t)layer,
					       (uint8_t)result});
	}
	return false;
}

static int compare_in_run(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	return a->facts != b->facts ? (a->facts < b->facts ? -1 : 1)
				    : compare_u64(a->order, b->order);
}

/* All tuples that share one value. Those that know most of the person come first, so
 * that contradicting ones head clusters of their own before a tuple that would go with
 * either is placed. */
static void link_run(struct resolver *r, enum layer layer, struct entry *run, size_t n,
		     enum strength strength)
{
	struct clusters *c = &r->id->clusters;
	bool together = true;

	for (size_t i = 1; i < n && together; i++)
		together = clusters_find(c, run[i].tuple) == clusters_find(c, run[0].tuple);
	if (together)
		return;
	for (size_t i = 0; i < n; i++) {
		const uint32_t *facts = &r->facts[2 * run[i].tuple];
		run[i].facts = (facts[0] == 0) + (facts[1] == 0);
		run[i].order = r->t->items[run[i].tuple].hash;
	}
	qsort(run, n, sizeof *run, compare_in_run);
	if (is_overshared(r, layer, run, n, strength == ANY_NAME))
		return;
	size_t heads = 0;
	for (size_t i = 0; i < n; i++) {
		if (strength == SAME_NAME && r->facts[2 * run[i].tuple] == 0)
			continue;
		if (join_to_heads(r, run[i].tuple, heads, layer, strength))
			continue;
		GROW(r->heads, r->head_cap, heads + 1);
		r->heads[heads++] = run[i].tuple;
	}
}

static uint64_t value_order(const struct tuples *t, uint32_t tuple, enum layer layer)
{
	uint64_t h = slice_hash(tuple_text(t, tuple, layer_field(layer)), layer);

	/* An id is one of its source. */
	return layer == LAYER_SOURCE_ID ? slice_hash(tuple_text(t, tuple, T_SOURCE), h) : h;
}

static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	return a->order != b->order ? compare_u64(a->order, b->order)
				    : (a->tuple < b->tuple ? -1 : a->tuple > b->tuple);
}

static uint32_t value_of(const struct resolver *r, uint32_t tuple, enum layer layer)
{
	return layer == LAYER_SOURCE_ID ? r->id->record[tuple]
					: r->t->items[tuple].field[layer_field(layer)];
}

/* A value that more than one tuple has. */
struct shared {
	uint64_t order;
	uint32_t value, count;
};

static int compare_shared(const void *x, const void *y)
{
	const struct shared *a = x, *b = y;

	return a->order != b->order ? compare_u64(a->order, b->order)
				    : (a->value > b->value) - (a->value < b->value);
}

/* The values of a key that more than one tuple has, in their order, and the tuples of
 * each side by side. */
struct shared_key {
	struct shared *values;
	size_t count;
	struct entry *entries;
};

static size_t value_count(const struct resolver *r, enum layer layer)
{
	return layer == LAYER_SOURCE_ID ? r->id->record_count + (size_t)1
					: r->t->text[layer_field(layer)].count;
}

static void find_shared(const struct resolver *r, enum layer layer, struct shared_key *key)
{
	size_t values = value_count(r, layer), cap = 0;
	uint32_t *count = xcalloc(values, sizeof *count), *seen = xmalloc(values * sizeof *seen);

	for (uint32_t i = 0; i < r->t->count; i++) {
		if (is_settled(r->id, i))
			continue;
		uint32_t v = value_of(r, i, layer);
		if (identity_trusts(r->id, r->t, i, layer) && count[v]++ == 0)
			seen[v] = i;
	}
	for (uint32_t v = 1; v < values; v++) {
		if (count[v] < 2)
			continue;
		GROW(key->values, cap, key->count + 1);
		key->values[key->count++] = (struct shared){value_order(r->t, seen[v], layer), v, count[v]};
	}
	if (key->count > 0)
		qsort(key->values, key->count, sizeof *key->values, compare_shared);
	free(count);
	free(seen);
}

static void place_shared(const struct resolver *r, enum layer layer, struct shared_key *key)
{
	uint32_t *place = xcalloc(value_count(r, layer), sizeof *place); /* by value, + 1 */
	uint32_t at = 0;

	for (size_t i = 0; i < key->count; i++) {
		place[key->values[i].value] = at + 1;
		at += key->values[i].count;
	}
	key->entries = xmalloc((at + (size_t)1) * sizeof *key->entries);
	for (uint32_t i = 0; i < r->t->count; i++) {
		if (is_settled(r->id, i))
			continue;
		uint32_t *p = &place[value_of(r, i, layer)];
		if (*p != 0 && identity_trusts(r->id, r->t, i, layer))
			key->entries[(*p)++ - 1] = (struct entry){.tuple = i};
	}
	free(place);
}

struct shared_job {
	const struct resolver *r;
	struct shared_key *keys; /* by layer */
};

static void find_shared_keys(void *context, size_t begin, size_t end, int thread)
{
	const struct shared_job *job = context;

	(void)thread;
	for (size_t l = begin; l < end; l++) {
		find_shared(job->r, (enum layer)l, &job->keys[l]);
		place_shared(job->r, (enum layer)l, &job->keys[l]);
	}
}

static void link_by_key(struct resolver *r, enum layer layer, const struct shared_key *key,
			enum strength strength)
{
	size_t at = 0;

	for (size_t i = 0; i < key->count; i++) {
		link_run(r, layer, key->entries + at, key->values[i].count, strength);
		at += key->values[i].count;
	}
}

/* A device seen with exactly one customer takes its anonymous visits there. */
static void link_devices(struct resolver *r)
{
	const struct tuples *t = r->t;
	struct identity *id = r->id;
	size_t devices = t->text[T_DEVICE_ID].count, n = 0;
	uint32_t *owner = xmalloc(devices * sizeof *owner);
	bool *shared = xcalloc(devices, sizeof *shared);

	memset(owner, 0xff, devices * sizeof *owner);
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t device = t->items[i].field[T_DEVICE_ID];
		if (!id->is_known[i] || !identity_trusts(id, t, i, LAYER_DEVICE))
			continue;
		if (owner[device] == TUPLE_NONE || t->items[i].hash < t->items[owner[device]].hash) {
			if (owner[device] != TUPLE_NONE)
				shared[device] |= clusters_find(&id->clusters, owner[device]) !=
						  clusters_find(&id->clusters, i);
			owner[device] = i;
		} else {
			shared[device] |= clusters_find(&id->clusters, owner[device]) !=
					  clusters_find(&id->clusters, i);
		}
	}
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t device = t->items[i].field[T_DEVICE_ID];
		/* Settled people are no visits either. */
		if (id->names[i] || !identity_trusts(id, t, i, LAYER_DEVICE) ||
		    owner[device] == TUPLE_NONE)
			continue;
		GROW(r->entries, r->entry_cap, n + 1);
		r->entries[n++] = (struct entry){.order = t->items[i].hash, .tuple = i};
	}
	/* By content: of two anonymous visits that contradict each other the first stays. */
	if (n > 0)
		qsort(r->entries, n, sizeof *r->entries, compare_entries);
	for (size_t i = 0; i < n; i++) {
		uint32_t tuple = r->entries[i].tuple;
		uint32_t device = t->items[tuple].field[T_DEVICE_ID];
		enum join_result result = JOIN_CONTRADICTS;
		uint8_t reason = REFUSED_AMBIGUOUS;
		if (!shared[device]) {
			result = join(r, owner[device], tuple, LAYER_DEVICE);
			reason = (uint8_t)result;
		}
		id->is_member[tuple] = result == JOIN_DONE;
		if (result != JOIN_DONE)
			refuse(id, (struct refusal){tuple, owner[device], 0, LAYER_DEVICE, reason});
	}
	free(owner);
	free(shared);
}

static int compare_refusals(const void *x, const void *y, void *context)
{
	const struct tuples *t = context;
	const struct refusal *a = x, *b = y;

	return a->layer != b->layer ? (int)a->layer - (int)b->layer
				    : compare_u64(t->items[a->a].hash, t->items[b->a].hash);
}

static void report_distrusted(struct resolver *r)
{
	for (int l = 0; l <= LAYER_DEVICE; l++) {
		int field = layer_field((enum layer)l);
		size_t values = r->t->text[field].count;
		if (memchr(r->id->trusted[l] + 1, false, values - 1) == NULL)
			continue;
		struct refusal *first = xcalloc(values, sizeof *first);
		for (uint32_t i = 0; i < r->t->count; i++) {
			uint32_t v = r->t->items[i].field[field];
			if (v == STRINGS_EMPTY || r->id->trusted[l][v])
				continue;
			if (first[v].count++ == 0)
				first[v].a = i;
			else if (r->t->items[i].hash < r->t->items[first[v].a].hash)
				first[v].a = i;
		}
		for (uint32_t v = 1; v < values; v++)
			if (first[v].count)
				refuse(r->id, (struct refusal){first[v].a, TUPLE_NONE, first[v].count,
							       (uint8_t)l, REFUSED_DISTRUST});
		free(first);
	}
	if (r->id->refused_count)
		qsort_r(r->id->refused, r->id->refused_count, sizeof *r->id->refused,
			compare_refusals, (void *)r->t);
}

/* From nothing, also what an earlier time found. */
static void link_by_keys(struct resolver *r)
{
	struct shared_key keys[LAYER_KEYS] = {{NULL, 0, NULL}};
	struct identity *id = r->id;

	clusters_free(&id->clusters);
	clusters_init(&id->clusters, r->t->count, &id->facts, r->limits->people[LAYER_SELF]);
	id->refused_count = id->link_count = 0;
	for (uint32_t i = 0; i < r->t->count; i++)
		id->is_member[i] = id->is_known[i] = id->names[i] && !is_settled(id, i);
	report_distrusted(r);
	threads_for(LAYER_KEYS, 1, id->threads, find_shared_keys, &(struct shared_job){r, keys});
	link_by_key(r, LAYER_SOURCE_ID, &keys[LAYER_SOURCE_ID], SAME_NAME);
	link_by_key(r, LAYER_SOURCE_ID, &keys[LAYER_SOURCE_ID], ANY_NAME);
	for (int l = LAYER_LOYALTY_ID; l < LAYER_KEYS; l++)
		link_by_key(r, (enum layer)l, &keys[l], SAME_NAME);
	for (int l = LAYER_LOYALTY_ID; l < LAYER_KEYS; l++)
		link_by_key(r, (enum layer)l, &keys[l], ANY_NAME);
	for (int l = 0; l < LAYER_KEYS; l++) {
		free(keys[l].values);
		free(keys[l].entries);
	}
}

void identity_resolve(struct identity *id, const struct tuples *t, const struct key_limits *limits,
		      const struct distrust *distrust)
{
	struct resolver r = {.id = id, .t = t, .limits = limits};

	facts_make(&id->facts, t);
	r.facts = id->facts.of;
	threads_for(LAYER_DEVICE + 1, 1, id->threads, find_trusted, &(struct trust_job){&r, distrust});
	number_records(&r);
	id->names = xmalloc(t->count + 1);
	id->is_known = xmalloc(t->count + 1);
	id->is_member = xmalloc(t->count + 1);
	for (uint32_t i = 0; i < t->count; i++)
		id->names[i] = names_somebody(&r, i);
	do
		link_by_keys(&r);
	while (id->middle && id->middle(id->middle_context));
	link_devices(&r);
	free(id->facts.of);
	id->facts.of = NULL;
	free(r.entries);
	free(r.labels);
	free(r.heads);
}

void identity_free(struct identity *id)
{
	clusters_free(&id->clusters);
	facts_free(&id->facts);
	for (int l = 0; l <= LAYER_DEVICE; l++)
		free(id->trusted[l]);
	free(id->weight);
	free(id->record);
	free(id->names);
	free(id->is_known);
	free(id->is_member);
	free(id->refused);
	free(id->links);
	*id = (struct identity){0};
}
