#include "cmd/tool.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stream/cleanup.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"

/* Help, version and completion end the run before anything else is looked at. */
struct standard_options {
	struct common_options common;
	bool help, version, completion;
};

#define COMMON(member) offsetof(struct standard_options, common.member)
#define STANDARD(member) offsetof(struct standard_options, member)

static const struct option_row common_rows[] = {
	{.kind = OPTION_HEADING, .help = "Options of every tool:"},
	{'o', "output", "FILE", OPTION_TEXT, COMMON(output),
	 "write to FILE, whole or not at all; compressed when it ends in .gz", NULL},
	{'d', "delimiter", "C", OPTION_BYTE, COMMON(delimiter),
	 "the input's delimiter (default: detected among , ; tab |)", NULL},
	{0, "tsv", NULL, OPTION_FLAG, COMMON(tsv), "write tabs instead of commas", NULL},
	{0, "rejects", "FILE", OPTION_TEXT, COMMON(rejects_path),
	 "write records that cannot be used to FILE and go on", NULL},
	{0, "max-rejects", "N[%]", OPTION_TEXT, COMMON(max_rejects),
	 "fail when more than N records, or N percent, are rejected", NULL},
	{0, "max-record", "SIZE", OPTION_SIZE, COMMON(max_record),
	 "a record longer than SIZE is no record (default: 1M)", NULL},
	{'j', "threads", "N", OPTION_UINT, COMMON(threads),
	 "use up to N threads (default: one a processor)", NULL},
	{'M', "memory", "SIZE", OPTION_SIZE, COMMON(memory),
	 "hold at most about SIZE in memory (64M, 2G), spill the rest", NULL},
	{0, "tmpdir", "DIR", OPTION_TEXT, COMMON(tmpdir),
	 "spill to DIR (default: $TMPDIR, else /tmp)", NULL},
	{0, "progress", "auto|always|never", OPTION_CHOICE, COMMON(progress),
	 "show a progress line on standard error (auto: on a terminal)", NULL},
	{'q', "quiet", NULL, OPTION_FLAG, COMMON(quiet), "no summary, no progress", NULL},
	{0, "completion", NULL, OPTION_FLAG, STANDARD(completion),
	 "print a bash completion script and exit", NULL},
	{'h', "help", NULL, OPTION_FLAG, STANDARD(help), "print this help and exit", NULL},
	{'V', "version", NULL, OPTION_FLAG, STANDARD(version), "print the version and exit", NULL},
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void print_help(const struct tool *t, const struct option_set *sets)
{
	printf("Usage: %s %s\n%s\n", t->name, t->synopsis, t->purpose);
	if (t->row_count && t->rows[0].kind != OPTION_HEADING)
		printf("\nOptions:\n");
	options_print_help(sets, 2, stdout);
	printf("\nExit status: 0 done, 1 could not (data, I/O, order, seal), 2 usage.\n"
	       "Manual: man %s; the stream: man so1\n", t->name);
}

/* Standard output of --help and --version is checked like any other output. */
static int close_stdout(const struct tool *t)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: (standard output): cannot write\n", t->name);
		return SO1_FAILED;
	}
	return SO1_OK;
}

static int print_error(const struct tool *t, const struct so1_error *e)
{
	char text[2048];

	if (e->quiet)
		return SO1_FAILED;
	error_format(e, text, sizeof text);
	fprintf(stderr, "%s: %s\n", t->name, text);
	if (e->status == SO1_USAGE && e->line == 0)
		fprintf(stderr, "Try '%s --help'.\n", t->name);
	return (int)e->status;
}

static bool needs_quotes(const char *word)
{
	return *word == '\0' || word[strcspn(word, " \t\n'\"\\$`*?[]{}()<>|&;#~!")] != '\0';
}

void tool_put_word(struct buffer *b, const char *word)
{
	bool quotes = needs_quotes(word);

	if (quotes)
		buffer_put_byte(b, '\'');
	for (const char *c = word; *c; c++) {
		if (*c == '\'' && quotes)
			buffer_put_text(b, "'\\''");
		else
			buffer_put_byte(b, *c);
	}
	if (quotes)
		buffer_put_byte(b, '\'');
}

/* The command as one could type it again. */
static const char *command_text(struct buffer *b, const char *name, int argc, char **argv)
{
	buffer_put_text(b, name);
	for (int i = 1; i < argc; i++) {
		buffer_put_byte(b, ' ');
		tool_put_word(b, argv[i]);
	}
	return buffer_text(b);
}

static void print_summary(const struct tool *t, const struct tool_run *run)
{
	const struct summary *s = &run->summary;
	struct slice rest = buffer_slice(&s->notes), note;

	if (s->in.len == 0)
		return;
	fprintf(stderr, "%s: %.*s = %.*s\n", t->name, (int)s->in.len, s->in.ptr,
		(int)s->out.len, s->out.ptr);
	while (slice_split(&rest, '\n', &note))
		if (note.len)
			fprintf(stderr, "%s: note: %.*s\n", t->name, SLICE_ARGS(note));
}

/* Also when quiet: who sets SO1_TIMES asks for it. */
static void print_times(const struct tool *t, struct times *times)
{
	struct buffer b = {0};

	times_report(times, &b);
	struct slice rest = buffer_slice(&b), line;
	while (slice_split(&rest, '\n', &line))
		if (line.len)
			fprintf(stderr, "%s: time: %.*s\n", t->name, SLICE_ARGS(line));
	buffer_free(&b);
}

