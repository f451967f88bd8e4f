/* src/dedupe: similarities, nicknames, comparisons, EM, weights. Expected values from the
 * papers named beside them, else by hand. */
#include "dedupe/echoes.h"
#include "dedupe/em.h"
#include "dedupe/fold.h"
#include "dedupe/similar.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

/* Winkler, String Comparator Metrics and Enhanced Decision Rules (1990), table 1, four
 * digits; DIXON/DICKSONX and MARTHA/MARHTA also in Winkler 2006. */
static const struct {
	const char *a, *b;
	double similarity;
} winkler[] = {
	{"SHACKLEFORD", "SHACKELFORD", .9818}, {"DUNNINGHAM", "CUNNIGHAM", .8963},
	{"NICHLESON", "NICHULSON", .9556},     {"JONES", "JOHNSON", .8324},
	{"MASSEY", "MASSIE", .9333},           {"ABROMS", "ABRAMS", .9222},
	{"HARDIN", "MARTINEZ", .7222},         {"ITMAN", "SMITH", .4667},
	{"JERALDINE", "GERALDINE", .9259},     {"MARHTA", "MARTHA", .9611},
	{"MICHELLE", "MICHAEL", .9214},        {"JULIES", "JULIUS", .9333},
	{"TANYA", "TONYA", .8800},             {"DWAYNE", "DUANE", .8400},
	{"SEAN", "SUSAN", .8050},              {"JON", "JOHN", .9333},
	{"JON", "JAN", .8000},                 {"DIXON", "DICKSONX", .8133},
};

Test(similar, winkler_1990)
{
	for (size_t i = 0; i < COUNT_OF(winkler); i++) {
		struct slice a = slice_of(winkler[i].a), b = slice_of(winkler[i].b);
		double s = similar_jaro_winkler(a, b) / 1e6;
		cr_expect_float_eq(s, winkler[i].similarity, .00006, "%s %s: %f", winkler[i].a,
				   winkler[i].b, s);
		cr_expect_eq(similar_jaro_winkler(a, b), similar_jaro_winkler(b, a));
	}
	cr_expect_eq(similar_jaro_winkler(SLICE(""), SLICE("")), 1000000);
	cr_expect_eq(similar_jaro_winkler(SLICE(""), SLICE("a")), 0);
	cr_expect_eq(similar_jaro_winkler(SLICE("abc"), SLICE("xyz")), 0);
}

Test(similar, edits_up_to_a_limit)
{
	static const struct {
		const char *a, *b;
		int limit, edits;
	} table[] = {
		{"", "", 2, 0}, {"a", "", 2, 1}, {"kitten", "sitten", 2, 1}, {"ab", "ba", 1, 1},
		{"ca", "abc", 2, 3}, /* the restricted distance, as no letter is edited twice */
		{"kitten", "sitting", 2, 3}, {"1955-11-20", "1955-11-02", 1, 1},
		{"müller", "muller", 1, 1}, {"åäö", "äåö", 1, 1}, {"same", "same", 0, 0},
		{"same", "sane", 0, 1}, {"abcd", "badc", 2, 2}, {"abcdef", "abc", 2, 3},
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct slice a = slice_of(table[i].a), b = slice_of(table[i].b);
		cr_expect_eq(similar_edits(a, b, table[i].limit), table[i].edits, "%s %s: %d",
			     table[i].a, table[i].b, similar_edits(a, b, table[i].limit));
		cr_expect_eq(similar_edits(b, a, table[i].limit), table[i].edits);
	}
}

Test(fold, words_and_streets)
{
	static const struct {
		const char *text, *words, *street;
	} table[] = {
		{"Main Street 12", "main street 12", "main st|12"},
		{"12, Main St.", "12 main st", "main st|12"},
		{"Gartenstr. 74 a", "gartenstr 74 a", "gartenstrasse a|74"},
		{"Gartenstraße 74", "gartenstrasse 74", "gartenstrasse|74"},
		{"O'Brien", "obrien", "obrien|"},
		{"Jörg-Peter  Müller", "jorg peter muller", "jorg peter muller|"},
		{"7112 2nd", "7112 2nd", "|7112 2"},
		{"", "", ""}, {"--", "", ""},
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct buffer b = {0};
		fold_words(slice_of(table[i].text), &b);
		cr_expect_str_eq(buffer_text(&b), table[i].words);
		buffer_clear(&b);
		fold_street(slice_of(table[i].text), &b);
		cr_expect_str_eq(buffer_text(&b), table[i].street);
		buffer_free(&b);
	}
}

