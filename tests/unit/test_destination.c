/* so1-export's destinations: match keys of the advertising networks, marks of special
 * categories, defence against formulas, the shared sheet. */
#include "export/disclosure.h"
#include "export/matchkey.h"
#include "export/outlet.h"
#include "export/seed.h"
#include "export/sheet.h"
#include "export/special.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct destination destination_sendgrid;

/* The names are a promise to scripts. */
Test(destination, names)
{
	static const char *const names[] = {
		"csv", "jsonl", "excel", "mailchimp", "klaviyo", "sendgrid", "brevo", "hubspot",
		"sfmc", "braze", "customerio", "activecampaign", "listmonk", "mautic",
		"google-customer-match", "meta-audience", "tiktok", "pos",
	};

	cr_assert_eq(destination_count, sizeof names / sizeof *names);
	for (size_t i = 0; i < destination_count; i++)
		cr_assert_str_eq(destination_table[i]->name, names[i]);
}

/* --- match keys ----------------------------------------------------------------------- */

enum field { EMAIL, PHONE, NAME, CITY, POSTCODE_US, POSTCODE_GB, POSTCODE_PT, COUNTRY, BIRTH_DATE,
	     GENDER };

static bool put_key(enum match_network n, enum field f, struct slice value, struct buffer *out)
{
	switch (f) {
	case EMAIL: return match_put_email(n, value, out);
	case PHONE: return match_put_phone(n, value, out);
	case NAME: return match_put_name(n, value, out);
	case CITY: return match_put_city(value, out);
	case POSTCODE_US: return match_put_postcode(value, SLICE("US"), out);
	case POSTCODE_GB: return match_put_postcode(value, SLICE("gb"), out);
	case POSTCODE_PT: return match_put_postcode(value, SLICE("PT"), out);
	case COUNTRY: return match_put_country(value, out);
	case BIRTH_DATE: return match_put_birth_date(value, out);
	case GENDER: return match_put_gender(value, out);
	}
	return false;
}

/* Normal forms and hashes that the networks publish: Google's Customer Match help page and
 * the formatter tests of its Data Manager reference code, Meta's page of customer
 * information parameters, TikTok's customer file page. The digests were computed again with
 * Python's hashlib. */
static const struct {
	enum match_network network;
	enum field field;
	const char *value, *normal, *hex;
} vectors[] = {
	{MATCH_GOOGLE, EMAIL, "ALEXZ@example.com", "alexz@example.com",
	 "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"},
	{MATCH_GOOGLE, PHONE, "1-800-555-0100", "+18005550100",
	 "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"},
	{MATCH_GOOGLE, NAME, "GivenName", "givenname",
	 "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"},
	{MATCH_GOOGLE, NAME, " FamilyName ", "familyname",
	 "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"},
	{MATCH_META, EMAIL, "John_Smith@gmail.com", "john_smith@gmail.com",
	 "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"},
	/* The page has "US (650)555-1212"; in the stream the country code is there already. */
	{MATCH_META, PHONE, "+1 (650)555-1212", "16505551212",
	 "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"},
	{MATCH_META, NAME, "Mary", "mary",
	 "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"},
	{MATCH_META, NAME, "정", "정",
	 "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"},
	{MATCH_META, NAME, "Valéry", "valéry",
	 "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"},
	{MATCH_META, BIRTH_DATE, "1997-02-16", "19970216",
	 "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"},
	{MATCH_META, COUNTRY, "US", "us",
	 "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"},
	{MATCH_TIKTOK, EMAIL, "JaneDoe@gmail.com", "janedoe@gmail.com",
	 "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"},
};

Test(matchkey, published_vectors)
{
	struct sha256 *d = sha256_new();

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct buffer b = {0};
		char hex[SHA256_HEX + 1];
		cr_assert(put_key(vectors[i].network, vectors[i].field, slice_of(vectors[i].value),
				  &b), "%s", vectors[i].value);
		cr_assert_str_eq(buffer_text(&b), vectors[i].normal);
		sha256_add(d, buffer_slice(&b));
		sha256_take_hex(d, hex);
		cr_assert_str_eq(hex, vectors[i].hex);
		buffer_free(&b);
	}
	sha256_free(d);
}

/* The same value, another network. The first rows are Google's own examples of what is
 * stripped where; the rows of places and names are those on which published connectors
 * disagree, as Meta's page has them. */
