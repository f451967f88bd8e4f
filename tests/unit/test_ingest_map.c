/* Map files, keyword lists, product lists, guesses from names. */
#include "ingest/guess_names.h"
#include "ingest/keywords.h"
#include "ingest/map.h"
#include "ingest/products.h"
#include "ingest/recipe.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What is wrong with a map, and where. */
Test(ingest_map, bad_maps)
{
	static const struct { const char *text; uint64_t line; const char *reason; } rows[] = {
		{"email", 1, "not of the form name = expression"},
		{"# fine\n\nemail = \n", 3, "nothing behind the '='"},
		{"emial = E-Mail", 1, "no setting or touchpoint column (did you mean 'email'?)"},
		{"encodnig = utf-8", 1, "no setting or touchpoint column (did you mean 'encoding'?)"},
		{"email = a\nattrs.gr\xf6\xdf""e = x", 2,
		 "not UTF-8 (save the map as UTF-8; 'encoding' is that of the export)"},
		{"email = a\rphone = b\r", 1,
		 "a carriage return within a line (end lines with a line feed)"},
		{"email = a\r\nattrs.a\x1b = b", 2, "a control character"},
		{"attrs. = x", 1, NULL}, {"= x", 1, NULL},
		{"email = a\nphone = b\nemail = c", 3, "mapped before, in line 1"},
		{"dates = iso\ndates = epoch", 2, "set before, in line 1"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct map m = {0};
		struct so1_error e = {0};
		cr_expect_eq(map_parse(&m, "x.map", slice_of(rows[i].text), &e), SO1_USAGE, "%s",
			     rows[i].text);
		cr_expect_eq(e.line, rows[i].line, "%s", rows[i].text);
		cr_expect_str_eq(e.file, "x.map");
		if (rows[i].reason)
			cr_expect_str_eq(e.reason, rows[i].reason);
		map_free(&m);
	}
}

Test(ingest_map, comments_and_quotes)
{
	static const struct { const char *line, *text; } rows[] = {
		{"email = E-Mail # the address", "E-Mail"},
		{"email = E-Mail\t# the address", "E-Mail"},
		{"email = a#b", "a#b"},
		{"email = '# no comment'", "'# no comment'"},
		{"email = `Order #`", "`Order #`"},
		{"email = concat(a, \" # \", b) # x", "concat(a, \" # \", b)"},
		{"email = d'Or # x", "d'Or"},
		{"  email=E-Mail\r", "E-Mail"},
		{"\xef\xbb\xbf""email = x", "x"},
		{"email = if(a == 'b', c, '')", "if(a == 'b', c, '')"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct map m = {0};
		struct so1_error e = {0};
		cr_assert_eq(map_parse(&m, "dir/x.map", slice_of(rows[i].line), &e), SO1_OK, "%s",
			     e.reason);
		cr_assert_eq(m.count, 1);
		cr_expect(slice_is(m.lines[0].text, rows[i].text), "'%.*s'",
			  SLICE_ARGS(m.lines[0].text));
		cr_expect_str_eq(m.directory, "dir/");
		map_free(&m);
	}
}

Test(ingest_map, settings)
{
	struct map m = {0};
	struct so1_error e = {0};

	cr_assert_eq(map_parse(&m, "x.map", SLICE("dates = '%d.%m.%Y'\ndelimiter = ;\n"
						  "tags = a\ntags = b\nattrs.x = 1\n"), &e), SO1_OK);
	cr_expect(slice_is(m.settings[SETTING_DATES].text, "%d.%m.%Y"));
	cr_expect(slice_is(m.settings[SETTING_DELIMITER].text, ";"));
	cr_expect_eq(m.settings[SETTING_DELIMITER].line, 2);
	cr_expect_null(m.settings[SETTING_ENCODING].text.ptr);
	cr_expect_eq(m.count, 3);
	map_free(&m);
}

/* A map against a header. */
static enum so1_status bind(const char *text, struct map *m, struct recipe *r, struct so1_error *e)
{
	static const char *const names[] = {"Id", "E-Mail", "Land", "Betrag"};
	struct header h = {0};
	char delimiter;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = map_parse(m, "shop.map", slice_of(text), e);
	if (status == SO1_OK)
		status = recipe_settings(r, m, &delimiter, e);
	if (status == SO1_OK)
		status = recipe_bind(r, &h, "shop.csv", e);
	header_free(&h);
	return status;
}

Test(ingest_map, bad_bindings)
{
	static const struct { const char *text; uint64_t line; } rows[] = {
		{"encoding = klingon", 1}, {"\ndates = dd.mm", 2}, {"timezone = Mars/Olympus", 1},
		{"delimiter = ;;", 1}, {"decimal = ;", 1}, {"email = EMail", 1},
		{"country = Lnd", 1}, {"currency = Taler", 1}, {"country = DE\ncountry = FR", 2},
		{"country = Land\ncountry = E-Mail", 2}, {"email = lower(", 1},
		{"tags = keywords(E-Mail)", 1}, {"tags = keywords(E-Mail, nowhere.csv)", 0},
		{"event = contact", 1},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct map m = {0};
		struct recipe r = {0};
		struct so1_error e = {0};
		cr_expect_neq(bind(rows[i].text, &m, &r, &e), SO1_OK, "%s", rows[i].text);
		if (rows[i].line)
			cr_expect(e.line == rows[i].line && strcmp(e.file, "shop.map") == 0,
				  "%s: %s:%llu: %s", rows[i].text, e.file,
				  (unsigned long long)e.line, e.reason);
		recipe_free(&r);
		map_free(&m);
	}
}

Test(ingest_map, words_and_columns)
{
	struct map m = {0};
	struct recipe r = {0};
	struct so1_error e = {0};

	cr_assert_eq(bind("country = Deutschland\ncountry = Land\ncurrency = eur\n"
			  "language = de\nsource_id = Id\nattrs.z = Betrag\nattrs.a = 'x'\n"
			  "email = lower(E-Mail)\n", &m, &r, &e), SO1_OK, "%s", e.reason);
	cr_expect(slice_is(r.defaults[T_COUNTRY], "DE"));
	cr_expect(slice_is(r.defaults[T_CURRENCY], "EUR"));
	cr_expect(slice_is(r.defaults[T_LANGUAGE], "de"));
	/* No source line: the map's name. No event: a contact. */
	cr_expect(slice_is(r.defaults[T_SOURCE], "shop"));
	cr_expect_eq(r.columns[T_EVENT].kind, RECIPE_CONSTANT);
	cr_expect(slice_is(r.columns[T_EVENT].constant, "contact"));
	cr_expect(r.columns[T_COUNTRY].kind == RECIPE_FIELD && r.columns[T_COUNTRY].field == 2);
	cr_expect_eq(r.columns[T_EMAIL].kind, RECIPE_EXPRESSION);
	cr_expect_eq(r.used_count, 4);
	cr_expect(slice_is(r.attrs[0].key, "a") && slice_is(r.attrs[1].key, "z"));
	recipe_free(&r);
	map_free(&m);
}

/* A file in the test's own folder. */
static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(ingest_map, keywords)
{
	static const char list[] =
		"keyword,tag\nTV,tv\n\"Smart TV\",smart;tv\nfernseh*,tv\nGröße,size\n"
		"blue suede shoes,elvis\n\"blue suede sh*\",suede\n❤,love\n";
	static const struct { const char *text, *tags; } rows[] = {
		{"", ""}, {"nothing here", ""}, {"tvs", ""}, {"atv", ""},
		{"My TV!", "tv"}, {"#tv", "tv"}, {"a smart-tv", "smart;tv"}, {"smart radio", ""},
		{"Fernseher kaputt", "tv"}, {"FERNSEH", "tv"}, {"Fernsicht", ""},
		{"welche groesse", ""}, {"welche GRÖSSE?", "size"}, {"Gro\xcc\x88\xc3\x9f""e", "size"},
		{"my blue suede shoes", "elvis;suede"}, {"blue suede shirt", "suede"},
		{"blue suede", ""}, {"blue, suede; shoes", "elvis;suede"}, {"toll❤️!", "love"},
	};
	char name[] = "/tmp/test_ingest_map_XXXXXX";
	int fd = mkstemp(name);
	struct keywords *k;
	struct so1_error e = {0};
	struct arena a = {0};

	cr_assert(fd >= 0);
	close(fd);
	write_file(name, list);
	cr_assert_eq(keywords_load(&k, name, &e), SO1_OK, "%s", e.reason);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cell_builder c = {0};
		struct buffer b = {0};
		keywords_find(k, slice_of(rows[i].text), &c, &a);
		cell_put_list(&c, &b);
		cr_expect_str_eq(buffer_text(&b), rows[i].tags, "'%s' gave '%s'", rows[i].text,
				 buffer_text(&b));
		cell_free(&c);
		buffer_free(&b);
	}
	keywords_free(k);
	arena_free(&a);
	static const char *const bad[] = {"word,tag\na,b\n", "keyword,tag\n--,b\n", "keyword,tag\na,\n"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		write_file(name, bad[i]);
		cr_expect_eq(keywords_load(&k, name, &e), SO1_USAGE, "%s", bad[i]);
		cr_expect_null(k);
	}
	unlink(name);
}

Test(ingest_map, products)
{
	char name[] = "/tmp/test_ingest_products_XXXXXX";
	int fd = mkstemp(name);
	struct products p = {0};
	struct so1_error e = {0};
	struct arena a = {0};

	cr_assert(fd >= 0);
	close(fd);
	write_file(name, "sku,name,category,brand,price\nA1,One,tv,Orsa,\"1.299,00\"\nB2,Two,audio,,\n");
	cr_assert_eq(products_load(&p, name, &e), SO1_OK, "%s", e.reason);
	const struct product *one = products_find(&p, SLICE("a1"), &a);
	cr_assert_not_null(one);
	cr_expect(slice_is(one->category, "tv") && one->has_price);
	cr_expect_eq(one->price, INT64_C(1299000000));
	cr_expect(!products_find(&p, SLICE("B2"), &a)->has_price);
	cr_expect_null(products_find(&p, SLICE("C3"), &a));
	products_free(&p);
	write_file(name, "sku,price\nA1,gratis\n");
	cr_expect_eq(products_load(&p, name, &e), SO1_USAGE);
	cr_expect_eq(e.line, 2);
	products_free(&p);
	unlink(name);
	arena_free(&a);
}

Test(ingest_map, repeated_names)
{
	static const char *const rows[][2] = {
		{"a;b;c", "a;b;c"}, {"a;a;a", "a;a (2);a (3)"}, {"a;;;", "a;; (2); (3)"},
		{"a;a;a (2)", "a;a (3);a (2)"}, {"a (2);a;a", "a (2);a;a (3)"},
		{"a;a;a (2);a (2)", "a;a (3);a (2);a (2) (2)"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct header h = {0};
		struct slice in = slice_of(rows[i][0]), out = slice_of(rows[i][1]), name;
		while (slice_split(&in, ';', &name))
			header_add(&h, name);
		header_number_repeats(&h);
		for (size_t c = 0; slice_split(&out, ';', &name); c++)
			cr_expect(c < h.count && slice_equal(h.names[c], name), "%s: %.*s", rows[i][0],
				  SLICE_ARGS(h.names[c]));
		header_free(&h);
	}
}

Test(ingest_map, guess_names)
{
	static const struct { const char *header; int meaning; } rows[] = {
		{"CustomerID", T_SOURCE_ID}, {"Kundennr.", T_SOURCE_ID}, {"E-Mail", T_EMAIL},
		{"Straße", T_STREET}, {"InvoiceDate", T_TS}, {"StockCode", T_SKU}, {"PLZ", T_POSTCODE},
		{"unit_price", MEANS_UNIT_PRICE}, {"Geburtsdatum", T_BIRTH_DATE}, {"Mobil", T_PHONE},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct slice key = guess_key(slice_of(rows[i].header), &a);
		int best = -1, best_score = 0;
		for (int m = 0; m < GUESS_MEANINGS; m++) {
			int score = m == T_SOURCE || m == T_TAGS || m == T_ATTRS
					    ? 0 : guess_score(key, m, NULL);
			if (score > best_score) {
				best = m;
				best_score = score;
			}
		}
		cr_expect_eq(best, rows[i].meaning, "%s", rows[i].header);
	}
	cr_expect_str_eq(guess_event(SLICE("add_to_cart"), &a), "cart");
	cr_expect_str_eq(guess_event(SLICE("addToCart"), &a), "cart");
	cr_expect_str_eq(guess_event(SLICE("Rückgabe"), &a), "return");
	cr_expect_null(guess_event(SLICE("dance"), &a));
	arena_free(&a);
}
