#include "stream/input.h"

#include "stream/scan.h"
#include "stream/utf8.h"

#include <inttypes.h>
#include <stdlib.h>

/* Fits the second-level cache of what one finds today, together with what is written. */
enum { BLOCK_SIZE = 256 << 10, BLOCKS_TOTAL = 4 << 20 };

/* Many threads have many blocks under way: together they stay at a few megabytes. */
static size_t block_size(const struct reader_options *o)
{
	size_t share = o->threads > 0 ? BLOCKS_TOTAL / (size_t)o->threads : BLOCK_SIZE;

	if (o->block_size)
		return o->block_size;
	return share > BLOCK_SIZE ? BLOCK_SIZE : share;
}

static enum so1_status input_error(const struct input *in, uint64_t line, const char *reason,
				   struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	return error_at(e, source_name(in->source), line, NULL);
}

/* Reads more into the block, at the end of what is there. */
static enum so1_status read_more(struct input *in, struct block *b, struct so1_error *e)
{
	size_t n;

	if (b->len == b->cap)
		block_grow(b, b->cap * 2);
	enum so1_status status = wide_read(&in->wide, in->source, b->bytes + b->len,
					   b->cap - b->len, &n, e);
	if (status == SO1_OK) {
		b->len += n;
		in->end = n == 0;
		/* The scanner reads, and ignores, what is behind the end. */
		memset(b->bytes + b->len, 0, BLOCK_PADDING);
	}
	return status;
}

static void hash_bytes(struct input *in, const char *bytes, size_t n)
{
	if (in->hash)
		seal_hash_add(in->hash, bytes, n);
}

static void keep_tail(struct input *in, const struct block *b, size_t from)
{
	buffer_clear(&in->tail);
	buffer_put(&in->tail, b->bytes + from, b->len - from);
}

char delimiter_detect(struct slice line)
{
	static const char candidates[] = ",;\t|";
	size_t counts[4] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		const char *hit = line.ptr[i] ? strchr(candidates, line.ptr[i]) : NULL;
		if (line.ptr[i] == '"')
			quoted = !quoted;
		else if (hit && !quoted)
			counts[hit - candidates]++;
	}
	for (size_t i = 1; i < 4; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

/* Length of the header line, line breaks in quotes included; false when its end is not
 * among the bytes. */
static bool header_line(struct slice s, size_t *len)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s.ptr[i] == '\n' || s.ptr[i] == '\r')) {
			*len = i;
			return true;
		}
	}
	*len = s.len;
	return false;
}

static size_t first_line(struct slice s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != '\n' && s.ptr[i] != '\r')
		i++;
	return i;
}

/* Length of a byte order mark at the start. */
static size_t bom_length(const struct block *b)
{
	return b->len >= 3 && memcmp(b->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static enum so1_status check_name(const struct input *in, uint64_t line, struct slice name,
				  struct so1_error *e)
{
	const char *reason = NULL;

	if (slice_find_byte(name, '\0') < name.len)
		reason = "NUL byte in the header";
	else if (!in->options->allow_bad_utf8 && !utf8_is_valid(name))
		reason = "header is not UTF-8";
	if (reason == NULL)
		return SO1_OK;
	input_error(in, line, reason, e);
	return error_value(e, name);
}

static enum so1_status take_names(const struct input *in, uint64_t line, size_t count,
				  struct header *names, struct so1_error *e)
{
	for (size_t i = 0; i < count; i++) {
		struct slice name = strict_field(in->strict, i);
		enum so1_status status = check_name(in, line, name, e);
		if (status != SO1_OK)
			return status;
		header_add(names, name);
	}
	return SO1_OK;
}

/* A quote that never closes must not cost the file, not even in the header: its names
 * are read again from the line without quotes, the line goes to the rejects. */
static enum so1_status mend_header(struct input *in, struct slice line, struct header *names,
				   struct so1_error *e)
{
	struct strict_result r;
	struct buffer plain = {0};

	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] != '"')
			buffer_put_byte(&plain, line.ptr[i]);
	enum so1_status status = SO1_OK;
	if (plain.len == 0 ||
	    strict_parse(in->strict, buffer_slice(&plain), true, false, &r) != STRICT_RECORD)
		status = input_error(in, in->line, "quote never closed in the header", e);
	else
		status = take_names(in, in->line, r.count, names, e);
	buffer_free(&plain);
	return status;
}

