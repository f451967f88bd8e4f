#include "stream/source.h"

#include "base/memory.h"
#include "stream/inflate.h"
#include "stream/seal.h"
#include "stream/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_SIZE = 16 << 10, PIECE = 256 << 10, PIECES = 4, WAIT_MS = 100 };

/* Inflated bytes on their way from the thread that makes them. */
struct piece {
	char *bytes;
	size_t at, len;
};

struct inflate_thread {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct piece pieces[PIECES];
	uint64_t made, used;
	bool done; /* nothing follows, well or with error */
	enum so1_status status;
	struct so1_error error;
	atomic_bool stop;
};

struct source {
	char *name;
	int fd;
	bool started; /* the first bytes have been looked at */
	bool waits;   /* the file is no regular one: a read may have to wait */
	struct source_signals signals;
	int threads;
	char *first;  /* those bytes, for gzip shows in them */
	size_t first_at, first_len;
	atomic_uint_fast64_t bytes;
	struct inflater *inflater; /* NULL: a plain file */
	struct inflate_thread inflate;
};

enum so1_status source_open(struct source **out, const char *path, int threads,
			    const struct source_signals *signals, struct so1_error *e)
{
	struct source *s = xcalloc(1, sizeof *s);
	bool standard = strcmp(path, "-") == 0;
	struct stat st;

	*out = s;
	s->name = xstrdup(standard ? "(standard input)" : path);
	s->threads = threads;
	if (signals)
		s->signals = *signals;
	s->first = xmalloc(FIRST_SIZE);
	s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return error_set_errno(e, s->name, "cannot open");
	pipe_enlarge(s->fd);
	s->waits = fstat(s->fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
#ifdef POSIX_FADV_SEQUENTIAL
	if (!s->waits)
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	return SO1_OK;
}

static bool must_stop(const struct source *s)
{
	return (s->signals.stop && atomic_load(s->signals.stop)) || atomic_load(&s->inflate.stop);
}

/* A thread in read(2) cannot be told to stop; one in poll(2) notices. */
static bool wait_readable(const struct source *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	bool ready = poll(&p, 1, 0) != 0;

	if (ready)
		return true;
	if (s->signals.waiting)
		atomic_store(s->signals.waiting, true);
	while (!ready && !must_stop(s))
		ready = poll(&p, 1, WAIT_MS) != 0;
	if (s->signals.waiting)
		atomic_store(s->signals.waiting, false);
	return ready;
}

static enum so1_status read_fd(void *context, char *to, size_t room, size_t *n, struct so1_error *e)
{
	struct source *s = context;

	*n = 0;
	for (;;) {
		if (s->waits && s->threads > 1 && !wait_readable(s))
			return SO1_OK;
		ssize_t got = read(s->fd, to, room);
		if (got >= 0) {
			*n = (size_t)got;
			atomic_fetch_add(&s->bytes, (uint64_t)got);
			return SO1_OK;
		}
		if (errno == EAGAIN) {
			struct pollfd p = {.fd = s->fd, .events = POLLIN};
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return error_set_errno(e, s->name, "cannot read");
		}
	}
}

/* Fills pieces until the data ends. */
static void *inflate_all(void *context)
{
	struct source *s = context;
	struct inflate_thread *t = &s->inflate;
	bool more = true;

	while (more) {
		pthread_mutex_lock(&t->lock);
		while (t->made - t->used == PIECES && !atomic_load(&t->stop))
			pthread_cond_wait(&t->changed, &t->lock);
		pthread_mutex_unlock(&t->lock);
		struct piece *p = &t->pieces[t->made % PIECES];
		struct so1_error e;
		size_t n = 0;
		p->at = p->len = 0;
		enum so1_status status = SO1_OK;
		if (!atomic_load(&t->stop))
			status = inflater_read(s->inflater, p->bytes, PIECE, &n, &e);
		p->len = n;
		more = status == SO1_OK && n > 0;
		pthread_mutex_lock(&t->lock);
		if (more) {
			t->made++;
		} else {
			t->done = true;
			t->status = status;
			if (status != SO1_OK)
				t->error = e;
		}
		pthread_cond_signal(&t->changed);
		pthread_mutex_unlock(&t->lock);
	}
	return NULL;
}

static void start_thread(struct source *s)
{
	struct inflate_thread *t = &s->inflate;

	for (int i = 0; i < PIECES; i++)
		t->pieces[i].bytes = xmalloc(PIECE);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	/* Without it the reader inflates for itself. */
	t->running = pthread_create(&t->thread, NULL, inflate_all, s) == 0;
}

static enum so1_status take_piece(struct inflate_thread *t, char *to, size_t room, size_t *n,
				  struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	pthread_mutex_lock(&t->lock);
	while (t->made == t->used && !t->done)
		pthread_cond_wait(&t->changed, &t->lock);
	bool none = t->made == t->used;
	if (none) {
		status = t->status;
		if (status != SO1_OK)
			*e = t->error;
	}
	pthread_mutex_unlock(&t->lock);
	if (none)
		return status;
	struct piece *p = &t->pieces[t->used % PIECES];
	*n = p->len - p->at < room ? p->len - p->at : room;
	memcpy(to, p->bytes + p->at, *n);
	p->at += *n;
	if (p->at == p->len) {
		pthread_mutex_lock(&t->lock);
		t->used++;
		pthread_cond_signal(&t->changed);
		pthread_mutex_unlock(&t->lock);
	}
	return SO1_OK;
}

/* Gzip shows itself in its first two bytes; a pipe may hand them over one by one. */
static enum so1_status look_at_start(struct source *s, struct so1_error *e)
{
	size_t n = 1;

	s->started = true;
	while (s->first_len < 2 && n > 0) {
		enum so1_status status = read_fd(s, s->first + s->first_len,
						 FIRST_SIZE - s->first_len, &n, e);
		if (status != SO1_OK)
			return status;
		s->first_len += n;
	}
	if (s->first_len < 2 || s->first[0] != '\x1f' || s->first[1] != '\x8b')
		return SO1_OK;
	s->inflater = inflater_new(read_fd, s, slice_make(s->first, s->first_len), s->name);
	if (s->threads > 1)
		start_thread(s);
	return SO1_OK;
}

enum so1_status source_read(struct source *s, char *to, size_t room, size_t *n,
			    struct so1_error *e)
{
	*n = 0;
	if (!s->started) {
		enum so1_status status = look_at_start(s, e);
		if (status != SO1_OK)
			return status;
	}
	if (s->inflate.running)
		return take_piece(&s->inflate, to, room, n, e);
	if (s->inflater)
		return inflater_read(s->inflater, to, room, n, e);
	if (s->first_at == s->first_len)
		return read_fd(s, to, room, n, e);
	*n = s->first_len - s->first_at < room ? s->first_len - s->first_at : room;
	memcpy(to, s->first + s->first_at, *n);
	s->first_at += *n;
	return SO1_OK;
}

bool source_would_wait(const struct source *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	return s->waits && s->inflater == NULL && s->first_at == s->first_len && poll(&p, 1, 0) == 0;
}

bool source_may_be_sealed(const struct source *s)
{
	char bytes[SEAL_MAX];
	struct stat st;

	if (s->waits || fstat(s->fd, &st) < 0)
		return true;
	ssize_t n = pread(s->fd, bytes, 2, 0);
	if (n < 2 || memcmp(bytes, "\x1f\x8b", 2) == 0)
		return true;
	n = pread(s->fd, bytes, sizeof bytes, st.st_size > SEAL_MAX ? st.st_size - SEAL_MAX : 0);
	return n < 0 || memmem(bytes, (size_t)n, SEAL_PREFIX, sizeof SEAL_PREFIX - 1) != NULL;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

uint64_t source_bytes(const struct source *s)
{
	return atomic_load(&s->bytes);
}

void source_close(struct source *s)
{
	struct inflate_thread *t;

	if (s == NULL)
		return;
	t = &s->inflate;
	if (t->pieces[0].bytes) {
		pthread_mutex_lock(&t->lock);
		atomic_store(&t->stop, true);
		pthread_cond_broadcast(&t->changed);
		pthread_mutex_unlock(&t->lock);
		if (t->running)
			pthread_join(t->thread, NULL);
		pthread_mutex_destroy(&t->lock);
		pthread_cond_destroy(&t->changed);
		for (int i = 0; i < PIECES; i++)
			free(t->pieces[i].bytes);
	}
	inflater_free(s->inflater);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s->first);
	free(s->name);
	free(s);
}
