#include "dedupe/registry_file.h"

#include "base/number.h"
#include "stream/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header_line[] = "identifier,customer_id,kind,since\n";

static const char *const kind_names[KIND_COUNT] = {
	[KIND_CUSTOMER] = "customer", [KIND_REDIRECT] = "redirect", [KIND_ERASED] = "erased",
	[KIND_SOURCE_ID] = "source_id", [KIND_LOYALTY_ID] = "loyalty_id", [KIND_EMAIL] = "email",
	[KIND_PHONE] = "phone", [KIND_SOCIAL] = "social", [KIND_DEVICE] = "device_id",
	[KIND_RECORD] = "record",
};

const char *registry_kind_name(enum registry_kind kind)
{
	return kind_names[kind];
}

enum registry_kind registry_kind_of(struct slice name)
{
	int k = 0;

	/* Once for each line of a registry: most differ in the first letter. */
	while (k < KIND_COUNT && (name.len == 0 || *name.ptr != *kind_names[k] ||
				  !slice_is(name, kind_names[k])))
		k++;
	return (enum registry_kind)k;
}

enum registry_kind registry_kind_of_layer(enum layer layer)
{
	switch (layer) {
	case LAYER_SOURCE_ID: return KIND_SOURCE_ID;
	case LAYER_LOYALTY_ID: return KIND_LOYALTY_ID;
	case LAYER_EMAIL: return KIND_EMAIL;
	case LAYER_PHONE: return KIND_PHONE;
	case LAYER_SOCIAL: return KIND_SOCIAL;
	default: return KIND_DEVICE;
	}
}

/* The value of a digit of Crockford's base32, + 1; 0 for what is none. */
static const uint8_t digit_values[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
	['f'] = 16, ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22,
	['p'] = 23, ['q'] = 24, ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29,
	['x'] = 30, ['y'] = 31, ['z'] = 32,
};

bool customer_id_parse(struct slice text, struct customer_id *id)
{
	unsigned digit = 0;
	bool fits = text.len == CUSTOMER_ID_LENGTH;

	id->high = 0;
	for (int i = 0; fits && i < CUSTOMER_ID_LENGTH; i++) {
		unsigned value = digit_values[(unsigned char)text.ptr[i]];
		fits = value > 0;
		digit = value - 1;
		/* The last digit has four bits for high and one for low. */
		id->high = i < 12 ? id->high << 5 | digit : id->high << 4 | digit >> 1;
	}
	id->low = digit & 1;
	return fits;
}

bool registry_identifier_fits(struct slice identifier)
{
	return identifier.len > 0 && !memchr(identifier.ptr, '\n', identifier.len) &&
	       !memchr(identifier.ptr, '\r', identifier.len);
}

void registry_put_source_id(struct buffer *b, struct slice source, struct slice source_id)
{
	for (size_t i = 0; i < source.len; i++) {
		if (source.ptr[i] == ':')
			buffer_put_text(b, "%3A");
		else if (source.ptr[i] == '%')
			buffer_put_text(b, "%25");
		else
			buffer_put_byte(b, source.ptr[i]);
	}
	buffer_put_byte(b, ':');
	buffer_put_slice(b, source_id);
}

static enum so1_status damaged(const struct registry_file *f, size_t at, const char *what,
			       struct so1_error *e)
{
	uint64_t line = 1;

	for (size_t i = 0; i < at && i < f->mapped; i++)
		line += f->bytes[i] == '\n';
	error_set(e, SO1_FAILED, "registry refused: %s; restore the last good copy", what);
	return error_at(e, f->path, line, NULL);
}

static enum so1_status take_lock(struct registry_file *f, struct so1_error *e)
{
	struct buffer name = {0};

