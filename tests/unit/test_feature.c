/* src/profile/feature: the table itself. What the features come to is held to hand-made
 * histories in tests/cli/profile; here is what such histories do not come to. */
#include "profile/feature.h"

#include "stream/touchpoint.h"

#include <criterion/criterion.h>

/* Calls check for every row of every group. */
static void each_feature(void (*check)(const struct feature *f))
{
	for (int g = 0; g < FEATURE_GROUPS; g++)
		for (const struct feature *f = feature_groups[g].features; f->name; f++)
			check(f);
}

static void check_complete(const struct feature *f)
{
	size_t n = strlen(f->name);

	cr_expect(f->unit && *f->unit, "%s", f->name);
	cr_expect(f->definition && f->definition[strlen(f->definition) - 1] == '.',
		  "%s: a definition is sentences", f->name);
	cr_expect(f->source && *f->source, "%s", f->name);
	cr_expect_not_null(f->compute, "%s", f->name);
	/* feature_put_name cuts these endings off. */
	cr_expect_eq(f->scope == SCOPE_WINDOW, n > 3 && strcmp(f->name + n - 3, "_Wd") == 0,
		     "%s", f->name);
	cr_expect_eq(f->scope == SCOPE_KEY, n > 2 && strcmp(f->name + n - 2, "_K") == 0, "%s",
		     f->name);
}

Test(feature, rows_are_complete)
{
	each_feature(check_complete);
}

static size_t times_named(struct slice name)
{
	size_t n = 0;

	for (int g = 0; g < FEATURE_GROUPS; g++)
		for (const struct feature *f = feature_groups[g].features; f->name; f++)
			n += slice_is(name, f->name);
	return n;
}

static void check_once(const struct feature *f)
{
	cr_expect_eq(times_named(slice_of(f->name)), 1, "%s", f->name);
}

Test(feature, names_are_unique)
{
	each_feature(check_once);
}

/* A feature, one by a key space filled in, or the key itself. */
static bool is_feature(struct slice name)
{
	struct buffer b = {0};
	bool found = times_named(name) > 0;

	for (const struct feature *f = feature_map_table; f->name; f++) {
		for (int k = 0; k < KEY_SPACES && f->scope == SCOPE_KEY; k++) {
			buffer_clear(&b);
			feature_put_name(&b, f, 0, (enum key_space)k);
			found |= slice_is(name, buffer_text(&b));
		}
	}
	buffer_free(&b);
	return found;
}

static bool is_event(struct slice name)
{
	static const char *const several[] = {"any event", "active events", "golden row"};

	for (size_t i = 0; i < sizeof several / sizeof *several; i++)
		if (slice_is(name, several[i]))
			return true;
	return event_of(name) != EVENT_OTHER;
}

static bool is_column(struct slice name)
{
	return touchpoint_column_of(name) != TOUCHPOINT_COLUMNS || slice_is(name, "K");
}

/* "Shannon 1948": ends in a year. */
static bool is_publication(struct slice part)
{
	if (part.len < 6 || part.ptr[part.len - 5] != ' ')
		return false;
	for (size_t i = part.len - 4; i < part.len; i++)
		if (part.ptr[i] < '0' || part.ptr[i] > '9')
			return false;
	return true;
}

/* "purchase, return: qty, ts" or "spend, orders". */
static bool is_made_of_what_exists(struct slice part)
{
	struct slice before = part, after = {0}, item;
	const char *colon = memchr(part.ptr, ':', part.len);

	if (colon) {
		before.len = (size_t)(colon - part.ptr);
		after = (struct slice){colon + 1, part.len - before.len - 1};
	}
	while (slice_split(&before, ',', &item))
		if (!is_event(slice_trim(item)) && (colon || !is_feature(slice_trim(item))))
			return false;
	while (colon && slice_split(&after, ',', &item))
		if (!is_column(slice_trim(item)))
			return false;
	return true;
}

static void check_source(const struct feature *f)
{
	struct slice rest = slice_of(f->source), part;

	while (slice_split(&rest, ';', &part)) {
		part = slice_trim(part);
		cr_expect(is_publication(part) || is_made_of_what_exists(part),
			  "%s: no such source '%.*s'", f->name, (int)part.len, part.ptr);
	}
}

Test(feature, sources_exist)
{
	each_feature(check_source);
}

Test(feature, sources_that_do_not_exist_are_seen)
{
	cr_expect(is_made_of_what_exists(SLICE("purchase, return: amount, ts")));
	cr_expect(!is_made_of_what_exists(SLICE("purchases: amount")));
	cr_expect(!is_made_of_what_exists(SLICE("purchase: price")));
	cr_expect(!is_made_of_what_exists(SLICE("orders_by_colour")));
	cr_expect(is_publication(SLICE("Shannon 1948")));
	cr_expect(!is_publication(SLICE("Shannon")));
}

/* Days with an order before as_of, ascending, and a feature of their intervals.
 * Equal ones: no spread, and the clumpiness of 0 of its definition exactly, whatever the
 * logarithm rounds. Three days on end, then 97 of silence: x ln x of .01 three times and .97
 * is -.138155106 - .029545431, over ln 4 = 1.386294361. Two days: (.5 ln .5 + .5 ln .5) /
 * ln 2 = -1. */
static const struct {
	int64_t days[8];
	size_t count;
	int64_t as_of;
	const char *name, *text;
} rhythms[] = {
	{{0, 7, 14}, 3, 21, "clumpiness", "0"},
	{{0, 1, 2, 3, 4, 5, 6}, 7, 7, "clumpiness", "0"},
	{{5, 105}, 2, 205, "clumpiness", "0"},
	{{0, 1, 2, 3}, 4, 100, "clumpiness", "0.879029634"},
	{{3}, 1, 100, "clumpiness", ""},
	{{0}, 0, 100, "clumpiness", ""},
	{{0, 7, 14}, 3, 21, "interval_sd", "0"},
	{{0, 7}, 2, 21, "interval_sd", ""},
	{{0, 7, 14}, 3, 21, "overdue", "1"},
	{{0, 2, 10, 11}, 4, 30, "interval_median", "2"},
	{{0, 2, 10}, 3, 30, "interval_median", "5"},
};

static void put_rhythm(size_t i, struct buffer *b)
{
	int64_t days[8];
	struct snapshot s = {.order_days = days, .order_day_count = rhythms[i].count,
			     .day = rhythms[i].as_of};

	memcpy(days, rhythms[i].days, sizeof days);
	for (const struct feature *f = feature_rhythm_table; f->name; f++) {
		struct feature_value v = {0};
		if (strcmp(f->name, rhythms[i].name) != 0)
			continue;
		f->compute(&s, (struct feature_part){0}, &v);
		feature_put_value(b, &v);
		return;
	}
	cr_assert_fail("no feature %s", rhythms[i].name);
}

Test(feature, intervals_at_their_edges)
{
	struct buffer b = {0};

	for (size_t i = 0; i < sizeof rhythms / sizeof *rhythms; i++) {
		buffer_clear(&b);
		put_rhythm(i, &b);
		cr_expect_str_eq(buffer_text(&b), rhythms[i].text, "%zu: %s", i, rhythms[i].name);
	}
	buffer_free(&b);
}
