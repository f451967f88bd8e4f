#include "config.h"

#include "predict/kernels.h"

#if defined HAVE_OPENBLAS && defined __x86_64__

#include "base/buffer.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* Declared here because Debian keeps cblas.h apart for each BLAS. */
char *openblas_get_corename(void);

static const char *better_kernels(void)
{
	if (strcasecmp(openblas_get_corename(), "prescott") != 0)
		return NULL;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
		return "SkylakeX";
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "Haswell" : NULL;
}

static bool read_whole(const char *path, struct buffer *b)
{
	enum { PIECE = 4096 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buffer_reserve(b, PIECE), PIECE)) > 0)
		b->len += (size_t)n;
	if (fd >= 0)
		close(fd);
	return n == 0 && b->len > 0;
}

void kernels_choose(void)
{
	enum { PATH_MOST = 4096 };
	const char *kernels = better_kernels();
	char program[PATH_MOST], **arguments;
	struct buffer line = {0};
	size_t n = 0;

	if (kernels == NULL || getenv("OPENBLAS_CORETYPE"))
		return;
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	if (length > 0 && read_whole("/proc/self/cmdline", &line)) {
		program[length] = '\0';
		/* Each argument ends with a NUL. */
		arguments = xcalloc(line.len + 1, sizeof *arguments);
		for (size_t i = 0; i < line.len; i += strlen(line.ptr + i) + 1)
			arguments[n++] = line.ptr + i;
		setenv("OPENBLAS_CORETYPE", kernels, 1);
		execv(program, arguments);
		free(arguments);
	}
	buffer_free(&line);
}

#else

void kernels_choose(void)
{
}

#endif
