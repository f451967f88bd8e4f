/* A run of consecutive records of one file that owns its bytes: what the scanner fills
 * and what one thread hands to another. Private to src/stream. */
#ifndef SO1_STREAM_BLOCK_H
#define SO1_STREAM_BLOCK_H

#include "base/memory.h"
#include "stream/reader.h"

/* What the records of one file have in common. Lives as long as its reader. */
struct shape {
	char *name;
	char delimiter;
	size_t columns;
	const struct header *header; /* of the reader: the names in its order */
	size_t *places;              /* places[i]: where the file's column i goes; NULL: i */
	bool canonical;              /* raw may be handed on as it is */
	bool check_utf8;
	char ragged[64];             /* the reason for a wrong number of fields */
};

enum record_kind { RECORD_FAST, RECORD_STRICT, RECORD_BROKEN };
enum { HAS_QUOTE = 1, HAS_DOUBLED = 2, HAS_ODD = 4 /* NUL or a byte >= 0x80 */ };

struct block_record {
	uint32_t start, end; /* in bytes, without line end */
	uint32_t first;      /* fast: its first mark; strict: field; broken: breakage */
	uint32_t fields;
	uint32_t line;       /* behind the block's first */
	uint16_t kind, flags;
};

struct block_breakage {
	const char *reason;
	size_t column;
	struct slice value;
};

struct block {
	char *bytes; /* BLOCK_PADDING more can be read behind cap */
	size_t len, cap;
	uint64_t first_line;
	const struct shape *shape;
	struct block_record *records;
	size_t count, record_cap;
	uint32_t *marks; /* where fields end */
	size_t mark_count, mark_cap;
	struct slice *fields; /* of strict records, text in the arena */
	size_t field_count, field_cap;
	struct block_breakage *breakages;
	size_t breakage_count, breakage_cap;
	struct arena text;
	struct block *next; /* in a list of free blocks */
};

enum { BLOCK_PADDING = 64 };

struct block *block_new(size_t cap);
void block_clear(struct block *b);
void block_free(struct block *b);
/* Room for `cap` bytes; what is there stays. */
void block_grow(struct block *b, size_t cap);

/* Record i into *rec, with its fields (room for as many as the header has) in the
 * header's order; decoded text goes to the arena. False and *p when it is unusable
 * (rec then has file, line and raw). Safe from several threads. */
bool block_get(const struct block *b, size_t i, struct slice *fields, struct arena *a,
	       struct record *rec, struct problem *p);

#endif
