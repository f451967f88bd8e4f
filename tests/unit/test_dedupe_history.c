/* src/dedupe/registry: what must hold of ids over the years, on random histories of fifty
 * nights in which people appear, move, merge, are corrected, leave and are erased; by keys
 * alone, with probabilities under a model that is given, and the same where the nights
 * bring but what is new (recall.h), or all again. */
#include "base/memory.h"
#include "dedupe/dedupe.h"
#include "history_checks.h"

#include <sys/stat.h>
#include <unistd.h>

static void set_probable(const struct world *w, struct dedupe_options *o)
{
	/* Small blocks, so that some are too large in one night and not in the next. */
	o->match = MATCH_OPTIONS_DEFAULT;
	o->match.block_cap = 5;
	o->match.model_path = in_folder(w, "model");
	o->match.must_path = in_folder(w, "must");
	o->match.cannot_path = in_folder(w, "cannot");
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
		.limits = KEY_LIMITS_DEFAULT, .links_path = links ? in_folder(w, links) : NULL,
		.memory = 64 << 20, .threads = threads,
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
		recall_start(&recall, in_folder(w, known), threads);
		cr_assert_eq(recall_open(&recall, o.registry, &e), SO1_OK, "%s: %s", e.file, e.reason);
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
	w->carried += recall.carry.kept;
	w->more += recall.carry.part[1].count;
	w->added += recall.known.part[1].count;
	recall_close(&recall);
	if (links && (strcmp(links, "links") == 0 || strcmp(links, "links.never") == 0))
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
	snprintf(name, sizeof name, "%s.known.more", to);
	unlink(in_folder(w, name));
	if (w->additions && access(in_folder(w, "ids.known.more"), F_OK) == 0)
		copy_file(in_folder(w, "ids.known.more"), in_folder(w, name));
}

static void expect_same(const struct world *w, const char *a, const char *b, int night,
			const char *why)
{
	cr_assert(same_files(w, a, b), "seed %d, night %d: %s: %s and %s differ", (int)w->seed, night,
		  why, a, b);
}

/* The same with touchpoints of the nights before carried over (carry.h), which they are where
 * no links are wanted. */
static void run_carrying(struct world *w, int night, bool erase)
{
	static const char *const suffixes[] = {"", ".known", ".known.more"};
	char name[32], other[32];

	run(w, "in", "ids.carried", NULL, "out.carried", erase, 1 + night % 2, SHORTCUT_ALWAYS);
	expect_same(w, "out", "out.carried", night, "what was carried over shows");
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(name, sizeof name, "ids%s", suffixes[i]);
		snprintf(other, sizeof other, "ids.carried%s", suffixes[i]);
		if (i < 2 || access(in_folder(w, name), F_OK) == 0)
			expect_same(w, name, other, night, "what was carried over shows");
	}
}

/* Tonight's runs; all but the stranger's must make the same files. */
static void run_all(struct world *w, int night, bool erase)
{
	if (night > 0) {
		copy_registry(w, "ids.other", night % 2);
		copy_registry(w, "ids.with", true);
		copy_registry(w, "ids.never", false);
		copy_registry(w, "ids.carried", false);
	}
	run(w, "in.other", "ids.other", "links.other", "out.other", erase, 2, SHORTCUT_WHERE_IT_PAYS);
	run(w, "in.with", "ids.with", "links.with", "out.with", erase, 1, SHORTCUT_ALWAYS);
	if (!w->additions)
		run(w, "in", "ids.never", "links.never", "out.never", erase, 1, SHORTCUT_NEVER);
	run(w, "in", "ids", "links", "out", erase, 1, SHORTCUT_ALWAYS);
	expect_same(w, "ids", "ids.other", night, "the order of the input shows");
	expect_same(w, "links", "links.other", night, "the order of the input shows");
	expect_same(w, "out", "out.other", night, "the order of the input shows");
	if (w->additions) {
		run_carrying(w, night, erase);
		return;
	}
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
	bool erase, only_changed = night > 0 && (w->additions && !w->reread ? draw(w, 5) > 0 : draw(w, 6) == 0);

	/* Where more than a twelfth is new all who are known have to do with it. */
	for (int i = 0; i < (night == 0 ? 500 : w->reread ? 6 : 18); i++)
		one_event(w);
	for (int i = 0; w->probable && i < (night == 0 ? 400 : w->reread ? 2 : 6); i++)
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

enum history { BY_KEYS, PROBABLE, ADDITIONS, REREAD };

static void live_through(uint64_t seed, enum history history)
{
	struct world *w = xcalloc(1, sizeof *w);
	bool probable = history != BY_KEYS;

	w->seed = seed;
	w->probable = probable;
	w->additions = history >= ADDITIONS;
	w->reread = history == REREAD;
	snprintf(w->folder, sizeof w->folder, "%s/so1-history-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert_not_null(mkdtemp(w->folder));
	put_file(in_folder(w, "key"), SLICE("a key for tests, no secret"));
	write_model(w);
	for (int night = 0; night < NIGHTS; night++)
		one_night(w, night);
	rebuild(w);
	/* A history in which nothing happens would prove nothing. */
	static const uint64_t merged[] = {[BY_KEYS] = 35, [PROBABLE] = 25, [ADDITIONS] = 15, [REREAD] = 4};
	cr_assert_gt(w->merged, merged[history], "%d merged", (int)w->merged);
	cr_assert_gt(w->ids.len / ID, 60);
	cr_assert(w->additions || w->kept > 20); /* few come twice where all is new */
	cr_assert_gt(w->settled, w->additions ? 1000 : 2000, "%d identities settled", (int)w->settled);
	cr_assert(history != PROBABLE || w->compared[0] < w->compared[1]);
	cr_assert(!w->additions || w->added > 100, "%d identities in FILE.more", (int)w->added);
	cr_assert(!w->additions || (w->known > 120 && w->recalled > 1000), "%zu known, %d recalled",
		  w->known, (int)w->recalled);
	cr_assert(!w->reread || (w->carried > 300 && w->more > 5), "%d customers carried over, %d of them "
		  "others than in the file of the first night", (int)w->carried, (int)w->more);
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

Test(history, reread_1) { live_through(1, REREAD); }
Test(history, reread_2) { live_through(2, REREAD); }
Test(history, reread_3) { live_through(3, REREAD); }
Test(history, reread_4) { live_through(4, REREAD); }
Test(history, reread_5) { live_through(5, REREAD); }
Test(history, reread_6) { live_through(6, REREAD); }
