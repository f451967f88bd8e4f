#include "predict/report.h"

#include "base/number.h"
#include "predict/figures.h"
#include "predict/page.h"

#include <stdio.h>

static void put_line(struct buffer *out, const char *name, const struct estimate *x)
{
	buffer_printf(out, "%-18s", name);
	if (!x->known)
		buffer_put_text(out, "  unknown");
	else
		buffer_printf(out, "%9.4f", x->value);
	if (x->known && x->has_interval)
		buffer_printf(out, "   %.4f to %.4f", x->low, x->high);
	buffer_put_byte(out, '\n');
}

static void put_known(struct buffer *out, const struct estimate *x, int digits)
{
	if (x->known)
		buffer_printf(out, "%8.*f", digits, x->value);
	else
		buffer_printf(out, "%8s", "-");
}

void report_text(const struct metrics *m, const char *what, struct buffer *out)
{
	buffer_printf(out, "%s\n", what);
	buffer_printf(out, "%-18s%9llu\n", "rows", (unsigned long long)m->rows);
	buffer_printf(out, "%-18s%9llu\n", "positives", (unsigned long long)m->positives);
	buffer_printf(out, "%-18s%9.4f\n", "base_rate", m->base_rate);
	put_line(out, "auc", &m->auc);
	put_line(out, "log_loss", &m->log_loss);
	put_line(out, "brier", &m->brier);
	put_line(out, "calibration_ratio", &m->calibration_ratio);
	buffer_put_text(out, "\ntenth      rows predicted  observed    95 % interval      lift"
			     "    gain\n");
	for (size_t b = 0; b < m->bin_count; b++) {
		const struct metrics_bin *x = &m->bins[b];
		buffer_printf(out, "%5zu %9.0f    %.4f    %.4f  %.4f to %.4f  ", b + 1, x->rows,
			      x->predicted, x->observed.value, x->observed.low, x->observed.high);
		put_known(out, &x->lift, 2);
		put_known(out, &x->gain, 4);
		buffer_put_byte(out, '\n');
	}
}

void report_parts_text(const struct report_parts *p, struct buffer *out)
{
	buffer_printf(out, "\n%-24s%9s%10s%8s%9s  %s\n", p->column, "rows", "positives", "auc",
		      "log_loss", "calibration_ratio");
	for (size_t i = 0; i < p->count; i++) {
		const struct metrics *m = &p->metrics[i];
		buffer_printf(out, "%-24.*s%9llu%10llu", SLICE_ARGS(p->names[i]),
			      (unsigned long long)m->rows, (unsigned long long)m->positives);
		put_known(out, &m->auc, 4);
		put_known(out, &m->log_loss, 4);
		put_known(out, &m->calibration_ratio, 4);
		buffer_put_byte(out, '\n');
	}
}

static enum so1_status put_row(struct writer *w, const char *metric, size_t bin,
			       const struct estimate *x, struct so1_error *e)
{
	struct buffer b = {0};

	if (bin > 0)
		number_put_int(&b, (int64_t)bin);
	enum so1_status s = figures_put_row(w, slice_of(metric), buffer_slice(&b), x, e);
	buffer_free(&b);
	return s;
}

static enum so1_status put_all(struct writer *w, const struct metrics *m, struct so1_error *e)
{
	const struct estimate rows = {.value = (double)m->rows, .known = true};
	const struct estimate positives = {.value = (double)m->positives, .known = true};
	const struct estimate base = {.value = m->base_rate, .known = true};
	const struct { const char *name; const struct estimate *x; } whole[] = {
		{"rows", &rows}, {"positives", &positives}, {"base_rate", &base},
		{"auc", &m->auc}, {"log_loss", &m->log_loss},
		{"brier", &m->brier}, {"calibration_ratio", &m->calibration_ratio},
	};
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < sizeof whole / sizeof *whole && s == SO1_OK; i++)
		s = put_row(w, whole[i].name, 0, whole[i].x, e);
	for (int column = 0; column < 4; column++)
		for (size_t b = 0; b < m->bin_count && s == SO1_OK; b++) {
			const struct metrics_bin *x = &m->bins[b];
			const struct estimate predicted = {.value = x->predicted, .known = true};
			const struct estimate *values[] = {&x->observed, &predicted, &x->lift,
							   &x->gain};
			static const char *const names[] = {"calibration", "predicted", "lift",
							    "gain"};
			s = put_row(w, names[column], b + 1, values[column], e);
		}
	return s;
}

static enum so1_status put_part(struct writer *w, struct slice name, const struct metrics *m,
				struct so1_error *e)
{
	const struct estimate rows = {.value = (double)m->rows, .known = true};
	const struct estimate positives = {.value = (double)m->positives, .known = true};
	const struct { struct slice metric; const struct estimate *x; } figures[] = {
		{SLICE("segment_rows"), &rows}, {SLICE("segment_positives"), &positives},
		{SLICE("segment_auc"), &m->auc}, {SLICE("segment_log_loss"), &m->log_loss},
		{SLICE("segment_brier"), &m->brier},
		{SLICE("segment_calibration_ratio"), &m->calibration_ratio},
	};
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < sizeof figures / sizeof *figures && s == SO1_OK; i++)
		s = figures_put_row(w, figures[i].metric, name, figures[i].x, e);
	return s;
}

struct csv {
	const struct metrics *m;
	const struct report_parts *parts;
};

static enum so1_status put_csv(struct writer *w, const void *context, struct so1_error *e)
{
	const struct csv *c = context;
	enum so1_status s = put_all(w, c->m, e);

	for (size_t i = 0; c->parts && i < c->parts->count && s == SO1_OK; i++)
		s = put_part(w, c->parts->names[i], &c->parts->metrics[i], e);
	return s;
}

enum so1_status report_csv(const struct metrics *m, const struct report_parts *parts,
			   const char *path, struct so1_error *e)
{
	const struct csv c = {m, parts};

	return page_write(path, figures_columns, FIGURES_COLUMNS, put_csv, &c, e);
}
