#include "stream/spill.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "stream/item_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A sorted run in an unlinked file, read through a window. */
struct run {
	int fd;
	unsigned level;  /* 0 from memory, n + 1 merged from runs of level n */
	bool end;        /* of the file */
	char *window;
	size_t at, len, size;
	struct slice key, payload; /* its next pair */
};

struct sorter {
	size_t memory;
	char *tmpdir;
	int threads;
	struct arena pairs;
	struct item *items;
	size_t count, cap;
	size_t next;       /* reading from memory */
	struct run *runs;
	size_t run_count, run_cap, runs_written;
	size_t *heap;      /* indexes of runs, the one with the least pair first */
	size_t heap_count;
	bool primed;       /* the first of the heap has been handed out */
};

enum {
	WINDOW_MIN = 4 << 10, WINDOW_MAX = 256 << 10, WRITE_SIZE = 256 << 10,
	MIN_MEMORY = 1 << 20, MAX_FAN_IN = 128,
};


const char *spool_folder(const char *tmpdir)
{
	const char *from_env = getenv("TMPDIR");

	if (tmpdir)
		return tmpdir;
	return from_env && *from_env ? from_env : "/tmp";
}

enum so1_status spool_create(const char *tmpdir, int *fd, struct so1_error *e)
{
	const char *dir = spool_folder(tmpdir);
	struct buffer name = {0};

#ifdef O_TMPFILE
	*fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return SO1_OK;
#endif
	/* Not every file system has nameless files. */
	buffer_printf(&name, "%s/so1-XXXXXX", dir);
	buffer_put_byte(&name, '\0');
	*fd = mkostemp(name.ptr, O_CLOEXEC);
	if (*fd >= 0)
		unlink(name.ptr);
	enum so1_status status = *fd < 0 ? error_set_errno(e, dir, "cannot make a temporary file") : SO1_OK;
	buffer_free(&name);
	return status;
}

enum so1_status spool_failed(const char *tmpdir, enum spool_deed deed, struct so1_error *e)
{
	return error_set_errno(e, spool_folder(tmpdir),
			       deed == SPOOL_WRITE ? "cannot write a temporary file"
						   : "cannot read a temporary file");
}

enum so1_status spool_open(const char *tmpdir, FILE **f, struct so1_error *e)
{
	int fd;

	*f = NULL;
	if (spool_create(tmpdir, &fd, e))
		return e->status;
	*f = fdopen(fd, "w+");
	if (*f)
		return SO1_OK;
	spool_failed(tmpdir, SPOOL_WRITE, e);
	close(fd);
	return e->status;
}

enum so1_status spool_write_at(int fd, const char *tmpdir, const char *bytes, size_t n, uint64_t at,
			       struct so1_error *e)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return spool_failed(tmpdir, SPOOL_WRITE, e);
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return SO1_OK;
}

enum so1_status spool_read_at(int fd, const char *tmpdir, char *bytes, size_t n, uint64_t at,
			      struct so1_error *e)
{
	while (n > 0) {
		ssize_t done = pread(fd, bytes, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? EIO : errno;
			return spool_failed(tmpdir, SPOOL_READ, e);
		}
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return SO1_OK;
}

enum so1_status sorter_open(struct sorter **out, const struct sorter_options *options,
			    struct so1_error *e)
{
	struct sorter *s = xcalloc(1, sizeof *s);

	(void)e;
	*out = s;
	s->memory = options->memory < MIN_MEMORY ? MIN_MEMORY : (size_t)options->memory;
	s->threads = options->threads;
	s->tmpdir = xstrdup(spool_folder(options->tmpdir));
	return SO1_OK;
}

/* Writes pairs to a new run. */
struct run_writer {
	const struct sorter *sorter;
	int fd;
	struct buffer out;
};

static enum so1_status run_flush(struct run_writer *w, struct so1_error *e)
{
	const char *at = w->out.ptr;

	while (w->out.len > 0) {
		ssize_t n = write(w->fd, at, w->out.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return spool_failed(w->sorter->tmpdir, SPOOL_WRITE, e);
		at += n;
		w->out.len -= (size_t)n;
	}
	return SO1_OK;
}

static enum so1_status run_put(struct run_writer *w, struct slice key, struct slice payload,
			       struct so1_error *e)
{
	struct pair_lengths n = {(uint32_t)key.len, (uint32_t)payload.len};

