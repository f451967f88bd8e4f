#include "dedupe/gather.h"

#include "base/threads.h"
#include "dedupe/golden.h"
#include "dedupe/repeats.h"
#include "stream/spill.h"

#include <pthread.h>
#include <stdlib.h>

struct ref {
	uint64_t moment;
	const struct row *row;
};

/* What one thread works with. */
struct worker {
	struct golden golden;
	struct repeats repeats;
	struct ref *refs;
	uint32_t *begin;      /* by customer of the shelf: its first ref */
	char *room;
	size_t ref_cap, begin_cap, room_cap;
	struct buffer out;
	uint64_t rows, merged;
	uint64_t *merged_of;
	char delimiter;
	struct carried_made *made; /* in out */
	struct carry_line *lines;
	size_t made_count, made_cap, line_count, line_cap;
	struct arena moment;  /* the rows of one moment of a customer too large for memory */
};

struct run {
	struct gather *g;
	struct worker *workers;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	size_t turn;           /* the shelf that may be written */
	struct so1_error error;
	bool failed;
};

static int compare_refs(const void *x, const void *y, void *delimiter)
{
	const struct ref *a = x, *b = y;

	if (a->moment != b->moment)
		return a->moment < b->moment ? -1 : 1;
	int c = slice_compare(row_ts(a->row), row_ts(b->row));
	return c ? c : row_compare(a->row, b->row, *(const char *)delimiter);
}

/* Sources mostly come in the order of time, customers mostly have few touchpoints. */
static void sort_refs(struct ref *refs, size_t n, char delimiter)
{
	enum { FEW = 24 };
	bool sorted = true;

	for (size_t i = 1; i < n && sorted; i++)
		sorted = compare_refs(&refs[i - 1], &refs[i], &delimiter) <= 0;
	if (sorted)
		return;
	if (n > FEW) {
		qsort_r(refs, n, sizeof *refs, compare_refs, &delimiter);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct ref r = refs[i];
		size_t j = i;
		for (; j > 0 && compare_refs(&refs[j - 1], &r, &delimiter) > 0; j--)
			refs[j] = refs[j - 1];
		refs[j] = r;
	}
}

static void write_row(struct run *run, struct worker *w, const char *id, const struct row *row)
{
	char *p = buffer_reserve(&w->out, CUSTOMER_ID_LENGTH + 1 + row->len);

	memcpy(p, id, CUSTOMER_ID_LENGTH);
	p[CUSTOMER_ID_LENGTH] = run->g->plan->delimiter;
	row_put_text(row, run->g->plan->delimiter, p + CUSTOMER_ID_LENGTH + 1);
	w->out.len += CUSTOMER_ID_LENGTH + 1 + row->len;
	w->rows++;
}

static void drop_row(struct run *run, struct worker *w, const struct row *row)
{
	w->merged++;
	w->merged_of[run->g->tuples->items[row->tuple].field[T_SOURCE]]++;
}

static uint64_t repeat_of(const struct run *run, const struct row *row)
{
	return row_repeat(row, run->g->tuples->items[row->tuple].hash);
}

/* More touchpoints than this of one customer at one moment are not held together. */
enum { MOMENT_MOST = 1 << 16 };

/* The touchpoints of one moment in their order. Of repeats the longest stays (it knows
 * most), of those the first. */
static void put_moment(struct run *run, struct worker *w, const char *id, const struct ref *refs,
		       size_t n)
{
	bool added;

	if (n == 1 || run->g->keep_repeats) {
		for (size_t i = 0; i < n; i++)
			write_row(run, w, id, refs[i].row);
		return;
	}
	repeats_clear(&w->repeats);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *best = repeats_at(&w->repeats, repeat_of(run, refs[i].row), &added);
		if (added || refs[i].row->len > refs[*best].row->len)
			*best = i;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (*repeats_at(&w->repeats, repeat_of(run, refs[i].row), &added) == i)
			write_row(run, w, id, refs[i].row);
		else
			drop_row(run, w, refs[i].row);
	}
}

/* One of so many touchpoints of a moment that only the first of repeats can stay. */
static void put_of_many(struct run *run, struct worker *w, const char *id, const struct row *row)
{
	bool added = true;

	if (!run->g->keep_repeats)
		repeats_at(&w->repeats, repeat_of(run, row), &added);
	if (added)
		write_row(run, w, id, row);
	else
		drop_row(run, w, row);
}

static void put_golden(struct run *run, struct worker *w, const char *id)
{
	golden_finish(&w->golden);
	golden_put(&w->golden, run->g->plan, id, &w->out);
	w->rows++;
}

