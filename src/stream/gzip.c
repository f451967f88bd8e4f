#include "stream/gzip.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

enum { LEVEL = 6, OUT_SIZE = 128 << 10 };

struct gzip_writer {
	struct sink *sink;
	z_stream z;
	unsigned char out[OUT_SIZE];
};

struct gzip_writer *gzip_writer_new(struct sink *sink, int threads)
{
	struct gzip_writer *g = xcalloc(1, sizeof *g);

	(void)threads;
	g->sink = sink;
	/* 15 + 16: a gzip wrapper, without name or time. */
	if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		(void)xmalloc(SIZE_MAX);
	return g;
}

static enum so1_status deflate_all(struct gzip_writer *g, int mode, struct so1_error *e)
{
	int more;

	do {
		g->z.next_out = g->out;
		g->z.avail_out = OUT_SIZE;
		more = deflate(&g->z, mode);
		enum so1_status status = sink_write(g->sink, (char *)g->out,
						    OUT_SIZE - g->z.avail_out, e);
		if (status != SO1_OK)
			return status;
	} while (mode == Z_FINISH ? more != Z_STREAM_END : g->z.avail_out == 0);
	return SO1_OK;
}

enum so1_status gzip_writer_put(struct gzip_writer *g, const char *bytes, size_t n,
				struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	while (n > 0 && status == SO1_OK) {
		unsigned piece = n < 1u << 30 ? (unsigned)n : 1u << 30;
		g->z.next_in = (unsigned char *)(uintptr_t)bytes;
		g->z.avail_in = piece;
		status = deflate_all(g, Z_NO_FLUSH, e);
		bytes += piece;
		n -= piece;
	}
	return status;
}

enum so1_status gzip_writer_finish(struct gzip_writer *g, struct so1_error *e)
{
	return deflate_all(g, Z_FINISH, e);
}

void gzip_writer_free(struct gzip_writer *g)
{
	if (g == NULL)
		return;
	deflateEnd(&g->z);
	free(g);
}
