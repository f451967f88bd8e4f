/* uplift, the fit: both forms, cross-validated, the better one kept. */
#include "predict/uplift_parts.h"

#include "predict/baseline.h"
#include "predict/encode.h"
#include "predict/irls.h"
#include "predict/qini.h"
#include "predict/regression.h"

#include <math.h>
#include <stdlib.h>

enum { FOLDS = 5 };
/* The indicator of the treated is this large, so that the penalty, which is meant for who
 * differs from whom, leaves the effect on all alone. */
static const double treated_value = 100;

static enum so1_status take_flag(const struct record *rec, size_t column, const char *name,
				 const char *unknown, bool *out, struct so1_error *e)
{
	struct slice field = rec->fields[column];

	if (target_parse(field, out))
		return SO1_OK;
	error_set(e, SO1_FAILED, "%s", field.len ? "not 0 or 1" : unknown);
	error_at(e, NULL, 0, name);
	return error_value(e, field);
}

static enum so1_status take_row(void *context, const struct record *rec, bool *y,
				struct so1_error *e)
{
	struct uplift_trial *f = context;
	bool treated;
	enum so1_status s = take_flag(rec, f->target, f->request->target, "the target is unknown", y, e);

	if (s == SO1_OK)
		s = take_flag(rec, f->treatment, f->request->treatment, "the treatment is unknown",
			      &treated, e);
	if (s != SO1_OK)
		return s;
	GROW(f->treated, f->treated_cap, f->rows + 1);
	GROW(f->hashes, f->hash_cap, f->rows + 1);
	f->treated[f->rows] = treated;
	f->hashes[f->rows] = customer_hash(f->customer == COLUMN_NONE ? NULL
								      : &rec->fields[f->customer], f->rows);
	f->treated_count += treated;
	f->treated_positives += treated && *y;
	f->rows++;
	return SO1_OK;
}

/* A row of the frame as the transforms have it, into f->x and f->codes. */
static void encode(struct uplift_trial *f, const double *cells)
{
	struct design_row row = {f->x, f->codes};

	memset(f->x, 0, f->set.dense * sizeof *f->x);
	for (size_t c = 0; c < f->set.codes; c++)
		f->codes[c] = DESIGN_NO_LEVEL;
	encoder_row(f->encoder, cells, &row);
}

typedef enum so1_status take_encoded(struct uplift_trial *f, size_t row, bool y, uint8_t fold,
				     void *context, struct so1_error *e);

static enum so1_status walk(struct uplift_trial *f, take_encoded *take, void *context,
			    struct so1_error *e)
{
	void *scratch = xmalloc(frame_block_bytes(&f->frame));
	enum so1_status s = SO1_OK;
	size_t row = 0;

	for (size_t i = 0; i < frame_block_count(&f->frame) && s == SO1_OK; i++) {
		struct frame_block b;
		s = frame_get(&f->frame, i, scratch, &b, e);
		for (size_t r = 0; r < b.rows && s == SO1_OK; r++, row++) {
			encode(f, b.cells + r * f->frame.count);
			s = take(f, row, b.y[r], b.fold[r], context, e);
		}
	}
	free(scratch);
	return s;
}

struct filling {
	struct design design;
	enum uplift_form form;
};

/* The treated's indicator, then the columns of group 0 and of group 1; likewise the codes. */
static enum so1_status fill_design(struct uplift_trial *f, size_t i, bool y, uint8_t fold, void *context,
				   struct so1_error *e)
{
	struct filling *to = context;
	struct design_row row;
	enum so1_status s = design_add(&to->design, y, fold, &row, e);
	const bool in[2] = {to->form == UPLIFT_INTERACTION || !f->treated[i], f->treated[i]};

	if (s != SO1_OK)
		return s;
	row.x[0] = f->treated[i] ? treated_value : 0;
	for (int g = 0; g < 2; g++) {
		if (!in[g])
			continue;
		memcpy(row.x + 1 + (size_t)g * f->set.dense, f->x, f->set.dense * sizeof *f->x);
		memcpy(row.codes + (size_t)g * f->set.codes, f->codes, f->set.codes * sizeof *f->codes);
	}
	return SO1_OK;
}

/* The coefficient of the doubled design that is number i of a group. */
static size_t place_of(const struct uplift_trial *f, int group, size_t i)
{
	size_t g = (size_t)group, dense = f->set.dense;

	if (i == 0)
		return g;
	if (i <= dense)
		return 1 + g * dense + i;
	return 1 + 2 * dense + g * f->levels + i - dense;
}

