#include "ingest/ingest.h"

#include "ingest/row.h"

#include <stdlib.h>

/* A source made ready. */
struct source {
	struct map map;
	struct recipe recipe;
	struct reader *reader;
};

struct run {
	const struct ingest_options *options;
	struct products products;
	struct placeholders placeholders;
	struct source *sources;
};

static enum so1_status check_inputs(const struct ingest_options *o, struct so1_error *e)
{
	size_t standard = 0;

	for (size_t i = 0; i < o->source_count; i++) {
		const struct ingest_source *s = &o->sources[i];
		standard += s->count == 0;
		for (size_t f = 0; f < s->count; f++)
			standard += strcmp(s->files[f], "-") == 0;
	}
	if (standard > 1)
		return error_set(e, SO1_USAGE, "standard input can be read only once");
	return SO1_OK;
}

static enum so1_status open_source(struct run *run, size_t i, struct so1_error *e)
{
	const struct ingest_source *given = &run->options->sources[i];
	struct source *s = &run->sources[i];
	struct reader_options reader = run->options->reader;
	char delimiter;

	if (map_load(&s->map, given->map, e) != SO1_OK ||
	    recipe_settings(&s->recipe, &s->map, &delimiter, e) != SO1_OK)
		return e->status;
	if (reader.delimiter == '\0')
		reader.delimiter = delimiter;
	reader.seal_required = false;
	reader.allow_bad_utf8 = !s->recipe.decoder.is_utf8;
	reader.number_repeats = true;
	if (reader_open(&s->reader, given->files, given->count, &reader, e) != SO1_OK)
		return e->status;
	return recipe_bind(&s->recipe, reader_header(s->reader),
			 given->count ? given->files[0] : "(standard input)", e);
}

static enum so1_status prepare(struct run *run, struct so1_error *e)
{
	const struct ingest_options *o = run->options;

	if (check_inputs(o, e) != SO1_OK)
		return e->status;
	if (o->products && products_load(&run->products, o->products, e) != SO1_OK)
		return e->status;
	if (o->placeholders &&
	    placeholders_load(&run->placeholders, o->placeholders, e) != SO1_OK)
		return e->status;
	for (size_t i = 0; i < o->source_count; i++)
		if (open_source(run, i, e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

static enum so1_status put_header(struct writer *w, struct so1_error *e)
{
	struct header h = {0};

	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++)
		header_add(&h, slice_of(touchpoint_table[c].name));
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	return status;
}

static enum so1_status run_source(struct run *run, size_t i, struct writer *w,
				  struct ingest_totals *totals, struct so1_error *e)
{
	struct source *s = &run->sources[i];
	struct row_context context = {
		.recipe = &s->recipe,
		.products = run->options->products ? &run->products : NULL,
		.placeholders = run->options->placeholders ? &run->placeholders : NULL,
		.delimiter = writer_delimiter(w),
		.totals = &totals->counts,
	};
	struct pipeline p = {
		.worker_new = row_worker_new,
		.record = row_make,
		.worker_free = row_worker_free,
		.context = &context,
		.threads = run->options->threads,
	};
	enum so1_status status = pipeline_run(&p, s->reader, w, e);

	totals->rows_in += reader_rows(s->reader);
	/* A night's files may be many: each source's memory goes as it is done. */
	reader_close(s->reader);
	s->reader = NULL;
	return status;
}

enum so1_status ingest_run(const struct ingest_options *options, struct writer *w,
			   struct ingest_totals *totals, struct so1_error *e)
{
	struct run run = {.options = options};

	run.sources = xcalloc(options->source_count, sizeof *run.sources);
	enum so1_status status = prepare(&run, e);
	if (status == SO1_OK)
		status = put_header(w, e);
	for (size_t i = 0; i < options->source_count && status == SO1_OK; i++)
		status = run_source(&run, i, w, totals, e);
	totals->rows_out = writer_rows(w);
	for (size_t i = 0; i < options->source_count; i++) {
		reader_close(run.sources[i].reader);
		recipe_free(&run.sources[i].recipe);
		map_free(&run.sources[i].map);
	}
	free(run.sources);
	products_free(&run.products);
	placeholders_free(&run.placeholders);
	return status;
}
