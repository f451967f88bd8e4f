#include "dedupe/assemble.h"

#include "base/threads.h"
#include "dedupe/hopeful.h"
#include "dedupe/rivals.h"

#include <math.h>
#include <stdlib.h>

struct candidate {
	float weight;
	uint32_t pair;
};

/* What looking across two groups found. Groups grow at their end, so that the first of each and
 * how many were looked at say which records these were. */
struct crossing {
	uint32_t a, b;       /* the first of either + 1 */
	uint8_t rows, cols;  /* 0: none */
	uint8_t reason;
};

/* Large groups that are refused each other meet again with every pair of their records. */
enum { CROSSINGS = 1 << 14, CROSSING_WORTH = 4 };

enum { KEYS_KNOWN = 0x80 };
_Static_assert(LAYER_KEYS <= 7, "a bit for each layer and one more");

struct assembler {
	const struct assembly *given;
	const struct pairs *pairs;
	const struct tuples *t;
	struct comparer *comparer;
	struct rivals rivals;
	struct crossing *crossings; /* by hash, the latest */
	uint32_t *next;  /* by tuple: the next of its cluster + 1 */
	uint32_t *head, *tail, *size; /* at a root; head and tail are tuples + 1 */
	uint8_t *keys;   /* at a root: KEYS_KNOWN, and a bit for each layer that the group has a
	                    value of; else 0 */
};

/* Puts a tuple at the end of the list of its group. */
static void append(struct assembler *s, uint32_t tuple, uint32_t root)
{
	if (s->head[root] == 0)
		s->head[root] = tuple + 1;
	else
		s->next[s->tail[root] - 1] = tuple + 1;
	s->tail[root] = tuple + 1;
}

/* The groups that the keys made, each in the order of content. Nearly all are of one tuple,
 * so that only the rest is put in order. */
static void list_members(struct assembler *s)
{
	struct clusters *c = &s->given->identity->clusters;
	const bool *names = s->given->identity->names;
	size_t n = s->t->count, shared = 0;

	s->next = xcalloc(n + 1, sizeof *s->next);
	s->head = xcalloc(n + 1, sizeof *s->head);
	s->tail = xcalloc(n + 1, sizeof *s->tail);
	s->size = xcalloc(n + 1, sizeof *s->size);
	s->keys = xcalloc(n + 1, sizeof *s->keys);
	clusters_flatten(c);
	for (uint32_t i = 0; i < n; i++)
		if (names[i])
			shared += s->size[c->parent[i]]++ > 0;
	struct place *places = xmalloc((2 * shared + 1) * sizeof *places);
	shared = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!names[i])
			continue;
		if (s->size[c->parent[i]] == 1)
			append(s, i, c->parent[i]);
		else
			places[shared++] = (struct place){s->t->items[i].hash, i};
	}
	places_sort(places, shared, s->given->plan->threads);
	for (size_t i = 0; i < shared; i++)
		append(s, places[i].tuple, c->parent[places[i].tuple]);
	free(places);
}

static uint32_t key_value(const struct assembler *s, uint32_t tuple, enum layer layer)
{
	return layer == LAYER_SOURCE_ID ? s->given->identity->record[tuple]
					: s->t->items[tuple].field[layer_field(layer)];
}

/* Most customers have no value of most keys, and looking for one in each of a large group is dear. */
static bool has_key(const struct assembler *s, uint32_t root, enum layer layer)
{
	uint8_t *keys = &s->keys[root];

	if (*keys == 0)
		for (uint32_t i = s->head[root]; i; i = s->next[i - 1])
			for (int l = 0; l < LAYER_KEYS; l++)
				*keys |= (uint8_t)((key_value(s, i - 1, (enum layer)l) != 0) << l);
	*keys |= KEYS_KNOWN;
	return *keys >> layer & 1;
}

/* Whether the two groups together hold more distinct values of the layer's field than
 * allowed. Counting stops there. */
static bool too_many_values(const struct assembler *s, uint32_t a, uint32_t b, enum layer layer)
{
	uint64_t limit = s->given->value_limit[layer], n = 0;
	uint32_t seen[256], heads[2] = {s->head[a], s->head[b]};

	if (limit == 0 || limit >= 256 || s->size[a] + (uint64_t)s->size[b] <= limit ||
	    (!has_key(s, a, layer) && !has_key(s, b, layer)))
		return false;
	for (int side = 0; side < 2; side++)
		for (uint32_t i = heads[side]; i; i = s->next[i - 1]) {
			uint32_t value = key_value(s, i - 1, layer);
			uint64_t k = 0;
			while (k < n && seen[k] != value)
				k++;
			if (value == 0 || k < n)
				continue;
			if (n == limit)
				return true;
			seen[n++] = value;
		}
	return false;
}

/* Two records that a list says are two people, or that one source has both. */
static bool are_parted(const struct assembler *s, uint32_t a, uint32_t b)
{
	const struct assembly *g = s->given;
	const uint32_t *record = g->identity->record;

	if (record[a] != 0 && record[a] == record[b])
		return false;
	return pair_impossible(g->plan, a, b) || marks_have(g->cannot, record[a], record[b]);
}