Test(fold, umlauts_spelt_without_dots)
{
	static const struct {
		const char *text, *folded;
	} table[] = {
		{"Mueller", "muller"}, {"Müller", "muller"}, {"Muller", "muller"}, {"OEZTÜRK", "ozturk"},
		{"Jørgensen-Joerg", "jorgensen jorg"}, {"Schaefer Schaefer", "schafer schafer"},
		{"Duesseldorf", "dusseldorf"}, {"Mueller-Luedenscheid", "muller ludenscheid"},
		/* an e of its own */
		{"Bauer", "bauer"}, {"Zoe", "zoe"}, {"Joey", "joey"}, {"Joel", "joel"}, {"Quentin", "quentin"},
		{"Goethe", "gothe"}, {"", ""}, {"e", "e"}, {"ae", "ae"},
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct buffer b = {0};
		fold_names(slice_of(table[i].text), &b);
		cr_expect(slice_is(buffer_slice(&b), table[i].folded), "%s: %.*s", table[i].text,
			  (int)b.len, b.ptr);
		buffer_clear(&b);
		fold_first_name(SLICE("Joerg Maria"), &b);
		cr_expect(slice_is(buffer_slice(&b), "jorg"), "facts go by it");
		buffer_free(&b);
	}
}

Test(nicknames, one_line_joins_and_chris_is_no_bridge)
{
	struct nicknames n;
	struct so1_error e;

	cr_assert_eq(nicknames_open(&n, NULL, &e), SO1_OK);
	cr_expect(nicknames_match(&n, SLICE("bob"), SLICE("robert")));
	cr_expect(nicknames_match(&n, SLICE("bob"), SLICE("rob")));
	cr_expect(nicknames_match(&n, SLICE("franzi"), SLICE("franziska")));
	cr_expect(nicknames_match(&n, SLICE("chris"), SLICE("christine")));
	cr_expect(nicknames_match(&n, SLICE("chris"), SLICE("christopher")));
	cr_expect(nicknames_match(&n, SLICE("mike"), SLICE("michal")), "Michael, as records fold him");
	cr_expect_not(nicknames_match(&n, SLICE("christine"), SLICE("christopher")));
	cr_expect_not(nicknames_match(&n, SLICE("robert"), SLICE("robert")));
	cr_expect_not(nicknames_match(&n, SLICE("robert"), SLICE("nobody has this")));
	nicknames_free(&n);
}

Test(pattern, there_and_back)
{
	for (int t = 0; t < TRAIT_COUNT; t++)
		for (uint8_t l = 0; l <= comparisons[t].levels; l++) {
			uint8_t level[TRAIT_COUNT] = {0}, back[TRAIT_COUNT];
			double sum = 0;
			level[t] = l;
			level[(t + 1) % TRAIT_COUNT] = 1;
			pattern_levels(pattern_of(level), back);
			cr_expect_arr_eq(level, back, sizeof level);
			for (int k = 1; k <= comparisons[t].levels; k++)
				sum += comparisons[t].prior[k];
			cr_expect_float_eq(sum, 1, 1e-9, "priors of %s", trait_name((enum trait)t));
		}
}

static struct pattern_count pattern(int gender, int phone, int postcode, uint64_t count)
{
	uint8_t level[TRAIT_COUNT] = {0};

	level[TRAIT_GENDER] = (uint8_t)gender;
	level[TRAIT_PHONE] = (uint8_t)phone;
	level[TRAIT_POSTCODE] = (uint8_t)postcode;
	return (struct pattern_count){.pattern = pattern_of(level), .count = count};
}

/* A mixture made by hand: of 1,000,000 pairs a tenth matches; m is .9, .9, .8 for "same"
 * and the rest "different", u is .5, .01, .02; expected counts of the eight patterns are
 * exact, so EM must come back to where they came from. The priors weigh as 20 in 100,000
 * and may move m in the fourth digit. */
