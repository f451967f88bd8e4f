/* so1-export's room: permission, suppression, allocation, destinations, folders. */
#include "base/chance.h"
#include "base/memory.h"
#include "export/allocate.h"
#include "export/catalogue.h"
#include "export/channel.h"
#include "export/destination.h"
#include "base/sha256.h"
#include "export/folder.h"
#include "export/inbox.h"
#include "export/suppress.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- channels ------------------------------------------------------------------------ */

Test(channel, bad_lists)
{
	static const char *const bad[] = {"pigeon", "email;", ";", "email;email", "email sms",
					  "EMAIL", "email,,sms"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct channel_list list;
		struct so1_error e;
		cr_assert_eq(channel_list_parse(slice_of(bad[i]), &list, &e), SO1_USAGE, "%s",
			     bad[i]);
		cr_assert(e.has_value);
	}
}

Test(channel, good_lists)
{
	struct channel_list list;
	struct so1_error e;

	cr_assert_eq(channel_list_parse(SLICE("  "), &list, &e), SO1_OK);
	cr_assert_eq(list.count, 0);
	cr_assert_eq(channel_list_parse(SLICE("post; sms,email"), &list, &e), SO1_OK);
	cr_assert_eq(list.count, 3);
	cr_assert_eq(list.items[0], CHANNEL_POST);
	cr_assert_eq(list.items[2], CHANNEL_EMAIL);
}

static enum channel chosen(channel_set allowed, const char *sends, const char *responses,
			   const char *top)
{
	struct channel_taste taste;
	struct channel_list list;
	struct arena a = {0};
	struct so1_error e;

	cr_assert_eq(channel_list_parse(SLICE("post;sms;email"), &list, &e), SO1_OK);
	cr_assert_eq(channel_taste_read(&taste, slice_of(sends), slice_of(responses), slice_of(top),
					&a, &e), SO1_OK);
	arena_free(&a);
	return channel_choose(&list, allowed, &taste);
}

Test(channel, the_most_used_without_responses)
{
	cr_assert_eq(chosen(CHANNELS_ALL, "", "", "email"), CHANNEL_EMAIL);
	cr_assert_eq(chosen(CHANNELS_ALL, "", "", "Newsletter"), CHANNEL_EMAIL);
	cr_assert_eq(chosen(CHANNELS_ALL, "", "", "store"), CHANNEL_POST);
	cr_assert_eq(chosen(CHANNELS_ALL, "", "", ""), CHANNEL_POST);
	cr_assert_eq(chosen(CHANNEL_BIT(CHANNEL_SMS), "", "", "email"), CHANNEL_SMS);
	cr_assert_eq(chosen(CHANNEL_BIT(CHANNEL_POS), "", "", "email"), CHANNEL_NONE);
}

/* Lower ends of Wilson's 95 % interval, by hand from (p + z²/2n - z √(p(1-p)/n + z²/4n²)) /
 * (1 + z²/n), z = 1.95996: 5 of 50 .0435, 3 of 4 .3006, 1 of 1 .2065, 2 of 3 .2077. */
Test(channel, the_most_answered_first)
{
	struct channel_taste t;
	struct arena a = {0};
	struct so1_error e;

	cr_assert_eq(channel_taste_read(&t, SLICE("email=50;sms=4"), SLICE("email=5;post=1;sms=3"),
					SLICE(""), &a, &e), SO1_OK);
	cr_assert_float_eq(t.answers[CHANNEL_EMAIL], .0435, 5e-5);
	cr_assert_float_eq(t.answers[CHANNEL_SMS], .3006, 5e-5);
	cr_assert_float_eq(t.answers[CHANNEL_POST], .2065, 5e-5);
	cr_assert_eq(t.answers[CHANNEL_PHONE], 0);
	arena_free(&a);
	/* Few answers to many messages are less than some to few, whatever is most used. */
	cr_assert_eq(chosen(CHANNELS_ALL, "email=50;sms=4", "email=5;sms=3", "email"), CHANNEL_SMS);
	/* What may not be used is passed over; what was never answered comes after it. */
	cr_assert_eq(chosen(CHANNELS_ALL & ~CHANNEL_BIT(CHANNEL_SMS), "email=50;post=9;sms=4",
			    "email=5;sms=3", "post"), CHANNEL_EMAIL);
	cr_assert_eq(chosen(CHANNELS_ALL, "email=3;post=1", "email=2;post=1", ""), CHANNEL_EMAIL);
	/* The sources' words for one channel are one channel: 3 of 6 against 2 of 3. */
	cr_assert_eq(chosen(CHANNELS_ALL, "newsletter=3;email=3;sms=3", "email=3;sms=2", ""),
		     CHANNEL_SMS);
	/* Equally answered: the most used, then the first of the offer's. */
	cr_assert_eq(chosen(CHANNELS_ALL, "email=2;sms=2", "email=1;sms=1", "email"), CHANNEL_EMAIL);
	cr_assert_eq(chosen(CHANNELS_ALL, "email=2;sms=2", "email=1;sms=1", "web"), CHANNEL_SMS);
}