static enum refusal_reason any_parted(const struct assembler *s, uint32_t a, uint32_t b)
{
	if (s->given->cannot->count == 0 && !s->given->plan->single)
		return 0;
	for (uint32_t i = s->head[a]; i; i = s->next[i - 1])
		for (uint32_t j = s->head[b]; j; j = s->next[j - 1])
			if (are_parted(s, i - 1, j - 1))
				return REFUSED_PARTED;
	return 0;
}

/* How the first `rows` of one group and the first `cols` of the other look to each other. */
static enum refusal_reason compare_across(const struct assembler *s, uint32_t a, uint32_t b,
					  uint32_t rows, uint32_t cols)
{
	const struct assembly *g = s->given;
	uint32_t i, j, x, y, n = 0;
	double sum = 0;

	for (i = s->head[a], x = 0; x < rows; i = s->next[i - 1], x++)
		for (j = s->head[b], y = 0; y < cols; j = s->next[j - 1], y++) {
			uint8_t level[TRAIT_COUNT];
			const uint8_t *generation = g->identity->facts.generation;
			if (generation && generations_differ(generation[i - 1], generation[j - 1]))
				return REFUSED_GENERATIONS;
			comparer_run(s->comparer, i - 1, j - 1, level);
			double w = scale_weigh(g->scale, i - 1, j - 1, level);
			if (w < g->cut && compare_contradicts(level))
				return REFUSED_CONTRADICTS;
			/* Records that have little in common to compare are no evidence. */
			w -= g->scale->log_match;
			sum += w < -AVERAGE_CLIP ? -AVERAGE_CLIP : w > AVERAGE_CLIP ? AVERAGE_CLIP : w;
			n++;
		}
	return g->linkage == LINKAGE_AVERAGE && sum < AVERAGE_LEAST * n ? REFUSED_AVERAGE : 0;
}

/* How the two groups look to each other, at most 64 pairs of them. */
static enum refusal_reason look_across(const struct assembler *s, uint32_t a, uint32_t b)
{
	uint32_t rows = s->size[a], cols = s->size[b], x = s->head[a], y = s->head[b];

	if (rows * (uint64_t)cols <= CROSSING_WORTH)
		return compare_across(s, a, b, rows, cols);
	if (rows * (uint64_t)cols > CROSS_PAIRS_MOST) {
		rows = rows < 8 ? rows : cols < 8 ? CROSS_PAIRS_MOST / cols : 8;
		rows = rows < s->size[a] ? rows : s->size[a];
		cols = CROSS_PAIRS_MOST / rows < cols ? CROSS_PAIRS_MOST / rows : cols;
	}
	uint64_t hash = (x * UINT64_C(0x9e3779b97f4a7c15)) ^ (y * UINT64_C(0xc2b2ae3d27d4eb4f));
	struct crossing *c = &s->crossings[(hash >> 32) % CROSSINGS];
	if (c->a != x || c->b != y || c->rows != rows || c->cols != cols)
		*c = (struct crossing){x, y, (uint8_t)rows, (uint8_t)cols,
				       (uint8_t)compare_across(s, a, b, rows, cols)};
	return c->reason;
}

static enum refusal_reason judge(const struct assembler *s, uint32_t a, uint32_t b)
{
	const struct assembly *g = s->given;
	enum refusal_reason reason;

	if (g->size_limit && s->size[a] + (uint64_t)s->size[b] > g->size_limit)
		return REFUSED_SIZE;
	for (int l = 0; l < LAYER_KEYS; l++)
		if (too_many_values(s, a, b, (enum layer)l))
			return REFUSED_VALUES;
	reason = any_parted(s, a, b);
	return reason ? reason : look_across(s, a, b);
}

static bool exclude_each_other(enum refusal_reason reason)
{
	return reason == REFUSED_CONTRADICTS || reason == REFUSED_GENERATIONS;
}

/* Whether tuple `of`, about to go to cluster `to`, might as well go to another one that
 * cannot be `to`. */
static bool has_rival(struct assembler *s, uint32_t of, uint32_t to, double weight)
{
	struct clusters *c = &s->given->identity->clusters;
	uint32_t own = clusters_find(c, of), begin = s->rivals.begin[of];
	uint32_t end = s->rivals.begin[of + 1];

	if (end - begin > CROSS_PAIRS_MOST)
		end = begin + CROSS_PAIRS_MOST;
	for (uint32_t i = begin; i < end && s->rivals.items[i].weight >= weight - s->given->cut; i++) {
		uint32_t there = clusters_find(c, s->rivals.items[i].other);
		if (there != own && there != to && exclude_each_other(look_across(s, there, to)) &&
		    !exclude_each_other(look_across(s, there, own)))
			return true;
	}
	return false;
}

static void note_link(struct identity *id, const struct pair *p, double weight)
{
	for (int side = 0; side < 2; side++) {
		float *w = &id->weight[side ? p->b : p->a];
		if (isnan(*w))
			*w = (float)weight;
	}
	if (id->keep_links) {
		GROW(id->links, id->link_cap, id->link_count + 1);
		id->links[id->link_count++] = (struct link){p->a, p->b, LAYER_MODEL};
	}
}

