/* Keyed hashes: what only the holder of a key can make again. */
#ifndef SO1_DEDUPE_SECRET_H
#define SO1_DEDUPE_SECRET_H

#include "base/buffer.h"
#include "base/error.h"

enum { SECRET_LEAST = 16, SECRET_MOST = 4096, SECRET_HEX = 64 };

/* Reads a key: the bytes of the file, a line end at their end not counted. Fails with
 * SO1_FAILED when it cannot be read, is shorter than `least` bytes (for keys SECRET_LEAST:
 * one that can be guessed protects nothing) or longer than SECRET_MOST. The caller frees
 * *key. */
enum so1_status secret_read(struct buffer *key, const char *path, size_t least,
			    struct so1_error *e);
/* HMAC-SHA-256 (RFC 2104) of the text in lower-case hex, SECRET_HEX bytes, no terminator. */
void secret_put_hex(struct slice key, struct slice text, char *out);

#endif
