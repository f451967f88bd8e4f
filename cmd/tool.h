/* What the mains of all tools share: options, messages, summary, exit status. The only
 * place that talks to the user.
 *
 * A tool's file reads: struct of options, option table, run(), main() of three lines. */
#ifndef SO1_CMD_TOOL_H
#define SO1_CMD_TOOL_H

#include "base/options.h"
#include "base/progress.h"
#include "base/times.h"
#include "stream/reader.h"
#include "stream/rejects.h"
#include "stream/summary.h"
#include "stream/writer.h"

/* Options every tool has. */
struct common_options {
	const char *output;       /* -o, NULL: standard output */
	char delimiter;           /* -d, 0: detect */
	bool tsv;
	const char *rejects_path; /* --rejects */
	const char *max_rejects;
	uint64_t max_record;      /* --max-record, 0: the reader's default */
	uint64_t threads;         /* -j, default: processors, at least 1 */
	uint64_t memory;          /* -M, 0: the tool's default */
	const char *tmpdir;       /* NULL: $TMPDIR or /tmp */
	int progress;             /* enum progress_mode */
	bool quiet;
};

/* What run() gets and fills. */
struct tool_run {
	struct common_options common;
	struct option_list operands;
	bool seal;               /* SO1_SEAL=1 */
	struct summary summary;  /* run fills; printed by tool_main unless quiet or failed */
	struct rejects *rejects; /* open; finished and freed by tool_main */
	struct progress *progress;
	struct times *times;     /* SO1_TIMES=1, else NULL; printed and freed by tool_main */
	const char *command;     /* the command line as typed, for model cards and manifests */
};

struct tool {
	const char *name;        /* "so1-ingest" */
	const char *synopsis;    /* "[OPTION]... [FILE]..." */
	const char *purpose;     /* one sentence for --help */
	const struct option_row *rows;
	size_t row_count;
	void *options;           /* the struct the rows' offsets refer to */
	option_call *on_operand; /* see options_parse; NULL: into run->operands */
	enum so1_status (*run)(void *options, struct tool_run *run, struct so1_error *e);
};

/* Parses, runs, prints errors and summary; returns the exit status. SIGPIPE is ignored so
 * that a closed pipe is EPIPE: exit status 1, no message. */
int tool_main(const struct tool *t, int argc, char **argv);

/* A reader on the operands, and a writer on -o, with the common options applied. */
enum so1_status tool_open_reader(struct tool_run *run, struct reader **r, struct so1_error *e);
/* A reader on operand i alone; on standard input when there are no operands. */
enum so1_status tool_open_operand(struct tool_run *run, size_t i, struct reader **r,
				  struct so1_error *e);
enum so1_status tool_open_writer(struct tool_run *run, struct writer **w, struct so1_error *e);
/* Rows in from the reader, "out", "rejected", "merged" terms of the equation. */
void tool_summarise(struct tool_run *run, const struct reader *r, uint64_t out, uint64_t merged);
/* A word as a shell reads it back, in quotes where it needs them. */
void tool_put_word(struct buffer *b, const char *word);
/* The memory limit: -M or `fallback`. */
uint64_t tool_memory(const struct tool_run *run, uint64_t fallback);

#endif