static uint64_t count_lines(struct slice s, bool cr_lines)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '\n' ||
		     (cr_lines && s.ptr[i] == '\r' && (i + 1 == s.len || s.ptr[i + 1] != '\n'));
	return n;
}

/* A header was found or is broken: names, line ends, and where the records begin. */
static enum so1_status take_header(struct input *in, struct slice rest, enum strict_outcome outcome,
				   const struct strict_result *r, struct header *names,
				   struct so1_error *e)
{
	struct slice raw = slice_make(rest.ptr, r->size);
	enum so1_status status;
	uint64_t rows, hash;

	if (outcome == STRICT_RECORD) {
		in->cr_lines = r->consumed > r->size && rest.ptr[r->consumed - 1] == '\r' &&
			       r->consumed < rest.len;
		/* An upstream that had not even a header to write. */
		if (seal_parse(raw, &rows, &hash))
			return SO1_OK;
		status = take_names(in, in->line, r->count, names, e);
	} else if (strcmp(r->reason, "quote never closed") == 0 && !r->cut) {
		in->broken_header = *r;
		status = mend_header(in, raw, names, e);
	} else {
		status = input_error(in, in->line, r->reason, e);
		error_at(e, NULL, 0, "header");
		error_value(e, r->value);
	}
	if (outcome == STRICT_RECORD)
		in->line += count_lines(slice_make(rest.ptr, r->consumed), in->cr_lines);
	return status;
}

/* One attempt on what has been read. *done: the header is there, or the file has none. */
static enum so1_status try_header(struct input *in, struct block *b, struct header *names,
				  char *delimiter, bool *done, struct so1_error *e)
{
	struct strict_result r;
	size_t at = bom_length(b), len;
	enum so1_status status = SO1_OK;

	in->line = 1;
	*done = in->end;
	while (status == SO1_OK && at < b->len) {
		struct slice rest = slice_make(b->bytes + at, b->len - at);
		/* Bytes that happen to have arrived beyond that must not matter. */
		struct slice seen = rest.len > in->max_record ? slice_make(rest.ptr, in->max_record + 1) : rest;
		bool whole = header_line(seen, &len);
		if (!whole && !in->end && rest.len <= in->max_record)
			return SO1_OK;
		if (!whole)
			len = first_line(seen);
		*delimiter = in->options->delimiter ? in->options->delimiter
						    : delimiter_detect(slice_make(rest.ptr, len));
		strict_free(in->strict);
		in->strict = strict_new(*delimiter, in->max_record);
		enum strict_outcome outcome = strict_parse(in->strict, rest, in->end, false, &r);
		if (outcome == STRICT_MORE)
			return SO1_OK;
		if (outcome == STRICT_BROKEN || r.count > 0) {
			status = take_header(in, rest, outcome, &r, names, e);
			*done = true;
			if (names->count > 0 && in->broken_header.reason == NULL)
				at += r.consumed;
			break;
		}
		at += r.consumed; /* a blank line */
		in->line++;
	}
	if (status == SO1_OK && *done) {
		hash_bytes(in, b->bytes, at);
		keep_tail(in, b, at);
	}
	return status;
}

enum so1_status input_open(struct input *in, const char *path, const struct reader_options *options,
			   const struct source_signals *signals, struct header *names, char *delimiter,
			   struct so1_error *e)
{
	struct block *b = block_new(block_size(options));
	bool done = false;

	*in = (struct input){.options = options, .line = 1};
	in->max_record = options->max_record ? options->max_record : 1 << 20;
	enum so1_status status = source_open(&in->source, path, options->threads, signals, e);
	if (status == SO1_OK && source_may_be_sealed(in->source))
		in->hash = seal_hash_new();
	while (status == SO1_OK && !done) {
		status = read_more(in, b, e);
		if (status == SO1_OK)
			status = try_header(in, b, names, delimiter, &done, e);
	}
	block_free(b);
	return status;
}

