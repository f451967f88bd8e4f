/* src/stream/reader: what it takes, what it refuses, and where it says that was. Every
 * case runs with the fast lane on and off and with blocks of several sizes. */
#include "stream/reader.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

/* expect: a line for each record, "LINE[field][field]", then a line for each reject,
 * "!LINE COLUMN REASON 'VALUE' 'RECORD'", then the error, if any. */
struct reader_case {
	const char *name;
	struct slice bytes;
	const char *expect;
	struct reader_options options;
};

#define BYTES(text) {text, sizeof(text) - 1}
#define RAGGED "wrong number of fields (the header has 2)"

/* The table "what bad input gets" of so1(7) comes first, a case for each row. */
static const struct reader_case cases[] = {
	{"too few, too many fields", BYTES("a,b\n1\n1,2,3\n4,5\n"),
	 "4[4][5]\n!2 - " RAGGED " '1' '1'\n!3 - " RAGGED " '3' '1,2,3'\n", {0}},
	{"quote inside an unquoted field", BYTES("a,b\n1,2\"\n3,4\n"),
	 "3[3][4]\n!2 b quote inside an unquoted field '2\"' '1,2\"'\n", {0}},
	{"text behind a closing quote", BYTES("a,b\n1,\"2\"x\n3,4\n"),
	 "3[3][4]\n!2 b text behind a closing quote '\"2\"x' '1,\"2\"x'\n", {0}},
	{"blank behind a closing quote", BYTES("a,b\n1,\"2\" \n3,4\n"),
	 "3[3][4]\n!2 b text behind a closing quote '\"2\" ' '1,\"2\" '\n", {0}},
	{"quote never closed", BYTES("a,b\n\"1,2\n3,4\n5,6\n"),
	 "3[3][4]\n4[5][6]\n!2 a quote never closed '\"1,2' '\"1,2'\n", {0}},
	{"quote never closed, others behind", BYTES("a,b\n\"1,2\n3,\"x,y\"\n5,6\n"),
	 "3[3][x,y]\n4[5][6]\n!2 a quote never closed '\"1,2' '\"1,2'\n", {0}},
	{"quote never closed within the longest record",
	 BYTES("a,b\n\"1,2\n3,4\n5,67890123456789\n"),
	 "3[3][4]\n4[5][67890123456789]\n!2 a quote never closed '\"1,2' '\"1,2'\n",
	 {.max_record = 16}},
	{"quote never closed behind a line break that is one",
	 BYTES("a,b\n\"1\n2\",\"x\n3,4\n"),
	 "4[3][4]\n!2 b quote never closed '\"x' '\"1\n2\",\"x'\n", {0}},
	{"record too long, cut", BYTES("a,b\n1,2345678901234567890\n3,4\n"),
	 "3[3][4]\n!2 b record too long '234567' '1,234567'\n", {.max_record = 7}},
	{"as long as allowed", BYTES("a,b\n1,234567\n\"1\",\"2\"\n"),
	 "2[1][234567]\n3[1][2]\n", {.max_record = 8}},
	{"not UTF-8", BYTES("a,b\n1,\xff\n\xc3\xa4,2\n"),
	 "3[\xc3\xa4][2]\n!2 b not UTF-8 '\xff' '1,\xff'\n", {0}},
	{"UTF-8 surrogate", BYTES("a,b\n1,\xed\xa0\x80\n3,4\n"),
	 "3[3][4]\n!2 b not UTF-8 '\xed\xa0\x80' '1,\xed\xa0\x80'\n", {0}},
	{"UTF-8 cut by a quote", BYTES("a,b\n\"\xc3\",\"2\"\n3,4\n"),
	 "3[3][4]\n!2 a not UTF-8 '\xc3' '\"\xc3\",\"2\"'\n", {0}},
	{"other encodings where asked", BYTES("a,b\n1,\xff\n"), "2[1][\xff]\n",
	 {.allow_bad_utf8 = true}},
	{"header never closed", BYTES("\"a,b\n1,2\n3,4\n"),
	 "2[1][2]\n3[3][4]\n!1 - quote never closed '\"a,b' '\"a,b'\n", {0}},
	{"header broken", BYTES("a,b\"\n1,2\n"),
	 "E1 header: quote inside an unquoted field 'b\"'\n", {0}},
	{"header not UTF-8", BYTES("a,\xff\n1,2\n"), "E1 : header is not UTF-8 '\xff'\n", {0}},
	{"two columns of one name", BYTES("a,b,a\n1,2,3\n"),
	 "E0 : two columns of the same name 'a'\n", {0}},
	{"UTF-16 of a spreadsheet", BYTES("\xff\xfe" "a\0,\0b\0\n\0" "1\0,\0\xe4\0\n\0"),
	 "2[1][\xc3\xa4]\n", {0}},
	{"UTF-16, the other order, a surrogate pair",
	 BYTES("\xfe\xff\0a\0,\0b\0\n\0" "1\0,\xd8\x3d\xde\0\0\n"),
	 "2[1][\xf0\x9f\x98\x80]\n", {0}},
	{"UTF-16, half a pair, then an odd byte",
	 BYTES("\xff\xfe" "a\0,\0b\0\n\0" "1\0,\0\x3d\xd8\n\0" "2\0,\0" "3\0\n\0" "4"),
	 "3[2][3]\n!2 b not UTF-8 '\xff' '1,\xff'\n!4 - wrong number of fields (the header has 2) '1' '\xff'\n", {0}},
	{"empty", BYTES(""), "E0 : empty input, not even a header\n", {0}},
	{"empty but for blank lines", BYTES("\n\r\n"), "E0 : empty input, not even a header\n", {0}},
	{"a seal within", BYTES("a,b,c\n1,2,3\n#so1-end,1,0123456789abcdef\n4,5,6\n"),
	 "2[1][2][3]\nE3 : the stream goes on behind its seal '#so1-end,1,0123456789abcdef'\n", {0}},
	{"a seal for other rows", BYTES("a,b\n1,2\n#so1-end,7,0123456789abcdef\n"),
	 "2[1][2]\nE0 : seal broken: it stands for 7 rows, 1 arrived\n", {0}},
	{"a seal for other bytes", BYTES("a,b\n1,2\n#so1-end,1,0123456789abcdef\n"),
	 "2[1][2]\nE0 : seal broken: the bytes are not those that were sealed\n", {0}},
	{"no seal where one must be", BYTES("a,b\n1,2\n"),
	 "2[1][2]\nE0 : stream is not sealed: upstream died or SO1_SEAL was not set there\n",
	 {.seal_required = true}},
	{"a seal cut short", BYTES("a,b\n1,2\n#so1-end,1,01234"),
	 "2[1][2]\n!3 - " RAGGED " '3' '#so1-end,1,01234'\n"
	 "E0 : stream is not sealed: upstream died or SO1_SEAL was not set there\n",
	 {.seal_required = true}},

	/* XXH3 of "a,b\n1,2\n" by xxhsum -H3 */
	{"a seal, asked for", BYTES("a,b\n1,2\n#so1-end,1,4a7481c81cede86c\n"), "2[1][2]\n",
	 {.seal_required = true}},
	{"a seal, not asked for", BYTES("a,b\n1,2\n#so1-end,1,4a7481c81cede86c\n"), "2[1][2]\n", {0}},
	{"what only begins like a seal", BYTES("a,b\n#so1-end,2\n"), "2[#so1-end][2]\n", {0}},
	{"empty where allowed", BYTES(""), "", {.allow_empty = true}},
	{"header only", BYTES("a,b\n"), "", {0}},
	{"header only, no line end", BYTES("a,b"), "", {0}},
	{"last line without line end", BYTES("a,b\n1,2"), "2[1][2]\n", {0}},
	{"last field empty without line end", BYTES("a,b\n1,"), "2[1][]\n", {0}},
	{"CRLF", BYTES("a,b\r\n1,2\r\n\"3\",\"4\"\r\n"), "2[1][2]\n3[3][4]\n", {0}},
	{"CR", BYTES("a,b\r1,2\r3,4\r"), "2[1][2]\n3[3][4]\n", {0}},
	{"CR in quotes is text", BYTES("a,b\n1,\"x\ry\"\n3,4\n"), "2[1][x\ry]\n3[3][4]\n", {0}},
	{"quoted line breaks and the lines behind", BYTES("a,b\n1,\"x\ny\r\nz\"\n3,4\n"),
	 "2[1][x\ny\r\nz]\n5[3][4]\n", {0}},
	{"doubled quotes", BYTES("a,b\n\"\"\"x\"\"\",\"\"\"\"\n\"\",\"a\"\"b\"\"\"\n"),
	 "2[\"x\"][\"]\n3[][a\"b\"]\n", {0}},
	{"blanks are text", BYTES("a,b\n 1 ,\t2\n"), "2[ 1 ][\t2]\n", {0}},
	{"blank lines", BYTES("\na,b\n\n1,2\n\r\n\n3,4\n\n\n"), "4[1][2]\n7[3][4]\n", {0}},
	{"blank lines of one column are empty fields", BYTES("a\n1\n\n\"\"\n2\n"),
	 "2[1]\n3[]\n4[]\n5[2]\n", {0}},
	{"BOM", BYTES("\xef\xbb\xbf" "a,b\n1,2\n"), "2[1][2]\n", {0}},
	{"semicolons", BYTES("a;b\n1,5;2\n"), "2[1,5][2]\n", {0}},
	{"tabs", BYTES("a\tb\n1,5\t\"2\t3\"\n"), "2[1,5][2\t3]\n", {0}},
	{"pipes", BYTES("a|b\n1|2\n"), "2[1][2]\n", {0}},
	{"delimiters in quoted names do not count", BYTES("\"a,b,c\";d\n1;2\n"), "2[1][2]\n", {0}},
	{"as told, not as detected", BYTES("a;b\n1;2\n"), "2[1;2]\n", {.delimiter = ','}},
	{"NUL", BYTES("a,b\n1,x\0y\n3,4\n"), "3[3][4]\n!NUL byte\n", {0}},
};

