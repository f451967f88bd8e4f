#include "dedupe/pairs.h"

#include "base/prefetch.h"
#include "base/threads.h"
#include "dedupe/standing.h"

#include <stdlib.h>

/* Pattern counts of one thread or chunk: open addressing. */
struct tally {
	struct pattern_count *slots; /* count 0 is free */
	size_t slot_count, used;
};

/* Blocks of one rule are compared in chunks; what they give is kept by chunk, so that the
 * order of pairs does not depend on threads. */
struct chunk {
	struct pair *pairs;
	size_t count, cap;
	uint64_t compared;
};

struct work {
	const struct pair_plan *plan;
	const struct blocking *blocks; /* of the rule being worked on */
	struct block_map map;          /* of all rules so far */
	size_t rule;
	const uint32_t *root;        /* by tuple: the cluster the keys made */
	struct comparer **comparers; /* by thread */
	struct tally *tallies;
	struct chunk *chunks;
	uint64_t sample;             /* pairs to draw, 0: all */
	const uint32_t *apart;       /* of the plan's standing, NULL: compare all */
};

enum { GRAIN = 1024 };

static void tally_add(struct tally *t, uint32_t pattern, uint64_t n);

static void tally_grow(struct tally *t)
{
	struct tally bigger = {.slot_count = t->slot_count ? t->slot_count * 2 : 1024};

	bigger.slots = xcalloc(bigger.slot_count, sizeof *bigger.slots);
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].count)
			tally_add(&bigger, t->slots[i].pattern, t->slots[i].count);
	free(t->slots);
	*t = bigger;
}

static void tally_add(struct tally *t, uint32_t pattern, uint64_t n)
{
	if (t->used * 2 >= t->slot_count)
		tally_grow(t);
	size_t i = pattern * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (t->slot_count - 1);
	while (t->slots[i].count && t->slots[i].pattern != pattern)
		i = (i + 1) & (t->slot_count - 1);
	t->used += t->slots[i].count == 0;
	t->slots[i].pattern = pattern;
	t->slots[i].count += n;
}

