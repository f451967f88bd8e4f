#include "predict/figures.h"

#include "base/chance.h"
#include "base/memory.h"
#include "base/number.h"
#include "predict/page.h"

#include <math.h>
#include <stdlib.h>

void figures_add(struct figures *f, const char *metric, size_t bin, struct estimate x)
{
	GROW(f->items, f->cap, f->count + 1);
	f->items[f->count++] = (struct figure){metric, bin, x};
}

const struct estimate *figures_find(const struct figures *f, const char *metric)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].bin == 0 && strcmp(f->items[i].metric, metric) == 0)
			return &f->items[i].x;
	return NULL;
}

void figures_free(struct figures *f)
{
	free(f->items);
	*f = (struct figures){0};
}

static void put_value(const struct figure *x, struct buffer *out)
{
	if (!x->x.known)
		buffer_printf(out, "%14s", "unknown");
	else if (fabs(x->x.value) >= 1e5 || x->x.value == floor(x->x.value))
		buffer_printf(out, "%14.0f", x->x.value);
	else
		buffer_printf(out, "%14.4f", x->x.value);
	if (x->x.known && x->x.has_interval)
		buffer_printf(out, "   %.4f to %.4f", x->x.low, x->x.high);
}

void figures_text(const struct figures *f, const char *what, struct buffer *out)
{
	const char *last = NULL;

	buffer_printf(out, "%s\n", what);
	for (size_t i = 0; i < f->count; i++) {
		const struct figure *x = &f->items[i];
		if (x->bin > 0 && (last == NULL || strcmp(last, x->metric) != 0)) {
			buffer_printf(out, "\n%s by tenth, 1 the highest predictions\n", x->metric);
			last = x->metric;
		}
		if (x->bin > 0)
			buffer_printf(out, "%-18zu", x->bin);
		else
			buffer_printf(out, "%-18s", x->metric);
		put_value(x, out);
		buffer_put_byte(out, '\n');
	}
}

static enum so1_status put_rows_of(struct writer *w, const void *context, struct so1_error *e)
{
	const struct figures *f = context;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < f->count && s == SO1_OK; i++) {
		struct buffer bin = {0};
		if (f->items[i].bin > 0)
			number_put_int(&bin, (int64_t)f->items[i].bin);
		s = figures_put_row(w, slice_of(f->items[i].metric), buffer_slice(&bin),
				    &f->items[i].x, e);
		buffer_free(&bin);
	}
	return s;
}

enum so1_status figures_put_row(struct writer *w, struct slice metric, struct slice bin,
				const struct estimate *x, struct so1_error *e)
{
	writer_put_field(w, metric);
	writer_put_field(w, bin);
	page_put_number(w, x->value, x->known);
	page_put_number(w, x->low, x->known && x->has_interval);
	page_put_number(w, x->high, x->known && x->has_interval);
	return writer_end_record(w, e);
}

const char *const figures_columns[FIGURES_COLUMNS] = {"metric", "bin", "value", "low", "high"};

enum so1_status figures_csv(const struct figures *f, const char *path, struct so1_error *e)
{
	return page_write(path, figures_columns, FIGURES_COLUMNS, put_rows_of, f, e);
}

double figures_weight(uint64_t hash, unsigned replicate)
{
	/* P(Poisson(1) <= k) for k = 0 …; beyond 7 there is 1 in 10^5 left, which counts 8. */
	static const double cumulative[] = {.36787944117144233, .7357588823428847, .9196986029286058,
					    .9810118431238462, .9963401531726563, .9994058151824183,
					    .9999167588507119, .9999897508033253};
	uint64_t mixed = chance_mix(hash + (replicate + 1) * UINT64_C(0x9e3779b97f4a7c15));
	double u = (double)(mixed >> 11) * 0x1p-53;
	int k = 0;

	while (k < 8 && u >= cumulative[k])
		k++;
	return k;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double quantile(const double *sorted, size_t n, double p)
{
	double at = p * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void figures_interval(double *values, size_t count, struct estimate *x)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			values[n++] = values[i];
	if (n == 0)
		return;
	qsort(values, n, sizeof *values, by_value);
	x->low = quantile(values, n, .025);
	x->high = quantile(values, n, .975);
	x->has_interval = true;
}
