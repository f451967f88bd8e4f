/* so1-predict: fits models, applies them, says how good they are. */
#include "cmd/tool.h"

#include "base/datetime.h"
#include "base/number.h"
#include "predict/assess.h"
#include "predict/chain.h"
#include "predict/clv.h"
#include "predict/drift.h"
#include "predict/numeric.h"
#include "predict/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* --min-class: without a --lambda, and with one, which says how far to trust few rows. */
enum { CLASS_DEFAULT = 20, CLASS_WITH_LAMBDA = 1 };
#define CLASS_UNSET UINT64_MAX
enum { MEMORY_DEFAULT = 256 << 20, FOLDS_MOST = 200, BOOTSTRAP_MOST = 100000 };

struct predict_options {
	const char *fit;
	struct fit_request request;
	int scale; /* enum learn_scale, -1: not given */
	int basis, validate_on;
	int process; /* index in `processes`, -1: not given */
	uint64_t max_levels, folds;
	struct option_list models;
	bool evaluate, reasons, calibrate;
	const char *segment, *drift;
	uint64_t bootstrap;
	const char *report;
	const char *as_of;
};

static const struct predict_options defaults = {
	.scale = -1,
	.process = -1,
	.max_levels = 30,
	.request = {.lambda = NAN, .form = -1, .link = -1, .min_class = CLASS_UNSET, .top = 10,
		    .min_support = 10, .negatives = 50, .clv = {.days = 365, .margin = 1},
		    .before = INT64_MAX},
};

/* As in the row of --process. */
static const char *const processes[] = {"bgnbd", "mbgnbd", "pareto"};

#define AT(member) offsetof(struct predict_options, member)

