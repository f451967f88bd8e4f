/* so1-segment: customers to the segments each belongs to. */
#include "cmd/segment_discover.h"
#include "cmd/segment_tag.h"
#include "cmd/tool.h"
#include "segment/gate.h"

#include "base/buffer.h"
#include "base/number.h"

#include <inttypes.h>

struct segment_options {
	struct option_list rules;
	bool replace, list_rules;
	const char *summary, *target, *previous, *ignore;
	uint64_t min_size;  /* 0: any will do */
	double max_drift;   /* -1: any will do */
	struct discover_settings discover;
	struct tag_options tag;
};

#define DISCOVER(member) offsetof(struct segment_options, discover.member)
#define TAG(member) offsetof(struct segment_options, tag.member)

static const struct option_row rows[] = {
	{'r', "rules", "FILE", OPTION_LIST, offsetof(struct segment_options, rules),
	 "read segments from FILE, 'name: expression' a line; repeatable", NULL},
	{0, "replace", NULL, OPTION_FLAG, offsetof(struct segment_options, replace),
	 "write an existing column 'segments' anew", NULL},
	{0, "summary", "FILE", OPTION_TEXT, offsetof(struct segment_options, summary),
	 "write size, spend, mean scores and overlaps of the segments to FILE", NULL},
	{0, "target", "TARGET", OPTION_TEXT, offsetof(struct segment_options, target),
	 "with --summary: the rate of TARGET, a 0/1 column or an expression, in each "
	 "segment and where two overlap", NULL},
	{0, "previous", "FILE", OPTION_TEXT, offsetof(struct segment_options, previous),
	 "compare with an earlier output, or its --summary: who entered and left, drift", NULL},
	{0, "min-size", "N", OPTION_UINT, offsetof(struct segment_options, min_size),
	 "write nothing and fail when a segment has fewer than N rows", NULL},
	{0, "max-drift", "X", OPTION_NUMBER, offsetof(struct segment_options, max_drift),
	 "write nothing and fail when the stability index against --previous is above X", NULL},
	{0, "list-rules", NULL, OPTION_FLAG, offsetof(struct segment_options, list_rules),
	 "check the rules, print them one a line and exit; with an operand against its "
	 "columns", NULL},
	{.kind = OPTION_HEADING, .help = "Quintiles and clusters:"},
	{0, "rfm", NULL, OPTION_FLAG, TAG(rfm),
	 "append quintiles of recency, frequency and money, 5 best: rfm_r, rfm_f, rfm_m, rfm", NULL},
	{0, "rfm-columns", "R,F,M", OPTION_TEXT, TAG(rfm_columns),
	 "with --rfm: the columns to rank by (default: recency_days,orders,spend)", NULL},
	{0, "clusters", "FILE", OPTION_TEXT, TAG(clusters),
	 "append the column cluster by the model FILE that --cluster wrote", NULL},
	{0, "cluster", "K|auto", OPTION_TEXT, TAG(cluster),
	 "instead of writing rows, find K clusters of like rows, or (auto) as many as silhouettes "
	 "speak for, and write them to --output as a model", NULL},
	{0, "columns", "LIST", OPTION_TEXT, TAG(columns),
	 "with --cluster: the columns to tell likeness by, with commas (default: all numeric "
	 "ones but identifiers, labels and dates)", NULL},
	{0, "scale", "auto|linear|log", OPTION_CHOICE, TAG(scale),
	 "with --cluster: take numbers as they are, by their logarithm, or (auto) skewed ones "
	 "by their logarithm (default: auto)", NULL},
	{.kind = OPTION_HEADING, .help = "Finding rules:"},
	{0, "discover", "TARGET", OPTION_TEXT, DISCOVER(target),
	 "print the rules that lift TARGET, a 0/1 column or an expression", NULL},
	{0, "depth", "N", OPTION_UINT, DISCOVER(depth),
	 "put up to N conditions together (default: 2)", NULL},
	{0, "min-support", "N|SHARE", OPTION_TEXT, DISCOVER(support),
	 "a rule holds for so many rows (500, 2%, 0.02; default: 1%, at least 30)", NULL},
	{0, "fdr", "Q", OPTION_NUMBER, DISCOVER(fdr),
	 "hold the share of false discoveries at Q (default: 0.05)", NULL},
	{0, "min-lift", "X", OPTION_NUMBER, DISCOVER(min_lift),
	 "leave out what lifts the target less than X times (default: 1.1)", NULL},
	{0, "top", "N", OPTION_UINT, DISCOVER(top),
	 "print at most N rules, 0: all (default: 50)", NULL},
	{0, "quantiles", "N", OPTION_UINT, DISCOVER(quantiles),
	 "cut numeric columns into N parts (default: 10)", NULL},
	{0, "include", "COLUMNS", OPTION_TEXT, DISCOVER(include),
	 "conditions on COLUMNS, though left out by their names", NULL},
	{0, "ignore", "COLUMNS", OPTION_TEXT, offsetof(struct segment_options, ignore),
	 "with --discover or --cluster: leave COLUMNS out (names with commas between)", NULL},
};