static void put_record(struct buffer *b, const struct record *rec)
{
	buffer_printf(b, "%llu", (unsigned long long)rec->line);
	for (size_t i = 0; i < rec->count; i++) {
		buffer_put_byte(b, '[');
		buffer_put_slice(b, rec->fields[i]);
		buffer_put_byte(b, ']');
	}
	buffer_put_byte(b, '\n');
}

/* The rejects file, read by libcsv alone. */
static void put_reject(struct buffer *b, const struct record *rec)
{
	buffer_printf(b, "!%.*s %.*s %.*s '", SLICE_ARGS(rec->fields[1]),
		      SLICE_ARGS(rec->fields[2].len ? rec->fields[2] : SLICE("-")),
		      SLICE_ARGS(rec->fields[3]));
	buffer_put_slice(b, rec->fields[4]);
	buffer_put_text(b, "' '");
	buffer_put_slice(b, rec->fields[5]);
	buffer_put_text(b, "'\n");
}

static void put_rejects(struct buffer *b, const char *path)
{
	const struct reader_options raw = {.allow_bad_utf8 = true};
	struct reader *r;
	struct record rec;
	struct so1_error e;
	bool more = true;

	cr_assert_eq(reader_open(&r, &path, 1, &raw, &e), SO1_OK);
	enum so1_status status = SO1_OK;
	while ((status = reader_next(r, &rec, &more, &e)) == SO1_OK && more)
		put_reject(b, &rec);
	/* The rejects hold what was rejected: a NUL is one here too. */
	if (status != SO1_OK)
		buffer_printf(b, "!%s\n", e.reason);
	reader_close(r);
}

