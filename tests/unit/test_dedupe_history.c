/* src/dedupe/registry: what must hold of ids over the years, on random histories of fifty
 * nights in which people appear, move, merge, are corrected, leave and are erased; by keys
 * alone, with probabilities under a model that is given, and the same where the nights
 * bring but what is new (recall.h). */
#include "base/chance.h"
#include "base/memory.h"
#include "dedupe/dedupe.h"
#include "night_help.h"

#include <sys/stat.h>
#include <unistd.h>

enum { NIGHTS = 50, RECORDS = 160, ID = CUSTOMER_ID_LENGTH };

/* A record of a source; what is 0 it does not say. */
struct entry {
	bool there, named; /* named: it has a source_id */
	bool asks;         /* it is itself a request to erase */
	bool visit;        /* the device alone */
	bool changed;      /* since the night before */
	int email, card, phone, device, person; /* person: a first name and a birth date */
	int family, spelling; /* with probabilities: surname and address; how the name is spelt */
};

/* Who was whom in one night: the id of each record that has a source_id, "" for those
 * that are not there, and the ids of the records that have none. */
struct who {
	char id[RECORDS][ID + 1];
	struct buffer unnamed;
};

struct world {
	struct entry entries[RECORDS];
	bool forgotten[RECORDS]; /* asked for erasure at some time */
	bool erased_before[RECORDS]; /* of these, before tonight */
	int values;              /* the last value given to anybody */
	uint64_t seed, drawn;
	bool probable;           /* with a model */
	bool additions;          /* nights bring what is new; the rest is in a known file */
	size_t known;            /* identities in the file of the last run */
	uint64_t recalled;       /* identities that joined an input */
	char folder[64];
	struct who before, now;
	size_t customers;        /* in the registry */
	uint64_t kept;           /* ids that were checked to be kept */
	uint64_t settled;        /* identities that were not resolved again */
	uint64_t compared[2];    /* pairs in all nights, with the short cut, and without */
	uint64_t merged;         /* customers absorbed in all runs */
	uint64_t erased;         /* customers that the last run erased */
	struct buffer ids;       /* all that were ever seen, ID bytes each */
};

static unsigned draw(struct world *w, unsigned n)
{
	return (unsigned)(chance_mix(w->seed + ++w->drawn * UINT64_C(0x9e3779b97f4a7c15)) % n);
}

static const char *in_folder(const struct world *w, const char *name)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s", w->folder, name);
	return path;
}

static void copy_file(const char *from, const char *to)
{
	struct buffer b = {0};

	put_file(to, get_file(from, &b));
	buffer_free(&b);
}

/* Few names and places, some of them common, so that pairs are near the cut and rarities
 * move from night to night. */
static void put_person(const struct entry *x, struct buffer *b)
{
	static const char *const firsts[] = {"Anna", "Bernd", "Clara", "Dieter", "Emma", "Friedrich",
					     "Greta", "Heinrich", "Ida", "Johann", "Katharina", "Ludwig"};
	static const char *const lasts[] = {"Meyer", "Schulze", "Lindqvist", "Okonkwo", "Baumgartner",
					    "Ferrari", "Novak", "Zimmermann", "Quandt"};
	const char *first = firsts[x->person % 12];
	int length = (int)strlen(first);

	if (x->person)
		buffer_printf(b, ",%.*s%s,19%02d-%02d-%02d", x->spelling == 1 ? length - 1 : length, first,
			      x->spelling == 2 ? "h" : "", x->person % 30 + 50, x->person % 12 + 1,
			      x->person % 28 + 1);
	else
		buffer_put_text(b, ",,");
	if (x->family)
		buffer_printf(b, ",%s%s,Lange Gasse %d,%05d", lasts[x->family % 9], x->spelling == 3 ? "s" : "",
			      x->family % 5 + 1, 10000 + x->family % 7 * 1111);
	else
		buffer_put_text(b, ",,,");
	buffer_put_text(b, ",,");
}