/* Reads the rules and binds them to the columns of h, or to any where h is NULL. */
static enum so1_status load_rules(const struct segment_options *o, const struct header *h,
				  struct rule_set *rules, struct so1_error *e)
{
	struct expr_scope scope = {.dialect = EXPR_RULE, .any_column = h == NULL};

	if (o->rules.count == 0)
		return error_set(e, SO1_USAGE, "no rules; name a file with --rules FILE");
	for (size_t i = 0; i < o->rules.count; i++)
		if (rules_add_file(rules, o->rules.items[i], e) != SO1_OK)
			return e->status;
	if (rules_count(rules) == 0) {
		error_set(e, SO1_USAGE, "no rule in it ('name: expression' a line)");
		return error_at(e, o->rules.items[0], 0, NULL);
	}
	if (h) {
		scope.columns = h->names;
		scope.column_count = h->count;
	}
	return rules_bind(rules, &scope, e);
}

static enum so1_status list_rules(const struct segment_options *o, struct tool_run *run,
				  struct rule_set *rules, struct so1_error *e)
{
	struct writer_options options = {.path = run->common.output, .raw = true};
	struct reader *r = NULL;
	struct writer *w = NULL;
	struct buffer text = {0};
	struct tags tags;
	enum so1_status status = tags_load(&tags, &o->tag, e);

	if (status == SO1_OK && run->operands.count > 0)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK && r)
		status = tags_bind(&tags, &o->tag, r, o->replace, e);
	if (status == SO1_OK)
		status = load_rules(o, r ? tags_header(&tags, r) : NULL, rules, e);
	if (status == SO1_OK)
		status = writer_open(&w, &options, e);
	for (size_t i = 0; i < rules_count(rules); i++) {
		buffer_put_slice(&text, rules_name(rules, i));
		buffer_put_text(&text, ": ");
		buffer_put_slice(&text, rules_text(rules, i));
		buffer_put_byte(&text, '\n');
	}
	if (status == SO1_OK)
		status = writer_put_bytes(w, buffer_slice(&text), rules_count(rules), e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	tags_free(&tags);
	reader_close(r);
	buffer_free(&text);
	return status;
}

enum { NAMES_SHOWN = 5 };

/* "note: FORMAT: a, b, c and 4 more" for the segments that `holds`. */
static void note_segments(struct summary *summary, const struct segmenter *s, const char *what,
			  bool (*holds)(const struct ledger *t, size_t segment))
{
	struct buffer names = {0};
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (!holds(&s->ledger, i))
			continue;
		if (count++ < NAMES_SHOWN)
			buffer_printf(&names, "%s%.*s", count > 1 ? ", " : "", SLICE_ARGS(s->names[i]));
	}
	if (count > NAMES_SHOWN)
		buffer_printf(&names, " and %zu more", count - NAMES_SHOWN);
	if (count > 0)
		summary_note(summary, "%s: %s", what, buffer_text(&names));
	buffer_free(&names);
}

