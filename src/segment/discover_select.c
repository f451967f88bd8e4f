#include "segment/discover_select.h"

#include <math.h>
#include <stdlib.h>

/* Under fdr / GATE, by Bonferroni, must be the least p-value for there to be any discovery. */
enum { GATE = 2 };

/* How many of f's items, which are in the order of p, have a p of at most fdr count / tried. */
static size_t count_below(const struct findings *f, double fdr, size_t count)
{
	double most = log((double)count * fdr / f->tried);
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->items[middle].log_p <= most)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Benjamini and Hochberg's number of discoveries. */
static size_t count_discoveries(const struct findings *f, double fdr)
{
	size_t count = 0;

	if (f->count == 0 || f->items[0].log_p > log(fdr / GATE / f->tried))
		return 0;
	for (size_t k = 1; k <= f->count; k++)
		if (f->items[k - 1].log_p <= log((double)k * fdr / f->tried))
			count = k;
	return count;
}

static void put_key(struct buffer *b, uint32_t x)
{
	buffer_put(b, &x, sizeof x);
}

/* What is the same for conjunctions that differ in their cut points only. Conditions are in
 * the order of columns, but >= and < of one column may come either way round. */
static void put_family(struct buffer *b, const struct condition_set *set, const struct finding *f)
{
	buffer_clear(b);
	for (uint32_t d = 0; d < f->depth; d++) {
		const struct condition *c = &set->items[f->conditions[d]];
		bool is_cut = c->kind == CONDITION_FROM || c->kind == CONDITION_BELOW;
		const struct condition *next =
			d + 1 < f->depth ? &set->items[f->conditions[d + 1]] : NULL;
		if (is_cut && next && next->column == c->column &&
		    (next->kind == CONDITION_FROM || next->kind == CONDITION_BELOW)) {
			put_key(b, CONDITION_UNKNOWN + 1);
			put_key(b, c->column);
			d++;
			continue;
		}
		put_key(b, c->kind);
		put_key(b, c->column);
		/* Any number for a cut; others are what they are. */
		put_key(b, is_cut ? 0 : f->conditions[d]);
	}
}

/* The discoveries by their conditions. */
struct known {
	struct dictionary keys;
	const struct findings *f;
	const struct condition_set *set;
	uint32_t **weaker; /* by condition: those weaker than it, ended by UINT32_MAX; owned */
	bool *stays;       /* by place in f: looked at, and says more than the weaker ones */
};

static struct slice key_of(const struct finding *f)
{
	return slice_make((const char *)f->conditions, f->depth * sizeof *f->conditions);
}

static void known_init(struct known *k, const struct findings *f, size_t count,
		       const struct condition_set *set)
{
	*k = (struct known){.f = f, .set = set};
	k->weaker = xcalloc(set->count + 1, sizeof *k->weaker);
	k->stays = xcalloc(count + 1, sizeof *k->stays);
	for (size_t i = 0; i < count; i++)
		dictionary_add(&k->keys, key_of(&f->items[i]), NULL);
	for (uint32_t i = 0; i < set->count && count; i++) {
		size_t n = 0, cap = 0;
		for (uint32_t j = 0; j <= set->count; j++) {
			bool end = j == set->count;
			if (!end && !condition_is_weaker(set, &set->items[j], &set->items[i]))
				continue;
			GROW(k->weaker[i], cap, n + 1);
			k->weaker[i][n++] = end ? UINT32_MAX : j;
		}
	}
}

static void known_free(struct known *k)
{
	for (size_t i = 0; i < k->set->count; i++)
		free(k->weaker[i]);
	free(k->weaker);
	free(k->stays);
	dictionary_free(&k->keys);
}

/* f with condition d replaced, in order; NULL where that does not stay. */
static const struct finding *find_replaced(const struct known *k, const struct finding *f,
					   uint32_t d, uint32_t condition)
{
	struct finding x = *f;

	x.conditions[d] = condition;
	for (uint32_t i = 1; i < x.depth; i++)
		for (uint32_t j = i; j > 0 && x.conditions[j - 1] > x.conditions[j]; j--) {
			uint32_t swap = x.conditions[j];
			x.conditions[j] = x.conditions[j - 1];
			x.conditions[j - 1] = swap;
		}
	uint32_t id = dictionary_find(&k->keys, key_of(&x));
	return id == DICTIONARY_NONE || !k->stays[id] ? NULL : &k->f->items[id];
}

