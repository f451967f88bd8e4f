#include "dedupe/standing.h"

#include "base/threads.h"
#include "dedupe/hopeful.h"

#include <math.h>
#include <stdlib.h>

/* A past, in the machine's own order as prints are: past_head, past_values, runs. */
struct past_head {
	uint64_t known[TRAIT_COUNT];
	uint64_t rules; /* digest of the blocking rules in use */
	uint64_t values, runs;
};

/* A value that more than one record had. */
struct past_value {
	uint64_t value; /* trait_value_hash */
	uint64_t uses;
};

struct past_table {
	struct past_head head;
	struct past_value *values; /* open addressing; uses 0 is free */
	uint64_t *runs;            /* the same; NO_RUN is free */
	size_t value_mask, run_mask;
};

#define NO_RUN UINT64_MAX

/* Weights are rounded to 1/1024 of a bit, rarities to the float next to them. */
#define ROUNDING (4 / 1024.)

/* Pairs that cannot weigh more than this many bits below the limit count as if they did: a
 * margin is hardly used up in years. */
enum { FAR_BELOW = 8 };

static uint64_t rules_hash(const struct rules *rules)
{
	struct buffer b = {0};

	rules_put(rules, &b);
	uint64_t hash = slice_hash(buffer_slice(&b), 0);
	buffer_free(&b);
	return hash;
}

static size_t spread(uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20);
}

static size_t table_size(uint64_t n)
{
	size_t size = 64;

	while (size < n * 2)
		size *= 2;
	return size;
}

static struct past_value *value_slot(const struct past_table *p, uint64_t value)
{
	size_t i = spread(value) & p->value_mask;

	while (p->values[i].uses && p->values[i].value != value)
		i = (i + 1) & p->value_mask;
	return &p->values[i];
}

static uint64_t *run_slot(const struct past_table *p, uint64_t run)
{
	size_t i = spread(run) & p->run_mask;

	while (p->runs[i] != NO_RUN && p->runs[i] != run)
		i = (i + 1) & p->run_mask;
	return &p->runs[i];
}

/* NULL for what is no past. */
static struct past_table *past_read(struct slice bytes)
{
	struct past_head head;

	if (bytes.len < sizeof head)
		return NULL;
	memcpy(&head, bytes.ptr, sizeof head);
	size_t left = bytes.len - sizeof head;
	if (head.values > left / sizeof(struct past_value) ||
	    left - head.values * sizeof(struct past_value) != head.runs * sizeof(uint64_t))
		return NULL;
	struct past_table *p = xcalloc(1, sizeof *p);
	p->head = head;
	p->value_mask = table_size(head.values) - 1;
	p->run_mask = table_size(head.runs) - 1;
	p->values = xcalloc(p->value_mask + 1, sizeof *p->values);
	p->runs = xmalloc((p->run_mask + 1) * sizeof *p->runs);
	memset(p->runs, 0xff, (p->run_mask + 1) * sizeof *p->runs);
	const char *at = bytes.ptr + sizeof head;
	for (uint64_t i = 0; i < head.values; i++, at += sizeof(struct past_value)) {
		struct past_value v;
		memcpy(&v, at, sizeof v);
		*value_slot(p, v.value) = v;
	}
	for (uint64_t i = 0; i < head.runs; i++, at += sizeof(uint64_t)) {
		uint64_t run;
		memcpy(&run, at, sizeof run);
		*run_slot(p, run) = run;
	}
	return p;
}

static void past_free(struct past_table *p)
{
	if (!p)
		return;
	free(p->values);
	free(p->runs);
	free(p);
}

/* Traits that are unknown, or of one record alone, are not compared at all (compare.h). */
static bool same_columns(const struct past_head *h, const struct traits *t)
{
	for (int c = 0; c < TRAIT_COUNT; c++)
		if ((h->known[c] < 2 ? h->known[c] : 2) != (t->known[c] < 2 ? t->known[c] : 2))
			return false;
	return true;
}

/* By value: how many bits rarer it has become, 0 where it has not. */
struct drift {
	const struct standing *s;
	const struct traits *t;
	const struct scale *scale;
	float *rarer[TRAIT_COUNT]; /* NULL: rarity is no matter */
};

