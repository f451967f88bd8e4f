/* src/dedupe/carry: what a night leaves of its touchpoints to the next, written, read and damaged. */
#include "dedupe/carry.h"
#include "night_help.h"

#include <unistd.h>

static const struct carry_key KEY = {0x1234, 56};

static char folder[64];

static const char *in_folder(const char *name)
{
	static char paths[4][96];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void make_folder(void)
{
	strcpy(folder, "/tmp/so1-carry-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
	unlink(in_folder("rows"));
	unlink(in_folder("more"));
	cr_assert_eq(rmdir(folder), 0);
}

/* The line that customer `number` has as its nth: every third one's slots begin alike. */
static struct carry_line line_of(int number, int nth)
{
	return (struct carry_line){
		.hash = number % 3 ? (uint64_t)number * 1000 + (uint64_t)nth : (uint64_t)number << 40 | (uint64_t)nth << 50,
		.tag = (uint32_t)nth, .identity = 7u + (unsigned)number, .identity_tag = 9,
	};
}

/* "000000000000N,…": a golden row and `number` % 3 + 1 others; one has a line end in quotes. */
static void put_customer(struct carry_output *o, int number)
{
	struct buffer b = {0};
	struct carry_line lines[3];
	struct so1_error e = {0};
	int n = number % 3 + 1;

	buffer_printf(&b, "%013d,golden\n", number);
	for (int i = 0; i < n; i++) {
		buffer_printf(&b, i == 1 ? "%013d,\"row %d\n\"\"of\"\" %d\",x\n" : "%013d,row %d,%d\n", number, i, number);
		lines[i] = line_of(number, i);
	}
	carry_output_customer(o, o->text, b.len, lines, (size_t)n);
	cr_assert_eq(carry_output_text(o, buffer_slice(&b), &e), SO1_OK);
	buffer_free(&b);
}

/* Customers first, first + step … before `end`. Returns the file's seal. */
static uint64_t write_file(const char *name, int first, int end, int step, const struct carry_key *key,
			   uint64_t base, const uint32_t *gone, size_t gone_count)
{
	struct carry_output o;
	struct so1_error e = {0};
	struct buffer b = {0};
	uint64_t seal;

	cr_assert_eq(carry_output_open(&o, in_folder(name), "/nowhere", &e), SO1_OK, "%s", e.reason);
	for (int i = first; i < end; i += step)
		put_customer(&o, i);
	cr_assert_eq(carry_output_seal(&o, key, base, gone, gone_count, &e), SO1_OK);
	cr_assert_eq(carry_output_commit(&o, &e), SO1_OK);
	carry_output_close(&o);
	get_file(in_folder(name), &b);
	memcpy(&seal, b.ptr + b.len - sizeof seal, sizeof seal);
	buffer_free(&b);
	return seal;
}

static void open_carry(struct carry *c)
{
	*c = (struct carry){0};
	carry_open(c, in_folder("rows"), in_folder("more"));
	carry_check(c, &KEY);
}

static uint32_t find(const struct carry *c, int number, int nth)
{
	struct carry_line line = line_of(number, nth);

	return carry_find(c, (struct tuple_key){line.hash, line.tag});
}

static void take_all(struct carry *c, int number)
{
	for (int i = 0; i < number % 3 + 1; i++) {
		uint32_t line = find(c, number, i);
		cr_assert_neq(line, CARRY_NONE, "%d", number);
		cr_assert(carry_take(c, line, (uint64_t)number * 10 + (uint64_t)i + 1));
	}
}

static bool touches_5(void *context, const struct carry_line *line)
{
	(void)context;
	return line->identity == 7 + 5;
}

Test(carry, no_file_carries_nothing)
{
	struct carry c;

	make_folder();
	open_carry(&c);
	cr_assert_null(c.customers);
	carry_close(&c);
	remove_folder();
}

/* 1 … 9: of 4 a line is missing, of 6 all are; somebody touches 5. */
Test(carry, tells_who_stands)
{
	static const uint8_t expected[] = {CARRY_KEPT, CARRY_KEPT, CARRY_KEPT, CARRY_MADE, CARRY_MADE,
					   CARRY_AWAY, CARRY_KEPT, CARRY_KEPT, CARRY_KEPT};
	struct carry c;

	make_folder();
	write_file("rows", 1, 10, 1, &KEY, 0, NULL, 0);
	open_carry(&c);
	cr_assert_eq(c.count, 9);
	for (int i = 1; i < 10; i++)
		if (i != 4 && i != 6)
			take_all(&c, i);
	cr_assert(carry_take(&c, find(&c, 4, 1), 99));
	cr_assert(!carry_take(&c, find(&c, 4, 1), 100), "a line that comes again is a repeat");
	cr_assert_eq(find(&c, 4, 2), CARRY_NONE);
	carry_settle(&c);
	carry_touch(&c, touches_5, NULL);
	cr_assert_arr_eq(c.state, expected, sizeof expected);
	cr_assert_eq(c.kept, 6);
	cr_assert_eq(c.made, 2);
	cr_assert_eq(c.kept_lines, 2 + 3 + 1 + 2 + 3 + 1);
	carry_close(&c);
	remove_folder();
}

Test(carry, rows_come_back_one_by_one)
{
	struct carry c;
	size_t at = 0;

	make_folder();
	write_file("rows", 1, 4, 1, &KEY, 0, NULL, 0);
	open_carry(&c);
	cr_assert(slice_is(carry_row(&c.customers[1], &at), "row 0,2\n"));
	cr_assert(slice_is(carry_row(&c.customers[1], &at), "\"row 1\n\"\"of\"\" 2\",x\n"));
	cr_assert(slice_is(carry_row(&c.customers[1], &at), "row 2,2\n"));
	cr_assert_eq(at, c.customers[1].len);
	carry_close(&c);
	remove_folder();
}

/* 1, 3, 5 … 19 stand in FILE.rows, of which 3 and 19 are gone; 2, 3 and 20 in the other one. */
Test(carry, both_files_together)
{
	static const int expected[] = {1, 2, 3, 5, 7, 9, 11, 13, 15, 17, 20};
	static const uint32_t gone[] = {1, 9};
	const struct carry_key old = {1, 2};
	struct carry c;

	make_folder();
	uint64_t seal = write_file("rows", 1, 20, 2, &old, 0, NULL, 0);
	open_carry(&c);
	cr_assert_null(c.customers, "of another run");
	struct carry_output o;
	struct so1_error e = {0};
	cr_assert_eq(carry_output_open(&o, in_folder("more"), "/nowhere", &e), SO1_OK);
	put_customer(&o, 2);
	put_customer(&o, 3);
	put_customer(&o, 20);
	cr_assert_eq(carry_output_seal(&o, &KEY, seal, gone, 2, &e), SO1_OK);
	cr_assert_eq(carry_output_commit(&o, &e), SO1_OK);
	carry_output_close(&o);
	open_carry(&c);
	cr_assert_eq(c.count, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < c.count; i++) {
		char id[16];
		snprintf(id, sizeof id, "%013d", expected[i]);
		cr_assert_eq(memcmp(c.customers[i].text, id, CUSTOMER_ID_LENGTH), 0, "%s", id);
		bool in_more = expected[i] == 2 || expected[i] == 3 || expected[i] == 20;
		cr_assert_eq(c.customers[i].base == CARRY_NONE, in_more, "%s", id);
		take_all(&c, expected[i]);
	}
	cr_assert_eq(find(&c, 19, 0), CARRY_NONE, "gone");
	carry_settle(&c);
	carry_touch(&c, touches_5, NULL);
	cr_assert_eq(c.kept, 10);
	carry_close(&c);
	/* What stands on another FILE.rows is not looked at. */
	write_file("rows", 1, 20, 1, &KEY, 0, NULL, 0);
	open_carry(&c);
	cr_assert_eq(c.count, 19);
	carry_close(&c);
	remove_folder();
}

/* Every byte matters: what is damaged counts as absent. */
static void expect_ignored(const char *name, const struct buffer *whole)
{
	struct buffer damaged = {0};
	struct carry c;

	for (size_t i = 0; i < whole->len; i++) {
		buffer_clear(&damaged);
		buffer_put_slice(&damaged, buffer_slice(whole));
		damaged.ptr[i] = (char)(damaged.ptr[i] ^ 0x10);
		put_file(in_folder(name), buffer_slice(&damaged));
		open_carry(&c);
		cr_assert_null(c.customers, "%s at %zu", name, i);
		carry_close(&c);
	}
	for (size_t len = 0; len < whole->len; len += 7) {
		put_file(in_folder(name), slice_make(whole->ptr, len));
		open_carry(&c);
		cr_assert_null(c.customers, "%s of %zu", name, len);
		carry_close(&c);
	}
	put_file(in_folder(name), buffer_slice(whole));
	open_carry(&c);
	cr_assert_not_null(c.customers);
	carry_close(&c);
	buffer_free(&damaged);
}

Test(carry, damage_is_absence)
{
	const struct carry_key old = {1, 2};
	static const uint32_t gone[] = {0};
	struct buffer b = {0};

	make_folder();
	write_file("rows", 1, 4, 1, &KEY, 0, NULL, 0);
	get_file(in_folder("rows"), &b);
	expect_ignored("rows", &b);
	uint64_t seal = write_file("rows", 1, 4, 1, &old, 0, NULL, 0);
	write_file("more", 5, 7, 1, &KEY, seal, gone, 1);
	get_file(in_folder("more"), &b);
	expect_ignored("more", &b);
	buffer_free(&b);
	remove_folder();
}
