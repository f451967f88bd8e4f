#include "export/sendlog.h"

#include "base/datetime.h"
#include "base/number.h"
#include "export/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS_MOST = 64 };

const char *const sendlog_names[SENDLOG_COLUMNS] = {
	[SENDLOG_CUSTOMER_ID] = "customer_id", [SENDLOG_CAMPAIGN] = "campaign",
	[SENDLOG_AS_OF] = "as_of", [SENDLOG_DESTINATION] = "destination",
	[SENDLOG_RUN] = "run", [SENDLOG_OFFER_ID] = "offer_id", [SENDLOG_CHANNEL] = "channel",
	[SENDLOG_SENT_AT] = "sent_at", [SENDLOG_CODE] = "code",
	[SENDLOG_HELD_OUT] = "held_out",
};

bool sendlog_is_of_run(const struct sendlog_row *row, const struct sendlog_run *run)
{
	return slice_equal(row->fields[SENDLOG_CAMPAIGN], run->campaign) &&
	       slice_equal(row->fields[SENDLOG_AS_OF], run->as_of) &&
	       slice_equal(row->fields[SENDLOG_DESTINATION], run->destination);
}

/* A campaign may hold any byte but these two, which no date or destination does. */
static void put_run_key(struct buffer *b, const struct sendlog_run *run)
{
	buffer_put_slice(b, run->as_of);
	buffer_put_byte(b, '\n');
	buffer_put_slice(b, run->destination);
	buffer_put_byte(b, '\n');
	buffer_put_slice(b, run->campaign);
}

int64_t sendlog_row_run(const struct sendlog_row *row)
{
	int64_t n;

	return number_parse_int(row->fields[SENDLOG_RUN], &n) && n > 0 ? n : 0;
}

int64_t sendlog_run_number(const struct sendlog *h, const struct sendlog_run *run)
{
	struct buffer key = {0};

	put_run_key(&key, run);
	uint32_t id = dictionary_find(&h->runs, buffer_slice(&key));
	buffer_free(&key);
	return id == DICTIONARY_NONE ? h->last_run + 1 : h->run_numbers[id];
}

static void note_run(struct sendlog *h, const struct sendlog_row *row, struct buffer *key)
{
	const struct slice *f = row->fields;
	int64_t number = sendlog_row_run(row);
	bool added;

	if (number == 0)
		return;
	buffer_clear(key);
	put_run_key(key, &(struct sendlog_run){f[SENDLOG_CAMPAIGN], f[SENDLOG_AS_OF],
					       f[SENDLOG_DESTINATION]});
	uint32_t id = dictionary_add(&h->runs, buffer_slice(key), &added);
	GROW(h->run_numbers, h->run_cap, h->runs.count);
	if (added || number < h->run_numbers[id])
		h->run_numbers[id] = number;
	if (number > h->last_run)
		h->last_run = number;
}

bool sendlog_parse_sent(struct slice text, bool *instant, int64_t *t)
{
	*instant = false;
	if (date_parse(text, t))
		return true;
	*instant = true;
	return datetime_parse_iso(text, t, NULL, NULL);
}

/* The line that begins at `at`, and where the next one does. */
static struct slice line_at(const struct sendlog *h, size_t at, size_t *next)
{
	const char *begin = (const char *)h->map + at;
	const char *lf = memchr(begin, '\n', h->size - at);
	size_t len = lf ? (size_t)(lf - begin) : h->size - at;

	*next = lf ? at + len + 1 : h->size;
	if (len && begin[len - 1] == '\r')
		len--;
	return slice_make(begin, len);
}

/* A quoted field that begins at *p, behind which *p then is. False: no closing quote, or
 * something other than a comma behind it. */