Test(channel, counts_that_are_none)
{
	static const char *const bad[][3] = {
		{"email=x", "email=1", "sends_by_channel"},
		{"email=1", "email=-1", "responses_by_channel"},
		{"email=1", "email=", "responses_by_channel"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct channel_taste t;
		struct arena a = {0};
		struct so1_error e;
		cr_assert_eq(channel_taste_read(&t, slice_of(bad[i][0]), slice_of(bad[i][1]),
						SLICE(""), &a, &e), SO1_FAILED);
		cr_assert_str_eq(e.column, bad[i][2]);
		arena_free(&a);
	}
}

/* Opt-in cell, policy, what may be sent by e-mail. */
Test(channel, consent_is_never_assumed_over_an_optout)
{
	static const struct {
		const char *cell;
		enum consent_policy policy;
		bool permitted;
	} rows[] = {
		{"1", CONSENT_STRICT, true}, {"1", CONSENT_IMPLIED, true},
		{"0", CONSENT_STRICT, false}, {"0", CONSENT_IMPLIED, false},
		{"", CONSENT_STRICT, false}, {"", CONSENT_IMPLIED, true},
	};
	size_t index[TOUCHPOINT_COLUMNS];

	for (int i = 0; i < TOUCHPOINT_COLUMNS; i++)
		index[i] = COLUMN_NONE;
	index[T_OPTIN_EMAIL] = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct slice field = slice_of(rows[i].cell), value;
		struct permission p;
		const char *column;
		cr_assert(permission_read(index, &field, rows[i].policy, &p, &column, &value));
		cr_assert_eq((p.consented & CHANNEL_BIT(CHANNEL_EMAIL)) != 0, rows[i].permitted);
		cr_assert(p.consented & CHANNEL_BIT(CHANNEL_POS), "a till needs no opt-in");
		cr_assert_eq(p.reachable, 0);
	}
	struct slice field = SLICE("yes"), value;
	struct permission p;
	const char *column;
	cr_assert_not(permission_read(index, &field, CONSENT_STRICT, &p, &column, &value));
	cr_assert_str_eq(column, "optin_email");
}

/* --- digests and suppression ---------------------------------------------------------- */

/* Vectors of the advertising networks' own pages (Google, Meta, TikTok): normal form and
 * SHA-256. */
static const struct {
	const char *text, *hex;
} vectors[] = {
	{"alexz@example.com", "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"},
	{"+18005550100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"},
	{"john_smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"},
	{"16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"},
	{"janedoe@gmail.com", "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"},
};

Test(digest, vectors)
{
	struct sha256 *d = sha256_new();

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		char hex[SHA256_HEX + 1];
		unsigned char bytes[SHA256_BYTES], parsed[SHA256_BYTES];
		sha256_add(d, slice_of(vectors[i].text));
		sha256_take_hex(d, hex);
		cr_assert_str_eq(hex, vectors[i].hex);
		sha256_one(d, slice_of(vectors[i].text), bytes);
		cr_assert(sha256_parse(slice_of(vectors[i].hex), parsed));
		cr_assert_arr_eq(bytes, parsed, SHA256_BYTES);
	}
	unsigned char out[SHA256_BYTES];
	cr_assert_not(sha256_parse(SLICE("509e"), out));
	cr_assert_not(sha256_parse(SLICE("g09e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744"
					 "d47b4fd8a"), out));
	sha256_free(d);
}

