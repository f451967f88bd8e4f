/* so1-export's room: permission, suppression, allocation, destinations, folders. */
#include "base/chance.h"
#include "base/memory.h"
#include "export/allocate.h"
#include "export/catalogue.h"
#include "export/channel.h"
#include "export/destination.h"
#include "base/sha256.h"
#include "export/folder.h"
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
	/* The favourite channel when the offer may use it and the customer permits it. */
	cr_assert_eq(channel_choose(&list, CHANNELS_ALL, CHANNEL_EMAIL), CHANNEL_EMAIL);
	cr_assert_eq(channel_choose(&list, CHANNELS_ALL, CHANNEL_POS), CHANNEL_POST);
	cr_assert_eq(channel_choose(&list, CHANNEL_BIT(CHANNEL_SMS), CHANNEL_EMAIL), CHANNEL_SMS);
	cr_assert_eq(channel_choose(&list, CHANNEL_BIT(CHANNEL_POS), CHANNEL_EMAIL), CHANNEL_NONE);
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

enum { CUSTOMERS = 40, OFFERS = 6, TOP = 2 };

struct naive_pair {
	int customer;
	struct candidate c;
};

static int by_weight(const void *a, const void *b)
{
	const struct naive_pair *x = a, *y = b;

	if (x->c.weight != y->c.weight)
		return x->c.weight > y->c.weight ? -1 : 1;
	if (x->customer != y->customer)
		return x->customer - y->customer;
	return (int)x->c.offer - (int)y->c.offer;
}

static int by_rank(const void *a, const void *b)
{
	return by_weight(&(struct naive_pair){0, *(const struct candidate *)a},
			 &(struct naive_pair){0, *(const struct candidate *)b});
}

/* An instance from a seed: few weights, so that ties are many; some offers without limit. */
static size_t make_customer(uint64_t seed, int customer, const struct catalogue *c,
			    struct candidate *out)
{
	size_t n = 0;

	for (uint16_t o = 0; o < OFFERS; o++) {
		uint64_t x = chance_mix(seed * 1000003 + (uint64_t)customer * 101 + o);
		if (x % 10 < 3)
			continue;
		double weight = (double)(x / 16 % 8);
		out[n++] = (struct candidate){weight, weight, o, CHANNEL_EMAIL,
					      offer_is_limited(&c->items[o]), 0};
	}
	qsort(out, n, sizeof *out, by_rank);
	return n;
}

/* The definition in allocate.h word by word, over all pairs, unlimited ones too. */
static void allocate_naively(const struct catalogue *c, const struct naive_pair *pairs, size_t n,
			     bool given[CUSTOMERS][OFFERS])
{
	int64_t stock[OFFERS], budget[OFFERS];
	int has[CUSTOMERS] = {0};

	for (int o = 0; o < OFFERS; o++) {
		stock[o] = c->items[o].has_stock ? c->items[o].stock : INT64_MAX;
		budget[o] = c->items[o].has_budget ? c->items[o].budget : INT64_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		int o = pairs[i].c.offer, k = pairs[i].customer;
		if (has[k] == TOP || stock[o] < 1 || budget[o] < c->items[o].cost)
			continue;
		stock[o]--;
		budget[o] -= c->items[o].cost;
		has[k]++;
		given[k][o] = true;
	}
}

Test(allocate, agrees_with_the_definition)
{
	struct offer offers[OFFERS];
	struct catalogue c = {.items = offers, .count = OFFERS};

	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct naive_pair pairs[CUSTOMERS * OFFERS];
		struct candidate candidates[OFFERS], grants[TOP];
		bool wanted[CUSTOMERS][OFFERS] = {{0}};
		struct sorter_options sorting = {.memory = 1 << 20, .threads = 1};
		struct allocator *a = NULL;
		struct so1_error e;
		size_t n = 0, total = 0;

		for (int o = 0; o < OFFERS; o++) {
			uint64_t x = chance_mix(seed * 31 + (uint64_t)o);
			offers[o] = (struct offer){
				.has_stock = x & 1, .stock = (int64_t)(x / 8 % 12),
				.has_budget = x & 2, .budget = (int64_t)(x / 128 % 40),
				.cost = (int64_t)(1 + x / 8192 % 5),
			};
		}
		cr_assert_eq(allocator_open(&a, &c, TOP, &sorting, &e), SO1_OK);
		for (int k = 0; k < CUSTOMERS; k++) {
			size_t m = make_customer(seed, k, &c, candidates);
			for (size_t i = 0; i < m; i++)
				pairs[n++] = (struct naive_pair){k, candidates[i]};
			cr_assert_eq(allocator_add(a, candidates, m, &e), SO1_OK);
		}
		qsort(pairs, n, sizeof *pairs, by_weight);
		allocate_naively(&c, pairs, n, wanted);
		cr_assert_eq(allocator_solve(a, &e), SO1_OK);
		for (int k = 0; k < CUSTOMERS; k++) {
			enum outcome why;
			size_t m = make_customer(seed, k, &c, candidates), count = 0;
			size_t given = allocator_choose(a, candidates, m, grants, &why);
			for (size_t i = 0; i < given; i++)
				cr_assert(wanted[k][grants[i].offer], "seed %d customer %d", (int)seed, k);
			for (int o = 0; o < OFFERS; o++)
				count += wanted[k][o];
			cr_assert_eq(given, count, "seed %d customer %d", (int)seed, k);
			cr_assert_eq(why == OUTCOME_OUT, given > 0 || m == 0);
			total += given;
		}
		cr_assert(total > 0);
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