static void begin_golden(struct run *run, struct worker *w, uint32_t rank)
{
	const struct keepsake *known = NULL;
	size_t n = keepsakes_of(run->g->keepsakes, rank, &known);

	golden_begin(&w->golden);
	for (size_t i = 0; i < n; i++)
		golden_recall(&w->golden, known[i].tuple, known[i].sighting);
}

/* A customer begins in out. */
static void begin_made(struct run *run, struct worker *w, uint32_t rank)
{
	if (run->g->carried == NULL)
		return;
	GROW(w->made, w->made_cap, w->made_count + 1);
	w->made[w->made_count++] = (struct carried_made){
		.id = run->g->customers->ids[rank], .begin = w->out.len, .first = w->line_count,
	};
}

/* It ends there; whole: no row of it was dropped. */
static void end_made(struct run *run, struct worker *w, const struct ref *refs, size_t n, bool whole)
{
	const struct carried *c = run->g->carried;

	if (c == NULL)
		return;
	struct carried_made *made = &w->made[w->made_count - 1];
	made->lasts = whole;
	made->count = n;
	made->end = w->out.len;
	GROW(w->lines, w->line_cap, w->line_count + n);
	for (size_t i = 0; i < n && made->lasts; i++) {
		const struct row *row = refs[i].row;
		made->lasts = (row->has & ROW_HAS_LINE) && row->kind != ROW_ERASE && c->is_known[row->tuple];
		struct tuple_key line = made->lasts ? row_line(row) : (struct tuple_key){0, 0};
		w->lines[w->line_count + i] = (struct carry_line){
			line.hash, run->g->tuples->items[row->tuple].hash, line.tag, c->tags[row->tuple],
		};
	}
	w->line_count += made->lasts ? n : 0;
}

static void put_customer(struct run *run, struct worker *w, uint32_t rank, struct ref *refs,
			 size_t n)
{
	uint64_t merged = w->merged;
	char id[CUSTOMER_ID_LENGTH];

	begin_made(run, w, rank);
	customer_id_put(run->g->customers->ids[rank], id);
	sort_refs(refs, n, run->g->plan->delimiter);
	begin_golden(run, w, rank);
	for (size_t i = 0; i < n; i++)
		golden_see(&w->golden, refs[i].row);
	put_golden(run, w, id);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && refs[end].moment == refs[i].moment &&
		     slice_equal(row_ts(refs[end].row), row_ts(refs[i].row)); end++)
			;
		if (end - i <= MOMENT_MOST) {
			put_moment(run, w, id, refs + i, end - i);
			continue;
		}
		repeats_clear(&w->repeats);
		for (size_t j = i; j < end; j++)
			put_of_many(run, w, id, refs[j].row);
	}
	end_made(run, w, refs, n, w->merged == merged);
}

/* Puts the refs of a shelf's rows in the order of its customers, whose refs then begin
 * at w->begin[customer]. */
static void order_shelf(struct run *run, struct worker *w, const struct shelf *shelf,
			const char *bytes)
{
	const uint32_t *rank = run->g->customers->rank;
	const char *end = bytes + shelf->size;
	size_t n = 0;

	GROW(w->begin, w->begin_cap, shelf->rank_count + (size_t)2);
	memset(w->begin, 0, (shelf->rank_count + (size_t)2) * sizeof *w->begin);
	/* Counted two places on, so that filling leaves begin where it should be. */
	for (const char *p = bytes; p < end; p += row_size((const struct row *)p), n++)
		w->begin[rank[((const struct row *)p)->tuple] - shelf->first_rank + 2]++;
	for (uint32_t i = 2; i < shelf->rank_count + 2; i++)
		w->begin[i] += w->begin[i - 1];
	GROW(w->refs, w->ref_cap, n + 1);
	for (const char *p = bytes; p < end; p += row_size((const struct row *)p)) {
		const struct row *row = (const struct row *)p;
		uint32_t *at = &w->begin[rank[row->tuple] - shelf->first_rank + 1];
		w->refs[(*at)++] = (struct ref){row_moment(row), row};
		golden_expect(&w->golden, row);
	}
}

/* Has what the golden row of a customer some way ahead is made of fetched: of its first
 * touchpoint's identity, which for most is the only one. */
static void look_ahead(const struct worker *w, uint32_t count, uint32_t i)
{
	static const uint32_t ahead[] = {9, 6, 3};

	for (int step = 0; step < 3; step++) {
		uint32_t c = i + ahead[step];
		if (c < count && w->begin[c] < w->begin[c + 1])
			golden_expect_tuple(&w->golden, w->refs[w->begin[c]].row->tuple, step);
	}
}

