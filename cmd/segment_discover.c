#include "cmd/segment_discover.h"

#include "segment/discover.h"

#include <inttypes.h>

bool discover_settings_given(const struct discover_settings *d)
{
	return d->support || d->ignore || d->include || d->depth != UINT64_MAX ||
	       d->quantiles != UINT64_MAX || d->top != UINT64_MAX || d->fdr != -1 ||
	       d->min_lift != -1;
}

/* The settings with their defaults. */
static enum so1_status apply(const struct discover_settings *d, struct discover_run *out,
			     struct so1_error *e)
{
	*out = (struct discover_run){
		.target = d->target,
		.columns = {.ignore = d->ignore, .include = d->include},
		.support = {.share = 0.01, .count = 30},
		.depth = d->depth == UINT64_MAX ? 2 : d->depth,
		.quantiles = d->quantiles == UINT64_MAX ? 10 : d->quantiles,
		.top = d->top == UINT64_MAX ? 50 : d->top,
		.fdr = d->fdr == -1 ? 0.05 : d->fdr,
		.min_lift = d->min_lift == -1 ? 1.1 : d->min_lift,
	};
	if (d->support && support_parse(d->support, &out->support, e) != SO1_OK)
		return e->status;
	return discover_check(out, e);
}

enum so1_status discover_settings_check(const struct discover_settings *d, struct so1_error *e)
{
	struct discover_run run;

	return apply(d, &run, e);
}

enum { NAMES_SHOWN = 5 };

struct names {
	struct buffer text;
	size_t count;
};

static void add_name(void *context, struct slice name)
{
	struct names *n = context;

	if (n->count++ < NAMES_SHOWN)
		buffer_printf(&n->text, "%s%.*s", n->count > 1 ? ", " : "", SLICE_ARGS(name));
}

/* What one would rather know before believing a rule. */
static void note_columns(struct summary *summary, const struct discover_run *d)
{
	struct names names = {0};
	size_t giveaway = discover_giveaway(d);

	discover_left_out(d, add_name, &names);
	if (names.count > NAMES_SHOWN)
		buffer_printf(&names.text, " and %zu more", names.count - NAMES_SHOWN);
	if (names.count > 0)
		summary_note(summary, "no conditions on %s", buffer_text(&names.text));
	buffer_free(&names.text);
	if (giveaway != SIZE_MAX)
		summary_note(summary, "rule number %zu is the target in all but name; --ignore its "
			     "columns if they are known only afterwards", giveaway + 1);
}

static void summarise_discover(struct tool_run *run, const struct discover_run *d,
			       const struct reader *r)
{
	const struct discover_table *t = &d->table;

	tool_summarise(run, r, 0, 0);
	summary_out(&run->summary, "looked at", (uint64_t)t->rows[0] + t->rows[1]);
	summary_out(&run->summary, "without a target", t->unknown);
	summary_note(&run->summary, "%zu rules of %zu discoveries among %.0f conjunctions",
		     d->discoveries.count, d->discoveries.passed, d->findings.tried);
	note_columns(&run->summary, d);
	if (t->customers < reader_rows(r) - rejects_count(run->rejects))
		summary_note(&run->summary, "%" PRIu64 " customers have several rows, which count as "
			     "if each were a customer: too much is found", t->customers);
}

enum so1_status segment_discover(const struct discover_settings *settings, struct tool_run *run,
				 struct reader *r, const struct rule_set *rules,
				 struct so1_error *e)
{
	struct writer_options options = {.path = run->common.output, .raw = true,
					 .rejects = run->rejects};
	struct discover_run d;
	struct outcome target = {0};
	struct writer *w = NULL;
	enum so1_status status = apply(settings, &d, e);

	d.columns.memory = run->common.memory;
	d.threads = (int)run->common.threads;
	if (status == SO1_OK)
		status = outcome_compile(&target, d.target, "--discover", reader_header(r), rules, e);
	if (status == SO1_OK)
		status = writer_open(&w, &options, e);
	if (status == SO1_OK)
		status = discover(&d, r, &target, e);
	if (status == SO1_OK)
		status = discover_write(&d, w, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK)
		summarise_discover(run, &d, r);
	writer_free(w);
	discover_free(&d);
	outcome_free(&target);
	return status;
}
