#include "stream/writer.h"

#include "base/memory.h"
#include "stream/gzip.h"
#include "stream/seal.h"
#include "stream/sink.h"
#include "stream/spill.h"

#include <stdlib.h>

/* Written in pieces of this size or more: small writes are what makes pipes slow. */
enum { BATCH = 256 << 10 };

struct writer {
	struct writer_options options;
	struct sink sink;
	struct gzip_writer *gzip; /* NULL: not compressed */
	struct seal_hash *hash;   /* NULL: not sealed */
	struct buffer out;
	size_t record_start;      /* where in out the open record begins */
	size_t fields;            /* of the open record */
	uint64_t rows;
};

static bool is_gzip_name(const char *path)
{
	size_t n = path ? strlen(path) : 0;

	return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

enum so1_status writer_open(struct writer **out, const struct writer_options *options,
			    struct so1_error *e)
{
	struct writer *w = xcalloc(1, sizeof *w);

	*out = w;
	w->options = *options;
	if (w->options.delimiter == '\0')
		w->options.delimiter = ',';
	if (options->spool)
		return sink_open_spool(&w->sink, *options->spool, spool_folder(options->tmpdir), e);
	enum so1_status status = sink_open(&w->sink, options->path, e);
	if (status != SO1_OK)
		return status;
	if (is_gzip_name(options->path))
		w->gzip = gzip_writer_new(&w->sink, options->threads);
	if (options->seal)
		w->hash = seal_hash_new();
	if (options->bom)
		buffer_put_text(&w->out, "\xef\xbb\xbf");
	return SO1_OK;
}

char writer_delimiter(const struct writer *w)
{
	return w->options.delimiter;
}

static enum so1_status send_bytes(struct writer *w, struct slice bytes, struct so1_error *e)
{
	if (w->hash)
		seal_hash_add(w->hash, bytes.ptr, bytes.len);
	if (w->gzip)
		return gzip_writer_put(w->gzip, bytes.ptr, bytes.len, e);
	return sink_write(&w->sink, bytes.ptr, bytes.len, e);
}

/* Complete records only: a sealed stream must be whole up to the byte. */
static enum so1_status flush(struct writer *w, struct so1_error *e)
{
	enum so1_status status = send_bytes(w, buffer_slice(&w->out), e);

	buffer_clear(&w->out);
	w->record_start = 0;
	return status;
}

static void put_line_end(struct writer *w)
{
	if (w->options.crlf)
		buffer_put_byte(&w->out, '\r');
	buffer_put_byte(&w->out, '\n');
}

enum so1_status writer_put_header(struct writer *w, const struct header *h, struct so1_error *e)
{
	for (size_t i = 0; i < h->count; i++)
		writer_put_field(w, h->names[i]);
	if (h->count == 1 && h->names[0].len == 0)
		buffer_put_text(&w->out, "\"\"");
	put_line_end(w);
	w->fields = 0;
	return flush(w, e);
}

void writer_put_field(struct writer *w, struct slice field)
{
	if (w->fields++ > 0)
		buffer_put_byte(&w->out, w->options.delimiter);
	csv_put_field(&w->out, field, w->options.delimiter);
}

void writer_put_record(struct writer *w, const struct record *rec)
{
	if (rec->raw_is_canonical && rec->delimiter == w->options.delimiter) {
		if (w->fields > 0)
			buffer_put_byte(&w->out, w->options.delimiter);
		buffer_put_slice(&w->out, rec->raw);
		w->fields += rec->count;
		return;
	}
	for (size_t i = 0; i < rec->count; i++)
		writer_put_field(w, rec->fields[i]);
}

enum so1_status writer_end_record(struct writer *w, struct so1_error *e)
{
	/* A line without a byte would be a blank line, not a record. */
	if (w->fields == 1 && w->out.len == w->record_start)
		buffer_put_text(&w->out, "\"\"");
	put_line_end(w);
	w->rows++;
	w->fields = 0;
	w->record_start = w->out.len;
	return w->out.len < BATCH ? SO1_OK : flush(w, e);
}

enum so1_status writer_put_bytes(struct writer *w, struct slice bytes, uint64_t rows,
				 struct so1_error *e)
{
	w->rows += rows;
	if (bytes.len < BATCH / 2) {
		buffer_put_slice(&w->out, bytes);
		w->record_start = w->out.len;
		return w->out.len < BATCH ? SO1_OK : flush(w, e);
	}
	enum so1_status status = flush(w, e);
	return status == SO1_OK ? send_bytes(w, bytes, e) : status;
}

uint64_t writer_rows(const struct writer *w)
{
	return w->rows;
}

enum so1_status writer_flush(struct writer *w, struct so1_error *e)
{
	return w->fields > 0 ? SO1_OK : flush(w, e);
}

enum so1_status writer_commit(struct writer *w, struct so1_error *e)
{
	enum so1_status status = w->options.rejects ? rejects_check(w->options.rejects, e) : SO1_OK;

	if (status == SO1_OK)
		status = flush(w, e);
	if (status == SO1_OK && w->hash) {
		uint64_t hash = seal_hash_value(w->hash);
		seal_put(&w->out, w->rows, hash);
		status = flush(w, e);
	}
	if (status == SO1_OK && w->gzip)
		status = gzip_writer_finish(w->gzip, e);
	return status == SO1_OK ? sink_commit(&w->sink, e) : status;
}

void writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	gzip_writer_free(w->gzip);
	seal_hash_free(w->hash);
	sink_close(&w->sink);
	buffer_free(&w->out);
	free(w);
}
