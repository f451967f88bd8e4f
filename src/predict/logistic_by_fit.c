/* logistic --by KEY, the fit: a regression over (row, key) pairs. */
#include "predict/logistic_by.h"

#include "base/number.h"
#include "predict/baseline.h"
#include "predict/encode.h"
#include "predict/pairfeatures.h"
#include "predict/regression.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

struct fit {
	const struct fit_request *request;
	struct frame frame;
	struct pairs pairs;
	struct transform_set set;
	struct pair_layout layout;
	struct encoder *encoder;
	struct design design;
	double rate;          /* at which untouched keys are sampled */
	struct pair_group *groups;
	size_t group_cap;
	struct pair_sums *sums;
	double *values, *counts, *m2; /* layout.numbers of each */
	bool *missing;
};

/* One pair of a row; group NULL: untouched. */
typedef enum so1_status take_pair(struct fit *f, const double *cells, uint8_t fold, size_t key,
				  const struct pair_group *group, struct so1_error *e);

/* All touched keys and those of the label, in the order of the keys, and the sample of the
 * others between them. */
static enum so1_status walk_row(struct fit *f, const struct pair_row *row, const double *cells,
				uint8_t fold, take_pair *take, struct so1_error *e)
{
	struct pairs *p = &f->pairs;
	enum so1_status s = SO1_OK;
	size_t g = 0;

	GROW(f->groups, f->group_cap, row->count);
	size_t n = pair_row_group(p->entries, row->count, p->maps, p->map_count, f->groups, f->sums);
	for (size_t k = 0; k < p->key_count && s == SO1_OK; k++) {
		if (g < n && f->groups[g].key == k)
			s = take(f, cells, fold, k, &f->groups[g++], e);
		else if (f->rate >= 1 || pairs_chance(p, row, k) < f->rate)
			s = take(f, cells, fold, k, NULL, e);
	}
	return s;
}

static enum so1_status walk(struct fit *f, take_pair *take, struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(&f->frame));
	enum so1_status s = SO1_OK;

	pairs_rewind(&f->pairs);
	for (size_t i = 0; i < frame_block_count(&f->frame) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(&f->frame, i, scratch, &b, e);
		for (size_t r = 0; r < b.rows && s == SO1_OK; r++) {
			struct pair_row row;
			s = pairs_next(&f->pairs, &row, e);
			if (s == SO1_OK)
				s = walk_row(f, &row, b.cells + r * f->frame.count, b.fold[r], take, e);
		}
	}
	free(scratch);
	return s;
}

static void fill_values(struct fit *f, size_t key, const struct pair_group *group)
{
	pair_values(&f->layout, f->pairs.maps, f->pairs.map_count, f->sums, group,
		    pairs_popularity(&f->pairs, key), f->values, f->missing);
}

/* Mean and spread of the numbers, by Welford's recurrence. */
static enum so1_status measure(struct fit *f, const double *cells, uint8_t fold, size_t key,
			       const struct pair_group *group, struct so1_error *e)
{
	(void)cells;
	(void)fold;
	(void)e;
	fill_values(f, key, group);
	for (size_t j = 0; j < f->layout.numbers; j++) {
		struct transform *t = &f->set.items[f->layout.scalars + j];
		if (f->missing[j]) {
			t->missing = true;
			continue;
		}
		double x = transform_value(t->kind, f->values[j]), d = x - t->mean;
		f->counts[j]++;
		t->mean += d / f->counts[j];
		f->m2[j] += d * (x - t->mean);
	}
	return SO1_OK;
}

static enum so1_status encode(struct fit *f, const double *cells, uint8_t fold, size_t key,
			      const struct pair_group *group, struct so1_error *e)
{
	struct design_row row;
	enum so1_status s = design_add(&f->design, group && group->label, fold, &row, e);

	if (s != SO1_OK)
		return s;
	encoder_row(f->encoder, cells, &row);
	fill_values(f, key, group);
	for (size_t j = 0; j < f->layout.numbers; j++) {
		const struct transform *t = &f->set.items[f->layout.scalars + j];
		if (!f->missing[j])
			row.x[t->dense] = (transform_value(t->kind, f->values[j]) - t->mean) / t->sd;
		else if (t->code != SIZE_MAX)
			row.codes[t->code] = 0;
	}
	if (group == NULL || !group->touched)
		row.codes[f->set.items[f->layout.untouched].code] = 0;
	if (f->layout.key != SIZE_MAX) {
		const struct transform *t = &f->set.items[f->layout.key];
		if (t->code != SIZE_MAX)
			row.codes[t->code] = transform_code(t, f->pairs.keys[key].name);
	}
	return SO1_OK;
}

