/* What is written when some customers' rows stand in carry.h already: these among those that are
 * made, all by id; and what the next run may carry over. */
#ifndef SO1_DEDUPE_CARRIED_H
#define SO1_DEDUPE_CARRIED_H

#include "dedupe/carry.h"
#include "stream/writer.h"

/* A customer whose rows were made, in the text that is to be written. */
struct carried_made {
	struct customer_id id;
	size_t begin, end;   /* in the text */
	size_t first, count; /* of its lines */
	bool lasts;          /* the next run may carry it over: every row has a line of its own */
};

struct carried {
	/* Borrowed. */
	const struct carry *carry;    /* NULL: no customer is kept */
	struct writer *writer;
	struct carry_output *output;
	const uint32_t *tags;         /* by tuple, of its key */
	const bool *is_known;         /* by tuple: it is in FILE from now on */
	bool adds;                    /* to FILE.rows, which stays as it is */

	size_t next;                  /* customer of the carry */
	uint64_t rows;                /* written of kept customers */
	bool *stands;                 /* by customer of FILE.rows: is as it is there */
};

/* Sets stands. carried_free when done. */
void carried_begin(struct carried *c);
/* Writes the kept customers that come before this id; NULL: all there are. */
enum so1_status carried_put_before(struct carried *c, const struct customer_id *id,
				   struct so1_error *e);
/* Writes text with so many rows, and the kept customers that come between those who are in it. */
enum so1_status carried_put(struct carried *c, struct slice text, uint64_t rows,
			    const struct carried_made *made, size_t n,
			    const struct carry_line *lines, struct so1_error *e);
/* Seals the output. */
enum so1_status carried_end(struct carried *c, const struct carry_key *key, struct so1_error *e);
void carried_free(struct carried *c);

#endif
