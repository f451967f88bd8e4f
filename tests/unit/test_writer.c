/* src/stream/writer and sink: what is written, and that it is written whole or not at all. */
#include "stream/writer.h"
#include "base/chance.h"
#include "stream/seal.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

/* Failures first. */

static enum so1_status write_rows(const struct writer_options *options, int rows, struct so1_error *e)
{
	struct writer *w;
	enum so1_status status = writer_open(&w, options, e);

	for (int i = 0; i < rows && status == SO1_OK; i++) {
		writer_put_field(w, SLICE("some text that is not short"));
		writer_put_field(w, SLICE("2"));
		status = writer_end_record(w, e);
	}
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	return status;
}

Test(writer, full_disk)
{
	struct so1_error e;

	if (!file_exists("/dev/full"))
		cr_skip_test("no /dev/full here");
	cr_assert_eq(write_rows(&(struct writer_options){.path = "/dev/full"}, 1, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "cannot write: No space left on device");
	cr_assert_str_eq(e.file, "/dev/full");
	cr_assert(!e.quiet);
	cr_assert_eq(write_rows(&(struct writer_options){.path = "/dev/full"}, 100000, &e), SO1_FAILED);
	cr_assert(file_exists("/dev/full"));
}

/* A limit on the size of files is a disk that fills up in the middle. */
Test(writer, disk_full_in_the_middle_leaves_the_old_file)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct rlimit limit = {100000, 100000};
	struct buffer b = {0};
	struct so1_error e;

	signal(SIGXFSZ, SIG_IGN);
	file_put(path, SLICE("old\n"));
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_assert_eq(write_rows(&(struct writer_options){.path = path}, 100000, &e), SO1_FAILED);
	file_get(path, &b);
	cr_assert(slice_is(buffer_slice(&b), "old\n"));
	/* Nothing beside it either: rmdir succeeds when it is the only file. */
	unlink(path);
	cr_assert_eq(rmdir(folder), 0);
	buffer_free(&b);
}

Test(writer, closed_pipe_is_quiet)
{
	struct so1_error e;
	int ends[2];
	char path[32];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(ends), 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	struct writer *w;
	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = path}, &e), SO1_OK);
	close(ends[0]);
	writer_put_field(w, SLICE("1"));
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_FAILED);
	cr_assert(e.quiet);
	writer_free(w);
}

Test(writer, folders_that_are_missing_or_closed)
{
	char *folder = temp_folder();
	struct so1_error e;

	cr_assert_eq(write_rows(&(struct writer_options){.path = "/no/such/folder/out.csv"}, 1, &e),
		     SO1_FAILED);
	cr_assert_str_eq(e.reason, "cannot write: No such file or directory");
	cr_assert_eq(write_rows(&(struct writer_options){.path = folder}, 1, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "cannot write: Is a directory");
	if (geteuid() != 0) {
		chmod(folder, 0500);
		cr_assert_eq(write_rows(&(struct writer_options){.path = temp_path(folder, "x")}, 1, &e),
			     SO1_FAILED);
		cr_assert_str_eq(e.reason, "cannot write: Permission denied");
	}
	temp_remove(folder);
}

Test(writer, without_commit_nothing_appears)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct writer *w;
	struct so1_error e;

	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = path}, &e), SO1_OK);
	writer_put_field(w, SLICE("1"));
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	cr_assert(!file_exists(path));
	writer_free(w);
	cr_assert_eq(rmdir(folder), 0, "something was left behind");
	writer_free(NULL);
}

Test(writer, too_many_rejects_bar_the_commit)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct rejects *rejects;
	struct writer *w;
	struct so1_error e;

	cr_assert_eq(rejects_open(&rejects, &(struct rejects_options){.limit = "10%"}, &e), SO1_OK);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(rejects_add(rejects, "f", 1, "c", "r", SLICE(""), SLICE(""), &e), SO1_OK);
	rejects_saw(rejects, 19);
	struct writer_options options = {.path = path, .rejects = rejects};
	cr_assert_eq(writer_open(&w, &options, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "2 of 19 rows rejected, more than 10%");
	writer_free(w);
	cr_assert(!file_exists(path));
	rejects_saw(rejects, 1);
	cr_assert_eq(writer_open(&w, &options, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	cr_assert(file_exists(path));
	rejects_free(rejects);
	temp_remove(folder);
}

/* What is written. */

struct field_case {
	struct slice field;
	char delimiter;
	const char *expect;
};

#define FIELD(text) {text, sizeof(text) - 1}
static const struct field_case fields[] = {
	{FIELD("plain"), ',', "plain"},
	{FIELD(""), ',', ""},
	{FIELD(" blanks "), ',', " blanks "},
	{FIELD("a,b"), ',', "\"a,b\""},
	{FIELD("a,b"), ';', "a,b"},
	{FIELD("a;b"), ';', "\"a;b\""},
	{FIELD("a\tb"), '\t', "\"a\tb\""},
	{FIELD("say \"x\""), ',', "\"say \"\"x\"\"\""},
	{FIELD("\""), ',', "\"\"\"\""},
	{FIELD("a\nb"), ',', "\"a\nb\""},
	{FIELD("a\r"), ',', "\"a\r\""},
	{FIELD("sixteen bytes or more, and then"), ',', "\"sixteen bytes or more, and then\""},
	{FIELD("sixteen bytes or more and then \""), ',', "\"sixteen bytes or more and then \"\"\""},
	{FIELD("thirty-two bytes of text and more\n"), ',', "\"thirty-two bytes of text and more\n\""},
	{FIELD("\xc3\xa4"), ',', "\xc3\xa4"},
};

Test(writer, quotes_only_where_needed)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct buffer b = {0};
		csv_put_field(&b, fields[i].field, fields[i].delimiter);
		cr_assert_str_eq(buffer_text(&b), fields[i].expect);
		buffer_free(&b);
	}
}