static void add_key_levels(struct fit *f)
{
	if (f->layout.key == SIZE_MAX)
		return;
	struct transform *t = &f->set.items[f->layout.key];
	if (f->request->learn.reference)
		t->reference = arena_copy(&f->set.text, f->pairs.keys[0].name);
	for (size_t k = f->request->learn.reference; k < f->pairs.key_count; k++)
		dictionary_add(&t->levels, f->pairs.keys[k].name, NULL);
}

static enum so1_status make_design(struct fit *f, struct summary *summary, struct so1_error *e)
{
	const struct fit_request *q = f->request;
	enum so1_status s = learn_transforms(&f->frame, &q->learn, &f->set, summary, e);

	if (s != SO1_OK)
		return s;
	pair_layout_add(&f->layout, &f->set, f->pairs.maps, f->pairs.map_count, q->by,
			f->pairs.key_count, q->learn.max_levels);
	add_key_levels(f);
	f->values = xcalloc(f->layout.numbers, sizeof *f->values);
	f->counts = xcalloc(f->layout.numbers, sizeof *f->counts);
	f->m2 = xcalloc(f->layout.numbers, sizeof *f->m2);
	f->missing = xcalloc(f->layout.numbers, sizeof *f->missing);
	f->sums = xcalloc(f->pairs.map_count, sizeof *f->sums);
	s = walk(f, measure, e);
	for (size_t j = 0; j < f->layout.numbers; j++) {
		struct transform *t = &f->set.items[f->layout.scalars + j];
		t->sd = f->counts[j] > 0 ? sqrt(f->m2[j] / f->counts[j]) : 0;
		/* Constant: it is given up, or gets 0 from the penalty. */
		if (!(t->sd > 0) || !isfinite(t->sd))
			t->sd = 1;
	}
	transform_number_columns(&f->set);
	size_t *levels = transform_level_counts(&f->set);
	design_init(&f->design, f->set.dense, f->set.codes, levels, regression_half(q), q->tmpdir);
	free(levels);
	f->encoder = encoder_new(&f->frame, &f->set, f->layout.scalars);
	if (s == SO1_OK)
		s = walk(f, encode, e);
	return s == SO1_OK ? design_finish(&f->design, e) : s;
}

static void add_number(struct cell_builder *c, struct slice key, double x)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, 10);
	cell_add(c, key, buffer_slice(&b));
	buffer_free(&b);
}

/* transform,tv,kind=key;popularity=-2.1;positives=80;support=412: before the terms. */
static void write_keys(const struct fit *f, struct model_file *m)
{
	for (size_t k = 0; k < f->pairs.key_count; k++) {
		const struct pair_key *x = &f->pairs.keys[k];
		struct cell_builder c = {0};
		struct buffer b = {0};
		cell_add(&c, SLICE("kind"), SLICE("key"));
		add_number(&c, SLICE("popularity"), pairs_popularity(&f->pairs, k));
		add_number(&c, SLICE("positives"), (double)x->positives);
		add_number(&c, SLICE("support"), (double)x->support);
		cell_put_map(&c, &b);
		model_file_add(m, "transform", x->name, buffer_slice(&b));
		buffer_free(&b);
		cell_free(&c);
	}
}

/* Untouched pairs were sampled at `rate`, those with the label all kept: in the sample the
 * odds of an untouched pair are 1/rate times what they are. King & Zeng (2001), section 4.1. */
static void correct_sampling(struct fit *f, struct fit_result *result, struct summary *summary)
{
	if (f->rate >= 1)
		return;
	f->set.items[f->layout.untouched].effects[0] += log(f->rate);
	model_file_add_number(&result->model, "card", "untouched_sampled", f->rate);
	summary_note(summary, "1 in %.3g untouched keys was sampled; figures of the training and of "
		     "--folds are those of the sample, --evaluate takes all", 1 / f->rate);
}

/* rows: of each map and key of the vocabulary; last the keys outside it and rows without any. */
static enum so1_status count_keys(struct fit *f, double *rows, struct so1_error *e)
{
	struct pairs *p = &f->pairs;
	size_t width = p->key_count + 2;
	bool *any = xcalloc(p->map_count, sizeof *any);
	enum so1_status s = SO1_OK;