/* Tonight's touchpoints, from entry `first` on and round; extra: and one of nobody else. */
static void write_input(const struct world *w, const char *path, unsigned first, bool backwards,
			bool extra, bool only_changed)
{
	struct buffer b = {0};

	buffer_printf(&b, "source,source_id,email,phone,loyalty_id,device_id,first_name,"
			"birth_date%s,ts,event\n", w->probable ? ",last_name,street,postcode" : "");
	if (extra)
		buffer_printf(&b, "crm,stranger,stranger@x.example,,,,,%s,,contact\n",
			      w->probable ? ",,," : "");
	for (unsigned k = 0; k < RECORDS; k++) {
		unsigned i = (first + (backwards ? RECORDS - k : k)) % RECORDS;
		const struct entry *x = &w->entries[i];
		if (!x->there || (only_changed && !x->changed))
			continue;
		buffer_printf(&b, "s%u,", i % 3);
		if (x->visit) {
			buffer_printf(&b, ",,,,d%d,,%s,2026-01-01,view\n", x->device,
				      w->probable ? ",,," : "");
			continue;
		}
		if (x->named)
			buffer_printf(&b, "r%u", i);
		buffer_put_byte(&b, ',');
		if (x->email)
			buffer_printf(&b, "e%d@x.example", x->email);
		buffer_put_byte(&b, ',');
		if (x->phone)
			buffer_printf(&b, "+49301%06d", x->phone);
		buffer_put_byte(&b, ',');
		if (x->card)
			buffer_printf(&b, "c%d", x->card);
		buffer_put_byte(&b, ',');
		if (x->device)
			buffer_printf(&b, "d%d", x->device);
		if (w->probable)
			put_person(x, &b);
		else if (x->person)
			buffer_printf(&b, ",P%c,19%02d-01-01,,", 'a' + x->person % 26, x->person % 90 + 10);
		else
			buffer_put_text(&b, ",,,,");
		buffer_put_text(&b, x->asks ? "erase\n" : "contact\n");
	}
	put_file(path, buffer_slice(&b));
	buffer_free(&b);
}

static void set_probable(const struct world *w, struct dedupe_options *o)
{
	/* Small blocks, so that some are too large in one night and not in the next. */
	o->match = MATCH_OPTIONS_DEFAULT;
	o->match.block_cap = 5;
	o->match.model_path = in_folder(w, "model");
	o->match.must_path = in_folder(w, "must");
	o->match.cannot_path = in_folder(w, "cannot");
}

static bool has_value(const struct known *k, size_t item, uint64_t hash)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting seen;
	struct buffer folded = {0};
	bool has = false;

	known_read(k, item, fields, &seen);
	sighting_free(&seen);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		buffer_clear(&folded);
		trait_fold((enum trait)c, fields[trait_field[c]], &folded);
		has |= folded.len > 0 && slice_hash(buffer_slice(&folded), (uint64_t)c) == hash;
	}
	buffer_free(&folded);
	return has;
}

/* Of somebody erased not even the hash of a value stays that others do not have. */
static void check_values_are_somebodys(const struct known *k)
{
	for (size_t v = 0; v < k->value_count; v++) {
		size_t item = 0;
		while (item < k->count && !has_value(k, item, k->values[v].hash))
			item++;
		cr_assert_lt(item, k->count);
	}
}

/* Nobody who was forgotten is in the file. */
static void check_recalls_nobody_erased(struct world *w, const struct recall *r)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting seen;

	for (size_t i = 0; i < r->known.count; i++) {
		known_read(&r->known, i, fields, &seen);
		sighting_free(&seen);
		if (fields[T_SOURCE_ID].len < 2 || fields[T_SOURCE_ID].ptr[0] != 'r')
			continue;
		char number[8] = "";
		memcpy(number, fields[T_SOURCE_ID].ptr + 1, fields[T_SOURCE_ID].len - 1);
		cr_assert_not(w->erased_before[atoi(number)], "r%s", number);
	}
	w->known = r->known.count;
	check_values_are_somebodys(&r->known);
}

