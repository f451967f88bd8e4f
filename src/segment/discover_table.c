#include "segment/discover_table.h"

#include "base/datetime.h"
#include "base/number.h"
#include "segment/discover_columns.h"
#include "stream/cells.h"
#include "stream/order.h"
#include "stream/touchpoint.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

void posting_add(struct posting *p, uint32_t row)
{
	uint32_t step = p->count ? row - p->last : row;

	/* A key that a cell holds twice. */
	if (p->count && step == 0)
		return;
	for (; step >= 0x80; step >>= 7)
		buffer_put_byte(&p->bytes, (char)(step | 0x80));
	buffer_put_byte(&p->bytes, (char)step);
	p->last = row;
	p->count++;
}

void posting_set_bits(const struct posting *p, uint64_t *words)
{
	const unsigned char *at = (const unsigned char *)p->bytes.ptr;
	uint32_t row = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		uint32_t step = 0;
		for (int shift = 0;; shift += 7) {
			step |= (uint32_t)(*at & 0x7f) << shift;
			if ((*at++ & 0x80) == 0)
				break;
		}
		row += step;
		words[row / 64] |= UINT64_C(1) << row % 64;
	}
}

float float_below(double x)
{
	if (x > FLT_MAX || x < -FLT_MAX)
		return x > 0 ? FLT_MAX : -INFINITY;
	float f = (float)x;
	return (double)f > x ? nextafterf(f, -INFINITY) : f;
}

static void pair_free(struct posting_pair *p)
{
	buffer_free(&p->of[0].bytes);
	buffer_free(&p->of[1].bytes);
}

static void drop_keys(struct discover_column *c)
{
	for (size_t i = 0; i < c->keys.count; i++)
		pair_free(&c->postings[i]);
	free(c->postings);
	c->postings = NULL;
	c->posting_cap = 0;
	dictionary_free(&c->keys);
	c->keys = (struct dictionary){0};
}

static void add_key(struct discover_column *c, struct slice key, int class, uint32_t row)
{
	bool added;

	if (c->too_many)
		return;
	uint32_t id = dictionary_add(&c->keys, key, &added);
	if (added) {
		size_t cap = c->posting_cap;
		GROW(c->postings, c->posting_cap, c->keys.count);
		if (c->posting_cap > cap)
			memset(c->postings + cap, 0, (c->posting_cap - cap) * sizeof *c->postings);
	}
	posting_add(&c->postings[id].of[class], row);
	if (c->keys.count > DISCOVER_KEYS_MOST) {
		drop_keys(c);
		c->too_many = true;
	}
}

/* Cells in between that hold no number are filled up by fill_numbers. */
static void fill_numbers(struct discover_column *c, int class, uint32_t rows)
{
	size_t cap = c->number_cap[class];

	if (rows <= cap)
		return;
	GROW(c->numbers[class], c->number_cap[class], rows);
	for (size_t i = cap; i < c->number_cap[class]; i++)
		c->numbers[class][i] = NAN;
}

static bool has_many_digits(struct slice number)
{
	int digits = 0;

	for (size_t i = 0; i < number.len; i++) {
		char c = number.ptr[i];
		if (c == 'e' || c == 'E')
			return true;
		digits += (c > '0' && c <= '9') || (c == '0' && digits > 0);
	}
	return digits > FLT_DIG;
}

static void add_plain(struct discover_column *c, struct slice field, int class, uint32_t row)
{
	int64_t t;
	double x;

	if (number_parse_double(field, &x)) {
		fill_numbers(c, class, row + 1);
		float f = float_below(x);
		c->numbers[class][row] = f;
		c->inexact = c->inexact || (double)f != x;
		/* Near the end of their range floats have fewer digits. */
		c->many_digits = c->many_digits || has_many_digits(field) ||
				 (x != 0 && fabs(x) < 1e-30);
		c->all_dates = false;
		return;
	}
	if (c->all_dates && !datetime_parse_iso(field, &t, NULL, NULL))
		c->all_dates = false;
	add_key(c, field, class, row);
}

/* "key" NUL "value" for attrs, whose values are data; a second e-mail address there is an
 * identifier like the first. */
static void add_pair(struct discover_column *c, struct slice key, struct slice value, int class,
		     uint32_t row, struct buffer *scratch)
{
	if (touchpoint_other_of(key) != TOUCHPOINT_COLUMNS)
		return;
	add_key(c, key, class, row);
	if (value.len == 0)
		return;
	buffer_clear(scratch);
	buffer_put_slice(scratch, key);
	buffer_put_byte(scratch, '\0');
	buffer_put_slice(scratch, value);
	add_key(c, buffer_slice(scratch), class, row);
}

static void add_cell(struct discover_column *c, struct slice field, int class, uint32_t row,
		     struct arena *a, struct buffer *scratch)
{
	struct slice rest = field, key, value;
	double x;

	while (cell_next(&rest, &key, &value, a)) {
		if (key.len == 0)
			continue;
		if (c->kind == DISCOVER_PAIRS)
			add_pair(c, key, value, class, row, scratch);
		else if (c->kind != DISCOVER_MAP || (number_parse_double(value, &x) && x > 0))
			add_key(c, key, class, row);
	}
}

static uint64_t bytes_of(const struct posting_pair *p)
{
	return p->of[0].bytes.cap + p->of[1].bytes.cap;
}

