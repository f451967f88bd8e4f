/* registry_scan and registry_link: what of the input is known. The registry is streamed
 * past the values of the input, not loaded: a small night takes small memory. */
#include "dedupe/registry.h"

#include "base/memory.h"
#include "base/threads.h"

#include <stdlib.h>

static uint64_t pair_hash(uint32_t source, uint32_t source_id)
{
	uint64_t h = ((uint64_t)source << 32 | source_id) * UINT64_C(0x9e3779b97f4a7c15);

	return h ^ h >> 32;
}

/* The slot of a pair in pair_slots, where pair + 1 stands, or the free one for it. */
static size_t pair_slot(const struct registry *r, uint32_t source, uint32_t source_id)
{
	size_t mask = r->pair_slot_count - 1;

	for (size_t s = pair_hash(source, source_id) & mask;; s = (s + 1) & mask) {
		if (r->pair_slots[s] == 0)
			return s;
		const uint32_t *f = r->tuples->items[r->pair_tuple[r->pair_slots[s]]].field;
		if (f[T_SOURCE] == source && f[T_SOURCE_ID] == source_id)
			return s;
	}
}

void registry_number_pair(struct registry *r, uint32_t tuple)
{
	const uint32_t *f = r->tuples->items[tuple].field;

	if (f[T_SOURCE_ID] == STRINGS_EMPTY || r->pair[tuple])
		return;
	size_t s = pair_slot(r, f[T_SOURCE], f[T_SOURCE_ID]);
	if (r->pair_slots[s] == 0) {
		r->pair_tuple[r->pair_count] = tuple;
		r->pair_slots[s] = (uint32_t)r->pair_count++;
	}
	r->pair[tuple] = r->pair_slots[s];
}

static uint32_t find_pair(const struct registry *r, struct slice identifier)
{
	size_t colon = slice_find_byte(identifier, ':');
	struct slice source = slice_make(identifier.ptr, colon);
	struct buffer plain = {0};

	if (colon == identifier.len)
		return 0;
	if (memchr(source.ptr, '%', source.len)) {
		for (size_t i = 0; i < source.len; i++) {
			struct slice rest = slice_make(source.ptr + i, source.len - i);
			bool escaped = slice_starts_with(rest, SLICE("%3A")) ||
				       slice_starts_with(rest, SLICE("%25"));
			buffer_put_byte(&plain, !escaped ? *rest.ptr : rest.ptr[1] == '3' ? ':' : '%');
			i += escaped ? 2 : 0;
		}
		source = buffer_slice(&plain);
	}
	uint32_t a = strings_find(&r->tuples->text[T_SOURCE], source);
	uint32_t b = strings_find(&r->tuples->text[T_SOURCE_ID],
				  slice_make(identifier.ptr + colon + 1, identifier.len - colon - 1));
	buffer_free(&plain);
	if (a == STRINGS_NONE || b == STRINGS_NONE || b == STRINGS_EMPTY)
		return 0;
	return r->pair_slots[pair_slot(r, a, b)];
}

uint32_t registry_find_value(const struct registry *r, enum layer layer, struct slice identifier)
{
	if (layer == LAYER_SOURCE_ID)
		return find_pair(r, identifier);
	uint32_t v = strings_find(&r->tuples->text[layer_field(layer)], identifier);
	return v == STRINGS_NONE ? 0 : v;
}

/* Tuples by the hash of their content: slots hold tuple + 1. */
struct fingerprints {
	uint32_t *slots;
	size_t mask;
};

static void fingerprints_make(struct fingerprints *f, const struct tuples *t)
{
	size_t n = 64;

	while (n < t->count * 2)
		n *= 2;
	f->slots = xcalloc(n, sizeof *f->slots);
	f->mask = n - 1;
	for (uint32_t i = 0; i < t->count; i++) {
		size_t s = t->items[i].hash & f->mask;
		while (f->slots[s])
			s = (s + 1) & f->mask;
		f->slots[s] = i + 1;
	}
}

static uint32_t fingerprints_find(const struct fingerprints *f, const struct tuples *t,
				  struct slice hex)
{
	uint64_t hash = 0;