static void expect_file(const char *path, const char *expect)
{
	struct buffer b = {0};

	file_get(path, &b);
	cr_assert_str_eq(buffer_text(&b), expect);
	buffer_free(&b);
}

Test(writer, header_and_records)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct header h = {0};
	struct writer *w;
	struct so1_error e;
	struct slice raw_fields[] = {SLICE("x"), SLICE("y")};
	struct record rec = {.fields = raw_fields, .count = 2, .raw = SLICE("\"x\",y"),
			     .delimiter = ',', .raw_is_canonical = true};

	header_add(&h, SLICE("a"));
	header_add(&h, SLICE("b,c"));
	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = path, .bom = true, .crlf = true}, &e),
		     SO1_OK);
	cr_assert_eq(writer_put_header(w, &h, &e), SO1_OK);
	writer_put_record(w, &rec);
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	writer_put_record(w, &rec);
	writer_put_field(w, SLICE("more"));
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	rec.delimiter = ';';
	writer_put_field(w, SLICE("id"));
	writer_put_record(w, &rec);
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	cr_assert_eq(writer_put_bytes(w, SLICE("1,2\r\n3,4\r\n"), 2, &e), SO1_OK);
	cr_assert_eq(writer_rows(w), 5);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	expect_file(path, "\xef\xbb\xbf" "a,\"b,c\"\r\n\"x\",y\r\n\"x\",y,more\r\nid,x,y\r\n1,2\r\n3,4\r\n");
	header_free(&h);
	temp_remove(folder);
}

Test(writer, an_empty_only_field_is_no_blank_line)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct slice empty = SLICE("");
	struct buffer b = {0};
	struct writer *w;
	struct so1_error e;

	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = path}, &e), SO1_OK);
	writer_put_field(w, empty);
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	writer_put_field(w, empty);
	writer_put_field(w, empty);
	cr_assert_eq(writer_end_record(w, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	expect_file(path, "\"\"\n,\n");
	csv_put_record(&b, &empty, 1, ',');
	cr_assert_str_eq(buffer_text(&b), "\"\"\n");
	buffer_free(&b);
	temp_remove(folder);
}

Test(writer, sealed)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");
	struct header h = {0};
	struct writer *w;
	struct so1_error e;

	header_add(&h, SLICE("a"));
	header_add(&h, SLICE("b"));
	cr_assert_eq(writer_open(&w, &(struct writer_options){.path = path, .seal = true}, &e), SO1_OK);
	cr_assert_eq(writer_put_header(w, &h, &e), SO1_OK);
	cr_assert_eq(writer_put_bytes(w, SLICE("1,2\n"), 1, &e), SO1_OK);
	cr_assert_eq(writer_commit(w, &e), SO1_OK);
	writer_free(w);
	/* XXH3 of the first two lines by xxhsum -H3 */
	expect_file(path, "a,b\n1,2\n#so1-end,1,4a7481c81cede86c\n");
	header_free(&h);
	temp_remove(folder);
}

Test(seal, only_the_line_itself)
{
	static const char *const bad[] = {"", "#so1-end,", "#so1-end,1", "#so1-end,,0123456789abcdef",
					  "#so1-end,1,0123456789abcde", "#so1-end,1,0123456789abcdef0",
					  "#so1-end,1,0123456789ABCDEF", "#so1-end,-1,0123456789abcdef",
					  "#so1-end,99999999999999999999,0123456789abcdef",
					  " #so1-end,1,0123456789abcdef"};
	uint64_t rows, hash;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(!seal_parse(slice_of(bad[i]), &rows, &hash), "%s", bad[i]);
	cr_assert(seal_parse(SLICE("#so1-end,18446744073709551615,0123456789abcdef"), &rows, &hash));
	cr_assert_eq(rows, UINT64_MAX);
	cr_assert_eq(hash, UINT64_C(0x0123456789abcdef));
}