	buffer_printf(&name, "%s.lock", f->path);
	f->lock = open(buffer_text(&name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (f->lock < 0) {
		error_set_errno(e, buffer_text(&name), "cannot lock the registry");
	} else if (flock(f->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK) {
			error_set(e, SO1_FAILED, "registry in use by another so1-dedupe (it holds "
				  "the lock on this file); run again when it is done");
			error_at(e, buffer_text(&name), 0, NULL);
		} else {
			error_set_errno(e, buffer_text(&name), "cannot lock the registry");
		}
	}
	buffer_free(&name);
	return e->status;
}

/* The header, and the seal that covers all bytes before it. */
static enum so1_status verify(struct registry_file *f, struct so1_error *e)
{
	size_t size = f->mapped, last = size;
	uint64_t rows, hash;

	if (size == 0 || f->bytes[size - 1] != '\n')
		return damaged(f, size, "cut short", e);
	for (last = size - 1; last > 0 && f->bytes[last - 1] != '\n'; last--)
		;
	if (!seal_parse(slice_make(f->bytes + last, size - last - 1), &rows, &hash))
		return damaged(f, last, "its last line is no checksum", e);
	struct seal_hash *h = seal_hash_new();
	seal_hash_add(h, f->bytes, last);
	bool same = seal_hash_value(h) == hash;
	seal_hash_free(h);
	/* The lines are covered by the hash, their number is not. */
	uint64_t lines = 0;
	for (const char *p = f->bytes, *end = p + last; p < end; lines++)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	if (!same || lines != rows + 1)
		return damaged(f, last, "its content is not what the checksum says", e);
	if (!slice_starts_with(slice_make(f->bytes, last), SLICE(header_line)))
		return damaged(f, 0, "no registry: the header is not identifier,customer_id,kind,"
			       "since", e);
	f->begin = sizeof header_line - 1;
	f->end = last;
	f->rows = rows;
	f->hash = hash;
	return SO1_OK;
}

static enum so1_status map_file(struct registry_file *f, int fd, struct so1_error *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set_errno(e, f->path, "cannot read");
	if (!S_ISREG(st.st_mode)) {
		error_set(e, SO1_FAILED, "a registry must be a regular file");
		return error_at(e, f->path, 0, NULL);
	}
	f->version[0] = (uint64_t)st.st_ino;
	f->version[1] = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	f->version[2] = (uint64_t)st.st_size;
	f->bytes = "";
	if (st.st_size > 0) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (p == MAP_FAILED)
			return error_set_errno(e, f->path, "cannot read");
		f->bytes = p;
		f->mapped = (size_t)st.st_size;
	}
	return verify(f, e);
}

enum so1_status registry_file_open(struct registry_file *f, const char *path, bool write,
				   struct so1_error *e)
{
	*f = (struct registry_file){.lock = -1, .path = xstrdup(path)};
	e->status = SO1_OK;
	if (write && take_lock(f, e))
		return e->status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT && write)
		return SO1_OK;
	if (fd < 0)
		return error_set_errno(e, path, "cannot open the registry");
	map_file(f, fd, e);
	close(fd);
	return e->status;
}

void registry_file_close(struct registry_file *f)
{
	if (f->path == NULL)
		return;
	if (f->mapped)
		munmap((void *)(uintptr_t)f->bytes, f->mapped);
	if (f->lock >= 0)
		close(f->lock);
	free(f->path);
	*f = (struct registry_file){.lock = -1};
}

bool registry_file_changed(const struct registry_file *f)
{
	struct stat st;

	return stat(f->path, &st) == 0 &&
	       (f->version[0] != (uint64_t)st.st_ino || f->version[2] != (uint64_t)st.st_size ||
		f->version[1] != (uint64_t)st.st_mtim.tv_sec * 1000000000u +
				 (uint64_t)st.st_mtim.tv_nsec);
}

/* One field that ends before `stop`, quoted only where there is scratch; NULL when it
 * does not. */
static const char *take_field(const char *p, const char *end, char stop, struct slice *field,
			      struct buffer *scratch)
{
	if (p < end && *p == '"') {
		if (scratch == NULL)
			return NULL;
		buffer_clear(scratch);
		for (p++; p < end; p++) {
			if (*p == '"' && (p + 1 == end || p[1] != '"'))
				break;
			p += *p == '"';
			buffer_put_byte(scratch, *p);
		}
		*field = buffer_slice(scratch);
		return p + 1 < end && p[1] == stop ? p + 2 : NULL;
	}
	const char *q = p < end ? memchr(p, stop, (size_t)(end - p)) : NULL;
	if (q == NULL)
		return NULL;
	*field = slice_make(p, (size_t)(q - p));
	return q + 1;
}

static bool parse_line(const char *p, const char *end, struct registry_line *line,
		       struct buffer *scratch)
{
	struct slice owner, kind, since;
	int64_t n = 0;

