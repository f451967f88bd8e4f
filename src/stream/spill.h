/* External sort: (key, payload) pairs in, the same pairs out by key bytes, then payload
 * bytes. Holds at most `memory` bytes, the rest in sorted runs under `tmpdir`
 * (unlinked at once, so that nothing stays behind whatever happens). */
#ifndef SO1_STREAM_SPILL_H
#define SO1_STREAM_SPILL_H

#include "base/error.h"

#include <stdio.h>

struct sorter;

struct sorter_options {
	uint64_t memory;    /* bytes, at least 1 MiB is taken */
	const char *tmpdir; /* as for spool_folder */
	int threads;
};

enum so1_status sorter_open(struct sorter **out, const struct sorter_options *options,
			    struct so1_error *e);
enum so1_status sorter_add(struct sorter *s, struct slice key, struct slice payload,
			   struct so1_error *e);
/* Ends adding. */
enum so1_status sorter_finish(struct sorter *s, struct so1_error *e);
/* The next pair; slices are valid until the next call. *more false at the end. */
enum so1_status sorter_next(struct sorter *s, struct slice *key, struct slice *payload, bool *more,
			    struct so1_error *e);
/* Runs written to disk, for tests and the summary. */
size_t sorter_runs(const struct sorter *s);
void sorter_free(struct sorter *s);

/* Where temporary files go: tmpdir, or where it is NULL $TMPDIR, else /tmp. */
const char *spool_folder(const char *tmpdir);
/* An unlinked temporary file in spool_folder(tmpdir), for tools that must read their input twice. */
enum so1_status spool_create(const char *tmpdir, int *fd, struct so1_error *e);
/* The same as a stream, to write and to read back. */
enum so1_status spool_open(const char *tmpdir, FILE **f, struct so1_error *e);
/* pwrite and pread whole, of such a file. */
enum so1_status spool_write_at(int fd, const char *tmpdir, const char *bytes, size_t n, uint64_t at,
			       struct so1_error *e);
enum so1_status spool_read_at(int fd, const char *tmpdir, char *bytes, size_t n, uint64_t at,
			      struct so1_error *e);
/* Fails for the reason in errno and names the folder, for that is what has no room. */
enum spool_deed { SPOOL_WRITE, SPOOL_READ };
enum so1_status spool_failed(const char *tmpdir, enum spool_deed deed, struct so1_error *e);

#endif