static void put_error(struct buffer *b, const struct so1_error *e)
{
	buffer_printf(b, "E%llu %s: %s", (unsigned long long)e->line, e->column, e->reason);
	if (e->has_value)
		buffer_printf(b, " '%s'", e->value);
	buffer_put_byte(b, '\n');
}

static void transcribe(const char *folder, const char *path, struct reader_options options,
		       struct buffer *b)
{
	const char *rejects_path = temp_path(folder, "rejects.csv");
	struct rejects_options rejects = {.path = rejects_path};
	struct buffer error = {0};
	struct reader *r;
	struct record rec;
	struct so1_error e, late;
	bool more = true;

	cr_assert_eq(rejects_open(&options.rejects, &rejects, &late), SO1_OK);
	enum so1_status status = reader_open(&r, &path, 1, &options, &e);
	while (status == SO1_OK && more) {
		status = reader_next(r, &rec, &more, &e);
		if (status == SO1_OK && more)
			put_record(b, &rec);
	}
	if (status != SO1_OK)
		put_error(&error, &e);
	reader_close(r);
	cr_assert_eq(rejects_finish(options.rejects, 1, &late), SO1_OK);
	rejects_free(options.rejects);
	put_rejects(b, rejects_path);
	buffer_put_slice(b, buffer_slice(&error));
	buffer_free(&error);
}