static char *temp_file(const char *text)
{
	char *path = xstrdup("/tmp/so1-test-export-XXXXXX");
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static bool is_suppressed(const struct suppress *s, const char *column, const char *value)
{
	struct header h = {0};
	size_t index[SUPPRESS_COLUMNS];
	struct slice field = slice_of(value);
	struct sha256 *d = sha256_new();

	header_add(&h, slice_of(column));
	suppress_columns(&h, index);
	bool has = suppress_has(s, index, &field, d);
	header_free(&h);
	sha256_free(d);
	return has;
}

Test(suppress, hashed_identifiers_match_the_stream)
{
	struct suppress s = {0};
	struct so1_error e;
	struct buffer text = {0};

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		buffer_printf(&text, "%s\n", vectors[i].hex);
	char *path = temp_file(buffer_text(&text));
	cr_assert_eq(suppress_read(&s, path, &e), SO1_OK);
	suppress_finish(&s);
	cr_assert(is_suppressed(&s, "email", "alexz@example.com"));
	cr_assert(is_suppressed(&s, "email", "John_Smith@gmail.com"));
	cr_assert(is_suppressed(&s, "phone", "+18005550100"));
	/* Hashed without the '+', as one network wants it. */
	cr_assert(is_suppressed(&s, "phone", "+16505551212"));
	cr_assert_not(is_suppressed(&s, "email", "alex@example.com"));
	cr_assert_not(is_suppressed(&s, "first_name", "alexz@example.com"));
	unlink(path);
	free(path);
	buffer_free(&text);
	suppress_free(&s);
}

Test(suppress, a_list_of_nobody_is_an_error)
{
	static const char *const bad[] = {"", "\n", "email\n", "email,phone\n,\n"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct suppress s = {0};
		struct so1_error e;
		char *path = temp_file(bad[i]);
		cr_assert_neq(suppress_read(&s, path, &e), SO1_OK, "%zu", i);
		cr_assert_eq(s.values, 0);
		unlink(path);
		free(path);
		suppress_free(&s);
	}
}

/* --- allocation ----------------------------------------------------------------------- */

enum { CUSTOMERS = 5, OFFERS = 4, LARGEST = 400 };

/* An instance from a seed: few weights, so that ties are many; some offers without limit,
 * some customers without some offers, some pairs worth nothing. */
struct instance {
	struct offer offers[OFFERS];
	struct catalogue c;
	size_t customers, top;
	struct candidate pairs[LARGEST][OFFERS];
	size_t counts[LARGEST];
};

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (int)x->offer - (int)y->offer;
}

enum money { MONEY_NONE, MONEY_GIVEN, MONEY_EXPECTED };

static void make_instance(struct instance *t, uint64_t seed, size_t customers, enum money money)
{
	uint64_t many = (uint64_t)customers;
	int64_t total = (int64_t)(chance_mix(seed) % (8 * many)) * 100000;

	*t = (struct instance){.customers = customers, .top = 1 + seed % 2};
	t->c = (struct catalogue){.items = t->offers, .count = OFFERS};
	for (uint64_t o = 0; o < OFFERS; o++) {
		uint64_t x = chance_mix(seed * 31 + o);
		t->offers[o] = (struct offer){
			.has_stock = x & 1, .stock = (int64_t)(x / 8 % (1 + many / 2)),
			.has_budget = money && (x & 2),
			.budget = (int64_t)(x / 128 % (3 * many)) * 100000,
			.cost = money ? (int64_t)(x / 8192 % 5) * 100000 : 0,
			.value = (double)(1 + x / 65536 % 4), .priority = 1,
		};
	}
	catalogue_set_money(&t->c, money && seed % 3 ? &total : NULL, money == MONEY_EXPECTED);
	for (size_t k = 0; k < customers; k++) {
		for (uint16_t o = 0; o < OFFERS; o++) {
			uint64_t x = chance_mix(seed * 1000003 + k * 101 + o);
			double score = (double)(x / 16 % 8) / 8;
			if (x % 10 < 3)
				continue;
			t->pairs[k][t->counts[k]++] = (struct candidate){
				score, score * t->offers[o].value, o, CHANNEL_EMAIL,
				offer_is_limited(&t->offers[o]), 0};
		}
		qsort(t->pairs[k], t->counts[k], sizeof t->pairs[k][0], by_rank);
	}
}

