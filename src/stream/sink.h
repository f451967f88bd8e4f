/* Where a writer's bytes go: standard output, a device, or a file that appears whole
 * or not at all. */
#ifndef SO1_STREAM_SINK_H
#define SO1_STREAM_SINK_H

#include "base/error.h"

#include <sys/types.h>

struct sink {
	int fd;
	char *target;  /* what the user named, resolved; NULL for standard output */
	char *beside;  /* the file being written, NULL when written directly */
	const char *name; /* for messages */
	char *name_owned;
	int cleanup;
	off_t synced;      /* bytes on their way to the disk, and those written since */
	size_t unsynced;
};

/* path NULL or "-" is standard output. A regular (or new) file is written beside the
 * target, through symbolic links; anything else (/dev/full, a fifo) directly. Keeps
 * the permissions of an existing target, else they follow the umask. */
enum so1_status sink_open(struct sink *s, const char *path, struct so1_error *e);
/* A temporary file that is open already and stays so; folder: where, which errors name. */
enum so1_status sink_open_spool(struct sink *s, int fd, const char *folder, struct so1_error *e);
enum so1_status sink_write(struct sink *s, const char *bytes, size_t n, struct so1_error *e);
/* fsync, rename, fsync of the directory. */
enum so1_status sink_commit(struct sink *s, struct so1_error *e);
/* Without a commit before it, removes the file beside the target. */
void sink_close(struct sink *s);
/* Pipes of 1 MiB: a 64 KiB pipe costs two thirds of the speed. Ignores failure. */
void pipe_enlarge(int fd);

#endif
