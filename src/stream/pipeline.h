/* A row-by-row tool on several threads: batches of records go to workers, what they
 * make is written in the order of the input. Same bytes for any number of threads. */
#ifndef SO1_STREAM_PIPELINE_H
#define SO1_STREAM_PIPELINE_H

#include "stream/reader.h"
#include "stream/writer.h"

/* What a worker makes of one batch. */
struct pipeline_output {
	struct buffer bytes; /* encoded records for the writer */
	uint64_t rows;
	size_t start, fields; /* of the open record, for pipeline_put_… */
	struct buffer side;  /* record() may append what settled() is to see; not written */
};

struct pipeline {
	/* A worker's own state (scratch memory, counters); NULL functions when none. */
	void *(*worker_new)(void *context);
	/* Turns one record into zero or more records of out. Runs on worker threads:
	 * context must be read-only. To reject the record: fill *e by error_set (reason),
	 * error_at(NULL, 0, column) and error_value, return SO1_FAILED with *reject = true;
	 * any other failure ends the run. The error that comes first in the input wins. */
	enum so1_status (*record)(void *context, void *worker, const struct record *rec,
				  struct pipeline_output *out, bool *reject, struct so1_error *e);
	/* NULL, or called for each batch in the order of the input, on the calling thread,
	 * when its records have been written: `side` is what record() put aside, one record
	 * after the other. Not called for a batch with an error. A failure ends the run. */
	enum so1_status (*settled)(void *context, struct slice side, struct so1_error *e);
	/* Called for each worker at the end, one after the other, to add up and free. */
	void (*worker_free)(void *context, void *worker);
	void *context;
	int threads;
	/* The records must ascend by the customer_id in column order_column (stream/order.h);
	 * with `unique` no id may repeat. Checked across batches, in the order of the input. */
	bool ordered, unique;
	size_t order_column;
};

/* For record(): appends to the open record of out, with the delimiter of the writer.
 * put_record takes the bytes of the record as they are where it can; further fields go
 * behind it. end_record closes and counts it. */
void pipeline_put_record(struct pipeline_output *out, const struct record *rec, char delimiter);
void pipeline_put_field(struct pipeline_output *out, struct slice field, char delimiter);
void pipeline_end_record(struct pipeline_output *out);

enum so1_status pipeline_run(const struct pipeline *p, struct reader *r, struct writer *w,
			     struct so1_error *e);

#endif
