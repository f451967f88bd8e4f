/* The yardstick of scripts/bench stream: reads a stream, takes every field in hand and
 * writes every record, on the library's reader, pipeline and writer.
 *
 * usage: so1-pass [-j THREADS] [-o FILE] [-t] [-s] [-R FILE] [-S] [FILE]...
 *   -t  write tabs (every record is encoded anew)
 *   -s  slow lane: everything through libcsv
 *   -R  rejects
 *   -S  seal the output without asking for a seal (SO1_SEAL=1: both) */
#include "stream/cleanup.h"
#include "stream/pipeline.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pass {
	char delimiter;
	uint64_t bytes; /* of all fields: proof that each was looked at */
};

static void *start(void *context)
{
	(void)context;
	return calloc(1, sizeof(uint64_t));
}

static void finish(void *context, void *worker)
{
	struct pass *p = context;

	p->bytes += *(uint64_t *)worker;
	free(worker);
}

static enum so1_status pass(void *context, void *worker, const struct record *rec,
			    struct pipeline_output *out, bool *reject, struct so1_error *e)
{
	const struct pass *p = context;
	uint64_t bytes = 0;

	(void)reject;
	(void)e;
	for (size_t i = 0; i < rec->count; i++)
		bytes += rec->fields[i].len;
	*(uint64_t *)worker += bytes;
	pipeline_put_record(out, rec, p->delimiter);
	pipeline_end_record(out);
	return SO1_OK;
}

static int fail(const struct so1_error *e)
{
	char text[2048];

	error_format(e, text, sizeof text);
	if (!e->quiet)
		fprintf(stderr, "so1-pass: %s\n", text);
	return (int)e->status;
}

int main(int argc, char **argv)
{
	struct pass p = {.delimiter = ','};
	struct pipeline line = {.worker_new = start, .record = pass, .worker_free = finish,
				.context = &p, .threads = 1};
	struct reader_options in = {0};
	struct writer_options to = {0};
	struct rejects_options rejected = {0};
	struct reader *r = NULL;
	struct writer *w = NULL;
	struct so1_error e;
	int c;

	signal(SIGPIPE, SIG_IGN);
	cleanup_on_signals();
	while ((c = getopt(argc, argv, "j:o:tsR:S")) != -1) {
		if (c == 'j')
			line.threads = atoi(optarg);
		else if (c == 'o')
			to.path = optarg;
		else if (c == 't')
			p.delimiter = '\t';
		else if (c == 's')
			in.no_fast_lane = true;
		else if (c == 'S')
			to.seal = true;
		else if (c == 'R')
			rejected.path = optarg;
		else
			return 2;
	}
	to.delimiter = p.delimiter;
	in.threads = to.threads = line.threads;
	const char *seal = getenv("SO1_SEAL");
	in.seal_required = seal && strcmp(seal, "1") == 0;
	to.seal = to.seal || in.seal_required;
	enum so1_status status = rejects_open(&in.rejects, &rejected, &e);
	if (status == SO1_OK)
		status = reader_open(&r, (const char *const *)argv + optind, (size_t)(argc - optind), &in, &e);
	if (status == SO1_OK)
		status = writer_open(&w, &to, &e);
	if (status == SO1_OK)
		status = writer_put_header(w, reader_header(r), &e);
	if (status == SO1_OK)
		status = pipeline_run(&line, r, w, &e);
	if (status == SO1_OK)
		status = rejects_finish(in.rejects, reader_rows(r), &e);
	if (status == SO1_OK)
		status = writer_commit(w, &e);
	int result = status == SO1_OK ? 0 : fail(&e);
	writer_free(w);
	reader_close(r);
	rejects_free(in.rejects);
	return result;
}
