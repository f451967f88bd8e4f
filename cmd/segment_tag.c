#include "cmd/segment_tag.h"

#include "segment/cluster_fit.h"
#include "stream/spill.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { MEMORY_DEFAULT = 256 << 20, RECORD_MOST = 1 << 30 };

static enum so1_status usage(struct so1_error *e, const char *option, const char *reason)
{
	error_set(e, SO1_USAGE, "%s", reason);
	return error_at(e, NULL, 0, option);
}

enum so1_status tag_check(const struct tag_options *o, bool others, struct so1_error *e)
{
	if (o->rfm_columns && !o->rfm)
		return usage(e, "--rfm-columns", "needs --rfm");
	if (o->cluster == NULL && o->columns)
		return usage(e, "--columns", "needs --cluster");
	if (o->cluster == NULL && o->ignore)
		return usage(e, "--ignore", "needs --cluster");
	if (o->cluster == NULL && o->scale >= 0)
		return usage(e, "--scale", "needs --cluster");
	if (o->cluster && (others || o->rfm || o->clusters))
		return usage(e, "--cluster", "writes a model and no rows: no --rules, --summary, "
			     "--rfm or --clusters beside it");
	return SO1_OK;
}

static void put_option(struct buffer *b, const char *option, const char *value)
{
	if (value == NULL)
		return;
	buffer_printf(b, " %s ", option);
	tool_put_word(b, value);
}

/* What was asked for, without what does not change the model (--output, --threads,
 * --memory …), so that the same model is the same bytes. */
static const char *put_command(const struct tag_options *o, const struct tool_run *run,
			       struct buffer *b)
{
	static const char *const scales[] = {"auto", "linear", "log"};

	buffer_put_text(b, "so1-segment");
	put_option(b, "--cluster", o->cluster);
	put_option(b, "--columns", o->columns);
	put_option(b, "--ignore", o->ignore);
	put_option(b, "--scale", o->scale >= 0 ? scales[o->scale] : NULL);
	for (size_t i = 0; i < run->operands.count; i++) {
		buffer_put_byte(b, ' ');
		tool_put_word(b, run->operands.items[i]);
	}
	return buffer_text(b);
}

enum so1_status tag_fit(const struct tag_options *o, struct tool_run *run, struct so1_error *e)
{
	struct buffer command = {0};
	struct cluster_request q = {
		.numbers = {
			.columns = o->columns,
			.ignore = o->ignore,
			.scale = o->scale >= 0 ? (enum number_scale)o->scale : NUMBERS_AUTO,
			/* A quarter is for the reader and the sums. */
			.memory = tool_memory(run, MEMORY_DEFAULT) / 4 * 3,
			.tmpdir = run->common.tmpdir,
			.threads = (int)run->common.threads,
		},
		.command = put_command(o, run, &command),
	};
	struct model_file model = {0};
	struct reader *r = NULL;
	uint64_t rows = 0;
	enum so1_status status = cluster_count_parse(o->cluster, &q.k, e);

	if (status == SO1_OK)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK)
		status = cluster_fit(&q, r, &run->summary, &model, &rows, e);
	if (status == SO1_OK)
		status = rejects_check(run->rejects, e);
	if (status == SO1_OK)
		status = model_file_write(&model, run->common.output, e);
	if (status == SO1_OK) {
		tool_summarise(run, r, 0, 0);
		summary_out(&run->summary, "clustered", rows);
	}
	reader_close(r);
	model_file_free(&model);
	buffer_free(&command);
	return status;
}

enum so1_status tags_load(struct tags *t, const struct tag_options *o, struct so1_error *e)
{
	*t = (struct tags){.any = o->rfm || o->clusters, .spool = -1};
	return o->clusters ? cluster_model_read(&t->clusters, o->clusters, e) : SO1_OK;
}

static struct rfm_options rfm_options(const struct tag_options *o, const struct tool_run *run)
{
	struct rfm_options options = {.columns = o->rfm_columns};

	if (run) {
		options.memory = tool_memory(run, MEMORY_DEFAULT);
		options.tmpdir = run->common.tmpdir;
		options.threads = (int)run->common.threads;
	}
	return options;
}

enum so1_status tags_bind(struct tags *t, const struct tag_options *o, const struct reader *r,
			  bool replace, struct so1_error *e)
{
	struct rfm_options options = rfm_options(o, NULL);
	enum so1_status status = SO1_OK;

	if (o->rfm)
		status = rfm_bind(&t->rfm, &options, r, e);
	if (status == SO1_OK && o->clusters)
		status = cluster_model_bind(&t->clusters, reader_header(r), e);
	if (status == SO1_OK && t->any)
		status = additions_init(&t->additions, reader_header(r), o->rfm ? &t->rfm : NULL,
					o->clusters ? &t->clusters : NULL, replace, e);
	return status;
}

const struct header *tags_header(const struct tags *t, const struct reader *r)
{
	return t->any ? &t->additions.header : reader_header(r);
}

/* What the second pass will want of a row, while it can still be rejected with its place. */
static enum so1_status check_cluster(const void *context, const struct slice *fields,
				     struct arena *text, struct so1_error *e)
{
	size_t cluster;

	return cluster_model_row(context, fields, text, &cluster, e);
}

static enum so1_status open_second(struct tags *t, const struct tool_run *run,
				   struct so1_error *e)
{
	char path[32];
	const char *files[] = {path};
	struct reader_options options = {
		.delimiter = ',',
		.threads = (int)run->common.threads,
		/* Of rows that were read once: quotes may have made them longer. */
		.max_record = RECORD_MOST,
		.allow_bad_utf8 = true,
	};

	/* A file description of its own, at the start of the file. */
	snprintf(path, sizeof path, "/dev/fd/%d", t->spool);
	return reader_open(&t->second, files, 1, &options, e);
}

enum so1_status tags_measure(struct tags *t, const struct tag_options *o, struct tool_run *run,
			     struct reader **r, struct so1_error *e)
{
	struct rfm_options options = rfm_options(o, run);
	struct writer_options spool = {.spool = &t->spool, .tmpdir = run->common.tmpdir};
	struct writer *w = NULL;

	if (!o->rfm)
		return SO1_OK;
	if (spool_create(run->common.tmpdir, &t->spool, e) != SO1_OK)
		return e->status;
	enum so1_status status = writer_open(&w, &spool, e);
	if (status == SO1_OK)
		status = rfm_measure(&t->rfm, &options, *r, w, o->clusters ? check_cluster : NULL,
				     &t->clusters, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	if (status == SO1_OK)
		status = open_second(t, run, e);
	if (status == SO1_OK)
		*r = t->second;
	return status;
}

void tags_free(struct tags *t)
{
	reader_close(t->second);
	if (t->spool >= 0)
		close(t->spool);
	additions_free(&t->additions);
	cluster_model_free(&t->clusters);
	rfm_free(&t->rfm);
}
