/* SHA-256, of bytes as they go by and of whole files. */
#ifndef SO1_BASE_SHA256_H
#define SO1_BASE_SHA256_H

#include "base/error.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 64 };

struct sha256; /* a running SHA-256 */

/* Ends the process when libcrypto has no memory for it, like any allocation. */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *d, struct slice s);
/* Lower-case hex, NUL-terminated; the digest starts anew. */
void sha256_take_hex(struct sha256 *d, char hex[SHA256_HEX + 1]);
/* The binary form of one piece; the digest must be fresh and is fresh again after it. */
void sha256_one(struct sha256 *d, struct slice s, unsigned char out[SHA256_BYTES]);
void sha256_free(struct sha256 *d);

enum so1_status sha256_file(const char *path, char hex[SHA256_HEX + 1], struct so1_error *e);
/* 64 hex digits of either case to 32 bytes; false for anything else. */
bool sha256_parse(struct slice text, unsigned char out[SHA256_BYTES]);

#endif