static double rate(const struct finding *f)
{
	return (double)f->positives / (double)f->rows;
}

/* Whether one with a condition less strict says as much. */
static bool is_narrowed(const struct known *k, const struct finding *f,
			const struct select_options *o)
{
	for (uint32_t d = 0; d < f->depth; d++)
		for (const uint32_t *w = k->weaker[f->conditions[d]]; *w != UINT32_MAX; w++) {
			const struct finding *g = find_replaced(k, f, d, *w);
			if (g == NULL)
				continue;
			if (rate(f) < o->min_lift * rate(g) ||
			    contrast_log_tail(f->positives, f->rows, g->positives, g->rows) > log(o->fdr))
				return true;
		}
	return false;
}

static bool is_worth_it(const struct discovery *d, double min_lift)
{
	return d->lift.known && d->lift.value >= min_lift &&
	       rate(&d->finding) >= min_lift * d->finding.parent_rate;
}

/* <0 where a goes before b. */
static int compare_lift(const void *a, const void *b)
{
	const struct discovery *x = a, *y = b;

	if (x->lift.value != y->lift.value)
		return x->lift.value > y->lift.value ? -1 : 1;
	if (x->finding.rows != y->finding.rows)
		return x->finding.rows > y->finding.rows ? -1 : 1;
	if (x->finding.depth != y->finding.depth)
		return x->finding.depth < y->finding.depth ? -1 : 1;
	for (uint32_t i = 0; i < x->finding.depth; i++)
		if (x->finding.conditions[i] != y->finding.conditions[i])
			return x->finding.conditions[i] < y->finding.conditions[i] ? -1 : 1;
	return 0;
}

static bool is_surer(const struct discovery *a, const struct discovery *b)
{
	if (a->lift.low != b->lift.low)
		return a->lift.low > b->lift.low;
	return compare_lift(a, b) < 0;
}

/* One of each family, in the order of lift. */
static size_t keep_families(struct discovery *items, size_t count, const struct condition_set *set)
{
	struct dictionary families = {0};
	struct buffer key = {0};
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		bool added;
		put_family(&key, set, &items[i].finding);
		uint32_t id = dictionary_add(&families, buffer_slice(&key), &added);
		if (added)
			items[kept++] = items[i];
		else if (is_surer(&items[i], &items[id]))
			items[id] = items[i];
	}
	buffer_free(&key);
	dictionary_free(&families);
	if (kept)
		qsort(items, kept, sizeof *items, compare_lift);
	return kept;
}

struct shown {
	const struct condition_set *set;
	uint64_t **bits; /* of those kept so far */
	size_t count, cap;
};

/* Whether four in five rows of either are rows of both. Most pairs are told apart by their
 * first rows. */
static bool is_nearly_same(const struct condition_set *set, const uint64_t *a, uint64_t a_rows,
			   const uint64_t *b, uint64_t b_rows)
{
	enum { PIECE_WORDS = 512 };
	size_t words = set->words[0] + set->words[1];
	/* both = (a + b - different) / 2 is four fifths of (a + b + different) / 2 */
	uint64_t most = (a_rows + b_rows) / 9, different = 0;

	for (size_t at = 0; at < words && different <= most; at += PIECE_WORDS)
		different += bits_different(a + at, b + at,
					    words - at < PIECE_WORDS ? words - at : PIECE_WORDS);
	return different <= most;
}

static bool says_as_much(const struct shown *s, const struct discovery *a, const uint64_t *bits,
			 const struct discovery *kept)
{
	for (size_t i = 0; i < s->count; i++)
		if (is_nearly_same(s->set, bits, a->finding.rows, s->bits[i], kept[i].finding.rows))
			return true;
	return false;
}

