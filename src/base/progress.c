#include "base/progress.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct progress {
	char *name;
	uint64_t expected;
	struct timespec started;
	double drawn_at; /* seconds since the start, -1 before the first time */
};

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

struct progress *progress_start(const char *name, enum progress_mode mode)
{
	if (mode == PROGRESS_NEVER || (mode == PROGRESS_AUTO && !isatty(STDERR_FILENO)))
		return NULL;
	struct progress *p = xcalloc(1, sizeof *p);
	p->name = xstrdup(name);
	p->drawn_at = -1;
	clock_gettime(CLOCK_MONOTONIC, &p->started);
	return p;
}

void progress_expect(struct progress *p, uint64_t bytes)
{
	if (p)
		p->expected += bytes;
}

/* "512 B", "1.4 MB", "23 GB" */
static void format_bytes(char *out, size_t size, double bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	size_t u = 0;

	while (bytes >= 999.5 && u + 1 < sizeof units / sizeof *units) {
		bytes /= 1000;
		u++;
	}
	snprintf(out, size, u > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static void format_left(char *out, size_t size, double seconds)
{
	if (seconds < 0 || seconds > 100 * 3600.0)
		snprintf(out, size, "--:--");
	else if (seconds < 3600)
		snprintf(out, size, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
	else
		snprintf(out, size, "%d:%02d:%02d", (int)seconds / 3600, (int)seconds / 60 % 60,
			 (int)seconds % 60);
}

void progress_update(struct progress *p, uint64_t bytes, uint64_t rows)
{
	char done[24], rate[24], left[24], line[160];

	if (p == NULL)
		return;
	double now = seconds_since(&p->started);
	if (p->drawn_at >= 0 && now - p->drawn_at < 0.1)
		return;
	p->drawn_at = now;
	double speed = now > 0.05 ? (double)bytes / now : 0;
	format_bytes(done, sizeof done, (double)bytes);
	format_bytes(rate, sizeof rate, speed);
	int n = snprintf(line, sizeof line, "%s: %s, %llu rows, %s/s", p->name, done,
			 (unsigned long long)rows, rate);
	/* Compressed input and pipes may turn out longer than was expected. */
	if (p->expected > 0 && bytes <= p->expected && n > 0 && (size_t)n < sizeof line) {
		format_left(left, sizeof left,
			    speed > 0 ? (double)(p->expected - bytes) / speed : -1);
		snprintf(line + n, sizeof line - (size_t)n, ", %.0f %%, ETA %s",
			 100.0 * (double)bytes / (double)p->expected, left);
	}
	/* \033[K: the line before may have been longer. */
	fprintf(stderr, "\r%.79s\033[K", line);
	fflush(stderr);
}

void progress_finish(struct progress *p)
{
	if (p == NULL)
		return;
	if (p->drawn_at >= 0) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	free(p->name);
	free(p);
}
