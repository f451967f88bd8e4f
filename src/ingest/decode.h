/* Fields in the source's encoding to UTF-8. */
#ifndef SO1_INGEST_DECODE_H
#define SO1_INGEST_DECODE_H

#include "base/error.h"
#include "base/memory.h"

#include <iconv.h>

/* Read-only once opened. Encodings in which ASCII is ASCII can be cut into records and
 * fields first and decoded after; UTF-16 has been decoded by the reader, by its byte order mark;
 * the others (UTF-32, EBCDIC …) are refused with advice. */
struct decoder {
	bool is_utf8;      /* nothing to do: the reader checks */
	bool is_table;     /* one byte, one character */
	char name[64];
	uint8_t length[256];
	char bytes[256][4]; /* what a byte becomes; length 0: it is not in the encoding */
};

/* name: any that iconv knows; empty is UTF-8. SO1_USAGE otherwise. */
enum so1_status decoder_open(struct decoder *d, struct slice name, struct so1_error *e);

/* A worker's own conversion, for encodings that need one; NULL-initialise. */
struct decoding {
	iconv_t state;
	bool open;
};

/* s itself when it is ASCII (or UTF-8 the encoding), else decoded into the arena. False: s
 * has bytes that are not of the encoding. */
bool decoder_decode(const struct decoder *d, struct decoding *own, struct slice s,
		    struct arena *a, struct slice *out);
void decoding_close(struct decoding *own);

#endif
