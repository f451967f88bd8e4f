/* registry_settle: what has not changed since the last run is not resolved again.
 *
 * A customer with prints (prints.h) had nothing to do with any other when they were
 * written, and each of his or her trusted values has a line in the registry. When all of
 * the identities are here again, and nothing else that is here is known by a line of this
 * customer's, then the identities make the same cluster again (keys.h looks at nothing
 * but the tuples that share trusted values), all of them vote for the same id and nobody
 * else does: the customer goes on, and the lines stay as they are. An identity that named
 * nobody still does, unless its device is another's that is not settled.
 *
 * With probabilities (standing.h) that holds of customers whom keys alone make, as long as
 * no other identity comes near: whom one does is unsettled later. The other ones are
 * resolved every night, though not compared again with what they were compared with.
 *
 * Identities that joined the input (recall.h) are settled by what their file says, unless they
 * share an identifier with one that is not.
 *
 * All that is not settled is looked up in the registry. A line of a customer who seemed
 * settled unsettles the customer, whose identities are then looked up as well. */
#include "dedupe/erase.h"
#include "dedupe/registry.h"

#include "base/memory.h"
#include "base/threads.h"

#include <stdlib.h>

/* A look-up costs about as much as going past this many lines. */
enum { LINES_PER_LOOKUP = 4 };

struct question;

struct settling {
	struct registry *r;
	uint32_t *tuple_of;  /* by print, in the order of the file: its tuple, TUPLE_NONE when absent */
	uint32_t *rest;      /* tuples that are not settled */
	size_t rest_count;
	size_t kind_begin[KIND_COUNT + 1]; /* where the lines of a kind begin; behind the last */
	struct question *questions;
	size_t question_count, question_cap;
	bool *device_asked;
	struct buffer text, scratch;
};

/* The tuples that the prints stand for. */
static void find_prints(struct settling *s)
{
	enum { FAR = 24, NEAR = 12 };
	const struct registry *r = s->r;
	struct prints_group g;
	size_t n = 0, k = 0;

	for (size_t at = 0; prints_next(&r->prints, &at, &g);)
		n += g.count;
	struct tuple_key *keys = xmalloc((n + 1) * sizeof *keys);
	s->tuple_of = xmalloc((n + 1) * sizeof *s->tuple_of);
	for (size_t at = 0; prints_next(&r->prints, &at, &g);)
		for (uint32_t i = 0; i < g.count; i++)
			keys[k++] = (struct tuple_key){g.items[i].hash, g.items[i].tag};
	for (size_t i = 0; i < n; i++) {
		if (i + FAR < n)
			tuples_expect(r->tuples, keys[i + FAR], 0);
		if (i + NEAR < n)
			tuples_expect(r->tuples, keys[i + NEAR], 1);
		s->tuple_of[i] = tuples_find(r->tuples, keys[i]);
	}
	free(keys);
}

/* Whether all of a group is here. */
static bool is_complete(const struct prints_group *g, const uint32_t *tuple_of)
{
	for (uint32_t i = 0; i < g->count; i++)
		if (tuple_of[i] == TUPLE_NONE)
			return false;
	return g->count > 0;
}

static void settle_group(struct registry *r, const struct prints_group *g, const uint32_t *tuple_of)
{
	uint32_t owner = g->nobody ? OWNER_NONE : registry_index_of(r, g->id);

	if (!g->nobody && (owner == OWNER_NONE || r->touched[owner] || g->probable ||
			   !is_complete(g, tuple_of)))
		return;
	for (uint32_t i = 0; i < g->count; i++) {
		if (tuple_of[i] == TUPLE_NONE)
			continue;
		r->settled[tuple_of[i]] = true;
		r->settled_of[tuple_of[i]] = owner;
		r->settled_layer[tuple_of[i]] = (uint8_t)g->items[i].layer;
	}
	if (owner != OWNER_NONE)
		r->settled_tuple[owner] = tuple_of[0];
}

static void settle_groups(struct settling *s)
{
	struct prints_group g;
	size_t n = 0;

	for (size_t at = 0; prints_next(&s->r->prints, &at, &g); n += g.count)
		settle_group(s->r, &g, s->tuple_of + n);
}

