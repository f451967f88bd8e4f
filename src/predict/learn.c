#include "predict/learn.h"

#include "predict/encode.h"
#include "predict/moments.h"

#include <math.h>
#include <stdlib.h>

/* Skewness beyond which a column is taken by its logarithm. */
static const double skew_most = 2;

/* What is counted of the columns. */
struct learning {
	struct moments moments;
	bool *levels;        /* a category */
	bool *logs;          /* numbers to be taken by their logarithm */
	size_t *categories, category_count; /* which they are */
	size_t *skewed, skewed_count;
	double *log_count, *log_mean, *log_m2;
	struct level_counts {
		uint64_t *counts;    /* by id of the column's texts */
		size_t cap;
	} *texts;
};

static void learning_init(struct learning *l, const struct frame *f)
{
	size_t n = f->count;

	*l = (struct learning){0};
	moments_init(&l->moments, n);
	l->levels = xcalloc(n, sizeof *l->levels);
	l->logs = xcalloc(n, sizeof *l->logs);
	l->categories = xcalloc(n, sizeof *l->categories);
	l->skewed = xcalloc(n, sizeof *l->skewed);
	l->log_count = xcalloc(n, sizeof *l->log_count);
	l->log_mean = xcalloc(n, sizeof *l->log_mean);
	l->log_m2 = xcalloc(n, sizeof *l->log_m2);
	l->texts = xcalloc(n, sizeof *l->texts);
	for (size_t k = 0; k < n; k++) {
		l->levels[k] = f->columns[k].forced || f->columns[k].texts.count > 0;
		if (l->levels[k])
			l->categories[l->category_count++] = k;
	}
}

static void learning_free(struct learning *l)
{
	for (size_t k = 0; k < l->moments.columns; k++)
		free(l->texts[k].counts);
	free(l->texts);
	moments_free(&l->moments);
	free(l->levels);
	free(l->logs);
	free(l->categories);
	free(l->skewed);
	free(l->log_count);
	free(l->log_mean);
	free(l->log_m2);
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

static void count_level(struct frame_column *c, struct level_counts *n, double cell)
{
	if (cell_is_missing(cell) || c->too_many)
		return;
	uint32_t id = frame_text_id(c, cell);
	if (c->texts.count > FRAME_LEVELS_MOST) {
		c->too_many = true;
		return;
	}
	size_t before = n->cap;
	GROW(n->counts, n->cap, id + 1);
	for (size_t i = before; i < n->cap; i++)
		n->counts[i] = 0;
	n->counts[id]++;
}

static void take_first(struct frame *f, struct learning *l, const double *cells)
{
	moments_count(&l->moments, cells);
	for (size_t i = 0; i < l->category_count; i++) {
		size_t k = l->categories[i];
		count_level(&f->columns[k], &l->texts[k], cells[k]);
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
	for (size_t i = 0; i < l->skewed_count; i++) {
		size_t k = l->skewed[i];
		if (cell_is_missing(cells[k]))
			continue;
		double x = transform_value(TRANSFORM_LOG, cells[k]), d = x - l->log_mean[k];
		l->log_count[k]++;
		l->log_mean[k] += d / l->log_count[k];
		l->log_m2[k] += d * (x - l->log_mean[k]);
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
		       const struct level_counts *there, const struct learn_options *o)
{
	size_t n = c->texts.count, listed = n < o->max_levels ? n : o->max_levels;
	struct level *levels = xcalloc(n, sizeof *levels);

	for (size_t i = 0; i < n; i++)
		levels[i] = (struct level){(uint32_t)i, i < there->cap ? there->counts[i] : 0,
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
	bool logs = l->logs[k];
	struct transform *t = transform_add(set, logs ? TRANSFORM_LOG : TRANSFORM_LINEAR, c->name);
	double m2 = logs ? l->log_m2[k] : l->moments.m2[k];

	t->mean = logs ? l->log_mean[k] : l->moments.mean[k];
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
	return l->logs[k] || isfinite(m->m2[k]) ? LEFT_IN : LEFT_HUGE;
}

static enum left_out why_levels_are_out(const struct frame_column *c,
					const struct level_counts *n,
					const struct learn_options *o)
{
	uint64_t there = 0;

	for (size_t i = 0; i < n->cap; i++)
		there += n->counts[i];
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
	for (size_t k = 0; k < f->count; k++) {
		l->logs[k] = !l->levels[k] && l->moments.count[k] > 0 &&
			     (o->scale == SCALE_LOG ||
			      (o->scale == SCALE_AUTO && is_skewed(&l->moments, k)));
		if (l->logs[k])
			l->skewed[l->skewed_count++] = k;
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
	return s == SO1_OK && l->skewed_count > 0 ? walk(f, l, take_logs, e) : s;
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
		why[k] = l.levels[k] ? why_levels_are_out(c, &l.texts[k], o)
				     : why_numbers_are_out(c, &l, k);
		if (why[k] == LEFT_IN && l.levels[k])
			add_levels(set, c, &l.texts[k], o);
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