Test(reader, cases)
{
	const size_t blocks[] = {0, 1, 7, 64, 65};
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t j = 0; j < 10; j++) {
			struct reader_options options = cases[i].options;
			struct buffer b = {0};
			options.block_size = blocks[j / 2];
			options.no_fast_lane = j % 2;
			file_put(path, cases[i].bytes);
			transcribe(folder, path, options, &b);
			cr_assert(slice_equal(buffer_slice(&b), slice_of(cases[i].expect)),
				  "%s (block %zu, %s): expected\n%sgot\n%.*s", cases[i].name,
				  options.block_size, j % 2 ? "libcsv" : "fast lane", cases[i].expect,
				  (int)b.len, b.ptr);
			buffer_free(&b);
		}
	temp_remove(folder);
}

/* Records of every length around the 64 bytes of the scanner, so that quotes, doubled
 * quotes, CRLF and delimiters fall on every place of a block. Expected values are what
 * was put in. */
Test(reader, every_place_in_a_block)
{
	static const char *const tails[] = {"x", "\"x\"\"y\"", "\"\"", "\"a\nb\"", "", "\"\"\"\"",
					    "\"x,y\""};
	static const char *const values[] = {"x", "x\"y", "", "a\nb", "", "\"", "x,y"};
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct buffer b = {0}, expect = {0}, got = {0};
	unsigned line = 2;

	buffer_put_text(&b, "a,b\n");
	for (int n = 0; n < 700; n++) {
		int t = n % 7;
		buffer_printf(&b, "%.*s,%s%s", n % 131,
			      "0123456789012345678901234567890123456789012345678901234567890123456789"
			      "0123456789012345678901234567890123456789012345678901234567890123456789",
			      tails[t], n % 3 ? "\n" : "\r\n");
		buffer_printf(&expect, "%u[%.*s][%s]\n", line, n % 131,
			      "0123456789012345678901234567890123456789012345678901234567890123456789"
			      "0123456789012345678901234567890123456789012345678901234567890123456789",
			      values[t]);
		line += 1 + (t == 3);
	}
	file_put(path, buffer_slice(&b));
	for (size_t block = 0; block < 300; block += 13) {
		buffer_clear(&got);
		transcribe(folder, path, (struct reader_options){.block_size = block}, &got);
		cr_assert(slice_equal(buffer_slice(&got), buffer_slice(&expect)), "block size %zu", block);
	}
	buffer_free(&b);
	buffer_free(&expect);
	buffer_free(&got);
	temp_remove(folder);
}

static uint64_t count_records(const char *path, struct reader_options options, uint64_t *last_line,
			      size_t *last_length)
{
	struct reader *r;
	struct record rec = {0};
	struct so1_error e;
	bool more = true;

	cr_assert_eq(reader_open(&r, &path, 1, &options, &e), SO1_OK);
	for (;;) {
		struct record next;
		cr_assert_eq(reader_next(r, &next, &more, &e), SO1_OK, "%s", e.reason);
		if (!more)
			break;
		rec.line = next.line;
		rec.fields = NULL;
		*last_length = next.fields[next.count - 1].len;
	}
	*last_line = rec.line;
	uint64_t rows = reader_rows(r);
	reader_close(r);
	return rows;
}

Test(reader, ten_thousand_columns)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct buffer b = {0};
	uint64_t line;
	size_t length;

	for (int row = 0; row < 30; row++)
		for (int i = 0; i < 10000; i++)
			buffer_printf(&b, "%s%d%s", row ? "v" : "c", i, i < 9999 ? "," : "\n");
	file_put(path, buffer_slice(&b));
	cr_assert_eq(count_records(path, (struct reader_options){0}, &line, &length), 29);
	cr_assert_eq(line, 30);
	cr_assert_eq(length, 5); /* v9999 */
	buffer_free(&b);
	temp_remove(folder);
}

Test(reader, record_longer_than_a_block)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct buffer b = {0};
	uint64_t line;
	size_t length;

	buffer_put_text(&b, "a,b\n1,\"");
	for (int i = 0; i < 90000; i++)
		buffer_put_text(&b, "long text\n");
	buffer_put_text(&b, "\"\n1,end\n1,\"");
	for (int i = 0; i < 90000; i++)
		buffer_put_text(&b, "long text\n");
	buffer_put_text(&b, "\"\n");
	file_put(path, buffer_slice(&b));
	cr_assert_eq(count_records(path, (struct reader_options){0}, &line, &length), 3);
	cr_assert_eq(line, 90004); /* 2 + 90001 for the first, one more for the second */
	cr_assert_eq(length, 900000);
	buffer_free(&b);
	temp_remove(folder);
}

