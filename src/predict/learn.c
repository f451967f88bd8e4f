#include "predict/learn.h"

#include "predict/encode.h"

#include <math.h>
#include <stdlib.h>

/* Skewness beyond which a column is taken by its logarithm. */
static const double skew_most = 2;

/* What is counted of a column. */
struct measure {
	bool levels;         /* a category */
	bool logs;           /* to be taken by its logarithm */
	bool skip;           /* not in the pass that is going on */
	double count, sum, mean, min, max;
	double m2, m3;       /* sums of powers of x - mean */
	double log_count, log_mean, log_m2;
	uint64_t *counts;    /* by id of the column's texts */
	size_t counts_cap;
};

typedef void measure_cell(struct frame_column *c, struct measure *m, double cell);

/* Calls take for every cell, in the order of the rows. Inlined, so that take is too: a call a
 * cell took longer than the sums. */
static inline __attribute__((always_inline)) enum so1_status
walk(struct frame *f, struct measure *measures, measure_cell *take, struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(f));
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < frame_block_count(f) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(f, i, scratch, &b, e);
		for (size_t r = 0; s == SO1_OK && r < b.rows; r++)
			for (size_t k = 0; k < f->count; k++)
				if (!measures[k].skip)
					take(&f->columns[k], &measures[k],
					     b.cells[r * f->count + k]);
	}
	free(scratch);
	return s;
}

static void count_level(struct frame_column *c, struct measure *m, double cell)
{
	if (c->too_many)
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

static inline void measure_first(struct frame_column *c, struct measure *m, double x)
{
	if (cell_is_missing(x))
		return;
	if (m->levels) {
		count_level(c, m, x);
		return;
	}
	m->min = m->count == 0 || x < m->min ? x : m->min;
	m->max = m->count == 0 || x > m->max ? x : m->max;
	m->count++;
	m->sum += x;
}

static inline void measure_second(struct frame_column *c, struct measure *m, double x)
{
	(void)c;
	if (cell_is_missing(x))
		return;
	double d = x - m->mean;
	m->m2 += d * d;
	m->m3 += d * d * d;
}

static bool is_skewed(const struct measure *m)
{
	if (m->count < 3 || m->m2 == 0)
		return false;
	double skewness = m->m3 / m->count / pow(m->m2 / m->count, 1.5);
	/* Sums that overflow come from values that need the logarithm all the more. */
	return !(fabs(skewness) <= skew_most);
}

/* Welford's recurrence (1962). */
static inline void measure_log(struct frame_column *c, struct measure *m, double x)
{
	(void)c;
	if (cell_is_missing(x))
		return;
	double d = transform_value(TRANSFORM_LOG, x) - m->log_mean;
	m->log_count++;
	m->log_mean += d / m->log_count;
	m->log_m2 += d * (transform_value(TRANSFORM_LOG, x) - m->log_mean);
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
			const struct measure *m)
{
	struct transform *t = transform_add(set, m->logs ? TRANSFORM_LOG : TRANSFORM_LINEAR, c->name);
	double m2 = m->logs ? m->log_m2 : m->m2;

	t->mean = m->logs ? m->log_mean : m->mean;
	t->sd = sqrt(m2 / m->count);
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

static enum left_out why_left_out(const struct frame_column *c, const struct measure *m,
				  const struct learn_options *o)
{
	if (!m->levels) {
		if (m->count == 0)
			return LEFT_EMPTY;
		if (m->min == m->max && c->missing == 0)
			return LEFT_CONSTANT;
		return m->logs || isfinite(m->m2) ? LEFT_IN : LEFT_HUGE;
	}
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

static enum so1_status measure_all(struct frame *f, const struct learn_options *o,
				   struct measure *m, struct so1_error *e)
{
	for (size_t k = 0; k < f->count; k++)
		m[k].levels = f->columns[k].forced || f->columns[k].texts.count > 0;
	enum so1_status s = walk(f, m, measure_first, e);
	for (size_t k = 0; k < f->count; k++) {
		m[k].skip = m[k].levels || m[k].count == 0;
		m[k].mean = m[k].count > 0 ? m[k].sum / m[k].count : 0;
	}
	if (s == SO1_OK)
		s = walk(f, m, measure_second, e);
	for (size_t k = 0; k < f->count; k++) {
		m[k].logs = !m[k].skip && (o->scale == SCALE_LOG ||
					   (o->scale == SCALE_AUTO && is_skewed(&m[k])));
		m[k].skip = !m[k].logs;
	}
	return s == SO1_OK ? walk(f, m, measure_log, e) : s;
}

enum so1_status learn_transforms(struct frame *f, const struct learn_options *o,
				 struct transform_set *set, struct summary *summary,
				 struct so1_error *e)
{
	struct measure *m = xcalloc(f->count, sizeof *m);
	enum left_out *why = xcalloc(f->count, sizeof *why);
	enum so1_status s = measure_all(f, o, m, e);

	for (size_t k = 0; k < f->count && s == SO1_OK; k++) {
		const struct frame_column *c = &f->columns[k];
		why[k] = why_left_out(c, &m[k], o);
		if (why[k] == LEFT_IN && m[k].levels)
			add_levels(set, c, &m[k], o);
		else if (why[k] == LEFT_IN)
			add_numbers(set, c, &m[k]);
	}
	if (s == SO1_OK) {
		tell_left_out(f, why, summary);
		transform_number_columns(set);
	}
	for (size_t k = 0; k < f->count; k++)
		free(m[k].counts);
	free(m);
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