static void find_drift(void *context, size_t begin, size_t end, int thread)
{
	struct drift *d = context;
	const struct past_table *p = d->s->table;
	const struct model *model = d->scale->model;

	(void)thread;
	for (size_t c = begin; c < end; c++) {
		const uint32_t *uses = d->t->uses[c];
		uint64_t known = d->t->known[c];
		if (d->scale->rarity[c] == NULL)
			continue;
		d->rarer[c] = xcalloc(d->t->text[c].count, sizeof *d->rarer[c]);
		uint64_t last_then = 0, last_now = 0;
		float last = 0;
		for (uint32_t v = 1; v < d->t->text[c].count; v++) {
			uint64_t then = value_slot(p, trait_value_hash(d->t, (enum trait)c, v))->uses;
			then = then ? then : 1;
			if (then != last_then || uses[v] != last_now) {
				double now = log2(model_share_of_others(model, (enum trait)c, uses[v], known));
				double was = log2(model_share_of_others(model, (enum trait)c, (uint32_t)then,
									p->head.known[c]));
				last = was > now ? (float)(was - now) : 0;
				last_then = then;
				last_now = uses[v];
			}
			d->rarer[c][v] = last;
		}
	}
}

/* A value too widely shared to be evidence is so because of tonight's input. */
static bool has_shared_value(const struct identity *id, const struct tuples *t, uint32_t tuple)
{
	for (int l = 0; l < LAYER_KEYS; l++) {
		uint32_t value = t->items[tuple].field[layer_field((enum layer)l)];
		if (value != STRINGS_EMPTY && id->trusted[l][value] == TRUST_SHARED)
			return true;
	}
	return false;
}

static void place_tuple(struct standing *s, const struct drift *d, const struct identity *id,
			uint32_t tuple)
{
	double margin = s->margin[tuple] / (double)MARGIN_UNITS - ROUNDING;
	uint32_t flags = s->settled && s->settled[tuple] ? APART_SETTLED : 0;

	for (int c = 0; c < TRAIT_COUNT; c++)
		if (d->rarer[c])
			margin -= d->rarer[c][trait_of(d->t, tuple, (enum trait)c)];
	if (s->table == NULL || margin <= 0 || has_shared_value(id, d->t->tuples, tuple))
		flags |= APART_OPEN;
	else
		s->best[tuple] = (float)(s->limit - margin);
	s->apart[tuple] = s->group[tuple] << APART_SHIFT | flags;
}

void standing_begin(struct standing *s, const struct traits *t, const struct identity *id,
		    const struct rules *rules, const struct scale *scale, int threads)
{
	struct drift d = {.s = s, .t = t, .scale = scale};
	size_t n = t->tuples->count;

	s->best = xmalloc((n + 1) * sizeof *s->best);
	for (size_t i = 0; i <= n; i++)
		s->best[i] = -INFINITY;
	s->near = xcalloc(n + 1, sizeof *s->near);
	if (s->group == NULL)
		return;
	s->apart = xcalloc(n + 1, sizeof *s->apart);
	if (s->recalled) {
		for (uint32_t i = 0; i < n; i++)
			if (s->group[i])
				s->apart[i] = s->group[i] << APART_SHIFT | APART_SETTLED;
		return;
	}
	s->table = past_read(s->past);
	if (s->table && (!same_columns(&s->table->head, t) || s->table->head.rules != rules_hash(rules))) {
		past_free(s->table);
		s->table = NULL;
	}
	if (s->table)
		threads_for(TRAIT_COUNT, 1, threads, find_drift, &d);
	for (uint32_t i = 0; i < n; i++)
		if (s->group[i] && id->names[i])
			place_tuple(s, &d, id, i);
	for (int c = 0; c < TRAIT_COUNT; c++)
		free(d.rarer[c]);
}

void standing_open_runs(struct standing *s, size_t rule, const struct blocking *b)
{
	if (s->table == NULL || s->table->head.runs == 0)
		return;
	for (uint32_t i = 0; i < b->count; i++) {
		uint64_t run = (uint64_t)rule << RUN_BITS | b->key[i];
		if (*run_slot(s->table, run) != run)
			continue;
		for (uint32_t m = b->begin[i]; m < b->begin[i + 1]; m++) {
			uint32_t tuple = b->members[m];
			if (s->apart[tuple] == 0)
				continue;
			s->apart[tuple] |= APART_OPEN;
			s->best[tuple] = -INFINITY;
		}
	}
}

/* Records with a must-link to another one that is not settled with them. */
static bool *find_tied(const struct standing *s, const struct identity *id, const struct marks *must,
		       const uint32_t *first)
{
	bool *tied = xcalloc(id->record_count + (size_t)1, sizeof *tied);

	for (size_t i = 0; i < must->count; i++) {
		uint32_t a = first[must->items[i].a], b = first[must->items[i].b];
		if (s->settled[a] && s->settled[b] && s->group[a] != 0 && s->group[a] == s->group[b])
			continue;
		tied[must->items[i].a] = tied[must->items[i].b] = true;
	}
	return tied;
}

