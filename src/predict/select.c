#include "predict/select.h"

#include "predict/interact.h"
#include "predict/path.h"
#include "predict/regression.h"

#include <math.h>
#include <stdlib.h>

enum {
	FOLDS = 5,          /* when the request names none */
	BIN_PARTS = 20, PAIRS_MOST = 20,
	RIDGE_STEPS = 14,   /* from 64 / rows of the rarer class down by halves */
	ELASTIC_STEPS = 50,
	/* Fewer rows of the rarer class cannot tell a good lambda from a bad one. */
	RARER_LEAST = 200,
};
/* Factors of the penalty. Ranges lean on their neighbours more than on 0. */
static const double tie_of_bins = 8;
static const double elastic_span = 1e-3;
/* Log-likelihood that a pair has to gain on rows held out: its share of chance findings
 * among a few hundred pairs is small then. */
static const double pair_gain_least = 2;

static double rarer(const struct frame *f)
{
	uint64_t no = f->rows - f->positives;

	return (double)(f->positives < no ? f->positives : no);
}

/* What so many rows teach a slope they teach well; searching ranges and pairs among them
 * takes minutes, which nobody should spend who did not ask. */
enum { UNASKED_ROWS_MOST = 50000 };

static bool is_too_long(const struct fit_request *q, const struct frame *f)
{
	return q->basis == BASIS_AUTO && !q->interact && !q->validate_as_of &&
	       f->rows > UNASKED_ROWS_MOST;
}

static bool validates(const struct fit_request *q, const struct frame *f)
{
	return rarer(f) >= RARER_LEAST && !q->by && isnan(q->lambda) && !is_too_long(q, f);
}

unsigned select_folds(const struct fit_request *q)
{
	if (q->validate_as_of)
		return 1;
	if (q->folds > 0)
		return q->folds;
	return q->by || (q->lambda >= 0 && q->basis <= BASIS_LINEAR && !q->interact) ? 0 : FOLDS;
}

/* Factors and ties of the design's columns. */
static void weigh_columns(const struct transform_set *set, const struct design *d,
			  double **factors, double **ties)
{
	*factors = xcalloc(d->columns, sizeof **factors);
	*ties = xcalloc(d->columns, sizeof **ties);
	for (size_t j = 0; j < d->columns; j++)
		(*factors)[j] = 1;
	for (size_t i = 0; i < set->count; i++) {
		const struct transform *t = &set->items[i];
		if (t->code == SIZE_MAX)
			continue;
		size_t first = d->code_column[t->code], n = transform_codes(t);
		for (size_t k = 0; k < n; k++) {
			if (t->kind == TRANSFORM_PAIR)
				(*factors)[first + k] = t->factor;
			if (t->kind == TRANSFORM_BINS && k + 1 < n)
				(*ties)[first + k] = tie_of_bins;
		}
	}
}

/* A set of transforms that was tried. */
struct trial {
	size_t transforms;
	struct design design;
	double *factors, *ties;
	struct path_best best;
};

static void trial_free(struct trial *t)
{
	design_free(&t->design);
	free(t->factors);
	free(t->ties);
	path_free(&t->best);
}

static enum so1_status make_design(const struct fit_request *q, struct frame *f,
				   struct transform_set *set, struct trial *t, struct so1_error *e)
{
	t->transforms = set->count;
	transform_number_columns(set);
	enum so1_status s = learn_design(f, set, regression_half(q), q->tmpdir, &t->design, e);
	if (s == SO1_OK)
		weigh_columns(set, &t->design, &t->factors, &t->ties);
	return s;
}

static enum so1_status try(const struct fit_request *q, struct frame *f,
			   struct transform_set *set, struct trial *t, struct so1_error *e)
{
	struct path_options o = {
		.folds = select_folds(q),
		.steps = q->path_steps ? q->path_steps : q->alpha > 0 ? ELASTIC_STEPS : RIDGE_STEPS,
		.highest = 64 / rarer(f),
		.ratio = .5,
		.alpha = q->alpha,
		.threads = q->threads,
	};
	*t = (struct trial){.design.blocks.fd = -1};
	enum so1_status s = make_design(q, f, set, t, e);
	o.factors = t->factors;
	o.ties = t->ties;
	if (q->lambda >= 0) {
		o.steps = 1;
		o.highest = q->lambda;
	} else if (s == SO1_OK && q->alpha > 0) {
		s = path_highest(&t->design, &o, &o.highest, e);
		o.ratio = pow(elastic_span, 1. / (double)(o.steps > 1 ? o.steps - 1 : 1));
	} else if (q->path_steps > 1) {
		o.ratio = pow(.5, (RIDGE_STEPS - 1.) / (double)(o.steps - 1));
	}
	return s == SO1_OK ? path_run(&t->design, &o, &t->best, e) : s;
}

/* The better of two; the other is freed. With an equal loss the simpler one. */
static void keep(struct trial *best, struct trial *other, bool forced)
{
	if (forced || other->best.loss < best->best.loss) {
		trial_free(best);
		*best = *other;
	} else {
		trial_free(other);
	}
}

