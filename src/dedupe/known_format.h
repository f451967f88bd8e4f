/* How the files of known.h are laid out: for those who read and write them. */
#ifndef SO1_DEDUPE_KNOWN_FORMAT_H
#define SO1_DEDUPE_KNOWN_FORMAT_H

#include "dedupe/traits.h"

struct known_head {
	char magic[8];  /* the last two digits: the version of the format */
	uint32_t order; /* reads otherwise on a machine of another byte order */
	uint32_t columns;
	uint64_t registry_hash, registry_rows;
	uint64_t base;  /* seal of the file that it adds to; 0: none */
	uint64_t rules, gone, changed, items, values, text; /* bytes; how many …; bytes */
	uint64_t known[TRAIT_COUNT];
};

#define KNOWN_MAGIC "so1kno04"

/* MAGIC_NAME: bytes of it that all versions have. */
enum { MAGIC_NAME = 6, BYTE_ORDER_MARK = 0x01020304, ALIGNMENT = 8, LONG_FIELD = 255 };

static inline uint64_t filled_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

#endif
