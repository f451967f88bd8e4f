/* Reading the stream: batches are judged on several threads, what comes of them is taken in
 * the order of the input. */
#include "export/room.h"

#include "base/datetime.h"
#include "base/threads.h"

#include <stdlib.h>

/* A batch and the parcels its rows became. */
struct judged {
	struct batch *batch;
	struct buffer parcels;
};

/* Batches a round: enough for all threads, few enough to stay small. */
enum { ROUND = 8 };

struct judging {
	const struct export *x;
	struct judged items[ROUND];
	struct judge_scratch *scratch; /* by thread */
	struct slice **fields;         /* by thread */
	struct arena *texts;           /* by thread: of the record at hand */
};

static void put_reject(struct buffer *b, const struct so1_error *why)
{
	struct slice fields[] = {slice_of(why->column), slice_of(why->reason),
				 slice_of(why->value)};
	struct parcel p = {.outcome = OUTCOME_REJECTED, .fields = fields, .field_count = 3};

	parcel_put(b, &p);
}

/* One record to one parcel. What the reader itself refuses is an empty reject here and
 * told in its turn. */
static void judge_record(struct judging *j, struct judged *item, size_t i, int thread)
{
	struct so1_error e = {0};
	struct problem problem;
	struct record rec;
	struct parcel p;

	arena_reset(&j->texts[thread]);
	if (!batch_read(item->batch, i, j->fields[thread], &j->texts[thread], &rec, &problem))
		put_reject(&item->parcels, &e);
	else if (judge_row(&j->x->judge, &j->scratch[thread], rec.fields, &p, &e) == SO1_OK)
		parcel_put(&item->parcels, &p);
	else
		put_reject(&item->parcels, &e);
}

static void judge_batches(void *context, size_t begin, size_t end, int thread)
{
	struct judging *j = context;

	for (size_t i = begin; i < end; i++) {
		struct judged *item = &j->items[i];
		size_t n = batch_count(item->batch);
		buffer_clear(&item->parcels);
		for (size_t k = 0; k < n; k++)
			judge_record(j, item, k, thread);
	}
}

static bool parse_day(struct slice as_of, int64_t *day)
{
	int64_t t;

	if (!datetime_parse_iso(as_of, &t, NULL, NULL))
		return false;
	*day = t >= 0 ? t / DAY_SECONDS : -((DAY_SECONDS - 1 - t) / DAY_SECONDS);
	return true;
}

/* Before an offer with dates is judged the day must be known: the first row's that has
 * one. Rows before it are rejected. */
static void find_day(struct export *x, const struct batch *b, struct slice *fields,
		     struct arena *text)
{
	struct record rec;
	struct problem ignored;

	if (x->has_day || !x->needs_day)
		return;
	for (size_t i = 0; i < batch_count(b) && !x->has_day; i++) {
		int64_t day;
		arena_reset(text);
		if (!batch_read(b, i, fields, text, &rec, &ignored))
			continue;
		if (parse_day(rec.fields[x->as_of], &day))
			export_set_day(x, day);
	}
	if (x->has_day)
		x->live = judge_set_day(&x->judge, x->day);
}

/* Order, one snapshot. *usable false: the row went to the rejects. */
static enum so1_status check_row(struct export *x, struct reader *r, const struct record *rec,
				 bool *usable, struct so1_error *e)
{
	struct slice none = slice_make("", 0);
	int64_t day;

	*usable = true;
	if (x->as_of != COLUMN_NONE) {
		struct slice as_of = rec->fields[x->as_of];
		bool known = parse_day(as_of, &day);
		if (known && x->snapshot.len == 0) {
			buffer_put_slice(&x->snapshot, as_of);
			if (!x->has_day)
				export_set_day(x, day);
		}
		if (known && !slice_equal(as_of, buffer_slice(&x->snapshot))) {
			error_set(e, SO1_FAILED, "another snapshot than the rows before (%s): "
				  "export one as_of at a time", buffer_text(&x->snapshot));
			error_value(e, as_of);
			return error_at(e, rec->file, rec->line, "as_of");
		}
		if (!known && x->needs_day && x->o.as_of == NULL) {
			*usable = false;
			return reader_reject(r, rec, "as_of", "not a date", as_of, e);
		}
	}
	return order_check(&x->order, rec, rec->fields[x->layout.customer_id], none, none, true,
			   NULL, e);
}

static enum so1_status take_reject(struct reader *r, const struct record *rec,
				   const struct parcel *p, struct so1_error *e)
{
	char *column = xstrndup(p->fields[0].ptr, p->fields[0].len);
	char *reason = xstrndup(p->fields[1].ptr, p->fields[1].len);
	enum so1_status status = reader_reject(r, rec, column, reason, p->fields[2], e);

	free(column);
	free(reason);
	return status;
}