static const struct option_row rows[] = {
	{0, NULL, NULL, OPTION_HEADING, 0, "Fitting:", NULL},
	{0, "fit", "KIND", OPTION_TEXT, AT(fit),
	 "fit a model of this kind (affinity, clv, forecast, linear, logistic, uplift) to the input and "
	 "write it to --output", NULL},
	{0, "target", "COL", OPTION_TEXT, AT(request.target),
	 "column to predict: 0/1, no/yes or false/true (--by: a map)", NULL},
	{0, "treatment", "COL", OPTION_TEXT, AT(request.treatment),
	 "with --fit uplift: column that says who was treated, as 0/1, no/yes or false/true", NULL},
	{0, "link", "identity|log", OPTION_CHOICE, AT(request.link),
	 "with --fit linear: the mean is the sum of the terms, or its exponential (default: identity)",
	 NULL},
	{0, "form", "two_models|interaction", OPTION_CHOICE, AT(request.form),
	 "with --fit uplift: the form of the model (default: the better one by cross-validation)",
	 NULL},
	{0, "by", "KEY", OPTION_TEXT, AT(request.by),
	 "predict for each KEY (category, brand, sku) from the map columns *_by_KEY", NULL},
	{0, "ignore", "COLS", OPTION_TEXT, AT(request.columns.ignore),
	 "columns that must not be features, with commas", NULL},
	{0, "include", "COLS", OPTION_TEXT, AT(request.columns.include),
	 "columns to take as features although they are left out by default", NULL},
	{0, "categorical", "COLS", OPTION_TEXT, AT(request.columns.categorical),
	 "columns of numbers to take as categories", NULL},
	{0, "lambda", "L", OPTION_NUMBER, AT(request.lambda),
	 "weight of the penalty on squared coefficients, 0: none (default: 0.5 / rows of the "
	 "rarer class; affinity: 300)", NULL},
	{0, "scale", "auto|linear|log", OPTION_CHOICE, AT(scale),
	 "take numbers as they are, by their logarithm, or (auto) skewed ones by their "
	 "logarithm (default: auto; linear with --lambda 0)", NULL},
	{0, "alpha", "A", OPTION_NUMBER, AT(request.alpha),
	 "elastic net: share of the penalty that is on absolute values, 0 to 1 (default: 0)", NULL},
	{0, "path", "N", OPTION_UINT, AT(request.path_steps),
	 "try N lambdas (default: 14, with --alpha 50)", NULL},
	{0, "basis", "auto|linear|bins|pairs", OPTION_CHOICE, AT(basis),
	 "numbers by a slope, by ranges too, pairs of columns too, or what validation likes "
	 "(default: auto)", NULL},
	{0, "interact", "A:B,...", OPTION_TEXT, AT(request.interact),
	 "pairs of columns that get a coefficient for each combination", NULL},
	{0, "validate-on", "folds|as_of", OPTION_CHOICE, AT(validate_on),
	 "choose by rows held out: folds of customers, or the latest as_of (default: folds)", NULL},
	{0, "min-class", "N", OPTION_UINT, AT(request.min_class),
	 "refuse to fit with fewer than N rows of 0 or of 1 (default: 20; with --lambda 1)", NULL},
	{0, "max-levels", "N", OPTION_UINT, AT(max_levels),
	 "levels of a category that get a coefficient; the rest are 'other' (default: 30)", NULL},
	{0, "folds", "K", OPTION_UINT, AT(folds),
	 "cross-validate with K folds of customers and print how good the model is", NULL},
	{0, "min-support", "N", OPTION_UINT, AT(request.min_support),
	 "with --by: leave out keys found in fewer than N rows (default: 10)", NULL},
	{0, "negatives", "N", OPTION_NUMBER, AT(request.negatives),
	 "with --by: sample about N keys a row among those the customer never touched "
	 "(default: 50)", NULL},
	{0, "top", "N", OPTION_UINT, AT(request.top),
	 "with --by: keys the model will write for each customer, in each list (default: 10)", NULL},
	{0, "process", "bgnbd|mbgnbd|pareto", OPTION_CHOICE, AT(process),
	 "clv: how orders come and customers are lost (default: the best by likelihood)", NULL},
	{0, "horizon", "DAYS", OPTION_NUMBER, AT(request.clv.days),
	 "clv: days to look ahead (default: 365)", NULL},
	{0, "discount", "RATE", OPTION_NUMBER, AT(request.clv.discount),
	 "clv: what a year takes from the worth of an order, .1 is 10 percent (default: 0)", NULL},
	{0, "margin", "P", OPTION_NUMBER, AT(request.clv.margin),
	 "clv: the share of spend that counts as worth (default: 1)", NULL},
	{0, "intervals", NULL, OPTION_FLAG, AT(request.clv.intervals),
	 "clv: the model will write 90 percent intervals, by parametric bootstrap", NULL},
	{0, "as-of", "DATE", OPTION_TEXT, AT(as_of),
	 "forecast: learn from the weeks that end before this day (default: all whole weeks)", NULL},
	{0, NULL, NULL, OPTION_HEADING, 0, "Applying:", NULL},
	{'m', "model", "FILE", OPTION_LIST, AT(models),
	 "append the prediction of this model; repeat for more, in order", NULL},
	{0, "reasons", NULL, OPTION_FLAG, AT(reasons),
	 "append what moved each logistic prediction most: three columns and by how much", NULL},
	{0, "evaluate", NULL, OPTION_FLAG, AT(evaluate),
	 "instead of writing rows, say how well the last model predicts --target", NULL},
	{0, "by-segment", "COL", OPTION_TEXT, AT(segment),
	 "with --evaluate: also for each value of this column, or item of its lists", NULL},
	{0, "bootstrap", "N", OPTION_UINT, AT(bootstrap),
	 "with --evaluate: intervals by N bootstrap samples of customers", NULL},
	{0, "drift", "FILE", OPTION_TEXT, AT(drift),
	 "instead of writing rows, say how far they are from those the last model was fitted on, "
	 "by column; FILE takes it by level, as CSV", NULL},
	{0, "calibrate", NULL, OPTION_FLAG, AT(calibrate),
	 "instead of writing rows, write the last model with its intercept moved so that it "
	 "predicts as many as there are", NULL},
	{0, "report", "FILE", OPTION_TEXT, AT(report),
	 "with --evaluate or --folds: write the figures as CSV too", NULL},
};

