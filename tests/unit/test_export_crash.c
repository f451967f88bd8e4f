/* src/export: a run that dies at any moment leaves the old list or the new one, the old
 * history or the new one, and never a list whose customers the history does not know. The
 * same run done again ends where it would have, codes included.
 *
 * Every call by which a run changes a file is a moment: crash_help.h
 * ends the process before the nth. */
#include "base/memory.h"
#include "export/export.h"
#include "export/folder.h"
#include "tests/unit/crash_help.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOMENTS_LEAST = 8, MOMENTS_MOST = 500 };

static char folder[64];

static const char *in_folder(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

/* $D is the folder. */
static void shell(const char *command)
{
	cr_assert_eq(setenv("D", folder, 1), 0);
	cr_assert_eq(system(command), 0, "%s", command);
}

static void put_file(const char *name, const char *text)
{
	FILE *f = fopen(in_folder(name), "w");

	cr_assert_not_null(f);
	cr_assert_geq(fputs(text, f), 0);
	fclose(f);
}

static void get_file(const char *name, struct buffer *b)
{
	FILE *f = fopen(in_folder(name), "r");

	buffer_clear(b);
	if (f == NULL)
		return;
	b->len += fread(buffer_reserve(b, 1 << 16), 1, 1 << 16, f);
	fclose(f);
}

static const char customers[] =
	"customer_id,email,optin_email,score\n"
	"a,a@x.example,1,3\nb,b@x.example,1,2\nc,c@x.example,1,1\nd,d@x.example,1,4\n"
	"e,e@x.example,1,5\nf,f@x.example,0,5\n";

/* As cmd/so1-export.c does it. */
static enum so1_status run(const char *output, const char *campaign, const char *day,
			   struct so1_error *e)
{
	struct export *x = NULL;
	struct reader *r = NULL;
	const char *file = in_folder("customers.csv");
	struct cap cap = {.kind = CAP_EACH, .channel = CHANNEL_NONE, .most = 2, .days = 7};
	struct export_options o = {
		.offers = in_folder("offers.csv"), .top = 2, .score = "score", .as_of = day,
		.campaign = campaign, .holdout = 0.3, .history = in_folder("history.csv"),
		.caps = {.items = &cap, .count = 1, .days = 7}, .codes = in_folder("codes"),
		.output = output, .threads = 1, .memory = 1 << 20, .command = "", .version = "",
		.holdout_file = folder_is_named(output) ? NULL : in_folder("held.csv"),
	};

	if (export_open(&x, &o, e) == SO1_OK &&
	    reader_open(&r, &file, 1, &(struct reader_options){.threads = 1}, e) == SO1_OK &&
	    export_run(x, r, e) == SO1_OK)
		export_commit(x, r, NULL, e);
	export_free(x);
	reader_close(r);
	return e->status;
}

static bool dies_at(const char *output, int moment)
{
	int status = 0;
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0) {
		struct so1_error e = {0};
		atomic_store(&moments_left, moment);
		_exit(run(output, "two", "2026-11-02", &e) == SO1_OK ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	cr_assert(WEXITSTATUS(status) == DIED || WEXITSTATUS(status) == 0, "%d", WEXITSTATUS(status));
	return WEXITSTATUS(status) == DIED;
}

static bool same(const struct buffer *a, const struct buffer *b)
{
	return slice_equal(buffer_slice(a), buffer_slice(b));
}

/* What lies there after a death. */
static void check_whole(const char *output, const char *list, const struct buffer before[2],
			const struct buffer after[2], int moment)
{
	struct buffer now[2] = {{0}};
	struct so1_error e = {0};

	get_file(list, &now[0]);
	get_file("history.csv", &now[1]);
	cr_assert(same(&now[0], &before[0]) || same(&now[0], &after[0]), "moment %d: list", moment);
	cr_assert(same(&now[1], &before[1]) || same(&now[1], &after[1]), "moment %d: history", moment);
	if (same(&now[0], &after[0]))
		cr_assert(same(&now[1], &after[1]), "moment %d: a list the history does not know",
			  moment);
	cr_assert_eq(run(output, "two", "2026-11-02", &e), SO1_OK, "%s", e.reason);
	get_file(list, &now[0]);
	get_file("history.csv", &now[1]);
	cr_assert(same(&now[0], &after[0]), "moment %d: list after a second run", moment);
	cr_assert(same(&now[1], &after[1]), "moment %d: history after a second run", moment);
	buffer_free(&now[0]);
	buffer_free(&now[1]);
	/* Nothing stays behind that would grow from death to death. */
	shell("test -z \"$(find \"$D\" -name 'history.csv.so1-*' -o -name 'lists.so1-*')\"");
}

/* After a first campaign, which may have gone into the same place, the second dies. */
static void die_at_every_moment(const char *out, const char *list, bool first_there)
{
	struct buffer before[2] = {{0}}, after[2] = {{0}};
	struct so1_error e = {0};
	char output[128];
	int moment;

	snprintf(folder, sizeof folder, "/tmp/so1-export-crash-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(output, sizeof output, "%s/%s", folder, out);
	put_file("customers.csv", customers);
	put_file("offers.csv", "offer_id,channel,stock\nX,email,3\nY,email,\n");
	put_file("codes", "c1\nc2\nc3\nc4\nc5\nc6\nc7\nc8\nc9\nc10\nc11\nc12\nc13\nc14\nc15\nc16\n");
	if (first_there)
		cr_assert_eq(run(output, "one", "2026-11-01", &e), SO1_OK, "%s", e.reason);
	get_file(list, &before[0]);
	get_file("history.csv", &before[1]);
	shell("cp -r \"$D\" \"$D.kept\"");
	cr_assert_eq(run(output, "two", "2026-11-02", &e), SO1_OK, "%s", e.reason);
	get_file(list, &after[0]);
	get_file("history.csv", &after[1]);
	cr_assert(after[0].len > 60 && !same(&before[0], &after[0]));
	cr_assert(!same(&before[1], &after[1]));
	for (moment = 1;; moment++) {
		shell("rm -rf \"$D\" && cp -r \"$D.kept\" \"$D\"");
		if (!dies_at(output, moment))
			break;
		cr_assert_lt(moment, MOMENTS_MOST);
		check_whole(output, list, before, after, moment);
	}
	cr_assert_gt(moment, MOMENTS_LEAST, "%d", moment);
	shell("rm -rf \"$D\" \"$D.kept\"");
	for (int i = 0; i < 2; i++) {
		buffer_free(&before[i]);
		buffer_free(&after[i]);
	}
}

Test(export_crash, folder) { die_at_every_moment("lists/", "lists/list.csv", true); }
Test(export_crash, folder_first_run) { die_at_every_moment("lists/", "lists/list.csv", false); }
Test(export_crash, file) { die_at_every_moment("list.csv", "list.csv", true); }
