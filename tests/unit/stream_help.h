/* Temporary files for the unit tests of src/stream. */
#ifndef SO1_TESTS_STREAM_HELP_H
#define SO1_TESTS_STREAM_HELP_H

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A folder of the test's own below the system's temporary one. */
static inline char *temp_folder(void)
{
	static char folder[64];

	snprintf(folder, sizeof folder, "/tmp/so1-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		abort();
	return folder;
}

static inline void temp_remove(const char *folder)
{
	char command[256];

	snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", folder, folder);
	if (system(command) != 0)
		abort();
}

/* FOLDER/NAME, valid as long as the process: the same text is the same place. */
static inline const char *temp_path(const char *folder, const char *name)
{
	static char paths[16][128];
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	for (int i = 0; i < 16; i++) {
		if (paths[i][0] == 0)
			memcpy(paths[i], path, sizeof path);
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	}
	abort();
}

static inline void file_put(const char *path, struct slice bytes)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len || fclose(f) != 0)
		abort();
}

static inline bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Appends the file to the buffer. */
static inline void file_get(const char *path, struct buffer *b)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		abort();
	while ((n = fread(buffer_reserve(b, 65536), 1, 65536, f)) > 0)
		b->len += n;
	fclose(f);
}

#endif