/* "1" in the environment is on, everything else off. */
static bool is_on(const char *variable)
{
	const char *value = getenv(variable);

	return value && strcmp(value, "1") == 0;
}

static bool is_stdout(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

static enum so1_status run_tool(const struct tool *t, struct tool_run *run, struct so1_error *e)
{
	if (run->common.rejects_path && is_stdout(run->common.rejects_path) &&
	    is_stdout(run->common.output))
		return error_set(e, SO1_USAGE, "--rejects and the stream cannot both go to standard "
				 "output; write one of them to a file");

	struct rejects_options rejects = {run->common.rejects_path, run->common.max_rejects};
	enum so1_status status = rejects_open(&run->rejects, &rejects, e);

	if (status != SO1_OK)
		return status;
	if (!run->common.quiet)
		run->progress = progress_start(t->name, (enum progress_mode)run->common.progress);
	status = t->run(t->options, run, e);
	progress_finish(run->progress);
	return status;
}

static int finish(const struct tool *t, struct tool_run *run, enum so1_status status,
		  struct so1_error *e)
{
	if (status == SO1_OK && run->summary.in.len)
		status = summary_check(&run->summary, e);
	/* After a failure too: the rejects written so far are what one looks at first. A command
	 * that makes no sense writes nothing. */
	struct so1_error late = {0};
	if (run->rejects && status != SO1_USAGE && rejects_finish(run->rejects, run->summary.total_in, &late) != SO1_OK &&
	    status == SO1_OK) {
		*e = late;
		status = late.status;
	}
	int code = status == SO1_OK ? 0 : print_error(t, e);
	if (status == SO1_OK && !run->common.quiet) {
		summary_rejects(&run->summary, run->rejects);
		print_summary(t, run);
	}
	return code;
}

int tool_main(const struct tool *t, int argc, char **argv)
{
	struct standard_options standard = {.common.threads = (uint64_t)threads_available()};
	struct option_set sets[] = {
		{t->rows, t->row_count, t->options},
		{common_rows, COUNT_OF(common_rows), &standard},
	};
	struct tool_run run = {.seal = is_on("SO1_SEAL"),
			       .times = is_on("SO1_TIMES") ? times_start() : NULL};
	struct buffer command = {0};
	struct so1_error e = {0};
	int code;

	signal(SIGPIPE, SIG_IGN);
	cleanup_on_signals();
	/* getopt_long permutes nothing here, but keep what was typed before it looks. */
	run.command = command_text(&command, t->name, argc, argv);
	enum so1_status status = options_parse(sets, 2, argc, argv, &run.operands, t->on_operand,
					       t->options, &e);
	run.common = standard.common;
	if (run.common.threads == 0)
		run.common.threads = (uint64_t)threads_available();
	if (run.common.threads > 256)
		run.common.threads = 256;
	if (status == SO1_OK && (standard.help || standard.version || standard.completion)) {
		if (standard.help)
			print_help(t, sets);
		else if (standard.version)
			printf("%s %s\n", t->name, PACKAGE_VERSION);
		else
			options_print_completion(sets, 2, t->name, stdout);
		code = close_stdout(t);
	} else {
		if (status == SO1_OK)
			status = run_tool(t, &run, &e);
		code = finish(t, &run, status, &e);
		print_times(t, run.times);
	}
	times_free(run.times);
	rejects_free(run.rejects);
	summary_free(&run.summary);
	option_list_free(&run.operands);
	buffer_free(&command);
	return code;
}

static enum so1_status open_files(struct tool_run *run, const char *const *files, size_t count,
				  struct reader **r, struct so1_error *e)
{
	struct reader_options options = {
		.delimiter = run->common.delimiter,
		.max_record = (size_t)run->common.max_record,
		.threads = (int)run->common.threads,
		.seal_required = run->seal,
		.rejects = run->rejects,
		.progress = run->progress,
	};
	return reader_open(r, files, count, &options, e);
}

enum so1_status tool_open_reader(struct tool_run *run, struct reader **r, struct so1_error *e)
{
	return open_files(run, run->operands.items, run->operands.count, r, e);
}

enum so1_status tool_open_operand(struct tool_run *run, size_t i, struct reader **r,
				  struct so1_error *e)
{
	if (run->operands.count == 0)
		return open_files(run, NULL, 0, r, e);
	return open_files(run, run->operands.items + i, 1, r, e);
}

enum so1_status tool_open_writer(struct tool_run *run, struct writer **w, struct so1_error *e)
{
	struct writer_options options = {
		.path = run->common.output,
		.delimiter = run->common.tsv ? '\t' : ',',
		.seal = run->seal,
		.threads = (int)run->common.threads,
		.rejects = run->rejects,
	};
	return writer_open(w, &options, e);
}

void tool_summarise(struct tool_run *run, const struct reader *r, uint64_t out, uint64_t merged)
{
	summary_in(&run->summary, "rows in", reader_rows(r));
	summary_out(&run->summary, "out", out);
	summary_out(&run->summary, "rejected", rejects_count(run->rejects));
	summary_out(&run->summary, "merged", merged);
}

uint64_t tool_memory(const struct tool_run *run, uint64_t fallback)
{
	return run->common.memory ? run->common.memory : fallback;
}