/* One run of the tool: registry, links and customers in the folder, by these names. */
static void run(struct world *w, const char *input, const char *registry, const char *links,
		const char *customers, bool erase, int threads, enum registry_shortcut shortcut)
{
	struct so1_error e = {0};
	struct dedupe_counts counts = {0};
	struct reader *r = NULL;
	struct writer *out = NULL;
	struct registry_options ids = {
		.path = in_folder(w, registry), .key_path = in_folder(w, "key"),
		.changes_path = in_folder(w, shortcut == SHORTCUT_NEVER ? "changes.never" : "changes"),
		.shortcut = shortcut,
		.erase_path = erase ? in_folder(w, "erase") : NULL,
	};
	struct dedupe_options o = {
		.limits = KEY_LIMITS_DEFAULT, .links_path = in_folder(w, links), .memory = 64 << 20,
		.threads = threads,
	};
	const char *file = in_folder(w, input);
	struct recall recall = {0};
	char known[32];

	if (w->probable)
		set_probable(w, &o);
	cr_assert_eq(registry_open(&o.registry, &ids, &e), SO1_OK, "%s: %s", e.file, e.reason);
	if (w->additions) {
		o.recall = &recall;
		snprintf(known, sizeof known, "%s.known", registry);
		cr_assert_eq(recall_open(&recall, in_folder(w, known), o.registry, &e), SO1_OK, "%s: %s",
			     e.file, e.reason);
		check_recalls_nobody_erased(w, &recall);
	}
	cr_assert_eq(reader_open(&r, &file, 1, &(struct reader_options){.threads = 1}, &e), SO1_OK);
	cr_assert_eq(writer_open(&out, &(struct writer_options){.path = in_folder(w, customers)},
				 &e), SO1_OK);
	cr_assert_eq(dedupe_run(&o, r, out, &counts, &e), SO1_OK, "%s: %s", e.file, e.reason);
	cr_assert_eq(writer_commit(out, &e), SO1_OK);
	cr_assert_eq(recall_commit(&recall, &e), SO1_OK);
	cr_assert_eq(registry_commit(o.registry, &e), SO1_OK);
	recall_finish(&recall);
	w->recalled += recall.count;
	recall_close(&recall);
	if (strcmp(links, "links") == 0 || strcmp(links, "links.never") == 0)
		w->compared[shortcut == SHORTCUT_NEVER] += figure(&counts.notes, "pairs compared: ");
	buffer_free(&counts.notes);
	writer_free(out);
	reader_close(r);
	w->settled += o.registry->settled_count;
	w->erased = o.registry->erased_customers;
	w->merged += o.registry->merged_count;
	registry_close(o.registry);
}

static bool same_files(const struct world *w, const char *a, const char *b)
{
	struct buffer x = {0}, y = {0};
	bool same = slice_equal(get_file(in_folder(w, a), &x), get_file(in_folder(w, b), &y));

	buffer_free(&x);
	buffer_free(&y);
	return same;
}

static void one_event(struct world *w)
{
	struct entry *a = &w->entries[draw(w, RECORDS)], *b = &w->entries[draw(w, RECORDS)];

	a->changed = true;
	switch (draw(w, 10)) {
	case 0: case 1: /* appears, perhaps with somebody's address and device */
		if (a->there || a->email || a->visit)
			break;
		*a = (struct entry){.there = true, .named = draw(w, 4) > 0, .phone = ++w->values,
				    .changed = true};
		a->email = b->there && b->email && draw(w, 3) == 0 ? b->email : ++w->values;
		a->person = draw(w, 2) ? ++w->values : 0;
		a->device = draw(w, 2) ? 1 + (int)draw(w, 40) : 0;
		break;
	case 8: /* a visit without a name */
		if (!a->there && !a->email)
			*a = (struct entry){.there = true, .visit = true, .changed = true,
					    .device = 1 + (int)draw(w, 60)};
		break;
	case 9: /* another device; or a visitor never seen again */
		if (a->visit)
			a->there = false;
		else
			a->device = a->device ? 0 : 1 + (int)draw(w, 40);
		break;
	case 2: /* moves to another address */
		a->email = a->email ? ++w->values : 0;
		break;
	case 3: case 4: /* two turn out to be one */
		b->changed = true;
		if (a->there && b->there && !a->visit && !b->visit)
			a->card = b->card = b->card ? b->card : ++w->values;
		break;
	case 5: /* that was a mistake */
		a->card = 0;
		break;
	case 6: /* leaves, or comes back */
		a->there = a->email && !a->there;
		break;
	default: /* changes number and address at once */
		if (a->email) {
			a->email = ++w->values;
			a->phone = ++w->values;
		}
	}
}