/* A coefficient of a group as a sum of those of the design. */
struct parts {
	size_t place[2], count;
	double factor[2];
};

static struct parts parts_of(const struct uplift_trial *f, enum uplift_form form, int group, size_t i)
{
	struct parts p = {{place_of(f, group, i), 0}, 1, {1, 1}};

	if (group == 1 && i == 0) {
		p.factor[0] = treated_value;
		p.count += form == UPLIFT_TWO_MODELS; /* on top of the common intercept */
	}
	return p;
}

static void take_group(const struct uplift_trial *f, enum uplift_form form, int group,
		       const struct irls_fit *fit, struct uplift_group *out)
{
	size_t n = f->columns;

	out->beta = xcalloc(n, sizeof *out->beta);
	out->covariance = fit->covariance ? xcalloc(n * n, sizeof *out->covariance) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct parts a = parts_of(f, form, group, i);
		for (size_t k = 0; k < a.count; k++)
			out->beta[i] += a.factor[k] * fit->beta[a.place[k]];
		for (size_t j = 0; j < n && out->covariance; j++) {
			struct parts b = parts_of(f, form, group, j);
			for (size_t k = 0; k < a.count; k++)
				for (size_t m = 0; m < b.count; m++)
					out->covariance[i * n + j] +=
						a.factor[k] * b.factor[m] *
						fit->covariance[a.place[k] * fit->columns + b.place[m]];
		}
	}
}

static void group_free(struct uplift_group *g)
{
	free(g->beta);
	free(g->covariance);
	*g = (struct uplift_group){0};
}

static double eta_of(const struct uplift_trial *f, const size_t *code_column, const double *beta)
{
	double eta = beta[0];

	for (size_t j = 0; j < f->set.dense; j++)
		eta += f->x[j] * beta[1 + j];
	for (size_t c = 0; c < f->set.codes; c++)
		if (f->codes[c] != DESIGN_NO_LEVEL)
			eta += beta[code_column[c] + f->codes[c]];
	return eta;
}

struct scoring {
	enum uplift_form form;
	struct uplift_group groups[2];
	size_t *code_column; /* of a group */
	uint8_t fold;
	struct observation *rows;
};

static enum so1_status score_row(struct uplift_trial *f, size_t i, bool y, uint8_t fold, void *context,
				 struct so1_error *e)
{
	struct scoring *s = context;

	(void)e;
	if (fold != s->fold)
		return SO1_OK;
	const double eta[2] = {eta_of(f, s->code_column, s->groups[0].beta),
			       eta_of(f, s->code_column, s->groups[1].beta)};
	f->fold[i] = fold;
	s->rows[i] = (struct observation){uplift_of(s->form, eta), y, f->hashes[i], f->treated[i]};
	return SO1_OK;
}

static enum so1_status sample_row(struct uplift_trial *f, size_t i, bool y, uint8_t fold,
				  void *context, struct so1_error *e)
{
	const struct scoring *s = context;

	(void)y;
	(void)fold;
	(void)e;
	if (i % baseline_stride(f->rows))
		return SO1_OK;
	const double eta[2] = {eta_of(f, s->code_column, s->groups[0].beta),
			       eta_of(f, s->code_column, s->groups[1].beta)};
	f->scores[f->score_count++] = uplift_of(s->form, eta);
	return SO1_OK;
}

/* Where the codes of a group are. */
static size_t *code_columns(const struct uplift_trial *f)
{
	size_t *levels = transform_level_counts(&f->set);
	size_t *columns = xcalloc(f->set.codes + 1, sizeof *columns);

	columns[0] = f->set.dense + 1;
	for (size_t k = 0; k < f->set.codes; k++)
		columns[k + 1] = columns[k] + levels[k];
	free(levels);
	return columns;
}

static enum so1_status sample_scores(struct uplift_trial *f, enum uplift_form form,
				     struct so1_error *e)
{
	struct scoring scoring = {.form = form, .code_column = code_columns(f)};

	memcpy(scoring.groups, f->candidates[form].groups, sizeof scoring.groups);
	f->scores = xcalloc(BASELINE_ROWS_MOST + 1, sizeof *f->scores);
	enum so1_status s = walk(f, sample_row, &scoring, e);
	free(scoring.code_column);
	return s;
}

