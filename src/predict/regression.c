#include "predict/regression.h"

#include "base/number.h"
#include "predict/irls.h"
#include "predict/sums.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Buffers of the reader, libraries, scores being sorted, a block a thread, sums: what a fit
 * needs besides its blocks. */
enum { OVERHEAD_BYTES = 80 << 20 };

uint64_t regression_half(const struct fit_request *request)
{
	uint64_t least = request->memory / 4;

	return request->memory > 2 * (uint64_t)OVERHEAD_BYTES ? (request->memory - OVERHEAD_BYTES) / 2
							      : least;
}

/* Names the terms of the columns that are marked. */
static void note_terms(const struct transform_set *set, const bool *marked, const char *what,
		       struct summary *summary)
{
	size_t *order = transform_order(set), n = 0;
	struct buffer b = {0};

	for (size_t i = 0; i < set->count; i++) {
		const struct transform *t = &set->items[i];
		for (size_t k = t->dense == SIZE_MAX ? 0 : SIZE_MAX; k + 1 <= transform_codes(t);
		     k++)
			if (marked[order[n++]]) {
				buffer_put_byte(&b, ' ');
				transform_term_name(t, k, &b);
			}
	}
	if (b.len)
		summary_note(summary, "%s:%s", what, buffer_text(&b));
	buffer_free(&b);
	free(order);
}

static enum so1_status cross_validate(const struct fit_request *q, unsigned folds,
				      const struct design *d,
				      const double *held_out, const struct irls_options *whole,
				      const struct irls_fit *fit, struct fit_result *result,
				      struct so1_error *e)
{
	struct scores scores;
	enum so1_status s = SO1_OK;

	scores_init(&scores, q->tmpdir);
	for (unsigned k = 0; k < folds && s == SO1_OK; k++) {
		struct irls_options o = *whole;
		struct irls_fit part = {0};
		if (held_out) {
			s = sums_scores(d, held_out + k * d->columns, (uint8_t)k, q->threads,
					&scores, e);
			continue;
		}
		o.skip_fold = (uint8_t)k;
		o.start = fit->beta;
		o.no_covariance = true;
		s = irls_fit(d, &o, &part, e);
		if (s == SO1_OK)
			s = sums_scores(d, part.beta, (uint8_t)k, q->threads, &scores, e);
		else
			error_at(e, NULL, 0, q->validate_as_of ? "--validate-on" : "--folds");
		irls_free(&part);
	}
	if (s == SO1_OK)
		s = metrics_compute(&scores, &result->metrics, e);
	result->cross_validated = s == SO1_OK;
	scores_free(&scores);
	return s;
}

static enum so1_status train_metrics(const struct fit_request *q, const struct design *d,
				     const struct irls_fit *fit, struct metrics *train,
				     struct so1_error *e)
{
	struct scores scores;

	scores_init(&scores, q->tmpdir);
	enum so1_status s = sums_scores(d, fit->beta, DESIGN_NO_FOLD, q->threads, &scores, e);
	if (s == SO1_OK)
		s = metrics_compute(&scores, train, e);
	scores_free(&scores);
	return s;
}

/* How much shrinkage pays depends on how many events there are to learn from more than on
 * how many rows. */
static double default_lambda(const struct design *d)
{
	uint64_t rarer = d->positives < d->rows - d->positives ? d->positives
							       : d->rows - d->positives;
	return .5 / (double)(rarer ? rarer : 1);
}

enum so1_status regression_fit(const struct fit_request *q, const struct design *d,
			       struct transform_set *set, double *lambda, struct metrics *train,
			       struct summary *summary, struct fit_result *result,
			       struct so1_error *e)
{
	struct irls_options o = {
		.lambda = isnan(q->lambda) ? default_lambda(d) : q->lambda,
		.alpha = q->alpha,
	};
	*lambda = o.lambda;
	enum so1_status s = regression_fit_as(q, d, set, &o, NULL, q->folds, train, summary, result,
					      e);
	free(result->beta);
	result->beta = NULL;
	return s;
}

