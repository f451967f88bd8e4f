#include "stream/pipeline.h"

#include "base/memory.h"
#include "stream/order.h"
#include "stream/reader_private.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { PAUSE_NS = 50 * 1000 * 1000, NS_PER_S = 1000 * 1000 * 1000 };

/* A record a worker could not use, and how much had been made before it: rejects and
 * errors are dealt with in the order of the input, whoever found them. */
struct refusal {
	struct record rec;
	struct problem problem;
	size_t bytes;
	uint64_t rows;
};

enum slot_state { SLOT_FREE, SLOT_FILLED, SLOT_WORKING, SLOT_DONE };

/* A batch on its way. */
struct slot {
	enum slot_state state;
	struct block *block;
	bool last;                 /* the reader ended here, well or with read_error */
	enum so1_status read_status, work_status;
	struct so1_error read_error, work_error;
	struct pipeline_output out;
	struct refusal *refusals;
	size_t refusal_count, refusal_cap;
	struct arena text;
	/* Of a pipeline that checks the order: within the batch, and where it begins. */
	struct order order;
	struct record first;
	struct slice first_id;
	size_t first_refusals; /* refused before it */
};

struct run {
	const struct pipeline *p;
	struct reader *reader;
	struct writer *writer;
	struct order order;        /* of the batches settled so far */
	struct slot *slots;
	size_t slot_count;
	uint64_t filled, taken;    /* by the reader, by workers; slots go round */
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static void slot_clear(struct slot *s)
{
	buffer_clear(&s->out.bytes);
	buffer_clear(&s->out.side);
	s->out.rows = 0;
	s->out.start = s->out.fields = 0;
	s->refusal_count = 0;
	s->read_status = s->work_status = SO1_OK;
	s->order.any = false;
	arena_reset(&s->text);
}

static enum so1_status check_order(const struct pipeline *p, struct order *o,
				   const struct record *rec, struct slice id, struct so1_error *e)
{
	return order_check(o, rec, id, SLICE(""), SLICE(""), p->unique, NULL, e);
}

/* Within the batch; what comes before it is known only when it is settled. */
static enum so1_status check_within(const struct pipeline *p, struct slot *s,
				    const struct record *rec, struct so1_error *e)
{
	struct slice id = rec->fields[p->order_column];

	if (!s->order.any) {
		s->first = *rec;
		s->first_id = arena_copy(&s->text, id);
		s->first_refusals = s->refusal_count;
	}
	return check_order(p, &s->order, rec, id, e);
}

/* The batch's first record against the last one before it. */
static enum so1_status check_between(struct run *r, const struct slot *s, struct so1_error *e)
{
	if (!r->p->ordered || !s->order.any)
		return SO1_OK;
	enum so1_status status = check_order(r->p, &r->order, &s->first, s->first_id, e);
	buffer_clear(&r->order.last_id);
	buffer_put_slice(&r->order.last_id, buffer_slice(&s->order.last_id));
	return status;
}

static void refuse(struct slot *s, const struct record *rec, const struct problem *p)
{
	GROW(s->refusals, s->refusal_cap, s->refusal_count + 1);
	s->refusals[s->refusal_count++] = (struct refusal){
		.rec = *rec, .problem = *p, .bytes = s->out.bytes.len, .rows = s->out.rows,
	};
}

/* The tool's own reason, kept until its turn comes. */
static void refuse_error(struct slot *s, const struct record *rec, const struct so1_error *e)
{
	struct problem p = {
		.reason = arena_copy(&s->text, slice_of(e->reason)).ptr,
		.column = arena_copy(&s->text, slice_of(e->column)),
		.value = arena_copy(&s->text, slice_of(e->has_value ? e->value : "")),
	};

	refuse(s, rec, &p);
}

static void work_on(const struct pipeline *p, void *worker, struct slice *fields, struct arena *a,
		    struct slot *s)
{
	struct record rec;
	struct problem problem;

