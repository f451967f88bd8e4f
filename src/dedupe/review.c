#include "dedupe/match.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A pair a clerk might look at. */
struct doubt {
	double distance; /* bits from the cut */
	double weight;
	uint32_t pair;
	int known;       /* comparisons that had something to compare */
};

struct reviewer {
	const struct match *match;
};

static uint64_t hash_of(const struct reviewer *r, uint32_t pair, bool second)
{
	const struct pair *p = &r->match->pairs.items[pair];

	return r->match->tuples->items[second ? p->b : p->a].hash;
}

static int by_content(const struct reviewer *r, const struct doubt *a, const struct doubt *b)
{
	for (int second = 0; second < 2; second++) {
		uint64_t x = hash_of(r, a->pair, second), y = hash_of(r, b->pair, second);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int by_distance(const void *x, const void *y, void *context)
{
	const struct doubt *a = x, *b = y;

	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	return by_content(context, a, b);
}

static int by_information(const void *x, const void *y, void *context)
{
	const struct doubt *a = x, *b = y;

	return a->known != b->known ? b->known - a->known : by_distance(x, y, context);
}

static struct doubt *find_doubts(const struct match *m, size_t *count)
{
	double cut = probability_to_weight(m->options->threshold);
	struct doubt *doubts = NULL;
	size_t cap = 0;

	*count = 0;
	for (size_t i = 0; i < m->pairs.count; i++) {
		const struct pair *p = &m->pairs.items[i];
		uint32_t ra = m->identity->record[p->a], rb = m->identity->record[p->b];
		uint8_t level[TRAIT_COUNT];
		/* What has no id of its own cannot be labelled; what is labelled needs no look. */
		if (!ra || !rb || marks_have(&m->must, ra, rb) || marks_have(&m->cannot, ra, rb))
			continue;
		pattern_levels(p->pattern, level);
		double w = scale_weigh(&m->scale, p->a, p->b, level);
		int known = 0;
		for (int t = 0; t < TRAIT_COUNT; t++)
			known += level[t] != LEVEL_UNKNOWN;
		GROW(doubts, cap, *count + 1);
		doubts[(*count)++] = (struct doubt){fabs(w - cut), w, (uint32_t)i, known};
	}
	return doubts;
}

static void put_record(struct writer *w, const struct tuples *t, uint32_t tuple)
{
	writer_put_field(w, tuple_text(t, tuple, T_SOURCE));
	writer_put_field(w, tuple_text(t, tuple, T_SOURCE_ID));
}

static enum so1_status put_header(struct writer *w, struct so1_error *e)
{
	static const char *const first[] = {"label", "probability", "weight", "source", "source_id",
					    "other_source", "other_source_id"};
	struct header h = {0};
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		header_add(&h, slice_of(first[i]));
	for (int t = 0; t < TRAIT_MIDDLE; t++) /* a part of the first name, which is there */
		for (int other = 0; other < 2; other++) {
			buffer_clear(&b);
			buffer_printf(&b, "%s%s", other ? "other_" : "", trait_name((enum trait)t));
			header_add(&h, buffer_slice(&b));
		}
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	buffer_free(&b);
	return status;
}

static enum so1_status put_doubt(const struct match *m, const struct doubt *d, struct so1_error *e)
{
	const struct pair *p = &m->pairs.items[d->pair];
	char text[32];
	int n;

	writer_put_field(m->review, slice_make("", 0));
	n = snprintf(text, sizeof text, "%.4f", weight_to_probability(d->weight));
	writer_put_field(m->review, slice_make(text, (size_t)n));
	n = snprintf(text, sizeof text, "%.2f", d->weight);
	writer_put_field(m->review, slice_make(text, (size_t)n));
	put_record(m->review, m->tuples, p->a);
	put_record(m->review, m->tuples, p->b);
	for (int t = 0; t < TRAIT_MIDDLE; t++) {
		writer_put_field(m->review, tuple_text(m->tuples, p->a, trait_field[t]));
		writer_put_field(m->review, tuple_text(m->tuples, p->b, trait_field[t]));
	}
	return writer_end_record(m->review, e);
}

enum so1_status review_write(struct match *m, struct so1_error *e)
{
	struct reviewer r = {m};
	size_t count, near = 0;
	struct doubt *doubts = find_doubts(m, &count);

	if (put_header(m->review, e) == SO1_OK && count > 0) {
		qsort_r(doubts, count, sizeof *doubts, by_distance, &r);
		near = count < m->options->review_count ? count : (size_t)m->options->review_count;
		if (near > 0)
			qsort_r(doubts, near, sizeof *doubts, by_information, &r);
	}
	for (size_t i = 0; i < near && e->status == SO1_OK; i++)
		put_doubt(m, &doubts[i], e);
	free(doubts);
	return e->status;
}

void waterfall_put(const struct match *m, uint32_t a, uint32_t b, struct buffer *out)
{
	struct comparer *c = comparer_new(&m->traits, &m->nicknames);
	uint8_t level[TRAIT_COUNT];
	struct waterfall w;
	double sum;

	comparer_run(c, a, b, level);
	comparer_free(c);
	scale_explain(&m->scale, a, b, level, &w);
	sum = w.prior;
	buffer_printf(out, "      %-26s %8.2f %8.2f\n", "any two records", w.prior, sum);
	for (int t = 0; t < TRAIT_COUNT; t++) {
		if (level[t] == LEVEL_UNKNOWN)
			continue;
		char name[64];
		snprintf(name, sizeof name, "%s %s", trait_name((enum trait)t),
			 comparisons[t].name[level[t]]);
		sum += w.bits[t] - w.rarity[t];
		buffer_printf(out, "      %-26s %+8.2f %8.2f\n", name, w.bits[t] - w.rarity[t], sum);
		if (fabs(w.rarity[t]) < .005)
			continue;
		sum += w.rarity[t];
		buffer_printf(out, "      %-26s %+8.2f %8.2f\n",
			      w.rarity[t] > 0 ? "  a rare value" : "  a common value", w.rarity[t], sum);
	}
	if (w.household < -.005)
		buffer_printf(out, "      %-26s %+8.2f %8.2f\n", "might share an address", w.household,
			      sum + w.household);
	buffer_printf(out, "      %-26s %8s %8.2f bits, probability %.4f\n", "together", "", w.weight,
		      weight_to_probability(w.weight));
}
