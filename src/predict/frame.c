#include "predict/frame.h"

#include "base/chance.h"
#include "base/datetime.h"
#include "base/number.h"
#include "stream/order.h"
#include "stream/touchpoint.h"

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

static char *y_of(const struct frame *f, char *block)
{
	return block + FRAME_ROWS * f->count * sizeof(double);
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

static enum so1_status flush(struct frame *f, struct so1_error *e)
{
	f->filled = 0;
	return blocks_append(&f->blocks, f->filling, e);
}

static double read_text(struct frame_column *c, struct slice field)
{
	int64_t t;

	if (c->all_dates && !datetime_parse_iso(field, &t, NULL, NULL))
		c->all_dates = false;
	if (c->too_many)
		return cell_of_text(0);
	uint32_t id = dictionary_add(&c->texts, field, NULL);
	if (c->texts.count > FRAME_LEVELS_MOST)
		c->too_many = true;
	return cell_of_text(id);
}

static double read_cell(struct frame_column *c, struct slice field)
{
	double x;

	if (field.len == 0) {
		c->missing++;
		return cell_of_missing();
	}
	if (!number_parse_double(field, &x))
		return read_text(c, field);
	c->all_dates = false;
	c->numbers++;
	return x;
}

enum { AS_OFS_MOST = 250, NEVER_HELD_OUT = 254 };

uint8_t frame_fold(const struct frame *f, uint8_t byte)
{
	if (!f->by_as_of)
		return byte;
	return slice_equal(dictionary_item(&f->as_ofs, byte), buffer_slice(&f->window.last))
		       ? 0 : NEVER_HELD_OUT;
}

static enum so1_status check_as_ofs(const struct frame *f, struct so1_error *e)
{
	if (!f->by_as_of || (f->as_ofs.count >= 2 && f->as_ofs.count <= AS_OFS_MOST))
		return SO1_OK;
	error_set(e, SO1_FAILED, "as_of needs rows of 2 to %d dates in a column as_of, there are %zu",
		  AS_OFS_MOST, f->as_ofs.count);
	return error_at(e, NULL, 0, "--validate-on");
}

struct places {
	const struct frame_options *options;
	size_t target, customer, as_of;
	struct order order;
	const char *file; /* of the last record */
};

static enum so1_status check_order(struct places *p, const struct record *rec, struct so1_error *e)
{
	if (p->customer == COLUMN_NONE)
		return SO1_OK;
	/* Snapshots of several dates may come as several files. */
	if (p->file != rec->file)
		p->order.any = false;
	p->file = rec->file;
	return order_check(&p->order, rec, rec->fields[p->customer], SLICE(""), SLICE(""), false,
			   NULL, e);
}

static enum so1_status add_row(struct frame *f, const struct places *p, const struct record *rec,
			       bool y, unsigned folds, struct so1_error *e)
{
	if (f->filled == FRAME_ROWS) {
		enum so1_status s = flush(f, e);
		if (s != SO1_OK)
			return s;
	}
	double *cells = (double *)(void *)f->filling + f->filled * f->count;
	for (size_t k = 0; k < f->count; k++)
		cells[k] = read_cell(&f->columns[k], rec->fields[f->columns[k].index]);
	struct slice id = {NULL, 0};
	if (p->customer != COLUMN_NONE)
		id = rec->fields[p->customer];
	char *marks = y_of(f, f->filling);
	marks[f->filled] = (char)y;
	uint8_t fold = fold_of(id, f->rows, folds);
	if (f->by_as_of) {
		uint32_t date = dictionary_add(&f->as_ofs, field_at(rec->fields, p->as_of), NULL);
		fold = (uint8_t)(date < AS_OFS_MOST ? date : AS_OFS_MOST);
	}
	marks[FRAME_ROWS + f->filled] = (char)fold;
	window_take(&f->window, field_at(rec->fields, p->as_of));
	f->filled++;
	f->rows++;
	f->positives += y;
	return SO1_OK;
}

static enum so1_status read_target(const struct places *p, const struct record *rec, bool *y,
				   struct so1_error *e)
{
	struct slice target = rec->fields[p->target];

	if (p->options->take)
		return p->options->take(p->options->context, rec, y, e);
	return target_read(target, p->options->columns.target, y, e);
}

static enum so1_status refuse(struct reader *r, const struct record *rec, struct so1_error *e)
{
	struct so1_error why = *e;

	return reader_reject(r, rec, why.column, why.reason,
			     slice_of(why.has_value ? why.value : ""), e);
}

static enum so1_status read_rows(struct frame *f, struct reader *r, struct places *p,
				 const struct frame_options *o, struct so1_error *e)
{
	for (;;) {
		struct record rec;
		bool more, y;
		enum so1_status s = reader_next(r, &rec, &more, e);
		if (s == SO1_OK && !more)
			return SO1_OK;
		if (s == SO1_OK)
			s = check_order(p, &rec, e);
		if (s != SO1_OK)
			return s;
		s = read_target(p, &rec, &y, e);
		if (s == SO1_OK)
			s = add_row(f, p, &rec, y, o->folds, e);
		else if (e->column[0])
			s = refuse(r, &rec, e);
		if (s != SO1_OK)
			return s;
	}
}

static void set_up(struct frame *f, const struct frame_options *o)
{
	for (size_t i = 0; i < f->header.count; i++)
		f->count += f->roles[i] == COLUMN_FEATURE;
	f->columns = xcalloc(f->count, sizeof *f->columns);
	for (size_t i = 0, k = 0; i < f->header.count; i++)
		if (f->roles[i] == COLUMN_FEATURE)
			f->columns[k++] = (struct frame_column){
				.name = f->header.names[i],
				.index = i,
				.forced = columns_listed(o->columns.categorical, f->header.names[i]),
				.all_dates = true,
			};
	blocks_init(&f->blocks, frame_block_bytes(f), o->core_limit, o->tmpdir);
	f->filling = xcalloc(1, frame_block_bytes(f));
}

enum so1_status frame_read(struct frame *f, struct reader *r, const struct frame_options *o,
			   struct so1_error *e)
{
	*f = (struct frame){.blocks.fd = -1};
	header_copy(&f->header, reader_header(r));
	f->roles = xcalloc(f->header.count, sizeof *f->roles);
	enum so1_status s = columns_choose(&f->header, &o->columns, f->roles, e);
	if (s != SO1_OK)
		return s;
	set_up(f, o);
	struct places p = {
		.options = o,
		.target = header_find(&f->header, slice_of(o->columns.target)),
		.customer = header_find(&f->header, SLICE("customer_id")),
		.as_of = header_find(&f->header, SLICE("as_of")),
	};
	f->by_as_of = o->latest_as_of;
	s = read_rows(f, r, &p, o, e);
	if (s == SO1_OK)
		s = check_as_ofs(f, e);
	order_free(&p.order);
	if (s == SO1_OK && f->filled > 0)
		s = flush(f, e);
	free(f->filling);
	f->filling = NULL;
	return s;
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
