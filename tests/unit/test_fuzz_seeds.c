/* The committed seeds of the differential fuzz target, and what it once found, on every
 * make check; scripts/fuzz goes on from there. A difference aborts. */
#include "tests/fuzz/fuzz_reader.c"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <dirent.h>

Test(fuzz_seeds, reader)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	struct dirent *entry;
	int n = 0;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus_reader", srcdir ? srcdir : "..");
	DIR *dir = opendir(path);
	cr_assert(dir != NULL, "no %s", path);
	while ((entry = readdir(dir)) != NULL) {
		char file[8192];
		struct buffer b = {0};
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		file_get(file, &b);
		LLVMFuzzerTestOneInput((const uint8_t *)b.ptr, b.len);
		/* Every choice of delimiter and longest record, many block sizes. */
		for (int i = 0; i < 256 && b.len >= 2; i++) {
			b.ptr[0] = (char)i;
			b.ptr[1] = (char)(i * 37);
			LLVMFuzzerTestOneInput((const uint8_t *)b.ptr, b.len);
		}
		buffer_free(&b);
		n++;
	}
	closedir(dir);
	cr_assert_geq(n, 20);
}