/* What only probabilities see. */
static void one_resemblance(struct world *w)
{
	struct entry *a = &w->entries[draw(w, RECORDS)], *b = &w->entries[draw(w, RECORDS)];
	unsigned x = draw(w, 24), y = draw(w, 24);

	/* A file of additions keeps what a record said before: one that becomes another person's
	 * would be two people's. */
	if (a->visit || b->visit || (w->additions && a->person))
		return;
	a->changed = true;
	switch (draw(w, 6)) {
	case 0: case 1: /* another record of somebody who is there, spelt in some way */
		b->person = b->person ? b->person : ++w->values;
		b->changed = true;
		a->person = b->person;
		a->family = b->family;
		a->spelling = (int)draw(w, 4);
		break;
	case 2: /* moves, marries; some names are common */
		a->family = 1 + (int)(x < y ? x : y);
		break;
	case 3: /* is corrected */
		a->spelling = 0;
		break;
	case 4: /* a brother or sister of somebody */
		a->person = ++w->values;
		a->family = b->family;
		break;
	default:
		a->family = a->family ? a->family : 1 + (int)(x < y ? x : y);
	}
}

/* Once in a while somebody who is named asks to be forgotten, by letter or by an event.
 * False: no letter tonight. */
static bool write_requests(struct world *w)
{
	unsigned i = draw(w, RECORDS), how = draw(w, 8);
	char text[64];

	if (how > 1 || !w->entries[i].there || !w->entries[i].named)
		return false;
	w->forgotten[i] = true;
	w->entries[i].changed = true;
	w->entries[i].asks = how == 1;
	int n = snprintf(text, sizeof text, "source_id:s%u:r%u\n", i % 3, i);
	put_file(in_folder(w, "erase"), slice_make(text, (size_t)n));
	return how == 0;
}

static bool has_id(const struct buffer *ids, const char *id)
{
	for (size_t i = 0; i + ID <= ids->len; i += ID)
		if (memcmp(ids->ptr + i, id, ID) == 0)
			return true;
	return false;
}

/* The fields of a line, at most four. */
static void split4(struct slice line, struct slice f[4])
{
	for (int i = 0; i < 4; i++)
		if (!slice_split(&line, ',', &f[i]))
			f[i] = SLICE("");
}

/* What is new was never there before. */
static void check_never_reused(struct world *w)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "changes"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (!slice_is(f[0], "new") && !slice_is(f[0], "split"))
			continue;
		cr_assert_not(has_id(&w->ids, f[1].ptr), "%.*s again", SLICE_ARGS(f[1]));
		buffer_put(&w->ids, f[1].ptr, ID);
	}
	buffer_free(&b);
}

/* Customers come and go by what is told of them, and not otherwise. */
static void check_nobody_is_lost(struct world *w, size_t customers)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "changes"), &b), line, f[4];
	size_t expected = w->customers;

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		expected += slice_is(f[0], "new") || slice_is(f[0], "split");
		expected -= slice_is(f[0], "merged") || slice_is(f[0], "erased");
	}
	cr_assert_eq(customers, expected, "%zu customers, not %zu", customers, expected);
	w->customers = customers;
	buffer_free(&b);
}

