#include "stream/sink.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "stream/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void pipe_enlarge(int fd)
{
#ifdef F_SETPIPE_SZ
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
#else
	(void)fd;
#endif
}

/* The umask applies, which mkstemp would not let it: hence names of our own. */
static int create_beside(struct sink *s, mode_t mode)
{
	struct buffer name = {0};
	struct timespec now;
	int fd = -1;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (unsigned try = 0; try < 100 && fd < 0; try++) {
		unsigned long long tag = (unsigned long long)now.tv_nsec * 2654435761u +
					 (unsigned long long)getpid() * 40503u + try;
		buffer_clear(&name);
		buffer_printf(&name, "%s.so1-%06llx", s->target, tag & 0xffffff);
		fd = open(buffer_text(&name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd >= 0)
		s->beside = xstrndup(name.ptr, name.len);
	buffer_free(&name);
	return fd;
}

/* One name for one file, whether it exists or only its folder does; the caller frees it. */
static char *real_path(const char *path, bool exists)
{
	char *real = exists ? realpath(path, NULL) : NULL;
	const char *slash = strrchr(path, '/');

	if (exists)
		return real ? real : xstrdup(path);
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	real = realpath(folder, NULL);
	free(folder);
	if (real == NULL)
		return xstrdup(path);
	struct buffer whole = {0};
	buffer_printf(&whole, "%s/%s", real, slash ? slash + 1 : path);
	char *target = xstrndup(whole.ptr, whole.len);
	buffer_free(&whole);
	free(real);
	return target;
}

static enum so1_status open_target(struct sink *s, const char *path, struct so1_error *e)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;

	if (!exists && errno != ENOENT)
		return error_set_errno(e, path, "cannot write");
	if (exists && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return error_set_errno(e, path, "cannot write");
	}
	if (exists && !S_ISREG(st.st_mode)) {
		s->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		pipe_enlarge(s->fd);
		return s->fd < 0 ? error_set_errno(e, path, "cannot write") : SO1_OK;
	}
	/* A file one may not write is not replaced either, though rename could. */
	if (exists && access(path, W_OK) < 0)
		return error_set_errno(e, path, "cannot write");
	s->target = real_path(path, exists);
	if (cleanup_has_beside(s->target)) {
		error_set(e, SO1_USAGE, "two outputs to the same file");
		return error_at(e, path, 0, NULL);
	}
	s->fd = create_beside(s, 0666);
	if (s->fd < 0)
		return error_set_errno(e, path, "cannot write");
	s->cleanup = cleanup_add(s->beside);
	if (exists && fchmod(s->fd, st.st_mode & 07777) < 0)
		return error_set_errno(e, path, "cannot set permissions");
	return SO1_OK;
}

enum so1_status sink_open(struct sink *s, const char *path, struct so1_error *e)
{
	*s = (struct sink){.fd = -1, .cleanup = -1};
	if (path == NULL || strcmp(path, "-") == 0) {
		s->fd = STDOUT_FILENO;
		s->name = "(standard output)";
		pipe_enlarge(s->fd);
		return SO1_OK;
	}
	s->name = s->name_owned = xstrdup(path);
	return open_target(s, path, e);
}

enum so1_status sink_open_spool(struct sink *s, int fd, const char *folder, struct so1_error *e)
{
	*s = (struct sink){.fd = dup(fd), .cleanup = -1};
	s->name = s->name_owned = xstrdup(folder);
	return s->fd < 0 ? error_set_errno(e, s->name, "cannot write") : SO1_OK;
}

/* What is written will be synced before the rename: the disk had better begin while there
 * is still work to do. Pages stay cached; a failure shows in fsync. */
static void start_writeback(struct sink *s, size_t n)
{
	enum { STRETCH = 8 << 20 };

	s->unsynced += n;
	if (s->beside == NULL || s->unsynced < STRETCH)
		return;
#ifdef SYNC_FILE_RANGE_WRITE
	(void)sync_file_range(s->fd, s->synced, (off_t)s->unsynced, SYNC_FILE_RANGE_WRITE);
#endif
	s->synced += (off_t)s->unsynced;
	s->unsynced = 0;
}

enum so1_status sink_write(struct sink *s, const char *bytes, size_t n, struct so1_error *e)
{
	size_t all = n;

	while (n > 0) {
		ssize_t done = write(s->fd, bytes, n);
		if (done < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = s->fd, .events = POLLOUT};
			poll(&p, 1, -1);
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, s->name, "cannot write");
		bytes += done;
		n -= (size_t)done;
	}
	start_writeback(s, all);
	return SO1_OK;
}

/* The rename itself must survive a power cut. */
static enum so1_status sync_directory(const struct sink *s, struct so1_error *e)
{
	const char *slash = strrchr(s->target, '/');
	char *dir = slash == NULL ? xstrdup(".")
				  : xstrndup(s->target, slash == s->target ? 1 : (size_t)(slash - s->target));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = 0;

	free(dir);
	/* Not every file system lets one open or sync a directory. */
	if (fd >= 0) {
		if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
			failed = errno;
		close(fd);
	}
	errno = failed;
	return failed ? error_set_errno(e, s->name, "cannot sync the folder") : SO1_OK;
}

static enum so1_status commit_file(struct sink *s, struct so1_error *e)
{
	if (fsync(s->fd) < 0 && errno != EINVAL)
		return error_set_errno(e, s->name, "cannot write");
	int closed = close(s->fd);
	s->fd = -1;
	if (closed < 0)
		return error_set_errno(e, s->name, "cannot write");
	if (rename(s->beside, s->target) < 0)
		return error_set_errno(e, s->name, "cannot rename into place");
	cleanup_remove(s->cleanup);
	s->cleanup = -1;
	free(s->beside);
	s->beside = NULL;
	return sync_directory(s, e);
}

enum so1_status sink_commit(struct sink *s, struct so1_error *e)
{
	if (s->beside != NULL)
		return commit_file(s, e);
	/* Some file systems report a failed write only on close; standard output itself
	 * stays open for whoever else writes there. */
	int fd = s->fd == STDOUT_FILENO ? dup(s->fd) : s->fd;
	if (s->fd != STDOUT_FILENO)
		s->fd = -1;
	if (fd < 0 || close(fd) < 0)
		return error_set_errno(e, s->name, "cannot write");
	return SO1_OK;
}

void sink_close(struct sink *s)
{
	if (s->fd >= 0 && s->fd != STDOUT_FILENO)
		close(s->fd);
	if (s->beside != NULL) {
		unlink(s->beside);
		cleanup_remove(s->cleanup);
		free(s->beside);
	}
	free(s->target);
	free(s->name_owned);
	*s = (struct sink){.fd = -1, .cleanup = -1};
}
