/* uplift, the model file: card, transforms and terms. */
#include "predict/uplift_parts.h"

#include "base/number.h"
#include "predict/baseline.h"
#include "predict/regression.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void describe(const struct uplift_trial *f, enum uplift_form form, struct fit_result *result)
{
	struct model_file *m = &result->model;

	regression_describe_model(f->request, f->candidates[form].lambda, result);
	model_file_add(m, "model", SLICE("treatment"), slice_of(f->request->treatment));
	model_file_add(m, "model", SLICE("form"), slice_of(uplift_form_name(form)));
}

/* Whether the interval of the Qini coefficient lies above 0. */
static bool beats_noise(const struct figures *figures)
{
	const struct estimate *q = figures_find(figures, "qini");

	return q->known && q->has_interval && q->low > 0;
}

/* Shares of yes among the treated and the others; and the mean of the held-out predictions,
 * which is the average effect when they are calibrated. */
static void card_rates(const struct uplift_trial *f, enum uplift_form form, struct model_file *m)
{
	double treated = (double)f->treated_count, positives = (double)f->treated_positives, sum = 0;

	model_file_add_figure(m, "base_rate", "treated", positives / treated);
	model_file_add_figure(m, "base_rate", "control",
		    ((double)f->frame.positives - positives) / ((double)f->rows - treated));
	for (size_t i = 0; i < f->rows; i++)
		sum += f->candidates[form].rows[i].prediction;
	model_file_add_figure(m, "held_out", "mean_uplift", sum / (double)f->rows);
}

static enum so1_status card_baseline(struct uplift_trial *f, struct model_file *m,
				     struct so1_error *e)
{
	enum so1_status s = baseline_columns(&f->frame, &f->set, f->set.count, m, e);

	baseline_numbers(SLICE("uplift"), f->scores, f->score_count, UPLIFT_DIGITS, f->rows, m);
	return s;
}

static void write_card(const struct uplift_trial *f, enum uplift_form form, const struct figures *figures,
		       struct model_file *m)
{
	static const char *const names[] = {"ate", "qini", "auuc"};

	window_describe(&f->frame.window, m);
	model_file_add_number(m, "card", "rows", (double)f->rows);
	model_file_add_number(m, "card", "treated", (double)f->treated_count);
	model_file_add_number(m, "card", "positives", (double)f->frame.positives);
	card_rates(f, form, m);
	model_file_add_number(m, "card", "folds", f->folds);
	for (int k = 0; k < UPLIFT_FORMS; k++) {
		const char *name = uplift_form_name((enum uplift_form)k);
		model_file_add_figure(m, name, "qini", f->candidates[k].qini);
		model_file_add_figure(m, name, "qini_sd", f->candidates[k].qini_sd);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct estimate *x = figures_find(figures, names[i]);
		if (!x->known)
			continue;
		model_file_add_figure(m, "held_out", names[i], x->value);
		model_file_add_figure(m, names[i], "low", x->has_interval ? x->low : NAN);
		model_file_add_figure(m, names[i], "high", x->has_interval ? x->high : NAN);
	}
	model_file_add_number(m, "card", "beats_noise", beats_noise(figures));
}

/* The transforms once, then the terms of both groups, each under its prefix. */
static void write_terms(struct uplift_trial *f, enum uplift_form form, struct model_file *m)
{
	const struct uplift_candidate *c = &f->candidates[form];
	struct buffer name = {0};

	for (int g = 0; g < 2; g++) {
		struct model_file part = {0};
		transform_set_effects(&f->set, c->groups[g].beta, c->groups[g].covariance,
				      c->separated[g]);
		transform_write(&f->set, &part);
		for (size_t i = 0; i < part.count; i++) {
			const struct model_row *row = &part.rows[i];
			bool term = slice_is(row->section, "term");
			if (!term && g > 0)
				continue;
			buffer_clear(&name);
			buffer_put_text(&name, term ? uplift_prefix(form, g) : "");
			buffer_put_slice(&name, row->name);
			model_file_add(m, term ? "term" : "transform", buffer_slice(&name), row->value);
			m->rows[m->count - 1].std_error = arena_copy(&m->text, row->std_error);
		}
		model_file_free(&part);
	}
	buffer_free(&name);
}

static void note_outcome(const struct uplift_trial *f, enum uplift_form form,
			 const struct figures *figures, struct summary *summary)
{
	const struct uplift_candidate *c = f->candidates;
	const struct estimate *q = figures_find(figures, "qini");

	if (!isnan(c[form].qini))
		summary_note(summary, "%s: Qini %.4f, mean of %u folds (sd %.4f)",
			     uplift_form_name(form), c[form].qini, f->folds, c[form].qini_sd);
	if (!isnan(c[!form].qini))
		summary_note(summary, "%s: %.4f (sd %.4f), not taken", uplift_form_name(!form),
			     c[!form].qini, c[!form].qini_sd);
	if (beats_noise(figures))
		return;
	if (q->known && q->has_interval)
		summary_note(summary, "nothing beats noise: the 95 %% interval of the Qini coefficient, "
			     "%.4f to %.4f, does not lie above 0; do not choose customers by this model",
			     q->low, q->high);
	else
		summary_note(summary, "nothing beats noise: there is no Qini coefficient to tell by");
}

enum so1_status uplift_describe(struct uplift_trial *f, enum uplift_form form,
				struct summary *summary, struct fit_result *result,
				struct so1_error *e)
{
	note_outcome(f, form, &result->figures, summary);
	describe(f, form, result);
	write_card(f, form, &result->figures, &result->model);
	enum so1_status s = card_baseline(f, &result->model, e);
	write_terms(f, form, &result->model);
	return s;
}
