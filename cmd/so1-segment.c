/* so1-segment: customers to the segments each belongs to. */
#include "cmd/segment_tag.h"
#include "cmd/tool.h"
#include "segment/segment.h"

#include "base/buffer.h"

#include <inttypes.h>

struct segment_options {
	struct option_list rules;
	bool replace, list_rules;
	const char *summary;
	struct tag_options tag;
};

#define TAG(member) offsetof(struct segment_options, tag.member)

static const struct option_row rows[] = {
	{'r', "rules", "FILE", OPTION_LIST, offsetof(struct segment_options, rules),
	 "read segments from FILE, 'name: expression' a line; repeatable", NULL},
	{0, "replace", NULL, OPTION_FLAG, offsetof(struct segment_options, replace),
	 "write an existing column 'segments' anew", NULL},
	{0, "summary", "FILE", OPTION_TEXT, offsetof(struct segment_options, summary),
	 "write size, spend, mean scores and overlaps of the segments to FILE", NULL},
	{0, "list-rules", NULL, OPTION_FLAG, offsetof(struct segment_options, list_rules),
	 "check the rules, print them one a line and exit; with an operand against its "
	 "columns", NULL},
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
	{0, "ignore", "LIST", OPTION_TEXT, TAG(ignore),
	 "with --cluster: columns that must not count, with commas", NULL},
	{0, "scale", "auto|linear|log", OPTION_CHOICE, TAG(scale),
	 "with --cluster: take numbers as they are, by their logarithm, or (auto) skewed ones "
	 "by their logarithm (default: auto)", NULL},
};

static const struct segment_options defaults = {.tag.scale = -1};

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
}

/* Before the list itself is committed: what describes it must not be missing. */
static enum so1_status write_summary(const struct segmenter *s, struct writer *w,
				     struct so1_error *e)
{
	enum so1_status status = ledger_write(&s->ledger, s->names, w, e);

	return status == SO1_OK ? writer_commit(w, e) : status;
}

static bool is_stdout(const char *path)
{
	return path == NULL || (path[0] == '-' && path[1] == '\0');
}

static enum so1_status segment(const struct segment_options *o, struct tool_run *run,
			       const struct rule_set *rules, struct tags *tags,
			       struct reader *r, struct so1_error *e)
{
	struct reader *rows_of = r;
	struct writer_options summary_options = {.path = o->summary};
	struct writer *w = NULL, *summary = NULL;
	struct segmenter s;
	enum so1_status status = segmenter_init(&s, rules, tags_header(tags, r),
						tags->any ? &tags->additions : NULL, o->replace,
						o->summary != NULL, e);

	if (status == SO1_OK && o->summary)
		status = writer_open(&summary, &summary_options, e);
	if (status == SO1_OK)
		status = tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = tags_measure(tags, &o->tag, run, &rows_of, e);
	if (status == SO1_OK)
		status = segmenter_run(&s, rows_of, w, (int)run->common.threads, e);
	if (status == SO1_OK && summary)
		status = write_summary(&s, summary, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK)
		summarise(run, &s, r, w);
	writer_free(w);
	writer_free(summary);
	segmenter_free(&s);
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

static enum so1_status run_segment(void *target, struct tool_run *run, struct so1_error *e)
{
	const struct segment_options *o = target;
	struct rule_set *rules = rules_new();
	enum so1_status status = tag_check(&o->tag, o->rules.count > 0 || o->summary, e);

	if (status == SO1_OK && o->tag.cluster)
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
	struct segment_options options = defaults;
	const struct tool tool = {
		.name = "so1-segment",
		.synopsis = "--rules FILE [OPTION]... [FILE]...\n"
			    "  or:  so1-segment --rfm|--clusters FILE [OPTION]... [FILE]...\n"
			    "  or:  so1-segment --cluster K|auto -o FILE [OPTION]... [FILE]...",
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