	if (hex.len != 16)
		return TUPLE_NONE;
	for (size_t i = 0; i < hex.len; i++) {
		char c = hex.ptr[i];
		hash = hash << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	for (size_t s = hash & f->mask; f->slots[s]; s = (s + 1) & f->mask)
		if (t->items[f->slots[s] - 1].hash == hash)
			return f->slots[s] - 1;
	return TUPLE_NONE;
}

static enum layer layer_of_kind(enum registry_kind kind)
{
	int i = 0;

	while (registry_kind_of_layer(REGISTRY_ORDER[i]) != kind)
		i++;
	return REGISTRY_ORDER[i];
}

/* A part of the registry's lines that one thread goes through. */
struct part {
	size_t begin, end;
	struct registry_hit *hits;
	size_t hit_count, hit_cap;
	struct so1_error error;
};

struct search {
	struct registry *r;
	struct fingerprints prints;
	struct part *parts;
};

uint32_t registry_line_owner(const struct registry *r, const struct registry_line *line,
			     struct so1_error *e)
{
	uint32_t owner = registry_index_of(r, line->owner);

	if (owner == OWNER_NONE) {
		error_set(e, SO1_FAILED, "registry refused: its customer has no line");
		error_at(e, r->file.path, 0, registry_kind_name(line->kind));
		error_value(e, line->identifier);
	}
	return owner;
}

/* An identifier has one line, so that no two threads write to one place. */
static void search_part(struct search *s, struct part *p)
{
	struct registry *r = s->r;
	struct buffer scratch = {0};
	struct registry_line line;
	size_t at = p->begin;

	for (size_t begin = at; at < p->end &&
	     registry_file_next(&r->file, &at, &line, &scratch, &p->error); begin = at) {
		uint32_t value, *known;
		if (line.kind < KIND_SOURCE_ID) {
			error_set(&p->error, SO1_FAILED, "registry refused: a line out of order");
			error_at(&p->error, r->file.path, 0, registry_kind_name(line.kind));
			break;
		}
		if (line.kind == KIND_RECORD) {
			value = fingerprints_find(&s->prints, r->tuples, line.identifier);
			known = value == TUPLE_NONE ? NULL : &r->known_record[value];
		} else {
			enum layer layer = layer_of_kind(line.kind);
			value = registry_find_value(r, layer, line.identifier);
			known = value == 0 ? NULL : &r->known[layer][value];
		}
		if (known == NULL)
			continue;
		*known = registry_line_owner(r, &line, &p->error);
		if (*known == OWNER_NONE)
			break;
		GROW(p->hits, p->hit_cap, p->hit_count + 1);
		p->hits[p->hit_count++] = (struct registry_hit){begin, value};
	}
	buffer_free(&scratch);
}

static void search_parts(void *context, size_t begin, size_t end, int thread)
{
	struct search *s = context;

	(void)thread;
	for (size_t i = begin; i < end; i++)
		search_part(s, &s->parts[i]);
}

/* Puts the parts' findings one behind the other; the first error is the one told. */
static enum so1_status join_parts(struct registry *r, struct part *parts, size_t n,
				  struct so1_error *e)
{
	for (size_t i = 0; i < n && e->status == SO1_OK; i++) {
		struct part *p = &parts[i];
		GROW(r->hits, r->hit_cap, r->hit_count + p->hit_count + 1);
		if (p->hit_count)
			memcpy(r->hits + r->hit_count, p->hits, p->hit_count * sizeof *p->hits);
		r->hit_count += p->hit_count;
		if (p->error.status)
			*e = p->error;
	}
	for (size_t i = 0; i < n; i++)
		free(parts[i].hits);
	return e->status;
}

static enum so1_status find_known(struct registry *r, int threads, struct so1_error *e)
{
	enum { PARTS = 64 };
	struct part parts[PARTS] = {0};
	struct search s = {.r = r, .parts = parts};
	size_t at = r->identifiers_at, size = (r->file.end - at) / PARTS + 1;

