#include "predict/learn.h"

#include "predict/encode.h"
#include "predict/moments.h"

#include <math.h>
#include <stdlib.h>

/* Skewness beyond which a column is taken by its logarithm. */
static const double skew_most = 2;

/* What is counted of a column besides its moments. */
struct measure {
	bool levels;         /* a category */
	bool logs;           /* numbers to be taken by their logarithm */
	double log_count, log_mean, log_m2;
	uint64_t *counts;    /* by id of the column's texts */
	size_t counts_cap;
};

struct learning {
	struct moments moments;
	struct measure *columns;
	size_t *listed, count; /* the columns a pass looks at one by one: categories, then logs */
};

static void learning_init(struct learning *l, const struct frame *f)
{
	*l = (struct learning){0};
	moments_init(&l->moments, f->count);
	l->columns = xcalloc(f->count, sizeof *l->columns);
	l->listed = xcalloc(f->count, sizeof *l->listed);
	for (size_t k = 0; k < f->count; k++) {
		l->columns[k].levels = f->columns[k].forced || f->columns[k].texts.count > 0;
		if (l->columns[k].levels)
			l->listed[l->count++] = k;
	}
}

static void learning_free(struct learning *l)
{
	for (size_t k = 0; k < l->moments.columns; k++)
		free(l->columns[k].counts);
	free(l->columns);
	free(l->listed);
	moments_free(&l->moments);
}

typedef void take_row(struct frame *f, struct learning *l, const double *cells);

/* Calls take for every row, in their order. */
static enum so1_status walk(struct frame *f, struct learning *l, take_row *take,
			    struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(f));
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < frame_block_count(f) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(f, i, scratch, &b, e);
		for (size_t r = 0; s == SO1_OK && r < b.rows; r++)
			take(f, l, b.cells + r * f->count);
	}
	free(scratch);
	return s;
}

static void count_level(struct frame_column *c, struct measure *m, double cell)
{
	if (cell_is_missing(cell) || c->too_many)
		return;
	uint32_t id = frame_text_id(c, cell);
	if (c->texts.count > FRAME_LEVELS_MOST) {
		c->too_many = true;
		return;
	}
	size_t before = m->counts_cap;
	GROW(m->counts, m->counts_cap, id + 1);
	for (size_t i = before; i < m->counts_cap; i++)
		m->counts[i] = 0;
	m->counts[id]++;
}

static void take_first(struct frame *f, struct learning *l, const double *cells)
{
	moments_count(&l->moments, cells);
	for (size_t i = 0; i < l->count; i++) {
		size_t k = l->listed[i];
		count_level(&f->columns[k], &l->columns[k], cells[k]);
	}
}

static void take_second(struct frame *f, struct learning *l, const double *cells)
{
	(void)f;
	moments_spread(&l->moments, cells);
}

/* Welford's recurrence (1962). */
static void take_logs(struct frame *f, struct learning *l, const double *cells)
{
	(void)f;
	for (size_t i = 0; i < l->count; i++) {
		struct measure *m = &l->columns[l->listed[i]];
		double cell = cells[l->listed[i]];
		if (cell_is_missing(cell))
			continue;
		double x = transform_value(TRANSFORM_LOG, cell), d = x - m->log_mean;
		m->log_count++;
		m->log_mean += d / m->log_count;
		m->log_m2 += d * (x - m->log_mean);
	}
}

/* Sums that overflow come from values that need the logarithm all the more. */
static bool is_skewed(const struct moments *m, size_t column)
{
	return !(fabs(moments_skewness(m, column)) <= skew_most);
}

struct level {
	uint32_t id;
	uint64_t count;
	struct slice text;
};

