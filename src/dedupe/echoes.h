/* Records that say exactly what others say: the hundred orders of a guest who always gives the
 * same name and address. Comparing any two of them says the same, and so does comparing one of
 * them with a third, so that the first ECHOES_KEPT stand for all: the others, the echoes, are
 * compared with the first alone. Otherwise a person's comparisons would grow with the square of
 * the records, and blocks would be too large for what one person says again and again. */
#ifndef SO1_DEDUPE_ECHOES_H
#define SO1_DEDUPE_ECHOES_H

#include "dedupe/blocking.h"

enum { ECHOES_KEPT = 8 };

struct echo {
	uint32_t first, tuple; /* whom it echoes, itself */
	uint32_t before;       /* how many say the same and come before it in the order of content */
};

struct echoes {
	struct echo *items; /* in the order of content of the first, then of the echo */
	size_t count;
	bool *is;           /* by tuple; NULL: there are none */
};

/* Of the tuples of t that any of the rules puts into a block, by their traits and generation (by
 * tuple, NULL: none has one). The same in any order of input. Zero-initialised; echoes_free when
 * done. */
void echoes_find(struct echoes *e, const struct traits *t, const uint8_t *generation,
		 const struct rules *rules);
void echoes_free(struct echoes *e);

#endif