static bool take_link(struct assembler *s, const struct pair *p, double weight)
{
	struct identity *id = s->given->identity;
	struct clusters *c = &id->clusters;
	uint32_t a = clusters_find(c, p->a), b = clusters_find(c, p->b);

	if (a == b)
		return false;
	uint8_t level[TRAIT_COUNT];
	pattern_levels(p->pattern, level);
	enum refusal_reason reason = compare_twins(level) ? REFUSED_TWINS : judge(s, a, b);
	if (!reason && (has_rival(s, p->a, b, weight) || has_rival(s, p->b, a, weight)))
		reason = REFUSED_RIVAL;
	if (!reason) {
		enum join_result result = clusters_unite(c, p->a, p->b, LAYER_MODEL);
		reason = result == JOIN_DONE ? 0 : (enum refusal_reason)result;
	}
	if (reason) {
		GROW(id->refused, id->refused_cap, id->refused_count + 1);
		id->refused[id->refused_count++] =
			(struct refusal){p->a, p->b, 0, LAYER_MODEL, (uint8_t)reason};
		return false;
	}
	note_link(id, p, weight);
	uint32_t root = clusters_find(c, a), size = s->size[a] + s->size[b];
	s->next[s->tail[a] - 1] = s->head[b];
	s->head[root] = s->head[a];
	s->tail[root] = s->tail[b];
	s->size[root] = size;
	s->keys[root] = s->keys[a] != 0 && s->keys[b] != 0 ? s->keys[a] | s->keys[b] : 0;
	return true;
}

static int compare_candidates(const void *x, const void *y, void *context)
{
	const struct candidate *p = x, *q = y;
	const struct assembler *s = context;

	if (p->weight != q->weight)
		return p->weight > q->weight ? -1 : 1;
	const struct pair *a = &s->pairs->items[p->pair], *b = &s->pairs->items[q->pair];
	uint64_t h = s->t->items[a->a].hash, g = s->t->items[b->a].hash;
	if (h == g) {
		h = s->t->items[a->b].hash;
		g = s->t->items[b->b].hash;
	}
	return (h > g) - (h < g);
}

/* Pairs being weighed, by all threads. */
struct weighing {
	const struct assembly *given;
	const struct pairs *pairs;
	const uint64_t *hopeful;
	double *weight; /* by pair; NAN where the pattern is hopeless */
};

static void weigh(void *context, size_t begin, size_t end, int thread)
{
	const struct weighing *w = context;

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const struct pair *p = &w->pairs->items[i];
		uint8_t level[TRAIT_COUNT];
		w->weight[i] = NAN;
		if (!hopeful_has(w->hopeful, p->pattern))
			continue;
		pattern_levels(p->pattern, level);
		w->weight[i] = scale_weigh(w->given->scale, p->a, p->b, level);
	}
}

/* The pairs that reach the cut, the heaviest first, and with them all rivals; the caller
 * frees the list. */
static struct candidate *find_candidates(struct assembler *s, size_t *count)
{
	enum { GRAIN = 4096 };
	const struct assembly *g = s->given;
	const struct pairs *pairs = s->pairs;
	uint64_t *hopeful = hopeful_find(g->scale, &pairs->patterns, g->cut < 0 ? g->cut : 0);
	struct weighing w = {g, pairs, hopeful, xmalloc((pairs->count + 1) * sizeof *w.weight)};
	struct candidate *links = NULL;
	size_t n = 0, cap = 0;

	threads_for(pairs->count, GRAIN, g->plan->threads, weigh, &w);
	for (size_t i = 0; i < pairs->count; i++) {
		if (g->cut > 0 && w.weight[i] >= 0)
			rivals_add(&s->rivals, pairs->items[i].a, pairs->items[i].b, (float)w.weight[i]);
		if (!(w.weight[i] >= g->cut))
			continue;
		GROW(links, cap, n + 1);
		links[n++] = (struct candidate){(float)w.weight[i], (uint32_t)i};
	}
	free(w.weight);
	free(hopeful);
	if (n > 0)
		qsort_r(links, n, sizeof *links, compare_candidates, s);
	*count = n;
	return links;
}

uint64_t assemble(const struct assembly *a, const struct pairs *pairs)
{
	struct assembler s = {.given = a, .pairs = pairs, .t = a->plan->traits->tuples};
	size_t n;
	struct candidate *links = find_candidates(&s, &n);
	uint64_t taken = 0;

	s.comparer = comparer_new(a->plan->traits, a->plan->nicknames);
	s.crossings = xcalloc(CROSSINGS, sizeof *s.crossings);
	list_members(&s);
	rivals_sort(&s.rivals, s.t);
	for (size_t i = 0; i < n; i++)
		taken += take_link(&s, &pairs->items[links[i].pair], links[i].weight);
	comparer_free(s.comparer);
	rivals_free(&s.rivals);
	free(links);
	free(s.crossings);
	free(s.next);
	free(s.head);
	free(s.tail);
	free(s.size);
	free(s.keys);
	return taken;
}
