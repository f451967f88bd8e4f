#include "cmd/tool.h"

#include "base/memory.h"
#include "ingest/guess.h"
#include "ingest/ingest.h"

#include <stdlib.h>

struct ingest_command {
	struct ingest_source *sources;
	size_t source_count, source_cap;
	struct option_list unmapped; /* files before any -m */
	const char *products, *placeholders;
	bool guess;
};

static enum so1_status on_map(void *target, const char *argument, struct so1_error *e)
{
	struct ingest_command *c = target;

	(void)e;
	GROW(c->sources, c->source_cap, c->source_count + 1);
	c->sources[c->source_count++] = (struct ingest_source){.map = argument};
	return SO1_OK;
}

static enum so1_status on_file(void *target, const char *argument, struct so1_error *e)
{
	struct ingest_command *c = target;

	(void)e;
	if (c->source_count == 0) {
		option_list_add(&c->unmapped, argument);
		return SO1_OK;
	}
	struct ingest_source *s = &c->sources[c->source_count - 1];
	GROW(s->files, s->cap, s->count + 1);
	s->files[s->count++] = argument;
	return SO1_OK;
}

#define OFFSET(member) offsetof(struct ingest_command, member)

static const struct option_row rows[] = {
	{'m', "map", "MAP", OPTION_CALL, 0,
	 "MAP governs the files that follow it, up to the next --map", on_map},
	{'p', "products", "FILE", OPTION_TEXT, OFFSET(products),
	 "fill category, brand and the amounts by sku from this CSV", NULL},
	{0, "placeholders", "FILE", OPTION_TEXT, OFFSET(placeholders),
	 "more values that mean unknown: a CSV with the columns column,value", NULL},
	{'g', "guess", NULL, OPTION_FLAG, OFFSET(guess),
	 "print a draft map for FILE and exit", NULL},
};

static enum so1_status check_command(const struct ingest_command *c, struct so1_error *e)
{
	if (c->unmapped.count > 0) {
		error_set(e, SO1_USAGE, "no map for this file (--map MAP before it, or --guess to "
			  "draft one)");
		return error_value(e, slice_of(c->unmapped.items[0]));
	}
	if (c->source_count == 0)
		return error_set(e, SO1_USAGE, "no map (--map MAP FILE..., or --guess FILE to draft "
				 "one)");
	for (size_t i = 0; i < c->source_count; i++) {
		if (c->sources[i].count > 0 || c->source_count == 1)
			continue;
		error_set(e, SO1_USAGE, "no file after this map ('-' is standard input)");
		return error_value(e, slice_of(c->sources[i].map));
	}
	return SO1_OK;
}

static enum so1_status run_guess(const struct ingest_command *c, struct tool_run *run,
				 struct so1_error *e)
{
	struct buffer text = {0};
	struct writer *w = NULL;
	struct writer_options options = {.path = run->common.output, .raw = true};

	if (c->source_count > 0 || c->unmapped.count > 1)
		return error_set(e, SO1_USAGE, "--guess takes one file and no map");
	const char *file = c->unmapped.count ? c->unmapped.items[0] : "-";
	enum so1_status status = guess_map(&text, file, run->common.delimiter, e);
	if (status == SO1_OK)
		status = writer_open(&w, &options, e);
	if (status == SO1_OK)
		status = writer_put_bytes(w, buffer_slice(&text), 0, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	buffer_free(&text);
	return status;
}

static enum so1_status run_ingest(const struct ingest_command *c, struct tool_run *run,
				  struct so1_error *e)
{
	struct ingest_options options = {
		.sources = c->sources,
		.source_count = c->source_count,
		.products = c->products,
		.placeholders = c->placeholders,
		.threads = (int)run->common.threads,
		.reader = {
			.delimiter = run->common.delimiter,
			.max_record = (size_t)run->common.max_record,
			.threads = (int)run->common.threads,
			.rejects = run->rejects,
			.progress = run->progress,
		},
	};
	struct ingest_totals totals = {.rows_in = 0};
	struct writer *w = NULL;
	enum so1_status status = check_command(c, e);

	if (status == SO1_OK)
		status = tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = ingest_run(&options, w, &totals, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	summary_in(&run->summary, "rows in", totals.rows_in);
	summary_out(&run->summary, "out", totals.rows_out);
	summary_out(&run->summary, "rejected", rejects_count(run->rejects));
	summary_out(&run->summary, "merged", 0);
	counts_note(&totals.counts, &run->summary);
	counts_free(&totals.counts);
	writer_free(w);
	return status;
}

static enum so1_status run(void *options, struct tool_run *r, struct so1_error *e)
{
	struct ingest_command *c = options;

	return c->guess ? run_guess(c, r, e) : run_ingest(c, r, e);
}

static void command_free(struct ingest_command *c)
{
	for (size_t i = 0; i < c->source_count; i++)
		free(c->sources[i].files);
	free(c->sources);
	option_list_free(&c->unmapped);
}

int main(int argc, char **argv)
{
	struct ingest_command command = {.guess = false};
	struct tool tool = {
		.name = "so1-ingest",
		.synopsis = "[OPTION]... {-m MAP [FILE]...}... | --guess FILE",
		.purpose = "Turn the exports of many systems into one clean stream of touchpoints.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &command,
		.on_operand = on_file,
		.run = run,
	};

	int status = tool_main(&tool, argc, argv);
	command_free(&command);
	return status;
}