	for (size_t i = 0; i < s->block->count; i++) {
		bool reject = false;
		arena_reset(a);
		if (!block_get(s->block, i, fields, a, &rec, &problem)) {
			problem.value = arena_copy(&s->text, problem.value);
			refuse(s, &rec, &problem);
			if (problem.fatal)
				return;
			continue;
		}
		if (p->ordered)
			s->work_status = check_within(p, s, &rec, &s->work_error);
		if (s->work_status != SO1_OK)
			return;
		s->work_status = p->record(p->context, worker, &rec, &s->out, &reject, &s->work_error);
		if (s->work_status == SO1_OK)
			continue;
		if (!reject)
			return;
		refuse_error(s, &rec, &s->work_error);
		s->work_status = SO1_OK;
	}
}

/* Refusals [from, to) in their turn; what was made before the one that ends the run. */
static enum so1_status report(struct run *r, const struct slot *s, size_t from, size_t to,
			      size_t *bytes, uint64_t *rows, struct so1_error *e)
{
	for (size_t i = from; i < to; i++) {
		const struct refusal *x = &s->refusals[i];
		enum so1_status status = reader_report(r->reader, &x->rec, &x->problem, e);
		if (status != SO1_OK) {
			*bytes = x->bytes;
			*rows = x->rows;
			return status;
		}
	}
	return SO1_OK;
}

/* The first error of the batch in the order of the input, as if there had been one thread. */
static enum so1_status first_error(struct run *r, const struct slot *s, size_t *bytes,
				   uint64_t *rows, struct so1_error *e)
{
	size_t begin = r->p->ordered && s->order.any ? s->first_refusals : s->refusal_count;
	enum so1_status status = report(r, s, 0, begin, bytes, rows, e);

	if (status == SO1_OK) {
		status = check_between(r, s, e);
		if (status != SO1_OK)
			*bytes = *rows = 0;
	}
	if (status == SO1_OK)
		status = report(r, s, begin, s->refusal_count, bytes, rows, e);
	if (status == SO1_OK && s->work_status != SO1_OK) {
		*e = s->work_error;
		return s->work_status;
	}
	if (status == SO1_OK && s->read_status != SO1_OK) {
		*e = s->read_error;
		return s->read_status;
	}
	return status;
}

/* Deals with refusals, passes on the first error, and writes what was made before it. */
static enum so1_status settle(struct run *r, struct slot *s, struct so1_error *e)
{
	size_t bytes = s->out.bytes.len;
	uint64_t rows = s->out.rows;
	struct so1_error write_error;

