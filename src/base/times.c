#include "base/times.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct moment {
	double wall, cpu;
	long resident; /* KiB, the most so far */
};

struct stage {
	const char *name;
	double wall, cpu;
	long resident;
};

struct times {
	struct moment started, entered;
	struct stage *stages;
	size_t count, cap;
	size_t running; /* index + 1; 0: none */
};

static struct moment now(void)
{
	struct timespec wall;
	struct rusage used;

	clock_gettime(CLOCK_MONOTONIC, &wall);
	getrusage(RUSAGE_SELF, &used);
	return (struct moment){
		.wall = (double)wall.tv_sec + (double)wall.tv_nsec * 1e-9,
		.cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6,
		.resident = used.ru_maxrss,
	};
}

struct times *times_start(void)
{
	struct times *t = xcalloc(1, sizeof *t);

	t->started = now();
	return t;
}

static void leave(struct times *t, struct moment at)
{
	if (t->running == 0)
		return;
	struct stage *s = &t->stages[t->running - 1];
	s->wall += at.wall - t->entered.wall;
	s->cpu += at.cpu - t->entered.cpu;
	s->resident = at.resident;
	t->running = 0;
}

void times_enter(struct times *t, const char *stage)
{
	size_t i = 0;

	if (!t)
		return;
	struct moment at = now();
	leave(t, at);
	while (i < t->count && strcmp(t->stages[i].name, stage) != 0)
		i++;
	if (i == t->count) {
		GROW(t->stages, t->cap, t->count + 1);
		t->stages[t->count++] = (struct stage){.name = stage};
	}
	t->running = i + 1;
	t->entered = at;
}

static void put_line(struct buffer *b, const char *name, double wall, double cpu, long resident)
{
	buffer_printf(b, "%s: %.2f s, %.2f s cpu, %ld MB at most so far\n", name, wall, cpu,
		      resident / 1024);
}

void times_report(struct times *t, struct buffer *b)
{
	if (!t)
		return;
	struct moment at = now();
	leave(t, at);
	for (size_t i = 0; i < t->count; i++) {
		const struct stage *s = &t->stages[i];
		put_line(b, s->name, s->wall, s->cpu, s->resident);
	}
	put_line(b, "total", at.wall - t->started.wall, at.cpu - t->started.cpu, at.resident);
}

void times_free(struct times *t)
{
	if (!t)
		return;
	free(t->stages);
	free(t);
}
