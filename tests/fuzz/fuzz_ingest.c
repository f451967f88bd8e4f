/* Fuzzing of maps and normalisers. Up to the first NUL byte the input is a map, behind it
 * are the fields of one record, parted by NUL bytes, which is no byte a reader hands on.
 *
 * Any map is either refused with a reason or gives, for any record, a rejection with a
 * reason or one line. What a normaliser wrote it leaves alone the second time: whoever
 * ingests a stream of touchpoints gets the same. */
#include "ingest/normal_email.h"
#include "ingest/normal_phone.h"
#include "ingest/normal_postcode.h"
#include "ingest/normal_social.h"
#include "ingest/row.h"
#include "ingest/text.h"
#include "stream/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 4 };

static const char *const names[COLUMNS] = {"id", "E-Mail", "Wann", "Wie viel"};

/* Every typed column once, so that the fields meet every normaliser. */
static const char all[] =
	"country = DE\ncurrency = EUR\nnetwork = x\ndates = %d.%m.%Y %H:%M | epoch\n"
	"timezone = Europe/Berlin\nsource_id = id\nemail = E-Mail\nphone = E-Mail\n"
	"social = E-Mail\nfirst_name = id\nbirth_date = Wann\ngender = id\ncity = id\n"
	"postcode = E-Mail\ncountry = id\nlanguage = id\noptin_email = id\nts = Wann\n"
	"event = id\nqty = Wie viel\namount = Wie viel\ncurrency = id\ntags = list(id, E-Mail)\n"
	"attrs.x = id\nattrs = E-Mail\n";

#define require(condition)                                              \
	do {                                                            \
		if (!(condition)) {                                     \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			abort();                                        \
		}                                                       \
	} while (0)

static void try_map(struct slice text, const struct slice *fields)
{
	struct map m = {0};
	struct recipe r = {0};
	struct header h = {0};
	struct so1_error e = {0};
	char delimiter;

	for (size_t i = 0; i < COLUMNS; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = map_parse(&m, "fuzz.map", text, &e);
	if (status == SO1_OK)
		status = recipe_settings(&r, &m, &delimiter, &e);
	if (status == SO1_OK)
		status = recipe_bind(&r, &h, "fuzz.csv", &e);
	if (status == SO1_OK) {
		struct counts totals = {.unknown_skus = 0};
		struct row_context c = {.recipe = &r, .delimiter = ',', .totals = &totals};
		struct pipeline_output out = {.rows = 0};
		struct record rec = {.fields = fields, .count = COLUMNS, .file = "f", .line = 2};
		bool reject = false;
		void *worker = row_worker_new(&c);
		status = row_make(&c, worker, &rec, &out, &reject, &e);
		require(status == SO1_OK ? out.rows == 1 : reject && e.reason[0]);
		for (size_t i = 0; i + 1 < out.bytes.len; i++)
			require(out.bytes.ptr[i] != '\n' && out.bytes.ptr[i] != '\r');
		row_worker_free(&c, worker);
		buffer_free(&out.bytes);
		counts_free(&totals);
	} else {
		require(e.reason[0] != '\0' && status == e.status);
	}
	recipe_free(&r);
	map_free(&m);
	header_free(&h);
}

static void try_twice(struct slice s)
{
	struct arena a = {0};
	struct slice once, twice;

	/* The reader lets nothing else through, and decoding makes nothing else. */
	if (!utf8_is_valid(s))
		return;
	if (normal_email(s, &a, &once) == VERDICT_OK)
		require(normal_email(once, &a, &twice) == VERDICT_OK && slice_equal(once, twice));
	if (normal_phone(s, SLICE("DE"), &a, &once) == VERDICT_OK)
		require(normal_phone(once, SLICE("US"), &a, &twice) == VERDICT_OK &&
			slice_equal(once, twice));
	if (normal_social(s, SLICE("x"), &a, &once) == VERDICT_OK)
		require(normal_social(once, SLICE(""), &a, &twice) == VERDICT_OK &&
			slice_equal(once, twice));
	if (normal_decimal(s, DECIMAL_AUTO, 2, &a, &once) == VERDICT_OK)
		require(normal_decimal(once, DECIMAL_AUTO, 2, &a, &twice) == VERDICT_OK &&
			slice_equal(once, twice));
	once = text_collapse(s, &a);
	require(slice_equal(once, text_collapse(once, &a)));
	once = text_key(s, &a);
	require(slice_equal(once, text_key(once, &a)));
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size), map, fields[COLUMNS];

	slice_split(&rest, '\0', &map);
	for (size_t i = 0; i < COLUMNS; i++)
		if (!slice_split(&rest, '\0', &fields[i]))
			fields[i] = SLICE("");
	/* Keyword lists are files, and those are not the fuzzer's to open. */
	for (size_t i = 0; i + 3 <= map.len; i++)
		if (slice_equal_nocase(slice_make(map.ptr + i, 3), SLICE("key")))
			return 0;
	try_map(map, fields);
	try_map(SLICE(all), fields);
	for (size_t i = 0; i < COLUMNS; i++)
		try_twice(fields[i]);
	return 0;
}
