/* Fitting: which options go together, the command in the card, and the model written. */
#include "cmd/predict.h"

#include "base/datetime.h"
#include "base/number.h"
#include "predict/clv.h"

#include <inttypes.h>
#include <math.h>

/* --min-class: without a --lambda, and with one, which says how far to trust few rows. */
enum { CLASS_DEFAULT = 20, CLASS_WITH_LAMBDA = 1 };
enum { MEMORY_DEFAULT = 256 << 20, FOLDS_MOST = 200 };

/* As in the row of --process. */
static const char *const processes[] = {"bgnbd", "mbgnbd", "pareto"};

/* Only a clv fit has the options of clv, and it has neither target, folds nor features. */
static enum so1_status check_clv(const struct predict_options *o, struct so1_error *e)
{
	const struct clv_request *c = &o->request.clv, *usual = &predict_defaults.request.clv;
	const struct column_options *f = &o->request.columns;

	if (o->fit == NULL || strcmp(o->fit, "clv") != 0) {
		if (o->process >= 0 || c->days != usual->days || c->margin != usual->margin ||
		    c->discount != usual->discount || c->intervals)
			return error_set(e, SO1_USAGE, "--process, --horizon, --discount, --margin and "
					 "--intervals need --fit clv");
		return SO1_OK;
	}
	if (o->request.target || o->folds || o->request.by)
		return predict_usage(e, o->folds ? "--folds" : o->request.by ? "--by" : "--target",
			     "does not go with --fit clv");
	if (f->ignore || f->include || f->categorical || !isnan(o->request.lambda) || o->scale >= 0)
		return error_set(e, SO1_USAGE, "--ignore, --include, --categorical, --lambda and --scale "
				 "do not go with --fit clv");
	if (!(c->days >= 1 && c->days <= CLV_DAYS_MOST))
		return predict_usage(e, "--horizon", "must be between 1 and 36525");
	if (!(c->discount >= 0 && c->discount <= CLV_DISCOUNT_MOST))
		return predict_usage(e, "--discount", "must be between 0 and 10");
	if (!(c->margin > 0 && c->margin <= CLV_MARGIN_MOST))
		return predict_usage(e, "--margin", "must be more than 0 and at most 1");
	return SO1_OK;
}

/* Whether the options that shape only some kinds go with this one. */
static enum so1_status check_kind(const struct predict_options *o, const struct model_kind *kind,
				  struct so1_error *e)
{
	const struct fit_request *q = &o->request;

	if (kind->no_target && q->target)
		return predict_usage(e, "--target", "this kind of model learns without one");
	if (kind->no_target && o->folds > 0)
		return predict_usage(e, "--folds", "this kind of model makes no probabilities to evaluate");
	if (kind->treatment != (q->treatment != NULL))
		return predict_usage(e, "--treatment", q->treatment ? "this kind of model has none"
							    : "COL is required");
	if (q->form >= 0 && !kind->treatment)
		return predict_usage(e, "--form", "this kind of model has none");
	if (q->link >= 0 && !kind->links)
		return predict_usage(e, "--link", "this kind of model has none");
	return SO1_OK;
}

/* Only a forecast has --as-of, and of the options of features and keys it has --by and
 * --min-support alone. */
static enum so1_status check_forecast(struct predict_options *o, struct so1_error *e)
{
	struct fit_request *q = &o->request;
	const struct column_options *f = &q->columns;