static void put_random(struct buffer *b, uint64_t seed)
{
	static const char letters[] = "ab,;\t\"\"\n\r '#\xc3\xa4";
	uint64_t n = chance_mix(seed) % 40;

	for (uint64_t i = 0; i < n; i++) {
		/* The last two letters are one character. */
		uint64_t r = chance_mix(seed << 8 | i) % (sizeof letters - 2);
		if (r == sizeof letters - 3)
			buffer_put(b, letters + r, 2);
		else
			buffer_put_byte(b, letters[r]);
	}
}

/* Whatever is in the fields, what is written is what is read, with any delimiter. */
Test(writer, reads_back)
{
	enum { ROWS = 3000, COLUMNS = 3 };
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv");

	for (const char *delimiter = ",;\t|"; *delimiter; delimiter++) {
		struct header h = {0};
		struct buffer b = {0};
		struct writer *w;
		struct reader *r;
		struct record rec;
		struct so1_error e;
		bool more;
		header_add(&h, SLICE("a"));
		header_add(&h, SLICE("b \"x\""));
		header_add(&h, SLICE("c,;\n"));
		struct writer_options out = {.path = path, .delimiter = *delimiter, .seal = true};
		struct reader_options in = {.delimiter = *delimiter, .seal_required = true};
		cr_assert_eq(writer_open(&w, &out, &e), SO1_OK);
		cr_assert_eq(writer_put_header(w, &h, &e), SO1_OK);
		for (uint64_t i = 0; i < ROWS; i++) {
			for (uint64_t c = 0; c < COLUMNS; c++) {
				buffer_clear(&b);
				put_random(&b, i * COLUMNS + c);
				writer_put_field(w, buffer_slice(&b));
			}
			cr_assert_eq(writer_end_record(w, &e), SO1_OK);
		}
		cr_assert_eq(writer_commit(w, &e), SO1_OK);
		writer_free(w);
		cr_assert_eq(reader_open(&r, &path, 1, &in, &e), SO1_OK, "%s", e.reason);
		cr_assert(slice_equal(reader_header(r)->names[2], h.names[2]));
		for (uint64_t i = 0; i < ROWS; i++) {
			cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK, "%s", e.reason);
			cr_assert(more);
			for (uint64_t c = 0; c < COLUMNS; c++) {
				buffer_clear(&b);
				put_random(&b, i * COLUMNS + c);
				cr_assert(slice_equal(rec.fields[c], buffer_slice(&b)), "row %d", (int)i);
			}
		}
		cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK, "%s", e.reason);
		cr_assert(!more);
		reader_close(r);
		buffer_free(&b);
		header_free(&h);
	}
	temp_remove(folder);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

Test(writer, permissions_and_links)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "out.csv"), *link = temp_path(folder, "link");
	struct so1_error e;
	struct stat st;

	umask(027);
	cr_assert_eq(write_rows(&(struct writer_options){.path = path}, 1, &e), SO1_OK);
	cr_assert_eq(mode_of(path), 0640);
	chmod(path, 0604);
	cr_assert_eq(symlink("out.csv", link), 0);
	cr_assert_eq(write_rows(&(struct writer_options){.path = link}, 2, &e), SO1_OK);
	cr_assert_eq(mode_of(path), 0604);
	cr_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode), "the link was replaced");
	cr_assert(stat(path, &st) == 0 && st.st_size == 2 * 30);
	temp_remove(folder);
}

static void gunzip(const char *path, struct buffer *b)
{
	gzFile f = gzopen(path, "rb");
	int n;

	while ((n = gzread(f, buffer_reserve(b, 65536), 65536)) > 0)
		b->len += (size_t)n;
	cr_assert_eq(gzclose(f), Z_OK);
}

/* zlib's own reader gives the bytes back; they are the same for any number of threads. */
Test(writer, gzip)
{
	static const int row_counts[] = {0, 1, 8738, 100000}; /* 8738 * 30 is just over a piece */
	char *folder = temp_folder();

	for (size_t i = 0; i < 4; i++) {
		const char *plain = temp_path(folder, "out.csv"), *one = temp_path(folder, "one.csv.gz");
		const char *four = temp_path(folder, "four.csv.gz");
		struct buffer a = {0}, b = {0}, c = {0}, expect = {0};
		struct so1_error e;
		cr_assert_eq(write_rows(&(struct writer_options){.path = plain}, row_counts[i], &e), SO1_OK);
		cr_assert_eq(write_rows(&(struct writer_options){.path = one}, row_counts[i], &e), SO1_OK);
		cr_assert_eq(write_rows(&(struct writer_options){.path = four, .threads = 4},
					row_counts[i], &e), SO1_OK);
		file_get(plain, &expect);
		gunzip(one, &a);
		cr_assert(slice_equal(buffer_slice(&a), buffer_slice(&expect)), "%d rows", row_counts[i]);
		file_get(one, &b);
		file_get(four, &c);
		cr_assert(slice_equal(buffer_slice(&b), buffer_slice(&c)), "%d rows", row_counts[i]);
		buffer_free(&a);
		buffer_free(&b);
		buffer_free(&c);
		buffer_free(&expect);
	}
	temp_remove(folder);
}
