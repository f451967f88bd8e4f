#include "segment/discover_search.h"

#include "base/threads.h"
#include "segment/contrast.h"

#include <math.h>
#include <stdlib.h>

/* Pairs are counted in tiles of conditions by pieces of rows that stay in the cache. */
enum { TILE = 16, PIECE_WORDS = 512 };

struct group {
	uint64_t rows, positives;
};

/* What one thread has found. */
struct catch {
	struct finding *items;
	size_t count, cap;
	uint64_t tried;
};

struct search {
	const struct condition_set *set;
	const struct discover_limits *limits;
	double log_fdr;
	size_t tiles;
	struct catch *catches;       /* by thread */
	const struct finding *beam;  /* from depth 3 on */
	uint64_t **scratch;          /* a bitmap a thread */
};

static double rate(struct group g)
{
	return (double)g.positives / (double)g.rows;
}

static struct group group_of(const struct condition *c)
{
	return (struct group){c->rows, c->positives};
}

/* The largest p against the wholes in turn; false as soon as one is above the limit. */
static bool test_against(const struct search *s, struct group part, struct group whole,
			 struct finding *f)
{
	/* A rate that is not above the whole's has a p of about a half or more. */
	if (whole.rows == part.rows ||
	    part.positives * whole.rows <= whole.positives * part.rows)
		return false;
	double log_p = contrast_log_tail(part.positives, part.rows, whole.positives, whole.rows);
	if (log_p > f->log_p)
		f->log_p = log_p;
	return log_p <= s->log_fdr;
}

static struct group everyone(const struct search *s)
{
	return (struct group){s->set->rows, s->set->positives};
}

static void put(struct catch *c, const struct finding *f)
{
	GROW(c->items, c->cap, c->count + 1);
	c->items[c->count++] = *f;
}

static void try_single(const struct search *s, struct catch *c, uint32_t i)
{
	struct group part = group_of(&s->set->items[i]);
	struct finding f = {.conditions = {i}, .depth = 1, .rows = (uint32_t)part.rows,
			    .positives = (uint32_t)part.positives, .log_p = -INFINITY,
			    .parent_rate = rate(everyone(s))};

	c->tried++;
	if (test_against(s, part, everyone(s), &f))
		put(c, &f);
}

static void try_pair(const struct search *s, struct catch *c, uint32_t i, uint32_t k,
		     struct group part)
{
	struct group a = group_of(&s->set->items[i]), b = group_of(&s->set->items[k]);
	struct finding f = {.conditions = {i, k}, .depth = 2, .rows = (uint32_t)part.rows,
			    .positives = (uint32_t)part.positives, .log_p = -INFINITY,
			    .parent_rate = fmax(rate(a), rate(b))};

	if (part.rows < s->limits->support)
		return;
	c->tried++;
	if (test_against(s, part, everyone(s), &f) && test_against(s, part, a, &f) &&
	    test_against(s, part, b, &f))
		put(c, &f);
}

/* counts[i * TILE + k] of the tile's pairs over the words [from, to). */
static void count_tile(const struct search *s, size_t row, size_t column, size_t from, size_t to,
		       uint64_t *counts)
{
	const struct condition *items = s->set->items;
	size_t n = s->set->count;

	for (size_t at = from; at < to; at += PIECE_WORDS) {
		size_t words = to - at < PIECE_WORDS ? to - at : PIECE_WORDS;
		for (size_t i = row; i < row + TILE && i < n; i++)
			for (size_t k = column; k < column + TILE && k < n; k++)
				if (k > i)
					counts[(i - row) * TILE + k - column] +=
						bits_common(items[i].bits + at, items[k].bits + at, words);
	}
}