static void add_strict(struct input *in, struct block *b, size_t at, uint32_t line,
		       const struct strict_result *r)
{
	GROW(b->records, b->record_cap, b->count + 1);
	GROW(b->fields, b->field_cap, b->field_count + r->count + 1);
	struct block_record *to = &b->records[b->count++];
	*to = (struct block_record){
		.start = (uint32_t)at, .end = (uint32_t)(at + r->size), .line = line,
		.kind = RECORD_STRICT, .flags = HAS_ODD, .first = (uint32_t)b->field_count,
		.fields = (uint32_t)r->count,
	};
	for (size_t i = 0; i < r->count; i++)
		b->fields[b->field_count++] = arena_copy(&b->text, strict_field(in->strict, i));
	/* libcsv sees no field in a blank line; in a file of one column it is an empty one. */
	if (r->count == 0) {
		b->fields[b->field_count++] = slice_make("", 0);
		to->fields = 1;
	}
}

static void add_broken(struct block *b, size_t at, uint32_t line, const struct strict_result *r)
{
	GROW(b->records, b->record_cap, b->count + 1);
	GROW(b->breakages, b->breakage_cap, b->breakage_count + 1);
	b->records[b->count++] = (struct block_record){
		.start = (uint32_t)at, .end = (uint32_t)(at + r->size), .line = line,
		.kind = RECORD_BROKEN, .first = (uint32_t)b->breakage_count,
	};
	b->breakages[b->breakage_count++] = (struct block_breakage){
		.reason = r->reason, .column = r->count, .value = arena_copy(&b->text, r->value),
	};
}

/* One record at `at` by libcsv. False when the bytes do not suffice. */
static bool parse_strictly(struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	struct slice rest = slice_make(b->bytes + *at, b->len - *at);
	struct strict_result r;
	enum strict_outcome outcome = strict_parse(in->strict, rest, in->end, in->cr_lines, &r);

	if (outcome == STRICT_MORE)
		return false;
	if (outcome == STRICT_BROKEN)
		add_broken(b, *at, *line, &r);
	else if (r.count > 0 || b->shape->columns == 1)
		add_strict(in, b, *at, *line, &r);
	*line += (uint32_t)count_lines(slice_make(rest.ptr, r.consumed), in->cr_lines);
	*at += r.consumed;
	in->skipping = outcome == STRICT_BROKEN && r.cut;
	return true;
}

/* Throws away the rest of a line that was too long. */
static void skip_line(struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	while (*at < b->len && in->skipping) {
		char c = b->bytes[*at];
		++*at;
		if (c == '\n' || (c == '\r' && in->cr_lines)) {
			in->skipping = false;
			++*line;
		}
	}
}

/* The header line that had to be mended counts as a record that is none. */
static void give_up_header(struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	struct strict_result *r = &in->broken_header;

	r->count = SIZE_MAX;
	r->value = slice_make(b->bytes + *at, r->size);
	add_broken(b, *at, *line, r);
	*line += (uint32_t)count_lines(slice_make(b->bytes + *at, r->consumed), in->cr_lines);
	*at += r->consumed;
	r->reason = NULL;
}

/* All records that are complete, from *at on. */
static void find_records(struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	for (;;) {
		bool irregular = true;
		skip_line(in, b, at, line);
		if (*at == b->len)
			return;
		if (in->broken_header.reason) {
			give_up_header(in, b, at, line);
			continue;
		}
		if (!in->options->no_fast_lane && !in->cr_lines) {
			struct scan_result s = scan_records(b, *at, *line, in->max_record);
			*at = s.next;
			*line += s.lines;
			irregular = s.irregular;
		}
		if (*at == b->len)
			return;
		/* Merely unfinished, and more to come. */
		if (!irregular && !in->end && b->len - *at <= in->max_record)
			return;
		if (!parse_strictly(in, b, at, line))
			return;
	}
}

static enum so1_status check_seal(struct input *in, struct slice raw, struct so1_error *e)
{
	uint64_t rows, hash;