static enum so1_status add_pairs(const struct fit_request *q, struct frame *f,
				 struct transform_set *set, const struct trial *best,
				 struct so1_error *e)
{
	struct interact_options o = {
		.folds = select_folds(q),
		.lambda = best->best.lambda,
		.gain_least = pair_gain_least,
		.pairs_most = PAIRS_MOST,
		.asked = q->interact,
		.search = q->basis == BASIS_AUTO || q->basis == BASIS_PAIRS,
	};
	return interact_add_pairs(f, &best->design, best->best.beta, set, &o, e);
}

/* Ranges on top of slopes, pairs on top of the better of the two. */
static enum so1_status grow(const struct fit_request *q, struct frame *f,
			    struct transform_set *set, struct trial *best, struct so1_error *e)
{
	struct trial other;
	enum so1_status s = try(q, f, set, best, e);
	bool forced = q->basis == BASIS_BINS || q->basis == BASIS_PAIRS;

	if (s == SO1_OK && q->basis != BASIS_LINEAR) {
		s = interact_add_bins(f, set, BIN_PARTS, e);
		if (s == SO1_OK && set->count > best->transforms) {
			s = try(q, f, set, &other, e);
			keep(best, &other, forced && s == SO1_OK);
		}
		transform_truncate(set, best->transforms);
	}
	if (s == SO1_OK && (q->basis == BASIS_AUTO || q->basis == BASIS_PAIRS || q->interact)) {
		transform_number_columns(set);
		s = add_pairs(q, f, set, best, e);
		if (s == SO1_OK && set->count > best->transforms) {
			s = try(q, f, set, &other, e);
			keep(best, &other, (q->interact || q->basis == BASIS_PAIRS) && s == SO1_OK);
		}
		transform_truncate(set, best->transforms);
	}
	transform_number_columns(set);
	return s;
}

static void note(const struct fit_request *q, const struct transform_set *set,
		 struct selection *out, struct summary *summary)
{
	struct buffer pairs = {0};
	size_t bins = 0, count = 0;

	for (size_t i = 0; i < set->count; i++) {
		bins += set->items[i].kind == TRANSFORM_BINS;
		if (set->items[i].kind != TRANSFORM_PAIR)
			continue;
		count++;
		buffer_put_byte(&pairs, ' ');
		buffer_put_slice(&pairs, set->items[i].name);
	}
	out->basis = count ? "pairs" : bins ? "bins" : "linear";
	summary_note(summary, "%s %s: %zu numbers in ranges, %zu pairs, lambda %.4g, log-loss %.4f "
		     "on rows held out", isnan(q->lambda) ? "validation chose" : "as asked,",
		     out->basis, bins, count, out->lambda, out->loss);
	if (count)
		summary_note(summary, "together:%s", buffer_text(&pairs));
	buffer_free(&pairs);
}

static enum so1_status plain(const struct fit_request *q, struct frame *f,
			     struct transform_set *set, struct selection *out,
			     struct so1_error *e)
{
	*out = (struct selection){.loss = NAN, .lambda = q->lambda, .basis = "linear",
				  .design.blocks.fd = -1};
	if (isnan(q->lambda))
		out->lambda = .5 / fmax(rarer(f), 1);
	return learn_design(f, set, regression_half(q), q->tmpdir, &out->design, e);
}

enum so1_status select_model(const struct fit_request *q, struct frame *f,
			     struct transform_set *set, struct selection *out,
			     struct summary *summary, struct so1_error *e)
{
	bool asked = q->basis > BASIS_LINEAR || q->interact;
	struct trial best = {.design.blocks.fd = -1};

	*out = (struct selection){.design.blocks.fd = -1};
	if (set->count == 0 || (!validates(q, f) && !(q->lambda > 0 && asked))) {
		if (asked && set->count > 0)
			return error_set(e, SO1_FAILED, "--basis and --interact need a --lambda above 0, or "
					 "%d rows of the rarer class to choose it by", RARER_LEAST);
		if (set->count > 0 && !q->by && isnan(q->lambda) && is_too_long(q, f))
			summary_note(summary, "more than %d rows: slopes alone, by the default penalty; "
				     "--basis pairs searches for more, at length", UNASKED_ROWS_MOST);
		return plain(q, f, set, out, e);
	}
	enum so1_status s = grow(q, f, set, &best, e);
	if (s != SO1_OK) {
		trial_free(&best);
		return s;
	}
	out->design = best.design;
	out->lambda = best.best.lambda;
	out->loss = best.best.loss;
	out->factors = best.factors;
	out->ties = best.ties;
	out->start = best.best.beta;
	out->held_out = best.best.held_out;
	note(q, set, out, summary);
	return SO1_OK;
}

void select_free(struct selection *s)
{
	design_free(&s->design);
	free(s->factors);
	free(s->ties);
	free(s->start);
	free(s->held_out);
	*s = (struct selection){.design.blocks.fd = -1};
}
