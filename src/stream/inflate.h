/* Reading gzip. Private to src/stream. */
#ifndef SO1_STREAM_INFLATE_H
#define SO1_STREAM_INFLATE_H

#include "stream/source.h"

struct inflater;

/* Where the compressed bytes come from: like source_read. */
typedef enum so1_status inflate_input(void *context, char *to, size_t room, size_t *n,
				      struct so1_error *e);

/* `first`: bytes of the file that were read already. `name` is borrowed. */
struct inflater *inflater_new(inflate_input *input, void *context, struct slice first,
			      const char *name);
/* As source_read. Members may follow each other, zeros (padding) the last. */
enum so1_status inflater_read(struct inflater *f, char *to, size_t room, size_t *n,
			      struct so1_error *e);
void inflater_free(struct inflater *f);

#endif