/* `bytes` is the parcel as it was put. */
static enum so1_status take_record(struct export *x, struct reader *r, const struct record *rec,
				   const struct parcel *p, struct slice bytes,
				   struct so1_error *e)
{
	bool usable;

	if (check_row(x, r, rec, &usable, e) != SO1_OK)
		return e->status;
	if (!usable)
		return SO1_OK;
	if (p->outcome == OUTCOME_REJECTED)
		return take_reject(r, rec, p, e);
	return x->has_limits ? export_spool(x, p, bytes, e) : export_emit(x, p, e);
}

static enum so1_status take_batch(struct export *x, struct reader *r, struct judging *j,
				  const struct judged *item, struct parcel_room *room,
				  struct so1_error *e)
{
	const char *at = item->parcels.ptr;
	enum so1_status status = SO1_OK;
	struct problem problem;
	struct record rec;
	struct parcel p;

	for (size_t i = 0; i < batch_count(item->batch) && status == SO1_OK; i++) {
		arena_reset(&j->texts[0]);
		parcel_get(at, &p, room);
		if (!batch_read(item->batch, i, j->fields[0], &j->texts[0], &rec, &problem))
			status = reader_report(r, &rec, &problem, e);
		else
			status = take_record(x, r, &rec, &p, slice_make(at, parcel_size(at)), e);
		at += parcel_size(at);
	}
	return status;
}

/* Judges and takes up to ROUND batches; *more false at the end of the input. */
static enum so1_status run_round(struct export *x, struct reader *r, struct judging *j,
				 struct parcel_room *room, bool *more, struct so1_error *e)
{
	enum so1_status status = SO1_OK;
	size_t n = 0;

	*more = true;
	while (n < ROUND && *more) {
		struct batch *b = NULL;
		status = reader_next_unchecked(r, &b, e);
		if (status != SO1_OK)
			batch_free(b);
		*more = status == SO1_OK && b != NULL;
		if (!*more)
			break;
		find_day(x, b, j->fields[0], &j->texts[0]);
		j->items[n++].batch = b;
	}
	/* An error of the reader comes after what stood before it in the input. */
	struct so1_error late = *e;
	enum so1_status taken = SO1_OK;
	threads_for(n, 1, x->o.threads, judge_batches, j);
	for (size_t i = 0; i < n; i++) {
		if (taken == SO1_OK)
			taken = take_batch(x, r, j, &j->items[i], room, e);
		batch_free(j->items[i].batch);
	}
	if (taken != SO1_OK)
		return taken;
	*e = late;
	return status;
}

static void judging_free(struct judging *j, int threads)
{
	for (int t = 0; t < threads; t++) {
		judge_scratch_free(&j->scratch[t]);
		free(j->fields[t]);
		arena_free(&j->texts[t]);
	}
	for (int i = 0; i < ROUND; i++)
		buffer_free(&j->items[i].parcels);
	free(j->scratch);
	free(j->fields);
	free(j->texts);
}

static enum so1_status check_segments(struct export *x, struct judging *j, uint64_t rows,
				      struct so1_error *e)
{
	for (int t = 1; t < x->o.threads; t++)
		segments_merge(&x->judge.segments, &j->scratch[0].segments,
			       &j->scratch[t].segments);
	for (int t = 1; t < x->o.threads && x->o.occasions; t++)
		segments_merge(&x->occasions.segments, &j->scratch[0].occasions.segments,
			       &j->scratch[t].occasions.segments);
	if (rows == 0)
		return SO1_OK;
	if (x->o.occasions &&
	    segments_check(&x->occasions.segments, &j->scratch[0].occasions.segments, &x->header,
			   &x->nobody_there, e) != SO1_OK)
		return e->status;
	return segments_check(&x->judge.segments, &j->scratch[0].segments, &x->header, &x->nobody, e);
}

enum so1_status export_run(struct export *x, struct reader *r, struct so1_error *e)
{
	int threads = x->o.threads;
	times_enter(x->o.times, "reading");
	struct parcel_room room = {0};
	bool more = true;

	if (export_bind(x, r, e) != SO1_OK)
		return e->status;
	struct judging j = {
		.x = x,
		.scratch = xcalloc((size_t)threads, sizeof *j.scratch),
		.fields = xcalloc((size_t)threads, sizeof *j.fields),
		.texts = xcalloc((size_t)threads, sizeof *j.texts),
	};
	for (int t = 0; t < threads; t++) {
		judge_scratch_init(&x->judge, &j.scratch[t]);
		j.fields[t] = xcalloc(x->header.count, sizeof **j.fields);
	}
	enum so1_status status = SO1_OK;
	while (status == SO1_OK && more)
		status = run_round(x, r, &j, &room, &more, e);
	if (status == SO1_OK)
		status = check_segments(x, &j, reader_rows(r), e);
	judging_free(&j, threads);
	parcel_room_free(&room);
	return status == SO1_OK ? export_drain(x, e) : status;
}
