/* A crew of threads that work off jobs and hand them back in the order they came. */
#ifndef SO1_BASE_CREW_H
#define SO1_BASE_CREW_H

#include <stdbool.h>
#include <stddef.h>

struct crew;

/* Jobs that may be under way or waiting to be taken back. Fixed, so that what happens
 * between submitting and taking back comes in the same order for any number of threads. */
enum { CREW_DEPTH = 16 };

/* `work` runs on thread 0 … threads-1, one job at a time on each; with one thread, inside
 * crew_submit. */
struct crew *crew_start(int threads, void (*work)(void *context, int thread, void *job),
			void *context);
/* Only while crew_waiting() < CREW_DEPTH. */
void crew_submit(struct crew *c, void *job);
/* Jobs submitted and not taken back. */
size_t crew_waiting(const struct crew *c);
/* The oldest job, once it is done; NULL when there is none. */
void *crew_take(struct crew *c);
/* Finishes what was submitted, ends the threads. The jobs are the caller's. */
void crew_stop(struct crew *c);

#endif