/* Every id of a line, redirects included, is a customer. */
static void check_resolves(struct world *w)
{
	struct buffer b = {0}, customers = {0};
	struct slice rest = get_file(in_folder(w, "ids"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (slice_is(f[2], "customer")) {
			cr_assert(slice_equal(f[0], f[1]));
			buffer_put(&customers, f[0].ptr, ID);
		} else if (f[1].len == ID) {
			cr_assert(has_id(&customers, f[1].ptr), "%.*s", SLICE_ARGS(line));
		}
	}
	check_nobody_is_lost(w, customers.len / ID);
	buffer_free(&b);
	buffer_free(&customers);
}

/* Nobody who is forgotten has a line among the links. */
static void check_forgotten(const struct world *w)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "links"), &b), line, f[4];

	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (f[0].len != ID || f[2].len < 2 || f[2].ptr[0] != 'r')
			continue;
		cr_assert_not(w->forgotten[atoi(f[2].ptr + 1)], "%.*s", SLICE_ARGS(line));
	}
	buffer_free(&b);
}

/* The links but for those of the stranger. */
static void check_strangers_change_nothing(const struct world *w)
{
	struct buffer a = {0}, b = {0}, without = {0};
	struct slice rest = get_file(in_folder(w, "links.with"), &b), line;

	while (slice_split(&rest, '\n', &line)) {
		if (line.len == 0 || memmem(line.ptr, line.len, "stranger", 8))
			continue;
		buffer_put_slice(&without, line);
		buffer_put_byte(&without, '\n');
	}
	cr_assert(slice_equal(buffer_slice(&without), get_file(in_folder(w, "links"), &a)));
	buffer_free(&a);
	buffer_free(&b);
	buffer_free(&without);
}

static void read_who(const struct world *w, struct who *who)
{
	struct buffer b = {0};
	struct slice rest = get_file(in_folder(w, "links"), &b), line, f[4];

	memset(who->id, 0, sizeof who->id);
	buffer_clear(&who->unnamed);
	slice_split(&rest, '\n', &line);
	while (slice_split(&rest, '\n', &line)) {
		split4(line, f);
		if (f[0].len == ID && f[2].len == 0)
			buffer_put(&who->unnamed, f[0].ptr, ID);
		else if (f[0].len == ID)
			memcpy(who->id[atoi(f[2].ptr + 1)], f[0].ptr, ID);
	}
	buffer_free(&b);
}

/* A customer who has the same records as the night before has the same id, whatever
 * happened around: by hand, from the rule that most records decide. Records that were
 * away the night before may be known from earlier ones; fewer of them than the customer
 * has cannot outvote it. */
static void check_kept(struct world *w)
{
	int back = 0;

	for (int i = 0; i < RECORDS; i++)
		back += w->now.id[i][0] && !w->before.id[i][0];
	for (int i = 0; i < RECORDS; i++) {
		const char *was = w->before.id[i], *is = w->now.id[i];
		bool same = true;
		int size = 0;
		for (int k = 0; k < RECORDS; k++) {
			bool then = w->before.id[k][0] && memcmp(w->before.id[k], was, ID) == 0;
			bool now = w->now.id[k][0] && memcmp(w->now.id[k], is, ID) == 0;
			same &= then == now;
			size += now;
		}
		if (!*was || !*is || !same || size <= back || has_id(&w->before.unnamed, was) ||
		    has_id(&w->now.unnamed, is))
			continue;
		cr_assert_str_eq(was, is);
		w->kept++;
	}
}

static void copy_registry(const struct world *w, const char *to, bool prints)
{
	char name[32];

	snprintf(name, sizeof name, "%s.prints", to);
	copy_file(in_folder(w, "ids"), in_folder(w, to));
	unlink(in_folder(w, name));
	if (prints && access(in_folder(w, "ids.prints"), F_OK) == 0)
		copy_file(in_folder(w, "ids.prints"), in_folder(w, name));
	snprintf(name, sizeof name, "%s.known", to);
	if (w->additions)
		copy_file(in_folder(w, "ids.known"), in_folder(w, name));
}

static void expect_same(const struct world *w, const char *a, const char *b, int night,
			const char *why)
{
	cr_assert(same_files(w, a, b), "seed %d, night %d: %s: %s and %s differ", (int)w->seed, night,
		  why, a, b);
}

