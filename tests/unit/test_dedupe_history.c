/* src/dedupe/registry: what must hold of ids over the years, on random histories of fifty
 * nights in which people appear, move, merge, are corrected, leave and are erased. */
#include "base/chance.h"
#include "base/memory.h"
#include "dedupe/dedupe.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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
	int values;              /* the last value given to anybody */
	uint64_t seed, drawn;
	char folder[64];
	struct who before, now;
	uint64_t kept;           /* ids that were checked to be kept */
	uint64_t settled;        /* identities that were not resolved again */
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

static void put_file(const char *path, struct slice text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text.ptr, 1, text.len, f), text.len);
	fclose(f);
}

/* The whole file, in b. */
static struct slice get_file(const char *path, struct buffer *b)
{
	FILE *f = fopen(path, "r");
	size_t n;

	buffer_clear(b);
	cr_assert_not_null(f, "%s", path);
	while ((n = fread(buffer_reserve(b, 1 << 16), 1, 1 << 16, f)) > 0)
		b->len += n;
	fclose(f);
	return buffer_slice(b);
}

static void copy_file(const char *from, const char *to)
{
	struct buffer b = {0};

	put_file(to, get_file(from, &b));
	buffer_free(&b);
}

/* Tonight's touchpoints, from entry `first` on and round; extra: and one of nobody else. */
static void write_input(const struct world *w, const char *path, unsigned first, bool backwards,
			bool extra, bool only_changed)
{
	struct buffer b = {0};

	buffer_put_text(&b, "source,source_id,email,phone,loyalty_id,device_id,first_name,"
			"birth_date,ts,event\n");
	if (extra)
		buffer_put_text(&b, "crm,stranger,stranger@x.example,,,,,,,contact\n");
	for (unsigned k = 0; k < RECORDS; k++) {
		unsigned i = (first + (backwards ? RECORDS - k : k)) % RECORDS;
		const struct entry *x = &w->entries[i];
		if (!x->there || (only_changed && !x->changed))
			continue;
		buffer_printf(&b, "s%u,", i % 3);
		if (x->visit) {
			buffer_printf(&b, ",,,,d%d,,,2026-01-01,view\n", x->device);
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
		if (x->person)
			buffer_printf(&b, ",P%c,19%02d-01-01,,", 'a' + x->person % 26, x->person % 90 + 10);
		else
			buffer_put_text(&b, ",,,,");
		buffer_put_text(&b, x->asks ? "erase\n" : "contact\n");
	}
	put_file(path, buffer_slice(&b));
	buffer_free(&b);
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

	cr_assert_eq(registry_open(&o.registry, &ids, &e), SO1_OK, "%s: %s", e.file, e.reason);
	cr_assert_eq(reader_open(&r, &file, 1, &(struct reader_options){.threads = 1}, &e), SO1_OK);
	cr_assert_eq(writer_open(&out, &(struct writer_options){.path = in_folder(w, customers)},
				 &e), SO1_OK);
	cr_assert_eq(dedupe_run(&o, r, out, &counts, &e), SO1_OK, "%s: %s", e.file, e.reason);
	cr_assert_eq(writer_commit(out, &e), SO1_OK);
	cr_assert_eq(registry_commit(o.registry, &e), SO1_OK);
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
	run(w, "in", "ids.never", "links.never", "out.never", erase, 1, SHORTCUT_NEVER);
	run(w, "in", "ids", "links", "out", erase, 1, SHORTCUT_ALWAYS);
	expect_same(w, "ids", "ids.never", night, "the short cut shows");
	expect_same(w, "links", "links.never", night, "the short cut shows");
	expect_same(w, "out", "out.never", night, "the short cut shows");
	expect_same(w, "changes", "changes.never", night, "the short cut shows");
	expect_same(w, "ids", "ids.other", night, "the order of the input shows");
	expect_same(w, "links", "links.other", night, "the order of the input shows");
	expect_same(w, "out", "out.other", night, "the order of the input shows");
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
	bool erase, only_changed = night > 0 && draw(w, 6) == 0;

	for (int i = 0; i < (night == 0 ? 500 : 18); i++)
		one_event(w);
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
	if (night > 0)
		check_kept(w);
	struct who past = w->before;
	w->before = w->now;
	w->now = past;
	check_strangers_change_nothing(w);
	run_again(w, night, erase);
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
		run(w, input, "ids.rebuilt", "links.rebuilt", "out", erase, 1, SHORTCUT_NEVER);
	}
	cr_assert(same_files(w, "ids", "ids.rebuilt"));
}

static void remove_folder(const struct world *w)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
	cr_assert_eq(system(command), 0);
}

static void live_through(uint64_t seed)
{
	struct world *w = xcalloc(1, sizeof *w);

	w->seed = seed;
	snprintf(w->folder, sizeof w->folder, "%s/so1-history-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert_not_null(mkdtemp(w->folder));
	put_file(in_folder(w, "key"), SLICE("a key for tests, no secret"));
	for (int night = 0; night < NIGHTS; night++)
		one_night(w, night);
	rebuild(w);
	/* A history in which nothing happens would prove nothing. */
	cr_assert_gt(w->merged, 35, "%d merged", (int)w->merged);
	cr_assert_gt(w->ids.len / ID, 60);
	cr_assert_gt(w->kept, 20);
	cr_assert_gt(w->settled, 2000, "%d identities settled", (int)w->settled);
	buffer_free(&w->before.unnamed);
	buffer_free(&w->now.unnamed);
	buffer_free(&w->ids);
	remove_folder(w);
	free(w);
}

Test(history, seed_1) { live_through(1); }
Test(history, seed_2) { live_through(2); }
Test(history, seed_3) { live_through(3); }
Test(history, seed_4) { live_through(4); }
Test(history, seed_5) { live_through(5); }
Test(history, seed_6) { live_through(6); }
