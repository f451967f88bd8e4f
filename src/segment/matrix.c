#include "segment/matrix.h"

#include "base/chance.h"
#include "base/memory.h"
#include "base/threads.h"

#include <stdlib.h>

/* Blocks whose sums are kept apart until it is their turn: at most so many, and so many bytes
 * of sums unless there would be idle threads. How many there are does not show in the sums. */
enum { WAVE_MOST = 64, PARTIAL_BYTES = 8 << 20 };

static size_t block_bytes(const struct matrix *m)
{
	return MATRIX_ROWS * m->columns * sizeof(double);
}

void matrix_init(struct matrix *m, size_t columns, uint64_t core_limit, const char *tmpdir)
{
	*m = (struct matrix){.columns = columns};
	blocks_init(&m->blocks, block_bytes(m), core_limit, tmpdir);
	m->filling = xcalloc(MATRIX_ROWS * columns, sizeof *m->filling);
}

static enum so1_status flush(struct matrix *m, struct so1_error *e)
{
	m->filled = 0;
	return blocks_append(&m->blocks, m->filling, e);
}

enum so1_status matrix_add(struct matrix *m, double **row, struct so1_error *e)
{
	*row = NULL;
	if (m->filled == MATRIX_ROWS && flush(m, e) != SO1_OK)
		return e->status;
	*row = m->filling + m->filled++ * m->columns;
	m->rows++;
	return SO1_OK;
}

enum so1_status matrix_finish(struct matrix *m, struct so1_error *e)
{
	enum so1_status status = m->filled > 0 ? flush(m, e) : SO1_OK;

	free(m->filling);
	m->filling = NULL;
	return status;
}

size_t matrix_block_rows(const struct matrix *m, size_t block)
{
	uint64_t left = m->rows - (uint64_t)block * MATRIX_ROWS;

	return left < MATRIX_ROWS ? (size_t)left : MATRIX_ROWS;
}

const double *matrix_row(const struct matrix *m, uint64_t row)
{
	const double *cells = blocks_core(&m->blocks, (size_t)(row / MATRIX_ROWS));

	return cells + (size_t)(row % MATRIX_ROWS) * m->columns;
}

void matrix_free(struct matrix *m)
{
	free(m->filling);
	m->filling = NULL;
	/* One that was never begun has no file to close. */
	if (m->blocks.block_bytes > 0)
		blocks_free(&m->blocks);
	m->rows = 0;
}

struct wave {
	const struct matrix *m;
	const struct matrix_pass *pass;
	size_t first, size; /* blocks */
	char *partials;
	void **scratch; /* by thread */
	enum so1_status status[WAVE_MOST];
	struct so1_error errors[WAVE_MOST];
};

static void work_blocks(void *context, size_t begin, size_t end, int thread)
{
	struct wave *w = context;
	const struct matrix_pass *p = w->pass;

	for (size_t i = begin; i < end; i++) {
		const void *cells;
		size_t block = w->first + i;
		w->status[i] = blocks_read(&w->m->blocks, block, w->scratch[thread], &cells,
					   &w->errors[i]);
		if (w->status[i] != SO1_OK)
			continue;
		void *partial = w->partials + i * p->partial_bytes;
		memset(partial, 0, p->partial_bytes);
		p->work(p->context, cells, matrix_block_rows(w->m, block),
			(uint64_t)block * MATRIX_ROWS, partial);
	}
}

static enum so1_status run_wave(struct wave *w, struct so1_error *e)
{
	size_t left = w->m->blocks.count - w->first;
	size_t count = left < w->size ? left : w->size;

	threads_for(count, 1, w->pass->threads, work_blocks, w);
	for (size_t i = 0; i < count; i++) {
		if (w->status[i] != SO1_OK) {
			*e = w->errors[i];
			return w->status[i];
		}
		w->pass->fold(w->pass->context, w->partials + i * w->pass->partial_bytes);
	}
	w->first += count;
	return SO1_OK;
}

static size_t wave_size(const struct matrix *m, const struct matrix_pass *pass, int threads)
{
	size_t size = PARTIAL_BYTES / (pass->partial_bytes + 1);

	if (size < (size_t)threads)
		size = (size_t)threads;
	if (size > WAVE_MOST)
		size = WAVE_MOST;
	return size < m->blocks.count ? size : m->blocks.count;
}

enum so1_status matrix_run(const struct matrix *m, const struct matrix_pass *pass,
			   struct so1_error *e)
{
	int threads = pass->threads < 1 ? 1 : pass->threads;
	struct wave *w = xcalloc(1, sizeof *w);
	enum so1_status status = SO1_OK;

	w->m = m;
	w->pass = pass;
	w->size = wave_size(m, pass, threads);
	w->partials = xcalloc(w->size, pass->partial_bytes);
	w->scratch = xcalloc((size_t)threads, sizeof *w->scratch);
	for (int t = 0; t < threads; t++)
		w->scratch[t] = xmalloc(block_bytes(m));
	while (status == SO1_OK && w->first < m->blocks.count)
		status = run_wave(w, e);
	for (int t = 0; t < threads; t++)
		free(w->scratch[t]);
	free(w->scratch);
	free(w->partials);
	free(w);
	return status;
}

uint64_t sample_row(uint64_t i, uint64_t strata, uint64_t rows)
{
	/* 128 bits: rows times strata may not fit in 64. */
	uint64_t begin = (uint64_t)((unsigned __int128)i * rows / strata);
	uint64_t end = (uint64_t)((unsigned __int128)(i + 1) * rows / strata);

	return begin + chance_mix(i) % (end - begin);
}