	if (r->file.bytes == NULL)
		return SO1_OK;
	for (int i = 0; i < PARTS; i++) {
		size_t end = at + size < r->file.end ? at + size : r->file.end;
		while (end < r->file.end && r->file.bytes[end - 1] != '\n')
			end++;
		parts[i].begin = at;
		parts[i].end = at = end;
	}
	fingerprints_make(&s.prints, r->tuples);
	threads_for(PARTS, 1, threads, search_parts, &s);
	free(s.prints.slots);
	return join_parts(r, parts, PARTS, e);
}

/* What is not known may be erased: a value that is both cannot be. */
struct tombs {
	struct registry *r;
	enum layer layer;
	bool *dead; /* by value, or by tuple for fingerprints */
	bool records;
};

static void find_tombs(void *context, size_t begin, size_t end, int thread)
{
	struct tombs *s = context;
	struct registry *r = s->r;
	struct buffer b = {0};

	(void)thread;
	for (size_t v = begin; v < end; v++) {
		if (s->records) {
			if (registry_let_in(r, (uint32_t)v) || r->known_record[v] != OWNER_NONE)
				continue;
			buffer_clear(&b);
			registry_put_fingerprint(r, (uint32_t)v, &b);
			s->dead[v] = registry_has_tombstone(r, KIND_RECORD, buffer_slice(&b));
		} else if (r->asked[s->layer][v] && r->known[s->layer][v] == OWNER_NONE) {
			s->dead[v] = registry_has_tombstone(r, registry_kind_of_layer(s->layer),
							    registry_value_text(r, s->layer,
										(uint32_t)v, &b));
		}
	}
	buffer_free(&b);
}

/* Of a record that two people share, who is left stands for it. */
static void renew_pairs(struct registry *r)
{
	for (uint32_t n = 0; n < r->tuples->count; n++)
		if (r->pair[n] && r->erased[r->pair_tuple[r->pair[n]]])
			r->pair_tuple[r->pair[n]] = n;
}

/* A tuple of somebody erased is blanked: it then links nothing, names nobody. What was
 * let in before stays, as nobody of it has been erased since. */
static void keep_out(struct registry *r, int threads)
{
	struct tuples *t = r->tuples;
	bool *drop = xcalloc(t->count + 1, sizeof *drop);
	struct tombs s = {.r = r, .dead = drop, .records = true};

	threads_for(t->count, 4096, threads, find_tombs, &s);
	for (int i = 0; i < REGISTRY_LAYERS; i++) {
		enum layer layer = REGISTRY_ORDER[i];
		if (layer == LAYER_DEVICE)
			continue; /* a device is a thing, and may be somebody else's tomorrow */
		s = (struct tombs){.r = r, .layer = layer,
				   .dead = xcalloc(r->values[layer], sizeof *s.dead)};
		threads_for(r->values[layer], 4096, threads, find_tombs, &s);
		for (uint32_t n = 0; n < t->count; n++)
			if (!registry_let_in(r, n))
				drop[n] |= s.dead[registry_value(r, n, layer)];
		free(s.dead);
	}
	for (uint32_t n = 0; n < t->count; n++) {
		if (!drop[n])
			continue;
		memset(t->items[n].field, 0, sizeof t->items[n].field);
		r->pair[n] = 0;
		r->erased[n] = true;
		r->kept_out++;
	}
	renew_pairs(r);
	free(drop);
}

static uint32_t *owners_of(size_t values)
{
	uint32_t *owner = xmalloc((values + 1) * sizeof *owner);

	memset(owner, 0xff, (values + 1) * sizeof *owner);
	return owner;
}

/* Which values there are to ask the registry for: all. */
static void ask_all(struct registry *r)
{
	for (uint32_t i = 0; i < r->tuples->count; i++)
		registry_number_pair(r, i);
	r->values[LAYER_SOURCE_ID] = r->pair_count;
	for (int l = 0; l < REGISTRY_LAYERS; l++)
		memset(r->asked[REGISTRY_ORDER[l]] + 1, true, r->values[REGISTRY_ORDER[l]] - 1);
}

enum so1_status registry_scan(struct registry *r, struct tuples *t, int threads,
			      struct so1_error *e)
{
	bool done;

