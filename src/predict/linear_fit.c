/* linear, the fit. */
#include "predict/linear.h"

#include "base/number.h"
#include "predict/accuracy.h"
#include "predict/baseline.h"
#include "predict/encode.h"
#include "predict/regression.h"
#include "predict/tape.h"

#include <math.h>
#include <stdlib.h>

struct fit {
	const struct fit_request *request;
	enum glm_link link;
	size_t target, customer;
	struct frame frame;
	struct tape rows;         /* struct row, as the frame's */
	uint64_t row_count;
	double least, most;       /* of the target */
	struct transform_set set;
	struct design design;     /* the first dense column is the target */
	double lambda;
	struct model_file baseline; /* rows of the card */
};

/* What the frame does not hold of a row. */
struct row {
	double y;
	uint64_t hash;
};

static enum so1_status take_row(void *context, const struct record *rec, bool *y,
				struct so1_error *e)
{
	struct fit *f = context;
	struct row row;

	*y = false;
	if (linear_target(rec->fields[f->target], f->link, &row.y, e) != SO1_OK)
		return error_at(e, NULL, 0, f->request->target);
	f->least = f->row_count == 0 || row.y < f->least ? row.y : f->least;
	f->most = f->row_count == 0 || row.y > f->most ? row.y : f->most;
	row.hash = customer_hash(f->customer == COLUMN_NONE ? NULL : &rec->fields[f->customer],
				 f->row_count++);
	return tape_put(&f->rows, &row, sizeof row, e);
}

/* No rows at all is glm_fit's to say. */
static enum so1_status check_rows(const struct fit *f, struct so1_error *e)
{
	const struct fit_request *q = f->request;
	unsigned long long rows = f->row_count;

	if (rows > 0 && f->least == f->most)
		return error_set(e, SO1_FAILED, "the target is %.10g in all %llu rows: nothing to tell apart",
				 f->least, rows);
	if (rows > 0 && rows < q->min_class)
		return error_set(e, SO1_FAILED, "too little to learn from: %llu rows, --min-class %llu are "
				 "wanted", rows, (unsigned long long)q->min_class);
	return SO1_OK;
}

static enum so1_status fill_design(struct fit *f, struct so1_error *e)
{
	size_t *levels = transform_level_counts(&f->set);
	struct encoder *encoder = encoder_new(&f->frame, &f->set, f->set.count);
	void *scratch = xmalloc(frame_block_bytes(&f->frame));
	enum so1_status s = tape_finish(&f->rows, e);

	design_init(&f->design, f->set.dense + 1, f->set.codes, levels, regression_half(f->request),
		    f->request->tmpdir);
	for (size_t i = 0; i < frame_block_count(&f->frame) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(&f->frame, i, scratch, &b, e);
		for (size_t r = 0; r < b.rows && s == SO1_OK; r++) {
			struct design_row to;
			struct row row;
			s = tape_get(&f->rows, &row, sizeof row, e);
			if (s == SO1_OK)
				s = design_add(&f->design, false, b.fold[r], &to, e);
			if (s != SO1_OK)
				break;
			*to.x++ = row.y;
			encoder_row(encoder, b.cells + r * f->frame.count, &to);
		}
		blocks_release(&f->frame.blocks, i);
	}
	if (s == SO1_OK)
		s = design_finish(&f->design, e);
	encoder_free(encoder);
	free(scratch);
	free(levels);
	return s;
}

/* Predictions for the rows of one fold, or for all when it is DESIGN_NO_FOLD. */
static enum so1_status observe(struct fit *f, const double *beta, uint8_t fold,
			       struct observation *rows, size_t *count, struct so1_error *e)
{
	void *scratch = xmalloc(design_block_bytes(&f->design));
	enum so1_status s = SO1_OK;

	tape_rewind(&f->rows);
	for (size_t k = 0; k < design_block_count(&f->design) && s == SO1_OK; k++) {
		struct design_block b;
		s = design_read(&f->design, k, scratch, &b, e);
		for (size_t i = 0; s == SO1_OK && i < b.rows; i++) {
			struct row row;
			s = tape_get(&f->rows, &row, sizeof row, e);
			if (s != SO1_OK || (fold != DESIGN_NO_FOLD && b.fold[i] != fold))
				continue;
			double eta = glm_eta(&f->design, &b, i, beta);
			rows[(*count)++] = (struct observation){glm_mean(f->link, eta), row.y, row.hash,
								false};
		}
	}
	free(scratch);
	return s;
}

static enum so1_status cross_validate(struct fit *f, const struct glm_options *whole,
				      const struct glm_fit *fit, struct observation *rows,
				      struct fit_result *result, struct so1_error *e)
{
	size_t count = 0;
	enum so1_status s = SO1_OK;

	for (unsigned k = 0; k < f->request->folds && s == SO1_OK; k++) {
		struct glm_options o = *whole;
		struct glm_fit part;
		o.skip_fold = (uint8_t)k;
		o.start = fit->beta;
		s = glm_fit(&f->design, &o, &part, e);
		if (s == SO1_OK)
			s = observe(f, part.beta, (uint8_t)k, rows, &count, e);
		else
			error_at(e, NULL, 0, "--folds");
		glm_free(&part);
	}
	if (s == SO1_OK)
		accuracy_figures(rows, count, &result->figures);
	result->cross_validated = s == SO1_OK;
	return s;
}

static void card_figures(const struct figures *figures, const char *prefix, struct model_file *m)
{
	static const char *const names[] = {"rmse", "mae", "r2", "calibration_ratio"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct estimate *x = figures_find(figures, names[i]);
		if (x->known)
			model_file_add_figure(m, prefix, names[i], x->value);
	}
}