struct left {
	int64_t stock[OFFERS], budget[OFFERS], total;
};

static struct left everything(const struct instance *t)
{
	struct left all = {.total = t->c.has_total ? t->c.total : INT64_MAX};

	for (int o = 0; o < OFFERS; o++) {
		all.stock[o] = t->offers[o].has_stock ? t->offers[o].stock : INT64_MAX;
		all.budget[o] = t->offers[o].has_budget ? t->offers[o].budget : INT64_MAX;
	}
	return all;
}

/* Whether the pair fits; takes what it uses. */
static bool take(const struct instance *t, struct left *all, const struct candidate *c)
{
	const struct offer *o = &t->offers[c->offer];
	int64_t cost = offer_cost(o, c->score);

	if (all->stock[c->offer] < 1 || (o->has_budget && all->budget[c->offer] < cost) ||
	    all->total < cost)
		return false;
	all->stock[c->offer]--;
	all->budget[c->offer] -= o->has_budget ? cost : 0;
	all->total -= t->c.has_total ? cost : 0;
	return true;
}

/* The best there is, by trying everything: candidate `i` of customer `k` and all behind. */
static double best_possible(const struct instance *t, size_t k, size_t i, size_t has,
			    struct left all)
{
	if (k == t->customers)
		return 0;
	if (i == t->counts[k] || has == t->top)
		return best_possible(t, k + 1, 0, 0, all);
	double without = best_possible(t, k, i + 1, has, all);
	if (!take(t, &all, &t->pairs[k][i]))
		return without;
	double with = t->pairs[k][i].weight + best_possible(t, k, i + 1, has + 1, all);
	return with > without ? with : without;
}

/* Allocates; checks what must hold of every allocation. Returns its value. */
static double allocate(const struct instance *t, const struct allocator_options *options,
		       double *bound, uint64_t *digest)
{
	struct candidate grants[OFFERS];
	struct left all = everything(t);
	struct allocator *a = NULL;
	struct so1_error e;
	double value = 0;

	allocator_open(&a, &t->c, t->top, options);
	for (size_t k = 0; k < t->customers; k++)
		cr_assert_eq(allocator_add(a, t->pairs[k], t->counts[k], &e), SO1_OK);
	cr_assert_eq(allocator_solve(a, &e), SO1_OK);
	*digest = 0;
	for (size_t k = 0; k < t->customers; k++) {
		enum outcome why;
		size_t n = allocator_choose(a, t->pairs[k], t->counts[k], grants, &why);
		cr_assert_leq(n, t->top);
		cr_assert_eq(why == OUTCOME_OUT, n > 0 || t->counts[k] == 0);
		for (size_t i = 0; i < n; i++) {
			cr_assert(take(t, &all, &grants[i]), "a limit is passed");
			cr_assert(i == 0 || by_rank(&grants[i - 1], &grants[i]) < 0);
			value += grants[i].weight;
			*digest = chance_mix(*digest + k * OFFERS + grants[i].offer);
		}
	}
	for (int o = 0; o < OFFERS; o++)
		cr_assert(t->offers[o].has_stock || allocator_stock_price(a, (size_t)o) == 0);
	*bound = allocator_bound(a);
	cr_assert_float_eq(allocator_value(a), value, 1e-9);
	allocator_free(a);
	return value;
}

static const struct allocator_options plain = {.memory = 1 << 20, .threads = 1};

