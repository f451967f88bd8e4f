/* so1-dedupe: decides which touchpoints belong to the same person and writes them sorted
 * by customer_id, each customer's golden row first. */
#include "cmd/tool.h"

#include "base/number.h"
#include "dedupe/dedupe.h"

struct options {
	struct dedupe_options dedupe;
};

/* --limit email=5 */
static enum so1_status set_limit(void *target, const char *argument, struct so1_error *e)
{
	struct options *o = target;
	const char *equals = strchr(argument, '=');
	size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
	enum layer layer = layer_of_name(argument, length);
	int64_t n;

	if (slice_is(slice_make(argument, length), "customer"))
		layer = LAYER_SELF;
	if (!equals || layer == LAYER_COUNT || layer == LAYER_DEVICE) {
		error_set(e, SO1_USAGE, "not KEY=N with source_id, loyalty_id, email, phone, social "
			  "or customer for KEY");
		return error_value(e, slice_of(argument));
	}
	if (!number_parse_int(slice_of(equals + 1), &n) || n < 0) {
		error_set(e, SO1_USAGE, "not a number of people");
		return error_value(e, slice_of(equals + 1));
	}
	o->dedupe.limits.people[layer] = (uint64_t)n;
	return SO1_OK;
}

#define MEMBER(m) offsetof(struct options, dedupe.m)

static const struct option_row rows[] = {
	{.kind = OPTION_HEADING, .help = "Who is who:"},
	{0, "limit", "KEY=N", OPTION_CALL, 0,
	 "a value of KEY that more than N people share links nobody; 0: no limit (default: 5 for "
	 "source_id, loyalty_id, email, phone, social; 10 for customer: first names in one "
	 "customer)", set_limit},
	{0, "distrust", "FILE", OPTION_TEXT, MEMBER(distrust_path),
	 "values never to trust, one a line, besides the built-in ones", NULL},
	{.kind = OPTION_HEADING, .help = "What survives:"},
	{0, "source-priority", "LIST", OPTION_TEXT, MEMBER(source_priority),
	 "sources, best first (crm,shop), for values that are otherwise equal", NULL},
	{0, "keep-repeats", NULL, OPTION_FLAG, MEMBER(keep_repeats),
	 "keep exact repeats of a touchpoint", NULL},
	{.kind = OPTION_HEADING, .help = "Further output:"},
	{0, "links", "FILE", OPTION_TEXT, MEMBER(links_path),
	 "write customer_id,source,source_id,layer,weight, a line for each identity record", NULL},
	{0, "anonymous", "FILE", OPTION_TEXT, MEMBER(anonymous_path),
	 "write the touchpoints that name nobody", NULL},
	{0, "explain", "ID", OPTION_TEXT, MEMBER(explain),
	 "print the account of one customer (a customer_id or any identifier) and no stream",
	 NULL},
};

static enum so1_status open_account_writer(struct tool_run *run, struct writer **w,
					   struct so1_error *e)
{
	struct writer_options options = {.path = run->common.output, .raw = true};

	return writer_open(w, &options, e);
}

static void summarise(struct tool_run *run, const struct reader *r,
		      const struct dedupe_counts *counts)
{
	struct slice rest = buffer_slice(&counts->notes), note;

	tool_summarise(run, r, counts->rows, counts->merged);
	summary_in(&run->summary, "golden", counts->golden);
	summary_out(&run->summary, "anonymous", counts->anonymous);
	while (slice_split(&rest, '\n', &note))
		if (note.len)
			summary_note(&run->summary, "%.*s", SLICE_ARGS(note));
}

static enum so1_status run_dedupe(void *target, struct tool_run *run, struct so1_error *e)
{
	enum { DEFAULT_MEMORY = 1 << 30 };
	struct dedupe_options *o = &((struct options *)target)->dedupe;
	struct dedupe_counts counts = {0};
	struct reader *r = NULL;
	struct writer *w = NULL;
	enum so1_status status;

	o->seal = run->seal;
	o->memory = tool_memory(run, DEFAULT_MEMORY);
	o->tmpdir = run->common.tmpdir;
	o->threads = (int)run->common.threads;
	status = tool_open_reader(run, &r, e);
	if (status == SO1_OK)
		status = o->explain ? open_account_writer(run, &w, e) : tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = dedupe_run(o, r, w, &counts, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK && !o->explain)
		summarise(run, r, &counts);
	buffer_free(&counts.notes);
	writer_free(w);
	reader_close(r);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.dedupe = {.limits = KEY_LIMITS_DEFAULT}};
	struct tool tool = {
		.name = "so1-dedupe",
		.synopsis = "[OPTION]... [FILE]...",
		.purpose = "Find out which touchpoints belong to the same person; write them by customer.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run_dedupe,
	};

	return tool_main(&tool, argc, argv);
}
