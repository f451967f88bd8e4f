/* so1-swap: puts a folder in another's place in one step. A helper of so1-nightly, for
 * which the shell has no command (mv --exchange is younger than the Debian we build for);
 * not one of the tools of the pipe. */
#include "base/exchange.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static enum so1_status swap(const char *new, const char *target, struct so1_error *e)
{
	struct stat st;
	enum so1_status status = SO1_OK;

	if (stat(new, &st) != 0)
		return error_set_errno(e, new, "cannot use");
	if (lstat(target, &st) == 0)
		status = exchange_paths(new, target, e);
	else if (rename(new, target) != 0)
		status = error_set_errno(e, target, "cannot rename to");
	if (status == SO1_OK)
		exchange_sync_parent(target);
	return status;
}

int main(int argc, char **argv)
{
	struct so1_error e;
	char message[2048];

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: so1-swap NEW TARGET\n"
		     "Put NEW in the place of TARGET in one step; NEW is then what TARGET was,\n"
		     "or gone when there was none. Both are folders in one file system.");
		return fflush(stdout) == 0 ? 0 : SO1_FAILED;
	}
	if (argc != 3) {
		fputs("so1-swap: usage: so1-swap NEW TARGET\n", stderr);
		return SO1_USAGE;
	}
	if (swap(argv[1], argv[2], &e) == SO1_OK)
		return 0;
	error_format(&e, message, sizeof message);
	fprintf(stderr, "so1-swap: %s\n", message);
	return SO1_FAILED;
}
