#include "export/folder.h"

#include "base/exchange.h"
#include "base/table.h"
#include "stream/reader.h"
#include "stream/touchpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	const char *name; /* as the user wrote it, for messages; borrowed */
	char *target;   /* resolved, no '/' at its end */
	int lock;       /* on the new folder, -1 for none */
	char *beside;   /* the new folder; NULL once it is in place */
	bool exists;    /* the target did when we began */
	mode_t mode;    /* the target's permissions */
};

bool folder_is_named(const char *path)
{
	struct stat st;
	size_t n = strlen(path);

	return (n > 0 && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static char *join(const char *folder, const char *name)
{
	struct buffer b = {0};

	buffer_printf(&b, "%s/%s", folder, name);
	buffer_text(&b);
	return b.ptr;
}

/* The files of an earlier export, from its manifest. */
struct old_files {
	struct dictionary names;
	size_t key;
};

static enum so1_status old_header(void *context, const struct header *h, struct so1_error *e)
{
	struct old_files *old = context;

	(void)e;
	old->key = header_find(h, SLICE("key"));
	return SO1_OK;
}

static enum so1_status old_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct old_files *old = context;
	struct slice key = field_at(rec->fields, old->key), prefix = SLICE(MANIFEST_DIGEST);

	(void)e;
	if (slice_starts_with(key, prefix))
		dictionary_add(&old->names,
			       slice_make(key.ptr + prefix.len, key.len - prefix.len), NULL);
	return SO1_OK;
}

static void read_old_files(const char *folder, struct old_files *old)
{
	struct so1_error ignored;
	char *manifest = join(folder, MANIFEST_NAME);

	/* Without a manifest that can be read no file there is known to be ours. */
	if (csv_read_file(manifest, old_header, old_row, old, &ignored) == SO1_OK)
		dictionary_add(&old->names, SLICE(MANIFEST_NAME), NULL);
	free(manifest);
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Fails on the first file in the target that is not in its manifest; *old gets the others. */
static enum so1_status check_contents(const struct folder *f, struct old_files *old,
				      struct so1_error *e)
{
	DIR *dir = opendir(f->target);
	const struct dirent *entry;

	if (dir == NULL)
		return error_set_errno(e, f->name, "cannot open");
	read_old_files(f->target, old);
	enum so1_status status = SO1_OK;
	while (status == SO1_OK && (entry = readdir(dir)) != NULL) {
		if (is_dot(entry->d_name) ||
		    dictionary_find(&old->names, slice_of(entry->d_name)) != DICTIONARY_NONE)
			continue;
		error_set(e, SO1_FAILED, "holds a file that so1-export did not write and would "
			  "delete; name a folder of its own for the export");
		error_value(e, slice_of(entry->d_name));
		status = error_at(e, f->name, 0, NULL);
	}
	closedir(dir);
	return status;
}

static void remove_folder(const char *folder, const struct old_files *only)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (!is_dot(entry->d_name) &&
		    (only == NULL || dictionary_find(&only->names, slice_of(entry->d_name)) !=
					     DICTIONARY_NONE))
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

/* What killed runs left: folders of our pattern beside the target that nobody locks. */
static void remove_stale(const struct folder *f)
{
	char *parent = xstrdup(f->target), *slash = strrchr(parent, '/');
	const char *name = slash ? slash + 1 : f->target;
	size_t n = strlen(name);

	if (slash)
		slash[slash == parent] = '\0';
	DIR *dir = opendir(slash ? parent : ".");
	const struct dirent *entry;
	while (dir && (entry = readdir(dir)) != NULL) {
		const char *rest = entry->d_name + n;
		if (strncmp(entry->d_name, name, n) != 0 || strncmp(rest, ".so1-", 5) != 0 ||
		    strlen(rest) != strlen(".so1-XXXXXX"))
			continue;
		struct buffer path = {0};
		buffer_printf(&path, "%s.so1-%s", f->target, rest + 5);
		int fd = open(buffer_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_folder(path.ptr, NULL);
		if (fd >= 0)
			close(fd);
		buffer_free(&path);
	}
	if (dir)
		closedir(dir);
	free(parent);
}

/* The absolute path of the target without links, which rename would replace. */
static enum so1_status resolve(struct folder *f, const char *target, struct so1_error *e)
{
	char *path = xstrdup(target);
	struct stat st;

	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	f->exists = stat(path, &st) == 0;
	f->mode = f->exists ? st.st_mode & 07777 : 0;
	if (f->exists && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		error_set_errno(e, target, "cannot write");
		free(path);
		return e->status;
	}
	f->target = f->exists ? realpath(path, NULL) : xstrdup(path);
	free(path);
	if (f->target == NULL)
		return error_set_errno(e, target, "cannot resolve");
	char cwd[PATH_MAX];
	size_t n = strlen(f->target);
	if (f->exists && getcwd(cwd, sizeof cwd) && strncmp(cwd, f->target, n) == 0 &&
	    (cwd[n] == '\0' || cwd[n] == '/' || n == 1)) {
		error_set(e, SO1_FAILED, "is the working directory or above it; name a folder "
			  "of its own for the export");
		return error_at(e, target, 0, NULL);
	}
	return SO1_OK;
}

enum so1_status folder_begin(struct folder **out, const char *target, struct so1_error *e)
{
	struct folder *f = xcalloc(1, sizeof *f);
	struct old_files old = {.key = COLUMN_NONE};

	*out = f;
	f->name = target;
	f->lock = -1;
	if (resolve(f, target, e) != SO1_OK)
		return e->status;
	if (f->exists) {
		enum so1_status status = check_contents(f, &old, e);
		dictionary_free(&old.names);
		if (status != SO1_OK)
			return status;
	}
	remove_stale(f);
	struct buffer b = {0};
	buffer_printf(&b, "%s.so1-XXXXXX", f->target);
	buffer_text(&b);
	if (mkdtemp(b.ptr) == NULL) {
		error_set_errno(e, target, "cannot make a folder beside it");
		buffer_free(&b);
		return e->status;
	}
	f->beside = b.ptr;
	f->lock = open(f->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->lock >= 0)
		flock(f->lock, LOCK_EX | LOCK_NB);
	/* mkdtemp makes it private; the export has the permissions any new folder would. */
	if (!f->exists) {
		mode_t mask = umask(0);
		umask(mask);
		f->mode = 0777 & ~mask;
	}
	chmod(f->beside, f->mode);
	return SO1_OK;
}

char *folder_path(const struct folder *f, const char *name)
{
	return join(f->beside, name);
}

enum so1_status folder_rename(const struct folder *f, const char *from, const char *to,
			      struct so1_error *e)
{
	char *old = join(f->beside, from), *new = join(f->beside, to);
	enum so1_status status = SO1_OK;

	if (rename(old, new) != 0)
		status = error_set_errno(e, new, "cannot rename");
	free(old);
	free(new);
	return status;
}

static void sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd); /* some file systems cannot sync a folder; the files are synced */
	close(fd);
}

enum so1_status folder_commit(struct folder *f, struct so1_error *e)
{
	struct old_files old = {.key = COLUMN_NONE};

	sync_folder(f->beside);
	if (!f->exists) {
		if (rename(f->beside, f->target) != 0)
			return error_set_errno(e, f->target, "cannot rename to");
		exchange_sync_parent(f->target);
		goto done;
	}
	/* Once more: somebody may have put a file there while we ran. */
	enum so1_status status = check_contents(f, &old, e);
	if (status == SO1_OK)
		status = exchange_paths(f->beside, f->target, e);
	if (status == SO1_OK) {
		exchange_sync_parent(f->target);
		remove_folder(f->beside, &old);
	}
	dictionary_free(&old.names);
	if (status != SO1_OK)
		return status;
done:
	free(f->beside);
	f->beside = NULL;
	return SO1_OK;
}

void folder_free(struct folder *f)
{
	if (f == NULL)
		return;
	if (f->beside)
		remove_folder(f->beside, NULL);
	if (f->lock >= 0)
		close(f->lock);
	free(f->target);
	free(f->beside);
	free(f);
}