static void try_tile(const struct search *s, struct catch *c, size_t row, size_t column)
{
	uint64_t positives[TILE * TILE] = {0}, others[TILE * TILE] = {0};
	const struct condition_set *set = s->set;

	count_tile(s, row, column, 0, set->words[1], positives);
	count_tile(s, row, column, set->words[1], set->words[1] + set->words[0], others);
	for (size_t i = row; i < row + TILE && i < set->count; i++)
		for (size_t k = column; k < column + TILE && k < set->count; k++) {
			size_t at = (i - row) * TILE + k - column;
			if (k > i && conditions_combine(&set->items[i], &set->items[k]))
				try_pair(s, c, (uint32_t)i, (uint32_t)k,
					 (struct group){positives[at] + others[at], positives[at]});
		}
}

static void try_tiles(void *context, size_t begin, size_t end, int thread)
{
	const struct search *s = context;

	for (size_t n = begin; n < end; n++) {
		size_t row = n / s->tiles, column = n % s->tiles;
		if (column >= row)
			try_tile(s, &s->catches[thread], row * TILE, column * TILE);
	}
}

void finding_bits(const struct condition_set *set, const struct finding *f, uint64_t *bits)
{
	size_t n = set->words[0] + set->words[1];

	memcpy(bits, set->items[f->conditions[0]].bits, n * sizeof *bits);
	for (uint32_t d = 1; d < f->depth; d++)
		for (size_t i = 0; i < n; i++)
			bits[i] &= set->items[f->conditions[d]].bits[i];
}

static struct group count_finding(const struct condition_set *set, const struct finding *f,
				  uint64_t *bits)
{
	finding_bits(set, f, bits);
	uint64_t positives = bits_common(bits, bits, set->words[1]);

	return (struct group){positives + bits_common(bits + set->words[1], bits + set->words[1],
						     set->words[0]), positives};
}

/* f without its condition at place d. */
static struct finding parent_of(const struct finding *f, uint32_t d)
{
	struct finding p = {.depth = f->depth - 1};

	for (uint32_t i = 0, k = 0; i < f->depth; i++)
		if (i != d)
			p.conditions[k++] = f->conditions[i];
	return p;
}

static bool is_part_of(const struct search *s, const struct finding *f, uint32_t condition)
{
	for (uint32_t d = 0; d < f->depth; d++)
		if (f->conditions[d] == condition ||
		    !conditions_combine(&s->set->items[f->conditions[d]],
					&s->set->items[condition]))
			return true;
	return false;
}

/* f with one condition more, in its place. */
static struct finding extend(const struct finding *f, uint32_t condition, struct group part)
{
	struct finding x = {.depth = f->depth + 1, .rows = (uint32_t)part.rows,
			    .positives = (uint32_t)part.positives, .log_p = -INFINITY};
	uint32_t i = 0;

	for (; i < f->depth && f->conditions[i] < condition; i++)
		x.conditions[i] = f->conditions[i];
	x.conditions[i] = condition;
	for (; i < f->depth; i++)
		x.conditions[i + 1] = f->conditions[i];
	return x;
}

static bool beats_parents(const struct search *s, struct finding *f, uint64_t *bits)
{
	struct group part = {f->rows, f->positives};

	for (uint32_t d = 0; d < f->depth; d++) {
		struct finding parent = parent_of(f, d);
		struct group whole = count_finding(s->set, &parent, bits);
		f->parent_rate = fmax(f->parent_rate, rate(whole));
		if (!test_against(s, part, whole, f))
			return false;
	}
	return true;
}

static void grow(const struct search *s, const struct finding *from, int thread)
{
	const struct condition_set *set = s->set;
	size_t words = set->words[0] + set->words[1];
	uint64_t *bits = s->scratch[thread];

	finding_bits(set, from, bits);
	for (uint32_t i = 0; i < set->count; i++) {
		if (is_part_of(s, from, i))
			continue;
		uint64_t positives = bits_common(bits, set->items[i].bits, set->words[1]);
		struct group part = {positives + bits_common(bits + set->words[1],
							     set->items[i].bits + set->words[1],
							     set->words[0]), positives};
		if (part.rows < s->limits->support)
			continue;
		struct finding f = extend(from, i, part);
		if (test_against(s, part, everyone(s), &f) &&
		    test_against(s, part, (struct group){from->rows, from->positives}, &f) &&
		    beats_parents(s, &f, bits + words))
			put(&s->catches[thread], &f);
	}
}

