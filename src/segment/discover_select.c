#include "segment/discover_select.h"

#include <math.h>
#include <stdlib.h>

/* How many of f's items, which are in the order of p, are discoveries. */
static size_t count_discoveries(const struct findings *f, double fdr)
{
	size_t count = 0;

	if (f->count == 0 || f->items[0].log_p > log(fdr / 10 / f->tried))
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

static bool is_worth_it(const struct discovery *d, double min_lift)
{
	const struct finding *f = &d->finding;

	return d->lift.known && d->lift.value >= min_lift &&
	       (double)f->positives / (double)f->rows >= min_lift * f->parent_rate;
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

static bool says_as_much(const struct shown *s, const struct discovery *a, const uint64_t *bits,
			 const struct discovery *kept)
{
	for (size_t i = 0; i < s->count; i++) {
		uint64_t x = a->finding.rows, y = kept[i].finding.rows;
		/* Sizes alone say that they differ. */
		if (5 * (x < y ? x : y) < 4 * (x < y ? y : x))
			continue;
		uint64_t both = bits_common(bits, s->bits[i], s->set->words[0] + s->set->words[1]);
		if (5 * both >= 4 * (x + y - both))
			return true;
	}
	return false;
}

static void keep_different(struct discoveries *d, const struct condition_set *set, size_t top)
{
	size_t words = set->words[0] + set->words[1];
	struct shown shown = {.set = set};
	size_t i;

	for (i = 0; i < d->count && (top == 0 || shown.count < top); i++) {
		uint64_t *bits = xrealloc_array(NULL, words + 1, sizeof *bits);
		finding_bits(set, &d->items[i].finding, bits);
		if (says_as_much(&shown, &d->items[i], bits, d->items)) {
			free(bits);
			d->redundant++;
			continue;
		}
		d->items[shown.count] = d->items[i];
		GROW(shown.bits, shown.cap, shown.count + 1);
		shown.bits[shown.count++] = bits;
	}
	d->below_top = d->count - i;
	d->count = shown.count;
	for (i = 0; i < shown.count; i++)
		free(shown.bits[i]);
	free(shown.bits);
}

void discover_select(struct discoveries *d, const struct findings *f,
		     const struct condition_set *set, const struct select_options *options)
{
	double log_q = INFINITY;

	*d = (struct discoveries){.passed = count_discoveries(f, options->fdr)};
	d->items = xrealloc_array(NULL, d->passed + 1, sizeof *d->items);
	/* From the last on: q is the least p m / k of those behind. */
	for (size_t k = d->passed; k > 0; k--) {
		const struct finding *x = &f->items[k - 1];
		struct discovery y = {.finding = *x,
				      .lift = contrast_lift(x->positives, x->rows, set->positives, set->rows)};
		log_q = fmin(log_q, x->log_p + log(f->tried / (double)k));
		y.q = exp(log_q);
		if (is_worth_it(&y, options->min_lift))
			d->items[d->count++] = y;
	}
	d->count = keep_families(d->items, d->count, set);
	d->redundant = d->passed - d->count;
	keep_different(d, set, options->top);
}

void discoveries_free(struct discoveries *d)
{
	free(d->items);
	*d = (struct discoveries){0};
}