static const struct {
	enum match_network network;
	enum field field;
	const char *value, *normal;
} forms[] = {
	{MATCH_GOOGLE, EMAIL, "Cloudy.SanFrancisco+shopping@gmail.com",
	 "cloudysanfrancisco@gmail.com"},
	{MATCH_GOOGLE, EMAIL, "user.name+NYC@Example.com", "user.name+nyc@example.com"},
	{MATCH_GOOGLE, EMAIL, "a.b+c@googlemail.com", "ab@googlemail.com"},
	{MATCH_META, EMAIL, "Cloudy.SanFrancisco+shopping@gmail.com",
	 "cloudy.sanfrancisco+shopping@gmail.com"},
	{MATCH_TIKTOK, EMAIL, " Jane Doe+x@gmail.com", "janedoe+x@gmail.com"},
	{MATCH_GOOGLE, PHONE, "+49 170 1110001", "+491701110001"},
	{MATCH_TIKTOK, PHONE, "+49 170 1110001", "+491701110001"},
	{MATCH_META, PHONE, "+49 170 1110001", "491701110001"},
	{MATCH_META, PHONE, "0049 170 1110001", "491701110001"},
	{MATCH_GOOGLE, PHONE, "+1\u2011800\u2011555\u20110100", "+18005550100"},
	{MATCH_META, NAME, "O'Brien", "obrien"},
	{MATCH_META, NAME, "D\u2019Angelo", "dangelo"},
	{MATCH_META, NAME, "Anne-Marie", "annemarie"},
	{MATCH_GOOGLE, NAME, "O'Brien", "o'brien"},
	{MATCH_GOOGLE, NAME, "ÉMILE", "émile"},
	{MATCH_META, CITY, "São Paulo", "sãopaulo"},
	{MATCH_META, CITY, "St. Gallen", "stgallen"},
	{MATCH_META, POSTCODE_US, "94025-3215", "94025"},
	{MATCH_META, POSTCODE_PT, " 1229-076", "1229076"},
	{MATCH_META, POSTCODE_GB, "LS1 1AA", "ls11"},
	{MATCH_META, POSTCODE_GB, "SW1A 1AA", "sw1a1"},
	{MATCH_META, POSTCODE_GB, "LS1", "ls1"},
	{MATCH_META, GENDER, "F", "f"},
};

Test(matchkey, each_network_has_its_own_form)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct buffer b = {0};
		cr_assert(put_key(forms[i].network, forms[i].field, slice_of(forms[i].value), &b),
			  "%s", forms[i].value);
		cr_assert_str_eq(buffer_text(&b), forms[i].normal);
		buffer_free(&b);
	}
}