	e->status = SO1_OK;
	r->tuples = t;
	r->threads = threads;
	if (r->recalled_count == 0)
		r->input = t->count;
	r->pair_slot_count = 64;
	while (r->pair_slot_count < t->count * 2)
		r->pair_slot_count *= 2;
	r->pair_slots = xcalloc(r->pair_slot_count, sizeof *r->pair_slots);
	r->pair = xcalloc(t->count + 1, sizeof *r->pair);
	r->pair_tuple = xcalloc(t->count + 1, sizeof *r->pair_tuple);
	r->pair_count = 1; /* 0 is none */
	for (int i = 0; i < REGISTRY_LAYERS; i++) {
		enum layer layer = REGISTRY_ORDER[i];
		r->values[layer] = layer == LAYER_SOURCE_ID ? t->count + 1
							    : t->text[layer_field(layer)].count;
		r->known[layer] = owners_of(r->values[layer]);
		r->asked[layer] = xcalloc(r->values[layer] + 1, sizeof *r->asked[layer]);
	}
	r->known_record = owners_of(t->count);
	r->linked = owners_of(t->count);
	r->erased = xcalloc(t->count + 1, sizeof *r->erased);
	if (registry_settle(r, &done, e))
		return e->status;
	if (!done) {
		ask_all(r);
		if (find_known(r, threads, e))
			return e->status;
	}
	if (r->erased_count)
		keep_out(r, threads);
	return SO1_OK;
}

/* A cluster that no record ties to a customer, and the key that does. */
struct candidate {
	uint32_t old, tuple;
	uint64_t hash; /* of the tuple: an order that is the content's */
	enum layer layer;
};

static int compare_candidates(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->old != b->old)
		return a->old < b->old ? -1 : 1;
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* The strongest known key of each cluster without a known record that names somebody, of
 * equal ones that of
 * the tuple with the smaller hash. */
static struct candidate *find_candidates(struct registry *r, struct identity *id, size_t *count)
{
	const struct tuples *t = r->tuples;
	bool *has_record = xcalloc(t->count + 1, sizeof *has_record);
	bool *present = xcalloc(r->count + 1, sizeof *present);
	struct candidate *best = xcalloc(t->count + 1, sizeof *best);
	size_t n = 0;

	for (size_t o = 0; r->settled && o < r->count; o++)
		present[o] = r->settled_tuple[o] != OWNER_NONE;
	for (uint32_t i = 0; i < t->count; i++) {
		best[i].layer = LAYER_COUNT;
		uint32_t known = registry_record_owner(r, id, i);
		if (!id->is_known[i] || known == OWNER_NONE)
			continue;
		has_record[clusters_find(&id->clusters, i)] = true;
		present[known] = true;
	}
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t root = id->is_member[i] ? clusters_find(&id->clusters, i) : i;
		if (!id->is_member[i] || has_record[root])
			continue;
		for (int l = LAYER_LOYALTY_ID; l < LAYER_KEYS; l++) {
			uint32_t v = registry_value(r, i, (enum layer)l);
			uint32_t old = v ? r->known[l][v] : OWNER_NONE;
			struct candidate c = {old, i, t->items[i].hash, (enum layer)l};
			if (old == OWNER_NONE || present[old] || !identity_trusts(id, t, i, (enum layer)l))
				continue;
			if (c.layer < best[root].layer ||
			    (c.layer == best[root].layer && c.hash < best[root].hash))
				best[root] = c;
			break;
		}
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (best[i].layer != LAYER_COUNT)
			best[n++] = best[i];
	free(has_record);
	free(present);
	*count = n;
	return best;
}

void registry_link(struct registry *r, struct identity *id)
{
	size_t n, head = 0;
	struct candidate *c = find_candidates(r, id, &n);

	qsort(c, n, sizeof *c, compare_candidates);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || c[i].old != c[head].old)
			head = i;
		/* Of two that contradict each other the first is the customer we know. */
		if (i != head && clusters_join(&id->clusters, c[head].tuple, c[i].tuple,
					       (int)c[i].layer) > JOIN_ALREADY)
			continue;
		r->linked[c[i].tuple] = c[i].old;
	}
	free(c);
}