/* The mean Qini coefficient of the folds, and their standard deviation. */
static void mean_of_folds(const struct uplift_trial *f, struct uplift_candidate *c)
{
	struct observation *part = xcalloc(f->rows, sizeof *part);
	double sum = 0, squares = 0, known = 0;

	for (unsigned k = 0; k < f->folds; k++) {
		size_t n = 0;
		for (size_t i = 0; i < f->rows; i++)
			if (f->fold[i] == k)
				part[n++] = c->rows[i];
		qini_sort(part, n);
		double q = n > 0 ? qini_coefficient(part, n) : NAN;
		if (isnan(q))
			continue;
		sum += q;
		squares += q * q;
		known++;
	}
	free(part);
	c->qini = known > 0 ? sum / known : NAN;
	c->qini_sd = known > 1 ? sqrt(fmax(squares - sum * sum / known, 0) / (known - 1)) : NAN;
}

static enum so1_status cross_validate(struct uplift_trial *f, const struct filling *from,
				      const struct irls_options *whole, const double *start,
				      struct uplift_candidate *c, struct so1_error *e)
{
	struct scoring scoring = {.form = from->form, .rows = c->rows};
	enum so1_status s = SO1_OK;

	scoring.code_column = code_columns(f);
	for (unsigned k = 0; k < f->folds && s == SO1_OK; k++) {
		struct irls_options o = *whole;
		struct irls_fit part;
		o.skip_fold = scoring.fold = (uint8_t)k;
		o.start = start;
		o.no_covariance = true;
		s = irls_fit(&from->design, &o, &part, e);
		for (int g = 0; g < 2 && s == SO1_OK; g++)
			take_group(f, from->form, g, &part, &scoring.groups[g]);
		if (s == SO1_OK)
			s = walk(f, score_row, &scoring, e);
		else
			error_at(e, NULL, 0, "--folds");
		for (int g = 0; g < 2; g++)
			group_free(&scoring.groups[g]);
		irls_free(&part);
	}
	free(scoring.code_column);
	if (s == SO1_OK)
		mean_of_folds(f, c);
	return s;
}

static void make_filling(const struct uplift_trial *f, enum uplift_form form, struct filling *out)
{
	size_t *levels = transform_level_counts(&f->set);
	size_t *twice = xcalloc(2 * f->set.codes, sizeof *twice);

	for (size_t c = 0; c < f->set.codes; c++)
		twice[c] = twice[f->set.codes + c] = levels[c];
	out->form = form;
	design_init(&out->design, 1 + 2 * f->set.dense, 2 * f->set.codes, twice,
		    regression_half(f->request), f->request->tmpdir);
	free(levels);
	free(twice);
}

static void take_separated(const struct uplift_trial *f, const struct irls_fit *fit,
			   struct uplift_candidate *c)
{
	for (int g = 0; g < 2; g++) {
		c->separated[g] = xcalloc(f->columns, sizeof *c->separated[g]);
		for (size_t i = 0; i < f->columns; i++)
			c->separated[g][i] = fit->separated[place_of(f, g, i)];
	}
}

static enum so1_status try_form(struct uplift_trial *f, enum uplift_form form, struct so1_error *e)
{
	struct uplift_candidate *c = &f->candidates[form];
	struct filling filling;
	struct irls_fit fit = {0};

	make_filling(f, form, &filling);
	enum so1_status s = walk(f, fill_design, &filling, e);
	if (s == SO1_OK)
		s = design_finish(&filling.design, e);
	if (s == SO1_OK) {
		const struct design *d = &filling.design;
		uint64_t no = d->rows - d->positives, rarer = d->positives < no ? d->positives : no;
		c->rows = xcalloc(f->rows, sizeof *c->rows);
		c->lambda = isnan(f->request->lambda) ? .5 / (double)(rarer ? rarer : 1)
						      : f->request->lambda;
		struct irls_options o = {
			.lambda = c->lambda,
			.threads = f->request->threads,
			.skip_fold = DESIGN_NO_FOLD,
		};
		s = irls_fit(d, &o, &fit, e);
		for (int g = 0; g < 2 && s == SO1_OK; g++)
			take_group(f, form, g, &fit, &c->groups[g]);
		if (s == SO1_OK) {
			take_separated(f, &fit, c);
			s = cross_validate(f, &filling, &o, fit.beta, c, e);
		}
	}
	irls_free(&fit);
	design_free(&filling.design);
	return s;
}

