/* src/dedupe: strings, tuples, guards, union–find, keys, ids. Expected values by hand
 * unless said otherwise. */
#include "base/chance.h"
#include "dedupe/distrust.h"
#include "dedupe/fold.h"
#include "dedupe/ident.h"
#include "dedupe/people.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

Test(strings, equal_text_has_one_id)
{
	struct strings s;
	char text[32];

	strings_init(&s);
	cr_assert_eq(strings_add(&s, SLICE("")), STRINGS_EMPTY);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 20000; i++) {
			int n = snprintf(text, sizeof text, "value %u", i);
			cr_assert_eq(strings_add(&s, slice_make(text, (size_t)n)), i);
		}
	cr_assert_eq(s.count, 20001);
	cr_assert(slice_is(strings_get(&s, 777), "value 777"));
	cr_assert_eq(strings_find(&s, SLICE("value 20000")), 20000);
	cr_assert_eq(strings_find(&s, SLICE("value 20001")), STRINGS_NONE);
	strings_free(&s);
}

Test(strings, lengths_around_the_long_form)
{
	struct strings s;
	char text[300];

	memset(text, 'x', sizeof text);
	strings_init(&s);
	for (size_t n = 250; n < 260; n++)
		strings_add(&s, slice_make(text, n));
	for (size_t n = 250; n < 260; n++)
		cr_assert_eq(strings_get(&s, (uint32_t)(n - 249)).len, n);
	strings_free(&s);
}

Test(fold, first_word_without_case_accents_and_punctuation)
{
	struct {
		const char *name, *folded;
	} cases[] = {
		{"", ""}, {"A", ""}, {"A.", ""}, {"Anna", "anna"}, {"ANNA MARIA", "anna"},
		{"Jörg-Peter", "jorg"}, {"Łukasz", "lukasz"}, {"René", "rene"}, {"Strauß", "strauss"},
		{" - Bob", "bob"}, {"O'Neil", ""}, {"王芳", "王芳"}, {"123", ""},
		{"Rene\xcc\x81", "rene"}, {"\xff\xff", ""},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer b = {0};
		fold_first_name(slice_of(cases[i].name), &b);
		cr_assert(slice_is(buffer_slice(&b), cases[i].folded), "'%s' gave '%.*s'",
			  cases[i].name, (int)b.len, b.ptr);
		buffer_free(&b);
	}
}

