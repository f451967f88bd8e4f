#include "predict/frame.h"

#include "base/chance.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>

/* The payload of the NaN is 0 for missing, else a text's id + 1. */
static const uint64_t nan_bits = CELL_MISSING_BITS;

static double from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static uint64_t to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

double cell_of_missing(void)
{
	return from_bits(nan_bits);
}

double cell_of_text(uint32_t id)
{
	return from_bits(nan_bits | ((uint64_t)id + 1));
}

bool cell_is_text(double cell, uint32_t *id)
{
	uint64_t low = to_bits(cell) & UINT64_C(0xffffffffff);

	if (!isnan(cell) || low == 0)
		return false;
	*id = (uint32_t)(low - 1);
	return true;
}

uint32_t frame_text_id(struct frame_column *c, double cell)
{
	struct buffer b = {0};
	uint32_t id;

	if (cell_is_text(cell, &id))
		return id;
	number_put_double(&b, cell);
	id = dictionary_add(&c->texts, buffer_slice(&b), NULL);
	buffer_free(&b);
	return id;
}

bool target_parse(struct slice s, bool *y)
{
	static const char *const words[2][4] = {{"0", "no", "false", "n"},
						{"1", "yes", "true", "y"}};
	double x;

	for (int v = 0; v < 2; v++)
		for (size_t i = 0; i < 4; i++)
			if (slice_equal_nocase(s, slice_of(words[v][i]))) {
				*y = v;
				return true;
			}
	/* 1.0 and the like */
	if (!number_parse_double(s, &x) || (x != 0 && x != 1))
		return false;
	*y = x != 0;
	return true;
}

enum so1_status target_read(struct slice s, const char *column, bool *y, struct so1_error *e)
{
	if (target_parse(s, y))
		return SO1_OK;
	error_set(e, SO1_FAILED, s.len ? "not 0 or 1" : "the target is unknown");
	error_at(e, NULL, 0, column);
	return error_value(e, s);
}

uint8_t fold_of(struct slice customer_id, uint64_t row, unsigned folds)
{
	uint64_t hash;

	if (folds == 0)
		return UINT8_MAX;
	if (customer_id.ptr)
		hash = slice_hash(customer_id, 0);
	else
		hash = chance_mix(row);
	return (uint8_t)(hash % folds);
}

uint64_t customer_hash(const struct slice *id, uint64_t row)
{
	return id ? slice_hash(*id, 1) : chance_mix(row ^ UINT64_C(0x9e3779b97f4a7c15));
}

/* A block: cells, then y, then fold, each FRAME_ROWS long. */
size_t frame_block_bytes(const struct frame *f)
{
	return FRAME_ROWS * (f->count * sizeof(double) + 2);
}

size_t frame_block_count(const struct frame *f)
{
	return f->blocks.count;
}

enum so1_status frame_get(const struct frame *f, size_t i, void *scratch, struct frame_block *out,
			  struct so1_error *e)
{
	const void *block;
	enum so1_status s = blocks_read(&f->blocks, i, scratch, &block, e);

	if (s != SO1_OK)
		return s;
	uint64_t left = f->rows - (uint64_t)i * FRAME_ROWS;
	out->rows = left < FRAME_ROWS ? (size_t)left : FRAME_ROWS;
	out->cells = block;
	out->y = (const uint8_t *)block + FRAME_ROWS * f->count * sizeof(double);
	out->fold = out->y + FRAME_ROWS;
	return SO1_OK;
}

enum { NEVER_HELD_OUT = 254 };

uint8_t frame_fold(const struct frame *f, uint8_t byte)
{
	if (!f->by_as_of)
		return byte;
	return slice_equal(dictionary_item(&f->as_ofs, byte), buffer_slice(&f->window.last))
		       ? 0 : NEVER_HELD_OUT;
}

void frame_free(struct frame *f)
{
	for (size_t k = 0; k < f->count; k++)
		dictionary_free(&f->columns[k].texts);
	free(f->columns);
	free(f->roles);
	free(f->filling);
	header_free(&f->header);
	window_free(&f->window);
	dictionary_free(&f->as_ofs);
	blocks_free(&f->blocks);
	*f = (struct frame){.blocks.fd = -1};
}
