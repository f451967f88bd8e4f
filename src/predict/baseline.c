#include "predict/baseline.h"

#include "base/number.h"
#include "predict/encode.h"
#include "predict/interact.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

enum { PARTS = 10, SHARE_DIGITS = 4 };

uint64_t baseline_stride(uint64_t rows)
{
	return rows / BASELINE_ROWS_MOST + 1;
}

/* levels or cuts=…;shares=0.1|0.25|…: the shares by level. */
static void put_baseline(const struct axis *a, const char *kind, const double *counts,
			 struct model_file *m)
{
	struct cell_builder c = {0};
	struct buffer b = {0}, name = {0};
	double total = 0;

	for (size_t i = 0; i < axis_size(a); i++)
		total += counts[i];
	axis_put_list(a, &b);
	cell_add(&c, slice_of(kind), buffer_slice(&b));
	buffer_clear(&b);
	for (size_t i = 0; i < axis_size(a); i++) {
		if (i > 0)
			buffer_put_byte(&b, '|');
		number_put_rounded(&b, counts[i] / total, SHARE_DIGITS);
	}
	cell_add(&c, SLICE("shares"), buffer_slice(&b));
	buffer_clear(&b);
	cell_put_map(&c, &b);
	buffer_printf(&name, "%s%.*s", BASELINE_PREFIX, SLICE_ARGS(a->column));
	model_file_add(m, "card", buffer_slice(&name), buffer_slice(&b));
	buffer_free(&b);
	buffer_free(&name);
	cell_free(&c);
}

/* Where the levels of an axis come from, as the encoder's. */
struct source {
	struct frame_column *column;
	size_t k;
	uint16_t *levels;
	double *counts;
};

static void open_source(struct frame *f, const struct axis *a, struct source *x)
{
	while (!slice_equal(f->columns[x->k].name, a->column))
		x->k++;
	x->column = &f->columns[x->k];
	x->counts = xcalloc(axis_size(a), sizeof *x->counts);
	if (a->numbers)
		return;
	x->levels = xcalloc(x->column->texts.count, sizeof *x->levels);
	for (uint32_t id = 0; id < x->column->texts.count; id++)
		x->levels[id] = (uint16_t)axis_of_text(a, dictionary_item(&x->column->texts, id));
}

/* Counts the levels of every stride-th row. */
static enum so1_status count_rows(struct frame *f, const struct axis *axes,
				  struct source *sources, size_t n, struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(f));
	uint64_t stride = baseline_stride(f->rows), row = 0;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < frame_block_count(f) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(f, i, scratch, &b, e);
		for (size_t k = 0; s == SO1_OK && k < b.rows; k++, row++)
			for (size_t j = 0; j < n && row % stride == 0; j++)
				sources[j].counts[encode_axis(&axes[j], sources[j].column,
							      sources[j].levels,
							      b.cells[k * f->count + sources[j].k])]++;
	}
	free(scratch);
	return s;
}

enum so1_status baseline_columns(struct frame *f, const struct transform_set *set,
				 size_t count, struct model_file *m, struct so1_error *e)
{
	struct axis *axes;
	size_t n;

	if (f->rows < BASELINE_ROWS_LEAST)
		return SO1_OK;
	enum so1_status s = interact_axes(f, set, count, PARTS, BASELINE_ROWS_MOST, &axes, &n, e);
	struct source *sources = xcalloc(n, sizeof *sources);
	for (size_t j = 0; j < n; j++)
		open_source(f, &axes[j], &sources[j]);
	if (s == SO1_OK)
		s = count_rows(f, axes, sources, n, e);
	for (size_t j = 0; j < n; j++) {
		if (s == SO1_OK)
			put_baseline(&axes[j], axes[j].numbers ? "cuts" : "levels", sources[j].counts, m);
		free(sources[j].counts);
		free(sources[j].levels);
		axis_free(&axes[j]);
	}
	free(axes);
	free(sources);
	return s;
}

/* As it is written. */
static double round_to(double x, int digits)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, digits);
	number_parse_double(buffer_slice(&b), &x);
	buffer_free(&b);
	return x;
}

void baseline_numbers(struct slice column, double *values, size_t n, int digits, uint64_t rows,
		      struct model_file *m)
{
	struct axis a = {.column = column};
	size_t there = 0;

	if (rows < BASELINE_ROWS_LEAST)
		return;
	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			values[there++] = digits ? round_to(values[i], digits) : values[i];
	axis_cut(&a, values, there, PARTS);
	double *counts = xcalloc(axis_size(&a), sizeof *counts);
	for (size_t i = 0; i < there; i++)
		counts[axis_of_number(&a, values[i])]++;
	counts[axis_of_missing(&a)] = (double)(n - there);
	put_baseline(&a, "cuts", counts, m);
	free(counts);
	axis_free(&a);
}

static int by_rows(const void *a, const void *b)
{
	const struct baseline_key *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows < y->rows ? 1 : -1;
	return slice_compare(x->name, y->name);
}

void baseline_keys(struct slice column, struct baseline_key *keys, size_t n, double other,
		   double none, uint64_t rows, struct model_file *m)
{
	struct axis a = {.column = column};
	size_t listed = n < BASELINE_KEYS_MOST ? n : BASELINE_KEYS_MOST;

	if (rows < BASELINE_ROWS_LEAST)
		return;
	if (n > 0)
		qsort(keys, n, sizeof *keys, by_rows);
	for (size_t i = 0; i < listed; i++)
		dictionary_add(&a.levels, keys[i].name, NULL);
	double *counts = xcalloc(axis_size(&a), sizeof *counts);
	for (size_t i = 0; i < n; i++)
		counts[i < listed ? i : listed] += keys[i].rows;
	counts[listed] += other;
	counts[axis_of_missing(&a)] = none;
	put_baseline(&a, "keys", counts, m);
	free(counts);
	axis_free(&a);
}
