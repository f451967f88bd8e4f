/* src/dedupe/known: the file of known identities, written, read and damaged. */
#include "dedupe/known.h"
#include "night_help.h"

#include <unistd.h>

enum { COLUMNS = 3, PEOPLE = 40 };

static const struct known_key REGISTRY = {0x1234, 56}, EARLIER = {0x1234, 55};

/* The fields of a test's identity: a number, a name of `length` letters, and a mailbox. */
struct somebody {
	char number[16], name[400], email[32];
};

static void make_person(struct somebody *p, int number, size_t length)
{
	snprintf(p->number, sizeof p->number, "%d", number);
	memset(p->name, 'a' + number % 26, length);
	p->name[length] = '\0';
	snprintf(p->email, sizeof p->email, "p%d@x.example", number);
}

/* Permissions of various ages, counts of one byte and more. */
static struct sighting seen_of(int number)
{
	static const unsigned sets[][2] = {{0, 0}, {1, 0}, {0, 15}, {9, 6}, {15, 15}};
	static struct attr_seen attrs[] = {{{"size", 4}, {"44", 2}, 0x20260101000000u, NULL},
					   {{"k;=%", 4}, {"a \"b\", c", 8}, 0, NULL}};
	const unsigned *set = sets[number % 5];
	struct sighting s = {.count = (uint64_t)number * 97, .verified = number % 2,
			     .moment = number % 3 ? 0x20260101000000u + (unsigned)number : 0};

	s.consent.yes = set[0];
	s.consent.no = set[1];
	s.attr_count = (uint32_t)number % 3;
	s.attrs = attrs;
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		s.consent.last_yes[ch] = set[0] >> ch & 1 ? ch % 2 ? s.moment : 0x20250101000000u : 0;
		s.consent.last_no[ch] = set[1] >> ch & 1 ? ch > 1 ? s.moment : 0x20240101000000u : 0;
	}
	return s;
}

static void fields_of(const struct somebody *p, struct slice fields[IDENTITY_FIELDS])
{
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		fields[f] = SLICE("");
	fields[T_SOURCE] = SLICE("crm");
	fields[T_SOURCE_ID] = slice_of(p->number);
	fields[T_LAST_NAME] = slice_of(p->name);
	fields[T_EMAIL] = slice_of(p->email);
}

static const char *more_of(const char *path)
{
	static char more[80];

	snprintf(more, sizeof more, "%s.more", path);
	return more;
}

/* Adds people first … first + n - 1 to what k knows. True when that went to FILE.more. */
static bool write_people_of(const struct known_key *registry, const char *path, const struct known *k,
			    int first, int n, struct known_change c)
{
	struct known_item items[PEOPLE] = {{0}};
	uint32_t keys[PEOPLE * COLUMNS];
	uint64_t traits[TRAIT_COUNT] = {[TRAIT_LAST] = 7};
	struct known_value values[] = {{5, 2}, {9, 3}};
	struct slice fields[IDENTITY_FIELDS];
	struct buffer text = {0};
	struct known_output o;
	struct so1_error e = {0};

	for (int i = 0; i < n; i++) {
		struct somebody p;
		make_person(&p, first + i, (size_t)(first + i) * 100 % 370);
		fields_of(&p, fields);
		items[i] = (struct known_item){.hash = 1000u + (unsigned)(first + i), .tag = (uint32_t)first,
					       .id_high = 70u + (unsigned)(first + i), .id_low = 1, .layer = 2,
					       .text = text.len};
		struct sighting seen = seen_of(first + i);
		known_put(&text, fields, &seen);
		for (int j = 0; j < COLUMNS; j++)
			keys[i * COLUMNS + j] = (uint32_t)((first + i) * 10 + j);
	}
	c.rules = SLICE("email\nname\n");
	c.columns = COLUMNS;
	c.items = items;
	c.keys = keys;
	c.count = (size_t)n;
	c.text = buffer_slice(&text);
	c.values = values;
	c.value_count = 2;
	c.known = traits;
	char next[80];
	snprintf(next, sizeof next, "%s.next", path);
	cr_assert_eq(known_output_write(&o, next, path, k, &c, registry, &e), SO1_OK, "%s", e.reason);
	cr_assert_eq(known_output_commit(&o, &e), SO1_OK);
	bool adds = o.adds;
	cr_assert_eq(rename(next, adds ? more_of(path) : path), 0);
	known_output_close(&o);
	buffer_free(&text);
	return adds;
}

static bool write_people(const char *path, const struct known *k, int first, int n, struct known_change c)
{
	return write_people_of(&REGISTRY, path, k, first, n, c);
}