static int by_count(const void *a, const void *b)
{
	const struct level *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return slice_compare(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
	return slice_compare(((const struct level *)a)->text, ((const struct level *)b)->text);
}

static void add_levels(struct transform_set *set, const struct frame_column *c,
		       const struct measure *m, const struct learn_options *o)
{
	size_t n = c->texts.count, listed = n < o->max_levels ? n : o->max_levels;
	struct level *levels = xcalloc(n, sizeof *levels);

	for (size_t i = 0; i < n; i++)
		levels[i] = (struct level){(uint32_t)i, i < m->counts_cap ? m->counts[i] : 0,
					   dictionary_item(&c->texts, (uint32_t)i)};
	qsort(levels, n, sizeof *levels, by_count);
	qsort(levels, listed, sizeof *levels, by_text);
	struct transform *t = transform_add(set, TRANSFORM_LEVELS, c->name);
	t->other = listed < n;
	t->missing = c->missing > 0;
	if (o->reference)
		t->reference = arena_copy(&set->text, levels[0].text);
	for (size_t i = o->reference; i < listed; i++)
		dictionary_add(&t->levels, levels[i].text, NULL);
	free(levels);
}

static void add_numbers(struct transform_set *set, const struct frame_column *c,
			const struct learning *l, size_t k)
{
	const struct measure *m = &l->columns[k];
	struct transform *t = transform_add(set, m->logs ? TRANSFORM_LOG : TRANSFORM_LINEAR, c->name);
	double m2 = m->logs ? m->log_m2 : l->moments.m2[k];

	t->mean = m->logs ? m->log_mean : l->moments.mean[k];
	t->sd = sqrt(m2 / (double)l->moments.count[k]);
	t->missing = c->missing > 0;
	/* Constant but for missing values: only the indicator says something. */
	if (!(t->sd > 0))
		t->sd = 1;
}

enum left_out { LEFT_EMPTY, LEFT_CONSTANT, LEFT_DATE, LEFT_TEXT, LEFT_HUGE, LEFT_REASONS, LEFT_IN };

static const char *const left_text[LEFT_REASONS] = {
	"empty", "constant", "values are dates", "nearly a value of its own in every row",
	"numbers too large",
};

static enum left_out why_numbers_are_out(const struct frame_column *c, const struct learning *l,
					 size_t k)
{
	const struct moments *m = &l->moments;

	if (m->count[k] == 0)
		return LEFT_EMPTY;
	if (m->min[k] == m->max[k] && c->missing == 0)
		return LEFT_CONSTANT;
	return l->columns[k].logs || isfinite(m->m2[k]) ? LEFT_IN : LEFT_HUGE;
}

static enum left_out why_levels_are_out(const struct frame_column *c,
					const struct measure *m,
					const struct learn_options *o)
{
	uint64_t there = 0;

	for (size_t i = 0; i < m->counts_cap; i++)
		there += m->counts[i];
	if (c->all_dates && !c->forced)
		return LEFT_DATE;
	if (c->too_many || (c->texts.count > o->max_levels && c->texts.count * 2 > there))
		return LEFT_TEXT;
	if (there == 0)
		return LEFT_EMPTY;
	return c->texts.count == 1 && c->missing == 0 ? LEFT_CONSTANT : LEFT_IN;
}

/* "left out, golden columns: email phone" for each reason that applies. */
static void tell_left_out(const struct frame *f, const enum left_out *why, struct summary *summary)
{
	columns_note_left_out(&f->header, f->roles, summary);
	for (int reason = 0; reason < LEFT_REASONS; reason++) {
		struct buffer b = {0};
		for (size_t k = 0; k < f->count; k++)
			if (why[k] == (enum left_out)reason)
				buffer_printf(&b, " %.*s", SLICE_ARGS(f->columns[k].name));
		if (b.len)
			summary_note(summary, "left out, %s:%s", left_text[reason], buffer_text(&b));
		buffer_free(&b);
	}
}

static void choose_logs(const struct frame *f, const struct learn_options *o, struct learning *l)
{
	l->count = 0;
	for (size_t k = 0; k < f->count; k++) {
		struct measure *m = &l->columns[k];
		m->logs = !m->levels && l->moments.count[k] > 0 &&
			  (o->scale == SCALE_LOG ||
			   (o->scale == SCALE_AUTO && is_skewed(&l->moments, k)));
		if (m->logs)
			l->listed[l->count++] = k;
	}
}

static enum so1_status measure_all(struct frame *f, const struct learn_options *o,
				   struct learning *l, struct so1_error *e)
{
	enum so1_status s = walk(f, l, take_first, e);

	moments_center(&l->moments);
	if (s == SO1_OK)
		s = walk(f, l, take_second, e);
	choose_logs(f, o, l);
	return s == SO1_OK && l->count > 0 ? walk(f, l, take_logs, e) : s;
}

enum so1_status learn_transforms(struct frame *f, const struct learn_options *o,
				 struct transform_set *set, struct summary *summary,
				 struct so1_error *e)
{
	struct learning l;
	enum left_out *why = xcalloc(f->count, sizeof *why);

	learning_init(&l, f);
	enum so1_status s = measure_all(f, o, &l, e);
	for (size_t k = 0; k < f->count && s == SO1_OK; k++) {
		const struct frame_column *c = &f->columns[k];
		const struct measure *m = &l.columns[k];
		why[k] = m->levels ? why_levels_are_out(c, m, o) : why_numbers_are_out(c, &l, k);
		if (why[k] == LEFT_IN && m->levels)
			add_levels(set, c, m, o);
		else if (why[k] == LEFT_IN)
			add_numbers(set, c, &l, k);
	}
	if (s == SO1_OK) {
		tell_left_out(f, why, summary);
		transform_number_columns(set);
	}
	learning_free(&l);
	free(why);
	return s;
}

enum so1_status learn_design(struct frame *f, const struct transform_set *set,
			     uint64_t core_limit, const char *tmpdir, struct design *d,
			     struct so1_error *e)
{
	size_t *levels = transform_level_counts(set);
	struct encoder *encoder = encoder_new(f, set, set->count);
	void *scratch = xmalloc(frame_block_bytes(f));
	enum so1_status s = SO1_OK;

	design_init(d, set->dense, set->codes, levels, core_limit, tmpdir);
	for (size_t i = 0; i < frame_block_count(f) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(f, i, scratch, &b, e);
		for (size_t r = 0; r < b.rows && s == SO1_OK; r++) {
			struct design_row row;
			s = design_add(d, b.y[r], frame_fold(f, b.fold[r]), &row, e);
			if (s == SO1_OK)
				encoder_row(encoder, b.cells + r * f->count, &row);
		}
	}
	if (s == SO1_OK)
		s = design_finish(d, e);
	encoder_free(encoder);
	free(scratch);
	free(levels);
	return s;
}