/* The baseline of e_TARGET. */
static void describe_scores(struct fit *f, const struct observation *rows, size_t count)
{
	uint64_t stride = baseline_stride(count);
	double *scores = xcalloc(BASELINE_ROWS_MOST + 1, sizeof *scores);
	struct buffer name = {0};
	size_t n = 0;

	for (size_t i = 0; i < count; i += stride)
		scores[n++] = rows[i].prediction;
	buffer_printf(&name, "e_%s", f->request->target);
	baseline_numbers(buffer_slice(&name), scores, n, LINEAR_DIGITS, count, &f->baseline);
	buffer_free(&name);
	free(scores);
}

static void describe(const struct fit *f, const struct glm_fit *fit, const struct figures *train,
		     struct fit_result *result)
{
	struct model_file *m = &result->model;

	regression_describe_model(f->request, f->lambda, result);
	model_file_add(m, "model", SLICE("link"), slice_of(glm_link_name(f->link)));
	window_describe(&f->frame.window, m);
	model_file_add_number(m, "card", "rows", (double)fit->rows);
	model_file_add_number(m, "card", "mean", fit->mean);
	if (!isnan(fit->dispersion))
		model_file_add_number(m, "card", "dispersion", fit->dispersion);
	card_figures(train, "training", m);
	if (result->cross_validated) {
		model_file_add_number(m, "card", "folds", f->request->folds);
		card_figures(&result->figures, "held_out", m);
	}
	model_file_append(m, &f->baseline);
}

static void note_fit(const struct fit *f, const struct glm_fit *fit, const struct figures *held_out,
		     struct summary *summary)
{
	size_t aliased = 0;

	for (size_t j = 0; j < fit->columns; j++)
		aliased += fit->aliased[j];
	if (aliased > 0)
		summary_note(summary, "terms without an effect of their own, as earlier columns explain "
			     "them: %zu", aliased);
	if (!fit->converged)
		summary_note(summary, "not converged after %zu iterations", fit->iterations);
	if (blocks_spilled(&f->design.blocks) > 0)
		summary_note(summary, "beyond --memory: %llu MiB in temporary files",
			     (unsigned long long)(blocks_spilled(&f->design.blocks) >> 20));
	if (held_out->count == 0)
		return;
	const struct estimate *r2 = figures_find(held_out, "r2");
	summary_note(summary, "%u-fold cross-validation of %s: RMSE %.6g, MAE %.6g, R2 %.4f",
		     f->request->folds, f->request->target, figures_find(held_out, "rmse")->value,
		     figures_find(held_out, "mae")->value, r2->known ? r2->value : NAN);
}

static enum so1_status learn(struct fit *f, struct summary *summary, struct fit_result *result,
			     struct so1_error *e)
{
	const struct fit_request *q = f->request;
	struct figures train = {0};
	struct glm_fit fit = {0};
	size_t count = 0;
	enum so1_status s = learn_transforms(&f->frame, &q->learn, &f->set, summary, e);

	/* Before the frame makes room for the design. */
	if (s == SO1_OK)
		s = baseline_columns(&f->frame, &f->set, f->set.count, &f->baseline, e);
	if (s == SO1_OK)
		s = fill_design(f, e);
	if (s != SO1_OK)
		return s;
	struct observation *rows = xcalloc(f->row_count, sizeof *rows);
	size_t *order = transform_order(&f->set);
	f->lambda = isnan(q->lambda) ? 1 / fmax((double)f->row_count, 1) : q->lambda;
	struct glm_options o = {f->link, f->lambda, DESIGN_NO_FOLD, order, NULL};
	s = glm_fit(&f->design, &o, &fit, e);
	if (s == SO1_OK)
		s = observe(f, fit.beta, DESIGN_NO_FOLD, rows, &count, e);
	if (s == SO1_OK) {
		describe_scores(f, rows, count);
		accuracy_values(rows, count, &train);
		if (q->folds > 0)
			s = cross_validate(f, &o, &fit, rows, result, e);
	}
	if (s == SO1_OK) {
		bool *separated = xcalloc(fit.columns, sizeof *separated);
		transform_set_effects(&f->set, fit.beta, fit.covariance, separated);
		free(separated);
		note_fit(f, &fit, &result->figures, summary);
		describe(f, &fit, &train, result);
		transform_write(&f->set, &result->model);
	}
	free(rows);
	free(order);
	figures_free(&train);
	glm_free(&fit);
	return s;
}

enum so1_status linear_fit(const struct fit_request *q, struct reader *r,
			   struct summary *summary, struct fit_result *result,
			   struct so1_error *e)
{
	struct fit f = {.request = q, .link = q->link > 0 ? GLM_LOG : GLM_IDENTITY,
			.frame.blocks.fd = -1, .design.blocks.fd = -1};
	struct frame_options o = {
		.columns = q->columns,
		.folds = q->folds,
		.core_limit = regression_half(q) / 2,
		.tmpdir = q->tmpdir,
		.take = take_row,
		.context = &f,
		.threads = q->threads,
	};

	tape_init(&f.rows, regression_half(q) / 2, q->tmpdir);
	f.customer = header_find(reader_header(r), SLICE("customer_id"));
	enum so1_status s = reader_need(r, q->target, &f.target, e);
	if (s == SO1_OK)
		s = frame_read(&f.frame, r, &o, e);
	if (s == SO1_OK)
		s = check_rows(&f, e);
	if (s == SO1_OK)
		s = learn(&f, summary, result, e);
	frame_free(&f.frame);
	tape_free(&f.rows);
	transform_free(&f.set);
	design_free(&f.design);
	model_file_free(&f.baseline);
	return s;
}