static bool is_unknown_everywhere(const struct ledger *t, size_t segment)
{
	return t->unknown[segment] > 0 && t->unknown[segment] == t->size[GROUP_ALL];
}

static bool is_empty(const struct ledger *t, size_t segment)
{
	return t->size[GROUP_FIRST_SEGMENT + segment] == 0 && !is_unknown_everywhere(t, segment);
}

static void note_comparison(struct summary *summary, const struct comparison *c)
{
	const struct movement *all = comparison_all(c);
	struct buffer text = {0};
	double index;
	size_t worst;

	if (comparison_knows_customers(c))
		buffer_printf(&text, "%" PRIu64 " customers are new, %" PRIu64 " gone, %" PRIu64
			      " as before; ", all->entered, all->left, all->stayed);
	if (comparison_drift(c, &index, &worst)) {
		buffer_put_text(&text, "population stability index ");
		number_put_rounded(&text, index, 4);
	} else {
		buffer_put_text(&text, "no population stability index");
	}
	summary_note(summary, "%s", buffer_text(&text));
	for (size_t i = 0; i < comparison_retired_count(c); i++) {
		struct movement m;
		struct slice name = comparison_retired(c, i, &m);
		buffer_clear(&text);
		buffer_printf(&text, "no rule any more for '%.*s', which had %" PRIu64, SLICE_ARGS(name),
			      m.before);
		summary_note(summary, "%s", buffer_text(&text));
	}
	buffer_free(&text);
}

static void summarise(struct tool_run *run, const struct segmenter *s, const struct reader *r,
		      const struct writer *w)
{
	const struct ledger *t = &s->ledger;

	tool_summarise(run, r, writer_rows(w), 0);
	if (s->count == 0)
		return;
	summary_note(&run->summary, "%" PRIu64 " of %" PRIu64 " rows are in a segment (of %zu)",
		     t->size[GROUP_ALL] - t->size[GROUP_NONE], t->size[GROUP_ALL], s->count);
	if (t->size[GROUP_ALL] == 0)
		return;
	note_segments(&run->summary, s, "segments without a row", is_empty);
	note_segments(&run->summary, s, "rules unknown for every row", is_unknown_everywhere);
	if (s->comparison)
		note_comparison(&run->summary, s->comparison);
}

/* Before the list itself is committed: what describes it must not be missing. */
static enum so1_status write_summary(const struct segmenter *s, struct writer *w,
				     struct so1_error *e)
{
	enum so1_status status = ledger_write(&s->ledger, s->names, w, e);

	if (status == SO1_OK && s->target)
		status = overlap_write(&s->overlap, s->names, w, e);
	if (status == SO1_OK && s->comparison)
		status = comparison_write(s->comparison, w, e);
	return status == SO1_OK ? writer_commit(w, e) : status;
}

static bool is_stdout(const char *path)
{
	return path == NULL || (path[0] == '-' && path[1] == '\0');
}

static bool has_gate(const struct segment_options *o)
{
	return o->min_size > 0 || o->max_drift >= 0;
}

static enum so1_status check_gate(const struct segment_options *o, const struct segmenter *s,
				  struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	if (o->min_size > 0)
		status = gate_check_sizes(s, o->min_size, e);
	if (status == SO1_OK && o->max_drift >= 0)
		status = gate_check_drift(s, o->max_drift, e);
	return status;
}

/* What a list is made of and where it goes; all but the reader is freed by `segment`. */
struct listing {
	struct segmenter s;
	struct outcome target;
	struct held held;
	struct writer *w, *summary;
};

