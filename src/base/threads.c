#include "base/threads.h"

#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

int threads_available(void)
{
	cpu_set_t set;

	/* The affinity mask, not the number of processors: containers and taskset. */
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		return CPU_COUNT(&set);
	return 1;
}

struct job {
	atomic_size_t next;
	size_t count, grain;
	void (*work)(void *context, size_t begin, size_t end, int thread);
	void *context;
};

struct worker {
	pthread_t handle;
	struct job *job;
	int number;
};

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct job *j = w->job;

	for (;;) {
		size_t begin = atomic_fetch_add(&j->next, j->grain);
		if (begin >= j->count)
			return NULL;
		size_t left = j->count - begin;
		j->work(j->context, begin, begin + (left < j->grain ? left : j->grain), w->number);
	}
}

void threads_for(size_t count, size_t grain, int threads,
		 void (*work)(void *context, size_t begin, size_t end, int thread), void *context)
{
	struct job job = {.count = count, .grain = grain ? grain : 1, .work = work,
			  .context = context};
	size_t chunks = count / job.grain + (count % job.grain != 0);

	if (threads < 1)
		threads = 1;
	if ((size_t)threads > chunks)
		threads = chunks ? (int)chunks : 1;
	struct worker *workers = xcalloc((size_t)threads, sizeof *workers);
	int started = 1;
	for (; started < threads; started++) {
		workers[started] = (struct worker){.job = &job, .number = started};
		/* Fewer threads than asked for still do all the work. */
		if (pthread_create(&workers[started].handle, NULL, worker_main, &workers[started]))
			break;
	}
	workers[0] = (struct worker){.job = &job};
	worker_main(&workers[0]);
	for (int i = 1; i < started; i++)
		pthread_join(workers[i].handle, NULL);
	free(workers);
}