	pairs_rewind(p);
	for (uint64_t i = 0; i < p->rows && s == SO1_OK; i++) {
		struct pair_row row;
		s = pairs_next(p, &row, e);
		memset(any, 0, p->map_count * sizeof *any);
		for (size_t k = 0; s == SO1_OK && k < row.count; k++) {
			const struct pair_entry *x = &row.entries[k];
			if (x->map == PAIR_LABEL)
				continue;
			rows[x->map * width + (x->key == PAIR_NO_KEY ? p->key_count : x->key)]++;
			any[x->map] = true;
		}
		for (size_t m = 0; m < p->map_count; m++)
			rows[m * width + p->key_count + 1] += !any[m];
	}
	free(any);
	return s;
}

/* The maps' keys, and the plain columns. */
static enum so1_status describe_baseline(struct fit *f, struct model_file *m, struct so1_error *e)
{
	const struct pairs *p = &f->pairs;
	size_t width = p->key_count + 2;
	double *rows = xcalloc(p->map_count * width, sizeof *rows);
	struct baseline_key *keys = xcalloc(p->key_count, sizeof *keys);
	enum so1_status s = count_keys(f, rows, e);

	for (size_t i = 0; i < p->map_count && s == SO1_OK; i++) {
		const double *of = rows + i * width;
		for (size_t k = 0; k < p->key_count; k++)
			keys[k] = (struct baseline_key){p->keys[k].name, of[k]};
		baseline_keys(p->maps[i].name, keys, p->key_count, of[p->key_count],
			      of[p->key_count + 1], p->rows, m);
	}
	if (s == SO1_OK)
		s = baseline_columns(&f->frame, &f->set, f->layout.scalars, m, e);
	free(rows);
	free(keys);
	return s;
}

static enum so1_status fit_pairs(struct fit *f, struct summary *summary,
				 struct fit_result *result, struct so1_error *e)
{
	const struct fit_request *q = f->request;
	struct metrics train;
	double lambda;
	enum so1_status s = pairs_finish(&f->pairs, q->min_support, e);

	if (s != SO1_OK)
		return s;
	f->rate = fmin(1, q->negatives / (double)f->pairs.key_count);
	s = make_design(f, summary, e);
	if (s == SO1_OK)
		s = regression_fit(q, &f->design, &f->set, &lambda, &train, summary, result, e);
	if (s != SO1_OK)
		return s;
	struct model_file *m = &result->model;
	regression_describe_model(q, lambda, result);
	model_file_add_number(m, "model", "scalars", (double)f->layout.scalars);
	model_file_add_number(m, "model", "top", (double)q->top);
	regression_describe_card(q, &f->frame, &train, "pairs", result);
	model_file_add_number(m, "card", "rows", (double)f->pairs.rows);
	model_file_add_number(m, "card", "keys", (double)f->pairs.key_count);
	correct_sampling(f, result, summary);
	s = describe_baseline(f, m, e);
	write_keys(f, m);
	transform_write(&f->set, m);
	return s;
}

static enum so1_status take_row(void *context, const struct record *rec, bool *y,
				struct so1_error *e)
{
	*y = false;
	return pairs_take(context, rec, e);
}

enum so1_status logistic_by_fit(const struct fit_request *q, struct reader *r,
				struct summary *summary, struct fit_result *result,
				struct so1_error *e)
{
	struct fit f = {.request = q, .frame.blocks.fd = -1, .design.blocks.fd = -1};
	struct frame_options o = {
		.columns = q->columns,
		.folds = q->folds,
		.core_limit = regression_half(q) / 2,
		.tmpdir = q->tmpdir,
		.take = take_row,
		.context = &f.pairs,
		.threads = q->threads,
	};
	o.columns.only_included = true;
	enum so1_status s = pairs_init(&f.pairs, reader_header(r), q->by, q->target,
				       q->columns.ignore, regression_half(q) / 2, q->tmpdir, e);

	if (s == SO1_OK)
		s = frame_read(&f.frame, r, &o, e);
	if (s == SO1_OK)
		s = fit_pairs(&f, summary, result, e);
	if (f.encoder)
		encoder_free(f.encoder);
	pairs_free(&f.pairs);
	frame_free(&f.frame);
	transform_free(&f.set);
	design_free(&f.design);
	free(f.groups);
	free(f.sums);
	free(f.values);
	free(f.counts);
	free(f.m2);
	free(f.missing);
	return s;
}
