#include "stream/rejects.h"

#include "base/memory.h"
#include "base/table.h"
#include "stream/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct rejects {
	struct writer *writer;      /* NULL: only counted */
	bool limited, percent;
	uint64_t limit;             /* rows, or millionths of a percent */
	uint64_t count, rows;
	struct dictionary reasons;  /* "column: reason" */
	uint64_t *counts;           /* by reason */
	size_t counts_cap;
	struct buffer text;
	bool finished;
};

/* "100", "2%", "0.5%": into rows or millionths of a percent. */
static bool parse_limit(struct rejects *r, const char *text)
{
	struct slice s = slice_of(text);
	uint64_t whole = 0, fraction = 0, unit = 1000000;
	size_t i = 0, digits = 0;

	r->percent = s.len > 0 && s.ptr[s.len - 1] == '%';
	if (r->percent)
		s.len--;
	for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, digits++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(s.ptr[i] - '0'), &whole))
			return false;
	if (r->percent && i < s.len && s.ptr[i] == '.')
		for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, digits++) {
			unit /= 10;
			fraction += unit * (uint64_t)(s.ptr[i] - '0');
		}
	r->limit = r->percent ? whole * 1000000 + fraction : whole;
	return i == s.len && digits > 0 && (!r->percent || whole <= 100);
}

static enum so1_status open_file(struct rejects *r, const char *path, struct so1_error *e)
{
	static const char *const names[] = {"file", "line", "column", "reason", "value", "record"};
	struct header h = {0};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_open(&r->writer, &(struct writer_options){.path = path}, e);
	if (status == SO1_OK)
		status = writer_put_header(r->writer, &h, e);
	header_free(&h);
	return status;
}

enum so1_status rejects_open(struct rejects **out, const struct rejects_options *options,
			     struct so1_error *e)
{
	struct rejects *r = xcalloc(1, sizeof *r);

	*out = r;
	if (options->limit != NULL) {
		r->limited = true;
		if (!parse_limit(r, options->limit)) {
			error_set(e, SO1_USAGE, "not a number of rows, nor a percentage");
			error_at(e, NULL, 0, "--max-rejects");
			return error_value(e, slice_of(options->limit));
		}
	}
	return options->path ? open_file(r, options->path, e) : SO1_OK;
}

static void count_reason(struct rejects *r, const char *column, const char *reason)
{
	bool added;

	buffer_clear(&r->text);
	if (column && column[0])
		buffer_printf(&r->text, "%s: ", column);
	buffer_put_text(&r->text, reason);
	uint32_t id = dictionary_add(&r->reasons, buffer_slice(&r->text), &added);
	GROW(r->counts, r->counts_cap, (size_t)id + 1);
	if (added)
		r->counts[id] = 0;
	r->counts[id]++;
	r->count++;
}

static enum so1_status write_reject(struct rejects *r, const char *file, uint64_t line,
				    const char *column, const char *reason, struct slice value,
				    struct slice record, struct so1_error *e)
{
	buffer_clear(&r->text);
	buffer_printf(&r->text, "%" PRIu64, line);
	writer_put_field(r->writer, slice_of(file));
	writer_put_field(r->writer, line ? buffer_slice(&r->text) : slice_make("", 0));
	writer_put_field(r->writer, slice_of(column));
	writer_put_field(r->writer, slice_of(reason));
	writer_put_field(r->writer, value);
	writer_put_field(r->writer, record);
	return writer_end_record(r->writer, e);
}

static enum so1_status reject_error(const char *file, uint64_t line, const char *column,
				    const char *reason, struct slice value, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_at(e, file, line, column);
	return value.len ? error_value(e, value) : SO1_FAILED;
}

enum so1_status rejects_add(struct rejects *r, const char *file, uint64_t line, const char *column,
			    const char *reason, struct slice value, struct slice record,
			    struct so1_error *e)
{
	count_reason(r, column, reason);
	if (r->writer == NULL && !r->limited)
		return reject_error(file, line, column, reason, value, e);
	if (r->writer) {
		enum so1_status status = write_reject(r, file, line, column, reason, value, record, e);
		if (status != SO1_OK)
			return status;
	}
	if (!r->limited || r->percent || r->count <= r->limit)
		return SO1_OK;
	reject_error(file, line, column, reason, value, e);
	/* The record that broke the camel's back is named with its reason. */
	char text[sizeof e->reason];
	memcpy(text, e->reason, sizeof text);
	snprintf(e->reason, sizeof e->reason, "more than %" PRIu64 " rejected; this one: %.400s",
		 r->limit, text);
	return SO1_FAILED;
}

uint64_t rejects_count(const struct rejects *r)
{
	return r->count;
}

size_t rejects_reasons(const struct rejects *r)
{
	return r->reasons.count;
}

struct slice rejects_reason(const struct rejects *r, size_t i, uint64_t *count)
{
	*count = r->counts[i];
	return dictionary_item(&r->reasons, (uint32_t)i);
}

/* count / rows > limit %, without rounding. */
static enum so1_status check_percent(const struct rejects *r, uint64_t rows, struct so1_error *e)
{
	if (!r->limited || !r->percent ||
	    (unsigned __int128)r->count * 100000000 <= (unsigned __int128)r->limit * rows)
		return SO1_OK;
	return error_set(e, SO1_FAILED, "%" PRIu64 " of %" PRIu64 " rows rejected, more than %g%%",
			 r->count, rows, (double)r->limit / 1e6);
}

void rejects_saw(struct rejects *r, uint64_t rows)
{
	__atomic_fetch_add(&r->rows, rows, __ATOMIC_RELAXED);
}

enum so1_status rejects_check(const struct rejects *r, struct so1_error *e)
{
	return check_percent(r, __atomic_load_n(&r->rows, __ATOMIC_RELAXED), e);
}

enum so1_status rejects_finish(struct rejects *r, uint64_t rows_in, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	if (r->writer && !r->finished)
		status = writer_commit(r->writer, e);
	r->finished = true;
	return status == SO1_OK ? check_percent(r, rows_in, e) : status;
}

void rejects_free(struct rejects *r)
{
	if (r == NULL)
		return;
	writer_free(r->writer);
	dictionary_free(&r->reasons);
	free(r->counts);
	buffer_free(&r->text);
	free(r);
}