/* The bar of the issue: one stray quote at byte 0 costs one record. */
Test(reader, stray_quote_before_a_large_file)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct buffer b = {0};
	struct rejects *rejects;
	struct so1_error e;
	uint64_t line;
	size_t length;

	buffer_put_text(&b, "a,b\n\"0,x\n");
	for (int i = 1; i < 400000; i++)
		buffer_printf(&b, "%d,some more text\n", i);
	file_put(path, buffer_slice(&b));
	cr_assert_eq(rejects_open(&rejects, &(struct rejects_options){.limit = "1"}, &e), SO1_OK);
	cr_assert_eq(count_records(path, (struct reader_options){.rejects = rejects}, &line, &length),
		     400000);
	cr_assert_eq(rejects_count(rejects), 1);
	cr_assert_eq(line, 400001);
	rejects_free(rejects);
	/* And before the header. */
	b.ptr[0] = '"';
	b.ptr[4] = '0';
	file_put(path, buffer_slice(&b));
	cr_assert_eq(rejects_open(&rejects, &(struct rejects_options){.limit = "1"}, &e), SO1_OK);
	cr_assert_eq(count_records(path, (struct reader_options){.rejects = rejects}, &line, &length),
		     400001);
	cr_assert_eq(rejects_count(rejects), 1);
	rejects_free(rejects);
	buffer_free(&b);
	temp_remove(folder);
}

Test(reader, without_rejects_the_first_bad_record_is_the_error)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "crm.csv");
	struct reader *r;
	struct record rec;
	struct so1_error e;
	char text[512], expect[256];
	bool more;

	file_put(path, SLICE("a,b\n1,2\n3\n"));
	cr_assert_eq(reader_open(&r, &path, 1, &(struct reader_options){0}, &e), SO1_OK);
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_FAILED);
	error_format(&e, text, sizeof text);
	snprintf(expect, sizeof expect, "%s:3: " RAGGED " '1'", path);
	cr_assert_str_eq(text, expect);
	reader_close(r);
	temp_remove(folder);
}

struct open_failure {
	const char *name;
	const char *first, *second;
	bool exact;
	const char *reason, *column;
};

static const struct open_failure headers[] = {
	{"unknown name", "a,b\n1,2\n", "a,c\n1,2\n", false, "column that is not in", "c"},
	{"missing name", "a,b\n1,2\n", "a\n1\n", false, "column is missing that is in", "b"},
	{"more names", "a\n1\n", "a,b\n1,2\n", false, "column that is not in", "b"},
	{"another order where it matters", "a,b\n1,2\n", "b,a\n1,2\n", true, "columns are in another order", "b"},
	{"empty", "a,b\n1,2\n", "", false, "empty input", ""},
};

Test(reader, headers_that_do_not_fit)
{
	char *folder = temp_folder();

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const char *files[] = {temp_path(folder, "one.csv"), temp_path(folder, "two.csv")};
		struct reader_options options = {.exact_columns = headers[i].exact};
		struct reader *r;
		struct record rec;
		struct so1_error e;
		bool more;
		file_put(files[0], slice_of(headers[i].first));
		file_put(files[1], slice_of(headers[i].second));
		cr_assert_eq(reader_open(&r, files, 2, &options, &e), SO1_OK);
		cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
		cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_FAILED, "%s", headers[i].name);
		cr_assert(strstr(e.reason, headers[i].reason), "%s: %s", headers[i].name, e.reason);
		cr_assert_str_eq(e.file, files[1]);
		cr_assert_str_eq(e.value, headers[i].column);
		reader_close(r);
	}
	temp_remove(folder);
}

Test(reader, columns_of_a_further_file_are_put_in_order)
{
	char *folder = temp_folder();
	const char *files[] = {temp_path(folder, "one.csv"), temp_path(folder, "two.csv"),
			       temp_path(folder, "three.csv")};
	struct reader *r;
	struct record rec;
	struct so1_error e;
	bool more;

	file_put(files[0], SLICE("a,b,c\n1,2,3\n"));
	file_put(files[1], SLICE("c,a,b\n\"3\"\"\",1,2\n"));
	file_put(files[2], SLICE("a;b;c\n4;5;6"));
	cr_assert_eq(reader_open(&r, files, 3, &(struct reader_options){0}, &e), SO1_OK);
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
	cr_assert(rec.raw_is_canonical);
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
	cr_assert(!rec.raw_is_canonical);
	cr_assert(slice_is(rec.fields[0], "1") && slice_is(rec.fields[2], "3\""));
	cr_assert_str_eq(rec.file, files[1]);
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
	cr_assert(!rec.raw_is_canonical && rec.delimiter == ';');
	cr_assert(slice_is(rec.fields[1], "5"));
	cr_assert_eq(reader_next(r, &rec, &more, &e), SO1_OK);
	cr_assert(!more);
	cr_assert_eq(reader_rows(r), 3);
	reader_close(r);
	temp_remove(folder);
}