static enum so1_status settle_recalled(struct registry *r, struct so1_error *e)
{
	r->recalled_of = xmalloc((r->tuples->count + 1) * sizeof *r->recalled_of);
	memset(r->recalled_of, 0xff, (r->tuples->count + 1) * sizeof *r->recalled_of);
	for (size_t i = 0; i < r->recalled_count; i++) {
		const struct recalled *x = &r->recalled[i];
		size_t redirect = registry_redirect_of(r, x->id);
		uint32_t owner = registry_index_of(r, redirect == SIZE_MAX ? x->id : r->redirects[redirect].to);
		if (owner == OWNER_NONE)
			return error_set(e, SO1_FAILED, "--known: of somebody whom the registry does not know");
		r->settled[x->tuple] = true;
		r->settled_of[x->tuple] = r->recalled_of[x->tuple] = owner;
		r->settled_layer[x->tuple] = (uint8_t)x->layer;
		if (r->settled_tuple[owner] == OWNER_NONE)
			r->settled_tuple[owner] = x->tuple;
	}
	return SO1_OK;
}

/* The registry has no line for what several customers share, and devices it does not link by. */
static void touch_sharers(struct registry *r)
{
	for (uint32_t n = 0; n < r->tuples->count; n++)
		registry_number_pair(r, n);
	for (int i = 0; i < REGISTRY_LAYERS; i++) {
		enum layer l = REGISTRY_ORDER[i];
		bool *open = r->open[l] = xcalloc(r->values[l] + 1, sizeof *open);
		for (uint32_t n = 0; n < r->tuples->count; n++)
			open[registry_value(r, n, l)] |= !r->settled[n];
		open[STRINGS_EMPTY] = false;
		for (size_t n = 0; n < r->recalled_count; n++) {
			uint32_t tuple = r->recalled[n].tuple;
			if (r->settled[tuple] && open[registry_value(r, tuple, l)])
				r->touched[r->settled_of[tuple]] = true;
		}
	}
}

/* What the prints say of tuples that were compared, settled or not. */
static void note_compared(struct settling *s)
{
	struct registry *r = s->r;
	struct prints_group g;
	size_t k = 0, here = 0, away = 0;
	uint32_t number = 0;

	r->print_group = xcalloc(r->tuples->count + 1, sizeof *r->print_group);
	r->print_margin = xcalloc(r->tuples->count + 1, sizeof *r->print_margin);
	for (size_t at = 0; prints_next(&r->prints, &at, &g); k += g.count) {
		number++;
		for (uint32_t i = 0; i < g.count && !g.nobody; i++) {
			uint32_t tuple = s->tuple_of[k + i];
			if (tuple == TUPLE_NONE) {
				away++;
				continue;
			}
			here++;
			r->print_group[tuple] = number;
			r->print_margin[tuple] = g.items[i].margin;
		}
	}
	r->partial = away > here;
	r->print_tuple = s->tuple_of;
	s->tuple_of = NULL;
}

/* A tuple that itself asks for erasure: what became of it is not for a short cut. */
static void unsettle_request(void *context, uint32_t tuple)
{
	struct registry *r = context;

	if (r->settled[tuple] && r->settled_of[tuple] != OWNER_NONE)
		r->touched[r->settled_of[tuple]] = true;
	else
		r->settled[tuple] = false;
}

/* The tuples of touched customers, and of nobody where a device may be somebody's now,
 * join the rest; and at first all that are not settled. */
static void collect_rest(struct settling *s)
{
	struct registry *r = s->r;
	const struct tuples *t = r->tuples;
	bool *device = r->asked[LAYER_DEVICE];

	for (uint32_t i = 0; i < t->count; i++) {
		if (!r->settled[i]) {
			device[t->items[i].field[T_DEVICE_ID]] = true;
			continue;
		}
		if (r->settled_of[i] == OWNER_NONE || !r->touched[r->settled_of[i]])
			continue;
		r->settled[i] = false;
		r->settled_tuple[r->settled_of[i]] = OWNER_NONE;
		device[t->items[i].field[T_DEVICE_ID]] = true;
	}
	device[STRINGS_EMPTY] = false;
	for (uint32_t i = 0; i < t->count; i++)
		if (r->settled[i] && r->settled_of[i] == OWNER_NONE &&
		    device[t->items[i].field[T_DEVICE_ID]])
			r->settled[i] = false;
	s->rest_count = 0;
	for (uint32_t i = 0; i < t->count; i++)
		if (!r->settled[i])
			s->rest[s->rest_count++] = i;
}

static enum so1_status find_kinds(struct settling *s, struct so1_error *e)
{
	const struct registry *r = s->r;
	struct registry_line line;
	size_t at = r->identifiers_at;
	bool found;

	for (int k = KIND_SOURCE_ID; k < KIND_COUNT && e->status == SO1_OK; k++)
		s->kind_begin[k] = at = registry_file_place(&r->file, at, r->file.end, SEARCH_FAR,
							    (enum registry_kind)k, SLICE(""), &found,
							    &line, &s->scratch, e);
	s->kind_begin[KIND_COUNT] = r->file.end;
	return e->status;
}

