#include "stream/reader.h"

#include "base/progress.h"
#include "base/table.h"
#include "stream/input.h"
#include "stream/reader_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <stdatomic.h>
#include <unistd.h>

#define LONGEST_RECORD ((size_t)1 << 30)

struct reader {
	struct reader_options options;
	char **files;
	size_t file_count, file; /* file: the one being read */
	struct input input;
	bool open;               /* input is */
	struct header header;
	struct dictionary places; /* names of the header: place by name */
	char delimiter;
	struct shape **shapes;    /* one a file; blocks in flight point to them */
	size_t shape_count, shape_cap;
	struct block *block;
	size_t next;              /* in block */
	atomic_bool stop;         /* a thread that waits for input is to give up */
	atomic_bool waiting;      /* it does */
	struct slice *fields;
	struct arena text;
	uint64_t rows;
	uint64_t bytes_before;    /* of the files before, for the progress bar */
};

/* All of them at once: that the third is missing should not show after an hour. */
static enum so1_status check_files(struct reader *r, struct so1_error *e)
{
	struct stat st;
	size_t standard = 0;
	uint64_t bytes = 0;
	bool sized = true;

	for (size_t i = 0; i < r->file_count; i++) {
		bool is_standard = strcmp(r->files[i], "-") == 0;
		standard += is_standard;
		if (!is_standard && access(r->files[i], R_OK) < 0)
			return error_set_errno(e, r->files[i], "cannot open");
		sized = sized && (is_standard ? fstat(STDIN_FILENO, &st) : stat(r->files[i], &st)) == 0 &&
			S_ISREG(st.st_mode);
		bytes += sized ? (uint64_t)st.st_size : 0;
	}
	if (standard > 1)
		return error_set(e, SO1_USAGE, "standard input ('-') can be read only once");
	progress_expect(r->options.progress, sized ? bytes : 0);
	return SO1_OK;
}

static enum so1_status take_first_header(struct reader *r, struct header *names, struct so1_error *e)
{
	for (size_t i = 0; i < names->count; i++) {
		bool added;
		dictionary_add(&r->places, names->names[i], &added);
		if (!added) {
			error_set(e, SO1_FAILED, "two columns of the same name");
			error_at(e, source_name(r->input.source), 0, NULL);
			return error_value(e, names->names[i]);
		}
	}
	r->header = *names;
	*names = (struct header){0};
	r->fields = xcalloc(r->header.count, sizeof *r->fields);
	return SO1_OK;
}

static enum so1_status wrong_name(const struct reader *r, const char *format, struct slice name,
				  struct so1_error *e)
{
	char *first = xstrdup(strcmp(r->files[0], "-") ? r->files[0] : "(standard input)");

	error_set(e, SO1_FAILED, "%s %s", format, first);
	error_at(e, source_name(r->input.source), 0, "header");
	free(first);
	return error_value(e, name);
}

/* places[i] for the names of a further file; freed and NULL where it is the identity. */
static enum so1_status match_header(const struct reader *r, const struct header *names,
				    size_t **places, struct so1_error *e)
{
	size_t *to = xcalloc(names->count, sizeof *to);
	bool *seen = xcalloc(r->header.count, sizeof *seen), same = true;
	enum so1_status status = SO1_OK;

	for (size_t i = 0; i < names->count && status == SO1_OK; i++) {
		uint32_t at = dictionary_find(&r->places, names->names[i]);
		if (at == DICTIONARY_NONE)
			status = wrong_name(r, "column that is not in", names->names[i], e);
		else if (seen[at])
			status = wrong_name(r, "column twice, unlike in", names->names[i], e);
		else
			seen[at] = true;
		to[i] = at;
		same = same && at == i;
	}
	for (size_t i = 0; i < r->header.count && status == SO1_OK; i++)
		if (!seen[i])
			status = wrong_name(r, "column is missing that is in", r->header.names[i], e);
	if (status == SO1_OK && !same && r->options.exact_columns)
		status = wrong_name(r, "columns are in another order than in", names->names[0], e);
	free(seen);
	if (same || status != SO1_OK) {
		free(to);
		to = NULL;
	}
	*places = to;
	return status;
}

static void add_shape(struct reader *r, char delimiter, size_t *places)
{
	struct shape *s = xcalloc(1, sizeof *s);

	s->name = xstrdup(source_name(r->input.source));
	s->delimiter = delimiter;
	s->columns = r->header.count;
	s->header = &r->header;
	s->places = places;
	s->canonical = places == NULL && delimiter == r->delimiter;
	s->check_utf8 = !r->options.allow_bad_utf8;
	snprintf(s->ragged, sizeof s->ragged, "wrong number of fields (the header has %zu)", s->columns);
	GROW(r->shapes, r->shape_cap, r->shape_count + 1);
	r->shapes[r->shape_count++] = s;
}

static enum so1_status open_file(struct reader *r, struct so1_error *e)
{
	struct header names = {0};
	size_t *places = NULL;
	char delimiter = ',';

	r->open = true;
	enum so1_status status = input_open(&r->input, r->files[r->file], &r->options,
					    &(struct source_signals){&r->stop, &r->waiting},
					    &names, &delimiter, e);
	if (status == SO1_OK && r->options.number_repeats)
		header_number_repeats(&names);
	if (status == SO1_OK && names.count == 0 && !r->options.allow_empty) {
		error_set(e, SO1_FAILED, "empty input, not even a header");
		status = error_at(e, source_name(r->input.source), 0, NULL);
	} else if (status == SO1_OK && names.count > 0 && r->header.count == 0) {
		r->delimiter = delimiter;
		status = take_first_header(r, &names, e);
	} else if (status == SO1_OK && names.count > 0) {
		status = match_header(r, &names, &places, e);
	}
	header_free(&names);
	if (status == SO1_OK)
		add_shape(r, delimiter, places);
	return status;
}