static enum so1_status open_inputs(const struct segment_options *o, struct tool_run *run,
				   const struct rule_set *rules, const struct tags *tags,
				   const struct reader *r, struct listing *l, struct so1_error *e)
{
	const struct header *h = tags_header(tags, r);
	enum so1_status status = segmenter_init(&l->s, rules, h, tags->any ? &tags->additions : NULL,
						o->replace, o->summary != NULL, e);

	if (status == SO1_OK && o->target) {
		status = outcome_compile(&l->target, o->target, "--target", h, rules, e);
		l->s.target = &l->target;
	}
	if (status == SO1_OK && o->previous) {
		struct comparison_options previous = {
			.file = o->previous, .names = l->s.names, .segments = l->s.count,
			.seal_required = run->seal,
			.has_customers = header_find(h, SLICE("customer_id")) != COLUMN_NONE,
		};
		status = comparison_open(&l->s.comparison, &previous, e);
	}
	return status;
}

static enum so1_status open_outputs(const struct segment_options *o, struct tool_run *run,
				    struct listing *l, struct so1_error *e)
{
	struct writer_options summary = {.path = o->summary};
	const char *output = run->common.output;
	enum so1_status status = SO1_OK;

	if (o->summary)
		status = writer_open(&l->summary, &summary, e);
	if (status == SO1_OK && has_gate(o) && held_is_needed(output)) {
		status = held_begin(&l->held, run->common.tmpdir, e);
		run->common.output = l->held.path;
	}
	if (status == SO1_OK)
		status = tool_open_writer(run, &l->w, e);
	run->common.output = output;
	return status;
}

static enum so1_status segment(const struct segment_options *o, struct tool_run *run,
			       const struct rule_set *rules, struct tags *tags,
			       struct reader *r, struct so1_error *e)
{
	struct listing l = {0};
	struct reader *rows_of = r;
	enum so1_status status = open_inputs(o, run, rules, tags, r, &l, e);

	if (status == SO1_OK)
		status = open_outputs(o, run, &l, e);
	if (status == SO1_OK)
		status = tags_measure(tags, &o->tag, run, &rows_of, e);
	if (status == SO1_OK)
		status = segmenter_run(&l.s, rows_of, l.w, (int)run->common.threads, e);
	if (status == SO1_OK)
		status = check_gate(o, &l.s, e);
	if (status == SO1_OK && l.summary)
		status = write_summary(&l.s, l.summary, e);
	if (status == SO1_OK)
		status = writer_commit(l.w, e);
	if (status == SO1_OK && l.held.path)
		status = held_release(&l.held, run->common.output, e);
	if (status == SO1_OK)
		summarise(run, &l.s, r, l.w);
	writer_free(l.w);
	writer_free(l.summary);
	held_free(&l.held);
	comparison_close(l.s.comparison);
	outcome_free(&l.target);
	segmenter_free(&l.s);
	return status;
}

/* Rows in, rows with more columns out. */
static enum so1_status run_rows(const struct segment_options *o, struct tool_run *run,
				struct rule_set *rules, struct so1_error *e)
{
	struct reader *r = NULL;
	struct tags tags;
	enum so1_status status = tags_load(&tags, &o->tag, e);

	/* Before waiting for standard input. */
	if (status == SO1_OK && o->rules.count == 0 && (!tags.any || o->summary))
		status = load_rules(o, NULL, rules, e);
	if (status == SO1_OK)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK)
		status = tags_bind(&tags, &o->tag, r, o->replace, e);
	if (status == SO1_OK && o->rules.count > 0)
		status = load_rules(o, tags_header(&tags, r), rules, e);
	if (status == SO1_OK)
		status = segment(o, run, rules, &tags, r, e);
	tags_free(&tags);
	reader_close(r);
	return status;
}

static enum so1_status discover_rules(const struct segment_options *o, struct tool_run *run,
				      struct rule_set *rules, struct so1_error *e)
{
	struct reader *r = NULL;
	enum so1_status status = discover_settings_check(&o->discover, e);

	if (status == SO1_OK)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK && o->rules.count > 0)
		status = load_rules(o, reader_header(r), rules, e);
	if (status == SO1_OK)
		status = segment_discover(&o->discover, run, r, rules, e);
	reader_close(r);
	return status;
}

