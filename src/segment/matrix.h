/* Rows of numbers in blocks of a fixed number of rows, whatever the blocks of the reader,
 * and sums over them that are the same bits for any number of threads. */
#ifndef SO1_SEGMENT_MATRIX_H
#define SO1_SEGMENT_MATRIX_H

#include "stream/blocks.h"

enum { MATRIX_ROWS = 4096 };

struct matrix {
	size_t columns;
	uint64_t rows;
	struct blocks blocks; /* MATRIX_ROWS × columns doubles each, row by row */
	double *filling;      /* the last block while rows are added */
	size_t filled;
};

/* core_limit: bytes kept in memory, the rest goes to a temporary file in tmpdir (borrowed).
 * matrix_free when done. */
void matrix_init(struct matrix *m, size_t columns, uint64_t core_limit, const char *tmpdir);
/* Room for the next row: `columns` doubles, to be filled by the caller before the next call.
 * *row is NULL after a failure. */
enum so1_status matrix_add(struct matrix *m, double **row, struct so1_error *e);
/* Ends adding. */
enum so1_status matrix_finish(struct matrix *m, struct so1_error *e);
size_t matrix_block_rows(const struct matrix *m, size_t block);
/* A row of a matrix that is all in memory. */
const double *matrix_row(const struct matrix *m, uint64_t row);
void matrix_free(struct matrix *m);

/* One pass over all rows. `work` sums one block (first: number of its first row) into
 * partial, which is partial_bytes of zeros; it may run on any thread. `fold` takes the
 * partial sums in the order of the blocks, one after the other. */
struct matrix_pass {
	int threads;
	size_t partial_bytes;
	void (*work)(void *context, const double *cells, size_t rows, uint64_t first,
		     void *partial);
	void (*fold)(void *context, const void *partial);
	void *context;
};

enum so1_status matrix_run(const struct matrix *m, const struct matrix_pass *pass,
			   struct so1_error *e);

/* The row of `rows` that stratum i of `strata` is stood for by: the rows are cut into equal
 * runs, and a hash of i chooses in each. A sample of its kind does not depend on threads or
 * memory, and ascends with i. strata <= rows. */
uint64_t sample_row(uint64_t i, uint64_t strata, uint64_t rows);

#endif
