#include "predict/irls.h"

#include "base/memory.h"
#include "predict/newton.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MOST = 60, HALVINGS_MOST = 30 };
/* The curvature is a dense matrix, of which a dozen copies are about. */
enum { COLUMNS_MOST = 8000 };
/* Keeps rows that are certain from making the curvature singular. */
static const double weight_floor = 1e-10;
/* Information left about a column, as a share of what it began with. */
static const double separation_tolerance = 1e-6;

struct fitting {
	const struct design *design;
	const struct irls_options *options;
	struct irls_fit *fit;
	struct newton newton;
	double floor; /* of the weights */
};

static enum so1_status pass(void *context, const double *beta, struct sums *out,
			    struct so1_error *e)
{
	const struct fitting *f = context;
	struct sums_options o = {
		.threads = f->options->threads,
		.skip_fold = f->options->skip_fold,
		.weight_floor = f->floor,
	};
	return sums_pass(f->design, beta, &o, out, e);
}

/* The columns about which the rows have stopped saying anything: those whose pivot in the
 * final curvature (without floor or penalty) has vanished. */
static void find_separation(const struct newton *w, bool *separated)
{
	size_t n = w->n;
	double *l = xcalloc(n * n, sizeof *l);

	for (size_t k = 0; k < n; k++) {
		double *row = l + k * n;
		double left = newton_curvature(w, w->active[k], w->active[k]);
		for (size_t i = 0; i < k; i++) {
			double sum = newton_curvature(w, w->active[k], w->active[i]);
			for (size_t m = 0; m < i; m++)
				sum -= row[m] * l[i * n + m];
			row[i] = l[i * n + i] > 0 ? sum / l[i * n + i] : 0;
			left -= row[i] * row[i];
		}
		separated[w->active[k]] = !(left > separation_tolerance * w->pivots[k]);
		row[k] = left > 0 ? sqrt(left) : 0;
	}
	free(l);
}

static enum so1_status check_classes(const struct sums *s, struct so1_error *e)
{
	if (s->rows == 0)
		return error_set(e, SO1_FAILED, "no rows to fit");
	if (s->positives == 0 || s->positives == s->rows)
		return error_set(e, SO1_FAILED,
				 "the target is %d in all %llu rows: nothing to tell apart",
				 s->positives > 0, (unsigned long long)s->rows);
	return SO1_OK;
}

/* The sums at the base rate from those at 0, where all weights are 1/4: the Hessian in
 * proportion, the gradient by the columns' sums, which are those of its intercept. */
static void move_to_base_rate(struct newton *w, double p)
{
	struct sums *s = &w->sums;
	double scale = 4 * p * (1 - p), rows = (double)s->rows;

	w->beta[0] = log(p) - log1p(-p);
	for (size_t j = 0; j < s->columns; j++)
		s->gradient[j] += (p - .5) * 4 * newton_hessian(s, j, 0);
	for (size_t i = 0; i < s->columns; i++)
		for (size_t j = 0; j <= i; j++)
			s->hessian[i * s->columns + j] *= scale;
	s->loss = -rows * (p * log(p) + (1 - p) * log1p(-p));
	for (size_t i = 0; i < w->n; i++)
		w->pivots[i] *= scale;
}

/* From the base rate: all weights are equal there, so the first curvature is the plain
 * cross-product and decides which columns depend on others. */
static enum so1_status begin(struct fitting *f, struct so1_error *e)
{
	struct newton *w = &f->newton;
	const double *start = f->options->start;
	enum so1_status s = pass(f, w->beta, &w->sums, e);

	if (s == SO1_OK)
		s = check_classes(&w->sums, e);
	if (s != SO1_OK)
		return s;
	newton_choose(w);
	move_to_base_rate(w, (double)w->sums.positives / (double)w->sums.rows);
	if (start == NULL)
		return SO1_OK;
	for (size_t i = 0; i < w->n; i++)
		w->beta[w->active[i]] = start[w->active[i]];
	return pass(f, w->beta, &w->sums, e);
}

static enum so1_status finish(struct fitting *f, struct so1_error *e)
{
	struct newton *w = &f->newton;
	struct irls_fit *fit = f->fit;

	if (w->sums.floored > 0) {
		f->floor = 0;
		enum so1_status s = pass(f, w->beta, &w->sums, e);
		if (s != SO1_OK)
			return s;
	}
	fit->iterations = w->iterations;
	fit->converged = w->converged;
	fit->rows = w->sums.rows;
	fit->positives = w->sums.positives;
	fit->loss = w->sums.loss / (double)w->sums.rows;
	if (!isfinite(fit->loss))
		return error_set(e, SO1_FAILED, "the fit ran off to infinity: give a --lambda");
	if (f->options->no_covariance)
		return SO1_OK;
	find_separation(w, fit->separated);
	return newton_covariance(w, 1, &fit->covariance, e);
}

enum so1_status irls_fit(const struct design *d, const struct irls_options *options,
			 struct irls_fit *fit, struct so1_error *e)
{
	struct fitting f = {.design = d, .options = options, .fit = fit, .floor = weight_floor};
	size_t columns = d->columns;

	*fit = (struct irls_fit){.columns = columns};
	if (columns > COLUMNS_MOST)
		return error_set(e, SO1_FAILED, "%zu terms are too many (at most %d): --ignore columns "
				 "or lower --max-levels", columns, COLUMNS_MOST);
	fit->beta = xcalloc(columns, sizeof *fit->beta);
	fit->aliased = xcalloc(columns, sizeof *fit->aliased);
	fit->separated = xcalloc(columns, sizeof *fit->separated);
	f.newton = (struct newton){
		.pass = pass,
		.context = &f,
		.penalty = {options->lambda, options->alpha, options->factors, options->ties},
		.order = options->order,
		.iterations_most = ITERATIONS_MOST,
		.halvings_most = HALVINGS_MOST,
	};
	newton_init(&f.newton, columns, fit->beta, fit->aliased);
	enum so1_status s = begin(&f, e);
	if (s == SO1_OK)
		s = newton_iterate(&f.newton, e);
	if (s == SO1_OK)
		s = finish(&f, e);
	newton_free(&f.newton);
	return s;
}

void irls_free(struct irls_fit *fit)
{
	free(fit->beta);
	free(fit->aliased);
	free(fit->separated);
	free(fit->covariance);
	*fit = (struct irls_fit){0};
}