	buffer_put(&w->out, &n, sizeof n);
	buffer_put_slice(&w->out, key);
	buffer_put_slice(&w->out, payload);
	return w->out.len < WRITE_SIZE ? SO1_OK : run_flush(w, e);
}

/* The written run joins the others; after a failure its file goes. */
static enum so1_status run_finish(struct sorter *s, struct run_writer *w, enum so1_status status,
				  unsigned level, struct so1_error *e)
{
	if (status == SO1_OK)
		status = run_flush(w, e);
	buffer_free(&w->out);
	if (status != SO1_OK) {
		if (w->fd >= 0)
			close(w->fd);
		return status;
	}
	GROW(s->runs, s->run_cap, s->run_count + 1);
	s->runs[s->run_count++] = (struct run){.fd = w->fd, .level = level};
	return SO1_OK;
}

static enum so1_status write_memory(struct sorter *s, struct so1_error *e)
{
	struct run_writer w = {.sorter = s, .fd = -1};
	struct slice key, payload;
	enum so1_status status = spool_create(s->tmpdir, &w.fd, e);

	items_sort(s->items, s->count, s->threads);
	for (size_t i = 0; i < s->count && status == SO1_OK; i++) {
		item_pair(&s->items[i], &key, &payload);
		status = run_put(&w, key, payload, e);
	}
	s->count = 0;
	arena_reset(&s->pairs);
	s->runs_written++;
	return run_finish(s, &w, status, 0, e);
}

/* Makes `need` bytes stand in the window, unless the run ends before. */
static enum so1_status run_want(const struct sorter *s, struct run *r, size_t need,
				struct so1_error *e)
{
	if (r->len - r->at >= need || r->end)
		return SO1_OK;
	memmove(r->window, r->window + r->at, r->len - r->at);
	r->len -= r->at;
	r->at = 0;
	if (need > r->size) {
		r->window = xrealloc_array(r->window, need, 1);
		r->size = need;
	}
	while (r->len < r->size && !r->end) {
		ssize_t n = read(r->fd, r->window + r->len, r->size - r->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return spool_failed(s->tmpdir, SPOOL_READ, e);
		r->end = n == 0;
		r->len += (size_t)n;
	}
	return SO1_OK;
}

/* Steps to the run's next pair; *more false at its end. */
static enum so1_status run_next(const struct sorter *s, struct run *r, bool *more,
				struct so1_error *e)
{
	struct pair_lengths n;
	enum so1_status status = run_want(s, r, sizeof n, e);

	*more = status == SO1_OK && r->len - r->at >= sizeof n;
	if (!*more)
		return status;
	memcpy(&n, r->window + r->at, sizeof n);
	size_t total = sizeof n + (size_t)n.key + n.payload;
	status = run_want(s, r, total, e);
	if (status != SO1_OK)
		return status;
	if (r->len - r->at < total)
		return error_set(e, SO1_FAILED, "temporary file cut short");
	r->key = slice_make(r->window + r->at + sizeof n, n.key);
	r->payload = slice_make(r->key.ptr + n.key, n.payload);
	r->at += total;
	return SO1_OK;
}

static bool heap_less(const struct sorter *s, size_t a, size_t b)
{
	const struct run *x = &s->runs[a], *y = &s->runs[b];

	return pairs_compare(x->key, x->payload, y->key, y->payload) < 0;
}

static void heap_sink(struct sorter *s, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= s->heap_count)
			return;
		if (child + 1 < s->heap_count && heap_less(s, s->heap[child + 1], s->heap[child]))
			child++;
		if (!heap_less(s, s->heap[child], s->heap[i]))
			return;
		size_t t = s->heap[i];
		s->heap[i] = s->heap[child];
		s->heap[child] = t;
		i = child;
	}
}

/* Opens runs [from, run_count) for merging, with windows that share half the memory. */
static enum so1_status heap_start(struct sorter *s, size_t from, struct so1_error *e)
{
	size_t window = s->memory / 2 / (s->run_count - from);

