/* src/dedupe/registry: a run that dies at any moment leaves the old registry or the new
 * one, and once the new one is there all output that goes with it is.
 *
 * Every call by which a run changes a file is a moment: crash_help.h
 * ends the process before the nth. */
#include "base/memory.h"
#include "dedupe/dedupe.h"
#include "tests/unit/crash_help.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOMENTS_LEAST = 15, MOMENTS_MOST = 500 };

/* The files of a night: all of its output, the registry last. */
static const char *const names[] = {"out", "links", "changes", "receipt", "ids"};
enum { FILES = sizeof names / sizeof *names, REGISTRY = FILES - 1 };

static char folder[64];
static size_t known_after;
static bool additions; /* with a file of known people, which goes with the registry */
static bool rereads;   /* as well, but the second night brings the first one's again */
static int deaths;     /* of a second run */

static const char *in_folder(const char *name)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void put_file(const char *name, struct slice text)
{
	FILE *f = fopen(in_folder(name), "w");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text.ptr, 1, text.len, f), text.len);
	fclose(f);
}

static void get_file(const char *name, struct buffer *b)
{
	FILE *f = fopen(in_folder(name), "r");

	buffer_clear(b);
	cr_assert_not_null(f, "%s", name);
	b->len += fread(buffer_reserve(b, 1 << 16), 1, 1 << 16, f);
	fclose(f);
}

/* The first night; then Ann has another address, Bob and Cid are one, Dan is new and Eve
 * wants to be forgotten. */
static const char night1[] =
	"source,source_id,email,loyalty_id,ts,event\n"
	"crm,1,ann@x.example,,2026-01-01T00:00:00Z,contact\n"
	"shop,,ann@x.example,,2026-01-02T00:00:00Z,purchase\n"
	"crm,2,bob@x.example,,2026-01-01T00:00:00Z,contact\n"
	"crm,3,cid@x.example,,2026-01-01T00:00:00Z,contact\n"
	"crm,5,eve@x.example,,2026-01-01T00:00:00Z,contact\n";
static const char night2[] =
	"source,source_id,email,loyalty_id,ts,event\n"
	"crm,1,ann@new.example,,2026-01-01T00:00:00Z,contact\n"
	"shop,,ann@x.example,,2026-01-02T00:00:00Z,purchase\n"
	"crm,2,bob@x.example,c1,2026-01-01T00:00:00Z,contact\n"
	"crm,3,cid@x.example,c1,2026-01-01T00:00:00Z,contact\n"
	"crm,4,dan@x.example,,2026-01-01T00:00:00Z,contact\n"
	"crm,5,eve@x.example,,2026-01-01T00:00:00Z,contact\n";

static void set_additions(struct dedupe_options *o, struct recall *recall)
{
	o->match = MATCH_OPTIONS_DEFAULT;
	o->match.model_path = in_folder("model");
	if (rereads)
		o->links_path = NULL;
	o->recall = recall;
	recall_start(recall, in_folder("people"), 1);
}

/* A night, and of people of whom nothing changes so many that it is little that does. */
static void put_night(const char *name, const char *night)
{
	struct buffer b = {0};

	buffer_put_text(&b, night);
	for (int i = 0; i < 60 && (rereads || strcmp(name, "night1") == 0); i++)
		buffer_printf(&b, "still,%d,still%d@x.example,,2026-01-01T00:00:00Z,contact\n", i, i);
	put_file(name, buffer_slice(&b));
	buffer_free(&b);
}

/* As cmd/so1-dedupe.c does it. */
static enum so1_status run(const char *input, bool erase, struct so1_error *e)
{
	struct dedupe_counts counts = {0};
	struct reader *r = NULL;
	struct writer *out = NULL;
	struct registry_options ids = {
		.path = in_folder("ids"), .key_path = in_folder("key"),
		.changes_path = in_folder("changes"), .receipt_path = in_folder("receipt"),
		.erase_path = erase ? in_folder("forget") : NULL,
	};
	struct dedupe_options o = {
		.limits = KEY_LIMITS_DEFAULT, .links_path = in_folder("links"), .memory = 64 << 20,
		.threads = 1,
	};
	const char *file = in_folder(input);
	struct recall recall = {0};

	if (additions)
		set_additions(&o, &recall);
	if (registry_open(&o.registry, &ids, e) == SO1_OK &&
	    (!additions || recall_open(&recall, o.registry, e) == SO1_OK) &&
	    reader_open(&r, &file, 1, &(struct reader_options){.threads = 1}, e) == SO1_OK &&
	    writer_open(&out, &(struct writer_options){.path = in_folder("out")}, e) == SO1_OK &&
	    dedupe_run(&o, r, out, &counts, e) == SO1_OK && writer_commit(out, e) == SO1_OK &&
	    recall_commit(&recall, e) == SO1_OK && registry_commit(o.registry, e) == SO1_OK)
		recall_finish(&recall);
	recall_close(&recall);
	buffer_free(&counts.notes);
	writer_free(out);
	reader_close(r);
	registry_close(o.registry);
	return e->status;
}