/* Tonight's runs; all but the stranger's must make the same files. */
static void run_all(struct world *w, int night, bool erase)
{
	if (night > 0) {
		copy_registry(w, "ids.other", night % 2);
		copy_registry(w, "ids.with", true);
		copy_registry(w, "ids.never", false);
	}
	run(w, "in.other", "ids.other", "links.other", "out.other", erase, 2, SHORTCUT_WHERE_IT_PAYS);
	run(w, "in.with", "ids.with", "links.with", "out.with", erase, 1, SHORTCUT_ALWAYS);
	if (!w->additions)
		run(w, "in", "ids.never", "links.never", "out.never", erase, 1, SHORTCUT_NEVER);
	run(w, "in", "ids", "links", "out", erase, 1, SHORTCUT_ALWAYS);
	expect_same(w, "ids", "ids.other", night, "the order of the input shows");
	expect_same(w, "links", "links.other", night, "the order of the input shows");
	expect_same(w, "out", "out.other", night, "the order of the input shows");
	if (w->additions)
		return;
	expect_same(w, "ids", "ids.never", night, "the short cut shows");
	expect_same(w, "links", "links.never", night, "the short cut shows");
	expect_same(w, "out", "out.never", night, "the short cut shows");
	expect_same(w, "changes", "changes.never", night, "the short cut shows");
}

/* Where somebody was erased the run repeated is one without them, who may have shared a
 * value with others: it may change something, and only once. */
static void run_again(struct world *w, int night, bool erase)
{
	bool erased = w->erased > 0;

	copy_registry(w, "ids.again", true);
	run(w, "in", "ids.again", "links.again", "out.again", erase, 1, SHORTCUT_ALWAYS);
	if (erased) {
		copy_file(in_folder(w, "ids.again"), in_folder(w, "ids.once"));
		copy_file(in_folder(w, "out.again"), in_folder(w, "out.once"));
		run(w, "in", "ids.again", "links.again", "out.again", erase, 1, SHORTCUT_ALWAYS);
	}
	expect_same(w, erased ? "ids.once" : "ids", "ids.again", night, "a run repeated");
	expect_same(w, erased ? "out.once" : "out", "out.again", night, "a run repeated");
}

static void one_night(struct world *w, int night)
{
	char name[24];
	bool erase, only_changed = night > 0 && (w->additions ? draw(w, 5) > 0 : draw(w, 6) == 0);

	for (int i = 0; i < (night == 0 ? 500 : 18); i++)
		one_event(w);
	for (int i = 0; w->probable && i < (night == 0 ? 400 : 6); i++)
		one_resemblance(w);
	erase = write_requests(w);
	write_input(w, in_folder(w, "in"), 0, false, false, only_changed);
	write_input(w, in_folder(w, "in.other"), draw(w, RECORDS), true, false, only_changed);
	write_input(w, in_folder(w, "in.with"), 0, false, true, only_changed);
	for (int i = 0; i < RECORDS; i++)
		w->entries[i].changed = false;
	run_all(w, night, erase);
	check_never_reused(w);
	check_resolves(w);
	check_forgotten(w);
	read_who(w, &w->now);
	if (night > 0 && !w->additions) /* the rest of a customer may be but known */
		check_kept(w);
	struct who past = w->before;
	w->before = w->now;
	w->now = past;
	if (!w->probable) /* how rare a value is depends on strangers */
		check_strangers_change_nothing(w);
	run_again(w, night, erase);
	memcpy(w->erased_before, w->forgotten, sizeof w->forgotten);
	/* Kept for the rebuild. */
	snprintf(name, sizeof name, "in.%d", night);
	copy_file(in_folder(w, "in.other"), in_folder(w, name));
	snprintf(name, sizeof name, "erase.%d", night);
	if (erase)
		copy_file(in_folder(w, "erase"), in_folder(w, name));
}

/* The same nights once more from nothing. */
static void rebuild(struct world *w)
{
	char input[24], request[24];

	for (int night = 0; night < NIGHTS; night++) {
		snprintf(input, sizeof input, "in.%d", night);
		snprintf(request, sizeof request, "erase.%d", night);
		bool erase = access(in_folder(w, request), F_OK) == 0;
		if (erase)
			copy_file(in_folder(w, request), in_folder(w, "erase"));
		memset(w->erased_before, 0, sizeof w->erased_before);
		run(w, input, "ids.rebuilt", "links.rebuilt", "out", erase, 1,
		    w->additions ? SHORTCUT_ALWAYS : SHORTCUT_NEVER);
	}
	cr_assert(same_files(w, "ids", "ids.rebuilt"));
}