	window = window < WINDOW_MIN ? WINDOW_MIN : window > WINDOW_MAX ? WINDOW_MAX : window;
	s->heap = xrealloc_array(s->heap, s->run_count, sizeof *s->heap);
	s->heap_count = 0;
	for (size_t i = from; i < s->run_count; i++) {
		struct run *r = &s->runs[i];
		bool more;
		if (lseek(r->fd, 0, SEEK_SET) < 0)
			return spool_failed(s->tmpdir, SPOOL_READ, e);
		r->window = xmalloc(window);
		r->size = window;
		enum so1_status status = run_next(s, r, &more, e);
		if (status != SO1_OK)
			return status;
		if (more)
			s->heap[s->heap_count++] = i;
	}
	for (size_t i = s->heap_count / 2; i-- > 0;)
		heap_sink(s, i);
	s->primed = false;
	return SO1_OK;
}

static enum so1_status heap_next(struct sorter *s, struct slice *key, struct slice *payload,
				 bool *more, struct so1_error *e)
{
	if (s->primed) {
		bool run_more;
		enum so1_status status = run_next(s, &s->runs[s->heap[0]], &run_more, e);
		if (status != SO1_OK)
			return status;
		if (!run_more)
			s->heap[0] = s->heap[--s->heap_count];
		heap_sink(s, 0);
	}
	*more = s->heap_count > 0;
	s->primed = *more;
	if (*more) {
		*key = s->runs[s->heap[0]].key;
		*payload = s->runs[s->heap[0]].payload;
	}
	return SO1_OK;
}

static void run_close(struct run *r)
{
	close(r->fd);
	free(r->window);
}

static enum so1_status merge_from(struct sorter *s, size_t from, struct so1_error *e)
{
	struct run_writer w = {.sorter = s, .fd = -1};
	unsigned level = s->runs[from].level + 1;
	struct slice key, payload;
	bool more = true;
	enum so1_status status = spool_create(s->tmpdir, &w.fd, e);

	if (status == SO1_OK)
		status = heap_start(s, from, e);
	while (status == SO1_OK && more) {
		status = heap_next(s, &key, &payload, &more, e);
		if (status == SO1_OK && more)
			status = run_put(&w, key, payload, e);
	}
	for (size_t i = from; i < s->run_count; i++)
		run_close(&s->runs[i]);
	s->run_count = from;
	return run_finish(s, &w, status, level, e);
}

/* Runs of one level become one of the next as soon as there are too many of them: no
 * pair is written more often than there are levels. */
static enum so1_status merge_levels(struct sorter *s, struct so1_error *e)
{
	size_t fan_in = s->memory / 2 / (64 << 10);

	fan_in = fan_in > MAX_FAN_IN ? MAX_FAN_IN : fan_in;
	for (;;) {
		size_t from = s->run_count;
		while (from > 0 && s->runs[from - 1].level == s->runs[s->run_count - 1].level)
			from--;
		if (s->run_count - from < fan_in)
			return SO1_OK;
		enum so1_status status = merge_from(s, from, e);
		if (status != SO1_OK)
			return status;
	}
}

static size_t memory_used(const struct sorter *s)
{
	/* The array of items grows by halves, and sorting takes half of it again. */
	return s->pairs.total + s->count * 2 * sizeof *s->items;
}

enum so1_status sorter_add(struct sorter *s, struct slice key, struct slice payload,
			   struct so1_error *e)
{
	struct pair_lengths n = {(uint32_t)key.len, (uint32_t)payload.len};

	if (key.len > UINT32_MAX || payload.len > UINT32_MAX)
		return error_set(e, SO1_FAILED, "a record of more than 4 GiB cannot be sorted");
	char *at = arena_bytes(&s->pairs, sizeof n + key.len + payload.len);
	memcpy(at, &n, sizeof n);
	if (key.len)
		memcpy(at + sizeof n, key.ptr, key.len);
	if (payload.len)
		memcpy(at + sizeof n + key.len, payload.ptr, payload.len);
	GROW(s->items, s->cap, s->count + 1);
	s->items[s->count++] = item_make(at);
	if (memory_used(s) < s->memory)
		return SO1_OK;
	enum so1_status status = write_memory(s, e);
	return status == SO1_OK ? merge_levels(s, e) : status;
}

enum so1_status sorter_finish(struct sorter *s, struct so1_error *e)
{
	if (s->run_count == 0) {
		items_sort(s->items, s->count, s->threads);
		return SO1_OK;
	}
	if (s->count > 0) {
		enum so1_status status = write_memory(s, e);
		if (status != SO1_OK)
			return status;
	}
	free(s->items);
	s->items = NULL;
	s->cap = 0;
	arena_free(&s->pairs);
	return heap_start(s, 0, e);
}

enum so1_status sorter_next(struct sorter *s, struct slice *key, struct slice *payload, bool *more,
			    struct so1_error *e)
{
	if (s->run_count > 0)
		return heap_next(s, key, payload, more, e);
	*more = s->next < s->count;
	if (*more)
		item_pair(&s->items[s->next++], key, payload);
	return SO1_OK;
}

size_t sorter_runs(const struct sorter *s)
{
	return s->runs_written;
}

void sorter_free(struct sorter *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->run_count; i++)
		run_close(&s->runs[i]);
	arena_free(&s->pairs);
	free(s->runs);
	free(s->items);
	free(s->heap);
	free(s->tmpdir);
	free(s);
}
