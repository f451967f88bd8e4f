/* UTF-16 files, which spreadsheets call Unicode text, as UTF-8. Private to src/stream. */
#ifndef SO1_STREAM_WIDE_H
#define SO1_STREAM_WIDE_H

#include "base/buffer.h"
#include "stream/source.h"

/* Zero-initialise; wide_free when done. */
struct wide {
	bool decided;        /* the first bytes have been seen */
	bool utf16, big_endian;
	bool end;            /* the source is used up */
	struct buffer raw;   /* bytes of the source not converted yet: from `at` */
	size_t at;
	char pending[4];     /* a character that no longer fitted */
	size_t pending_len;
};

/* source_read, but what begins with the byte order mark of UTF-16 comes out as UTF-8, without
 * it. Half a surrogate pair and an odd byte at the end become the byte 0xff, which no UTF-8
 * holds, so that the record they are in is rejected. */
enum so1_status wide_read(struct wide *w, struct source *s, char *to, size_t room, size_t *n,
			  struct so1_error *e);
void wide_free(struct wide *w);

#endif