size_t standing_reach(const struct standing *s, const struct pairs *pairs, const struct scale *scale,
		      const struct identity *id, const struct marks *must, const uint32_t *first,
		      bool *reached)
{
	size_t tuples = scale->traits->tuples->count, n = 0;
	uint64_t *hopeful;
	bool *tied;

	if (s->settled == NULL)
		return 0;
	tied = find_tied(s, id, must, first);
	for (uint32_t i = 0; i < tuples; i++)
		reached[i] = s->settled[i] && tied[id->record[i]];
	free(tied);
	hopeful = hopeful_find(scale, &pairs->patterns, s->limit);
	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->items[i];
		uint8_t level[TRAIT_COUNT];
		if ((!s->settled[p->a] && !s->settled[p->b]) || !hopeful_has(hopeful, p->pattern))
			continue;
		pattern_levels(p->pattern, level);
		if (scale_weigh(scale, p->a, p->b, level) < s->limit)
			continue;
		reached[p->a] |= s->settled[p->a];
		reached[p->b] |= s->settled[p->b];
	}
	for (uint32_t i = 0; i < tuples; i++)
		n += reached[i];
	free(hopeful);
	return n;
}

static void put_past(struct standing *s, const struct pairs *pairs, const struct traits *t,
		     const struct rules *rules)
{
	struct past_head head = {.rules = rules_hash(rules), .runs = pairs->run_count};

	buffer_put(&s->next, (const char *)&head, sizeof head);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		head.known[c] = t->known[c];
		for (uint32_t v = 1; v < t->text[c].count; v++) {
			struct past_value value = {0, t->uses[c][v]};
			if (value.uses < 2)
				continue;
			value.value = trait_value_hash(t, (enum trait)c, v);
			buffer_put(&s->next, (const char *)&value, sizeof value);
			head.values++;
		}
	}
	memcpy(s->next.ptr, &head, sizeof head);
	if (pairs->run_count)
		buffer_put(&s->next, (const char *)pairs->runs, pairs->run_count * sizeof *pairs->runs);
}

/* What an echo was not compared with weighs as much with its first. */
static void note_echoes(struct standing *s, const struct echoes *echoes)
{
	for (size_t i = 0; i < echoes->count; i++) {
		uint32_t first = echoes->items[i].first, echo = echoes->items[i].tuple;
		s->near[echo] |= s->near[first];
		if (s->best[echo] < s->best[first])
			s->best[echo] = s->best[first];
	}
}

void standing_note(struct standing *s, const struct pairs *pairs, const struct echoes *echoes,
		   const struct scale *scale, struct identity *id, const struct rules *rules)
{
	struct clusters *c = &id->clusters;
	uint64_t *hopeful = hopeful_find(scale, &pairs->patterns, s->limit - FAR_BELOW);

	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->items[i];
		uint8_t level[TRAIT_COUNT];
		double w = s->limit - FAR_BELOW;
		if (hopeful_has(hopeful, p->pattern)) {
			pattern_levels(p->pattern, level);
			w = scale_weigh(scale, p->a, p->b, level);
		}
		/* Most say nothing new. */
		if (w < s->limit && w <= s->best[p->a] && w <= s->best[p->b])
			continue;
		if (clusters_find(c, p->a) == clusters_find(c, p->b))
			continue;
		if (w >= s->limit) {
			s->near[p->a] = s->near[p->b] = true;
			continue;
		}
		s->best[p->a] = w > s->best[p->a] ? (float)w : s->best[p->a];
		s->best[p->b] = w > s->best[p->b] ? (float)w : s->best[p->b];
	}
	free(hopeful);
	note_echoes(s, echoes);
	put_past(s, pairs, scale->traits, rules);
}

uint16_t standing_margin(const struct standing *s, uint32_t tuple)
{
	double units = floor((s->limit - s->best[tuple]) * MARGIN_UNITS);

	return units >= MARGIN_MOST ? MARGIN_MOST : units > 0 ? (uint16_t)units : 0;
}

void standing_free(struct standing *s)
{
	past_free(s->table);
	free(s->apart);
	free(s->best);
	free(s->near);
	buffer_free(&s->next);
	*s = (struct standing){0};
}