Test(distrust, placeholders)
{
	struct {
		enum layer layer;
		const char *value;
		bool is;
	} cases[] = {
		{LAYER_EMAIL, "test@test.com", true}, {LAYER_EMAIL, "NoReply@shop.de", true},
		{LAYER_EMAIL, "joe@example.com", false}, {LAYER_EMAIL, "testa@example.com", false},
		{LAYER_EMAIL, "@example.com", true}, {LAYER_EMAIL, "joe@", true},
		{LAYER_EMAIL, "joe", true}, {LAYER_EMAIL, "n/a", true},
		{LAYER_PHONE, "+490000000", true}, {LAYER_PHONE, "+4930111111111", true},
		{LAYER_PHONE, "+491234567", true}, {LAYER_PHONE, "+49301234561", false},
		{LAYER_PHONE, "110", true}, {LAYER_PHONE, "+15550100200", false},
		{LAYER_PHONE, "+491701234567", false}, {LAYER_PHONE, "+4915112345678", false},
		{LAYER_PHONE, "+15551234567", false}, {LAYER_PHONE, "+491234567890", true},
		{LAYER_LOYALTY_ID, "0000", true}, {LAYER_LOYALTY_ID, "99999999", true},
		{LAYER_LOYALTY_ID, "12345678", true}, {LAYER_LOYALTY_ID, "12345679", false},
		{LAYER_LOYALTY_ID, "1111", false},
		{LAYER_SOURCE_ID, "0", true}, {LAYER_SOURCE_ID, "GUEST", true},
		{LAYER_SOURCE_ID, "1", false}, {LAYER_SOURCE_ID, "1234567", false},
		{LAYER_SOCIAL, "twitter:test", true}, {LAYER_SOCIAL, "twitter:joe", false},
		{LAYER_DEVICE, "00000000-0000-0000-0000-000000000000", true},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		cr_assert_eq(distrust_is_placeholder(cases[i].layer, slice_of(cases[i].value)),
			     cases[i].is, "%s '%s'", layer_name(cases[i].layer), cases[i].value);
}

Test(people, counting)
{
	struct {
		struct person_label labels[5];
		size_t n, people;
	} cases[] = {
		{{{0, 0, 0}}, 1, 0},
		{{{1, 0, 0}, {1, 0, 0}}, 2, 1},
		{{{1, 0, 0}, {1, 7, 0}}, 2, 1},          /* the name alone is the one with a date */
		{{{1, 7, 0}, {1, 8, 0}, {1, 0, 0}}, 3, 2},/* father and son */
		{{{1, 7, 0}, {2, 7, 0}}, 2, 2},          /* twins, or a nickname */
		{{{1, 7, 0}, {0, 7, 0}}, 2, 1},
		{{{1, 7, 0}, {0, 8, 0}}, 2, 2},
		{{{1, 0, 5}, {0, 0, 5}}, 2, 1},
		{{{0, 0, 5}, {0, 0, 6}, {0, 0, 5}}, 3, 2},
		{{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {1, 0, 0}, {3, 9, 0}}, 5, 3},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		cr_assert_eq(people_count(cases[i].labels, cases[i].n), cases[i].people, "case %zu", i);
}

Test(people, ids_of_one_source)
{
	uint32_t records[] = {1, 2, 0, 2, 3, 4, 4}, sources[] = {1, 1, 1, 1, 2, 2, 2};

	cr_assert_eq(people_ids_of_one_source(records, sources, 7, 3), 2);
	cr_assert_eq(people_ids_of_one_source(records, sources, 0, 3), 0);
}

/* Names 1 to 4 and birth dates 1 to 4 that nobody mixes up. */
static void make_facts(struct facts *f, struct strings *births, uint32_t *of)
{
	static const char *const names[] = {"anna", "ben", "christoph", "dorothee"};
	static const char *const dates[] = {"1931-01-05", "1952-06-17", "1973-10-28", "1999-12-31"};

	*f = (struct facts){.of = of, .births = births};
	strings_init(&f->firsts);
	strings_init(births);
	for (size_t i = 0; i < 4; i++) {
		strings_add(&f->firsts, slice_of(names[i]));
		strings_add(births, slice_of(dates[i]));
	}
}

Test(clusters, guards)
{
	/* first name, birth date */
	uint32_t of[] = {1, 1, 2, 2, 0, 0, 1, 2, 2, 0, 3, 0, 4, 0};
	struct strings births;
	struct facts facts;
	struct clusters c;

	make_facts(&facts, &births, of);

	clusters_init(&c, 7, &facts, 3);
	cr_assert_eq(clusters_join(&c, 0, 1, LAYER_LOYALTY_ID), JOIN_CONTRADICTS);
	cr_assert_eq(c.layer[0], LAYER_SELF, "a refused link leaves no trace");
	cr_assert_neq(clusters_find(&c, 0), clusters_find(&c, 1));
	cr_assert_eq(clusters_join(&c, 0, 2, LAYER_LOYALTY_ID), JOIN_DONE);
	cr_assert_eq(clusters_join(&c, 2, 1, LAYER_LOYALTY_ID), JOIN_CONTRADICTS,
		     "not through a third that knows nothing either");
	cr_assert_eq(clusters_join(&c, 0, 3, LAYER_LOYALTY_ID), JOIN_DONE, "one date differs");
	cr_assert_eq(clusters_join(&c, 3, 1, LAYER_LOYALTY_ID), JOIN_CONTRADICTS, "1/1 is in there");
	cr_assert_eq(clusters_join(&c, 3, 0, LAYER_LOYALTY_ID), JOIN_ALREADY);
	cr_assert_eq(c.layer[0], LAYER_LOYALTY_ID, "the strongest");
	cr_assert_eq(clusters_join(&c, 0, 4, LAYER_LOYALTY_ID), JOIN_DONE);
	cr_assert_eq(clusters_join(&c, 0, 5, LAYER_LOYALTY_ID), JOIN_DONE);
	cr_assert_eq(clusters_join(&c, 6, 0, LAYER_LOYALTY_ID), JOIN_TOO_MANY, "a fourth first name");
	cr_assert_eq(c.layer[6], LAYER_SELF);
	clusters_free(&c);
	strings_free(&facts.firsts);
	strings_free(&births);
}

/* A hundred records spell a name in a dozen ways; that is not a dozen people. */
Test(clusters, spellings_of_one_name_are_no_crowd)
{
	static const char *const names[] = {"katharina", "katarina", "kathrina", "katharinna", "katharna",
					    "ben", "otto"};
	enum { NAMES = sizeof names / sizeof *names, SPELLINGS = 5 };
	uint32_t of[2 * NAMES] = {0};
	struct facts facts = {.of = of};
	struct strings births;
	struct clusters c;

	strings_init(&facts.firsts);
	strings_init(&births);
	facts.births = &births;
	for (size_t i = 0; i < NAMES; i++)
		of[2 * i] = strings_add(&facts.firsts, slice_of(names[i]));
	/* From either end: the middle ones of a chain may come last. */
	for (int turn = 0; turn < 2; turn++) {
		clusters_init(&c, NAMES, &facts, 2);
		for (uint32_t i = 1; i < SPELLINGS; i++)
			cr_assert_eq(clusters_unite(&c, turn ? SPELLINGS - 1 : 0, turn ? i - 1 : i,
						    LAYER_MODEL), JOIN_DONE, "%s", names[i]);
		cr_assert_eq(clusters_unite(&c, 5, 2, LAYER_MODEL), JOIN_DONE, "a second name");
		cr_assert_eq(clusters_unite(&c, 6, 2, LAYER_MODEL), JOIN_TOO_MANY);
		clusters_free(&c);
	}
	strings_free(&facts.firsts);
	strings_free(&births);
}

/* No cluster ever holds two tuples with two birth dates and two first names. */
Test(clusters, never_hold_two_people)
{
	enum { TUPLES = 300, LINKS = 2000 };

	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint32_t facts[2 * TUPLES];
		struct strings births;
		struct facts all;
		struct clusters c;
		make_facts(&all, &births, facts);
		for (uint64_t i = 0; i < 2 * TUPLES; i++)
			facts[i] = (uint32_t)(chance_mix(seed * 1000000 + i) % 4);
		clusters_init(&c, TUPLES, &all, 0);
		for (uint64_t i = 0; i < LINKS; i++) {
			uint64_t x = chance_mix(seed * 7000000 + i);
			clusters_join(&c, (uint32_t)(x % TUPLES), (uint32_t)((x >> 32) % TUPLES),
				      LAYER_LOYALTY_ID);
		}
		for (uint32_t a = 0; a < TUPLES; a++)
			for (uint32_t b = 0; b < a; b++) {
				const uint32_t *f = &facts[2 * a], *g = &facts[2 * b];
				bool two = f[0] && g[0] && f[1] && g[1] && f[0] != g[0] && f[1] != g[1];
				cr_assert(!two || clusters_find(&c, a) != clusters_find(&c, b));
			}
		clusters_free(&c);
		strings_free(&all.firsts);
		strings_free(&births);
	}
}

/* A tuple in a test: what is NULL is unknown. */
struct person_row {
	const char *source, *source_id, *email, *phone, *device, *first, *birth;
};

static uint32_t add(struct tuples *t, const struct person_row *p)
{
	struct slice f[IDENTITY_FIELDS];
	struct buffer b = {0};

	for (int i = 0; i < IDENTITY_FIELDS; i++)
		f[i] = slice_make("", 0);
	f[T_SOURCE] = slice_of(p->source);
	f[T_SOURCE_ID] = slice_of(p->source_id);
	f[T_EMAIL] = slice_of(p->email);
	f[T_PHONE] = slice_of(p->phone);
	f[T_DEVICE_ID] = slice_of(p->device);
	f[T_FIRST_NAME] = slice_of(p->first);
	f[T_BIRTH_DATE] = slice_of(p->birth);
	for (int i = 0; i < IDENTITY_FIELDS; i++) {
		buffer_put_slice(&b, f[i]);
		buffer_put_byte(&b, ',');
	}
	struct tuple_key key = tuple_key_of(buffer_slice(&b));
	uint32_t tuple = tuples_find(t, key);
	if (tuple == TUPLE_NONE)
		tuple = tuples_add(t, key, f);
	buffer_free(&b);
	return tuple;
}

/* Resolves rows[0..n) read in an order of its own, and writes each row's customer_id. */
static void resolve(const struct person_row *rows, size_t n, uint64_t order, const struct key_limits *limits,
		    char (*ids)[CUSTOMER_ID_LENGTH + 1], size_t *refused)
{
	struct tuples t;
	struct identity id = {0};
	struct customers c = {0};
	struct distrust d = {0};
	uint32_t *tuple = calloc(n, sizeof *tuple);
	size_t *at = calloc(n, sizeof *at);

	for (size_t i = 0; i < n; i++)
		at[i] = i;
	for (size_t i = n; order && i > 1; i--) {
		size_t j = chance_mix(order * 1000 + i) % i, swap = at[i - 1];
		at[i - 1] = at[j];
		at[j] = swap;
	}
	tuples_init(&t);
	for (size_t i = 0; i < n; i++)
		tuple[at[i]] = add(&t, &rows[at[i]]);
	tuples_freeze(&t);
	identity_resolve(&id, &t, limits, &d);
	customers_make(&c, &t, &id, 1);
	for (size_t i = 0; i < n; i++) {
		memset(ids[i], 0, sizeof ids[i]);
		if (c.rank[tuple[i]] != TUPLE_NONE)
			customer_id_put(c.ids[c.rank[tuple[i]]], ids[i]);
	}
	*refused = id.refused_count;
	customers_free(&c);
	identity_free(&id);
	tuples_free(&t);
	free(tuple);
	free(at);
}

/* DESIGN: at most 150 bytes a tuple besides their text, here with three strings that are
 * new with each; at every count, also right after the tables have grown. */
Test(tuples, memory_promise)
{
	struct tuples t;
	char id[16], email[32], phone[16];

	tuples_init(&t);
	for (uint32_t i = 0; i < 200000; i++) {
		snprintf(id, sizeof id, "%u", i);
		snprintf(email, sizeof email, "person%u@x.example", i);
		snprintf(phone, sizeof phone, "+4930%07u", i);
		add(&t, &(struct person_row){"crm", id, email, phone, NULL, "Anna", "1980-01-01"});
		if (i % 10000 != 9999)
			continue;
		size_t text = 0;
		for (int f = 0; f < IDENTITY_FIELDS; f++)
			for (uint32_t v = 0; v < t.text[f].count; v++)
				text += strings_get(&t.text[f], v).len;
		size_t each = (tuples_bytes(&t) - text) / (i + 1);
		cr_assert_leq(each, 150, "%zu bytes at %u", each, i + 1);
	}
	tuples_free(&t);
}

/* Which rows end up together, as letters: rows of the same letter are one customer, '-'
 * is nobody's. */
static void check_groups(const struct person_row *rows, size_t n, const char *wanted,
			 size_t wanted_refused)
{
	char ids[16][CUSTOMER_ID_LENGTH + 1], first[16][CUSTOMER_ID_LENGTH + 1];
	size_t refused;

	for (uint64_t order = 0; order < 8; order++) {
		resolve(rows, n, order, &KEY_LIMITS_DEFAULT, ids, &refused);
		if (order == 0)
			memcpy(first, ids, sizeof ids);
		for (size_t i = 0; i < n; i++) {
			cr_assert_str_eq(ids[i], first[i], "order %llu row %zu", (unsigned long long)order, i);
			cr_assert_eq(ids[i][0] == '\0', wanted[i] == '-', "row %zu of %s", i, wanted);
			for (size_t j = 0; j < i; j++)
				cr_assert_eq(strcmp(ids[i], ids[j]) == 0, wanted[i] == wanted[j],
					     "rows %zu and %zu of %s", j, i, wanted);
		}
		cr_assert_eq(refused, wanted_refused, "%s refused %zu", wanted, refused);
	}
}

Test(keys, family_address_stays_two_people)
{
	static const struct person_row rows[] = {
		{"crm", "1", "family@x.de", NULL, NULL, "Anna", "1980-02-03"},
		{"crm", "2", "family@x.de", NULL, NULL, "Ben", "1982-05-06"},
		{"shop", "3", "family@x.de", NULL, NULL, "anna", NULL},
		{"shop", "4", "family@x.de", "+49301234561", NULL, "Ben", NULL},
	};
	check_groups(rows, COUNT_OF(rows), "abab", 1);
}

Test(keys, the_same_name_goes_before_the_stronger_key)
{
	/* Annika shares Andreas's address; her telephone says who she is. */
	static const struct person_row rows[] = {
		{"crm", "1", "family@x.de", NULL, NULL, "Andreas", "1977-10-23"},
		{"shop", "2", "family@x.de", "+49160149190", NULL, "Annika", NULL},
		{"crm", "3", NULL, "+49160149190", NULL, "Annika", "1992-03-28"},
	};
	check_groups(rows, COUNT_OF(rows), "abb", 1);
}

Test(keys, no_bridge_between_two_people)
{
	static const struct person_row rows[] = {
		{"crm", "1", "a@x.de", NULL, NULL, "Anna", "1980-02-03"},
		{"crm", "2", NULL, "+49301234561", NULL, "Ben", "1982-05-06"},
		{"shop", "3", "a@x.de", "+49301234561", NULL, NULL, NULL},
	};
	check_groups(rows, COUNT_OF(rows), "aba", 1);
}

Test(keys, a_value_of_too_many_people_links_nobody)
{
	static const struct person_row rows[] = {
		{"crm", "1", "info@x.de", NULL, NULL, "Anna", NULL},
		{"crm", "2", "info@x.de", NULL, NULL, "Ben", NULL},
		{"crm", "3", "info@x.de", NULL, NULL, "Carl", NULL},
		{"crm", "4", "info@x.de", NULL, NULL, "Dora", NULL},
		{"crm", "5", "info@x.de", NULL, NULL, "Emil", NULL},
		{"crm", "6", "info@x.de", NULL, NULL, "Fritz", NULL},
		{"shop", "1", "info@x.de", NULL, NULL, "Anna", NULL},
	};
	check_groups(rows, COUNT_OF(rows), "abcdefg", 1);
	check_groups(rows, 5, "abcde", 4); /* five would not be too many, but they are five people */
}

Test(keys, a_shared_address_joins_spellings_and_short_forms_only)
{
	static const struct person_row names[] = {
		{"crm", "1", "x@x.de", NULL, NULL, "Michaela", NULL},
		{"crm", "2", "x@x.de", NULL, NULL, "Mchaela", NULL},
		{"crm", "3", "x@x.de", NULL, NULL, "Anna", NULL},
		{"crm", "4", "x@x.de", NULL, NULL, "Annalena", NULL},
	};
	check_groups(names, COUNT_OF(names), "aabb", 2);
	/* Father and son of one name at one telephone; the third knows half of a date. */
	static const struct person_row dates[] = {
		{"crm", "1", NULL, "+49301234561", NULL, "Max", "1955-03-01"},
		{"crm", "2", NULL, "+49301234561", NULL, "Max", "1984-11-20"},
		{"crm", "3", NULL, "+49301234561", NULL, "Max", "1984-11-02"},
	};
	check_groups(dates, COUNT_OF(dates), "abb", 1);
	/* A short form, and day and month changed places: no contradiction. */
	static const struct person_row slips[] = {
		{"crm", "1", NULL, "+49301234561", NULL, "Michael", "1978-12-11"},
		{"crm", "2", NULL, "+49301234561", NULL, "Michl", "1978-11-12"},
	};
	check_groups(slips, COUNT_OF(slips), "aa", 0);
}

Test(keys, a_junior_is_no_senior)
{
	static const struct person_row rows[] = {
		{"crm", "1", "x@x.de", NULL, NULL, "David Jr.", NULL},
		{"crm", "2", "x@x.de", NULL, NULL, "David Senior", NULL},
	};
	check_groups(rows, COUNT_OF(rows), "ab", 1);
}

Test(generation, last_word)
{
	static const struct {
		const char *name;
		enum generation generation;
	} cases[] = {
		{"", GENERATION_UNKNOWN}, {"Junior", GENERATION_UNKNOWN}, {"Smith", GENERATION_UNKNOWN},
		{"Smith Jr", GENERATION_JUNIOR}, {"SMITH, JR.", GENERATION_JUNIOR},
		{"Dobbins Senior", GENERATION_SENIOR}, {"Morris I", GENERATION_FIRST},
		{"Morris II", GENERATION_SECOND}, {"Morris iii", GENERATION_THIRD},
		{"Hawaii", GENERATION_UNKNOWN}, {"von Senden", GENERATION_UNKNOWN},
		{"Iv Smith", GENERATION_UNKNOWN}, {"Meyer jun.", GENERATION_JUNIOR},
	};
	static const struct {
		enum generation a, b;
		bool differ;
	} pairs[] = {
		{GENERATION_JUNIOR, GENERATION_SENIOR, true}, {GENERATION_JUNIOR, GENERATION_UNKNOWN, false},
		{GENERATION_JUNIOR, GENERATION_SECOND, false}, {GENERATION_SECOND, GENERATION_THIRD, true},
		{GENERATION_FIRST, GENERATION_SECOND, true}, {GENERATION_FIRST, GENERATION_JUNIOR, false},
		{GENERATION_FIRST, GENERATION_SENIOR, false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		cr_expect_eq(generation_of(slice_of(cases[i].name)), cases[i].generation, "%s", cases[i].name);
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		cr_expect_eq(generations_differ(pairs[i].a, pairs[i].b), pairs[i].differ);
		cr_expect_eq(generations_differ(pairs[i].b, pairs[i].a), pairs[i].differ);
	}
}

Test(fold, given_names_and_surnames)
{
	static const struct {
		const char *name, *given, *initial, *surname;
	} cases[] = {
		{"Anna", "anna", "", "anna"}, {"Anna Maria", "anna maria", "m", "anna maria"},
		{"Hans-Peter L.", "hans peter", "p", "hans peter l"}, {"CATHERINE L", "catherine", "l", "catherine l"},
		{"Dobbins Jr.", "dobbins", "", "dobbins"}, {"J", "j", "", "j"}, {"Åsa Ö", "asa", "o", "asa o"},
		{"Jane Łucja", "jane lucja", "l", "jane lucja"}, {"", "", "", ""},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer b = {0};
		fold_given_names(slice_of(cases[i].name), &b);
		cr_expect(slice_is(buffer_slice(&b), cases[i].given), "'%.*s'", (int)b.len, b.ptr);
		buffer_clear(&b);
		fold_middle_initial(slice_of(cases[i].name), &b);
		cr_expect(slice_is(buffer_slice(&b), cases[i].initial), "'%.*s'", (int)b.len, b.ptr);
		buffer_clear(&b);
		fold_surname(slice_of(cases[i].name), &b);
		cr_expect(slice_is(buffer_slice(&b), cases[i].surname), "'%.*s'", (int)b.len, b.ptr);
		buffer_free(&b);
	}
}

Test(keys, ids_belong_to_their_source)
{
	static const struct person_row rows[] = {
		{"crm", "1", NULL, NULL, NULL, "Anna", NULL},
		{"crm", "1", "a@x.de", NULL, NULL, NULL, NULL},
		{"shop", "1", NULL, NULL, NULL, "Anna", NULL},
		{"shop", "guest", NULL, NULL, NULL, "Anna", NULL},
	};
	check_groups(rows, COUNT_OF(rows), "aab-", 1);
}

Test(keys, devices)
{
	static const struct person_row rows[] = {
		{"web", NULL, NULL, NULL, "d1", NULL, NULL},
		{"web", NULL, "a@x.de", NULL, "d1", NULL, NULL},
		{"app", NULL, NULL, NULL, "d1", NULL, NULL},
		{"web", NULL, "b@x.de", NULL, "d2", NULL, NULL},
		{"web", NULL, "c@x.de", NULL, "d2", NULL, NULL},
		{"web", NULL, NULL, NULL, "d2", NULL, NULL},
		{"web", NULL, NULL, NULL, "d3", NULL, NULL},
	};
	check_groups(rows, COUNT_OF(rows), "aaabc--", 1);
}

/* Somebody who is settled has the device of somebody who is not, and is no visit of hers. */
Test(keys, settled_people_are_no_visits)
{
	static const struct person_row rows[] = {
		{"web", NULL, "a@x.de", NULL, "d1", NULL, NULL},
		{"web", NULL, "b@x.de", NULL, "d1", NULL, NULL},
		{"web", NULL, NULL, NULL, "d1", NULL, NULL},
	};
	const bool settled[] = {false, true, false};
	const struct key_limits limits = KEY_LIMITS_DEFAULT;
	struct tuples t;
	struct identity id = {.settled = settled};
	struct distrust d = {0};

	tuples_init(&t);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_assert_eq(add(&t, &rows[i]), i);
	tuples_freeze(&t);
	identity_resolve(&id, &t, &limits, &d);
	cr_assert_neq(clusters_find(&id.clusters, 0), clusters_find(&id.clusters, 1));
	cr_assert_eq(clusters_find(&id.clusters, 0), clusters_find(&id.clusters, 2));
	identity_free(&id);
	tuples_free(&t);
}

Test(ident, base32_by_hand)
{
	struct {
		struct customer_id id;
		const char *text;
	} cases[] = {
		{{0, 0}, "0000000000000"}, {{0, 1}, "0000000000001"}, {{1, 0}, "0000000000002"},
		{{UINT64_MAX, 1}, "zzzzzzzzzzzzz"}, {{UINT64_C(1) << 63, 0}, "g000000000000"},
		{{16, 0}, "0000000000010"}, {{15, 1}, "000000000000z"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[CUSTOMER_ID_LENGTH + 1] = {0};
		customer_id_put(cases[i].id, text);
		cr_assert_str_eq(text, cases[i].text);
	}
}

Test(ident, numbers_and_text_sort_alike)
{
	for (uint64_t i = 0; i < 2000; i++) {
		struct customer_id a = {chance_mix(i), i & 1}, b = {chance_mix(i + 1), ~i & 1};
		char x[CUSTOMER_ID_LENGTH], y[CUSTOMER_ID_LENGTH];
		customer_id_put(a, x);
		customer_id_put(b, y);
		cr_assert_eq(memcmp(x, y, sizeof x) < 0, customer_id_compare(a, b) < 0);
	}
}

Test(ident, of_a_key)
{
	/* printf 'source_id:crm:1001' | sha256sum: f48eefb6c35e56df 19…; its first 65 bits
	 * with perl's unpack "B*" and oct "0b…". */
	char text[CUSTOMER_ID_LENGTH + 1] = {0};

	customer_id_put(customer_id_of(SLICE("source_id:crm:1001"), 0), text);
	cr_assert_str_eq(text, "yj7ezdp3bsbdy");
}

/* Everything collides at first, pairs at the second attempt. */
static struct customer_id poor_hash(struct slice key, unsigned attempt)
{
	uint64_t number = (uint64_t)(key.ptr[0] - 'a');

	return attempt == 0 ? (struct customer_id){5, 0}
			    : (struct customer_id){100 * attempt + (attempt < 2 ? number / 2 : number), 0};
}

Test(ident, collisions_are_resolved_alike_in_any_order)
{
	const struct slice forward[] = {SLICE("a"), SLICE("b"), SLICE("c"), SLICE("d")};
	const struct slice backward[] = {SLICE("d"), SLICE("c"), SLICE("b"), SLICE("a")};
	struct customer_id f[4], b[4];

	customer_ids_assign(forward, f, 4, poor_hash);
	customer_ids_assign(backward, b, 4, poor_hash);
	/* a keeps 5; b alone gets 100, c and d both 101, of which c keeps it; d gets 203. */
	cr_assert_eq(f[0].high, 5);
	cr_assert_eq(f[1].high, 100);
	cr_assert_eq(f[2].high, 101);
	cr_assert_eq(f[3].high, 203);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(customer_id_compare(f[i], b[3 - i]), 0);
}