/* A night in a process of its own that dies at its nth moment. False: it lived through. */
static bool dies_at(int moment, bool erase)
{
	int status = 0;
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0) {
		struct so1_error e = {0};
		atomic_store(&moments_left, moment);
		_exit(run("night2", erase, &e) == SO1_OK ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	cr_assert(WEXITSTATUS(status) == DIED || WEXITSTATUS(status) == 0, "%d", WEXITSTATUS(status));
	return WEXITSTATUS(status) == DIED;
}

/* In the folder. */
static void shell(const char *what)
{
	char command[256];

	snprintf(command, sizeof command, "cd '%s' && %s", folder, what);
	cr_assert_eq(system(command), 0, "%s", command);
}

static void set_back(const struct buffer *before, const struct buffer *prints)
{
	shell("rm -f ids.* *.so1-* people people.*");
	if (additions)
		shell("cp first.people people && cp first.people.rows people.rows");
	for (int f = 0; f < FILES; f++)
		put_file(names[f], buffer_slice(&before[f]));
	if (prints->len)
		put_file("ids.prints", buffer_slice(prints));
}

static void remember(struct buffer *files)
{
	for (int f = 0; f < FILES; f++)
		get_file(names[f], &files[f]);
}

/* How many identities the file knows that goes with the registry that is there. */
static size_t count_known(void)
{
	struct registry_options ids = {.path = in_folder("ids"), .key_path = in_folder("key")};
	struct registry *registry = NULL;
	struct recall recall = {0};
	struct so1_error e = {0};

	cr_assert_eq(registry_open(&registry, &ids, &e), SO1_OK, "%s", e.reason);
	recall_start(&recall, in_folder("people"), 1);
	cr_assert_eq(recall_open(&recall, registry, &e), SO1_OK, "%s", e.reason);
	size_t n = recall.known.count;
	recall_close(&recall);
	registry_close(registry);
	return n;
}

/* The registry is new, and what goes with it waits for its name. The next run dies as well, and
 * there is still what goes with the registry. */
static void die_again(void)
{
	shell("cp -r . \"$PWD.kept\"");
	for (int moment = 1; dies_at(moment, access(in_folder("forget"), F_OK) == 0); moment++) {
		cr_assert_lt(moment, MOMENTS_MOST);
		count_known();
		shell("rm -rf ./* && cp -r \"$PWD.kept\"/. .");
	}
	shell("rm -rf ./* && cp -r \"$PWD.kept\"/. . && rm -rf \"$PWD.kept\"");
	deaths++;
}

/* What is there after a death: each file old or new; with the new registry all new. */
static void check_whole(const struct buffer *before, const struct buffer *after, int moment)
{
	struct buffer now[FILES] = {{0}};
	bool done;

	remember(now);
	done = slice_equal(buffer_slice(&now[REGISTRY]), buffer_slice(&after[REGISTRY]));
	for (int f = 0; f < FILES; f++) {
		bool is_new = slice_equal(buffer_slice(&now[f]), buffer_slice(&after[f]));
		bool is_old = slice_equal(buffer_slice(&now[f]), buffer_slice(&before[f]));
		cr_assert(is_new || (is_old && !done), "moment %d: %s", moment, names[f]);
		buffer_free(&now[f]);
	}
	if (additions)
		cr_assert_eq(count_known() == known_after, done, "moment %d", moment);
	if (additions && done && access(in_folder("people.next"), F_OK) == 0)
		die_again();
	/* The same night once more ends where it would have. */
	struct so1_error e = {0};
	if (!done) {
		cr_assert_eq(run("night2", access(in_folder("forget"), F_OK) == 0, &e), SO1_OK, "%s",
			     e.reason);
		remember(now);
		for (int f = 0; f < FILES; f++) {
			cr_assert(slice_equal(buffer_slice(&now[f]), buffer_slice(&after[f])),
				  "moment %d: %s after a second run", moment, names[f]);
			buffer_free(&now[f]);
		}
	}
}

static void die_at_every_moment(bool erase)
{
	struct buffer before[FILES] = {{0}}, after[FILES] = {{0}}, prints = {0};
	struct so1_error e = {0};
	int moment;

	snprintf(folder, sizeof folder, "/tmp/so1-crash-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	put_file("key", SLICE("a key for tests, no secret"));
	put_night("night1", night1);
	put_night("night2", night2);
	put_file("links", SLICE(""));
	put_file("model", SLICE("comparison,level,m,u\nprior,match,.02,\n"));
	if (erase)
		put_file("forget", SLICE("source_id:crm:5\n"));
	cr_assert_eq(run("night1", false, &e), SO1_OK, "%s", e.reason);
	remember(before);
	if (additions)
		shell("mv people first.people && mv people.rows first.people.rows");
	else
		get_file("ids.prints", &prints);
	set_back(before, &prints);
	cr_assert_eq(run("night2", erase, &e), SO1_OK, "%s", e.reason);
	remember(after);
	known_after = additions ? count_known() : 0;
	set_back(before, &prints);
	for (moment = 1; dies_at(moment, erase); moment++) {
		cr_assert_lt(moment, MOMENTS_MOST);
		check_whole(before, after, moment);
		set_back(before, &prints);
	}
	cr_assert_gt(moment, MOMENTS_LEAST);
	cr_assert(!additions || deaths > 0);
	shell("rm -rf \"$PWD\"");
	for (int f = 0; f < FILES; f++) {
		buffer_free(&before[f]);
		buffer_free(&after[f]);
	}
	buffer_free(&prints);
}

Test(crash, a_night_of_changes) { die_at_every_moment(false); }
Test(crash, a_night_that_erases) { die_at_every_moment(true); }
Test(crash, a_night_of_additions) { additions = true; die_at_every_moment(false); }
Test(crash, a_night_of_additions_that_erases) { additions = true; die_at_every_moment(true); }
Test(crash, a_night_that_reads_all_again) { additions = rereads = true; die_at_every_moment(false); }
