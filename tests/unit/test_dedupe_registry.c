/* src/dedupe: inheritance of ids, the registry's file, keyed hashes. Expected values by
 * hand unless said otherwise. */
#include "base/memory.h"
#include "dedupe/inherit.h"
#include "dedupe/prints.h"
#include "dedupe/registry_file.h"
#include "dedupe/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define NONE INHERIT_NONE

static const struct customer_id ids[] = {{1, 0}, {2, 0}, {3, 0}, {4, 0}};

/* Up to eight votes (cluster, id), the ids' ages; what is expected of three clusters. */
static const struct {
	const char *what;
	size_t vote_count;
	struct inherit_vote votes[8];
	uint32_t since[4];
	uint32_t old_of[3], heir_of[4];
} cases[] = {
	{"nobody is known", 0, {{0}}, {1, 1, 1, 1}, {NONE, NONE, NONE}, {NONE, NONE, NONE, NONE}},
	{"each its own", 3, {{2, 0}, {1, 1}, {0, 2}}, {1, 1, 1, 1}, {2, 1, 0}, {2, 1, 0, NONE}},
	{"a merge keeps the id of more records", 3, {{0, 0}, {0, 1}, {0, 1}}, {1, 2, 1, 1},
	 {1, NONE, NONE}, {0, 0, NONE, NONE}},
	{"of equal parts the older id", 2, {{0, 0}, {0, 1}}, {2, 1, 1, 1},
	 {1, NONE, NONE}, {0, 0, NONE, NONE}},
	{"of equally old ones the smaller", 2, {{0, 1}, {0, 0}}, {1, 1, 1, 1},
	 {0, NONE, NONE}, {0, 0, NONE, NONE}},
	{"a split leaves the id with the larger part", 3, {{0, 3}, {1, 3}, {1, 3}}, {1, 1, 1, 1},
	 {NONE, 3, NONE}, {NONE, NONE, NONE, 1}},
	{"of equal parts that whose key made the id", 2, {{0, 1}, {1, 1}}, {1, 1, 1, 1},
	 {NONE, 1, NONE}, {NONE, 1, NONE, NONE}},
	{"of equal parts neither of which made it, the smaller key's", 2, {{2, 0}, {1, 0}},
	 {1, 1, 1, 1}, {NONE, 0, NONE}, {1, NONE, NONE, NONE}},
	{"who loses the one takes the other", 6,
	 {{0, 0}, {0, 0}, {0, 0}, {1, 0}, {1, 0}, {1, 2}}, {1, 1, 1, 1},
	 {0, 2, NONE}, {0, NONE, 1, NONE}},
};

/* The clusters' own keys make the ids 9, 2 and 10. */
static const struct customer_id natural[] = {{9, 0}, {2, 0}, {10, 0}};

Test(inherit, cases)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct inherit h = {0};
		struct inherit_vote votes[8];
		memcpy(votes, cases[i].votes, sizeof votes);
		inherit_settle(&h, votes, cases[i].vote_count, natural, 3, ids, cases[i].since, 4);
		for (int c = 0; c < 3; c++)
			cr_assert_eq(h.old_of[c], cases[i].old_of[c], "%s: cluster %d", cases[i].what, c);
		for (int o = 0; o < 4; o++)
			cr_assert_eq(h.heir_of[o], cases[i].heir_of[o], "%s: id %d", cases[i].what, o);
		inherit_free(&h);
	}
}