static void remove_folder(const struct world *w)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
	cr_assert_eq(system(command), 0);
}

/* One person may well have two addresses and numbers. The rest is as the built-in priors say. */
static void write_model(const struct world *w)
{
	put_file(in_folder(w, "model"), SLICE("comparison,level,m,u\nprior,match,.02,\n"
					      "prior,household,.02,\nprior,records_per_person,1.3,\n"
					      "email,different,.8,.9\nphone,typo,.1,.1\n"
					      "phone,different,.8,.9\nloyalty_id,different,.5,.9\n"));
	put_file(in_folder(w, "must"), SLICE("source,source_id,other_source,other_source_id\n"
					     "s0,r9,s1,r61\ns2,r20,s0,r60\ns1,r100,s1,r7\n"));
	put_file(in_folder(w, "cannot"), SLICE("source,source_id,other_source,other_source_id\n"
					       "s0,r30,s1,r31\ns2,r32,s0,r33\n"));
}

enum history { BY_KEYS, PROBABLE, ADDITIONS };

static void live_through(uint64_t seed, enum history history)
{
	struct world *w = xcalloc(1, sizeof *w);
	bool probable = history != BY_KEYS;

	w->seed = seed;
	w->probable = probable;
	w->additions = history == ADDITIONS;
	snprintf(w->folder, sizeof w->folder, "%s/so1-history-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert_not_null(mkdtemp(w->folder));
	put_file(in_folder(w, "key"), SLICE("a key for tests, no secret"));
	write_model(w);
	for (int night = 0; night < NIGHTS; night++)
		one_night(w, night);
	rebuild(w);
	/* A history in which nothing happens would prove nothing. */
	cr_assert_gt(w->merged, history == ADDITIONS ? 15 : probable ? 25 : 35, "%d merged", (int)w->merged);
	cr_assert_gt(w->ids.len / ID, 60);
	cr_assert(history == ADDITIONS || w->kept > 20); /* few come twice where all is new */
	cr_assert_gt(w->settled, history == ADDITIONS ? 1000 : 2000, "%d identities settled", (int)w->settled);
	cr_assert(history != PROBABLE || w->compared[0] < w->compared[1]);
	cr_assert(history != ADDITIONS || (w->known > 120 && w->recalled > 1000), "%zu known, %d recalled",
		  w->known, (int)w->recalled);
	buffer_free(&w->before.unnamed);
	buffer_free(&w->now.unnamed);
	buffer_free(&w->ids);
	remove_folder(w);
	free(w);
}

Test(history, seed_1) { live_through(1, BY_KEYS); }
Test(history, seed_2) { live_through(2, BY_KEYS); }
Test(history, seed_3) { live_through(3, BY_KEYS); }
Test(history, seed_4) { live_through(4, BY_KEYS); }
Test(history, seed_5) { live_through(5, BY_KEYS); }
Test(history, seed_6) { live_through(6, BY_KEYS); }

Test(history, probable_1) { live_through(1, PROBABLE); }
Test(history, probable_2) { live_through(2, PROBABLE); }
Test(history, probable_3) { live_through(3, PROBABLE); }
Test(history, probable_4) { live_through(4, PROBABLE); }
Test(history, probable_5) { live_through(5, PROBABLE); }
Test(history, probable_6) { live_through(6, PROBABLE); }

Test(history, additions_1) { live_through(1, ADDITIONS); }
Test(history, additions_2) { live_through(2, ADDITIONS); }
Test(history, additions_3) { live_through(3, ADDITIONS); }
Test(history, additions_4) { live_through(4, ADDITIONS); }
Test(history, additions_5) { live_through(5, ADDITIONS); }
Test(history, additions_6) { live_through(6, ADDITIONS); }
