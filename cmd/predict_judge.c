/* What a model is worth on rows: figures, drift, and the intercept that fits them. */
#include "cmd/predict.h"

#include "predict/assess.h"
#include "predict/drift.h"

#include <inttypes.h>
#include <stdlib.h>

/* To --output or standard output. */
enum so1_status predict_write_page(struct slice text, const char *path, struct so1_error *e)
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

enum so1_status predict_write_csv(const char *path, const struct metrics *m,
				 const struct report_parts *parts, const struct figures *f,
				 struct so1_error *e)
{
	return f && f->count > 0 ? figures_csv(f, path, e) : report_csv(m, parts, path, e);
}

/* The page of figures to --output or standard output, the CSV to --report. Figures, when
 * there are any, in the place of metrics; parts and figures may be NULL. */
enum so1_status predict_write_report(const struct predict_options *o, const struct metrics *m,
				    const struct report_parts *parts, const struct figures *f,
				    const char *path, const char *what, struct so1_error *e)
{
	struct buffer text = {0};
	enum so1_status s = SO1_OK;

	if (o->report)
		s = predict_write_csv(o->report, m, parts, f, e);
	if (f && f->count > 0)
		figures_text(f, what, &text);
	else
		report_text(m, what, &text);
	if (parts)
		report_parts_text(parts, &text);
	if (s == SO1_OK)
		s = predict_write_page(buffer_slice(&text), path, e);
	buffer_free(&text);
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

static enum so1_status run_assess(const struct predict_options *o, struct tool_run *run,
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
		s = predict_write_report(o, m, parts.count ? &parts : NULL, NULL, run->common.output,
				 buffer_text(&what), e);
	free((void *)parts.names);
	free((void *)parts.metrics);
	buffer_free(&what);
	assess_free(&a);
	return s;
}

enum so1_status predict_drift(const struct predict_options *o, struct tool_run *run,
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
		s = predict_write_page(buffer_slice(&text), run->common.output, e);
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
enum so1_status predict_calibrate(const struct predict_options *o, struct tool_run *run,
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

enum so1_status predict_evaluate(const struct predict_options *o, struct tool_run *run,
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
		s = predict_write_report(o, &m, NULL, &figures, run->common.output, buffer_text(&what), e);
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