static bool take_quoted(const char **p, const char *end, struct slice *out, struct arena *a)
{
	const char *from = *p + 1;
	char *text = NULL;
	size_t n = 0;

	for (const char *q = from; q < end; q++) {
		if (*q != '"') {
			if (text)
				text[n++] = *q;
			continue;
		}
		if (q + 1 < end && q[1] == '"') {
			if (text == NULL) {
				text = arena_bytes(a, (size_t)(end - from));
				n = (size_t)(q - from);
				memcpy(text, from, n);
			}
			text[n++] = *q++;
			continue;
		}
		*out = text ? slice_make(text, n) : slice_make(from, (size_t)(q - from));
		*p = q + 1;
		return *p == end || **p == ',';
	}
	return false;
}

/* The fields of a line; their number, or 0 when a quote does not close. */
static size_t split_line(struct slice line, struct slice fields[COLUMNS_MOST], struct arena *a)
{
	const char *p = line.ptr, *end = line.ptr + line.len;
	size_t n = 0;

	for (;;) {
		struct slice field;
		if (p < end && *p == '"') {
			if (!take_quoted(&p, end, &field, a))
				return 0;
		} else {
			const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
			field = slice_make(p, (size_t)((comma ? comma : end) - p));
			p = comma ? comma : end;
		}
		if (n < COLUMNS_MOST)
			fields[n] = field;
		n++;
		if (p == end)
			return n;
		p++;
	}
}

static bool parse_row(const struct sendlog *h, struct slice line, struct sendlog_row *row,
		      struct arena *a)
{
	struct slice fields[COLUMNS_MOST];

	row->raw = line;
	if (split_line(line, fields, a) != h->columns)
		return false;
	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		row->fields[i] = h->place[i] == COLUMN_NONE ? slice_make("", 0)
							     : fields[h->place[i]];
	return true;
}

/* The customer of a line that was checked. */
static struct slice customer_at(const struct sendlog *h, size_t at, struct arena *a)
{
	struct sendlog_row row;
	size_t next;
	struct slice line = line_at(h, at, &next);

	if (h->place[SENDLOG_CUSTOMER_ID] == 0 && line.len && *line.ptr != '"')
		return slice_make(line.ptr, slice_find_byte(line, ','));
	return parse_row(h, line, &row, a) ? row.fields[SENDLOG_CUSTOMER_ID] : slice_make("", 0);
}

static size_t next_line(const struct sendlog *h, size_t at)
{
	size_t next;

	line_at(h, at, &next);
	return next;
}

/* Pages read once are the system's to keep, not ours: a history may be larger than memory. */
static void drop_behind(const struct sendlog *h, size_t *dropped, size_t at)
{
	enum { STRETCH = 16 << 20 };

	if (at < *dropped)
		*dropped = at / STRETCH * STRETCH;
	if (at - *dropped < 2 * STRETCH)
		return;
	size_t end = at / STRETCH * STRETCH - STRETCH;
	madvise((char *)h->map + *dropped, end - *dropped, MADV_DONTNEED);
	*dropped = end;
}

void sendlog_seek(const struct sendlog *h, struct sendlog_cursor *c, struct slice customer_id)
{
	struct arena a = {0};
	size_t low = c->at, high, step = 128;

	if (c->at < h->begin || slice_compare(customer_id, buffer_slice(&c->last)) <= 0)
		low = h->begin;
	buffer_clear(&c->last);
	buffer_put_slice(&c->last, customer_id);
	/* In growing steps until a line is not before the customer … */
	for (high = low; high < h->size; step *= 2) {
		if (slice_compare(customer_at(h, high, &a), customer_id) >= 0)
			break;
		low = next_line(h, high);
		high = low + step < h->size ? next_line(h, low + step) : h->size;
	}
	/* … then by halves: all lines before low are before the customer, none from high on. */
	while (low < high) {
		size_t middle = low + (high - low) / 2, begin = middle;
		const char *bytes = h->map;
		while (begin > low && bytes[begin - 1] != '\n')
			begin--;
		if (slice_compare(customer_at(h, begin, &a), customer_id) < 0)
			low = next_line(h, begin);
		else
			high = begin;
	}
	c->at = low;
	drop_behind(h, &c->dropped, low);
	arena_free(&a);
}

