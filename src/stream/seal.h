/* The line that ends a sealed stream: #so1-end,ROWS,XXH3. ROWS are the records without
 * the header; XXH3 is the 64-bit hash, 16 hex digits, of all bytes before the line as
 * they are without compression. */
#ifndef SO1_STREAM_SEAL_H
#define SO1_STREAM_SEAL_H

#include "base/buffer.h"

#define SEAL_PREFIX "#so1-end,"
/* No seal is longer, line end included. */
enum { SEAL_MAX = 64 };

struct seal_hash; /* running hash */

struct seal_hash *seal_hash_new(void);
void seal_hash_add(struct seal_hash *h, const char *bytes, size_t n);
uint64_t seal_hash_value(const struct seal_hash *h);
void seal_hash_free(struct seal_hash *h);

/* Appends the line with its LF. */
void seal_put(struct buffer *b, uint64_t rows, uint64_t hash);
/* Whether `line` (without line end) is a seal; if so *rows and *hash. */
bool seal_parse(struct slice line, uint64_t *rows, uint64_t *hash);

#endif