static enum so1_status usage(struct so1_error *e, const char *option, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, option);
}

/* Only a clv fit has the options of clv, and it has neither target, folds nor features. */
static enum so1_status check_clv(const struct predict_options *o, struct so1_error *e)
{
	const struct clv_request *c = &o->request.clv, *usual = &defaults.request.clv;
	const struct column_options *f = &o->request.columns;

	if (o->fit == NULL || strcmp(o->fit, "clv") != 0) {
		if (o->process >= 0 || c->days != usual->days || c->margin != usual->margin ||
		    c->discount != usual->discount || c->intervals)
			return error_set(e, SO1_USAGE, "--process, --horizon, --discount, --margin and "
					 "--intervals need --fit clv");
		return SO1_OK;
	}
	if (o->request.target || o->folds || o->request.by)
		return usage(e, o->folds ? "--folds" : o->request.by ? "--by" : "--target",
			     "does not go with --fit clv");
	if (f->ignore || f->include || f->categorical || !isnan(o->request.lambda) || o->scale >= 0)
		return error_set(e, SO1_USAGE, "--ignore, --include, --categorical, --lambda and --scale "
				 "do not go with --fit clv");
	if (!(c->days >= 1 && c->days <= CLV_DAYS_MOST))
		return usage(e, "--horizon", "must be between 1 and 36525");
	if (!(c->discount >= 0 && c->discount <= CLV_DISCOUNT_MOST))
		return usage(e, "--discount", "must be between 0 and 10");
	if (!(c->margin > 0 && c->margin <= CLV_MARGIN_MOST))
		return usage(e, "--margin", "must be more than 0 and at most 1");
	return SO1_OK;
}

/* Whether the options that shape only some kinds go with this one. */
static enum so1_status check_kind(const struct predict_options *o, const struct model_kind *kind,
				  struct so1_error *e)
{
	const struct fit_request *q = &o->request;

	if (kind->no_target && q->target)
		return usage(e, "--target", "this kind of model learns without one");
	if (kind->no_target && o->folds > 0)
		return usage(e, "--folds", "this kind of model makes no probabilities to evaluate");
	if (kind->treatment != (q->treatment != NULL))
		return usage(e, "--treatment", q->treatment ? "this kind of model has none"
							    : "COL is required");
	if (q->form >= 0 && !kind->treatment)
		return usage(e, "--form", "this kind of model has none");
	if (q->link >= 0 && !kind->links)
		return usage(e, "--link", "this kind of model has none");
	return SO1_OK;
}

/* Only a forecast has --as-of, and of the options of features and keys it has --by and
 * --min-support alone. */
static enum so1_status check_forecast(struct predict_options *o, struct so1_error *e)
{
	struct fit_request *q = &o->request;
	const struct column_options *f = &q->columns;

	if (o->fit == NULL || strcmp(o->fit, "forecast") != 0)
		return o->as_of ? usage(e, "--as-of", "needs --fit forecast") : SO1_OK;
	if (q->by == NULL)
		return usage(e, "--fit", "--by KEY is required");
	if (q->target || o->folds)
		return usage(e, o->folds ? "--folds" : "--target", "does not go with --fit forecast");
	if (f->ignore || f->include || f->categorical || !isnan(q->lambda) || o->scale >= 0 ||
	    q->negatives != defaults.request.negatives || q->top != defaults.request.top)
		return error_set(e, SO1_USAGE, "--ignore, --include, --categorical, --lambda, --scale, "
				 "--negatives and --top do not go with --fit forecast");
	if (o->as_of && !date_parse(slice_of(o->as_of), &q->before)) {
		usage(e, "--as-of", "not a date");
		return error_value(e, slice_of(o->as_of));
	}
	return SO1_OK;
}

static enum so1_status check_fit(struct predict_options *o, struct so1_error *e)
{
	struct fit_request *q = &o->request;
	const struct model_kind *kind = kind_find(slice_of(o->fit), q->by != NULL);