Test(allocate, lies_between_nothing_and_the_optimum_and_that_below_the_bound)
{
	struct instance *t = xmalloc(sizeof *t);
	double sum = 0, best_sum = 0;

	for (int money = MONEY_NONE; money <= MONEY_EXPECTED; money++) {
		for (uint64_t seed = 1; seed <= 150; seed++) {
			uint64_t digest;
			double bound;
			make_instance(t, seed, CUSTOMERS, (enum money)money);
			double best = best_possible(t, 0, 0, 0, everything(t));
			double value = allocate(t, &plain, &bound, &digest);
			cr_assert_leq(value, best + 1e-9, "seed %d", (int)seed);
			cr_assert_leq(best, bound + 1e-9, "seed %d", (int)seed);
			/* With units alone the programme has whole solutions, and exchanges
			 * end at the best of them. */
			if (money == MONEY_NONE && t->top == 1) {
				cr_assert_float_eq(value, best, 1e-9, "seed %d", (int)seed);
				cr_assert_float_eq(value, bound, 1e-6, "seed %d", (int)seed);
			}
			sum += value;
			best_sum += best;
		}
	}
	/* Five customers are few; even so little is lost. */
	cr_assert_gt(sum, .98 * best_sum, "%g of %g", sum, best_sum);
	free(t);
}

Test(allocate, hundreds_of_customers_come_close_to_the_bound)
{
	struct instance *t = xmalloc(sizeof *t);

	for (uint64_t seed = 1; seed <= 20; seed++) {
		for (int money = MONEY_NONE; money <= MONEY_EXPECTED; money++) {
			struct allocator_options four = {.memory = 1, .threads = 4};
			uint64_t digest, other;
			double bound, again;
			make_instance(t, seed, LARGEST, (enum money)money);
			double value = allocate(t, &plain, &bound, &digest);
			cr_assert_leq(value, bound * (1 + 1e-12));
			cr_assert_geq(value, .99 * bound, "seed %d money %d: %g of %g", (int)seed,
				      money, value, bound);
			/* The same from disk and with more threads. */
			cr_assert_eq(allocate(t, &four, &again, &other), value);
			cr_assert_eq(again, bound);
			cr_assert_eq(other, digest);
		}
	}
	free(t);
}

/* Thousands of customers, so that prices come from samples first; the bound must be the dual
 * function at the prices told, summed here anew: what all limits cost at their prices, and
 * each customer's best profit. */
Test(allocate, bound_is_the_dual_function_at_the_shadow_prices)
{
	enum { MANY = 20000, KINDS = 6 };
	struct offer offers[KINDS];
	struct catalogue c = {.items = offers, .count = KINDS};

	for (int i = 0; i < 8; i++) {
		bool expected = i % 2;
		struct candidate one[KINDS], grants[KINDS];
		struct allocator *a = NULL;
		struct so1_error e;
		double sum, value = 0, prices[KINDS];
		int64_t total = INT64_C(100000) * MANY * (1 + i / 2) / (expected ? 2 : 1), spent = 0;
		for (uint64_t o = 0; o < KINDS; o++)
			offers[o] = (struct offer){
				.has_stock = true, .stock = (int64_t)(MANY * (o + 1) / 60),
				.has_budget = o % 2 == 0, .budget = INT64_C(300000) * MANY,
				.cost = INT64_C(1000000) * (int64_t)(4 + chance_mix(o) % 4),
				.value = (double)(10 + chance_mix(o + 99) % 8), .priority = 1,
			};
		catalogue_set_money(&c, &total, expected);
		allocator_open(&a, &c, 1, &plain);
		for (int pass = 0; pass < 2; pass++) {
			sum = pass ? (double)total / 1e6 * allocator_total_price(a) : 0;
			for (size_t o = 0; pass && o < KINDS; o++) {
				double stock = allocator_stock_price(a, o), money = allocator_budget_price(a, o);
				prices[o] = stock;
				cr_assert(offers[o].has_budget || money == 0, "a price of no limit");
				sum += (double)offers[o].stock * stock;
				/* Given costs: a whole number of gifts, of which the price is. */
				if (offers[o].has_budget)
					sum += money * (expected ? (double)offers[o].budget
						: (double)(offers[o].budget / offers[o].cost * offers[o].cost)) / 1e6;
			}
			for (uint64_t k = 0; k < MANY; k++) {
				double best = 0;
				enum outcome why;
				for (uint16_t o = 0; o < KINDS; o++) {
					double p = (double)(chance_mix(k * KINDS + o) % 1000 + 1) / 1001;
					p = p * p * p;
					one[o] = (struct candidate){p, p * offers[o].value, o, CHANNEL_EMAIL, true, 0};
					double cost = (double)offers[o].cost / 1e6 * (expected ? p : 1);
					double profit = !pass ? 0 : one[o].weight - prices[o] -
						cost * (allocator_total_price(a) + allocator_budget_price(a, o));
					best = profit > best ? profit : best;
				}
				sum += best;
				qsort(one, KINDS, sizeof *one, by_rank);
				if (pass == 0)
					cr_assert_eq(allocator_add(a, one, KINDS, &e), SO1_OK);
				else if (allocator_choose(a, one, KINDS, grants, &why)) {
					value += grants[0].weight;
					spent += offer_cost(&offers[grants[0].offer], grants[0].score);
				}
			}
			if (pass == 0)
				cr_assert_eq(allocator_solve(a, &e), SO1_OK);
		}
		cr_assert_leq(spent, total);
		cr_assert_float_eq(allocator_bound(a), sum, 1e-7 * sum, "%.6f, %.6f", allocator_bound(a), sum);
		cr_assert(value <= sum && value > .998 * sum, "%g of %g", value, sum);
		allocator_free(a);
	}
}