Test(em, recovers_the_mixture_that_made_the_counts)
{
	static const double m[3] = {.9, .9, .8}, u[3] = {.5, .01, .02};
	static const enum trait of[3] = {TRAIT_GENDER, TRAIT_PHONE, TRAIT_POSTCODE};
	struct pattern_count items[8];
	struct patterns patterns = {items, 8};
	struct model start;
	bool use[TRAIT_COUNT] = {false};
	double found[TRAIT_COUNT][COMPARE_LEVELS_MOST] = {{0}};

	model_default(&start);
	for (int i = 0; i < 8; i++) {
		double match = 1e5, other = 9e5;
		for (int c = 0; c < 3; c++) {
			match *= i >> c & 1 ? 1 - m[c] : m[c];
			other *= i >> c & 1 ? 1 - u[c] : u[c];
		}
		items[i] = pattern(i & 1 ? 2 : 1, i & 2 ? 3 : 1, i & 4 ? 4 : 1,
				   (uint64_t)llround(match + other));
	}
	for (int c = 0; c < 3; c++) {
		use[of[c]] = true;
		start.u[of[c]][LEVEL_SAME] = u[c];
		start.u[of[c]][comparisons[of[c]].levels] = 1 - u[c];
	}
	double share = em_session(&patterns, use, &start, .5, found);
	cr_expect_float_eq(share, .1, .001, "%f", share);
	for (int c = 0; c < 3; c++) {
		double all = found[of[c]][LEVEL_SAME] + found[of[c]][comparisons[of[c]].levels];
		cr_expect_float_eq(found[of[c]][LEVEL_SAME] / all, m[c], .002, "%d: %f", c,
				   found[of[c]][LEVEL_SAME] / all);
	}
}

/* weight = log2(λ/(1-λ)) + log2(.97/.5), no household: by hand. */
Test(model, weight_of_one_agreement)
{
	struct model model;
	struct traits none = {0};
	struct scale s;
	uint8_t level[TRAIT_COUNT] = {0};

	model_default(&model);
	model.match = .01;
	model.u[TRAIT_GENDER][LEVEL_SAME] = .5;
	scale_make(&s, &model, &none);
	cr_expect_float_eq(scale_weigh(&s, 0, 0, level), log2(.01 / .99), .001);
	level[TRAIT_GENDER] = LEVEL_SAME;
	cr_expect_float_eq(scale_weigh(&s, 0, 0, level), log2(.01 / .99) + log2(.97 / .5), .001);
	scale_free(&s);
	cr_expect_float_eq(weight_to_probability(probability_to_weight(.95)), .95, 1e-12);
}

/* Two records of one household that differ in the first name: what living together
 * explains is no evidence for one person. */
Test(model, a_household_is_no_person)
{
	struct model model;
	struct traits none = {0};
	struct scale s;
	uint8_t level[TRAIT_COUNT] = {0};

	model_default(&model);
	model.match = 1e-4;
	level[TRAIT_LAST] = level[TRAIT_STREET] = level[TRAIT_PHONE] = LEVEL_SAME;
	level[TRAIT_FIRST] = FIRST_DIFFERENT;
	scale_make(&s, &model, &none);
	cr_expect_gt(scale_weigh(&s, 0, 0, level), 0);
	scale_free(&s);
	model.household = 1e-4;
	scale_make(&s, &model, &none);
	cr_expect_lt(scale_weigh(&s, 0, 0, level), 0);
	scale_free(&s);
}

/* Colleagues: the address is as good as one person's, the surname as good as a stranger's.
 * By the formula of model.h, with the figures of model_default. */
Test(model, neighbours_are_no_person)
{
	struct model model;
	struct traits none = {0};
	struct scale s;
	uint8_t level[TRAIT_COUNT] = {0};

	model_default(&model);
	model.match = 1e-4;
	model.neighbours = 1e-3;
	level[TRAIT_FIRST] = level[TRAIT_STREET] = level[TRAIT_PHONE] = LEVEL_SAME;
	level[TRAIT_LAST] = (uint8_t)comparisons[TRAIT_LAST].levels;
	scale_make(&s, &model, &none);
	/* m: first .79, street .68, phone .80, surname different .05; u: .01 each, .95. */
	double match = 1e-4 * .79 * .68 * .80 * .05, neighbours = 1e-3 * .01 * .68 * .80 * .95;
	double stranger = (1 - 1e-4 - 1e-3) * .01 * .01 * .01 * .95;
	cr_expect_float_eq(scale_weigh(&s, 0, 0, level), log2(match / (neighbours + stranger)), .002);
	scale_free(&s);
}