	if (o->models.count > 0 || o->evaluate || o->reasons ||
	    o->calibrate || o->segment || o->bootstrap || o->drift)
		return usage(e, "--fit", "does not go together with --model and what it applies to");
	if (kind == NULL && kind_find(slice_of(o->fit), q->by == NULL))
		return usage(e, "--by", q->by ? "this kind of model has none" : "KEY is required");
	if (kind == NULL) {
		error_set(e, SO1_USAGE, "no kind of model; there is %s", kind_names());
		error_at(e, NULL, 0, "--fit");
		return error_value(e, slice_of(o->fit));
	}
	enum so1_status s = check_kind(o, kind, e);
	if (s != SO1_OK)
		return s;
	if (q->target == NULL && q->by == NULL && !kind->no_target)
		return usage(e, "--fit", "--target COL is required");
	if (!isnan(q->lambda) && !(q->lambda >= 0))
		return usage(e, "--lambda", "must not be negative");
	if (o->max_levels < 2 || o->max_levels > 10000)
		return usage(e, "--max-levels", "must be between 2 and 10000");
	if (o->folds == 1 || o->folds > FOLDS_MOST)
		return usage(e, "--folds", "must be between 2 and 200");
	if (!(q->alpha >= 0 && q->alpha <= 1))
		return usage(e, "--alpha", "must be between 0 and 1");
	if (q->path_steps > 1000)
		return usage(e, "--path", "must be at most 1000");
	if (o->validate_on && o->folds)
		return usage(e, "--folds", "does not go together with --validate-on as_of");
	if (q->by && (o->basis > BASIS_LINEAR || q->interact || o->validate_on || q->path_steps))
		return usage(e, "--by", "does not go together with --basis, --interact, --path or "
			     "--validate-on");
	if (!(q->negatives > 0))
		return usage(e, "--negatives", "must be more than 0");
	if (q->top < 1)
		return usage(e, "--top", "must be at least 1");
	if (o->report && o->folds == 0 && !kind->treatment && !o->validate_on)
		return usage(e, "--report", "needs --folds or --evaluate");
	return SO1_OK;
}

static enum so1_status check_apply(const struct predict_options *o, const struct tool_run *run,
				   struct so1_error *e)
{
	size_t inputs = run->operands.count == 0;

	if (o->models.count == 0)
		return error_set(e, SO1_USAGE, "give --fit KIND or --model FILE");
	if (o->report && !o->evaluate)
		return usage(e, "--report", "needs --folds or --evaluate");
	if ((o->segment || o->bootstrap) && !o->evaluate)
		return usage(e, o->segment ? "--by-segment" : "--bootstrap", "needs --evaluate");
	if (o->bootstrap == 1 || o->bootstrap > BOOTSTRAP_MOST)
		return usage(e, "--bootstrap", "must be between 2 and 100000");
	if (o->drift && (o->evaluate || o->reasons || o->calibrate))
		return usage(e, "--drift", "does not go together with --evaluate, --reasons or "
			     "--calibrate");
	if (o->calibrate && (o->evaluate || o->reasons))
		return usage(e, "--calibrate", "does not go together with --evaluate or --reasons");
	if (o->request.target && !o->evaluate && !o->calibrate)
		return usage(e, "--target", "needs --fit, --evaluate or --calibrate");
	if (o->request.treatment)
		return usage(e, "--treatment", "needs --fit");
	for (size_t i = 0; i < run->operands.count; i++)
		inputs += strcmp(run->operands.items[i], "-") == 0;
	for (size_t i = 0; i < o->models.count; i++)
		inputs += strcmp(o->models.items[i], "-") == 0;
	if (inputs > 1)
		return error_set(e, SO1_USAGE, "two inputs from standard input");
	return SO1_OK;
}

/* To --output or standard output. */
static enum so1_status write_page(struct slice text, const char *path, struct so1_error *e)
{
	struct writer_options options = {.path = path, .raw = true};
	struct writer *w = NULL;
	enum so1_status s = writer_open(&w, &options, e);