/* Without a penalty both forms are the same model, but for rounding. */
static const double better_by = 1e-6;

/* The higher mean of folds; one that cannot be told loses, equal ones go to two models. */
static enum uplift_form choose_form(const struct uplift_trial *f)
{
	if (f->request->form >= 0)
		return (enum uplift_form)f->request->form;
	double two = f->candidates[UPLIFT_TWO_MODELS].qini;
	double one = f->candidates[UPLIFT_INTERACTION].qini;

	return !isnan(one) && (isnan(two) || one > two + better_by) ? UPLIFT_INTERACTION : UPLIFT_TWO_MODELS;
}

static enum so1_status learn(struct uplift_trial *f, struct summary *summary, struct fit_result *result,
			     struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	if (f->rows == 0)
		return error_set(e, SO1_FAILED, "no rows to fit");
	if (f->treated_count == 0 || f->treated_count == f->rows) {
		error_set(e, SO1_FAILED, "%d in all %zu rows: nobody to compare with",
			  f->treated_count > 0, f->rows);
		return error_at(e, NULL, 0, f->request->treatment);
	}
	s = learn_transforms(&f->frame, &f->request->learn, &f->set, summary, e);
	if (s != SO1_OK)
		return s;
	size_t *levels = transform_level_counts(&f->set);
	for (size_t c = 0; c < f->set.codes; c++)
		f->levels += levels[c];
	free(levels);
	f->columns = 1 + f->set.dense + f->levels;
	f->x = xcalloc(f->set.dense, sizeof *f->x);
	f->codes = xcalloc(f->set.codes, sizeof *f->codes);
	f->fold = xcalloc(f->rows, sizeof *f->fold);
	f->encoder = encoder_new(&f->frame, &f->set, f->set.count);
	for (int form = 0; form < UPLIFT_FORMS && s == SO1_OK; form++) {
		f->candidates[form].qini = f->candidates[form].qini_sd = NAN;
		if (f->request->form < 0 || f->request->form == form)
			s = try_form(f, (enum uplift_form)form, e);
	}
	if (s != SO1_OK)
		return s;
	enum uplift_form form = choose_form(f);
	qini_figures(f->candidates[form].rows, f->rows, &result->figures);
	result->cross_validated = true;
	s = sample_scores(f, form, e);
	return s == SO1_OK ? uplift_describe(f, form, summary, result, e) : s;
}

static void fit_free(struct uplift_trial *f)
{
	for (int form = 0; form < UPLIFT_FORMS; form++) {
		struct uplift_candidate *c = &f->candidates[form];
		for (int g = 0; g < 2; g++) {
			group_free(&c->groups[g]);
			free(c->separated[g]);
		}
		free(c->rows);
	}
	if (f->encoder)
		encoder_free(f->encoder);
	frame_free(&f->frame);
	transform_free(&f->set);
	free(f->treated);
	free(f->hashes);
	free(f->fold);
	free(f->scores);
	free(f->x);
	free(f->codes);
}

enum so1_status uplift_fit(const struct fit_request *q, struct reader *r,
			   struct summary *summary, struct fit_result *result,
			   struct so1_error *e)
{
	struct uplift_trial f = {.request = q, .folds = q->folds ? q->folds : FOLDS,
				 .frame.blocks.fd = -1};
	struct buffer ignore = {0};
	struct frame_options o = {
		.columns = q->columns,
		.folds = f.folds,
		.core_limit = regression_half(q),
		.tmpdir = q->tmpdir,
		.take = take_row,
		.context = &f,
		.threads = q->threads,
	};
	enum so1_status s = reader_need(r, q->target, &f.target, e);

	if (s == SO1_OK)
		s = reader_need(r, q->treatment, &f.treatment, e);
	if (s == SO1_OK && f.target == f.treatment) {
		s = error_set(e, SO1_USAGE, "the target cannot be the treatment");
		error_at(e, NULL, 0, "--treatment");
	}
	f.customer = header_find(reader_header(r), SLICE("customer_id"));
	buffer_put_text(&ignore, q->treatment);
	if (q->columns.ignore)
		buffer_printf(&ignore, ",%s", q->columns.ignore);
	o.columns.ignore = buffer_text(&ignore);
	if (s == SO1_OK)
		s = frame_read(&f.frame, r, &o, e);
	if (s == SO1_OK)
		s = learn(&f, summary, result, e);
	fit_free(&f);
	buffer_free(&ignore);
	return s;
}