static void expect_person(const struct known *k, size_t item, int number)
{
	struct slice fields[IDENTITY_FIELDS], expected[IDENTITY_FIELDS];
	struct somebody p;

	make_person(&p, number, (size_t)number * 100 % 370);
	fields_of(&p, expected);
	struct sighting seen, expected_seen = seen_of(number);
	known_read(k, item, fields, &seen);
	cr_assert_eq(seen.count, expected_seen.count);
	cr_assert_eq(seen.moment, expected_seen.moment);
	cr_assert_eq(seen.verified, expected_seen.verified);
	cr_assert_eq(seen.attr_count, expected_seen.attr_count);
	for (uint32_t i = 0; i < seen.attr_count; i++) {
		cr_assert(slice_equal(seen.attrs[i].key, expected_seen.attrs[i].key));
		cr_assert(slice_equal(seen.attrs[i].value, expected_seen.attrs[i].value));
		cr_assert_eq(seen.attrs[i].moment, expected_seen.attrs[i].moment);
	}
	cr_assert_eq(seen.consent.yes, expected_seen.consent.yes);
	cr_assert_eq(seen.consent.no, expected_seen.consent.no);
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		cr_assert_eq(seen.consent.last_yes[ch], expected_seen.consent.last_yes[ch]);
		cr_assert_eq(seen.consent.last_no[ch], expected_seen.consent.last_no[ch]);
	}
	sighting_free(&seen);
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		cr_assert(slice_equal(fields[f], expected[f]), "item %zu, field %d", item, f);
	cr_assert_eq(k->items[item].hash, 1000u + (unsigned)number);
	for (int j = 0; j < COLUMNS; j++)
		cr_assert_eq(known_keys_of(k, item)[j], (uint32_t)(number * 10 + j));
}

static char *temporary(char *path)
{
	strcpy(path, "/tmp/so1-known-XXXXXX");
	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
	unlink(path);
	return path;
}

static void open_known(struct known *k, const char *path)
{
	struct so1_error e = {0};

	cr_assert_eq(known_open(k, path, more_of(path), &REGISTRY, &e), SO1_OK, "%s", e.reason);
}

Test(known, no_file_knows_nobody)
{
	struct known k = {0};
	char path[64];

	open_known(&k, temporary(path));
	cr_assert_eq(k.count, 0);
	cr_assert_null(k.last);
	known_close(&k);
}

/* Texts of 100, 200, 300 and (mod 370) 30, 130, 230 letters: lengths of one byte and of five. */
Test(known, comes_back_as_it_was)
{
	struct known k = {0}, none = {0};
	char path[64];

	write_people(temporary(path), &none, 1, 6, (struct known_change){0});
	open_known(&k, path);
	cr_assert_eq(k.count, 6);
	cr_assert_eq(k.last->columns, COLUMNS);
	cr_assert(slice_is(k.last->rules, "email\nname\n"));
	cr_assert_eq(k.last->value_count, 2);
	cr_assert_eq(k.last->values[1].hash, 9);
	cr_assert_eq(k.last->values[1].uses, 3);
	cr_assert_eq(k.last->known[TRAIT_LAST], 7);
	for (int i = 0; i < 6; i++)
		expect_person(&k, (size_t)i, i + 1);
	known_close(&k);
	unlink(path);
}

Test(known, drops_changes_and_adds)
{
	struct known k = {0}, none = {0};
	bool dropped[5] = {[0] = true, [3] = true};
	uint32_t change_of[5] = {[2] = 1};
	struct known_item changed = {.id_high = 7777, .id_low = 0, .layer = 5};
	static const int left[] = {2, 3, 5, 6, 7};
	char path[64];

	write_people(temporary(path), &none, 1, 5, (struct known_change){0});
	open_known(&k, path);
	write_people(path, &k, 6, 2, (struct known_change){
		.dropped = dropped, .change_of = change_of, .changed = &changed});
	known_close(&k);
	open_known(&k, path);
	cr_assert_eq(k.count, 5);
	for (size_t i = 0; i < 5; i++)
		expect_person(&k, i, left[i]);
	cr_assert_eq(k.items[1].id_high, 7777);
	cr_assert_eq(k.items[1].id_low, 0);
	cr_assert_eq(k.items[1].layer, 5);
	cr_assert_eq(k.items[2].id_high, 75);
	known_close(&k);
	unlink(path);
}

/* With these bytes in `file`, or in `more` where there is that. */
static void expect_refused(const char *file, const char *more, struct slice bytes, const struct known_key *key,
			   const char *why, size_t at)
{
	struct known k = {0};
	struct so1_error e = {0};
	const char *path = more ? more : file;

	put_file(path, bytes);
	cr_assert_eq(known_open(&k, file, more, key, &e), SO1_FAILED, "at %zu", at);
	cr_assert_str_eq(e.file, path);
	cr_assert(why == NULL || strstr(e.reason, why) != NULL, "%s", e.reason);
	known_close(&k);
}