	if (s == SO1_OK)
		s = writer_put_bytes(w, text, 0, e);
	if (s == SO1_OK)
		s = writer_commit(w, e);
	writer_free(w);
	return s;
}

static enum so1_status write_csv(const char *path, const struct metrics *m,
				 const struct report_parts *parts, const struct figures *f,
				 struct so1_error *e)
{
	return f && f->count > 0 ? figures_csv(f, path, e) : report_csv(m, parts, path, e);
}

/* The page of figures to --output or standard output, the CSV to --report. Figures, when
 * there are any, in the place of metrics; parts and figures may be NULL. */
static enum so1_status write_report(const struct predict_options *o, const struct metrics *m,
				    const struct report_parts *parts, const struct figures *f,
				    const char *path, const char *what, struct so1_error *e)
{
	struct buffer text = {0};
	enum so1_status s = SO1_OK;

	if (o->report)
		s = write_csv(o->report, m, parts, f, e);
	if (f && f->count > 0)
		figures_text(f, what, &text);
	else
		report_text(m, what, &text);
	if (parts)
		report_parts_text(parts, &text);
	if (s == SO1_OK)
		s = write_page(buffer_slice(&text), path, e);
	buffer_free(&text);
	return s;
}

static void note_metrics(struct summary *summary, const char *what, const struct metrics *m)
{
	if (m->auc.known)
		summary_note(summary, "%s: AUC %.4f, log-loss %.4f, Brier %.4f", what, m->auc.value,
			     m->log_loss.value, m->brier.value);
}

static enum so1_status write_fit(const struct predict_options *o, struct tool_run *run,
				 struct fit_result *result, struct so1_error *e)
{
	const char *path = run->common.output;
	bool to_file = path && strcmp(path, "-") != 0;
	struct buffer what = {0};
	enum so1_status s = model_file_write(&result->model, path, e);

	/* Standard output holds either the model or the page. */
	if (s == SO1_OK && to_file && result->page.len)
		s = write_page(buffer_slice(&result->page), NULL, e);
	if (s != SO1_OK || !result->cross_validated)
		return s;
	if (o->validate_on)
		buffer_printf(&what, "fitted without the latest as_of, on it: %s", o->request.target);
	else if (o->folds > 0)
		buffer_printf(&what, "%" PRIu64 "-fold cross-validation of %s", o->folds,
			      o->request.target);
	else
		buffer_printf(&what, "cross-validation of %s", o->request.target);
	if (result->figures.count == 0)
		note_metrics(&run->summary, buffer_text(&what), &result->metrics);
	/* Standard output holds either the model or the page. */
	if (to_file)
		s = write_report(o, &result->metrics, NULL, &result->figures, NULL, buffer_text(&what), e);
	else if (o->report)
		s = write_csv(o->report, &result->metrics, NULL, &result->figures, e);
	buffer_free(&what);
	return s;
}

static void put_text(struct buffer *b, const char *option, const char *value)
{
	if (value == NULL)
		return;
	buffer_put_byte(b, ' ');
	buffer_put_text(b, option);
	buffer_put_byte(b, ' ');
	tool_put_word(b, value);
}

static void put_number(struct buffer *b, const char *option, double value, double fallback)
{
	struct buffer text = {0};

	if (value == fallback || isnan(value))
		return;
	number_put_double(&text, value);
	put_text(b, option, buffer_text(&text));
	buffer_free(&text);
}

/* What was asked for, without what does not change the model (--output, --threads,
 * --memory …), so that the same model is the same bytes. */
static void put_command(const struct predict_options *o, const struct tool_run *run,
			struct buffer *b)
{
	static const char *const scales[] = {"auto", "linear", "log"};
	static const char *const links[] = {"identity", "log"};
	static const char *const forms[] = {"two_models", "interaction"};
	static const char *const bases[] = {"auto", "linear", "bins", "pairs"};
	const struct fit_request *q = &o->request;