	if (!seal_parse(raw, &rows, &hash))
		return SO1_OK;
	in->sealed = true;
	if (in->hash == NULL)
		return input_error(in, 0, "the file changed while it was read: its seal cannot be checked", e);
	if (rows == in->rows && hash == seal_hash_value(in->hash))
		return SO1_OK;
	if (rows != in->rows) {
		error_set(e, SO1_FAILED, "seal broken: it stands for %" PRIu64 " rows, %" PRIu64 " arrived",
			  rows, in->rows);
		return error_at(e, source_name(in->source), 0, NULL);
	}
	return input_error(in, 0, "seal broken: the bytes are not those that were sealed", e);
}

/* Whether the block's last record is, or begins like, a seal; a broken one never is. */
static bool ends_like_seal(const struct block *b)
{
	const struct block_record *r = b->count ? &b->records[b->count - 1] : NULL;

	return r && r->kind != RECORD_BROKEN &&
	       slice_starts_with(slice_make(b->bytes + r->start, r->end - r->start),
				 SLICE(SEAL_PREFIX));
}

/* A seal is one only at the very end: what begins like one waits until it is known
 * whether more follows. */
static void hold_back_seal(const struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	if (in->end || !ends_like_seal(b))
		return;
	const struct block_record *r = &b->records[--b->count];
	*at = r->start;
	*line = r->line;
}

static enum so1_status late_error(const struct input *in, struct so1_error *e)
{
	*e = in->error;
	return e->status;
}

/* The last block: verifies the seal and takes it off. A broken one is reported
 * when the records before it have been handed out, wherever blocks happen to end. */
static enum so1_status finish_file(struct input *in, struct block *b, size_t at, struct so1_error *e)
{
	struct slice raw = {0};
	uint64_t rows, hash;

	if (ends_like_seal(b)) {
		const struct block_record *r = &b->records[b->count - 1];
		raw = slice_make(b->bytes + r->start, r->end - r->start);
		if (seal_parse(raw, &rows, &hash)) {
			b->count--;
			at = r->start;
		}
	}
	hash_bytes(in, b->bytes, at);
	in->rows += b->count;
	in->failed = check_seal(in, raw, &in->error) != SO1_OK;
	return in->failed && b->count == 0 ? late_error(in, e) : SO1_OK;
}

/* Forgets the bytes before *at, in which there was no record: blank lines, or a line
 * that is being skipped, must not fill memory. */
static void discard(struct input *in, struct block *b, size_t *at, uint32_t *line)
{
	hash_bytes(in, b->bytes, *at);
	memmove(b->bytes, b->bytes + *at, b->len - *at);
	b->len -= *at;
	b->first_line += *line;
	*at = 0;
	*line = 0;
}

static void start_block(const struct input *in, struct block *b)
{
	size_t size = block_size(in->options);

	block_grow(b, in->tail.len >= size ? 2 * in->tail.len : size);
	if (in->tail.len)
		memcpy(b->bytes, in->tail.ptr, in->tail.len);
	b->len = in->tail.len;
	memset(b->bytes + b->len, 0, BLOCK_PADDING);
	b->first_line = in->line;
}

enum so1_status input_fill(struct input *in, struct block *b, struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	size_t at = 0;
	uint32_t line = 0;

	if (in->failed)
		return late_error(in, e);
	start_block(in, b);
	for (;;) {
		/* What came with the header, or was left over, may hold records. */
		find_records(in, b, &at, &line);
		hold_back_seal(in, b, &at, &line);
		if (b->count > 0 || in->end)
			break;
		discard(in, b, &at, &line);
		status = read_more(in, b, e);
		if (status != SO1_OK)
			return status;
	}
	keep_tail(in, b, at);
	in->line = b->first_line + line;
	if (in->end)
		return finish_file(in, b, at, e);
	hash_bytes(in, b->bytes, at);
	in->rows += b->count;
	return SO1_OK;
}

void input_close(struct input *in)
{
	wide_free(&in->wide);
	source_close(in->source);
	strict_free(in->strict);
	seal_hash_free(in->hash);
	buffer_free(&in->tail);
	*in = (struct input){0};
}