static enum so1_status make_shelf(struct run *run, struct worker *w, const struct shelf *shelf,
				  struct so1_error *e)
{
	GROW(w->room, w->room_cap, (size_t)shelf->size);
	if (shelves_get(run->g->shelves, shelf, w->room, e))
		return e->status;
	order_shelf(run, w, shelf, w->room);
	for (uint32_t i = 0; i < shelf->rank_count; i++) {
		look_ahead(w, shelf->rank_count, i);
		put_customer(run, w, shelf->first_rank + i, w->refs + w->begin[i],
			     w->begin[i + 1] - w->begin[i]);
	}
	return SO1_OK;
}

static enum so1_status write_out(struct run *run, struct worker *w, struct so1_error *e)
{
	struct carried *c = run->g->carried;
	struct slice out = buffer_slice(&w->out);

	if (c)
		carried_put(c, out, w->rows, w->made, w->made_count, w->lines, e);
	else
		writer_put_bytes(run->g->writer, out, w->rows, e);
	run->g->rows += w->rows;
	w->rows = w->made_count = w->line_count = 0;
	buffer_clear(&w->out);
	return e->status;
}

enum { PIECE = 256 << 10 };

/* All rows of a customer too large for memory, a piece at a time, to `see`. */
static enum so1_status walk_large(struct run *run, struct worker *w, const struct shelf *shelf,
				  enum so1_status (*see)(struct worker *w, const struct row *row,
							 void *context, struct so1_error *e),
				  void *context, struct so1_error *e)
{
	size_t piece = PIECE;

	for (uint64_t at = 0; at < shelf->size;) {
		uint64_t left = shelf->size - at;
		size_t n = left < piece ? (size_t)left : piece, used = 0;
		GROW(w->room, w->room_cap, n);
		if (shelves_get_part(run->g->shelves, shelf, at, n, w->room, e))
			return e->status;
		while (used + sizeof(struct row) <= n) {
			const struct row *row = (const struct row *)(w->room + used);
			if (used + row_size(row) > n)
				break;
			if (see(w, row, context, e))
				return e->status;
			used += row_size(row);
		}
		if (used == 0)
			piece *= 2; /* a row longer than the piece */
		at += used;
	}
	return SO1_OK;
}

static enum so1_status sort_large(struct worker *w, const struct row *row, void *context,
				  struct so1_error *e)
{
	/* The sorter orders by ts and then by the payload, which begins with the record. Two
	 * records that are alike in all of it are the same whatever follows. */
	struct buffer *b = &w->out;
	uint32_t size = (uint32_t)row_size(row);

	golden_see(&w->golden, row);
	buffer_clear(b);
	row_put_text(row, w->delimiter, buffer_reserve(b, row->len));
	b->len += row->len;
	buffer_put(b, row, size);
	buffer_put(b, &size, sizeof size);
	return sorter_add(context, row_ts(row), buffer_slice(b), e);
}

/* The rows of one moment, up to MOMENT_MOST, on their way out. */
struct moment {
	const char *id;
	size_t count;
	bool overflown;
	struct buffer ts;
};

static void end_moment(struct run *run, struct worker *w, struct moment *m)
{
	if (m->count > 0)
		put_moment(run, w, m->id, w->refs, m->count);
	arena_reset(&w->moment);
	m->count = 0;
}

static void take_large(struct run *run, struct worker *w, struct moment *m, struct slice ts,
		       struct slice payload)
{
	uint32_t size;

	memcpy(&size, payload.ptr + payload.len - sizeof size, sizeof size);
	if (!slice_equal(ts, buffer_slice(&m->ts))) {
		end_moment(run, w, m);
		buffer_clear(&m->ts);
		buffer_put_slice(&m->ts, ts);
		m->overflown = false;
	}
	struct row *row = arena_alloc(&w->moment, size);
	memcpy(row, payload.ptr + payload.len - sizeof size - size, size);
	if (m->overflown) {
		put_of_many(run, w, m->id, row);
		arena_reset(&w->moment);
		return;
	}
	GROW(w->refs, w->ref_cap, m->count + 1);
	w->refs[m->count++] = (struct ref){0, row};
	if (m->count <= MOMENT_MOST)
		return;
	m->overflown = true;
	repeats_clear(&w->repeats);
	for (size_t i = 0; i < m->count; i++)
		put_of_many(run, w, m->id, w->refs[i].row);
	m->count = 0;
	arena_reset(&w->moment);
}

