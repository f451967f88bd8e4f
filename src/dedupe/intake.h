/* The first pass: records to identity tuples and rows. Batches of records are checked and
 * encoded by a crew of threads; one thread numbers the tuples in the order of the input,
 * so that nothing depends on how many there are. */
#ifndef SO1_DEDUPE_INTAKE_H
#define SO1_DEDUPE_INTAKE_H

#include "dedupe/carry.h"
#include "dedupe/rows.h"
#include "dedupe/spool.h"

struct intake {
	/* Borrowed. */
	struct reader *reader;
	const struct row_plan *plan;
	struct tuples *tuples;
	struct spool *spool;
	int threads;
	bool small;                        /* memory is scarce */
	void (*on_erase)(void *context, uint32_t tuple); /* a row asks for erasure; may be NULL */
	/* Every row, with the place of its line in the input (from 1); may be NULL. */
	void (*on_row)(void *context, const struct row *row, uint64_t place);
	void (*on_batch)(void *context);   /* between two batches */
	void *context;
	bool keep_lines;      /* rows tell which line they come from (ROW_HAS_LINE) */
	struct carry *carry;  /* lines it has are taken there, and no rows; NULL: none */

	uint64_t place;       /* lines read */
};

/* Reads everything. What cannot be used goes to the reader's rejects, or fails. */
enum so1_status intake_run(struct intake *in, struct so1_error *e);

/* Records that come behind those of the reader. Zero-initialise; intake_more_free. */
struct intake_more {
	struct buffer rows, scratch;
};
/* A record like those that passed before, whose line stood at this place of the input. tuple:
 * TUPLE_NONE, or that of a record of which there is nothing to take note of but its row. */
enum so1_status intake_add(struct intake *in, struct intake_more *m, const struct record *rec,
			   uint32_t tuple, struct tuple_key line, uint64_t place, struct so1_error *e);
/* What was added goes to the spool. */
enum so1_status intake_flush(struct intake *in, struct intake_more *m, struct so1_error *e);
void intake_more_free(struct intake_more *m);

#endif