	p = take_field(p, end, ',', &line->identifier, scratch);
	p = p ? take_field(p, end, ',', &owner, NULL) : NULL;
	p = p ? take_field(p, end, ',', &kind, NULL) : NULL;
	p = p ? take_field(p, end, '\n', &since, NULL) : NULL;
	if (p != end)
		return false;
	line->kind = registry_kind_of(kind);
	line->has_owner = owner.len > 0;
	if (line->kind == KIND_COUNT || line->has_owner != (line->kind != KIND_ERASED) ||
	    (line->has_owner && !customer_id_parse(owner, &line->owner)))
		return false;
	if (line->kind == KIND_CUSTOMER &&
	    (!number_parse_int(since, &n) || n < 1 || n > UINT32_MAX))
		return false;
	line->since = (uint32_t)n;
	return true;
}

/* …,customer_id,kind,\n: identifiers have no `since`, and kinds no comma. */
struct slice registry_line_owner_text(const char *line, size_t len)
{
	size_t end = len >= 2 ? len - 2 : 0; /* at the comma behind the kind */

	while (end > 0 && line[end - 1] != ',')
		end--;
	if (end < 1 + CUSTOMER_ID_LENGTH)
		return SLICE("");
	return slice_make(line + end - 1 - CUSTOMER_ID_LENGTH, CUSTOMER_ID_LENGTH);
}

enum so1_status registry_line_damaged(const struct registry_file *f, size_t at,
				      struct so1_error *e)
{
	return damaged(f, at, "not a line of a registry", e);
}

bool registry_file_next(const struct registry_file *f, size_t *at, struct registry_line *line,
			struct buffer *scratch, struct so1_error *e)
{
	if (f->bytes == NULL || *at >= f->end)
		return false;
	const char *p = f->bytes + *at;
	const char *lf = memchr(p, '\n', f->end - *at);
	const char *end = lf ? lf + 1 : f->bytes + f->end;
	if (!parse_line(p, end, line, scratch)) {
		registry_line_damaged(f, *at, e);
		return false;
	}
	line->raw = slice_make(p, (size_t)(end - p));
	*at += line->raw.len;
	return true;
}

/* How the identifier compares to the line at `at`, which is read; *at moves behind it. */
static int compare_line(const struct registry_file *f, size_t *at, enum registry_kind kind,
			struct slice identifier, struct registry_line *line,
			struct buffer *scratch, struct so1_error *e)
{
	if (!registry_file_next(f, at, line, scratch, e))
		return 0;
	return line->kind != kind ? (int)kind - (int)line->kind
				  : slice_compare(identifier, line->identifier);
}

/* The start of the line in [low, high) that has the byte at `at`. */
static size_t line_start(const struct registry_file *f, size_t low, size_t at)
{
	const char *lf = at > low ? memrchr(f->bytes + low, '\n', at - low) : NULL;

	return lf ? (size_t)(lf + 1 - f->bytes) : low;
}

/* How the identifier compares to that of the line at p; the file ends at `end`. False where that
 * cannot be told without taking the line apart. */
static bool compare_plain(const char *p, const char *end, struct slice identifier, int *c)
{
	size_t n = 0, most = (size_t)(end - p) < identifier.len ? (size_t)(end - p) : identifier.len;

	if (p == end || *p == '"')
		return false;
	while (n < most && p[n] == identifier.ptr[n] && p[n] != ',')
		n++;
	if (p + n == end)
		return false;
	bool ended = p[n] == ','; /* an identifier with a comma stands in quotes */
	if (n == identifier.len || ended)
		*c = (n < identifier.len) - !ended;
	else
		*c = (unsigned char)identifier.ptr[n] < (unsigned char)p[n] ? -1 : 1;
	return true;
}

/* Where the line ends, its LF included. */
static size_t line_end(const struct registry_file *f, size_t at)
{
	const char *lf = memchr(f->bytes + at, '\n', f->end - at);

	return lf ? (size_t)(lf + 1 - f->bytes) : f->end;
}

size_t registry_file_place(const struct registry_file *f, size_t low, size_t high, enum registry_search how,
			   enum registry_kind kind, struct slice identifier, bool *found,
			   struct registry_line *line, struct buffer *scratch,
			   struct so1_error *e)
{
	size_t step = how & SEARCH_NEAR ? 256 : high;

