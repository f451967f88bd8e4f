/* What pipeline.c needs of a reader and nobody else does. */
#ifndef SO1_STREAM_READER_PRIVATE_H
#define SO1_STREAM_READER_PRIVATE_H

#include "stream/block.h"

/* The next records into *b (cleared first); *more false at the end. Not counted yet, and
 * records of no use still among them: whoever takes them calls reader_count and
 * reader_report, in the order of the input. */
enum so1_status reader_fill_block(struct reader *r, struct block *b, bool *more,
				  struct so1_error *e);
void reader_count(struct reader *r, uint64_t rows);
/* Whether the next read would have to wait for an upstream. */
bool reader_would_wait(const struct reader *r);
/* Whether another thread that reads is waiting for one right now. */
bool reader_is_waiting(const struct reader *r);

#endif
