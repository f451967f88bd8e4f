/* E-mail, phone, social handles, postcodes, words: each row is an input a source was seen
 * to hold, the result worked out by hand from the rule its header names. */
#include "ingest/normal_country.h"
#include "ingest/normal_email.h"
#include "ingest/normal_phone.h"
#include "ingest/normal_postcode.h"
#include "ingest/normal_social.h"
#include "ingest/normal_word.h"
#include "ingest/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define UNCHANGED SLICE("unchanged")

struct row {
	const char *in, *with; /* with: a country or network where the normaliser wants one */
	enum verdict verdict;
	const char *out;       /* VERDICT_OK only */
};

static void check(const struct row *r, enum verdict v, struct slice out, struct slice before)
{
	cr_expect(v == r->verdict, "'%s': %s, expected %s", r->in, verdict_text(v),
		  verdict_text(r->verdict));
	if (r->verdict == VERDICT_OK)
		cr_expect(slice_is(out, r->out), "'%s' became '%.*s', expected '%s'", r->in,
			  SLICE_ARGS(out), r->out);
	else
		cr_expect(slice_equal(out, before), "'%s' failed but changed its output", r->in);
}

Test(ingest_person, email)
{
	static const struct row rows[] = {
		/* not addresses */
		{"", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe", "", VERDICT_NOT_ADDRESS, NULL},
		{"@example.com", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@localhost", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@@shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@shop..de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe..x@shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{".joe@shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe.@shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe smith@shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@shop_.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@-shop.de", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@shop.d", "", VERDICT_NOT_ADDRESS, NULL},
		{"joe@192.168.0.1", "", VERDICT_NOT_ADDRESS, NULL},
		{"a@b.de; c@d.de", "", VERDICT_NOT_ADDRESS, NULL},
		/* 65 bytes in front of the @ (RFC 5321 4.5.3.1.1 allows 64) */
		{"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12345@shop.de", "",
		 VERDICT_NOT_ADDRESS, NULL},
		/* made up */
		{"test@test.com", "", VERDICT_PLACEHOLDER, NULL},
		{"TEST@Test.de", "", VERDICT_PLACEHOLDER, NULL},
		{"none@none.com", "", VERDICT_PLACEHOLDER, NULL},
		{"noemail@gmail.com", "", VERDICT_PLACEHOLDER, NULL},
		{"x@nobody.invalid", "", VERDICT_PLACEHOLDER, NULL},
		/* addresses */
		{"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234@shop.de", "",
		 VERDICT_OK,
		 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234@shop.de"},
		{" Joe.Consumer+News@Gmail.COM ", "", VERDICT_OK, "joe.consumer+news@gmail.com"},
		{"mailto:joe@shop.de", "", VERDICT_OK, "joe@shop.de"},
		{"MAILTO:joe@shop.de?subject=Hi", "", VERDICT_OK, "joe@shop.de"},
		{"Joe Consumer <joe@shop.de>", "", VERDICT_OK, "joe@shop.de"},
		{"<joe@shop.de>", "", VERDICT_OK, "joe@shop.de"},
		{"'joe@shop.de'", "", VERDICT_OK, "joe@shop.de"},
		{"joe@shop.de.", "", VERDICT_OK, "joe@shop.de"},
		{"joe@shop.de,", "", VERDICT_OK, "joe@shop.de"},
		{"o'neil@shop.ie", "", VERDICT_OK, "o'neil@shop.ie"},
		/* IDNA 2008: RFC 5891; ß stays a letter (non-transitional) */
		{"info@Müller.de", "", VERDICT_OK, "info@xn--mller-kva.de"},
		{"info@mu\xcc\x88ller.de", "", VERDICT_OK, "info@xn--mller-kva.de"},
		{"info@straße.de", "", VERDICT_OK, "info@xn--strae-oqa.de"},
		{"JÖRG@shop.de", "", VERDICT_OK, "jörg@shop.de"},
		{"test@shop.de", "", VERDICT_OK, "test@shop.de"},
		{"joe@example.com", "", VERDICT_OK, "joe@example.com"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normal_email(slice_of(rows[i].in), &a, &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

Test(ingest_person, phone)
{
	static const struct row rows[] = {
		{"", "DE", VERDICT_PLACEHOLDER, NULL},
		{"anrufen!", "DE", VERDICT_NOT_PHONE, NULL},
		{"030 CALL ME", "DE", VERDICT_NOT_PHONE, NULL},
		{"0301", "DE", VERDICT_TOO_SHORT, NULL},
		{"+49 30 1", "", VERDICT_TOO_SHORT, NULL},
		{"030 123456789012345", "DE", VERDICT_TOO_LONG, NULL},
		{"030 1234567 / 0171 2345678901234567890", "DE", VERDICT_TOO_LONG, NULL},
		{"+999 123456", "", VERDICT_NOT_PHONE, NULL},
		{"030 7654321", "", VERDICT_NO_COUNTRY, NULL},
		{"030 7654321", "ZZ", VERDICT_NO_COUNTRY, NULL},
		{"0000000", "DE", VERDICT_PLACEHOLDER, NULL},
		{"+49 0000000", "DE", VERDICT_PLACEHOLDER, NULL},
		{"0123456789", "DE", VERDICT_PLACEHOLDER, NULL},
		{"99999999", "DE", VERDICT_PLACEHOLDER, NULL},
		/* Germany: trunk 0 */
		{"030/7654321", "DE", VERDICT_OK, "+49307654321"},
		{"(030) 765 43-21", "DE", VERDICT_OK, "+49307654321"},
		{"+49 (0)30 7654321", "", VERDICT_OK, "+49307654321"},
		{"+49 ( 0 ) 30 7654321", "", VERDICT_OK, "+49307654321"},
		{"+49 030 7654321", "", VERDICT_OK, "+49307654321"},
		{"+49 0()030 7654321", "", VERDICT_OK, "+49307654321"},
		{"0049 30 7654321", "", VERDICT_OK, "+49307654321"},
		{"0049 (0) 30 7654321", "FR", VERDICT_OK, "+49307654321"},
		{"00 49 30 7654321", "AT", VERDICT_OK, "+49307654321"},
		{"\xef\xbc\x8b""49 30 7654321", "", VERDICT_OK, "+49307654321"},
		{"030\xe2\x80\x91""765\xe2\x80\x91""4321", "DE", VERDICT_OK, "+49307654321"},
		{"030 765 4321\xc2\xa0", "DE", VERDICT_OK, "+49307654321"},
		{"tel:+49-30-7654321;ext=12", "", VERDICT_OK, "+49307654321"},
		{"030 7654321 ext. 12", "DE", VERDICT_OK, "+49307654321"},
		{"030 7654321 Durchwahl 12", "DE", VERDICT_OK, "+49307654321"},
		{"Tel. 030 7654321", "DE", VERDICT_OK, "+49307654321"},
		/* a spreadsheet ate the zero, or the plus */
		{"1717654321", "DE", VERDICT_OK, "+491717654321"},
		{"491717654321", "DE", VERDICT_OK, "+491717654321"},
		/* other plans */
		{"+43 1 5123456", "", VERDICT_OK, "+4315123456"},
		{"079 123 45 67", "CH", VERDICT_OK, "+41791234567"},
		{"020 7946 0958", "GB", VERDICT_OK, "+442079460958"},
		{"(212) 555-0123", "US", VERDICT_OK, "+12125550123"},
		{"1-212-555-0123 x99", "US", VERDICT_OK, "+12125550123"},
		{"011 49 30 7654321", "US", VERDICT_OK, "+49307654321"},
		{"06 698 12345", "IT", VERDICT_OK, "+390669812345"},
		{"+39 06 69812345", "", VERDICT_OK, "+390669812345"},
		{"612 345 678", "ES", VERDICT_OK, "+34612345678"},
		{"06 20 765 4321", "HU", VERDICT_OK, "+36207654321"},
		{"8 495 765 43 21", "RU", VERDICT_OK, "+74957654321"},
		{"+7 495 765 43 21", "", VERDICT_OK, "+74957654321"},
		{"20 12 34 56", "DK", VERDICT_OK, "+4520123456"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normal_phone(slice_of(rows[i].in), slice_of(rows[i].with), &a,
					      &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

/* Whatever a plan says, its numbers come out as they went in. */
Test(ingest_person, phone_is_stable)
{
	struct arena a = {0};

	for (size_t i = 0; i < dial_plan_count; i++) {
		const struct dial_plan *p = &dial_plans[i];
		char text[32], digits[17] = "2583691472583691";
		struct slice once, twice;
		digits[p->longest] = '\0';
		snprintf(text, sizeof text, "+%u%s", p->code, digits);
		if (strlen(text) > 16)
			continue;
		cr_expect_eq(normal_phone(slice_of(text), SLICE(""), &a, &once), VERDICT_OK, "%s",
			     text);
		cr_expect(slice_is(once, text), "%s became %.*s", text, SLICE_ARGS(once));
		cr_expect_eq(normal_phone(once, SLICE("DE"), &a, &twice), VERDICT_OK);
		cr_expect(slice_equal(once, twice));
	}
	arena_free(&a);
}

Test(ingest_person, tables_are_sorted)
{
	for (size_t i = 1; i < country_count; i++)
		cr_expect(strcmp(country_table[i - 1].alpha2, country_table[i].alpha2) < 0, "%s",
			  country_table[i].alpha2);
	for (size_t i = 1; i < country_name_count; i++)
		cr_expect(strcmp(country_names[i - 1].key, country_names[i].key) < 0, "%s",
			  country_names[i].key);
	for (size_t i = 1; i < dial_plan_count; i++)
		cr_expect(dial_plans[i - 1].code < dial_plans[i].code, "%u", dial_plans[i].code);
	for (size_t t = 0; t < word_table_count; t++)
		for (size_t i = 1; i < word_tables[t].count; i++)
			cr_expect(strcmp(word_tables[t].words[i - 1].key,
					 word_tables[t].words[i].key) < 0, "%s: %s",
				  word_tables[t].name, word_tables[t].words[i].key);
}

/* Every name's country exists; every country can be dialled and found by its own codes; keys
 * are what text_key makes of them. */
Test(ingest_person, tables_agree)
{
	struct arena a = {0};

	for (size_t i = 0; i < country_name_count; i++) {
		struct slice key = slice_of(country_names[i].key), again = text_key(key, &a);
		cr_expect(country_find(slice_of(country_names[i].alpha2)) != NULL, "%s",
			  country_names[i].key);
		cr_expect(slice_equal(key, again), "%s", country_names[i].key);
	}
	for (size_t i = 0; i < country_count; i++) {
		const struct country *c = &country_table[i];
		struct slice out;
		bool dialled = false;
		for (size_t k = 0; k < dial_plan_count; k++)
			dialled = dialled || dial_plans[k].code == c->calling_code;
		cr_expect(dialled, "%s", c->alpha2);
		cr_expect(normal_country(slice_of(c->alpha3), &a, &out) == VERDICT_OK &&
			  slice_is(out, c->alpha2), "%s", c->alpha3);
		cr_expect(normal_country(slice_of(c->alpha2), &a, &out) == VERDICT_OK &&
			  slice_is(out, c->alpha2), "%s", c->alpha2);
	}
	/* ISO 3166-1 has 249 codes (2024); XK is the user-assigned one in wide use. */
	cr_expect_eq(country_count, 250);
	arena_free(&a);
}

Test(ingest_person, country)
{
	static const struct row rows[] = {
		{"", "", VERDICT_NOT_RECOGNISED, NULL},
		{"ZZ", "", VERDICT_NOT_RECOGNISED, NULL},
		{"Atlantis", "", VERDICT_NOT_RECOGNISED, NULL},
		{"de", "", VERDICT_OK, "DE"},
		{"DEU", "", VERDICT_OK, "DE"},
		{"D", "", VERDICT_OK, "DE"},
		{"Deutschland", "", VERDICT_OK, "DE"},
		{"GERMANY", "", VERDICT_OK, "DE"},
		{"Österreich", "", VERDICT_OK, "AT"},
		{"Oesterreich", "", VERDICT_OK, "AT"},
		{"osterreich", "", VERDICT_OK, "AT"},
		{"United Kingdom", "", VERDICT_OK, "GB"},
		{"U.K.", "", VERDICT_OK, "GB"},
		{"uk", "", VERDICT_OK, "GB"},
		{"EIRE", "", VERDICT_OK, "IE"},
		{"USA", "", VERDICT_OK, "US"},
		{"Côte d'Ivoire", "", VERDICT_OK, "CI"},
		{"Türkiye", "", VERDICT_OK, "TR"},
		{"The Netherlands", "", VERDICT_OK, "NL"},
		{"Namibia", "", VERDICT_OK, "NA"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normal_country(slice_of(rows[i].in), &a, &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

Test(ingest_person, social)
{
	static const struct row rows[] = {
		{"", "twitter", VERDICT_NOT_HANDLE, NULL},
		{"@", "twitter", VERDICT_NOT_HANDLE, NULL},
		{"joe consumer", "twitter", VERDICT_NOT_HANDLE, NULL},
		{"twitter:", "", VERDICT_NOT_HANDLE, NULL},
		{"@JoeConsumer", "", VERDICT_NO_NETWORK, NULL},
		{"@JoeConsumer", "twitter", VERDICT_OK, "twitter:joeconsumer"},
		{"JoeConsumer", "X", VERDICT_OK, "twitter:joeconsumer"},
		{"twitter:@JoeConsumer", "", VERDICT_OK, "twitter:joeconsumer"},
		{"Twitter: joeconsumer", "facebook", VERDICT_OK, "twitter:joeconsumer"},
		{"x:joeconsumer", "", VERDICT_OK, "twitter:joeconsumer"},
		{"https://twitter.com/JoeConsumer?ref=1", "", VERDICT_OK, "twitter:joeconsumer"},
		{"https://x.com/joeconsumer/status/1", "", VERDICT_OK, "twitter:joeconsumer"},
		{"www.instagram.com/joe.consumer/", "", VERDICT_OK, "instagram:joe.consumer"},
		{"https://de.linkedin.com/in/joe", "", VERDICT_OK, "de.linkedin.com:joe"},
		{"https://www.linkedin.com/in/joe-c", "", VERDICT_OK, "linkedin:joe-c"},
		{"https://www.tiktok.com/@joe_c", "", VERDICT_OK, "tiktok:joe_c"},
		{"fb:joe.c", "", VERDICT_OK, "facebook:joe.c"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normal_social(slice_of(rows[i].in), slice_of(rows[i].with), &a,
					       &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

Test(ingest_person, postcode)
{
	static const struct row rows[] = {
		{" 10115 ", "DE", VERDICT_OK, "10115"},
		{"1067", "DE", VERDICT_OK, "01067"},
		{"1067", "AT", VERDICT_OK, "1067"},
		{"1067", "", VERDICT_OK, "1067"},
		{"D-10115", "DE", VERDICT_OK, "10115"},
		{"DE 10115", "DE", VERDICT_OK, "10115"},
		{"CH8001", "CH", VERDICT_OK, "8001"},
		{"A-1010", "AT", VERDICT_OK, "1010"},
		{"10115.0", "DE", VERDICT_OK, "10115"},
		{"sw1a1aa", "GB", VERDICT_OK, "SW1A 1AA"},
		{"SW1A  1AA", "GB", VERDICT_OK, "SW1A 1AA"},
		{"m11ae", "GB", VERDICT_OK, "M1 1AE"},
		{"1234ab", "NL", VERDICT_OK, "1234 AB"},
		{"k1a0b1", "CA", VERDICT_OK, "K1A 0B1"},
		{"90210-1234", "US", VERDICT_OK, "90210-1234"},
		{"D6 W123", "IE", VERDICT_OK, "D6 W123"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normal_postcode(slice_of(rows[i].in), slice_of(rows[i].with), &a,
						 &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

typedef enum verdict word_normaliser(struct slice s, struct arena *a, struct slice *out);

static void check_words(word_normaliser *normalise, const struct row *rows, size_t n)
{
	struct arena a = {0};

	for (size_t i = 0; i < n; i++) {
		struct slice out = UNCHANGED;
		enum verdict v = normalise(slice_of(rows[i].in), &a, &out);
		check(&rows[i], v, out, UNCHANGED);
	}
	arena_free(&a);
}

Test(ingest_person, gender)
{
	static const struct row rows[] = {
		{"vielleicht", "", VERDICT_NOT_RECOGNISED, NULL},
		{"q", "", VERDICT_NOT_RECOGNISED, NULL},
		{"u", "", VERDICT_PLACEHOLDER, NULL},
		{"0", "", VERDICT_PLACEHOLDER, NULL},
		{"m", "", VERDICT_OK, "m"}, {"W", "", VERDICT_OK, "f"}, {"d", "", VERDICT_OK, "x"},
		{"männlich", "", VERDICT_OK, "m"}, {"Weiblich", "", VERDICT_OK, "f"},
		{"divers", "", VERDICT_OK, "x"}, {"Herr", "", VERDICT_OK, "m"},
		{"Herr Dr.", "", VERDICT_OK, "m"}, {"Frau Prof. Dr.", "", VERDICT_OK, "f"},
		{"Mrs.", "", VERDICT_OK, "f"}, {"FEMALE", "", VERDICT_OK, "f"},
		{"1", "", VERDICT_OK, "m"}, {"2", "", VERDICT_OK, "f"},
		{"non-binary", "", VERDICT_OK, "x"}, {"Mme", "", VERDICT_OK, "f"},
	};

	check_words(normal_gender, rows, COUNT_OF(rows));
}

Test(ingest_person, flag)
{
	static const struct row rows[] = {
		{"maybe", "", VERDICT_NOT_YES_NO, NULL}, {"2", "", VERDICT_NOT_YES_NO, NULL},
		{"1", "", VERDICT_OK, "1"}, {"0", "", VERDICT_OK, "0"},
		{"Ja", "", VERDICT_OK, "1"}, {"nein", "", VERDICT_OK, "0"},
		{"YES", "", VERDICT_OK, "1"}, {"No", "", VERDICT_OK, "0"},
		{"x", "", VERDICT_OK, "1"}, {"TRUE", "", VERDICT_OK, "1"},
		{"opt-out", "", VERDICT_OK, "0"}, {"Widerrufen", "", VERDICT_OK, "0"},
		{"✓", "", VERDICT_OK, "1"}, {"unsubscribed", "", VERDICT_OK, "0"},
	};

	check_words(normal_flag, rows, COUNT_OF(rows));
}

Test(ingest_person, language_and_currency)
{
	static const struct row languages[] = {
		{"klingonisch", "", VERDICT_NOT_RECOGNISED, NULL}, {"x", "", VERDICT_NOT_RECOGNISED, NULL},
		{"de", "", VERDICT_OK, "de"}, {"DE", "", VERDICT_OK, "de"},
		{"de-AT", "", VERDICT_OK, "de"}, {"pt_BR.UTF-8", "", VERDICT_OK, "pt"},
		{"ger", "", VERDICT_OK, "de"}, {"Französisch", "", VERDICT_OK, "fr"},
		{"English", "", VERDICT_OK, "en"}, {"Türkçe", "", VERDICT_OK, "tr"},
	};
	static const struct row currencies[] = {
		{"EURO?", "", VERDICT_OK, "EUR"}, {"Taler", "", VERDICT_NOT_RECOGNISED, NULL},
		{"eur", "", VERDICT_OK, "EUR"}, {"€", "", VERDICT_OK, "EUR"},
		{"£", "", VERDICT_OK, "GBP"}, {"$", "", VERDICT_OK, "USD"},
		{"Fr.", "", VERDICT_OK, "CHF"}, {"CHF", "", VERDICT_OK, "CHF"},
	};

	check_words(normal_language, languages, COUNT_OF(languages));
	check_words(normal_currency, currencies, COUNT_OF(currencies));
}

Test(ingest_person, event)
{
	struct arena a = {0};
	struct slice out;
	bool standard;

	cr_expect_eq(normal_event(SLICE("golden"), &a, &out, &standard), VERDICT_RESERVED);
	cr_expect_eq(normal_event(SLICE("Purchase"), &a, &out, &standard), VERDICT_OK);
	cr_expect(standard && slice_is(out, "purchase"));
	cr_expect_eq(normal_event(SLICE("Wish  List"), &a, &out, &standard), VERDICT_OK);
	cr_expect(!standard && slice_is(out, "wish list"));
	arena_free(&a);
}
