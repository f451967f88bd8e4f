/* For tests of programs that die: write, fsync, rename, renameat2, link and unlink of the
 * whole test program, which end the process before the nth of them. One test file a program
 * includes it. */
#ifndef SO1_TESTS_CRASH_HELP_H
#define SO1_TESTS_CRASH_HELP_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DIED = 99 };

static atomic_int moments_left; /* 0: nobody dies */

static void one_moment(void)
{
	if (atomic_load(&moments_left) > 0 && atomic_fetch_sub(&moments_left, 1) == 1)
		_exit(DIED);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	one_moment();
	return syscall(SYS_write, fd, bytes, n);
}

int fsync(int fd)
{
	one_moment();
	return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	one_moment();
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	one_moment();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int link(const char *from, const char *to)
{
	one_moment();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	one_moment();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

#endif