bool sendlog_walk(const struct sendlog *h, struct sendlog_cursor *c, struct sendlog_row *row,
		  struct arena *a)
{
	if (c->at < h->begin)
		c->at = h->begin;
	drop_behind(h, &c->dropped, c->at);
	while (c->at < h->size) {
		struct slice line = line_at(h, c->at, &c->at);
		if (line.len)
			return parse_row(h, line, row, a);
	}
	return false;
}

bool sendlog_next(const struct sendlog *h, struct sendlog_cursor *c, struct slice customer_id,
		  struct sendlog_row *row, struct arena *a)
{
	size_t at = c->at;

	if (sendlog_walk(h, c, row, a) &&
	    slice_equal(row->fields[SENDLOG_CUSTOMER_ID], customer_id))
		return true;
	c->at = at;
	return false;
}

void sendlog_cursor_free(struct sendlog_cursor *c)
{
	buffer_free(&c->last);
	*c = (struct sendlog_cursor){0};
}

static enum so1_status take_lock(struct sendlog *h, struct so1_error *e)
{
	struct buffer name = {0};

	buffer_printf(&name, "%s.lock", h->path);
	h->lock = open(buffer_text(&name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (h->lock < 0) {
		error_set_errno(e, buffer_text(&name), "cannot lock the history");
	} else if (flock(h->lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		error_set(e, SO1_FAILED, "history in use by another so1-export (it holds the lock "
			  "on this file); run again when it is done");
		error_at(e, buffer_text(&name), 0, NULL);
	}
	buffer_free(&name);
	return e->status;
}

/* What runs that were killed left beside the file. The lock says that none is at work. */
static void remove_stale(const struct sendlog *h)
{
	char *real = realpath(h->path, NULL), *path = real ? real : xstrdup(h->path);
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *parent = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path))
			     : xstrdup(".");
	DIR *dir = opendir(parent);
	const struct dirent *entry;
	size_t n = strlen(name);

	while (dir && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, name, n) == 0 &&
		    strncmp(entry->d_name + n, ".so1-", 5) == 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	free(parent);
	free(path);
}

static enum so1_status map_file(struct sendlog *h, int fd, struct so1_error *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set_errno(e, h->path, "cannot read");
	if (!S_ISREG(st.st_mode)) {
		error_set(e, SO1_FAILED, "not a regular file");
		return error_at(e, h->path, 0, NULL);
	}
	h->size = (size_t)st.st_size;
	if (h->size == 0) {
		error_set(e, SO1_FAILED, "an empty file: a history has a header at least");
		return error_at(e, h->path, 0, NULL);
	}
	h->map = mmap(NULL, h->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (h->map == MAP_FAILED) {
		h->map = NULL;
		return error_set_errno(e, h->path, "cannot read");
	}
	return SO1_OK;
}

enum so1_status sendlog_map(struct sendlog *h, FILE *f, struct so1_error *e)
{
	h->path = spool_folder(h->tmpdir);
	return fflush(f) == 0 ? map_file(h, fileno(f), e) : spool_failed(h->tmpdir, SPOOL_WRITE, e);
}

void sendlog_unmap(struct sendlog *h)
{
	if (h->map)
		munmap(h->map, h->size);
	h->map = NULL;
}

static int column_of(struct slice name)
{
	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		if (slice_is(name, sendlog_names[i]))
			return i;
	return slice_is(name, "ts") ? SENDLOG_SENT_AT : SENDLOG_COLUMNS;
}

static enum so1_status read_header(struct sendlog *h, struct so1_error *e)
{
	static const enum sendlog_column needed[] = {
		SENDLOG_CUSTOMER_ID, SENDLOG_CAMPAIGN, SENDLOG_CHANNEL, SENDLOG_SENT_AT,
	};
	struct slice names[COLUMNS_MOST], line = line_at(h, 0, &h->begin);
	struct arena a = {0};
	enum so1_status status = SO1_OK;

	if (slice_starts_with(line, SLICE("\xEF\xBB\xBF")))
		line = slice_make(line.ptr + 3, line.len - 3);
	h->columns = split_line(line, names, &a);
	h->canonical = h->columns == SENDLOG_COLUMNS;
	for (size_t i = 0; i < h->columns && i < COLUMNS_MOST && status == SO1_OK; i++) {
		int column = column_of(names[i]);
		if (column == SENDLOG_COLUMNS || h->place[column] != COLUMN_NONE) {
			error_set(e, SO1_USAGE, column == SENDLOG_COLUMNS
						? "no column of a history"
						: "column named twice");
			error_value(e, names[i]);
			status = error_at(e, h->path, 1, NULL);
			break;
		}
		h->place[column] = i;
		h->canonical &= (size_t)column == i && slice_is(names[i], sendlog_names[i]);
	}
	for (size_t i = 0; i < sizeof needed / sizeof *needed && status == SO1_OK; i++)
		if (h->place[needed[i]] == COLUMN_NONE) {
			error_set(e, SO1_USAGE, "no column '%s'", sendlog_names[needed[i]]);
			status = error_at(e, h->path, 1, NULL);
		}
	arena_free(&a);
	return status;
}

static enum so1_status bad_row(const struct sendlog *h, uint64_t line, int column,
			       const char *reason, struct slice value, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	if (value.len)
		error_value(e, value);
	return error_at(e, h->path, line, column < SENDLOG_COLUMNS ? sendlog_names[column] : NULL);
}

static enum so1_status check_row(const struct sendlog *h, const struct sendlog_row *row,
				 uint64_t line, struct so1_error *e)
{
	const struct slice *f = row->fields;
	bool instant;
	int64_t t;

	if (f[SENDLOG_CUSTOMER_ID].len == 0)
		return bad_row(h, line, SENDLOG_CUSTOMER_ID, "empty", SLICE(""), e);
	if (f[SENDLOG_CHANNEL].len && channel_find(f[SENDLOG_CHANNEL]) == CHANNEL_NONE)
		return bad_row(h, line, SENDLOG_CHANNEL, "no such channel", f[SENDLOG_CHANNEL], e);
	if (f[SENDLOG_SENT_AT].len && !sendlog_parse_sent(f[SENDLOG_SENT_AT], &instant, &t))
		return bad_row(h, line, SENDLOG_SENT_AT, "neither a date nor a time",
			       f[SENDLOG_SENT_AT], e);
	if (f[SENDLOG_RUN].len && !number_parse_int(f[SENDLOG_RUN], &t))
		return bad_row(h, line, SENDLOG_RUN, "not a number", f[SENDLOG_RUN], e);
	struct slice held = f[SENDLOG_HELD_OUT];
	if (held.len && !slice_is(held, "0") && !slice_is(held, "1"))
		return bad_row(h, line, SENDLOG_HELD_OUT, "neither 0 nor 1", held, e);
	return SO1_OK;
}

struct checking {
	struct buffer last, run;
	struct arena text;
	bool sorted;
};

static enum so1_status check_rows(struct sendlog *h, struct checking *c,
				  enum so1_status (*visit)(void *, const struct sendlog_row *,
							   struct so1_error *),
				  void *context, struct so1_error *e)
{
	uint64_t number = 1;
	size_t dropped = 0;

	c->sorted = true;
	for (size_t at = h->begin; at < h->size;) {
		struct sendlog_row row;
		struct slice line = line_at(h, at, &at);
		number++;
		drop_behind(h, &dropped, at);
		if (line.len == 0)
			return bad_row(h, number, SENDLOG_COLUMNS, "empty line", line, e);
		arena_reset(&c->text);
		if (!parse_row(h, line, &row, &c->text))
			return bad_row(h, number, SENDLOG_COLUMNS, "not a line with as many fields as "
				       "the header", line, e);
		if (check_row(h, &row, number, e) != SO1_OK ||
		    (visit && visit(context, &row, e) != SO1_OK))
			return e->status;
		note_run(h, &row, &c->run);
		struct slice id = row.fields[SENDLOG_CUSTOMER_ID];
		c->sorted &= slice_compare(id, buffer_slice(&c->last)) >= 0;
		buffer_clear(&c->last);
		buffer_put_slice(&c->last, id);
		h->rows++;
	}
	return SO1_OK;
}

static enum so1_status sort_into(struct sendlog *h, struct sorter *s, int fd, struct so1_error *e)
{
	struct sendlog_cursor c = {0};
	struct sendlog_row row;
	struct arena a = {0};
	FILE *out = fdopen(dup(fd), "w");
	bool more = true, good = out != NULL;

	good = good && fwrite(h->map, 1, h->begin, out) == h->begin;
	while (e->status == SO1_OK && sendlog_walk(h, &c, &row, &a)) {
		sorter_add(s, row.fields[SENDLOG_CUSTOMER_ID], row.raw, e);
		arena_reset(&a);
	}
	if (e->status == SO1_OK)
		sorter_finish(s, e);
	while (good && more && e->status == SO1_OK) {
		struct slice key, line;
		if (sorter_next(s, &key, &line, &more, e) == SO1_OK && more)
			good = fwrite(line.ptr, 1, line.len, out) == line.len &&
			       putc('\n', out) != EOF;
	}
	if (out && fclose(out) != 0)
		good = false;
	if (!good && e->status == SO1_OK)
		spool_failed(h->tmpdir, SPOOL_WRITE, e);
	arena_free(&a);
	sendlog_cursor_free(&c);
	return e->status;
}

/* A log put together by other means need not be in order. */
static enum so1_status sort_anew(struct sendlog *h, const struct sendlog_options *o,
				 struct so1_error *e)
{
	struct sorter_options sorting = {.memory = o->memory, .tmpdir = o->tmpdir, .threads = 1};
	struct sorter *s = NULL;
	int fd = -1;

	if (spool_create(o->tmpdir, &fd, e) == SO1_OK && sorter_open(&s, &sorting, e) == SO1_OK)
		sort_into(h, s, fd, e);
	sorter_free(s);
	if (e->status == SO1_OK) {
		sendlog_unmap(h);
		map_file(h, fd, e);
		h->sorted_anew = true;
	}
	if (fd >= 0)
		close(fd);
	return e->status;
}

enum so1_status sendlog_open(struct sendlog *h, const struct sendlog_options *options,
			     enum so1_status (*visit)(void *context, const struct sendlog_row *row,
						      struct so1_error *e),
			     void *context, struct so1_error *e)
{
	struct checking c = {0};

	*h = (struct sendlog){.path = options->path, .tmpdir = options->tmpdir, .lock = -1};
	e->status = SO1_OK;
	for (int i = 0; i < SENDLOG_COLUMNS; i++)
		h->place[i] = COLUMN_NONE;
	if (options->write && take_lock(h, e) != SO1_OK)
		return e->status;
	if (options->write)
		remove_stale(h);
	int fd = open(h->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return options->write && errno == ENOENT ? SO1_OK
							 : error_set_errno(e, h->path, "cannot open");
	h->exists = true;
	enum so1_status status = map_file(h, fd, e);
	close(fd);
	if (status == SO1_OK)
		status = read_header(h, e);
	if (status == SO1_OK)
		status = check_rows(h, &c, visit, context, e);
	if (status == SO1_OK && !c.sorted)
		status = sort_anew(h, options, e);
	buffer_free(&c.last);
	buffer_free(&c.run);
	arena_free(&c.text);
	return status;
}

void sendlog_close(struct sendlog *h)
{
	sendlog_settle(h, false);
	sendlog_unmap(h);
	for (int i = 0; i < 2; i++)
		if (h->spool[i])
			fclose(h->spool[i]);
	if (h->path && h->lock >= 0)
		close(h->lock);
	dictionary_free(&h->runs);
	free(h->run_numbers);
	*h = (struct sendlog){.lock = -1};
}
