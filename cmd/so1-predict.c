/* so1-predict: fits models, applies them, says how good they are. */
#include "cmd/predict.h"

#include "predict/kernels.h"
#include "predict/numeric.h"

#include <math.h>

enum { BOOTSTRAP_MOST = 100000 };

const struct predict_options predict_defaults = {
	.scale = -1,
	.process = -1,
	.max_levels = 30,
	.request = {.lambda = NAN, .form = -1, .link = -1, .min_class = CLASS_UNSET, .top = 10,
		    .min_support = 10, .negatives = 50, .clv = {.days = 365, .margin = 1},
		    .before = INT64_MAX},
};

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
	 "refuse to fit with fewer than N rows of 0 or of 1, linear: than N rows (default: 20; "
	 "with --lambda 1)", NULL},
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

enum so1_status predict_usage(struct so1_error *e, const char *option, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, option);
}

static enum so1_status check_apply(const struct predict_options *o, const struct tool_run *run,
				   struct so1_error *e)
{
	size_t inputs = run->operands.count == 0;

	if (o->models.count == 0)
		return error_set(e, SO1_USAGE, "give --fit KIND or --model FILE");
	if (o->report && !o->evaluate)
		return predict_usage(e, "--report", "needs --folds or --evaluate");
	if ((o->segment || o->bootstrap) && !o->evaluate)
		return predict_usage(e, o->segment ? "--by-segment" : "--bootstrap", "needs --evaluate");
	if (o->bootstrap == 1 || o->bootstrap > BOOTSTRAP_MOST)
		return predict_usage(e, "--bootstrap", "must be between 2 and 100000");
	if (o->drift && (o->evaluate || o->reasons || o->calibrate))
		return predict_usage(e, "--drift", "does not go together with --evaluate, --reasons or "
			     "--calibrate");
	if (o->calibrate && (o->evaluate || o->reasons))
		return predict_usage(e, "--calibrate", "does not go together with --evaluate or --reasons");
	if (o->request.target && !o->evaluate && !o->calibrate)
		return predict_usage(e, "--target", "needs --fit, --evaluate or --calibrate");
	if (o->request.treatment)
		return predict_usage(e, "--treatment", "needs --fit");
	for (size_t i = 0; i < run->operands.count; i++)
		inputs += strcmp(run->operands.items[i], "-") == 0;
	for (size_t i = 0; i < o->models.count; i++)
		inputs += strcmp(o->models.items[i], "-") == 0;
	if (inputs > 1)
		return error_set(e, SO1_USAGE, "two inputs from standard input");
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
	enum so1_status s = predict_check_fit(o, e);

	if (s == SO1_OK && !o->fit)
		s = check_apply(o, run, e);
	if (s == SO1_OK && o->fit && kind_find(slice_of(o->fit), o->request.by != NULL)->dense)
		kernels_choose();
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
		s = predict_fit(o, run, r, e);
	else if (s == SO1_OK)
		s = o->drift ? predict_drift(o, run, r, &chain, e)
		    : o->calibrate ? predict_calibrate(o, run, r, &chain, e)
		    : o->evaluate ? predict_evaluate(o, run, r, &chain, e)
				: run_apply(run, r, &chain, e);
	chain_free(&chain);
	reader_close(r);
	return s;
}

int main(int argc, char **argv)
{
	struct predict_options options = predict_defaults;
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
