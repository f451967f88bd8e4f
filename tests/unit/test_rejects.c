/* src/stream/rejects: counted, written, limited. */
#include "stream/rejects.h"
#include "stream/summary.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>

Test(rejects, limits_that_are_none)
{
	static const char *const bad[] = {"", "%", "-1", "1x", "x", "101%", "1.5", "1.%x", "5 %",
					  "99999999999999999999"};
	struct rejects *r;
	struct so1_error e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert_eq(rejects_open(&r, &(struct rejects_options){.limit = bad[i]}, &e), SO1_USAGE,
			     "'%s'", bad[i]);
		cr_assert_str_eq(e.column, "--max-rejects");
		rejects_free(r);
	}
	rejects_free(NULL);
}

static enum so1_status add(struct rejects *r, uint64_t line, const char *column, struct so1_error *e)
{
	return rejects_add(r, "in.csv", line, column, "not a date", SLICE("31.02.2026"),
			   SLICE("1,31.02.2026"), e);
}

Test(rejects, none_asked_for_makes_the_first_the_error)
{
	struct rejects *r;
	struct so1_error e;
	char text[256];

	cr_assert_eq(rejects_open(&r, &(struct rejects_options){0}, &e), SO1_OK);
	cr_assert_eq(add(r, 214, "ts", &e), SO1_FAILED);
	error_format(&e, text, sizeof text);
	cr_assert_str_eq(text, "in.csv:214: ts: not a date '31.02.2026'"); /* DESIGN section 1 */
	rejects_free(r);
}

Test(rejects, limit_in_rows)
{
	struct rejects *r;
	struct so1_error e;

	cr_assert_eq(rejects_open(&r, &(struct rejects_options){.limit = "2"}, &e), SO1_OK);
	cr_assert_eq(add(r, 1, "ts", &e), SO1_OK);
	cr_assert_eq(add(r, 2, "ts", &e), SO1_OK);
	cr_assert_eq(add(r, 3, "ts", &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "more than 2 rejected; this one: not a date");
	cr_assert_eq(e.line, 3);
	rejects_free(r);
	cr_assert_eq(rejects_open(&r, &(struct rejects_options){.limit = "0"}, &e), SO1_OK);
	cr_assert_eq(add(r, 1, "ts", &e), SO1_FAILED);
	rejects_free(r);
}

Test(rejects, limit_in_percent_is_exact)
{
	struct rejects *r;
	struct so1_error e;

	cr_assert_eq(rejects_open(&r, &(struct rejects_options){.limit = "0.5%"}, &e), SO1_OK);
	for (uint64_t i = 0; i < 5; i++)
		cr_assert_eq(add(r, i, "ts", &e), SO1_OK);
	cr_assert_eq(rejects_finish(r, 1000, &e), SO1_OK);
	cr_assert_eq(rejects_finish(r, 999, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "5 of 999 rows rejected, more than 0.5%");
	rejects_free(r);
}

Test(rejects, file_and_reasons)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "rejects.csv");
	struct rejects *r;
	struct so1_error e;
	struct buffer b = {0};
	struct summary s = {0};
	uint64_t count;

	cr_assert_eq(rejects_open(&r, &(struct rejects_options){.path = path}, &e), SO1_OK);
	cr_assert_eq(add(r, 2, "ts", &e), SO1_OK);
	cr_assert_eq(rejects_add(r, "in.csv", 0, NULL, "a \"reason\"", SLICE(""), SLICE("x\ny"), &e), SO1_OK);
	cr_assert_eq(add(r, 5, "ts", &e), SO1_OK);
	cr_assert_eq(rejects_count(r), 3);
	cr_assert_eq(rejects_reasons(r), 2);
	cr_assert(slice_is(rejects_reason(r, 0, &count), "ts: not a date") && count == 2);
	cr_assert(slice_is(rejects_reason(r, 1, &count), "a \"reason\"") && count == 1);
	summary_rejects(&s, r);
	cr_assert_str_eq(buffer_text(&s.notes), "rejected 2: ts: not a date\nrejected 1: a \"reason\"\n");
	cr_assert(!file_exists(path));
	cr_assert_eq(rejects_finish(r, 10, &e), SO1_OK);
	file_get(path, &b);
	cr_assert_str_eq(buffer_text(&b),
			 "file,line,column,reason,value,record\n"
			 "in.csv,2,ts,not a date,31.02.2026,\"1,31.02.2026\"\n"
			 "in.csv,,,\"a \"\"reason\"\"\",,\"x\ny\"\n"
			 "in.csv,5,ts,not a date,31.02.2026,\"1,31.02.2026\"\n");
	summary_free(&s);
	buffer_free(&b);
	rejects_free(r);
	temp_remove(folder);
}

Test(rejects, a_full_disk_is_an_error)
{
	struct rejects *r;
	struct so1_error e;

	if (!file_exists("/dev/full"))
		cr_skip_test("no /dev/full here");
	cr_assert_eq(rejects_open(&r, &(struct rejects_options){.path = "/dev/full"}, &e), SO1_FAILED);
	cr_assert_str_eq(e.file, "/dev/full");
	rejects_free(r);
}