static void grow_some(void *context, size_t begin, size_t end, int thread)
{
	const struct search *s = context;

	for (size_t i = begin; i < end; i++)
		grow(s, &s->beam[i], thread);
}

static int compare_conditions(const struct finding *a, const struct finding *b)
{
	for (uint32_t d = 0; d < a->depth && d < b->depth; d++)
		if (a->conditions[d] != b->conditions[d])
			return a->conditions[d] < b->conditions[d] ? -1 : 1;
	return 0;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->log_p != y->log_p)
		return x->log_p < y->log_p ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return compare_conditions(x, y);
}

/* Moves what the threads have found to f, from `first` on sorted, each once: a conjunction of
 * three is met from each of its pairs. */
static void collect(struct findings *f, struct search *s, int threads, size_t first)
{
	for (int i = 0; i < threads; i++) {
		struct catch *c = &s->catches[i];
		f->tried += (double)c->tried;
		if (c->count) {
			GROW(f->items, f->cap, f->count + c->count);
			memcpy(f->items + f->count, c->items, c->count * sizeof *c->items);
		}
		f->count += c->count;
		c->count = c->tried = 0;
	}
	if (f->count == first)
		return;
	qsort(f->items + first, f->count - first, sizeof *f->items, compare_findings);
	size_t kept = first + 1;
	for (size_t i = first + 1; i < f->count; i++)
		if (compare_findings(&f->items[kept - 1], &f->items[i]) != 0)
			f->items[kept++] = f->items[i];
	f->count = kept;
}

static double choose(double n, uint32_t k)
{
	double result = 1;

	for (uint32_t i = 0; i < k; i++)
		result *= (n - i) / (i + 1);
	return fmax(result, 0);
}

static void go_deeper(struct findings *f, struct search *s, int threads, size_t first, uint32_t depth)
{
	size_t n = f->count - first < DISCOVER_BEAM ? f->count - first : DISCOVER_BEAM;
	struct finding *beam = xrealloc_array(NULL, n + 1, sizeof *beam);

	if (n)
		memcpy(beam, f->items + first, n * sizeof *beam);
	s->beam = beam;
	first = f->count;
	threads_for(n, 1, threads, grow_some, s);
	collect(f, s, threads, first);
	f->tried += choose((double)s->set->count, depth);
	free(beam);
}

void discover_search(struct findings *f, const struct condition_set *set,
		     const struct discover_limits *limits, int threads)
{
	size_t words = set->words[0] + set->words[1];
	struct search s = {.set = set, .limits = limits, .log_fdr = log(limits->fdr),
			   .tiles = (set->count + TILE - 1) / TILE,
			   .catches = xcalloc((size_t)threads, sizeof *s.catches),
			   .scratch = xcalloc((size_t)threads, sizeof *s.scratch)};

	*f = (struct findings){0};
	for (uint32_t i = 0; i < set->count; i++)
		try_single(&s, &s.catches[0], i);
	collect(f, &s, threads, 0);
	size_t first = f->count;
	if (limits->depth > 1)
		threads_for(s.tiles * s.tiles, 1, threads, try_tiles, &s);
	collect(f, &s, threads, first);
	for (int i = 0; i < threads && limits->depth > 2; i++)
		s.scratch[i] = xrealloc_array(NULL, 2 * words + 1, sizeof(uint64_t));
	for (uint32_t depth = 3; depth <= limits->depth; depth++) {
		size_t before = f->count;
		go_deeper(f, &s, threads, first, depth);
		first = before;
	}
	if (f->count)
		qsort(f->items, f->count, sizeof *f->items, compare_findings);
	for (int i = 0; i < threads; i++) {
		free(s.catches[i].items);
		free(s.scratch[i]);
	}
	free(s.catches);
	free(s.scratch);
}

void findings_free(struct findings *f)
{
	free(f->items);
	*f = (struct findings){0};
}
