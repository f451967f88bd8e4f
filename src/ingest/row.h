/* One record of a source to one touchpoint. */
#ifndef SO1_INGEST_ROW_H
#define SO1_INGEST_ROW_H

#include "ingest/counts.h"
#include "ingest/placeholder.h"
#include "ingest/recipe.h"
#include "ingest/products.h"
#include "stream/pipeline.h"

/* What all workers share; read-only while they run, but for totals in row_worker_free. */
struct row_context {
	const struct recipe *recipe;
	const struct products *products;         /* may be NULL */
	const struct placeholders *placeholders; /* may be NULL */
	char delimiter;                          /* of the output */
	struct counts *totals;
};

/* For struct pipeline; context is a struct row_context. A record with a value that no
 * touchpoint can hold is rejected with its column: ts, birth_date, qty, amount, an encoding
 * error (the source's column), an expression that fails. */
void *row_worker_new(void *context);
enum so1_status row_make(void *context, void *worker, const struct record *rec,
			 struct pipeline_output *out, bool *reject, struct so1_error *e);
void row_worker_free(void *context, void *worker);

#endif