/* Three customers want the one unit: the next one would go to the second, who is worth .8,
 * and without a third the next after that to nobody. */
Test(allocate, shadow_price_is_what_one_more_unit_is_worth)
{
	static const double weights[] = {.9, .8, .3};
	struct offer offer = {.has_stock = true, .value = 1, .priority = 1};
	struct catalogue c = {.items = &offer, .count = 1};

	for (int64_t stock = 1; stock <= 3; stock++) {
		struct allocator *a = NULL;
		struct so1_error e;
		offer.stock = stock;
		allocator_open(&a, &c, 1, &plain);
		for (int k = 0; k < 3; k++) {
			struct candidate one = {weights[k], weights[k], 0, CHANNEL_EMAIL, true, 0};
			cr_assert_eq(allocator_add(a, &one, 1, &e), SO1_OK);
		}
		cr_assert_eq(allocator_solve(a, &e), SO1_OK);
		cr_assert_float_eq(allocator_stock_price(a, 0), stock < 3 ? weights[stock] : 0, 1e-9);
		cr_assert_float_eq(allocator_bound(a), allocator_value(a), 1e-9);
		allocator_free(a);
	}
}

/* --- destinations --------------------------------------------------------------------- */

Test(destination, json_strings)
{
	struct buffer b = {0};

	destination_put_json(&b, SLICE("a\"b\\c\td\x01 Köln"));
	cr_assert_str_eq(buffer_text(&b), "\"a\\\"b\\\\c\\u0009d\\u0001 Köln\"");
	buffer_clear(&b);
	destination_put_json_list(&b, SLICE("a%3Bb;c, d"));
	cr_assert_str_eq(buffer_text(&b), "[\"a;b\",\"c, d\"]");
	buffer_clear(&b);
	destination_put_json_list(&b, SLICE(""));
	cr_assert_str_eq(buffer_text(&b), "[]");
	buffer_free(&b);
}

static char *read_file(const char *name)
{
	struct buffer path = {0}, text = {0};
	const char *top = getenv("srcdir");

	buffer_printf(&path, "%s/%s", top ? top : ".", name);
	FILE *f = fopen(buffer_text(&path), "r");
	buffer_free(&path);
	if (f == NULL)
		return NULL;
	for (int c; (c = getc(f)) != EOF;)
		buffer_put_byte(&text, (char)c);
	fclose(f);
	buffer_text(&text);
	return text.ptr;
}

