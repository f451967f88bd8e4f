#include "profile/profile.h"

#include "base/crew.h"

#include <stdlib.h>

/* Records of one customer that may wait as text before they are packed. */
enum { PENDING_LIMIT = 20000 };

/* A batch that up to two jobs read from; only the main thread counts. */
struct shared_batch {
	struct batch *batch;
	int users;
};

struct piece {
	struct shared_batch *shared;
	size_t from, to;
};

/* Consecutive pieces, the first of which starts with a new customer. */
struct pieces {
	struct piece *items;
	size_t count, cap;
	size_t records;
};

struct job {
	struct pieces pieces;
	struct slice follows; /* the customer before, in product.text */
	struct product product;
};

struct engine {
	const struct profile_run *run;
	struct reader *reader;
	struct writer *writer;
	struct profile_counts *counts;
	struct crew *crew;
	struct maker *makers;
	size_t column_count;
	struct slice *fields;   /* scratch of the main thread */
	struct arena text;      /* of id_at */
	struct pieces pending;  /* the last customer read, which may go on */
	struct buffer pending_id, done_id;
	struct maker carrier;   /* a customer too large to wait as text */
	struct job *carried;    /* its product, NULL while there is none */
	struct batch **spare;   /* read and done with: their memory is used again */
	size_t spare_count, spare_cap;
};

static void release(struct engine *g, struct shared_batch *s)
{
	if (--s->users)
		return;
	GROW(g->spare, g->spare_cap, g->spare_count + 1);
	g->spare[g->spare_count++] = s->batch;
	free(s);
}

static void pieces_add(struct pieces *p, struct shared_batch *s, size_t from, size_t to)
{
	if (from == to)
		return;
	GROW(p->items, p->cap, p->count + 1);
	p->items[p->count++] = (struct piece){s, from, to};
	p->records += to - from;
	s->users++;
}

static void pieces_free(struct engine *g, struct pieces *p)
{
	for (size_t i = 0; i < p->count; i++)
		release(g, p->items[i].shared);
	free(p->items);
	*p = (struct pieces){0};
}

static void job_free(struct engine *g, struct job *j)
{
	if (j == NULL)
		return;
	pieces_free(g, &j->pieces);
	product_free(&j->product);
	free(j);
}

static void work(void *context, int thread, void *job)
{
	struct engine *g = context;
	struct maker *m = &g->makers[thread];
	struct job *j = job;

	if (j->pieces.count == 0)
		return; /* the carrier's, already made */
	maker_follow(m, j->follows);
	for (size_t i = 0; i < j->pieces.count && j->product.status == SO1_OK; i++) {
		const struct piece *p = &j->pieces.items[i];
		maker_add(m, &j->product, p->shared->batch, p->from, p->to);
	}
	maker_end(m, &j->product);
}

/* Reports, writes and counts the oldest job. */
static enum so1_status settle(struct engine *g, struct so1_error *e)
{
	struct job *j = crew_take(g->crew);
	struct product *p = &j->product;
	enum so1_status status = SO1_OK;

	for (size_t i = 0; i < p->refused_count && status == SO1_OK; i++) {
		status = reader_report(g->reader, &p->refused[i].rec, &p->refused[i].problem, e);
	}
	if (status == SO1_OK && p->status != SO1_OK) {
		*e = p->error;
		status = p->status;
	}
	if (status == SO1_OK && p->rows)
		status = writer_put_bytes(g->writer, buffer_slice(&p->out), p->rows, e);
	if (status == SO1_OK) {
		g->counts->rows += p->rows;
		g->counts->customers += p->customers;
		g->counts->folded += p->folded;
		g->counts->future += p->future;
	}
	job_free(g, j);
	return status;
}

static enum so1_status submit(struct engine *g, struct job *j, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	if (crew_waiting(g->crew) == CREW_DEPTH)
		status = settle(g, e);
	if (status == SO1_OK)
		crew_submit(g->crew, j);
	else
		job_free(g, j);
	return status;
}

/* The customer of record i; false when the record is of no use. */
static bool id_at(struct engine *g, const struct batch *b, size_t i, struct slice *id)
{
	struct record rec;
	struct problem ignored;

	arena_reset(&g->text);
	if (!batch_read(b, i, g->fields, &g->text, &rec, &ignored))
		return false;
	*id = rec.fields[g->run->layout->at.customer_id];
	return true;
}

static void set_text(struct buffer *b, struct slice s)
{
	buffer_clear(b);
	buffer_put_slice(b, s);
}

/* Hands `pieces` (taken over) to the crew; last_id is the customer they end with. */
static enum so1_status send(struct engine *g, struct pieces *pieces, struct slice last_id,
			    struct so1_error *e)
{
	struct job *j = xcalloc(1, sizeof *j);

	j->pieces = *pieces;
	*pieces = (struct pieces){0};
	j->follows = arena_copy(&j->product.text, buffer_slice(&g->done_id));
	set_text(&g->done_id, last_id);
	return submit(g, j, e);
}

/* Packs what is pending into the carrier. */
static void carry(struct engine *g)
{
	if (g->carried == NULL) {
		g->carried = xcalloc(1, sizeof *g->carried);
		maker_follow(&g->carrier, buffer_slice(&g->done_id));
	}
	for (size_t i = 0; i < g->pending.count; i++) {
		const struct piece *p = &g->pending.items[i];
		maker_add(&g->carrier, &g->carried->product, p->shared->batch, p->from, p->to);
	}
	pieces_free(g, &g->pending);
}

/* The pending customer is complete: to the crew, unless it is the carrier's. */
static enum so1_status end_carried(struct engine *g, struct so1_error *e)
{
	struct job *j = g->carried;

