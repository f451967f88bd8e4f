/* so1-profile: touchpoints of known customers to one row a customer. */
#include "cmd/tool.h"
#include "profile/card.h"
#include "profile/merge.h"
#include "profile/profile.h"

#include "base/datetime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct profile_options {
	struct plan plan;
	const char *get;
	bool list_features;
	bool partial, merge;
};

static enum so1_status on_as_of(void *target, const char *argument, struct so1_error *e)
{
	return plan_add_as_of(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_by(void *target, const char *argument, struct so1_error *e)
{
	return plan_add_by(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_windows(void *target, const char *argument, struct so1_error *e)
{
	return plan_set_windows(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_label(void *target, const char *argument, struct so1_error *e)
{
	return plan_set_label(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_horizon(void *target, const char *argument, struct so1_error *e)
{
	return plan_set_horizon(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_currency(void *target, const char *argument, struct so1_error *e)
{
	return plan_set_currency(&((struct profile_options *)target)->plan, argument, e);
}

static enum so1_status on_timezone(void *target, const char *argument, struct so1_error *e)
{
	return plan_set_zone(&((struct profile_options *)target)->plan, argument, e);
}

static const struct option_row rows[] = {
	{0, "as-of", "DATE", OPTION_CALL, 0,
	 "compute features from events before DATE; several, repeated or with commas, give "
	 "a row each (required but with --get)", on_as_of},
	{0, "by", "KEY", OPTION_CALL, 0,
	 "key the maps by category, brand or sku; several, repeated or with commas "
	 "(default: category)", on_by},
	{0, "windows", "DAYS", OPTION_CALL, 0,
	 "lengths of the windows, with commas (default: 7,28,91,182,365)", on_windows},
	{0, "label", "DAYS", OPTION_CALL, 0,
	 "add labels: what was bought in the DAYS from DATE on", on_label},
	{0, "horizon", "DAYS", OPTION_CALL, 0,
	 "look at as many days of last year in spend_same_last_year and orders_same_last_year "
	 "(default: those of --label, else 28)", on_horizon},
	{0, "currency", "CODE", OPTION_CALL, 0,
	 "reject purchases and returns in another currency", on_currency},
	{0, "timezone", "NAME", OPTION_CALL, 0,
	 "time zone of customers whose own is unknown (default: UTC)", on_timezone},
	{0, "get", "KEY", OPTION_TEXT, offsetof(struct profile_options, get),
	 "print the card of the customer with this id, e-mail, phone number, social handle "
	 "or loyalty id", NULL},
	{0, "partial", NULL, OPTION_FLAG, offsetof(struct profile_options, partial),
	 "write each customer's state, to be added up with --merge, instead of features", NULL},
	{0, "merge", NULL, OPTION_FLAG, offsetof(struct profile_options, merge),
	 "the inputs are states of --partial: add them up first", NULL},
	{0, "list-features", NULL, OPTION_FLAG, offsetof(struct profile_options, list_features),
	 "print every feature with group, unit, definition and source as CSV, and exit", NULL},
};

static void note_currency(void *text, struct slice name, uint64_t n)
{
	struct buffer *b = text;

	if (b->len)
		buffer_put_text(b, ", ");
	buffer_printf(b, "%.*s %" PRIu64, SLICE_ARGS(name), n);
}

static void note_event(void *run, struct slice name, uint64_t n)
{
	if (name.len)
		summary_note(&((struct tool_run *)run)->summary,
			     "%" PRIu64 " events '%.*s' feed no feature", n, SLICE_ARGS(name));
	else
		summary_note(&((struct tool_run *)run)->summary, "%" PRIu64 " rows without event", n);
}

/* Columns of one name must mean one thing where a model learns and where it is applied. */
static void note_horizon(struct tool_run *run, const struct plan *plan)
{
	if (plan->label_days && plan->label_days != HORIZON_DEFAULT && !plan->horizon_days)
		summary_note(&run->summary, "spend_same_last_year and orders_same_last_year look at "
			     "%" PRIu32 " days, as the labels do: profile what is to be scored with "
			     "--horizon %" PRIu32, plan->label_days, plan->label_days);
}

/* The labels of a date are complete when the stream goes on to their end. */
static void note_labels(struct tool_run *run, const struct plan *plan, int64_t last_ts)
{
	int64_t end = plan->as_of[plan->as_of_count - 1] + plan->label_days;
	struct buffer last = {0}, need = {0};

	if (plan->label_days == 0 || last_ts == TIME_NONE || last_ts >= (end - 1) * DAY_SECONDS)
		return;
	datetime_put(&last, last_ts);
	date_put(&need, end);
	summary_note(&run->summary, "labels reach to %s but the last event is %s",
		     buffer_text(&need), buffer_text(&last));
	buffer_free(&last);
	buffer_free(&need);
}

static void summarise(struct tool_run *run, const struct plan *plan, uint64_t rows_in,
		      const struct profile_counts *n)
{
	struct buffer currencies = {0};

	summary_in(&run->summary, "rows in", rows_in);
	if (plan->partial && n->rows > n->customers)
		summary_in(&run->summary, "more rows of large customers", n->rows - n->customers);
	else if (!plan->partial && plan->as_of_count > 1)
		summary_in(&run->summary, "more snapshots", n->rows - n->customers);
	summary_out(&run->summary, "out", n->rows);
	summary_out(&run->summary, "rejected", rejects_count(run->rejects));
	summary_out(&run->summary, "merged", n->folded - n->customers);
	if (n->future)
		summary_out(&run->summary, "of customers yet to come", n->future);
	if (n->census.without_amount)
		summary_note(&run->summary, "%" PRIu64 " purchases and returns without amount",
			     n->census.without_amount);
	if (n->census.currencies.names.count > 1) {
		tally_each(&n->census.currencies, note_currency, &currencies);
		summary_note(&run->summary, "several currencies were added up as if they were one "
			     "(%s lines): see --currency", buffer_text(&currencies));
	}
	tally_each(&n->census.events, note_event, run);
	if (!plan->partial) {
		note_labels(run, plan, n->census.last_ts);
		note_horizon(run, plan);
	}
	buffer_free(&currencies);
}

/* Each operand has a reader of its own, so none of them sees that it is not alone. */
static enum so1_status check_operands(const struct tool_run *run, struct so1_error *e)
{
	size_t standard = 0;

	for (size_t i = 0; i < run->operands.count; i++)
		standard += slice_is(slice_of(run->operands.items[i]), "-");
	if (standard > 1)
		return error_set(e, SO1_USAGE, "standard input can be read only once");
	return SO1_OK;
}

/* Where the customers come from: one stream of touchpoints, or several of states. */
struct intake {
	struct reader **readers;
	size_t count;
	struct merge *merge; /* NULL: touchpoints */
	struct header header;
};

static enum so1_status intake_open(struct intake *in, const struct profile_options *o,
				   struct tool_run *run, struct row_layout *layout,
				   struct so1_error *e)
{
	char delimiter = run->common.tsv ? '\t' : ',';

	in->count = o->merge && run->operands.count ? run->operands.count : 1;
	in->readers = xcalloc(in->count, sizeof *in->readers);
	if (!o->merge) {
		if (tool_open_reader(run, in->readers, e) != SO1_OK)
			return e->status;
		return row_layout_init(layout, &o->plan, in->readers[0], delimiter, e);
	}
	if (check_operands(run, e) != SO1_OK)
		return e->status;
	if (run->common.max_record == 0)
		run->common.max_record = STATE_RECORD_MAX;
	for (size_t i = 0; i < in->count; i++)
		if (tool_open_operand(run, i, &in->readers[i], e) != SO1_OK)
			return e->status;
	if (merge_open(&in->merge, in->readers, in->count, &in->header, e) != SO1_OK)
		return e->status;
	return row_layout_of(layout, &o->plan, &in->header, delimiter, e);
}

static void intake_close(struct intake *in)
{
	merge_free(in->merge);
	header_free(&in->header);
	for (size_t i = 0; i < in->count; i++)
		reader_close(in->readers[i]);
	free(in->readers);
}

static uint64_t intake_rows(const struct intake *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < in->count; i++)
		n += reader_rows(in->readers[i]);
	return n;
}

static enum so1_status run_all(struct intake *in, const struct profile_run *p, struct writer *w,
			       struct profile_counts *counts, struct so1_error *e)
{
	return in->merge ? merge_run(in->merge, p, w, counts, e)
			 : profile_stream(p, in->readers[0], w, counts, e);
}

static enum so1_status write_profiles(const struct row_layout *layout, struct tool_run *run,
				      struct intake *in, struct writer *w, struct so1_error *e)
{
	struct profile_run p = {.layout = layout, .threads = (int)run->common.threads,
				.emit = layout->plan->partial ? state_emit : maker_emit_rows};
	struct profile_counts counts;

	if (writer_put_header(w, &layout->header, e) != SO1_OK)
		return e->status;
	enum so1_status status = run_all(in, &p, w, &counts, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK)
		summarise(run, layout->plan, intake_rows(in), &counts);
	census_free(&counts.census);
	return status;
}

static enum so1_status write_cards(const struct row_layout *layout, const char *key,
				   struct tool_run *run, struct intake *in, struct writer *w,
				   struct so1_error *e)
{
	struct profile_run p = {.layout = layout, .emit = card_emit, .emit_context = key,
				.threads = (int)run->common.threads};
	struct profile_counts counts;
	enum so1_status status = run_all(in, &p, w, &counts, e);

	census_free(&counts.census);
	if (status != SO1_OK)
		return status;
	if (counts.rows == 0) {
		error_set(e, SO1_FAILED, "no such customer");
		return error_value(e, slice_of(key));
	}
	return writer_commit(w, e);
}

static enum so1_status list_features(struct tool_run *run, struct so1_error *e)
{
	struct writer_options options = {.path = run->common.output, .raw = true};
	struct buffer text = {0};
	struct writer *w = NULL;
	enum so1_status status = writer_open(&w, &options, e);

	feature_put_catalogue(&text);
	if (status == SO1_OK)
		status = writer_put_bytes(w, buffer_slice(&text), 0, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	buffer_free(&text);
	return status;
}

/* Cards are text and carry no seal. */
static enum so1_status open_output(const struct profile_options *o, struct tool_run *run,
				   struct writer **w, struct so1_error *e)
{
	struct writer_options text = {.path = run->common.output, .raw = true};

	return o->get ? writer_open(w, &text, e) : tool_open_writer(run, w, e);
}

static enum so1_status check_options(const struct profile_options *o, struct so1_error *e)
{
	if (o->partial && o->get)
		return error_set(e, SO1_USAGE, "--partial writes states, --get a card: use one of them");
	if (o->plan.as_of_count == 0 && o->get == NULL && !o->partial)
		return error_set(e, SO1_USAGE, "--as-of DATE is required: features count from a "
				 "date, never from the clock");
	return SO1_OK;
}

static enum so1_status run_profile(void *options, struct tool_run *run, struct so1_error *e)
{
	struct profile_options *o = options;
	struct row_layout layout = {0};
	struct intake in = {0};
	struct writer *w = NULL;
	enum so1_status status;

	if (o->list_features)
		return list_features(run, e);
	o->plan.partial = o->partial;
	status = check_options(o, e);
	if (status == SO1_OK)
		status = plan_finish(&o->plan, e);
	if (status == SO1_OK)
		status = intake_open(&in, o, run, &layout, e);
	if (status == SO1_OK)
		status = open_output(o, run, &w, e);
	if (status == SO1_OK)
		status = o->get ? write_cards(&layout, o->get, run, &in, w, e)
				: write_profiles(&layout, run, &in, w, e);
	writer_free(w);
	row_layout_free(&layout);
	intake_close(&in);
	return status;
}

int main(int argc, char **argv)
{
	struct profile_options options = {0};
	struct tool t = {
		.name = "so1-profile",
		.synopsis = "--as-of DATE [OPTION]... [FILE]...",
		.purpose = "Turn the touchpoints of known customers into one row of features a "
			   "customer.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run_profile,
	};
	int code = tool_main(&t, argc, argv);

	plan_free(&options.plan);
	timezone_free_all();
	return code;
}