	reader_count(r->reader, s->block->count);
	enum so1_status status = first_error(r, s, &bytes, &rows, e);
	enum so1_status written = writer_put_bytes(r->writer, slice_make(s->out.bytes.ptr, bytes), rows,
						   &write_error);
	if (written != SO1_OK) {
		*e = write_error;
		return written;
	}
	if (status == SO1_OK && r->p->settled)
		status = r->p->settled(r->p->context, buffer_slice(&s->out.side), e);
	return status;
}

static void fill(struct run *r, struct slot *s)
{
	bool more = false;

	slot_clear(s);
	block_clear(s->block);
	s->read_status = reader_fill_block(r->reader, s->block, &more, &s->read_error);
	s->last = s->read_status != SO1_OK || !more;
	if (s->last)
		block_clear(s->block);
}

static void *worker_new(const struct pipeline *p)
{
	return p->worker_new ? p->worker_new(p->context) : NULL;
}

static void worker_free(const struct pipeline *p, void *worker)
{
	if (p->worker_free)
		p->worker_free(p->context, worker);
}

/* Waits until slot number `n` is in this state; false when the run is over. */
static bool wait_for(struct run *r, uint64_t n, enum slot_state state)
{
	while (!r->stop && r->slots[n % r->slot_count].state != state)
		pthread_cond_wait(&r->changed, &r->lock);
	return !r->stop;
}

static void set_state(struct run *r, struct slot *s, enum slot_state state)
{
	s->state = state;
	pthread_cond_broadcast(&r->changed);
}

static void *reader_thread(void *context)
{
	struct run *r = context;
	bool last = false;

	pthread_mutex_lock(&r->lock);
	while (!last && wait_for(r, r->filled, SLOT_FREE)) {
		struct slot *s = &r->slots[r->filled % r->slot_count];
		pthread_mutex_unlock(&r->lock);
		fill(r, s);
		pthread_mutex_lock(&r->lock);
		last = s->last;
		r->filled++;
		set_state(r, s, SLOT_FILLED);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct worker_thread {
	struct run *run;
	void *worker;
	struct slice *fields;
	struct arena text;
	pthread_t thread;
};

static void *work_thread(void *context)
{
	struct worker_thread *w = context;
	struct run *r = w->run;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!r->stop && r->taken == r->filled)
			pthread_cond_wait(&r->changed, &r->lock);
		if (r->stop)
			break;
		struct slot *s = &r->slots[r->taken++ % r->slot_count];
		s->state = SLOT_WORKING;
		pthread_mutex_unlock(&r->lock);
		work_on(r->p, w->worker, w->fields, &w->text, s);
		pthread_mutex_lock(&r->lock);
		set_state(r, s, SLOT_DONE);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Waits for slot number `n`, and lets downstream have what there is while upstream makes
 * us wait. Only then: what a failed run has written by then would otherwise depend on
 * which thread was faster. */
static enum so1_status wait_done(struct run *r, uint64_t n, struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	bool flushed = false;

	while (r->slots[n % r->slot_count].state != SLOT_DONE && status == SO1_OK) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += PAUSE_NS;
		until.tv_sec += until.tv_nsec / NS_PER_S;
		until.tv_nsec %= NS_PER_S;
		int waited = pthread_cond_timedwait(&r->changed, &r->lock, &until);
		if (waited != ETIMEDOUT || flushed || !reader_is_waiting(r->reader))
			continue;
		pthread_mutex_unlock(&r->lock);
		status = writer_flush(r->writer, e);
		flushed = true;
		pthread_mutex_lock(&r->lock);
	}
	return status;
}

/* The calling thread writes. */
static enum so1_status settle_all(struct run *r, struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	bool last = false;

	pthread_mutex_lock(&r->lock);
	for (uint64_t n = 0; status == SO1_OK && !last; n++) {
		struct slot *s = &r->slots[n % r->slot_count];
		status = wait_done(r, n, e);
		if (status != SO1_OK)
			break;
		pthread_mutex_unlock(&r->lock);
		status = settle(r, s, e);
		last = s->last;
		pthread_mutex_lock(&r->lock);
		set_state(r, s, SLOT_FREE);
	}
	r->stop = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return status;
}

static enum so1_status run_threads(struct run *r, struct so1_error *e)
{
	size_t wanted = (size_t)r->p->threads, started = 0;
	struct worker_thread *w = xcalloc(wanted, sizeof *w);
	enum so1_status status = SO1_OK;
	pthread_t reader;

	for (size_t i = 0; i < wanted; i++) {
		w[i].run = r;
		w[i].worker = worker_new(r->p);
		w[i].fields = xcalloc(reader_header(r->reader)->count, sizeof *w[i].fields);
	}
	bool reading = pthread_create(&reader, NULL, reader_thread, r) == 0;
	while (reading && started < wanted &&
	       pthread_create(&w[started].thread, NULL, work_thread, &w[started]) == 0)
		started++;
	if (!reading || started == 0) {
		status = error_set(e, SO1_FAILED, "cannot start a thread; try --threads 1");
		pthread_mutex_lock(&r->lock);
		r->stop = true;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->lock);
	} else {
		status = settle_all(r, e);
	}
	reader_stop(r->reader);
	if (reading)
		pthread_join(reader, NULL);
	for (size_t i = 0; i < started; i++)
		pthread_join(w[i].thread, NULL);
	for (size_t i = 0; i < wanted; i++) {
		worker_free(r->p, w[i].worker);
		arena_free(&w[i].text);
		free(w[i].fields);
	}
	free(w);
	return status;
}

static enum so1_status run_alone(struct run *r, struct so1_error *e)
{
	void *worker = worker_new(r->p);
	struct slice *fields = xcalloc(reader_header(r->reader)->count, sizeof *fields);
	struct arena text = {0};
	enum so1_status status = SO1_OK;
	struct slot *s = &r->slots[0];

	s->last = false;
	while (status == SO1_OK && !s->last) {
		if (reader_would_wait(r->reader))
			status = writer_flush(r->writer, e);
		if (status != SO1_OK)
			break;
		fill(r, s);
		work_on(r->p, worker, fields, &text, s);
		status = settle(r, s, e);
	}
	worker_free(r->p, worker);
	arena_free(&text);
	free(fields);
	return status;
}

enum so1_status pipeline_run(const struct pipeline *p, struct reader *r, struct writer *w,
			     struct so1_error *e)
{
	struct run run = {.p = p, .reader = r, .writer = w,
			  .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

	run.slot_count = p->threads > 1 ? 2 * (size_t)p->threads + 2 : 1; /* two a worker */
	run.slots = xcalloc(run.slot_count, sizeof *run.slots);
	for (size_t i = 0; i < run.slot_count; i++)
		run.slots[i].block = block_new(0);
	enum so1_status status = p->threads > 1 ? run_threads(&run, e) : run_alone(&run, e);
	for (size_t i = 0; i < run.slot_count; i++) {
		block_free(run.slots[i].block);
		buffer_free(&run.slots[i].out.bytes);
		buffer_free(&run.slots[i].out.side);
		free(run.slots[i].refusals);
		arena_free(&run.slots[i].text);
		order_free(&run.slots[i].order);
	}
	order_free(&run.order);
	free(run.slots);
	pthread_mutex_destroy(&run.lock);
	pthread_cond_destroy(&run.changed);
	return status;
}