static enum so1_status check_options(const struct segment_options *o, struct so1_error *e)
{
	bool lists = o->summary || o->replace || o->target || o->previous || has_gate(o);
	bool tags = o->tag.rfm || o->tag.cluster || o->tag.clusters;

	if (o->discover.target && (lists || tags || o->list_rules))
		return error_set(e, SO1_USAGE, "--discover prints rules and no list: --replace, "
				 "--summary, --target, --previous, --min-size, --max-drift, "
				 "--rfm, --cluster, --clusters and --list-rules do not go with it");
	if (o->tag.cluster && (o->target || o->previous || has_gate(o)))
		return error_set(e, SO1_USAGE, "--cluster writes a model and no list: --target, "
				 "--previous, --min-size and --max-drift do not go with it");
	if (o->target && !o->summary)
		return error_set(e, SO1_USAGE, "--target goes with --summary FILE");
	if (o->max_drift >= 0 && !o->previous)
		return error_set(e, SO1_USAGE, "--max-drift goes with --previous FILE");
	if (o->max_drift < 0 && o->max_drift != -1)
		return error_set(e, SO1_USAGE, "--max-drift cannot be negative");
	if (o->previous && is_stdout(o->previous))
		return error_set(e, SO1_USAGE, "--previous is a file, not standard input");
	if (!o->discover.target && discover_settings_given(&o->discover))
		return error_set(e, SO1_USAGE, "--depth, --min-support, --fdr, --min-lift, --top, "
				 "--quantiles and --include go with --discover TARGET");
	return SO1_OK;
}

/* --ignore is the option of two. */
static enum so1_status share_ignore(struct segment_options *o, struct so1_error *e)
{
	if (o->ignore && !o->discover.target && !o->tag.cluster)
		return error_set(e, SO1_USAGE, "--ignore goes with --discover or --cluster");
	if (o->discover.target)
		o->discover.ignore = o->ignore;
	else
		o->tag.ignore = o->ignore;
	return SO1_OK;
}

static enum so1_status run_segment(void *target, struct tool_run *run, struct so1_error *e)
{
	struct segment_options *o = target;
	struct rule_set *rules = rules_new();
	enum so1_status status = share_ignore(o, e);

	if (status == SO1_OK)
		status = tag_check(&o->tag, o->rules.count > 0 || o->summary, e);
	if (status == SO1_OK)
		status = check_options(o, e);
	if (status == SO1_OK && o->discover.target)
		status = discover_rules(o, run, rules, e);
	else if (status == SO1_OK && o->tag.cluster)
		status = tag_fit(&o->tag, run, e);
	else if (status == SO1_OK && o->list_rules)
		status = list_rules(o, run, rules, e);
	else if (status == SO1_OK && o->summary && is_stdout(o->summary) &&
		 is_stdout(run->common.output))
		status = error_set(e, SO1_USAGE, "--summary and the list cannot both go to standard "
				   "output; write the list with -o FILE");
	else if (status == SO1_OK)
		status = run_rows(o, run, rules, e);
	rules_free(rules);
	return status;
}

int main(int argc, char **argv)
{
	struct segment_options options = {
		.max_drift = -1, .discover = DISCOVER_NOT_GIVEN, .tag.scale = -1,
	};
	const struct tool tool = {
		.name = "so1-segment",
		.synopsis = "--rules FILE [OPTION]... [FILE]...\n"
			    "  or:  so1-segment --rfm|--clusters FILE [OPTION]... [FILE]...\n"
			    "  or:  so1-segment --cluster K|auto -o FILE [OPTION]... [FILE]...\n"
			    "  or:  so1-segment --discover TARGET [OPTION]... [FILE]...",
		.purpose = "Append the segments each customer belongs to.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run_segment,
	};
	int status = tool_main(&tool, argc, argv);

	option_list_free(&options.rules);
	return status;
}