/* 100 pairs that nobody doubts: 80 with the same telephone, 20 with another. The counts are
 * theirs, and the share is (100 + .01) / (100 + 1), em.c's smoothing. */
Test(em, labels_are_not_guessed_at)
{
	struct patterns p = {NULL, 0};
	struct model start;
	bool use[TRAIT_COUNT] = {[TRAIT_PHONE] = true};
	double found[TRAIT_COUNT][COMPARE_LEVELS_MOST] = {{0}};
	struct pattern_count same = pattern(0, 1, 0, 0), other = pattern(0, 3, 0, 0);

	model_default(&start);
	for (int i = 0; i < 80; i++)
		patterns_label(&p, same.pattern, true);
	for (int i = 0; i < 20; i++)
		patterns_label(&p, other.pattern, true);
	cr_assert_eq(p.count, 2);
	cr_assert_lt(p.items[0].pattern, p.items[1].pattern);
	double share = em_session(&p, use, &start, .5, found);
	cr_expect_float_eq(share, 100.01 / 101, 1e-9);
	cr_expect_float_eq(found[TRAIT_PHONE][1], 80, 1e-9);
	cr_expect_float_eq(found[TRAIT_PHONE][3], 20, 1e-9);
	patterns_free(&p);
}

Test(patterns, a_label_takes_a_pair_out_of_the_doubtful)
{
	struct patterns p = {malloc(2 * sizeof *p.items), 2};

	p.items[0] = pattern(1, 1, 1, 5);
	p.items[1] = pattern(1, 1, 2, 1);
	if (p.items[0].pattern > p.items[1].pattern) {
		struct pattern_count swap = p.items[0];
		p.items[0] = p.items[1];
		p.items[1] = swap;
	}
	struct pattern_count five = pattern(1, 1, 1, 0), one = pattern(1, 1, 2, 0), none = pattern(2, 3, 4, 0);
	patterns_label(&p, five.pattern, true);
	patterns_label(&p, five.pattern, false);
	patterns_label(&p, one.pattern, false);
	patterns_label(&p, one.pattern, false); /* no more than there are */
	patterns_label(&p, none.pattern, false); /* of nothing nothing is taken */
	cr_assert_eq(p.count, 2);
	for (size_t i = 0; i < 2; i++) {
		bool first = p.items[i].pattern == five.pattern;
		cr_expect_eq(p.items[i].count, first ? 3 : 0);
		cr_expect_eq(p.items[i].same, first ? 1 : 0);
	}
	patterns_free(&p);
}

/* Tuples 0 to 19 say the same but for two of another generation, in reversed order of content;
 * 20 to 29 know nothing that the rule looks at. */
Test(echoes, the_first_eight_stand_for_all)
{
	enum { N = 30 };
	struct tuple items[N] = {0};
	struct tuples tuples = {.items = items, .count = N};
	struct trait_row rows[N] = {0};
	uint8_t generation[N] = {[3] = 1, [17] = 1};
	struct traits t = {.tuples = &tuples, .rows = rows, .count = N};
	struct rules rules = {.count = 1};
	struct echoes e = {0};

	rules.items[0] = (struct rule){.parts = 1, .part = {{.kind = PART_WHOLE, .trait = TRAIT_LAST}}};
	strings_init(&t.text[TRAIT_LAST]);
	uint32_t adler = strings_add(&t.text[TRAIT_LAST], SLICE("adler"));
	for (uint32_t i = 0; i < N; i++) {
		items[i].hash = N - i;
		rows[i].id[i < 20 ? TRAIT_LAST : TRAIT_CITY] = adler;
	}
	echoes_find(&e, &t, generation, &rules);
	cr_assert_eq(e.count, 18 - ECHOES_KEPT);
	for (size_t i = 0; i < e.count; i++) {
		/* 19, 18, 16, … come before. */
		uint32_t tuple = (uint32_t)(10 - i);
		tuple -= tuple <= 3;
		cr_expect_eq(e.items[i].first, 19);
		cr_expect_eq(e.items[i].tuple, tuple, "%u", e.items[i].tuple);
		cr_expect_eq(e.items[i].before, ECHOES_KEPT + i);
		cr_expect(e.is[tuple]);
	}
	cr_expect(!e.is[19] && !e.is[3] && !e.is[25]);
	echoes_free(&e);
	strings_free(&t.text[TRAIT_LAST]);
}