	carry(g);
	maker_end(&g->carrier, &j->product);
	set_text(&g->done_id, buffer_slice(&g->pending_id));
	g->carried = NULL;
	return submit(g, j, e);
}

/* Whether record i goes with the records of customer `id`: unusable ones go with either. */
static bool goes_with(struct engine *g, const struct batch *b, size_t i, const struct buffer *id)
{
	struct slice own;

	return !id_at(g, b, i, &own) || slice_equal(own, buffer_slice(id));
}

/* Where a batch is cut: [0, head) goes on with the pending customer, [tail, count) is the
 * last customer, which may go on in the next batch; its id goes to *last. */
static void find_cuts(struct engine *g, const struct batch *b, size_t *head, size_t *tail,
		      struct buffer *last)
{
	size_t n = batch_count(b), end = n;
	struct slice id;

	*head = 0;
	if (g->pending.records || g->carried)
		while (*head < n && goes_with(g, b, *head, &g->pending_id))
			(*head)++;
	while (end > *head && !id_at(g, b, end - 1, &id))
		end--;
	*tail = end;
	if (end == *head)
		return; /* nothing usable behind head */
	set_text(last, id);
	while (*tail > *head && goes_with(g, b, *tail - 1, last))
		(*tail)--;
}

/* Sends all but the last customer of the batch and starts it as the pending one. */
static enum so1_status start_pending(struct engine *g, struct shared_batch *shared, size_t head,
				     size_t tail, const struct buffer *last, struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	struct buffer before = {0};
	struct slice id = buffer_slice(&g->pending_id);

	if (g->carried)
		status = end_carried(g, e);
	pieces_add(&g->pending, shared, head, tail);
	if (tail > head)
		id_at(g, shared->batch, tail - 1, &id);
	set_text(&before, id);
	if (status == SO1_OK && g->pending.count)
		status = send(g, &g->pending, buffer_slice(&before), e);
	pieces_add(&g->pending, shared, tail, batch_count(shared->batch));
	set_text(&g->pending_id, buffer_slice(last));
	buffer_free(&before);
	return status;
}

static enum so1_status take_batch(struct engine *g, struct batch *b, struct so1_error *e)
{
	struct shared_batch *shared = xcalloc(1, sizeof *shared);
	enum so1_status status = SO1_OK;
	struct buffer last = {0};
	size_t head, tail;

	*shared = (struct shared_batch){b, 1};
	find_cuts(g, b, &head, &tail, &last);
	if (last.ptr == NULL && head < batch_count(b))
		head = batch_count(b);
	pieces_add(&g->pending, shared, 0, head);
	if (head < batch_count(b))
		status = start_pending(g, shared, head, tail, &last, e);
	if (status == SO1_OK && (g->carried || g->pending.records > PENDING_LIMIT))
		carry(g);
	buffer_free(&last);
	release(g, shared);
	return status;
}

static enum so1_status read_all(struct engine *g, struct so1_error *e)
{
	enum so1_status status;
	struct batch *b;

	for (;;) {
		b = g->spare_count ? g->spare[--g->spare_count] : NULL;
		status = reader_next_unchecked(g->reader, &b, e);
		if (status != SO1_OK)
			batch_free(b);
		if (status != SO1_OK || b == NULL)
			break;
		status = take_batch(g, b, e);
		if (status != SO1_OK)
			return status;
	}
	if (status == SO1_OK && g->carried)
		status = end_carried(g, e);
	else if (status == SO1_OK && g->pending.count)
		status = send(g, &g->pending, buffer_slice(&g->pending_id), e);
	/* What was read before the reader failed may hold an earlier error. */
	struct so1_error reading = *e;
	while (crew_waiting(g->crew)) {
		enum so1_status earlier = settle(g, e);
		if (earlier != SO1_OK)
			return earlier;
	}
	*e = reading;
	return status;
}

enum so1_status profile_stream(const struct profile_run *run, struct reader *r, struct writer *w,
			       struct profile_counts *counts, struct so1_error *e)
{
	struct engine g = {.run = run, .reader = r, .writer = w, .counts = counts,
			   .column_count = reader_header(r)->count};
	int threads = run->threads < 1 ? 1 : run->threads;

	*counts = (struct profile_counts){.census.last_ts = TIME_NONE};
	if (threads > CREW_DEPTH)
		threads = CREW_DEPTH;
	g.fields = xcalloc(g.column_count, sizeof *g.fields);
	g.makers = xcalloc((size_t)threads, sizeof *g.makers);
	for (int i = 0; i < threads; i++)
		maker_init(&g.makers[i], run->layout, g.column_count, run->emit, run->emit_context);
	maker_init(&g.carrier, run->layout, g.column_count, run->emit, run->emit_context);
	g.crew = crew_start(threads, work, &g);
	enum so1_status status = read_all(&g, e);
	while (crew_waiting(g.crew))
		job_free(&g, crew_take(g.crew));
	crew_stop(g.crew);
	job_free(&g, g.carried);
	pieces_free(&g, &g.pending);
	for (int i = 0; i < threads; i++) {
		census_join(&counts->census, &g.makers[i].census);
		maker_free(&g.makers[i]);
	}
	census_join(&counts->census, &g.carrier.census);
	maker_free(&g.carrier);
	buffer_free(&g.pending_id);
	buffer_free(&g.done_id);
	free(g.fields);
	arena_free(&g.text);
	free(g.makers);
	for (size_t i = 0; i < g.spare_count; i++)
		batch_free(g.spare[i]);
	free(g.spare);
	return status;
}