enum so1_status reader_open(struct reader **out, const char *const *files, size_t count,
			    const struct reader_options *options, struct so1_error *e)
{
	static const char *const standard[] = {"-"};
	struct reader *r = xcalloc(1, sizeof *r);

	*out = r;
	r->options = *options;
	r->file_count = count ? count : 1;
	r->files = xcalloc(r->file_count, sizeof *r->files);
	for (size_t i = 0; i < r->file_count; i++)
		r->files[i] = xstrdup(count ? files[i] : standard[0]);
	r->delimiter = options->delimiter ? options->delimiter : ',';
	if (options->delimiter == '"' || options->delimiter == '\n' || options->delimiter == '\r')
		return error_set(e, SO1_USAGE, "not a delimiter: a quote or a line end");
	/* Places in a block are 32 bits wide. */
	if (options->max_record > LONGEST_RECORD) {
		error_set(e, SO1_USAGE, "at most 1G");
		return error_at(e, NULL, 0, "--max-record");
	}
	enum so1_status status = check_files(r, e);
	if (status == SO1_OK)
		status = open_file(r, e);
	return status;
}

const struct header *reader_header(const struct reader *r)
{
	return &r->header;
}

char reader_delimiter(const struct reader *r)
{
	return r->delimiter;
}

static enum so1_status close_file(struct reader *r, struct so1_error *e)
{
	if (r->options.seal_required && !r->input.sealed) {
		error_set(e, SO1_FAILED,
			  "stream is not sealed: upstream died or SO1_SEAL was not set there");
		return error_at(e, source_name(r->input.source), 0, NULL);
	}
	r->bytes_before += source_bytes(r->input.source);
	input_close(&r->input);
	r->open = false;
	return SO1_OK;
}

enum so1_status reader_fill_block(struct reader *r, struct block *b, bool *more,
				  struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	*more = false;
	while (status == SO1_OK && (r->open || r->file + 1 < r->file_count)) {
		if (!r->open) {
			r->file++;
			status = open_file(r, e);
			if (status != SO1_OK)
				return status;
		}
		block_clear(b);
		b->shape = r->shapes[r->shape_count - 1];
		status = input_fill(&r->input, b, e);
		progress_update(r->options.progress, r->bytes_before + source_bytes(r->input.source),
				__atomic_load_n(&r->rows, __ATOMIC_RELAXED));
		if (status == SO1_OK && b->count > 0) {
			if (r->options.rejects)
				rejects_saw(r->options.rejects, b->count);
			*more = true;
			return SO1_OK;
		}
		if (status == SO1_OK)
			status = close_file(r, e);
	}
	return status;
}

void reader_count(struct reader *r, uint64_t rows)
{
	__atomic_fetch_add(&r->rows, rows, __ATOMIC_RELAXED);
}

uint64_t reader_rows(const struct reader *r)
{
	return r->rows;
}

static enum so1_status fatal_problem(const struct record *rec, const struct problem *p,
				     struct so1_error *e)
{
	char *column = xstrndup(p->column.ptr ? p->column.ptr : "", p->column.len);

	error_set(e, SO1_FAILED, "%s", p->reason);
	error_at(e, rec->file, rec->line, column);
	free(column);
	return error_value(e, p->value);
}

enum so1_status reader_report(struct reader *r, const struct record *rec, const struct problem *p,
			      struct so1_error *e)
{
	if (r->options.rejects == NULL || p->fatal)
		return fatal_problem(rec, p, e);
	char *column = xstrndup(p->column.ptr ? p->column.ptr : "", p->column.len);
	enum so1_status status = rejects_add(r->options.rejects, rec->file, rec->line, column,
					     p->reason, p->value, rec->raw, e);
	free(column);
	return status;
}

enum so1_status reader_reject(struct reader *r, const struct record *rec, const char *column,
			      const char *reason, struct slice value, struct so1_error *e)
{
	struct problem p = {.reason = reason, .column = slice_of(column), .value = value};

	return reader_report(r, rec, &p, e);
}

enum so1_status reader_next(struct reader *r, struct record *rec, bool *more, struct so1_error *e)
{
	struct problem p;

	for (;;) {
		while (r->block && r->next < r->block->count) {
			if (r->text.block)
				arena_reset(&r->text);
			r->rows++;
			*more = true;
			if (block_get(r->block, r->next++, r->fields, &r->text, rec, &p))
				return SO1_OK;
			enum so1_status status = reader_report(r, rec, &p, e);
			if (status != SO1_OK)
				return status;
		}
		if (r->block == NULL)
			r->block = block_new(0);
		r->next = 0;
		block_clear(r->block);
		enum so1_status status = reader_fill_block(r, r->block, more, e);
		if (status != SO1_OK || !*more) {
			*more = false;
			block_clear(r->block);
			return status;
		}
	}
}

void reader_stop(struct reader *r)
{
	atomic_store(&r->stop, true);
}

bool reader_is_waiting(const struct reader *r)
{
	return atomic_load(&r->waiting);
}

bool reader_would_wait(const struct reader *r)
{
	return r->open && source_would_wait(r->input.source);
}

void reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	if (r->open)
		input_close(&r->input);
	for (size_t i = 0; i < r->shape_count; i++) {
		free(r->shapes[i]->name);
		free(r->shapes[i]->places);
		free(r->shapes[i]);
	}
	for (size_t i = 0; i < r->file_count; i++)
		free(r->files[i]);
	free(r->files);
	free(r->shapes);
	block_free(r->block);
	arena_free(&r->text);
	free(r->fields);
	header_free(&r->header);
	dictionary_free(&r->places);
	free(r);
}
