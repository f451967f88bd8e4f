/* The design matrix of a regression, compact: dense columns as doubles, indicator columns
 * (levels of a category, "is missing") as 16-bit codes, in blocks of DESIGN_ROWS rows
 * that lie in memory or in a temporary file (stream/blocks.h).
 *
 * Coefficients are numbered: 0 the intercept, 1 … dense the dense columns, then the
 * levels of each code column in turn. */
#ifndef SO1_PREDICT_DESIGN_H
#define SO1_PREDICT_DESIGN_H

#include "stream/blocks.h"

enum { DESIGN_ROWS = 4096 };
#define DESIGN_NO_LEVEL UINT16_MAX /* a code that stands for no column at all */
#define DESIGN_NO_FOLD UINT8_MAX

struct design {
	size_t dense;        /* without the intercept */
	size_t codes;        /* code columns */
	size_t *code_column; /* first coefficient of each code column; [codes] = columns */
	size_t columns;      /* coefficients in all */
	uint64_t rows, positives;
	struct blocks blocks;
	char *block;         /* the one being filled: in blocks, or in filling */
	char *filling;
	size_t filled;       /* its rows */
};

/* One block as the passes see it. */
struct design_block {
	size_t rows;
	const double *x;       /* rows × (dense + 1), the first of each row is 1 */
	const uint16_t *codes; /* rows × codes */
	const uint8_t *y;      /* 0 or 1 */
	const uint8_t *fold;
};

/* A row being filled: x[0 … dense) behind the intercept, codes[0 … codes). Zero, and
 * DESIGN_NO_LEVEL, to begin with; valid until the next design_add. */
struct design_row {
	double *x;
	uint16_t *codes;
};

/* levels[c]: columns of code column c, at most 65535. */
void design_init(struct design *d, size_t dense, size_t codes, const size_t *levels,
		 uint64_t core_limit, const char *tmpdir);
enum so1_status design_add(struct design *d, bool y, uint8_t fold, struct design_row *row,
			   struct so1_error *e);
/* Ends adding. */
enum so1_status design_finish(struct design *d, struct so1_error *e);
size_t design_block_count(const struct design *d);
size_t design_block_bytes(const struct design *d);
/* scratch: design_block_bytes, 8-aligned. Thread-safe. */
enum so1_status design_read(const struct design *d, size_t i, void *scratch,
			    struct design_block *out, struct so1_error *e);
/* x'beta of row i of a block. */
double design_eta(const struct design *d, const struct design_block *b, size_t i,
		  const double *beta);
void design_free(struct design *d);

#endif