	*found = false;
	/* Strides that double, until one lands behind. */
	while (low < high) {
		size_t middle = line_start(f, low, high - low > step ? low + step : low + (high - low) / 2);
		size_t at = middle;
		int c = 0;
		if (!(how & SEARCH_KIND) || !compare_plain(f->bytes + at, f->bytes + f->end, identifier, &c) || c == 0)
			c = compare_line(f, &at, kind, identifier, line, scratch, e);
		else if (c > 0)
			at = line_end(f, at);
		if (e->status)
			return high;
		if (c == 0) {
			*found = true;
			return middle;
		}
		if (c < 0)
			high = middle;
		else
			low = at;
		step = c < 0 ? high : step > high / 2 ? high : step * 2;
	}
	return low;
}

bool registry_file_find(const struct registry_file *f, enum registry_kind kind,
			struct slice identifier, struct registry_line *line,
			struct buffer *scratch, struct so1_error *e)
{
	bool found = false;

	if (f->bytes != NULL)
		registry_file_place(f, f->begin, f->end, SEARCH_FAR, kind, identifier, &found, line,
				    scratch, e);
	return found;
}

enum { PIECE = 256 << 10 };

static enum so1_status send_piece(struct registry_output *o, size_t least, struct so1_error *e)
{
	if (o->out.len < least)
		return SO1_OK;
	seal_hash_add(o->hash, o->out.ptr, o->out.len);
	enum so1_status status = sink_write(&o->sink, o->out.ptr, o->out.len, e);
	buffer_clear(&o->out);
	return status;
}

enum so1_status registry_output_open(struct registry_output *o, const char *path,
				     struct so1_error *e)
{
	*o = (struct registry_output){.hash = seal_hash_new()};
	buffer_put_text(&o->out, header_line);
	return sink_open(&o->sink, path, e);
}

enum so1_status registry_output_put(struct registry_output *o, enum registry_kind kind,
				    struct slice identifier, const struct customer_id *owner,
				    uint32_t since, struct so1_error *e)
{
	csv_put_field(&o->out, identifier, ',');
	buffer_put_byte(&o->out, ',');
	if (owner) {
		customer_id_put(*owner, buffer_reserve(&o->out, CUSTOMER_ID_LENGTH));
		o->out.len += CUSTOMER_ID_LENGTH;
	}
	buffer_put_byte(&o->out, ',');
	buffer_put_text(&o->out, kind_names[kind]);
	buffer_put_byte(&o->out, ',');
	if (since)
		number_put_int(&o->out, since);
	buffer_put_byte(&o->out, '\n');
	o->rows++;
	return send_piece(o, PIECE, e);
}

enum so1_status registry_output_copy(struct registry_output *o, struct slice raw, uint64_t rows,
				     struct so1_error *e)
{
	o->rows += rows;
	/* Piecewise, so that the buffer does not grow to the size of the registry. */
	for (size_t at = 0, n; at < raw.len && e->status == SO1_OK; at += n) {
		n = raw.len - at < PIECE ? raw.len - at : PIECE;
		buffer_put(&o->out, raw.ptr + at, n);
		send_piece(o, PIECE, e);
	}
	return e->status;
}

enum so1_status registry_output_prepare(struct registry_output *o, struct so1_error *e)
{
	if (send_piece(o, 0, e))
		return e->status;
	o->sealed = seal_hash_value(o->hash);
	seal_put(&o->out, o->rows, o->sealed);
	if (sink_write(&o->sink, o->out.ptr, o->out.len, e))
		return e->status;
	buffer_clear(&o->out);
	if (fsync(o->sink.fd) < 0 && errno != EINVAL)
		return error_set_errno(e, o->sink.name, "cannot write");
	return SO1_OK;
}

enum so1_status registry_output_commit(struct registry_output *o, struct so1_error *e)
{
	return sink_commit(&o->sink, e);
}

void registry_output_close(struct registry_output *o)
{
	if (o->hash == NULL)
		return;
	sink_close(&o->sink);
	seal_hash_free(o->hash);
	buffer_free(&o->out);
	*o = (struct registry_output){0};
}
