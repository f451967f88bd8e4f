/* SHA-256, of bytes as they go by and of whole files. */
#ifndef SO1_EXPORT_DIGEST_H
#define SO1_EXPORT_DIGEST_H

#include "base/error.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX = 64 };

struct digest; /* a running SHA-256 */

/* Ends the process when libcrypto has no memory for it, like any allocation. */
struct digest *digest_new(void);
void digest_add(struct digest *d, struct slice s);
/* Lower-case hex, NUL-terminated; the digest starts anew. */
void digest_take_hex(struct digest *d, char hex[DIGEST_HEX + 1]);
/* The binary form of one piece; the digest must be fresh and is fresh again after it. */
void digest_one(struct digest *d, struct slice s, unsigned char out[DIGEST_BYTES]);
void digest_free(struct digest *d);

enum so1_status digest_file(const char *path, char hex[DIGEST_HEX + 1], struct so1_error *e);
/* 64 hex digits of either case to 32 bytes; false for anything else. */
bool digest_parse(struct slice text, unsigned char out[DIGEST_BYTES]);

#endif
