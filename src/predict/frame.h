/* A training table in compact form: the feature columns of a stream, read once, eight
 * bytes a cell, in blocks (stream/blocks.h). Whether a column is numbers or
 * categories is known only at the end: a cell is the number it holds, or a NaN that says
 * "missing" or which text.
 *
 * In a column that turns out to be categories a number's level is its shortest decimal
 * (number_put_double), so that 1, 1.0 and 01 are one level whatever came first. */
#ifndef SO1_PREDICT_FRAME_H
#define SO1_PREDICT_FRAME_H

#include "base/buffer.h"
#include "base/table.h"
#include "predict/window.h"
#include "stream/blocks.h"
#include "stream/columns.h"
#include "stream/reader.h"

enum { FRAME_ROWS = 4096 };
/* Texts of one column that are told apart; a column with more is no category. */
enum { FRAME_LEVELS_MOST = 1 << 14 };

struct frame_column {
	struct slice name;        /* of the frame's header */
	size_t index;             /* in the stream */
	struct dictionary texts;  /* values that are no numbers */
	bool too_many;            /* more than FRAME_LEVELS_MOST of them */
	bool forced;              /* --categorical */
	bool all_dates;           /* every text is an ISO date and there is no number */
	uint64_t numbers, missing;
};

struct frame {
	struct header header;     /* the stream's */
	enum column_role *roles;  /* of its columns */
	struct frame_column *columns;
	size_t count;
	uint64_t rows, positives;
	struct window window;     /* empty without an as_of column */
	bool by_as_of;            /* fold bytes are ids of as_ofs */
	struct dictionary as_ofs;
	struct blocks blocks;
	char *block;              /* the one being filled: in blocks, or in filling */
	char *filling;
	size_t filled;
};

struct frame_block {
	size_t rows;
	const double *cells;  /* rows × count */
	const uint8_t *y;
	const uint8_t *fold;
};

struct frame_options {
	struct column_options columns;
	bool latest_as_of;   /* fold 0 are the rows of the latest as_of, the others are in no
	                        fold that is held out; instead of folds. SO1_FAILED without two
	                        dates, or with more than 250 */
	unsigned folds;      /* 0: none; else y rows get folds 0 … folds-1 */
	uint64_t core_limit; /* beside it, some 10 MB are under way */
	const char *tmpdir;
	int threads;
	/* What to do with a row instead of reading a 0/1 target; NULL: that. A failure that
	 * names a column rejects the row. */
	enum so1_status (*take)(void *context, const struct record *rec, bool *y,
				struct so1_error *e);
	void *context;
};

/* Reads the stream to its end. The target of a row is 0/1, no/yes, false/true, n/y (any
 * case); a row where it is empty or anything else is rejected. Rows of one file must ascend
 * by customer_id where there is one; it may repeat. */
enum so1_status frame_read(struct frame *f, struct reader *r, const struct frame_options *options,
			   struct so1_error *e);
size_t frame_block_count(const struct frame *f);
size_t frame_block_bytes(const struct frame *f);
enum so1_status frame_get(const struct frame *f, size_t i, void *scratch, struct frame_block *out,
			  struct so1_error *e);
/* The fold that a row's fold byte means. */
uint8_t frame_fold(const struct frame *f, uint8_t byte);
void frame_free(struct frame *f);

/* Cells: numbers as they are, the rest as quiet NaNs; nothing computes with them before they
 * are told apart. */
#define CELL_MISSING_BITS UINT64_C(0x7ff8000000000000)
double cell_of_missing(void);
double cell_of_text(uint32_t id);
/* False for a number. A quiet NaN whose payload is 0. */
static inline bool cell_is_missing(double cell)
{
	uint64_t bits;

	memcpy(&bits, &cell, sizeof bits);
	return bits == CELL_MISSING_BITS;
}
bool cell_is_text(double cell, uint32_t *id);

/* The id among the column's texts of a category's value that is not missing; a number is
 * known by its shortest decimal and becomes a text of the column. */
uint32_t frame_text_id(struct frame_column *c, double cell);

/* The value of a 0/1 target; false when it is none. */
bool target_parse(struct slice s, bool *y);
/* The same, SO1_FAILED with `column` and value when it is none. */
enum so1_status target_read(struct slice s, const char *column, bool *y, struct so1_error *e);
/* The fold of a row: by hash of the customer, or of the row's number. */
uint8_t fold_of(struct slice customer_id, uint64_t row, unsigned folds);
/* For weighing rows by chance, all of a customer alike; by the row's number when id is NULL.
 * Independent of the folds. */
uint64_t customer_hash(const struct slice *id, uint64_t row);

#endif