static enum so1_status write_large(struct run *run, struct worker *w, const char *id,
				   struct sorter *sorter, struct so1_error *e)
{
	struct moment m = {.id = id};
	struct slice key, payload;
	bool more;

	while (sorter_next(sorter, &key, &payload, &more, e) == SO1_OK && more) {
		take_large(run, w, &m, key, payload);
		if (w->out.len >= PIECE && write_out(run, w, e))
			break;
	}
	end_moment(run, w, &m);
	buffer_free(&m.ts);
	return e->status;
}

/* A customer whose touchpoints do not fit into memory; it is this shelf's turn. */
static enum so1_status make_large(struct run *run, struct worker *w, const struct shelf *shelf,
				  struct so1_error *e)
{
	struct sorter_options options = {run->g->sorter_memory, run->g->tmpdir, 1};
	struct sorter *sorter = NULL;
	char id[CUSTOMER_ID_LENGTH];

	if (run->g->carried && carried_put_before(run->g->carried,
						  &run->g->customers->ids[shelf->first_rank], e))
		return e->status;
	customer_id_put(run->g->customers->ids[shelf->first_rank], id);
	begin_golden(run, w, shelf->first_rank);
	if (sorter_open(&sorter, &options, e) == SO1_OK &&
	    walk_large(run, w, shelf, sort_large, sorter, e) == SO1_OK &&
	    sorter_finish(sorter, e) == SO1_OK) {
		buffer_clear(&w->out);
		put_golden(run, w, id);
		write_large(run, w, id, sorter, e);
	}
	sorter_free(sorter);
	return e->status;
}

/* Waits until it is this shelf's turn to be written; false when the run has failed. */
static bool await_turn(struct run *run, size_t shelf)
{
	pthread_mutex_lock(&run->lock);
	while (run->turn != shelf && !run->failed)
		pthread_cond_wait(&run->turned, &run->lock);
	bool go = !run->failed;
	pthread_mutex_unlock(&run->lock);
	return go;
}

static void end_turn(struct run *run, const struct so1_error *e)
{
	pthread_mutex_lock(&run->lock);
	run->turn++;
	if (e->status != SO1_OK && !run->failed) {
		run->failed = true;
		run->error = *e;
	}
	pthread_cond_broadcast(&run->turned);
	pthread_mutex_unlock(&run->lock);
}

static void work(void *context, size_t begin, size_t end, int thread)
{
	struct run *run = context;
	struct worker *w = &run->workers[thread];

	for (size_t i = begin; i < end; i++) {
		const struct shelf *shelf = &run->g->shelves->items[i];
		bool large = shelf->rank_count == 1 && shelf->size > run->g->sorter_memory &&
			     !run->g->shelves->spool;
		struct so1_error e = {0};
		if (!large)
			make_shelf(run, w, shelf, &e);
		if (!await_turn(run, i))
			return;
		if (large)
			make_large(run, w, shelf, &e);
		if (e.status == SO1_OK)
			write_out(run, w, &e);
		end_turn(run, &e);
	}
}

static void worker_free(struct worker *w)
{
	golden_free(&w->golden);
	repeats_free(&w->repeats);
	free(w->refs);
	free(w->begin);
	free(w->room);
	buffer_free(&w->out);
	arena_free(&w->moment);
	free(w->merged_of);
	free(w->made);
	free(w->lines);
}

enum so1_status gather_run(struct gather *g, struct so1_error *e)
{
	size_t sources = g->tuples->text[T_SOURCE].count;
	uint32_t *place = xcalloc(g->tuples->count + 1, sizeof *place);
	int threads = g->threads > 0 ? g->threads : 1;
	struct run run = {.g = g, .workers = xcalloc((size_t)threads, sizeof *run.workers),
			  .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};

	e->status = SO1_OK;
	for (int i = 0; i < threads; i++) {
		struct worker *w = &run.workers[i];
		golden_init(&w->golden, g->tuples, g->identity, g->addresses, g->priority, place);
		w->merged_of = xcalloc(sources, sizeof *w->merged_of);
		w->delimiter = g->plan->delimiter;
	}
	threads_for(g->shelves->count, 1, threads, work, &run);
	for (int i = 0; i < threads; i++) {
		g->merged += run.workers[i].merged;
		for (size_t s = 0; s < sources; s++)
			g->merged_of[s] += run.workers[i].merged_of[s];
		worker_free(&run.workers[i]);
	}
	free(run.workers);
	free(place);
	if (run.failed)
		*e = run.error;
	else if (g->carried && carried_put_before(g->carried, NULL, e) == SO1_OK)
		g->rows += g->carried->rows;
	return run.failed ? run.error.status : e->status;
}