Test(reader, what_cannot_be_opened)
{
	char *folder = temp_folder();
	const char *missing = temp_path(folder, "missing.csv"), *dash[] = {"-", "-"};
	struct reader *r;
	struct so1_error e;

	cr_assert_eq(reader_open(&r, &missing, 1, &(struct reader_options){0}, &e), SO1_FAILED);
	cr_assert_str_eq(e.file, missing);
	cr_assert_str_eq(e.reason, "cannot open: No such file or directory");
	reader_close(r);
	cr_assert_eq(reader_open(&r, dash, 2, &(struct reader_options){0}, &e), SO1_USAGE);
	reader_close(r);
	const char *as_file = folder;
	cr_assert_eq(reader_open(&r, &as_file, 1, &(struct reader_options){0}, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "cannot read: Is a directory");
	reader_close(r);
	reader_close(NULL);
	temp_remove(folder);
}

Test(reader, need_names_the_nearest)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct reader *r;
	struct so1_error e;
	size_t index;

	file_put(path, SLICE("customer_id,email\n1,2\n"));
	cr_assert_eq(reader_open(&r, &path, 1, &(struct reader_options){0}, &e), SO1_OK);
	cr_assert_eq(reader_need(r, "email", &index, &e), SO1_OK);
	cr_assert_eq(index, 1);
	cr_assert_eq(reader_need(r, "costumer_id", &index, &e), SO1_FAILED);
	cr_assert_str_eq(e.reason, "no column 'costumer_id'; did you mean 'customer_id'?");
	reader_close(r);
	temp_remove(folder);
}

Test(reader, batches_hold_the_same_records)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct rejects *rejects;
	struct reader *r;
	struct batch *batch = NULL;
	struct so1_error e;
	size_t n = 0;

	file_put(path, SLICE("a,b\n1,\"x\"\"\"\n2\n3,y\n4,z\n"));
	cr_assert_eq(rejects_open(&rejects, &(struct rejects_options){.limit = "9"}, &e), SO1_OK);
	struct reader_options options = {.block_size = 5, .rejects = rejects};
	cr_assert_eq(reader_open(&r, &path, 1, &options, &e), SO1_OK);
	while (reader_next_batch(r, &batch, &e) == SO1_OK && batch != NULL) {
		for (size_t i = 0; i < batch_count(batch); i++, n++) {
			struct slice fields[2];
			struct record rec;
			batch_record(batch, i, fields, &rec);
			cr_assert(slice_is(fields[1], n == 0 ? "x\"" : n == 1 ? "y" : "z"));
		}
		batch_free(batch);
	}
	cr_assert_eq(n, 3);
	cr_assert_eq(reader_rows(r), 4);
	cr_assert_eq(rejects_count(rejects), 1);
	reader_close(r);
	rejects_free(rejects);
	temp_remove(folder);
}

static enum so1_status count_row(void *context, const struct record *rec, struct so1_error *e)
{
	int *rows = context;

	if (slice_is(rec->fields[0], "stop"))
		return error_set(e, SO1_FAILED, "stopped");
	++*rows;
	return SO1_OK;
}

Test(reader, side_files)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv");
	struct so1_error e;
	int rows = 0;

	file_put(path, SLICE("a,b\n1,2\n3,4\n"));
	cr_assert_eq(csv_read_file(path, NULL, count_row, &rows, &e), SO1_OK);
	cr_assert_eq(rows, 2);
	file_put(path, SLICE("a,b\n1,2\nstop,4\n5,6\n"));
	cr_assert_eq(csv_read_file(path, NULL, count_row, &rows, &e), SO1_FAILED);
	cr_assert_eq(rows, 3);
	cr_assert_str_eq(e.reason, "stopped");
	file_put(path, SLICE("a,b\n1\n"));
	cr_assert_eq(csv_read_file(path, NULL, count_row, &rows, &e), SO1_FAILED);
	temp_remove(folder);
}
