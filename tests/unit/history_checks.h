/* What must hold of the files that a night of a random history leaves. */
#ifndef SO1_TESTS_HISTORY_CHECKS_H
#define SO1_TESTS_HISTORY_CHECKS_H

#include "dedupe/recall.h"
#include "history_world.h"

static bool has_value(const struct known *k, size_t item, uint64_t hash)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting seen;
	struct buffer folded = {0};
	bool has = false;

	known_read(k, item, fields, &seen);
	sighting_free(&seen);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		buffer_clear(&folded);
		trait_fold((enum trait)c, fields[trait_field[c]], &folded);
		has |= folded.len > 0 && slice_hash(buffer_slice(&folded), (uint64_t)c) == hash;
	}
	buffer_free(&folded);
	return has;
}

/* Of somebody erased not even the hash of a value stays that others do not have. */
static void check_values_are_somebodys(const struct known *k)
{
	for (size_t v = 0; k->last && v < k->last->value_count; v++) {
		size_t item = 0;
		while (item < k->count && !has_value(k, item, k->last->values[v].hash))
			item++;
		cr_assert_lt(item, k->count);
	}
}

static void check_nobody_erased(const struct world *w, const struct known *k)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting seen;

	for (size_t i = 0; i < k->count; i++) {
		known_read(k, i, fields, &seen);
		sighting_free(&seen);
		if (fields[T_SOURCE_ID].len < 2 || fields[T_SOURCE_ID].ptr[0] != 'r')
			continue;
		char number[8] = "";
		memcpy(number, fields[T_SOURCE_ID].ptr + 1, fields[T_SOURCE_ID].len - 1);
		cr_assert_not(w->erased_before[atoi(number)], "r%s", number);
	}
}

/* Nobody who was forgotten is in the files, nor among what is not used of them any more. */
static void check_recalls_nobody_erased(struct world *w, const struct recall *r)
{
	for (int part = 0; part < 2; part++) {
		const struct known_part *p = &r->known.part[part];
		check_nobody_erased(w, &(struct known){.part = {*p}, .items = p->items, .count = p->count});
	}
	w->known = r->known.count;
	check_values_are_somebodys(&r->known);
}

static bool has_id(const struct buffer *ids, const char *id)
{
	for (size_t i = 0; i + ID <= ids->len; i += ID)
		if (memcmp(ids->ptr + i, id, ID) == 0)
			return true;
	return false;
}

/* The fields of a line, at most four. */
static void split4(struct slice line, struct slice f[4])
{
	for (int i = 0; i < 4; i++)
		if (!slice_split(&line, ',', &f[i]))
			f[i] = SLICE("");
}

/* What is new was never there before. */
static void check_never_reused(struct world *w)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "changes"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (!slice_is(f[0], "new") && !slice_is(f[0], "split"))
			continue;
		cr_assert_not(has_id(&w->ids, f[1].ptr), "%.*s again", SLICE_ARGS(f[1]));
		buffer_put(&w->ids, f[1].ptr, ID);
	}
	buffer_free(&b);
}

/* Customers come and go by what is told of them, and not otherwise. */
static void check_nobody_is_lost(struct world *w, size_t customers)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "changes"), &b), line, f[4];
	size_t expected = w->customers;

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		expected += slice_is(f[0], "new") || slice_is(f[0], "split");
		expected -= slice_is(f[0], "merged") || slice_is(f[0], "erased");
	}
	cr_assert_eq(customers, expected, "%zu customers, not %zu", customers, expected);
	w->customers = customers;
	buffer_free(&b);
}

/* Every id of a line, redirects included, is a customer. */
static void check_resolves(struct world *w)
{
	struct buffer b = {0}, customers = {0};
	struct slice rest = get_file(in_folder(w, "ids"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (slice_is(f[2], "customer")) {
			cr_assert(slice_equal(f[0], f[1]));
			buffer_put(&customers, f[0].ptr, ID);
		} else if (f[1].len == ID) {
			cr_assert(has_id(&customers, f[1].ptr), "%.*s", SLICE_ARGS(line));
		}
	}
	check_nobody_is_lost(w, customers.len / ID);
	buffer_free(&b);
	buffer_free(&customers);
}

/* Nobody who is forgotten has a line among the links. */
static void check_forgotten(const struct world *w)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "links"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (f[0].len != ID || f[2].len < 2 || f[2].ptr[0] != 'r')
			continue;
		cr_assert_not(w->forgotten[atoi(f[2].ptr + 1)], "%.*s", SLICE_ARGS(line));
	}
	buffer_free(&b);
}

/* The links but for those of the stranger. */
static void check_strangers_change_nothing(const struct world *w)
{
	struct buffer a = {0}, b = {0}, without = {0};
	struct slice rest = get_file(in_folder(w, "links.with"), &b), line;

	while (slice_split(&rest, '\n', &line)) {
		if (line.len == 0 || memmem(line.ptr, line.len, "stranger", 8))
			continue;
		buffer_put_slice(&without, line);
		buffer_put_byte(&without, '\n');
	}
	cr_assert(slice_equal(buffer_slice(&without), get_file(in_folder(w, "links"), &a)));
	buffer_free(&a);
	buffer_free(&b);
	buffer_free(&without);
}

static void read_who(const struct world *w, struct who *who)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "links"), &b), line, f[4];

	memset(who->id, 0, sizeof who->id);
	buffer_clear(&who->unnamed);
	slice_split(&rest, '\n', &line);
	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (f[0].len == ID && f[2].len == 0)
			buffer_put(&who->unnamed, f[0].ptr, ID);
		else if (f[0].len == ID)
			memcpy(who->id[atoi(f[2].ptr + 1)], f[0].ptr, ID);
	}
	buffer_free(&b);
}

/* A customer who has the same records as the night before has the same id, whatever
 * happened around: by hand, from the rule that most records decide. Records that were
 * away the night before may be known from earlier ones; fewer of them than the customer
 * has cannot outvote it. */
static void check_kept(struct world *w)
{
	int back = 0;

	for (int i = 0; i < RECORDS; i++)
		back += w->now.id[i][0] && !w->before.id[i][0];
	for (int i = 0; i < RECORDS; i++) {
		const char *was = w->before.id[i], *is = w->now.id[i];
		bool same = true;
		int size = 0;
		for (int k = 0; k < RECORDS; k++) {
			bool then = w->before.id[k][0] && memcmp(w->before.id[k], was, ID) == 0;
			bool now = w->now.id[k][0] && memcmp(w->now.id[k], is, ID) == 0;
			same &= then == now;
			size += now;
		}
		if (!*was || !*is || !same || size <= back || has_id(&w->before.unnamed, was) ||
		    has_id(&w->now.unnamed, is))
			continue;
		cr_assert_str_eq(was, is);
		w->kept++;
	}
}

#endif
