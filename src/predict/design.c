#include "predict/design.h"

#include "base/memory.h"

#include <stdlib.h>

/* A block: doubles, then codes, then y, then fold, each DESIGN_ROWS rows long whether
 * filled or not, so that every block has the same size and every part its alignment. */
static size_t codes_at(const struct design *d)
{
	return DESIGN_ROWS * (d->dense + 1) * sizeof(double);
}

static size_t y_at(const struct design *d)
{
	return codes_at(d) + DESIGN_ROWS * d->codes * sizeof(uint16_t);
}

static size_t fold_at(const struct design *d)
{
	return y_at(d) + DESIGN_ROWS;
}

size_t design_block_bytes(const struct design *d)
{
	return fold_at(d) + DESIGN_ROWS;
}

void design_init(struct design *d, size_t dense, size_t codes, const size_t *levels,
		 uint64_t core_limit, const char *tmpdir)
{
	*d = (struct design){.dense = dense, .codes = codes};
	d->code_column = xcalloc(codes + 1, sizeof *d->code_column);
	d->code_column[0] = dense + 1;
	for (size_t c = 0; c < codes; c++)
		d->code_column[c + 1] = d->code_column[c] + levels[c];
	d->columns = d->code_column[codes];
	blocks_init(&d->blocks, design_block_bytes(d), core_limit, tmpdir);
	d->filling = xcalloc(1, design_block_bytes(d));
}

static enum so1_status flush(struct design *d, struct so1_error *e)
{
	enum so1_status s = blocks_append(&d->blocks, d->block, e);

	d->filled = 0;
	return s;
}

enum so1_status design_add(struct design *d, bool y, uint8_t fold, struct design_row *row,
			   struct so1_error *e)
{
	if (d->filled == DESIGN_ROWS) {
		enum so1_status s = flush(d, e);
		if (s != SO1_OK)
			return s;
	}
	if (d->filled == 0)
		d->block = blocks_next(&d->blocks, d->filling);
	size_t i = d->filled++;
	double *x = (double *)d->block + i * (d->dense + 1);
	uint16_t *codes = (uint16_t *)(d->block + codes_at(d)) + i * d->codes;
	x[0] = 1;
	for (size_t j = 1; j <= d->dense; j++)
		x[j] = 0;
	for (size_t c = 0; c < d->codes; c++)
		codes[c] = DESIGN_NO_LEVEL;
	d->block[y_at(d) + i] = (char)y;
	d->block[fold_at(d) + i] = (char)fold;
	d->rows++;
	d->positives += y;
	row->x = x + 1;
	row->codes = codes;
	return SO1_OK;
}

enum so1_status design_finish(struct design *d, struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	if (d->filled > 0)
		s = flush(d, e);
	free(d->filling);
	d->filling = NULL;
	return s;
}

size_t design_block_count(const struct design *d)
{
	return d->blocks.count;
}

enum so1_status design_read(const struct design *d, size_t i, void *scratch,
			    struct design_block *out, struct so1_error *e)
{
	const void *block;
	enum so1_status s = blocks_read(&d->blocks, i, scratch, &block, e);

	if (s != SO1_OK)
		return s;
	const char *bytes = block;
	uint64_t before = (uint64_t)i * DESIGN_ROWS;
	out->rows = d->rows - before < DESIGN_ROWS ? (size_t)(d->rows - before) : DESIGN_ROWS;
	out->x = (const double *)block;
	out->codes = (const uint16_t *)(const void *)(bytes + codes_at(d));
	out->y = (const uint8_t *)bytes + y_at(d);
	out->fold = (const uint8_t *)bytes + fold_at(d);
	return SO1_OK;
}

/* Four sums side by side, always the same four: one alone waits for each addition. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

static double dot(const double *x, const double *y, size_t n)
{
	pair ab = {0}, cd = {0};
	size_t j = 0;

	for (; j + 4 <= n; j += 4) {
		ab += *(const pair *)(x + j) * *(const pair *)(y + j);
		cd += *(const pair *)(x + j + 2) * *(const pair *)(y + j + 2);
	}
	for (; j < n; j++)
		ab[0] += x[j] * y[j];
	return (ab[0] + ab[1]) + (cd[0] + cd[1]);
}

double design_eta(const struct design *d, const struct design_block *b, size_t i,
		  const double *beta)
{
	const double *x = b->x + i * (d->dense + 1);
	const uint16_t *codes = b->codes + i * d->codes;
	double sum = dot(x, beta, d->dense + 1);

	for (size_t c = 0; c < d->codes; c++)
		if (codes[c] != DESIGN_NO_LEVEL)
			sum += beta[d->code_column[c] + codes[c]];
	return sum;
}

void design_free(struct design *d)
{
	blocks_free(&d->blocks);
	free(d->code_column);
	free(d->filling);
	*d = (struct design){.blocks.fd = -1};
}
