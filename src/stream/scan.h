/* The fast lane: finds the fields of regular records 64 bytes at a time. Private to
 * src/stream.
 *
 * Regular is RFC 4180 to the letter: records end in LF or CRLF, a quote opens right
 * behind a delimiter and closes right before one, quotes inside are doubled. On the
 * first byte that is not, the scan stops and leaves that record to strict.h. */
#ifndef SO1_STREAM_SCAN_H
#define SO1_STREAM_SCAN_H

#include "stream/block.h"

struct scan_result {
	size_t next;    /* behind the last record found: where the next one starts */
	uint32_t lines; /* physical lines up to there */
	bool irregular; /* the record at `next` is not for the fast lane */
};

/* Adds the records in bytes [from, b->len) to the block. `line`: the block's line at
 * `from`. Reads up to BLOCK_PADDING bytes behind len. Blank lines are skipped where the
 * shape has more than one column; records longer than max_record are irregular. */
struct scan_result scan_records(struct block *b, size_t from, uint32_t line, size_t max_record);

/* The scanners this processor can run, best first (tests hold them against each other). */
enum { SCAN_LANES = 3 };
struct scan_lane {
	const char *name;
	struct scan_result (*scan)(struct block *b, size_t from, uint32_t line, size_t max_record);
};
size_t scan_lanes(struct scan_lane lanes[SCAN_LANES]);

#endif
