#include "stream/source.h"

#include "base/memory.h"
#include "stream/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { RAW_SIZE = 256 << 10 };

struct source {
	char *name;
	int fd;
	bool is_gzip;
	bool started;       /* the first bytes have been looked at */
	bool inside_member; /* gzip: between a member's header and its end */
	bool raw_end;
	z_stream z;
	char *raw;          /* first bytes of a plain file, all of a gzip one */
	size_t raw_at, raw_len;
	uint64_t bytes, size;
};

enum so1_status source_open(struct source **out, const char *path, int threads,
			    struct so1_error *e)
{
	struct source *s = xcalloc(1, sizeof *s);
	bool standard = strcmp(path, "-") == 0;
	struct stat st;

	(void)threads;
	*out = s;
	s->name = xstrdup(standard ? "(standard input)" : path);
	s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return error_set_errno(e, s->name, "cannot open");
	s->raw = xmalloc(RAW_SIZE);
	pipe_enlarge(s->fd);
	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		s->size = (uint64_t)st.st_size;
#ifdef POSIX_FADV_SEQUENTIAL
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	}
	return SO1_OK;
}

static enum so1_status read_fd(struct source *s, char *to, size_t room, size_t *n,
			       struct so1_error *e)
{
	for (;;) {
		ssize_t got = read(s->fd, to, room);
		if (got >= 0) {
			*n = (size_t)got;
			s->bytes += (uint64_t)got;
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

/* Gzip shows itself in its first two bytes; a pipe may hand them over one by one. */
static enum so1_status look_at_start(struct source *s, struct so1_error *e)
{
	size_t n = 1;

	s->started = true;
	while (s->raw_len < 2 && n > 0) {
		enum so1_status status = read_fd(s, s->raw + s->raw_len, RAW_SIZE - s->raw_len, &n, e);
		if (status != SO1_OK)
			return status;
		s->raw_len += n;
	}
	s->raw_end = n == 0;
	s->is_gzip = s->raw_len >= 2 && s->raw[0] == '\x1f' && s->raw[1] == '\x8b';
	if (s->is_gzip && inflateInit2(&s->z, 15 + 16) != Z_OK)
		return error_at(e, s->name, 0, NULL), error_set(e, SO1_FAILED, "zlib does not start");
	return SO1_OK;
}

static enum so1_status refill(struct source *s, struct so1_error *e)
{
	size_t n;

	if (s->raw_at < s->raw_len || s->raw_end)
		return SO1_OK;
	enum so1_status status = read_fd(s, s->raw, RAW_SIZE, &n, e);
	s->raw_at = 0;
	s->raw_len = status == SO1_OK ? n : 0;
	s->raw_end = n == 0;
	return status;
}

static enum so1_status gzip_error(struct source *s, const char *reason, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	return error_at(e, s->name, 0, NULL);
}

/* Behind a member: another one, the end, or zeros that tapes and some tools pad with. */
static enum so1_status next_member(struct source *s, bool *more, struct so1_error *e)
{
	*more = false;
	for (;;) {
		enum so1_status status = refill(s, e);
		if (status != SO1_OK || s->raw_at == s->raw_len)
			return status;
		if (s->raw[s->raw_at] != '\0')
			break;
		s->raw_at++;
	}
	if (s->raw[s->raw_at] != '\x1f')
		return gzip_error(s, "bytes that are not gzip follow the gzip data", e);
	inflateReset(&s->z);
	s->inside_member = true;
	*more = true;
	return SO1_OK;
}

static enum so1_status read_gzip(struct source *s, char *to, size_t room, size_t *n,
				 struct so1_error *e)
{
	*n = 0;
	while (*n == 0) {
		bool more = true;
		enum so1_status status = s->inside_member ? refill(s, e) : next_member(s, &more, e);
		if (status != SO1_OK || !more)
			return status;
		if (s->raw_at == s->raw_len)
			return gzip_error(s, "gzip cut short", e);
		s->z.next_in = (unsigned char *)s->raw + s->raw_at;
		s->z.avail_in = (unsigned)(s->raw_len - s->raw_at);
		s->z.next_out = (unsigned char *)to;
		s->z.avail_out = (unsigned)(room < 1u << 30 ? room : 1u << 30);
		unsigned before = s->z.avail_out;
		int result = inflate(&s->z, Z_NO_FLUSH);
		s->raw_at = s->raw_len - s->z.avail_in;
		*n = before - s->z.avail_out;
		if (result == Z_STREAM_END)
			s->inside_member = false;
		else if (result != Z_OK && result != Z_BUF_ERROR)
			return gzip_error(s, "gzip damaged", e);
	}
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
	if (s->is_gzip)
		return read_gzip(s, to, room, n, e);
	if (s->raw_at < s->raw_len) {
		*n = s->raw_len - s->raw_at < room ? s->raw_len - s->raw_at : room;
		memcpy(to, s->raw + s->raw_at, *n);
		s->raw_at += *n;
		return SO1_OK;
	}
	return read_fd(s, to, room, n, e);
}

bool source_would_wait(const struct source *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	return s->size == 0 && s->raw_at == s->raw_len && poll(&p, 1, 0) == 0;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

uint64_t source_bytes(const struct source *s)
{
	return s->bytes;
}

uint64_t source_size(const struct source *s)
{
	return s->size;
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	if (s->is_gzip)
		inflateEnd(&s->z);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s->raw);
	free(s->name);
	free(s);
}