static void keep_different(struct discoveries *d, const struct condition_set *set)
{
	size_t words = set->words[0] + set->words[1];
	struct shown shown = {.set = set};

	for (size_t i = 0; i < d->count; i++) {
		uint64_t *bits = xrealloc_array(NULL, words + 1, sizeof *bits);
		finding_bits(set, &d->items[i].finding, bits);
		if (says_as_much(&shown, &d->items[i], bits, d->items)) {
			free(bits);
			continue;
		}
		d->items[shown.count] = d->items[i];
		GROW(shown.bits, shown.cap, shown.count + 1);
		shown.bits[shown.count++] = bits;
	}
	d->count = shown.count;
	for (size_t i = 0; i < shown.count; i++)
		free(shown.bits[i]);
	free(shown.bits);
}

/* A discovery and its place among the findings. */
struct candidate {
	struct discovery d;
	uint32_t place;
};

/* Those of more rows first: what is less strict comes before what it may make superfluous. */
static int compare_rows(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->d.finding.rows != y->d.finding.rows)
		return x->d.finding.rows > y->d.finding.rows ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* Of n candidates those that say something of their own, to d. */
static void keep_general(struct discoveries *d, struct candidate *candidates, size_t n,
			 struct known *known, const struct select_options *options)
{
	if (n)
		qsort(candidates, n, sizeof *candidates, compare_rows);
	for (size_t i = 0; i < n; i++) {
		if (is_narrowed(known, &candidates[i].d.finding, options))
			continue;
		known->stays[candidates[i].place] = true;
		d->items[d->count++] = candidates[i].d;
	}
}

/* The first `passed` findings that lift the target enough; *n of them. */
static struct candidate *find_candidates(const struct findings *f, size_t passed,
					 const struct condition_set *set, double min_lift, size_t *n)
{
	struct candidate *candidates = xrealloc_array(NULL, passed + 1, sizeof *candidates);

	*n = 0;
	for (size_t k = 0; k < passed; k++) {
		const struct finding *x = &f->items[k];
		struct candidate c = {.place = (uint32_t)k, .d = {.finding = *x}};
		c.d.lift = contrast_lift(x->positives, x->rows, set->positives, set->rows);
		if (is_worth_it(&c.d, min_lift))
			candidates[(*n)++] = c;
	}
	return candidates;
}

/* What is worth a line of the first d->passed findings. */
static void select_rules(struct discoveries *d, const struct findings *f,
			 const struct condition_set *set, const struct select_options *options)
{
	struct known known;
	size_t n;
	struct candidate *candidates = find_candidates(f, d->passed, set, options->min_lift, &n);

	d->count = 0;
	known_init(&known, f, d->passed, set);
	keep_general(d, candidates, n, &known, options);
	known_free(&known);
	free(candidates);
	d->count = keep_families(d->items, d->count, set);
	keep_different(d, set);
}

static int compare_p(const void *a, const void *b)
{
	double x = (*(struct discovery *const *)a)->finding.log_p;
	double y = (*(struct discovery *const *)b)->finding.log_p;

	return (x > y) - (x < y);
}

/* The least p m / k of each and those of larger p, k counting the rules. */
static void set_q(struct discoveries *d, double tried)
{
	struct discovery **by_p = xrealloc_array(NULL, d->count + 1, sizeof *by_p);
	double log_q = INFINITY;

	for (size_t i = 0; i < d->count; i++)
		by_p[i] = &d->items[i];
	if (d->count)
		qsort(by_p, d->count, sizeof *by_p, compare_p);
	for (size_t k = d->count; k > 0; k--) {
		log_q = fmin(log_q, by_p[k - 1]->finding.log_p + log(tried / (double)k));
		by_p[k - 1]->q = exp(log_q);
	}
	free(by_p);
}

void discover_select(struct discoveries *d, const struct findings *f,
		     const struct condition_set *set, const struct select_options *options)
{
	*d = (struct discoveries){.passed = count_discoveries(f, options->fdr)};
	d->items = xrealloc_array(NULL, d->passed + 1, sizeof *d->items);
	for (;;) {
		select_rules(d, f, set, options);
		size_t passed = count_below(f, options->fdr, d->count);
		if (passed >= d->passed)
			break;
		d->passed = passed;
	}
	set_q(d, f->tried);
	d->redundant = d->passed - d->count;
	if (options->top && d->count > options->top) {
		d->below_top = d->count - options->top;
		d->count = options->top;
	}
}

void discoveries_free(struct discoveries *d)
{
	free(d->items);
	*d = (struct discoveries){0};
}