/* What the registry is asked: whose a value of a layer is, or the content of a tuple. */
struct question {
	size_t at;       /* the line */
	uint32_t value;  /* for LAYER_SELF the tuple */
	uint32_t owner;  /* OWNER_NONE: there is no line */
	uint8_t layer;
	bool failed;
};

static void ask(struct settling *s, enum layer layer, uint32_t value)
{
	GROW(s->questions, s->question_cap, s->question_count + 1);
	s->questions[s->question_count++] = (struct question){
		.value = value, .owner = OWNER_NONE, .layer = (uint8_t)layer,
	};
}

/* One line for a value: asked for once. Devices were marked as asked on the way. */
static void ask_of_tuple(struct settling *s, uint32_t tuple)
{
	struct registry *r = s->r;

	registry_number_pair(r, tuple);
	for (int l = 0; l < REGISTRY_LAYERS; l++) {
		enum layer layer = REGISTRY_ORDER[l];
		uint32_t value = registry_value(r, tuple, layer);
		bool *asked = layer == LAYER_DEVICE ? s->device_asked : r->asked[layer];
		if (value == 0 || r->known[layer][value] != OWNER_NONE || asked[value] ||
		    !registry_tells(r, layer, value))
			continue;
		asked[value] = true;
		ask(s, layer, value);
	}
	ask(s, LAYER_SELF, tuple);
}

static enum so1_status answer(const struct settling *s, struct question *q, struct buffer *text,
			      struct buffer *scratch, struct so1_error *e)
{
	const struct registry *r = s->r;
	enum registry_kind kind = KIND_RECORD;
	struct registry_line line;
	struct slice identifier;
	bool found;

	if (q->layer == LAYER_SELF) {
		buffer_clear(text);
		registry_put_fingerprint(r, q->value, text);
		identifier = buffer_slice(text);
	} else {
		kind = registry_kind_of_layer((enum layer)q->layer);
		identifier = registry_value_text(r, (enum layer)q->layer, q->value, text);
	}
	q->at = registry_file_place(&r->file, s->kind_begin[kind], s->kind_begin[kind + 1], SEARCH_KIND,
				    kind, identifier, &found, &line, scratch, e);
	if (e->status == SO1_OK && found)
		q->owner = registry_line_owner(r, &line, e);
	return e->status;
}

static void answer_some(void *context, size_t begin, size_t end, int thread)
{
	const struct settling *s = context;
	struct buffer text = {0}, scratch = {0};

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		struct so1_error e = {0};
		s->questions[i].failed = answer(s, &s->questions[i], &text, &scratch, &e) != SO1_OK;
	}
	buffer_free(&text);
	buffer_free(&scratch);
}

static void note_answer(struct registry *r, const struct question *q)
{
	if (q->owner == OWNER_NONE)
		return;
	if (q->layer == LAYER_SELF)
		r->known_record[q->value] = q->owner;
	else
		r->known[q->layer][q->value] = q->owner;
	r->touched[q->owner] = true;
	GROW(r->hits, r->hit_cap, r->hit_count + 1);
	r->hits[r->hit_count++] = (struct registry_hit){q->at, q->value};
}

/* Every question is a search in a large file: they are answered side by side, and the answers
 * noted in their order. */
static enum so1_status answer_all(struct settling *s, struct so1_error *e)
{
	threads_for(s->question_count, 1024, s->r->threads, answer_some, s);
	for (size_t i = 0; i < s->question_count; i++) {
		struct question *q = &s->questions[i];
		if (q->failed)
			return answer(s, q, &s->text, &s->scratch, e); /* for its error */
		note_answer(s->r, q);
	}
	s->question_count = 0;
	return SO1_OK;
}

static int compare_hits(const void *x, const void *y)
{
	const struct registry_hit *a = x, *b = y;

	return (a->at > b->at) - (a->at < b->at);
}

/* Looks up all that is not settled, until nothing more is unsettled by it. */
static enum so1_status look_up_rest(struct settling *s, bool *looked, struct so1_error *e)
{
	struct registry *r = s->r;
	size_t before;

	s->device_asked = xcalloc(r->values[LAYER_DEVICE] + 1, sizeof *s->device_asked);
	do {
		before = s->rest_count;
		for (size_t i = 0; i < s->rest_count; i++) {
			if (looked[s->rest[i]])
				continue;
			looked[s->rest[i]] = true;
			ask_of_tuple(s, s->rest[i]);
		}
		if (answer_all(s, e) == SO1_OK)
			collect_rest(s);
	} while (e->status == SO1_OK && s->rest_count > before);
	free(s->device_asked);
	free(s->questions);
	if (r->hit_count)
		qsort(r->hits, r->hit_count, sizeof *r->hits, compare_hits);
	r->values[LAYER_SOURCE_ID] = r->pair_count;
	r->settled_count = r->tuples->count - s->rest_count;
	return e->status;
}

