#include "stream/strict.h"

#include "base/memory.h"

#include <csv.h>
#include <stdlib.h>

struct strict {
	struct csv_parser csv;
	char delimiter;
	size_t max_record;
	struct buffer text; /* the fields one after the other */
	size_t *ends;       /* where each ends in text */
	size_t count, cap;
	bool row_done;
};

static int never(unsigned char c)
{
	(void)c;
	return 0;
}

static void start_parser(struct strict *s)
{
	if (csv_init(&s->csv, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
		abort();
	csv_set_delim(&s->csv, (unsigned char)s->delimiter);
	csv_set_space_func(&s->csv, never);
	/* Its default is 128 bytes at a time. */
	csv_set_blk_size(&s->csv, 16384);
}

struct strict *strict_new(char delimiter, size_t max_record)
{
	struct strict *s = xcalloc(1, sizeof *s);

	s->delimiter = delimiter;
	s->max_record = max_record;
	start_parser(s);
	return s;
}

void strict_free(struct strict *s)
{
	if (s == NULL)
		return;
	csv_free(&s->csv);
	buffer_free(&s->text);
	free(s->ends);
	free(s);
}

static void on_field(void *bytes, size_t n, void *context)
{
	struct strict *s = context;

	buffer_put(&s->text, bytes, n);
	GROW(s->ends, s->cap, s->count + 1);
	s->ends[s->count++] = s->text.len;
}

static void on_row(int c, void *context)
{
	struct strict *s = context;

	(void)c;
	s->row_done = true;
}

static void restart(struct strict *s)
{
	csv_free(&s->csv);
	start_parser(s);
}

static size_t find_terminator(struct slice b, size_t from)
{
	for (; from < b.len; from++)
		if (b.ptr[from] == '\n' || b.ptr[from] == '\r')
			break;
	return from;
}

/* Behind the physical line that `from` lies on; SIZE_MAX when the bytes do not tell. */
static size_t line_end(struct slice b, size_t from, bool cr_lines, size_t *size)
{
	size_t at = cr_lines ? find_terminator(b, from)
			     : from + slice_find_byte(slice_make(b.ptr + from, b.len - from), '\n');

	if (at == b.len)
		return SIZE_MAX;
	*size = at;
	if (b.ptr[at] == '\n') {
		if (at > 0 && b.ptr[at - 1] == '\r')
			--*size;
		return at + 1;
	}
	return at + 1 < b.len && b.ptr[at + 1] == '\n' ? at + 2 : at + 1;
}

/* Where field number `index` starts. What comes before is well formed (libcsv took
 * it), so quotes simply toggle. */
static size_t field_start(struct slice b, size_t index, char delimiter)
{
	bool quoted = false;
	size_t i = 0;

	for (; index > 0 && i < b.len; i++) {
		if (b.ptr[i] == '"')
			quoted = !quoted;
		else if (b.ptr[i] == delimiter && !quoted)
			index--;
	}
	return i;
}

enum breakage { BROKEN_QUOTE, NEVER_CLOSED, TOO_LONG };

static const char *reason_of(enum breakage what, bool quoted)
{
	if (what == BROKEN_QUOTE)
		return quoted ? "text behind a closing quote" : "quote inside an unquoted field";
	return quoted ? "quote never closed" : "record too long";
}

/* libcsv stopped at `at`. `seen` are the bytes a decision may rest on: at most max_record + 1. */
static enum strict_outcome give_up(struct strict *s, enum breakage what, size_t at,
				   struct slice seen, bool last, bool cr_lines,
				   struct strict_result *out)
{
	size_t start = field_start(seen, s->count, s->delimiter);
	bool whole = seen.len > s->max_record;
	size_t size = seen.len, next = line_end(seen, start, cr_lines, &size);

	if (next == SIZE_MAX) {
		if (!whole && !last)
			return STRICT_MORE;
		next = size = seen.len;
		out->cut = whole;
	} else if (cr_lines && next == seen.len && seen.ptr[next - 1] == '\r' && !last && !whole) {
		return STRICT_MORE; /* a LF may belong to it */
	}
	/* The quote that offends on a later line was not meant to close this one. */
	if (what == BROKEN_QUOTE && at >= next)
		what = NEVER_CLOSED;
	out->size = size;
	out->consumed = next;
	out->count = s->count;
	out->reason = reason_of(what, start < seen.len && seen.ptr[start] == '"');
	out->value = start < size ? slice_make(seen.ptr + start, size - start) : slice_make("", 0);
	return STRICT_BROKEN;
}

static enum strict_outcome finish_row(size_t at, struct slice bytes, bool last,
				      struct strict_result *out)
{
	out->size = at;
	out->consumed = at + 1;
	if (bytes.ptr[at] != '\r')
		return STRICT_RECORD;
	if (at + 1 == bytes.len)
		return last ? STRICT_RECORD : STRICT_MORE;
	if (bytes.ptr[at + 1] == '\n')
		out->consumed++;
	return STRICT_RECORD;
}

/* libcsv calls back in the middle of what it is fed, and a row can end only at a CR or
 * LF: fed up to each of those, its row's end is known to the byte. */
enum strict_outcome strict_parse(struct strict *s, struct slice bytes, bool last, bool cr_lines,
				 struct strict_result *out)
{
	struct slice seen = bytes;
	size_t at = 0;

	*out = (struct strict_result){0};
	if (seen.len > s->max_record + 1)
		seen.len = s->max_record + 1;
	buffer_clear(&s->text);
	s->count = 0;
	s->row_done = false;
	while (at < seen.len) {
		size_t end = find_terminator(seen, at);
		size_t piece = end - at + (end < seen.len);
		size_t done = csv_parse(&s->csv, seen.ptr + at, piece, on_field, on_row, s);
		if (done < piece) {
			restart(s);
			return give_up(s, BROKEN_QUOTE, at + done, seen,
				       last && seen.len == bytes.len, cr_lines, out);
		}
		if (s->row_done) {
			out->count = s->count;
			enum strict_outcome outcome = finish_row(end, bytes, last, out);
			return outcome;
		}
		at += piece;
	}
	if (seen.len > s->max_record) {
		restart(s);
		return give_up(s, TOO_LONG, seen.len, seen, false, cr_lines, out);
	}
	if (!last) {
		restart(s);
		return STRICT_MORE;
	}
	int failed = csv_fini(&s->csv, on_field, on_row, s);
	restart(s);
	if (failed)
		return give_up(s, NEVER_CLOSED, seen.len, seen, true, cr_lines, out);
	out->size = out->consumed = seen.len;
	out->count = s->count;
	return STRICT_RECORD;
}

struct slice strict_field(const struct strict *s, size_t i)
{
	size_t start = i ? s->ends[i - 1] : 0;

	return slice_make((s->text.ptr ? s->text.ptr : "") + start, s->ends[i] - start);
}