	buffer_put_text(b, "so1-predict");
	put_text(b, "--fit", o->fit);
	put_text(b, "--target", q->target);
	put_text(b, "--treatment", q->treatment);
	put_text(b, "--link", q->link >= 0 ? links[q->link] : NULL);
	put_text(b, "--form", q->form >= 0 ? forms[q->form] : NULL);
	put_text(b, "--by", q->by);
	put_text(b, "--ignore", q->columns.ignore);
	put_text(b, "--include", q->columns.include);
	put_text(b, "--categorical", q->columns.categorical);
	put_number(b, "--lambda", q->lambda, NAN);
	put_text(b, "--scale", o->scale >= 0 ? scales[o->scale] : NULL);
	put_number(b, "--alpha", q->alpha, 0);
	put_number(b, "--path", (double)q->path_steps, 0);
	put_text(b, "--basis", o->basis ? bases[o->basis] : NULL);
	put_text(b, "--interact", q->interact);
	put_text(b, "--validate-on", o->validate_on ? "as_of" : NULL);
	if (q->min_class != CLASS_UNSET)
		put_number(b, "--min-class", (double)q->min_class, NAN);
	put_number(b, "--max-levels", (double)o->max_levels, defaults.max_levels);
	put_number(b, "--folds", (double)o->folds, 0);
	put_text(b, "--as-of", o->as_of);
	put_text(b, "--process", o->process >= 0 ? processes[o->process] : NULL);
	put_number(b, "--horizon", q->clv.days, defaults.request.clv.days);
	put_number(b, "--discount", q->clv.discount, defaults.request.clv.discount);
	put_number(b, "--margin", q->clv.margin, defaults.request.clv.margin);
	buffer_put_text(b, q->clv.intervals ? " --intervals" : "");
	if (q->by) {
		put_number(b, "--min-support", (double)q->min_support,
			   (double)defaults.request.min_support);
		put_number(b, "--negatives", q->negatives, defaults.request.negatives);
		put_number(b, "--top", (double)q->top, (double)defaults.request.top);
	}
	for (size_t i = 0; i < run->operands.count; i++) {
		buffer_put_byte(b, ' ');
		tool_put_word(b, run->operands.items[i]);
	}
}

static enum so1_status run_fit(struct predict_options *o, struct tool_run *run,
			       struct reader *r, struct so1_error *e)
{
	struct fit_request *q = &o->request;
	struct fit_result result = {0};
	struct buffer target = {0}, command = {0};

	q->kind = o->fit;
	const struct model_kind *kind = kind_find(slice_of(o->fit), q->by != NULL);
	if (q->target == NULL && !kind->no_target) {
		buffer_printf(&target, "label_by_%s", q->by);
		q->target = buffer_text(&target);
	}
	q->columns.target = q->target;
	q->learn.max_levels = o->max_levels;
	q->learn.reference = q->lambda == 0;
	q->learn.scale = o->scale >= 0 ? (enum learn_scale)o->scale
				       : q->lambda == 0 ? SCALE_LINEAR : SCALE_AUTO;
	q->folds = (unsigned)o->folds;
	q->basis = (enum basis)o->basis;
	q->validate_as_of = o->validate_on;
	q->clv.process = o->process >= 0 ? processes[o->process] : NULL;
	put_command(o, run, &command);
	q->command = buffer_text(&command);
	q->threads = (int)run->common.threads;
	q->memory = tool_memory(run, MEMORY_DEFAULT);
	q->tmpdir = run->common.tmpdir;
	if (q->min_class == CLASS_UNSET)
		q->min_class = isnan(q->lambda) ? CLASS_DEFAULT : CLASS_WITH_LAMBDA;
	enum so1_status s = kind->fit(q, r, &run->summary, &result, e);
	if (s == SO1_OK)
		s = rejects_check(run->rejects, e);
	if (s == SO1_OK)
		s = write_fit(o, run, &result, e);
	if (s == SO1_OK) {
		tool_summarise(run, r, 0, 0);
		summary_out(&run->summary, "fitted",
			    reader_rows(r) - rejects_count(run->rejects));
	}
	model_file_free(&result.model);
	figures_free(&result.figures);
	buffer_free(&result.page);
	buffer_free(&target);
	buffer_free(&command);
	return s;
}