static void forget_settled(struct registry *r)
{
	free(r->settled);
	free(r->settled_of);
	free(r->settled_layer);
	free(r->settled_tuple);
	free(r->touched);
	r->settled = r->touched = NULL;
	r->settled_of = r->settled_tuple = NULL;
	r->settled_layer = NULL;
	memset(r->asked[LAYER_DEVICE], 0, r->values[LAYER_DEVICE]);
}

enum so1_status registry_settle(struct registry *r, bool *done, struct so1_error *e)
{
	struct settling s = {.r = r};
	struct prints_key key = {r->rules, r->file.hash, r->file.rows};
	size_t n = r->tuples->count;

	*done = false;
	if (r->file.bytes == NULL || r->options.shortcut == SHORTCUT_NEVER)
		return SO1_OK;
	/* Where people are erased by name, every identifier is looked at. */
	if (r->rules && !r->options.erase_path)
		prints_open(&r->prints, r->prints_path, &key);
	r->settled = xcalloc(n + 1, sizeof *r->settled);
	r->settled_of = xmalloc((n + 1) * sizeof *r->settled_of);
	r->settled_layer = xmalloc(n + 1);
	r->settled_tuple = xmalloc((r->count + 1) * sizeof *r->settled_tuple);
	memset(r->settled_tuple, 0xff, (r->count + 1) * sizeof *r->settled_tuple);
	r->touched = xcalloc(r->count + 1, sizeof *r->touched);
	s.rest = xmalloc((n + 1) * sizeof *s.rest);
	find_prints(&s);
	settle_groups(&s);
	if (r->recalled_count) {
		if (settle_recalled(r, e))
			return free(s.tuple_of), free(s.rest), e->status;
		touch_sharers(r);
	}
	erasures_each_tuple(r->erasures, unsettle_request, r);
	collect_rest(&s);
	if (r->options.shortcut == SHORTCUT_ALWAYS || r->recalled_count ||
	    s.rest_count * REGISTRY_LAYERS * LINES_PER_LOOKUP < r->file.rows) {
		bool *looked = xcalloc(n + 1, sizeof *looked);
		if (find_kinds(&s, e) == SO1_OK)
			look_up_rest(&s, looked, e);
		free(looked);
		*done = true;
	} else {
		forget_settled(r);
	}
	if (r->standing && r->prints.bytes)
		note_compared(&s);
	free(s.tuple_of);
	free(s.rest);
	buffer_free(&s.text);
	buffer_free(&s.scratch);
	return e->status;
}

enum so1_status registry_unsettle(struct registry *r, const bool *reached, struct so1_error *e)
{
	struct settling s = {.r = r};
	size_t n = r->tuples->count;
	bool *looked = xcalloc(n + 1, sizeof *looked);

	s.rest = xmalloc((n + 1) * sizeof *s.rest);
	for (size_t i = 0; i < n; i++) {
		looked[i] = !r->settled[i];
		if (reached[i] && r->settled_of[i] != OWNER_NONE)
			r->touched[r->settled_of[i]] = true;
	}
	collect_rest(&s);
	if (find_kinds(&s, e) == SO1_OK)
		look_up_rest(&s, looked, e);
	free(looked);
	free(s.rest);
	buffer_free(&s.text);
	buffer_free(&s.scratch);
	return e->status;
}

void registry_add_settled(struct registry *r, struct customers *c)
{
	uint32_t *rank_of, n = c->count;

	if (r->settled == NULL)
		return;
	rank_of = xmalloc((r->count + 1) * sizeof *rank_of);
	for (size_t o = 0; o < r->count; o++)
		if (r->settled_tuple[o] != OWNER_NONE)
			rank_of[o] = n++;
	c->ids = xrealloc_array(c->ids, n + (size_t)1, sizeof *c->ids);
	c->named_after = xrealloc_array(c->named_after, n + (size_t)1, sizeof *c->named_after);
	c->strength = xrealloc_array(c->strength, n + (size_t)1, sizeof *c->strength);
	for (size_t o = 0; o < r->count; o++) {
		if (r->settled_tuple[o] == OWNER_NONE)
			continue;
		c->ids[c->count] = r->ids[o];
		c->named_after[c->count] = r->settled_tuple[o];
		c->strength[c->count++] = LAYER_SELF; /* nobody asks for the key of a known id */
	}
	for (uint32_t i = 0; i < r->tuples->count; i++)
		if (r->settled[i])
			c->rank[i] = r->settled_of[i] == OWNER_NONE ? TUPLE_NONE
								    : rank_of[r->settled_of[i]];
	free(rank_of);
}