/* RFC 4231, test cases 2 and 1. */
Test(secret, hmac_sha_256)
{
	char hex[SECRET_HEX];

	secret_put_hex(SLICE("Jefe"), SLICE("what do ya want for nothing?"), hex);
	cr_assert(slice_is(slice_make(hex, sizeof hex),
			   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
	secret_put_hex(SLICE("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
			     "\x0b\x0b"), SLICE("Hi There"), hex);
	cr_assert(slice_is(slice_make(hex, sizeof hex),
			   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
}

Test(registry_file, ids_as_text)
{
	static const struct customer_id some[] = {
		{0, 0}, {0, 1}, {UINT64_MAX, 1}, {UINT64_C(0x0123456789abcdef), 1},
	};
	struct customer_id back;
	char text[CUSTOMER_ID_LENGTH];

	for (size_t i = 0; i < COUNT_OF(some); i++) {
		customer_id_put(some[i], text);
		cr_assert(customer_id_parse(slice_make(text, sizeof text), &back));
		cr_assert_eq(customer_id_compare(some[i], back), 0);
	}
	cr_assert_not(customer_id_parse(SLICE("000000000000"), &back));
	cr_assert_not(customer_id_parse(SLICE("00000000000000"), &back));
	cr_assert_not(customer_id_parse(SLICE("000000000000l"), &back));
	cr_assert_not(customer_id_parse(SLICE("000000000000A"), &back));
}

Test(registry_file, source_ids_stay_apart)
{
	struct buffer a = {0}, b = {0};

	registry_put_source_id(&a, SLICE("a:b"), SLICE("c"));
	registry_put_source_id(&b, SLICE("a"), SLICE("b:c"));
	cr_assert(slice_is(buffer_slice(&a), "a%3Ab:c"));
	cr_assert(slice_is(buffer_slice(&b), "a:b:c"));
	buffer_free(&a);
	buffer_free(&b);
}

static const char *const emails[] = {"a@x", "b\"@x", "b,c@x", "c@x", "ca@x", "z@x"};

static void write_registry(const char *path, struct so1_error *e)
{
	struct registry_output o;

	cr_assert_eq(registry_output_open(&o, path, e), SO1_OK);
	cr_assert_eq(registry_output_put(&o, KIND_CUSTOMER, SLICE("0000000000002"), &ids[0], 7, e),
		     SO1_OK);
	for (size_t i = 0; i < COUNT_OF(emails); i++)
		cr_assert_eq(registry_output_put(&o, KIND_EMAIL, slice_of(emails[i]), &ids[0], 0, e),
			     SO1_OK);
	cr_assert_eq(registry_output_prepare(&o, e), SO1_OK);
	cr_assert_eq(registry_output_commit(&o, e), SO1_OK);
	registry_output_close(&o);
}

Test(registry_file, what_is_written_is_found)
{
	char path[] = "/tmp/so1-registry-XXXXXX";
	struct so1_error e = {0};
	struct registry_file f = {0};
	struct registry_line line;
	struct buffer scratch = {0};
	size_t at, n = 0;

	close(mkstemp(path));
	write_registry(path, &e);
	cr_assert_eq(registry_file_open(&f, path, false, &e), SO1_OK, "%s", e.reason);
	cr_assert_eq(f.rows, 1 + COUNT_OF(emails));
	for (at = f.begin; registry_file_next(&f, &at, &line, &scratch, &e); n++)
		cr_assert(n == 0 ? line.since == 7 : slice_is(line.identifier, emails[n - 1]));
	cr_assert_eq(n, f.rows);
	for (size_t i = 0; i < COUNT_OF(emails); i++) {
		cr_assert(registry_file_find(&f, KIND_EMAIL, slice_of(emails[i]), &line, &scratch, &e));
		cr_assert_eq(customer_id_compare(line.owner, ids[0]), 0);
		cr_assert_not(registry_file_find(&f, KIND_PHONE, slice_of(emails[i]), &line, &scratch,
						 &e));
	}
	cr_assert_not(registry_file_find(&f, KIND_EMAIL, SLICE("aa@x"), &line, &scratch, &e));
	cr_assert_not(registry_file_find(&f, KIND_EMAIL, SLICE("zz@x"), &line, &scratch, &e));
	cr_assert_not(registry_file_changed(&f));
	write_registry(path, &e);
	cr_assert(registry_file_changed(&f));
	registry_file_close(&f);
	buffer_free(&scratch);
	unlink(path);
}

/* Any byte changed, any tail missing: refused. */
/* Identifiers that are the beginning of others, with bytes before and behind the comma that ends
 * them, and with commas and quotes: the place of each, there or not, is that of a search that
 * takes every line apart. */
Test(registry_file, places_are_found_without_taking_lines_apart)
{
	static const char *const there[] = {"\"", "\"q", "+49", "+49,30", "+4930", "a", "a\"b", "a+", "a+b", "a,", "a,b",
					    "a-b", "ab", "abc", "b", "\xc3\xa4"};
	static const char *const asked[] = {"", "!", "\"a", "+", "+4", "+49+", "+49,", "+49-", "A", "a!", "a+a", "a,a",
					    "a-", "aa", "abcd", "\xc3", "\xc4", "z"};
	char path[] = "/tmp/so1-registry-XXXXXX";
	struct so1_error e = {0};
	struct registry_file f = {0};
	struct registry_output o;
	struct registry_line line;
	struct buffer scratch = {0};
	bool found, expected;

	close(mkstemp(path));
	cr_assert_eq(registry_output_open(&o, path, &e), SO1_OK);
	for (size_t i = 0; i < COUNT_OF(there); i++)
		registry_output_put(&o, KIND_EMAIL, slice_of(there[i]), &ids[0], 0, &e);
	cr_assert_eq(registry_output_prepare(&o, &e), SO1_OK);
	cr_assert_eq(registry_output_commit(&o, &e), SO1_OK);
	registry_output_close(&o);
	cr_assert_eq(registry_file_open(&f, path, false, &e), SO1_OK, "%s", e.reason);
	for (size_t i = 0; i < COUNT_OF(there) + COUNT_OF(asked); i++) {
		struct slice text = slice_of(i < COUNT_OF(there) ? there[i] : asked[i - COUNT_OF(there)]);
		size_t slow = registry_file_place(&f, f.begin, f.end, SEARCH_FAR, KIND_EMAIL, text, &expected,
						  &line, &scratch, &e);
		for (int near = 0; near < 2; near++) {
			size_t at = registry_file_place(&f, f.begin, f.end, SEARCH_KIND | (near ? SEARCH_NEAR : SEARCH_FAR),
							KIND_EMAIL, text, &found, &line, &scratch, &e);
			cr_assert_eq(at, slow, "'%.*s'", SLICE_ARGS(text));
			cr_assert_eq(found, expected);
			cr_assert_eq(found, i < COUNT_OF(there), "'%.*s'", SLICE_ARGS(text));
			cr_assert(!found || slice_equal(line.identifier, text));
		}
	}
	registry_file_close(&f);
	buffer_free(&scratch);
	unlink(path);
}

Test(registry_file, damage_is_noticed)
{
	char path[] = "/tmp/so1-registry-XXXXXX", bytes[1024];
	struct so1_error e = {0};
	struct registry_file f = {0};

	close(mkstemp(path));
	write_registry(path, &e);
	FILE *in = fopen(path, "r");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	fclose(in);
	for (size_t i = 0; i < 2 * n; i++) {
		FILE *out = fopen(path, "w");
		bytes[i % n] ^= i < n ? 1 : 0;
		fwrite(bytes, 1, i < n ? n : i - n, out);
		fclose(out);
		bytes[i % n] ^= i < n ? 1 : 0;
		cr_assert_eq(registry_file_open(&f, path, false, &e), SO1_FAILED, "byte %zu", i);
		cr_assert(strstr(e.reason, "registry refused"));
		registry_file_close(&f);
	}
	unlink(path);
}

static const struct prints_key prints_key = {7, 8, 9};

static void write_prints(const char *path)
{
	static const struct print some[] = {{1, 2, LAYER_EMAIL, 7}, {1, 3, LAYER_SELF, 0}, {5, 0, LAYER_SELF, 0}};
	const struct prints_group known = {.id = ids[0], .probable = true, .items = some, .count = 2};
	const struct prints_group nobody = {.nobody = true, .items = some + 2, .count = 1};
	struct prints_output o;
	struct so1_error e = {0};

	cr_assert_eq(prints_output_open(&o, path, prints_key.rules, SLICE("the past"), &e), SO1_OK);
	cr_assert_eq(prints_output_put(&o, &known, &e), SO1_OK);
	cr_assert_eq(prints_output_put(&o, &nobody, &e), SO1_OK);
	cr_assert_eq(prints_output_seal(&o, &prints_key, &e), SO1_OK);
	cr_assert_eq(prints_output_commit(&o, &e), SO1_OK);
	prints_output_close(&o);
}

Test(prints, what_is_written_is_read)
{
	char path[] = "/tmp/so1-prints-XXXXXX";
	struct prints p;
	struct prints_group g;
	size_t at = 0;

	close(mkstemp(path));
	write_prints(path);
	prints_open(&p, path, &prints_key);
	cr_assert(slice_is(p.past, "the past"));
	cr_assert(prints_next(&p, &at, &g));
	cr_assert(!g.nobody && g.probable && g.items[0].margin == 7 && g.count == 2 && customer_id_compare(g.id, ids[0]) == 0);
	cr_assert(g.items[1].hash == 1 && g.items[1].tag == 3 && g.items[0].layer == LAYER_EMAIL);
	cr_assert_lt(print_compare(&g.items[0], &g.items[1]), 0);
	cr_assert(prints_next(&p, &at, &g));
	cr_assert(g.nobody && !g.probable && g.count == 1 && g.items[0].hash == 5);
	cr_assert_not(prints_next(&p, &at, &g));
	prints_close(&p);
	unlink(path);
}

/* Another registry's, other rules', any byte changed, any tail missing, absent: nothing. */
Test(prints, others_count_as_empty)
{
	char path[] = "/tmp/so1-prints-XXXXXX", bytes[512];
	struct prints_key key;
	struct prints p;

	close(mkstemp(path));
	write_prints(path);
	for (int k = 0; k < 3; k++) {
		key = prints_key;
		*(k == 0 ? &key.rules : k == 1 ? &key.registry_hash : &key.registry_rows) += 1;
		prints_open(&p, path, &key);
		cr_assert_null(p.bytes, "key %d", k);
	}
	FILE *in = fopen(path, "r");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	fclose(in);
	for (size_t i = 0; i < 2 * n; i++) {
		FILE *out = fopen(path, "w");
		bytes[i % n] ^= i < n ? 1 : 0;
		fwrite(bytes, 1, i < n ? n : i - n, out);
		fclose(out);
		bytes[i % n] ^= i < n ? 1 : 0;
		prints_open(&p, path, &prints_key);
		cr_assert_null(p.bytes, "byte %zu", i);
	}
	unlink(path);
	prints_open(&p, path, &prints_key);
	cr_assert_null(p.bytes);
}