static int compare_patterns(const void *x, const void *y)
{
	const struct pattern_count *a = x, *b = y;

	return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

/* The tallies of all threads together, which it frees. */
static void patterns_take(struct patterns *p, struct tally *tallies, int threads)
{
	for (int t = 1; t < threads; t++)
		for (size_t i = 0; i < tallies[t].slot_count; i++)
			if (tallies[t].slots[i].count)
				tally_add(&tallies[0], tallies[t].slots[i].pattern,
					  tallies[t].slots[i].count);
	p->items = xmalloc((tallies[0].used + 1) * sizeof *p->items);
	p->count = 0;
	for (size_t i = 0; i < tallies[0].slot_count; i++)
		if (tallies[0].slots[i].count)
			p->items[p->count++] = tallies[0].slots[i];
	qsort(p->items, p->count, sizeof *p->items, compare_patterns);
	for (int t = 0; t < threads; t++)
		free(tallies[t].slots);
}

bool pair_impossible(const struct pair_plan *plan, uint32_t a, uint32_t b)
{
	const uint32_t *record = plan->identity->record;

	if (record[a] != 0 && record[a] == record[b])
		return true;
	const uint8_t *generation = plan->identity->facts.generation;
	if (generation && generations_differ(generation[a], generation[b]))
		return true;
	if (!plan->single)
		return false;
	const struct tuple *items = plan->traits->tuples->items;
	uint32_t source = items[a].field[T_SOURCE];
	return plan->single[source] && items[b].field[T_SOURCE] == source;
}

/* Whether an earlier rule has the pair already. */
static bool seen_before(const struct work *w, uint32_t a, uint32_t b)
{
	const uint32_t *x = w->map.of + a * w->map.rules, *y = w->map.of + b * w->map.rules;

	for (size_t r = 0; r < w->rule; r++)
		if (x[r] != 0 && x[r] == y[r])
			return true;
	return false;
}

/* times: as how many pairs it counts. */
static void compare_pair(struct work *w, struct chunk *c, int thread, uint32_t a, uint32_t b, uint64_t times)
{
	uint8_t level[TRAIT_COUNT];

	if ((w->apart && standing_part(w->apart[a], w->apart[b])) ||
	    pair_impossible(w->plan, a, b) || seen_before(w, a, b))
		return;
	comparer_run(w->comparers[thread], a, b, level);
	uint32_t pattern = pattern_of(level);
	tally_add(&w->tallies[thread], pattern, times);
	c->compared++;
	if (w->root[a] == w->root[b])
		return;
	GROW(c->pairs, c->cap, c->count + 1);
	c->pairs[c->count++] = (struct pair){a, b, pattern};
}

/* Asks for what comparing looks at first of a member to come. */
static void expect_member(const struct work *w, const struct blocking *b, uint32_t i)
{
	enum { AHEAD = 12 };

	if (i + AHEAD >= b->begin[b->count])
		return;
	uint32_t tuple = b->members[i + AHEAD];
	const char *row = (const char *)&w->plan->traits->rows[tuple];
	prefetch_read(row);
	prefetch_read(row + sizeof(struct trait_row) - 1);
	prefetch_read(&w->map.of[tuple * w->map.rules]);
	prefetch_read(&w->plan->identity->record[tuple]);
	prefetch_read(&w->root[tuple]);
}

static void compare_blocks(void *context, size_t begin, size_t end, int thread)
{
	struct work *w = context;
	const struct blocking *b = w->blocks;
	struct chunk *c = &w->chunks[begin / GRAIN];

	for (size_t i = begin; i < end; i++) {
		if (w->apart && standing_all(w->apart, b->members + b->begin[i], b->members + b->begin[i + 1]))
			continue;
		for (uint32_t x = b->begin[i]; x < b->begin[i + 1]; x++) {
			expect_member(w, b, x);
			for (uint32_t y = x + 1; y < b->begin[i + 1]; y++)
				compare_pair(w, c, thread, b->members[x], b->members[y], 1);
		}
	}
}

/* An echo and its first stand for all pairs of the echo with those that came before it. */
static void compare_echoes(void *context, size_t begin, size_t end, int thread)
{
	struct work *w = context;
	struct chunk *c = &w->chunks[begin / GRAIN];

	for (size_t i = begin; i < end; i++) {
		const struct echo *e = &w->plan->echoes->items[i];
		compare_pair(w, c, thread, e->first, e->tuple, e->before);
	}
}

/* Calls compare for all of n, by chunks, and takes what they give. */
static void run_chunks(struct pairs *p, struct work *w, size_t n,
		       void (*compare)(void *context, size_t begin, size_t end, int thread))
{
	size_t chunk_count = n / GRAIN + 1;

	w->chunks = xcalloc(chunk_count, sizeof *w->chunks);
	threads_for(n, GRAIN, w->plan->threads, compare, w);
	for (size_t i = 0; i < chunk_count; i++) {
		struct chunk *c = &w->chunks[i];
		p->compared += c->compared;
		if (c->count) {
			GROW(p->items, p->cap, p->count + c->count);
			memcpy(p->items + p->count, c->pairs, c->count * sizeof *c->pairs);
			p->count += c->count;
		}
		free(c->pairs);
	}
	free(w->chunks);
}

static void run_rule(struct pairs *p, struct work *w, struct blocking *b)
{
	run_chunks(p, w, b->count, compare_blocks);
	p->of_rule[w->rule].agreeing = b->agreeing;
	p->of_rule[w->rule].oversize = b->oversize;
	p->of_rule[w->rule].left_out = b->left_out;
	p->of_rule[w->rule].cap = b->cap;
	GROW(p->runs, p->run_cap, p->run_count + b->over_count + 1);
	for (size_t i = 0; i < b->over_count; i++)
		p->runs[p->run_count++] = (uint64_t)w->rule << RUN_BITS | b->over[i];
}

static void start_threads(struct work *w)
{
	w->comparers = xcalloc((size_t)w->plan->threads, sizeof *w->comparers);
	w->tallies = xcalloc((size_t)w->plan->threads, sizeof *w->tallies);
	for (int i = 0; i < w->plan->threads; i++)
		w->comparers[i] = comparer_new(w->plan->traits, w->plan->nicknames);
}

static void end_threads(struct work *w, struct patterns *p)
{
	patterns_take(p, w->tallies, w->plan->threads);
	for (int i = 0; i < w->plan->threads; i++)
		comparer_free(w->comparers[i]);
	free(w->comparers);
	free(w->tallies);
}

/* Blocks of some rules at a time, one rule to a thread. */
struct batch_of_rules {
	struct work *w;
	struct blocking *blocks; /* by rule */
	size_t first;
	struct pair_budget budget;
	struct blocking_room *rooms; /* by thread */
};

static void make_blocks(void *context, size_t begin, size_t end, int thread)
{
	struct batch_of_rules *batch = context;
	const struct pair_plan *plan = batch->w->plan;

	for (size_t i = batch->first + begin; i < batch->first + end; i++)
		blocking_make(&batch->blocks[i], plan->traits, &plan->rules->items[i], plan->cap,
			      &batch->budget, &batch->w->map, i, &batch->rooms[thread]);
}

/* Of each rule a pair of strangers for sixteen records, eight pairs for a record in all; in small
 * files what there is. */
static struct pair_budget pair_budget_of(uint64_t records)
{
	enum { STRANGERS_LEAST = 100000, ALL_LEAST = 2000000 };
	struct pair_budget b = {.strangers = records / 16, .all = records * 8};

	b.strangers = b.strangers > STRANGERS_LEAST ? b.strangers : STRANGERS_LEAST;
	b.all = b.all > ALL_LEAST ? b.all : ALL_LEAST;
	return b;
}

void candidates_make(struct pairs *p, const struct pair_plan *plan)
{
	struct blocking blocks[RULES_MOST];
	struct work w = {.plan = plan, .map.rules = plan->rules->count ? plan->rules->count - 1 : 0,
		.root = plan->identity->clusters.parent};
	struct batch_of_rules batch = {&w, blocks, 0, pair_budget_of(plan->traits->count), NULL};
	size_t n = plan->traits->tuples->count, at_once = (size_t)plan->threads;

	/* Which blocks were too large for the night before decides about pairs of all rules. */
	if (plan->standing && (w.apart = plan->standing->apart) != NULL)
		at_once = plan->rules->count;
	batch.rooms = xcalloc((size_t)plan->threads + 1, sizeof *batch.rooms);
	w.map.of = xcalloc((n + 1) * w.map.rules, sizeof *w.map.of);
	start_threads(&w);
	run_chunks(p, &w, plan->echoes->count, compare_echoes);
	for (w.rule = 0; w.rule < plan->rules->count; w.rule++) {
		if (w.rule % at_once == 0) {
			size_t left = plan->rules->count - w.rule;
			batch.first = w.rule;
			threads_for(left < at_once ? left : at_once, 1, plan->threads, make_blocks, &batch);
			for (size_t r = 0; w.apart && r < plan->rules->count; r++)
				standing_open_runs(plan->standing, r, &blocks[r]);
		}
		w.blocks = &blocks[w.rule];
		run_rule(p, &w, &blocks[w.rule]);
		blocking_free(&blocks[w.rule]);
	}
	end_threads(&w, &p->patterns);
	for (int i = 0; i <= plan->threads; i++)
		blocking_room_free(&batch.rooms[i]);
	free(batch.rooms);
	free(w.map.of);
}

void candidates_free(struct pairs *p)
{
	free(p->items);
	free(p->runs);
	patterns_free(&p->patterns);
	*p = (struct pairs){0};
}

/* splitmix64 of the pair's number: the same draw on every machine. */
static uint64_t draw(uint64_t i)
{
	uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void sample_pair(struct work *w, int thread, uint32_t x, uint32_t y)
{
	uint32_t a = w->plan->traits->order[x], b = w->plan->traits->order[y];
	uint8_t level[TRAIT_COUNT];

	if (x == y || pair_impossible(w->plan, a, b))
		return;
	comparer_run(w->comparers[thread], a, b, level);
	tally_add(&w->tallies[thread], pattern_of(level), 1);
}

static void sample_range(void *context, size_t begin, size_t end, int thread)
{
	struct work *w = context;
	uint32_t n = w->plan->traits->count;

	for (size_t i = begin; i < end; i++) {
		if (w->sample == 0) {
			for (uint32_t j = (uint32_t)i + 1; j < n; j++)
				sample_pair(w, thread, (uint32_t)i, j);
			continue;
		}
		uint64_t d = draw(i);
		sample_pair(w, thread, (uint32_t)((d & UINT32_MAX) * n >> 32),
			    (uint32_t)((d >> 32) * n >> 32));
	}
}

void patterns_sample(struct patterns *p, const struct pair_plan *plan, uint64_t most)
{
	struct work w = {.plan = plan};
	uint64_t n = plan->traits->count;
	bool all = n < 2 || n * (n - 1) / 2 <= most;

	w.sample = all ? 0 : most;
	start_threads(&w);
	threads_for(all ? n : most, all ? 16 : 4096, plan->threads, sample_range, &w);
	end_threads(&w, p);
}

void patterns_label(struct patterns *p, uint32_t pattern, bool same)
{
	size_t i = 0;

	while (i < p->count && p->items[i].pattern < pattern)
		i++;
	if (i == p->count || p->items[i].pattern != pattern) {
		if (!same)
			return;
		p->items = xrealloc_array(p->items, p->count + 1, sizeof *p->items);
		memmove(p->items + i + 1, p->items + i, (p->count - i) * sizeof *p->items);
		p->items[i] = (struct pattern_count){.pattern = pattern};
		p->count++;
	}
	p->items[i].count -= p->items[i].count > 0;
	p->items[i].same += same;
}

void patterns_free(struct patterns *p)
{
	free(p->items);
	*p = (struct patterns){0};
}

void patterns_count(struct patterns *p, const struct pairs *pairs)
{
	struct tally t = {0};

	tally_grow(&t);
	for (size_t i = 0; i < pairs->count; i++)
		tally_add(&t, pairs->items[i].pattern, 1);
	patterns_take(p, &t, 1);
}
