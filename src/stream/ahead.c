#include "stream/ahead.h"

/* How far reading is. */
struct progress {
	size_t next;
	bool end;
	struct so1_error late; /* of the reader */
};

/* Until the crew has enough to do. */
static void read_on(const struct ahead *a, struct crew *crew, struct progress *p)
{
	while (!p->end && crew_waiting(crew) < a->depth) {
		struct ahead_job *job = a->jobs[p->next % a->depth];
		if (reader_next_unchecked(a->reader, &job->batch, &p->late) || !job->batch) {
			p->end = true;
			return;
		}
		crew_submit(crew, job);
		p->next++;
	}
}

enum so1_status ahead_run(const struct ahead *a, struct so1_error *e)
{
	struct crew *crew = crew_start(a->threads, a->work, a->context);
	struct progress p = {.late.status = SO1_OK};
	enum so1_status status = SO1_OK;
	void *job;

	read_on(a, crew, &p);
	while (status == SO1_OK && (job = crew_take(crew)) != NULL) {
		status = a->settle(a->context, job, e);
		if (status == SO1_OK)
			read_on(a, crew, &p);
	}
	crew_stop(crew);
	if (status == SO1_OK && p.late.status != SO1_OK) {
		*e = p.late;
		status = e->status;
	}
	return status;
}