/* By segment, and intervals by bootstrap: names and metrics of *parts are the caller's to
 * free. */
static enum so1_status assess(const struct predict_options *o, const char *tmpdir,
			      struct assessment *a, struct metrics *m, struct report_parts *parts,
			      struct so1_error *e)
{
	enum so1_status s = assess_metrics(a, tmpdir, m, e);
	struct metrics *metrics = xcalloc(a->segments.count, sizeof *metrics);
	struct slice *names = xcalloc(a->segments.count, sizeof *names);
	uint32_t *order = assess_order(a);

	*parts = (struct report_parts){o->segment, names, metrics, a->segments.count};
	for (size_t i = 0; i < parts->count && s == SO1_OK; i++) {
		names[i] = dictionary_item(&a->segments, order[i]);
		s = assess_segment(a, order[i], tmpdir, &metrics[i], e);
	}
	free(order);
	if (s == SO1_OK && o->bootstrap > 0)
		assess_bootstrap(a, (size_t)o->bootstrap, m);
	return s;
}

static enum so1_status run_assess(struct predict_options *o, struct tool_run *run,
				  struct reader *r, const struct chain *c, struct metrics *m,
				  uint64_t *used, struct so1_error *e)
{
	struct assessment a = {0};
	struct report_parts parts = {0};
	struct buffer what = {0};
	const char *tmpdir = run->common.tmpdir;
	enum so1_status s = assess_read(c, r, o->request.target, o->segment, &a, used, e);

	if (s == SO1_OK)
		s = rejects_check(run->rejects, e);
	if (s == SO1_OK)
		s = assess(o, tmpdir, &a, m, &parts, e);
	buffer_printf(&what, "%s", o->models.items[o->models.count - 1]);
	if (o->request.target)
		buffer_printf(&what, " on %s", o->request.target);
	if (o->bootstrap)
		buffer_printf(&what, ", intervals of %" PRIu64 " bootstrap samples", o->bootstrap);
	if (s == SO1_OK)
		s = write_report(o, m, parts.count ? &parts : NULL, NULL, run->common.output,
				 buffer_text(&what), e);
	free((void *)parts.names);
	free((void *)parts.metrics);
	buffer_free(&what);
	assess_free(&a);
	return s;
}

static enum so1_status run_drift(struct predict_options *o, struct tool_run *run,
				 struct reader *r, const struct chain *c, struct so1_error *e)
{
	struct drift *x = NULL;
	struct buffer text = {0};
	uint64_t used = 0;
	enum so1_status s = drift_open(&x, c, e);

	if (s == SO1_OK)
		s = drift_read(x, r, &used, e);
	if (s == SO1_OK)
		s = rejects_check(run->rejects, e);
	if (s == SO1_OK)
		s = drift_csv(x, o->drift, e);
	if (s == SO1_OK) {
		drift_text(x, o->models.items[o->models.count - 1], &text);
		s = write_page(buffer_slice(&text), run->common.output, e);
	}
	buffer_free(&text);
	drift_free(x);
	if (s != SO1_OK)
		return s;
	tool_summarise(run, r, 0, 0);
	summary_out(&run->summary, "compared", used);
	return SO1_OK;
}

/* The last model with its intercept moved. */
static enum so1_status run_calibrate(struct predict_options *o, struct tool_run *run,
				     struct reader *r, struct chain *c, struct so1_error *e)
{
	struct assessment a = {0};
	struct model_file *m = &c->models[c->count - 1].file;
	uint64_t used;
	double shift = 0;
	enum so1_status s = assess_read(c, r, o->request.target, NULL, &a, &used, e);

