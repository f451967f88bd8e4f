#include "base/crew.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct slot {
	void *job;
	bool done;
};

struct crew {
	void (*work)(void *context, int thread, void *job);
	void *context;
	int threads;
	pthread_t *ids;
	struct starter *starters;
	pthread_mutex_t lock;
	pthread_cond_t arrived, finished;
	/* Running numbers; job n is in slots[n % CREW_DEPTH]. taken <= begun <= submitted. */
	size_t submitted, begun, taken;
	struct slot slots[CREW_DEPTH];
	bool stopping;
};

struct starter {
	struct crew *crew;
	int thread;
};

static void *member(void *argument)
{
	struct starter *me = argument;
	struct crew *c = me->crew;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->begun == c->submitted && !c->stopping)
			pthread_cond_wait(&c->arrived, &c->lock);
		if (c->begun == c->submitted)
			break;
		struct slot *s = &c->slots[c->begun++ % CREW_DEPTH];
		pthread_mutex_unlock(&c->lock);
		c->work(c->context, me->thread, s->job);
		pthread_mutex_lock(&c->lock);
		s->done = true;
		pthread_cond_signal(&c->finished);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

struct crew *crew_start(int threads, void (*work)(void *context, int thread, void *job),
			void *context)
{
	struct crew *c = xcalloc(1, sizeof *c);

	c->work = work;
	c->context = context;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->arrived, NULL);
	pthread_cond_init(&c->finished, NULL);
	if (threads <= 1)
		return c;
	c->ids = xcalloc((size_t)threads, sizeof *c->ids);
	c->starters = xcalloc((size_t)threads, sizeof *c->starters);
	for (int i = 0; i < threads; i++) {
		c->starters[i] = (struct starter){c, i};
		/* Fewer threads than asked for still do all the work; with none at all the
		 * caller's does. */
		if (pthread_create(&c->ids[i], NULL, member, &c->starters[i]) != 0)
			break;
		c->threads++;
	}
	return c;
}

void crew_submit(struct crew *c, void *job)
{
	struct slot *s = &c->slots[c->submitted % CREW_DEPTH];

	if (c->threads == 0) {
		c->work(c->context, 0, job);
		*s = (struct slot){job, true};
		c->submitted++;
		return;
	}
	pthread_mutex_lock(&c->lock);
	*s = (struct slot){job, false};
	c->submitted++;
	pthread_cond_signal(&c->arrived);
	pthread_mutex_unlock(&c->lock);
}

size_t crew_waiting(const struct crew *c)
{
	/* Both numbers are changed by the caller's thread only. */
	return c->submitted - c->taken;
}

void *crew_take(struct crew *c)
{
	struct slot *s = &c->slots[c->taken % CREW_DEPTH];

	if (c->taken == c->submitted)
		return NULL;
	if (c->threads) {
		pthread_mutex_lock(&c->lock);
		while (!s->done)
			pthread_cond_wait(&c->finished, &c->lock);
		pthread_mutex_unlock(&c->lock);
	}
	c->taken++;
	return s->job;
}

void crew_stop(struct crew *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_broadcast(&c->arrived);
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < c->threads; i++)
		pthread_join(c->ids[i], NULL);
	pthread_cond_destroy(&c->finished);
	pthread_cond_destroy(&c->arrived);
	pthread_mutex_destroy(&c->lock);
	free(c->starters);
	free(c->ids);
	free(c);
}
