/* Differential fuzzing of the reader: for any bytes the fast lane on and off, and any
 * block size, give the same records, lines, raw bytes, rejects and errors.
 *
 * The first two bytes choose delimiter, longest record and block size; the rest is the
 * file. Built by scripts/fuzz with libFuzzer; with -DREPLAY it has a main of its own
 * that runs the files named. */
#include "stream/block.h"
#include "stream/reader_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_slice(struct buffer *b, struct slice s)
{
	buffer_printf(b, "%zu[", s.len);
	buffer_put_slice(b, s);
	buffer_put_byte(b, ']');
}

static void put_record(struct buffer *b, const struct block *block, size_t i, struct slice *fields)
{
	struct arena a = {0};
	struct record rec;
	struct problem p;
	bool good = block_get(block, i, fields, &a, &rec, &p);

	buffer_printf(b, "%llu ", (unsigned long long)rec.line);
	put_slice(b, rec.raw);
	if (good) {
		buffer_printf(b, " %d:", rec.raw_is_canonical);
		for (size_t f = 0; f < rec.count; f++)
			put_slice(b, rec.fields[f]);
	} else {
		buffer_printf(b, " %d %s ", p.fatal, p.reason);
		put_slice(b, p.column);
		put_slice(b, p.value);
	}
	buffer_put_byte(b, '\n');
	arena_free(&a);
}

/* All that a reader says about the file. */
static void transcribe(const char *path, const struct reader_options *options, struct buffer *b)
{
	struct block *block = block_new(0);
	struct reader *r;
	struct so1_error e = {0};
	bool more = true;
	enum so1_status status = reader_open(&r, &path, 1, options, &e);
	const struct header *h = reader_header(r);
	struct slice *fields = calloc(h->count + 1, sizeof *fields);

	if (status == SO1_OK)
		for (size_t i = 0; i < h->count; i++)
			put_slice(b, h->names[i]);
	while (status == SO1_OK && more) {
		status = reader_fill_block(r, block, &more, &e);
		for (size_t i = 0; status == SO1_OK && more && i < block->count; i++)
			put_record(b, block, i, fields);
	}
	if (status != SO1_OK)
		buffer_printf(b, "%d %llu %s %s %s", status, (unsigned long long)e.line, e.column,
			      e.reason, e.value);
	free(fields);
	block_free(block);
	reader_close(r);
}

static void complain(const struct buffer *slow, const struct buffer *fast)
{
	fprintf(stderr, "--- libcsv\n%.*s\n--- fast lane\n%.*s\n", (int)slow->len, slow->ptr,
		(int)fast->len, fast->ptr);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = {0, ',', ';', '\t', '|', 'x', ' ', 0};
	static const size_t longest[] = {0, 5, 63, 64, 65, 128, 200, 1000};
	static int fd = -1;
	char path[64];
	struct buffer slow = {0}, fast = {0};

	if (size < 2)
		return 0;
	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data + 2, size - 2, 0) != (ssize_t)size - 2)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct reader_options options = {
		.delimiter = delimiters[data[0] & 7], .max_record = longest[data[0] >> 3 & 7],
		.allow_empty = data[0] & 64, .seal_required = data[0] & 128, .no_fast_lane = true,
	};
	transcribe(path, &options, &slow);
	options.no_fast_lane = false;
	options.block_size = (size_t)data[1] + 1;
	transcribe(path, &options, &fast);
	if (slow.len != fast.len || (slow.len && memcmp(slow.ptr, fast.ptr, slow.len) != 0))
		complain(&slow, &fast);
	buffer_free(&slow);
	buffer_free(&fast);
	return 0;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct buffer b = {0};
		FILE *f = fopen(argv[i], "rb");
		int c;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		while ((c = getc(f)) != EOF)
			buffer_put_byte(&b, (char)c);
		fclose(f);
		LLVMFuzzerTestOneInput((const uint8_t *)b.ptr, b.len);
		buffer_free(&b);
	}
	printf("%d files, no difference\n", argc - 1);
	return 0;
}
#endif
