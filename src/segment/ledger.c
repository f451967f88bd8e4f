#include "segment/ledger.h"

#include "base/memory.h"
#include "base/number.h"
#include "segment/sheet.h"

#include <math.h>
#include <stdlib.h>

static bool is_score(struct slice name)
{
	static const struct slice prefixes[] = {{"p_", 2}, {"e_", 2}, {"expected_", 9}};
	static const char *const whole[] = {"score", "clv", "uplift"};

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (slice_starts_with(name, prefixes[i]))
			return true;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (slice_is(name, whole[i]))
			return true;
	return false;
}

void ledger_columns_find(struct ledger_columns *c, const struct header *h)
{
	*c = (struct ledger_columns){.spend = header_find(h, SLICE("spend"))};
	c->scores = xmalloc(h->count * sizeof *c->scores);
	c->names = xmalloc(h->count * sizeof *c->names);
	for (size_t i = 0; i < h->count; i++)
		if (is_score(h->names[i])) {
			c->names[c->score_count] = h->names[i];
			c->scores[c->score_count++] = i;
		}
}

void ledger_columns_free(struct ledger_columns *c)
{
	free(c->scores);
	free(c->names);
	*c = (struct ledger_columns){0};
}

static size_t group_count(const struct ledger *t)
{
	return t->segments + GROUP_FIRST_SEGMENT;
}

static size_t sum_count(const struct ledger *t)
{
	return t->columns ? 1 + t->columns->score_count : 0;
}

void ledger_init(struct ledger *t, size_t segments, const struct ledger_columns *columns)
{
	*t = (struct ledger){.segments = segments, .columns = columns};
	t->size = xcalloc(group_count(t), sizeof *t->size);
	t->unknown = xcalloc(segments + 1, sizeof *t->unknown);
	if (columns) {
		t->sums = xcalloc(group_count(t) * sum_count(t), sizeof *t->sums);
		t->values = xcalloc(sum_count(t), sizeof *t->values);
		t->known = xcalloc(sum_count(t), sizeof *t->known);
		t->pairs = xcalloc(segments * segments + 1, sizeof *t->pairs);
	}
}

/* A score in units of 2^-60; scores from 1e12 on are taken for unknown, so that
 * 2^27 rows fit. */
static bool fixed_point(struct slice field, __int128 *out)
{
	double x;

	if (!number_parse_double(field, &x) || fabs(x) >= 1e12)
		return false;
	/* Two steps, because 2^100 has no integer type that a double converts to exactly. */
	double whole = trunc(x);
	*out = (__int128)(int64_t)whole * ((__int128)1 << 60) + (int64_t)rint((x - whole) * 0x1p60);
	return true;
}

static void add_to_group(struct ledger *t, size_t group)
{
	size_t n = sum_count(t);

	t->size[group]++;
	for (size_t i = 0; i < n; i++)
		if (t->known[i]) {
			struct ledger_sum *sum = &t->sums[group * n + i];
			sum->total += t->values[i];
			sum->known++;
		}
}

void ledger_add(struct ledger *t, const struct slice *fields, const size_t *members, size_t count)
{
	const struct ledger_columns *c = t->columns;

	if (c) {
		int64_t spend;
		t->known[0] = c->spend != COLUMN_NONE && decimal_parse(fields[c->spend], &spend);
		t->values[0] = t->known[0] ? spend : 0;
		for (size_t i = 0; i < c->score_count; i++)
			t->known[i + 1] = fixed_point(fields[c->scores[i]], &t->values[i + 1]);
	}
	add_to_group(t, GROUP_ALL);
	if (count == 0)
		add_to_group(t, GROUP_NONE);
	for (size_t i = 0; i < count; i++) {
		add_to_group(t, GROUP_FIRST_SEGMENT + members[i]);
		if (c == NULL)
			continue;
		for (size_t k = i + 1; k < count; k++)
			t->pairs[members[i] * t->segments + members[k]]++;
	}
}

void ledger_merge(struct ledger *t, const struct ledger *from)
{
	for (size_t i = 0; i < group_count(t); i++)
		t->size[i] += from->size[i];
	for (size_t i = 0; i < t->segments; i++)
		t->unknown[i] += from->unknown[i];
	if (t->columns == NULL)
		return;
	for (size_t i = 0; i < group_count(t) * sum_count(t); i++) {
		t->sums[i].total += from->sums[i].total;
		t->sums[i].known += from->sums[i].known;
	}
	for (size_t i = 0; i < t->segments * t->segments; i++)
		t->pairs[i] += from->pairs[i];
}

void ledger_free(struct ledger *t)
{
	free(t->size);
	free(t->unknown);
	free(t->sums);
	free(t->pairs);
	free(t->values);
	free(t->known);
	*t = (struct ledger){0};
}

/* The table. */

#define NO_OTHER SLICE("")

static void put_spend(struct sheet *s, struct slice segment, const struct ledger_sum *sum,
		      const struct ledger_sum *all)
{
	/* 9.2e12 units are more than any list adds up to; beyond, digits beat an overflow. */
	if (sum->total <= INT64_MAX && sum->total >= INT64_MIN)
		decimal_put(&s->value, (int64_t)sum->total, 2);
	else
		number_put_rounded(&s->value, (double)sum->total / DECIMAL_ONE, 15);
	sheet_put_value(s, segment, NO_OTHER, "spend");
	sheet_put_ratio(s, segment, NO_OTHER, "spend_share", (double)sum->total,
			(double)all->total);
	sheet_put_ratio(s, segment, NO_OTHER, "mean_spend", (double)sum->total / DECIMAL_ONE,
			(double)sum->known);
}

static void put_group(struct sheet *s, const struct ledger *t, size_t group, struct slice name)
{
	const struct ledger_sum *sums = t->sums + group * sum_count(t);
	struct buffer metric = {0};

	sheet_put_count(s, name, NO_OTHER, "size", t->size[group]);
	sheet_put_ratio(s, name, NO_OTHER, "share", (double)t->size[group],
			(double)t->size[GROUP_ALL]);
	if (group >= GROUP_FIRST_SEGMENT)
		sheet_put_count(s, name, NO_OTHER, "unknown", t->unknown[group - GROUP_FIRST_SEGMENT]);
	if (t->columns->spend != COLUMN_NONE)
		put_spend(s, name, &sums[0], &t->sums[GROUP_ALL]);
	for (size_t i = 0; i < t->columns->score_count; i++) {
		buffer_clear(&metric);
		buffer_put_text(&metric, "mean_");
		buffer_put_slice(&metric, t->columns->names[i]);
		sheet_put_ratio(s, name, NO_OTHER, buffer_text(&metric),
				(double)sums[i + 1].total * 0x1p-60, (double)sums[i + 1].known);
	}
	buffer_free(&metric);
}

enum so1_status ledger_write(const struct ledger *t, const struct slice *names, struct writer *w,
			    struct so1_error *e)
{
	struct sheet s;

	sheet_open(&s, w, e);
	sheet_put_header(&s);
	put_group(&s, t, GROUP_ALL, SLICE("(all)"));
	put_group(&s, t, GROUP_NONE, SLICE("(none)"));
	for (size_t i = 0; i < t->segments; i++)
		put_group(&s, t, GROUP_FIRST_SEGMENT + i, names[i]);
	for (size_t i = 0; i < t->segments; i++)
		for (size_t k = i + 1; k < t->segments; k++)
			sheet_put_count(&s, names[i], names[k], "overlap", t->pairs[i * t->segments + k]);
	return sheet_close(&s);
}