/* Every byte of the file matters, and its length. */
Test(known, damage_is_refused)
{
	struct known none = {0};
	struct known_key other = REGISTRY, later = REGISTRY;
	struct buffer b = {0}, damaged = {0};
	char path[64];

	write_people(temporary(path), &none, 1, 3, (struct known_change){0});
	get_file(path, &b);
	for (size_t i = 0; i < b.len; i++) {
		buffer_clear(&damaged);
		buffer_put_slice(&damaged, buffer_slice(&b));
		damaged.ptr[i] = (char)(damaged.ptr[i] ^ 0x10);
		expect_refused(path, NULL, buffer_slice(&damaged), &REGISTRY, NULL, i);
	}
	for (size_t len = 0; len < b.len; len += 7)
		expect_refused(path, NULL, slice_make(b.ptr, len), &REGISTRY, NULL, len);
	other.hash++;
	later.rows++;
	expect_refused(path, NULL, buffer_slice(&b), &other, "not of this registry", 0);
	expect_refused(path, NULL, buffer_slice(&b), &later, "not of this registry", 0);
	buffer_free(&b);
	buffer_free(&damaged);
	unlink(path);
}

/* Of 40 people two go, one is another customer's and three come: FILE stays. So it does when one
 * of the three goes and one more comes; then eight are others, and all is written again. */
Test(known, little_is_added)
{
	struct known k = {0}, none = {0};
	bool dropped[PEOPLE + 3] = {[0] = true, [39] = true};
	uint32_t change_of[PEOPLE] = {[2] = 1};
	struct known_item changed = {.id_high = 7777, .id_low = 0, .layer = 5};
	struct buffer before = {0}, after = {0};
	char path[64];

	cr_assert(!write_people(temporary(path), &none, 1, 40, (struct known_change){0}));
	get_file(path, &before);
	open_known(&k, path);
	cr_assert(write_people(path, &k, 41, 3, (struct known_change){
		.dropped = dropped, .change_of = change_of, .changed = &changed}));
	known_close(&k);
	open_known(&k, path);
	cr_assert_eq(k.count, 41);
	for (int i = 0; i < 38; i++)
		expect_person(&k, (size_t)i, i + 2);
	for (int i = 38; i < 41; i++)
		expect_person(&k, (size_t)i, i + 3);
	cr_assert_eq(k.items[1].id_high, 7777);
	cr_assert_eq(k.items[1].layer, 5);

	memset(dropped, 0, sizeof dropped);
	dropped[39] = true;
	cr_assert(write_people(path, &k, 44, 1, (struct known_change){.dropped = dropped}));
	known_close(&k);
	cr_assert(slice_equal(get_file(path, &after), buffer_slice(&before)), "FILE stays");
	open_known(&k, path);
	cr_assert_eq(k.count, 41);
	expect_person(&k, 0, 2);
	expect_person(&k, 38, 41);
	expect_person(&k, 39, 43);
	expect_person(&k, 40, 44);
	cr_assert_eq(k.items[1].id_high, 7777, "changed before");

	cr_assert(!write_people(path, &k, 45, 5, (struct known_change){0}));
	known_close(&k);
	open_known(&k, path);
	cr_assert_eq(k.count, 46);
	expect_person(&k, 37, 39);
	expect_person(&k, 40, 44);
	expect_person(&k, 45, 49);
	cr_assert_eq(k.items[1].id_high, 7777);
	cr_assert_null(k.part[1].bytes, "what added to another file is not looked at");
	cr_assert(!write_people(path, &k, 50, 1, (struct known_change){.rewrite = true}));
	known_close(&k);
	unlink(path);
	unlink(more_of(path));
	buffer_free(&before);
	buffer_free(&after);
}

/* Every byte of FILE.more matters as well, and FILE alone knows too little. */
Test(known, damage_of_more_is_refused)
{
	struct known k = {0}, none = {0};
	struct buffer b = {0}, damaged = {0};
	struct so1_error e = {0};
	char path[64];

	write_people_of(&EARLIER, temporary(path), &none, 1, 20, (struct known_change){0});
	const char *more = more_of(path);
	cr_assert_eq(known_open(&k, path, more, &EARLIER, &e), SO1_OK);
	cr_assert(write_people(path, &k, 21, 2, (struct known_change){0}));
	known_close(&k);
	open_known(&k, path);
	cr_assert_eq(k.count, 22);
	known_close(&k);
	get_file(more, &b);
	for (size_t i = 0; i < b.len; i++) {
		buffer_clear(&damaged);
		buffer_put_slice(&damaged, buffer_slice(&b));
		damaged.ptr[i] = (char)(damaged.ptr[i] ^ 0x10);
		expect_refused(path, more, buffer_slice(&damaged), &REGISTRY, NULL, i);
	}
	for (size_t len = 0; len < b.len; len += 7)
		expect_refused(path, more, slice_make(b.ptr, len), &REGISTRY, NULL, len);
	buffer_free(&b);
	buffer_free(&damaged);
	unlink(path);
	unlink(more);
}