	if (o->fit == NULL || strcmp(o->fit, "forecast") != 0)
		return o->as_of ? predict_usage(e, "--as-of", "needs --fit forecast") : SO1_OK;
	if (q->by == NULL)
		return predict_usage(e, "--fit", "--by KEY is required");
	if (q->target || o->folds)
		return predict_usage(e, o->folds ? "--folds" : "--target", "does not go with --fit forecast");
	if (f->ignore || f->include || f->categorical || !isnan(q->lambda) || o->scale >= 0 ||
	    q->negatives != predict_defaults.request.negatives || q->top != predict_defaults.request.top)
		return error_set(e, SO1_USAGE, "--ignore, --include, --categorical, --lambda, --scale, "
				 "--negatives and --top do not go with --fit forecast");
	if (o->as_of && !date_parse(slice_of(o->as_of), &q->before)) {
		predict_usage(e, "--as-of", "not a date");
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
		return predict_usage(e, "--fit", "does not go together with --model and what it applies to");
	if (kind == NULL && kind_find(slice_of(o->fit), q->by == NULL))
		return predict_usage(e, "--by", q->by ? "this kind of model has none" : "KEY is required");
	if (kind == NULL) {
		error_set(e, SO1_USAGE, "no kind of model; there is %s", kind_names());
		error_at(e, NULL, 0, "--fit");
		return error_value(e, slice_of(o->fit));
	}
	enum so1_status s = check_kind(o, kind, e);
	if (s != SO1_OK)
		return s;
	if (q->target == NULL && q->by == NULL && !kind->no_target)
		return predict_usage(e, "--fit", "--target COL is required");
	if (!isnan(q->lambda) && !(q->lambda >= 0))
		return predict_usage(e, "--lambda", "must not be negative");
	if (o->max_levels < 2 || o->max_levels > 10000)
		return predict_usage(e, "--max-levels", "must be between 2 and 10000");
	if (o->folds == 1 || o->folds > FOLDS_MOST)
		return predict_usage(e, "--folds", "must be between 2 and 200");
	if (!(q->alpha >= 0 && q->alpha <= 1))
		return predict_usage(e, "--alpha", "must be between 0 and 1");
	if (q->path_steps > 1000)
		return predict_usage(e, "--path", "must be at most 1000");
	if (o->validate_on && o->folds)
		return predict_usage(e, "--folds", "does not go together with --validate-on as_of");
	if (q->by && (o->basis > BASIS_LINEAR || q->interact || o->validate_on || q->path_steps))
		return predict_usage(e, "--by", "does not go together with --basis, --interact, --path or "
			     "--validate-on");
	if (!(q->negatives > 0))
		return predict_usage(e, "--negatives", "must be more than 0");
	if (q->top < 1)
		return predict_usage(e, "--top", "must be at least 1");
	if (o->report && o->folds == 0 && !kind->treatment && !o->validate_on)
		return predict_usage(e, "--report", "needs --folds or --evaluate");
	return SO1_OK;
}

enum so1_status predict_check_fit(struct predict_options *o, struct so1_error *e)
{
	enum so1_status s = check_clv(o, e);

	if (s == SO1_OK)
		s = check_forecast(o, e);
	return s == SO1_OK && o->fit ? check_fit(o, e) : s;
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
		s = predict_write_page(buffer_slice(&result->page), NULL, e);
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
		s = predict_write_report(o, &result->metrics, NULL, &result->figures, NULL,
					 buffer_text(&what), e);
	else if (o->report)
		s = predict_write_csv(o->report, &result->metrics, NULL, &result->figures, e);
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
	put_number(b, "--max-levels", (double)o->max_levels, predict_defaults.max_levels);
	put_number(b, "--folds", (double)o->folds, 0);
	put_text(b, "--as-of", o->as_of);
	put_text(b, "--process", o->process >= 0 ? processes[o->process] : NULL);
	put_number(b, "--horizon", q->clv.days, predict_defaults.request.clv.days);
	put_number(b, "--discount", q->clv.discount, predict_defaults.request.clv.discount);
	put_number(b, "--margin", q->clv.margin, predict_defaults.request.clv.margin);
	buffer_put_text(b, q->clv.intervals ? " --intervals" : "");
	if (q->by) {
		put_number(b, "--min-support", (double)q->min_support,
			   (double)predict_defaults.request.min_support);
		put_number(b, "--negatives", q->negatives, predict_defaults.request.negatives);
		put_number(b, "--top", (double)q->top, (double)predict_defaults.request.top);
	}
	for (size_t i = 0; i < run->operands.count; i++) {
		buffer_put_byte(b, ' ');
		tool_put_word(b, run->operands.items[i]);
	}
}

enum so1_status predict_fit(struct predict_options *o, struct tool_run *run,
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
