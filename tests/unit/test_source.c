/* src/stream/source and inflate: gzip, whole, in members, cut and damaged. */
#include "stream/reader.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <zlib.h>

static void put_member(struct buffer *b, struct slice text)
{
	z_stream z = {0};

	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text.ptr;
	z.avail_in = (unsigned)text.len;
	z.next_out = (unsigned char *)buffer_reserve(b, text.len + 1000);
	z.avail_out = (unsigned)text.len + 1000;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->len += text.len + 1000 - z.avail_out;
	deflateEnd(&z);
}

static void read_gzip(const char *path, int threads, struct so1_error *e, uint64_t *rows)
{
	struct reader *r;
	struct record rec;
	bool more = true;
	struct reader_options options = {.threads = threads};
	enum so1_status status = reader_open(&r, &path, 1, &options, e);

	if (status == SO1_OK)
		*e = (struct so1_error){0};
	while (status == SO1_OK && more)
		status = reader_next(r, &rec, &more, e);
	*rows = reader_rows(r);
	reader_close(r);
}

Test(source, gzip)
{
	char *folder = temp_folder();
	const char *path = temp_path(folder, "in.csv.gz");
	struct buffer text = {0}, b = {0};
	struct so1_error e;
	uint64_t rows;

	for (int i = 0; i < 300000; i++)
		buffer_printf(&text, "%d,abc\n", i);
	put_member(&b, SLICE("a,b\n1,"));
	put_member(&b, SLICE(""));
	put_member(&b, SLICE("2\n"));
	put_member(&b, buffer_slice(&text));
	for (int threads = 1; threads <= 2; threads++) {
		file_put(path, buffer_slice(&b));
		read_gzip(path, threads, &e, &rows);
		cr_assert_eq(e.status, SO1_OK, "%s", e.reason);
		cr_assert_eq(rows, 300001);
		/* Zeros behind the last member are padding. */
		struct buffer padded = {0};
		buffer_put_slice(&padded, buffer_slice(&b));
		buffer_put(&padded, "\0\0\0\0", 4);
		file_put(path, buffer_slice(&padded));
		read_gzip(path, threads, &e, &rows);
		cr_assert_eq(rows, 300001);
		cr_assert_eq(e.status, SO1_OK);
		buffer_put(&padded, "x", 1);
		file_put(path, buffer_slice(&padded));
		read_gzip(path, threads, &e, &rows);
		cr_assert_str_eq(e.reason, "bytes that are not gzip follow the gzip data");
		buffer_free(&padded);
		/* Cut in the header, the data, the checksum. */
		const size_t cuts[] = {3, 15, b.len / 2, b.len - 8, b.len - 1};
		for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
			file_put(path, slice_make(b.ptr, cuts[i]));
			read_gzip(path, threads, &e, &rows);
			cr_assert_eq(e.status, SO1_FAILED, "cut at %zu", cuts[i]);
			cr_assert_str_eq(e.reason, "gzip cut short");
			cr_assert_str_eq(e.file, path);
		}
		struct buffer damaged = {0};
		buffer_put_slice(&damaged, buffer_slice(&b));
		damaged.ptr[damaged.len - 6] ^= 1; /* in the checksum */
		file_put(path, buffer_slice(&damaged));
		read_gzip(path, threads, &e, &rows);
		cr_assert_str_eq(e.reason, "gzip damaged");
		buffer_free(&damaged);
	}
	buffer_free(&text);
	buffer_free(&b);
	temp_remove(folder);
}