	if (s == SO1_OK)
		s = rejects_check(run->rejects, e);
	if (s == SO1_OK)
		s = assess_shift(&a, &shift, e);
	assess_free(&a);
	if (s == SO1_OK)
		s = model_file_shift(m, "term", "(Intercept)", shift, e);
	if (s != SO1_OK)
		return s;
	model_file_set_number(m, "card", "calibrated_rows", (double)used);
	model_file_set_number(m, "card", "calibrated_shift", shift);
	s = model_file_write(m, run->common.output, e);
	summary_note(&run->summary, "the log-odds move by %+.4f", shift);
	tool_summarise(run, r, 0, 0);
	summary_out(&run->summary, "calibrated", used);
	return s;
}

static enum so1_status run_evaluate(struct predict_options *o, struct tool_run *run,
				    struct reader *r, const struct chain *c, struct so1_error *e)
{
	struct metrics m;
	struct figures figures = {0};
	struct buffer what = {0};
	uint64_t used;
	bool parts = o->segment || o->bootstrap;
	enum so1_status s = parts ? run_assess(o, run, r, c, &m, &used, e)
				  : chain_evaluate(c, r, o->request.target, run->common.tmpdir, &m,
						   &figures, &used, e);

	if (s == SO1_OK && !parts)
		s = rejects_check(run->rejects, e);
	buffer_printf(&what, "%s", o->models.items[o->models.count - 1]);
	if (o->request.target)
		buffer_printf(&what, " on %s", o->request.target);
	if (s == SO1_OK && !parts)
		s = write_report(o, &m, NULL, &figures, run->common.output, buffer_text(&what), e);
	bool one_class = figures.count == 0 && s == SO1_OK && !m.auc.known;
	buffer_free(&what);
	figures_free(&figures);
	if (s != SO1_OK)
		return s;
	if (one_class)
		summary_note(&run->summary, "only one class in the target: no AUC");
	tool_summarise(run, r, 0, 0);
	summary_out(&run->summary, "evaluated", used);
	return SO1_OK;
}

static enum so1_status run_apply(struct tool_run *run, struct reader *r, const struct chain *c,
				 struct so1_error *e)
{
	struct writer *w = NULL;
	enum so1_status s = tool_open_writer(run, &w, e);

	if (s == SO1_OK)
		s = chain_run(c, r, w, (int)run->common.threads, e);
	if (s == SO1_OK)
		s = writer_commit(w, e);
	if (s == SO1_OK)
		tool_summarise(run, r, writer_rows(w), 0);
	writer_free(w);
	return s;
}

static enum so1_status run_predict(void *options, struct tool_run *run, struct so1_error *e)
{
	struct predict_options *o = options;
	struct chain chain = {0};
	struct reader *r = NULL;
	enum so1_status s = check_clv(o, e);

	if (s == SO1_OK)
		s = check_forecast(o, e);
	if (s == SO1_OK)
		s = o->fit ? check_fit(o, e) : check_apply(o, run, e);
	numeric_init();
	if (s == SO1_OK && !o->fit)
		s = chain_load(&chain, o->models.items, o->models.count, e);
	if (s == SO1_OK && o->reasons)
		s = chain_explain(&chain, e);
	if (s == SO1_OK)
		s = tool_open_reader(run, &r, e);
	if (s == SO1_OK && !o->fit)
		s = chain_bind(&chain, reader_header(r), e);
	if (s == SO1_OK && o->fit)
		s = run_fit(o, run, r, e);
	else if (s == SO1_OK)
		s = o->drift ? run_drift(o, run, r, &chain, e)
		    : o->calibrate ? run_calibrate(o, run, r, &chain, e)
		    : o->evaluate ? run_evaluate(o, run, r, &chain, e)
				: run_apply(run, r, &chain, e);
	chain_free(&chain);
	reader_close(r);
	return s;
}

int main(int argc, char **argv)
{
	struct predict_options options = defaults;
	struct tool t = {
		.name = "so1-predict",
		.synopsis = "--fit KIND [--target COL] [OPTION]... [FILE]...\n"
			    "  or:  so1-predict --model FILE [OPTION]... [FILE]...",
		.purpose = "Fit models to a stream, append their predictions, and say how good "
			   "they are.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run_predict,
	};
	int code = tool_main(&t, argc, argv);

	option_list_free(&options.models);
	return code;
}