Test(matchkey, what_matches_nobody_leaves_nothing)
{
	static const char hash[] = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a";
	static const struct {
		enum field field;
		const char *value;
	} bad[] = {
		{EMAIL, ""}, {EMAIL, "nobody"}, {EMAIL, "@example.com"}, {EMAIL, "a@b@c"},
		{EMAIL, "joe@"}, {EMAIL, hash}, {PHONE, ""}, {PHONE, "+0000000000"},
		{PHONE, "+1111111111"}, {PHONE, "12345"}, {PHONE, "+1234567890123456"},
		{PHONE, hash}, {NAME, ""}, {NAME, "  "}, {NAME, hash}, {CITY, "..."},
		{COUNTRY, "Germany"}, {BIRTH_DATE, "16.02.1997"}, {GENDER, "x"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		for (int n = MATCH_GOOGLE; n <= MATCH_TIKTOK; n++) {
			struct buffer b = {0};
			buffer_put_text(&b, "x");
			cr_assert_not(put_key((enum match_network)n, bad[i].field,
					      slice_of(bad[i].value), &b), "%d %s", n,
				      bad[i].value);
			cr_assert_str_eq(buffer_text(&b), "x");
			buffer_free(&b);
		}
	struct buffer b = {0};
	/* A blank inside makes an address unusable to two of them, the third removes it. */
	cr_assert_not(match_put_email(MATCH_GOOGLE, SLICE("a b@c.de"), &b));
	cr_assert_not(match_put_email(MATCH_META, SLICE("a b@c.de"), &b));
	cr_assert(match_put_email(MATCH_TIKTOK, SLICE("a b@c.de"), &b));
	/* Nothing is left of the local part. */
	cr_assert_not(match_put_email(MATCH_GOOGLE, SLICE("+tag@gmail.com"), &b));
	/* An international prefix is no '+' to Google: no country is guessed. */
	cr_assert_not(match_put_phone(MATCH_GOOGLE, SLICE("0049 170 1110001"), &b));
	buffer_free(&b);
}

Test(matchkey, hashes_are_known_by_their_look)
{
	cr_assert(match_is_hashed(SLICE("d41d8cd98f00b204e9800998ecf8427e")));
	cr_assert(match_is_hashed(SLICE("509E933019BB285A134A9334B8BB679DFF79D0CE023D529AF4BD744D"
					"47B4FD8A")));
	cr_assert_not(match_is_hashed(SLICE("d41d8cd98f00b204e9800998ecf8427")));
	cr_assert_not(match_is_hashed(SLICE("g41d8cd98f00b204e9800998ecf8427e")));
	cr_assert_not(match_is_hashed(SLICE("")));
}

/* --- special categories --------------------------------------------------------------- */

Test(special, marked_names)
{
	static const struct {
		const char *name, *category;
	} marked[] = {
		{"health", "health"}, {"health_score", "health"}, {"healthScore", "health"},
		{"has-disability", "health"}, {"Gesundheitszustand", "health"},
		{"schwanger", "health"}, {"politics", "politics"}, {"political_party", "politics"},
		{"Parteizugehörigkeit", "politics"}, {"PARTEIZUGEHOERIGKEIT", "politics"},
		{"religion", "religion"}, {"Konfession", "religion"}, {"Religiös", "religion"},
		{"is_religiös", "religion"}, {"sexual_orientation", "orientation"},
		{"orientation", "orientation"}, {"sexualität", "orientation"},
		{"ethnicity", "ethnicity"}, {"ethnische herkunft", "ethnicity"},
		{"union", "union"}, {"trade_union_member", "union"}, {"gewerkschaft", "union"},
		{"dna.test", "genetics"},
	};
	/* Whole words only: none of these is one. */
	static const char *const free_names[] = {
		"", "email", "first_name", "healthy_food", "communion", "reunion", "unionville",
		"embrace", "racecar", "partykeller", "orders_by_category", "trace_id",
		"reorientations", "glaubhaft", "herkunft", "bicycle", "ä", "12",
	};

	for (size_t i = 0; i < sizeof marked / sizeof *marked; i++) {
		const char *category = special_category(slice_of(marked[i].name));
		cr_assert(category != NULL, "%s", marked[i].name);
		cr_assert_str_eq(category, marked[i].category, "%s", marked[i].name);
	}
	for (size_t i = 0; i < sizeof free_names / sizeof *free_names; i++)
		cr_assert_null(special_category(slice_of(free_names[i])), "%s", free_names[i]);
}

Test(special, keys_of_a_map)
{
	struct arena a = {0};
	struct slice key;
	const char *category;

	cr_assert_not(special_find_key(SLICE("shoe_size=39;trace=1"), &a, &key, &category));
	cr_assert_not(special_find_key(SLICE(""), &a, &key, &category));
	cr_assert(special_find_key(SLICE("konfession=rk;shoe_size=39"), &a, &key, &category));
	cr_assert(slice_is(key, "konfession"));
	cr_assert_str_eq(category, "religion");
	arena_free(&a);
}

/* --- formulas ------------------------------------------------------------------------- */

Test(formula, is_defended_by_type)
{
	static const struct {
		enum cell_kind kind;
		const char *cell, *written;
	} rows[] = {
		{CELL_FREE, "=HYPERLINK(1)", "HYPERLINK(1)"}, {CELL_FREE, "= =1", "1"},
		{CELL_FREE, "\t=x", "x"}, {CELL_FREE, "@SUM(1)", "SUM(1)"}, {CELL_FREE, "-", ""},
		{CELL_FREE, "+Hal", "Hal"}, {CELL_FREE, "-2+3+cmd|' /C calc'!D2",
					     "2+3+cmd|' /C calc'!D2"},
		/* What belongs to the value stays. */
		{CELL_FREE, "+49 (170) 111-0001", "+49 (170) 111-0001"}, {CELL_FREE, "-5", "-5"},
		{CELL_FREE, "-10 %", "-10 %"}, {CELL_FREE, "@joe_x", "@joe_x"},
		{CELL_FREE, "Ann", "Ann"}, {CELL_FREE, "", ""},
		/* Identifiers are what they are; a column without a kind is text when it is no
		 * number. */
		{CELL_TEXT, "=1@shop.example", "=1@shop.example"}, {CELL_NUMBER, "-1e-3", "-1e-3"},
		{CELL_NUMBER, "=cmd", "cmd"}, {CELL_DATE, "-x", "x"}, {CELL_LIST, "=a;b", "a;b"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct layout_column c = {.kind = rows[i].kind};
		struct destination_counts n = {0};
		struct slice out = destination_text(&c, slice_of(rows[i].cell), &n);
		cr_assert(slice_is(out, rows[i].written), "%s: %.*s", rows[i].cell,
			  SLICE_ARGS(out));
		cr_assert_eq(n.formulas, strcmp(rows[i].cell, rows[i].written) != 0);
	}
}

/* --- sheets --------------------------------------------------------------------------- */

static struct slice cell_of(const struct sheet *s, enum cell_kind kind, const char *text,
			    struct destination_counts *n, struct buffer *scratch)
{
	struct layout_column c = {.name = (char *)"x", .kind = kind};
	struct layout l = {.columns = &c, .count = 1};
	struct slice cell = slice_of(text);
	struct destination_row row = {.layout = &l, .cells = &cell, .counts = n};

	return sheet_cell(s, &row, 0, scratch);
}

Test(sheet, dates)
{
	static const struct {
		enum sheet_date form;
		const char *cell, *written;
	} rows[] = {
		{SHEET_ISO, "2026-11-01", "2026-11-01"},
		{SHEET_US, "2026-11-01", "11/01/2026"},
		{SHEET_US, "2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z"},
		{SHEET_US_TIME, "2026-11-01T09:30:00Z", "11/01/2026 09:30"},
		{SHEET_US_TIME, "2026-11-01", "11/01/2026"},
		{SHEET_DAY_MONTH_YEAR, "2026-11-01", "01-11-2026"},
		{SHEET_DAY, "2026-11-01T23:59:59Z", "2026-11-01"},
		/* date -u -d 2026-11-01T09:30 +%s, and a day before 1970. */
		{SHEET_UNIX, "2026-11-01T09:30:00Z", "1793525400"},
		{SHEET_UNIX, "1969-12-31", "-86400"},
		{SHEET_US, "soon", "soon"}, {SHEET_US, "", ""},
	};
	struct destination_counts n = {0};
	struct buffer scratch = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sheet s = {.dates = rows[i].form, .separator = ";"};
		struct slice out = cell_of(&s, CELL_DATE, rows[i].cell, &n, &scratch);
		cr_assert(slice_is(out, rows[i].written), "%s: %.*s", rows[i].cell,
			  SLICE_ARGS(out));
	}
	buffer_free(&scratch);
}

Test(sheet, words_lists_and_plain_text)
{
	struct sheet s = {.yes = "Yes", .no = "No", .separator = "||", .one_line = true,
			  .no_emoji = true, .counts_numbers = true};
	struct destination_counts n = {0};
	struct buffer b = {0};

	cr_assert(slice_is(cell_of(&s, CELL_BOOL, "1", &n, &b), "Yes"));
	cr_assert(slice_is(cell_of(&s, CELL_BOOL, "0", &n, &b), "No"));
	cr_assert(slice_is(cell_of(&s, CELL_BOOL, "", &n, &b), ""));
	cr_assert(slice_is(cell_of(&s, CELL_LIST, "a%3Bb;c", &n, &b), "a;b||c"));
	cr_assert(slice_is(cell_of(&s, CELL_LIST, "ä🎉;c", &n, &b), "ä||c"));
	cr_assert_eq(n.characters, 1);
	cr_assert(slice_is(cell_of(&s, CELL_FREE, "one\r\ntwo ☀️ Zoë", &n, &b),
			   "one  two  Zoë"));
	cr_assert_eq(n.characters, 3);
	/* An emoji in front hides no formula. */
	cr_assert(slice_is(cell_of(&s, CELL_FREE, "🎉=1+1", &n, &b), "1+1"));
	cell_of(&s, CELL_NUMBER, "12.50", &n, &b);
	cell_of(&s, CELL_NUMBER, "100", &n, &b);
	cr_assert_eq(n.numbers, 0);
	cell_of(&s, CELL_NUMBER, "-1", &n, &b);
	cell_of(&s, CELL_NUMBER, "0.125", &n, &b);
	cr_assert_eq(n.numbers, 2);
	buffer_free(&b);
}

/* --- splits --------------------------------------------------------------------------- */

static void check_split(uint64_t max_rows, uint64_t max_bytes, const char *const *names,
			const uint64_t *rows)
{
	char dir[] = "/tmp/so1-test-split-XXXXXX", target[64];
	struct layout_column column = {.name = (char *)"email", .kind = CELL_TEXT};
	struct layout l = {.columns = &column, .count = 1, .person_count = 1};
	struct destination d = destination_sendgrid;
	struct folder *f = NULL;
	struct outlet *o = NULL;
	struct so1_error e;
	size_t count;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(target, sizeof target, "%s/lists/", dir);
	cr_assert_eq(folder_begin(&f, target, &e), SO1_OK);
	d.max_rows = max_rows;
	d.max_bytes = max_bytes;
	struct outlet_options options = {.destination = &d, .layout = &l, .folder = f,
					 .delimiter = ','};
	cr_assert_eq(outlet_open(&o, &options, &e), SO1_OK);
	for (int i = 0; i < 5; i++) {
		struct slice fields[] = {SLICE("id"), SLICE("a@x.example")};
		struct parcel p = {.fields = fields, .field_count = 2,
				   .permission = {.optin = CHANNEL_BIT(CHANNEL_EMAIL)}};
		cr_assert_eq(outlet_put(o, &p, NULL, 0, &e), SO1_OK);
	}
	cr_assert_eq(outlet_finish(o, &e), SO1_OK);
	const struct outlet_file *files = outlet_files(o, &count);
	for (size_t i = 0; i < count; i++) {
		cr_assert(names[i] != NULL);
		cr_assert_str_eq(files[i].name, names[i]);
		cr_assert_eq(files[i].rows, rows[i]);
	}
	cr_assert_null(names[count]);
	outlet_free(o);
	folder_free(f);
	cr_assert_eq(rmdir(dir), 0);
}

Test(outlet, begins_a_file_at_each_limit)
{
	static const char *const three[] = {"sendgrid-subscribed-001.csv",
					    "sendgrid-subscribed-002.csv",
					    "sendgrid-subscribed-003.csv", NULL};
	static const char *const one[] = {"sendgrid-subscribed.csv", NULL};

	check_split(2, 0, three, (const uint64_t[]){2, 2, 1});
	check_split(5, 0, one, (const uint64_t[]){5});
	/* The header has 6 bytes, a row 12. */
	check_split(0, 30, three, (const uint64_t[]){2, 2, 1});
	check_split(0, 66, one, (const uint64_t[]){5});
}

/* --- seeds ---------------------------------------------------------------------------- */

static char *temp_file(const char *text)
{
	char *path = xstrdup("/tmp/so1-test-seed-XXXXXX");
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

Test(seeds, are_fitted_to_the_layout)
{
	struct layout_column columns[] = {{.name = (char *)"first_name"}, {.name = (char *)"email"},
					  {.name = (char *)"optin_email"}};
	struct layout l = {.columns = columns, .count = 3, .person_count = 3, .top = 1};
	struct seeds s = {0};
	struct so1_error e;
	char *path = temp_file("email,unknown,first_name\n a@x.example ,1,Ann\nb@x.example,2,\n");

	cr_assert_eq(seeds_read(&s, path, &l, &e), SO1_OK);
	cr_assert_eq(s.count, 2);
	struct parcel p = seeds_parcel(&s, 0, CHANNEL_BIT(CHANNEL_EMAIL));
	cr_assert(p.seed);
	cr_assert_eq(p.field_count, 5);
	cr_assert(slice_is(p.fields[0], "~seed-001"));
	cr_assert(slice_is(p.fields[1], "Ann"));
	cr_assert(slice_is(p.fields[2], "a@x.example"));
	cr_assert(slice_is(p.fields[3], "1"), "a seed permits what it is there for");
	cr_assert(slice_is(p.fields[4], ""), "and uses up no code");
	cr_assert(slice_is(seeds_parcel(&s, 1, 0).fields[0], "~seed-002"));
	seeds_free(&s);
	unlink(path);
	free(path);
}

/* --- disclosure ----------------------------------------------------------------------- */

Test(disclosure, groups)
{
	struct layout_column columns[] = {{.name = (char *)"segments"}, {.name = (char *)"city"}};
	struct layout l = {.columns = columns, .count = 2, .person_count = 2};
	static const char *const people[][2] = {{"a;b", "Bonn"}, {"a", "Bonn"}, {"a", "Ulm"}};
	struct so1_error e;

	/* In segment b is one, in Ulm is one. */
	for (uint64_t least = 0; least <= 4; least++) {
		struct disclosure d = {0};
		disclosure_begin(&d, &l, least);
		for (size_t i = 0; i < 3; i++) {
			struct slice fields[] = {SLICE("id"), slice_of(people[i][0]),
						 slice_of(people[i][1])};
			struct parcel p = {.fields = fields, .field_count = 3};
			disclosure_add(&d, &p);
		}
		cr_assert_eq(disclosure_check(&d, NULL, &e), least <= 1 ? SO1_OK : SO1_FAILED);
		disclosure_free(&d);
	}
	/* A list of nobody publishes nothing. */
	struct disclosure d = {0};
	disclosure_begin(&d, &l, 10);
	cr_assert_eq(disclosure_check(&d, NULL, &e), SO1_OK);
	disclosure_free(&d);
}
