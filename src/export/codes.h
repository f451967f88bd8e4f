/* Codes of --codes: each is handed out once, over all runs of one history.
 *
 * The file is CSV with the columns code and, where codes are an offer's own, offer_id; or
 * a plain list, one code a line. An offer with codes of its own gets those and no other;
 * the others share the codes without offer. In a file where every code has its offer, an
 * offer that is not named there keeps the catalogue's code. */
#ifndef SO1_EXPORT_CODES_H
#define SO1_EXPORT_CODES_H

#include "base/table.h"
#include "export/catalogue.h"

enum { CODES_SHARED = 0 };

/* Codes of one offer, or those of all (pool 0). */
struct code_pool {
	struct slice offer_id;
	uint32_t *ids; /* in the order of the file, indexes of codes.all */
	size_t count, cap, next;
	uint64_t lacking; /* asked for when none was left */
};

struct codes {
	const char *file;      /* borrowed */
	struct dictionary all;
	uint8_t *used;         /* by code */
	struct code_pool *pools;
	size_t pool_count, pool_cap;
	size_t *pool_of;       /* by offer of the catalogue; SIZE_MAX: none */
};

/* Zero-initialise. SO1_FAILED for a file that cannot be read or holds no code, a code that
 * stands in it twice; SO1_USAGE for a header without code, an offer_id the catalogue does
 * not have. The catalogue is borrowed. */
enum so1_status codes_read(struct codes *c, const char *file, const struct catalogue *catalogue,
			   struct so1_error *e);
/* The history has this code: nobody gets it again. */
void codes_mark_used(struct codes *c, struct slice code);
/* Whether the offer gets codes of the file at all. */
bool codes_has_offer(const struct codes *c, size_t offer);
/* The next code for the offer; empty when none is left, which is counted. */
struct slice codes_take(struct codes *c, size_t offer);
/* SO1_FAILED, naming the offer, when codes_take was asked for more than there were. */
enum so1_status codes_check(const struct codes *c, struct so1_error *e);
/* Codes nobody has yet. */
uint64_t codes_left(const struct codes *c);
void codes_free(struct codes *c);

#endif
