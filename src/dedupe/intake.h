/* The first pass: records to identity tuples and rows. Batches of records are checked and
 * encoded by a crew of threads; one thread numbers the tuples in the order of the input,
 * so that nothing depends on how many there are. */
#ifndef SO1_DEDUPE_INTAKE_H
#define SO1_DEDUPE_INTAKE_H

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
	void (*on_row)(void *context, const struct row *row); /* every row; may be NULL */
	void (*on_batch)(void *context);   /* between two batches */
	void *context;
};

/* Reads everything. What cannot be used goes to the reader's rejects, or fails. */
enum so1_status intake_run(struct intake *in, struct so1_error *e);

#endif