/* The checklists in destination.h and channel.h: a step left out fails here. */
Test(destination, everyone_is_in_the_manual_and_has_a_case)
{
	char *page = read_file("man/so1-export.1");
	struct buffer wanted = {0};

	cr_assert(page != NULL, "no man/so1-export.1");
	for (size_t i = 0; i < destination_count; i++) {
		const struct destination *d = destination_table[i];
		buffer_clear(&wanted);
		buffer_printf(&wanted, "\n.Ss %s\n", d->name);
		cr_assert(strstr(page, buffer_text(&wanted)), "%s is not in the manual", d->name);
		buffer_clear(&wanted);
		buffer_printf(&wanted, "tests/cli/export/for-%s/cmd", d->name);
		char *test = read_file(buffer_text(&wanted));
		cr_assert(test != NULL, "%s has no golden case", d->name);
		free(test);
		cr_assert(strchr(d->file, '.') != NULL);
		cr_assert_eq(d->states == NULL, d->state == NULL);
	}
	for (int c = 0; c < CHANNELS; c++) {
		buffer_clear(&wanted);
		buffer_printf(&wanted, "\n.It Cm %s", channel_table[c].name);
		cr_assert(strstr(page, buffer_text(&wanted)), "channel %s is not in the manual",
			  channel_table[c].name);
	}
	buffer_free(&wanted);
	free(page);
}

/* --- folders -------------------------------------------------------------------------- */

static void write_in(const struct folder *f, const char *name, const char *text)
{
	char *path = folder_path(f, name);
	FILE *out = fopen(path, "w");

	cr_assert(out != NULL);
	fputs(text, out);
	fclose(out);
	free(path);
}

/* By hand: a thrice is two more, b twice one more; an empty address is nobody's. */
Test(inboxes, customers_beyond_the_first)
{
	static const char *const addresses[] = {"a@x.org", "b@x.org", "", "a@x.org", "c@x.org", "",
						"b@x.org", "a@x.org"};
	struct inboxes b = {0};

	cr_assert_eq(inboxes_shared(&b), 0);
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
		inboxes_add(&b, slice_of(addresses[i]));
	cr_assert_eq(inboxes_shared(&b), 3);
	inboxes_add(&b, slice_of("c@x.org"));
	cr_assert_eq(inboxes_shared(&b), 4);
	inboxes_free(&b);
}

Test(folder, is_replaced_as_a_whole)
{
	char dir[] = "/tmp/so1-test-folder-XXXXXX", target[64], file[80];
	struct folder *f = NULL;
	struct so1_error e;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(target, sizeof target, "%s/lists/", dir);
	cr_assert(folder_is_named(target));
	cr_assert_eq(folder_begin(&f, target, &e), SO1_OK);
	write_in(f, "old.csv", "x\n");
	write_in(f, MANIFEST_NAME, "key,value\nsha256.old.csv,0\n");
	cr_assert_eq(access(target, F_OK), -1, "nothing before the commit");
	cr_assert_eq(folder_commit(f, &e), SO1_OK);
	folder_free(f);

	/* Given up: the old one stays. */
	f = NULL;
	cr_assert_eq(folder_begin(&f, target, &e), SO1_OK);
	write_in(f, "new.csv", "y\n");
	folder_free(f);
	snprintf(file, sizeof file, "%sold.csv", target);
	cr_assert_eq(access(file, F_OK), 0);

	f = NULL;
	cr_assert_eq(folder_begin(&f, target, &e), SO1_OK);
	write_in(f, "new.csv", "y\n");
	write_in(f, MANIFEST_NAME, "key,value\nsha256.new.csv,0\n");
	cr_assert_eq(folder_commit(f, &e), SO1_OK);
	folder_free(f);
	cr_assert_eq(access(file, F_OK), -1);
	snprintf(file, sizeof file, "%snew.csv", target);
	cr_assert_eq(access(file, F_OK), 0);

	unlink(file);
	snprintf(file, sizeof file, "%s%s", target, MANIFEST_NAME);
	unlink(file);
	rmdir(target);
	cr_assert_eq(rmdir(dir), 0, "nothing was left beside it");
}
