#include "segment/overlap.h"

#include "base/memory.h"
#include "segment/contrast.h"
#include "segment/sheet.h"

#include <stdlib.h>

void overlap_init(struct overlap *o, size_t segments)
{
	*o = (struct overlap){.segments = segments};
	o->of = xcalloc(segments + 1, sizeof *o->of);
	o->pairs = xcalloc(segments * segments + 1, sizeof *o->pairs);
}

static void count(struct tally *t, bool positive)
{
	t->known++;
	t->positives += positive;
}

void overlap_add(struct overlap *o, const size_t *members, size_t n, enum outcome_value y)
{
	bool positive = y == OUTCOME_YES;

	if (y == OUTCOME_UNKNOWN)
		return;
	count(&o->all, positive);
	if (n == 0)
		count(&o->none, positive);
	for (size_t i = 0; i < n; i++) {
		count(&o->of[members[i]], positive);
		for (size_t k = i + 1; k < n; k++)
			count(&o->pairs[members[i] * o->segments + members[k]], positive);
	}
}

static void add(struct tally *t, struct tally more)
{
	t->known += more.known;
	t->positives += more.positives;
}

void overlap_merge(struct overlap *o, const struct overlap *from)
{
	add(&o->all, from->all);
	add(&o->none, from->none);
	for (size_t i = 0; i < o->segments; i++)
		add(&o->of[i], from->of[i]);
	for (size_t i = 0; i < o->segments * o->segments; i++)
		add(&o->pairs[i], from->pairs[i]);
}

void overlap_free(struct overlap *o)
{
	free(o->of);
	free(o->pairs);
	*o = (struct overlap){0};
}

#define NO_OTHER SLICE("")

static void put_tally(struct sheet *s, struct slice name, struct tally t)
{
	sheet_put_count(s, name, NO_OTHER, "known", t.known);
	sheet_put_count(s, name, NO_OTHER, "positives", t.positives);
	sheet_put_ratio(s, name, NO_OTHER, "rate", (double)t.positives, (double)t.known);
}

static void put_group(struct sheet *s, struct slice name, struct tally t, struct tally all)
{
	struct ratio lift = contrast_lift(t.positives, t.known, all.positives, all.known);

	put_tally(s, name, t);
	sheet_put_number(s, name, NO_OTHER, "lift", lift.value, lift.known);
	sheet_put_number(s, name, NO_OTHER, "lift_low", lift.low, lift.has_interval);
	sheet_put_number(s, name, NO_OTHER, "lift_high", lift.high, lift.has_interval);
}

static struct tally without(struct tally t, struct tally part)
{
	return (struct tally){t.known - part.known, t.positives - part.positives};
}

/* Whether a's rate is at least b's; a group without rows has none. */
static bool is_better(struct tally a, struct tally b)
{
	if (a.known == 0 || b.known == 0)
		return b.known == 0;
	return (__int128)a.positives * b.known >= (__int128)b.positives * a.known;
}

static void put_pair(struct sheet *s, const struct overlap *o, const struct slice *names, size_t i,
		     size_t k)
{
	struct tally both = o->pairs[i * o->segments + k];
	struct tally a = without(o->of[i], both), b = without(o->of[k], both);
	struct tally better = is_better(a, b) ? a : b;
	struct ratio lift = contrast_ratio(both.positives, both.known, better.positives,
					   better.known);

	sheet_put_ratio(s, names[i], names[k], "rate_alone", (double)a.positives, (double)a.known);
	sheet_put_ratio(s, names[k], names[i], "rate_alone", (double)b.positives, (double)b.known);
	sheet_put_ratio(s, names[i], names[k], "rate_overlap", (double)both.positives,
			(double)both.known);
	sheet_put_number(s, names[i], names[k], "overlap_lift", lift.value, lift.known);
	sheet_put_number(s, names[i], names[k], "overlap_lift_low", lift.low, lift.has_interval);
	sheet_put_number(s, names[i], names[k], "overlap_lift_high", lift.high, lift.has_interval);
}

enum so1_status overlap_write(const struct overlap *o, const struct slice *names, struct writer *w,
			      struct so1_error *e)
{
	struct sheet s;

	sheet_open(&s, w, e);
	put_tally(&s, SLICE("(all)"), o->all);
	put_group(&s, SLICE("(none)"), o->none, o->all);
	for (size_t i = 0; i < o->segments; i++)
		put_group(&s, names[i], o->of[i], o->all);
	for (size_t i = 0; i < o->segments; i++)
		for (size_t k = i + 1; k < o->segments; k++)
			put_pair(&s, o, names, i, k);
	return sheet_close(&s);
}