enum so1_status regression_fit_as(const struct fit_request *q, const struct design *d,
				  struct transform_set *set, const struct irls_options *penalty,
				  const double *held_out, unsigned folds, struct metrics *train,
				  struct summary *summary, struct fit_result *result,
				  struct so1_error *e)
{
	size_t *order = transform_order(set);
	struct irls_fit fit;
	struct irls_options o = *penalty;

	o.threads = q->threads;
	o.skip_fold = DESIGN_NO_FOLD;
	o.order = order;
	enum so1_status s = irls_fit(d, &o, &fit, e);
	if (s == SO1_OK) {
		transform_set_effects(set, fit.beta, fit.covariance, fit.separated);
		note_terms(set, fit.aliased, "no effect of their own, as earlier columns explain "
			   "them", summary);
		note_terms(set, fit.separated, "separate the target; their coefficients have no "
			   "finite estimate without --lambda", summary);
		if (!fit.converged)
			summary_note(summary, "not converged after %zu iterations", fit.iterations);
		result->beta = xcalloc(fit.columns, sizeof *result->beta);
		memcpy(result->beta, fit.beta, fit.columns * sizeof *result->beta);
		s = train_metrics(q, d, &fit, train, e);
	}
	if (s == SO1_OK && folds > 0)
		s = cross_validate(q, folds, d, held_out, &o, &fit, result, e);
	if (s == SO1_OK && blocks_spilled(&d->blocks) > 0)
		summary_note(summary, "beyond --memory: %llu MiB in temporary files",
			     (unsigned long long)(blocks_spilled(&d->blocks) >> 20));
	irls_free(&fit);
	free(order);
	return s;
}

static void add_text(struct model_file *m, const char *section, const char *name,
		     const char *value)
{
	if (value)
		model_file_add(m, section, slice_of(name), slice_of(value));
}

static void add_estimate(struct model_file *m, const char *prefix, const char *name,
			 const struct estimate *x)
{
	if (x->known)
		model_file_add_figure(m, prefix, name, x->value);
}

static void add_metrics(struct model_file *m, const char *prefix, const struct metrics *x)
{
	add_estimate(m, prefix, "auc", &x->auc);
	add_estimate(m, prefix, "log_loss", &x->log_loss);
	add_estimate(m, prefix, "brier", &x->brier);
	add_estimate(m, prefix, "calibration_ratio", &x->calibration_ratio);
}

void regression_describe_model(const struct fit_request *q, double lambda,
			       struct fit_result *result)
{
	struct model_file *m = &result->model;

	add_text(m, "model", "kind", q->kind);
	model_file_add_number(m, "model", "version", MODELFILE_VERSION);
	add_text(m, "model", "target", q->target);
	add_text(m, "model", "by", q->by);
	model_file_add_number(m, "model", "lambda", lambda);
	add_text(m, "model", "ignore", q->columns.ignore);
	add_text(m, "model", "include", q->columns.include);
	add_text(m, "model", "categorical", q->columns.categorical);
	add_text(m, "model", "command", q->command);
}

void regression_describe_card(const struct fit_request *q, const struct frame *f,
			      const struct metrics *train, const char *unit,
			      struct fit_result *result)
{
	struct model_file *m = &result->model;

	window_describe(&f->window, m);
	model_file_add_number(m, "card", unit, (double)train->rows);
	model_file_add_number(m, "card", "positives", (double)train->positives);
	struct estimate base = {.value = train->base_rate, .known = true};
	add_estimate(m, "base", "rate", &base);
	add_metrics(m, "training", train);
	if (!result->cross_validated)
		return;
	if (q->validate_as_of)
		add_text(m, "card", "validated_on", "as_of");
	else
		model_file_add_number(m, "card", "folds", q->folds);
	add_metrics(m, "held_out", &result->metrics);
}