enum so1_status discover_table_fits(const struct discover_table *t, uint64_t memory,
				    uint64_t more, struct so1_error *e)
{
	uint64_t bytes = more;

	for (size_t i = 0; i < t->count; i++) {
		const struct discover_column *c = &t->columns[i];
		bytes += (c->number_cap[0] + c->number_cap[1]) * sizeof *c->numbers[0];
		bytes += bytes_of(&c->missing) + dictionary_bytes(&c->keys);
		for (size_t k = 0; k < c->keys.count; k++)
			bytes += sizeof *c->postings + bytes_of(&c->postings[k]);
	}
	if (memory == 0 || bytes <= memory)
		return SO1_OK;
	error_set(e, SO1_FAILED, "--discover holds all rows in memory and needs more; raise it, or "
		  "--ignore columns");
	return error_at(e, NULL, 0, "--memory");
}

/* How many rows are added between two looks at the memory. */
enum { ROWS_A_LOOK = 1 << 14 };

struct reading {
	struct discover_table *table;
	const struct outcome *target;
	size_t customer;
	struct order order;
	struct arena arena;
	struct buffer scratch;
	uint64_t memory;
};

static void add_row(struct reading *g, const struct record *rec, int class)
{
	struct discover_table *t = g->table;
	uint32_t row = t->rows[class]++;

	for (size_t i = 0; i < t->count; i++) {
		struct discover_column *c = &t->columns[i];
		struct slice field = rec->fields[c->index];
		if (field.len == 0)
			posting_add(&c->missing.of[class], row);
		else if (c->kind == DISCOVER_PLAIN)
			add_plain(c, field, class, row);
		else
			add_cell(c, field, class, row, &g->arena, &g->scratch);
	}
}

static enum so1_status take(struct reading *g, struct reader *r, const struct record *rec,
			    struct so1_error *e)
{
	struct discover_table *t = g->table;
	enum outcome_value y;
	struct so1_error why;
	bool new_customer = true;

	if (g->customer != COLUMN_NONE &&
	    order_check(&g->order, rec, rec->fields[g->customer], SLICE(""), SLICE(""), false,
			&new_customer, e) != SO1_OK)
		return e->status;
	arena_reset(&g->arena);
	if (outcome_read(g->target, rec->fields, &g->arena, &y, &why) != SO1_OK)
		return reader_reject(r, rec, why.column, why.reason,
				     slice_of(why.has_value ? why.value : ""), e);
	t->customers += new_customer;
	if (y == OUTCOME_UNKNOWN) {
		t->unknown++;
		return SO1_OK;
	}
	if (t->rows[0] >= UINT32_MAX - 1 || t->rows[1] >= UINT32_MAX - 1)
		return error_set(e, SO1_FAILED, "more rows than --discover can number");
	add_row(g, rec, y == OUTCOME_YES);
	return (t->rows[0] + t->rows[1]) % ROWS_A_LOOK ? SO1_OK
						       : discover_table_fits(t, g->memory, 0, e);
}

static enum so1_status choose_columns(struct discover_table *t, const struct outcome *target,
				      const struct discover_options *options, struct so1_error *e)
{
	size_t n = t->header.count;
	bool *allowed = xcalloc(n, sizeof *allowed);
	enum discover_kind *kinds = xcalloc(n, sizeof *kinds);
	enum so1_status status = discover_columns_choose(&t->header, target, options, allowed, kinds, e);

	t->columns = xcalloc(n, sizeof *t->columns);
	for (size_t c = 0; c < n && status == SO1_OK; c++)
		if (allowed[c])
			t->columns[t->count++] = (struct discover_column){
				.name = t->header.names[c], .index = c, .kind = kinds[c],
				.all_dates = kinds[c] == DISCOVER_PLAIN,
			};
	free(allowed);
	free(kinds);
	return status;
}

static void finish(struct discover_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct discover_column *c = &t->columns[i];
		c->all_dates = c->all_dates && (c->keys.count > 0 || c->too_many);
		for (int class = 0; class < 2 && (c->numbers[0] || c->numbers[1]); class++)
			fill_numbers(c, class, t->rows[class]);
	}
}

enum so1_status discover_table_read(struct discover_table *t, struct reader *r,
				    const struct outcome *target,
				    const struct discover_options *options, struct so1_error *e)
{
	struct reading g = {.table = t, .target = target, .memory = options->memory,
			    .customer = header_find(reader_header(r), SLICE("customer_id"))};
	struct record rec;
	bool more = true;

	*t = (struct discover_table){0};
	header_copy(&t->header, reader_header(r));
	enum so1_status status = choose_columns(t, target, options, e);
	while (status == SO1_OK) {
		status = reader_next(r, &rec, &more, e);
		if (status != SO1_OK || !more)
			break;
		status = take(&g, r, &rec, e);
	}
	finish(t);
	order_free(&g.order);
	arena_free(&g.arena);
	buffer_free(&g.scratch);
	return status;
}

void discover_table_free(struct discover_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct discover_column *c = &t->columns[i];
		drop_keys(c);
		pair_free(&c->missing);
		free(c->numbers[0]);
		free(c->numbers[1]);
	}
	free(t->columns);
	header_free(&t->header);
	*t = (struct discover_table){0};
}
