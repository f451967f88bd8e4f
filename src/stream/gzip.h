/* Writing gzip. */
#ifndef SO1_STREAM_GZIP_H
#define SO1_STREAM_GZIP_H

#include "stream/sink.h"

struct gzip_writer;

/* Compresses into the sink (borrowed), level 6, the same bytes for any number of
 * threads (0 is one). */
struct gzip_writer *gzip_writer_new(struct sink *sink, int threads);
enum so1_status gzip_writer_put(struct gzip_writer *g, const char *bytes, size_t n,
				struct so1_error *e);
enum so1_status gzip_writer_finish(struct gzip_writer *g, struct so1_error *e);
void gzip_writer_free(struct gzip_writer *g);

#endif
