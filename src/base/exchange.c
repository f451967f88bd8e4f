/* renameat2 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/exchange.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum so1_status exchange_by_renames(const char *beside, const char *target,
					   struct so1_error *e)
{
	struct buffer aside = {0};
	enum so1_status status = SO1_OK;

	buffer_printf(&aside, "%s~", beside);
	const char *old = buffer_text(&aside);
	if (rename(target, old) != 0) {
		status = error_set_errno(e, target, "cannot replace");
	} else if (rename(beside, target) != 0) {
		status = error_set_errno(e, target, "cannot replace");
		rename(old, target);
	} else {
		rename(old, beside);
	}
	buffer_free(&aside);
	return status;
}

enum so1_status exchange_paths(const char *beside, const char *target, struct so1_error *e)
{
	if (renameat2(AT_FDCWD, beside, AT_FDCWD, target, RENAME_EXCHANGE) == 0)
		return SO1_OK;
	if (errno != EINVAL && errno != ENOSYS)
		return error_set_errno(e, target, "cannot replace");
	return exchange_by_renames(beside, target, e);
}

void exchange_sync_parent(const char *path)
{
	char *parent = xstrdup(path), *slash = strrchr(parent, '/');

	if (slash)
		slash[slash == parent] = '\0';
	int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}
