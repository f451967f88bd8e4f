#include "dedupe/intake.h"

#include "stream/ahead.h"

#include <stdlib.h>

/* A record of a batch: its tuple's key and its row. */
struct entry {
	struct tuple_key key, line;
	uint32_t row;     /* where it begins, UNUSABLE when there is none */
	uint32_t carried; /* the line, as carry.h numbers it, of which no row is made; or CARRY_NONE */
	bool has_line;
};

#define UNUSABLE UINT32_MAX

/* A batch under way. */
struct job {
	struct ahead_job ahead;
	struct buffer rows;
	struct entry *entries;
	size_t count, cap;
	struct arena text;
	struct buffer scratch;
	struct slice *fields;
};

static void encode(struct job *job, const struct row_plan *plan, const struct record *rec,
		   struct entry *entry)
{
	struct slice identity[IDENTITY_FIELDS];
	struct so1_error unused;
	struct row facts = {0};

	if (row_check(plan, rec, &facts, &unused))
		return;
	entry->key = tuple_key_of(row_identity(plan, rec, identity, &job->scratch));
	struct row *row = (struct row *)buffer_reserve(&job->rows, row_size_bound(plan, rec));
	*row = facts;
	row_encode(plan, rec, row, &job->scratch);
	if (entry->has_line)
		row_set_line(row, entry->line);
	entry->row = (uint32_t)job->rows.len;
	job->rows.len += row_size(row);
}

static void encode_record(const struct intake *in, struct job *job, size_t i)
{
	struct entry *entry = &job->entries[i];
	struct problem problem;
	struct record rec;

	entry->row = UNUSABLE;
	entry->carried = CARRY_NONE;
	if (batch_read(job->ahead.batch, i, job->fields, &job->text, &rec, &problem))
		encode(job, in->plan, &rec, entry);
	arena_reset(&job->text);
}

static void find_lines(struct job *job)
{
	struct slice raw;

	for (size_t i = 0; i < job->count; i++) {
		struct entry *entry = &job->entries[i];
		entry->has_line = batch_raw(job->ahead.batch, i, &raw);
		if (entry->has_line)
			entry->line = tuple_key_of(raw);
	}
}

/* Which lines are carried over. */
static void find_carried(const struct carry *carry, struct job *job)
{
	enum { AHEAD = 16 };

	for (size_t i = 0; i < job->count; i++) {
		if (i + AHEAD < job->count)
			carry_expect(carry, job->entries[i + AHEAD].line);
		if (job->entries[i].has_line)
			job->entries[i].carried = carry_find(carry, job->entries[i].line);
	}
}

static void work(void *context, int thread, void *argument)
{
	const struct intake *in = context;
	struct job *job = argument;

	(void)thread;
	job->count = batch_count(job->ahead.batch);
	GROW(job->entries, job->cap, job->count);
	for (size_t i = 0; i < job->count; i++)
		job->entries[i] = (struct entry){.row = UNUSABLE, .carried = CARRY_NONE};
	if (in->keep_lines)
		find_lines(job);
	if (in->keep_lines && in->carry)
		find_carried(in->carry, job);
	for (size_t i = 0; i < job->count; i++)
		if (job->entries[i].carried == CARRY_NONE)
			encode_record(in, job, i);
}

/* A record that is of no use, in its turn. */
static enum so1_status reject(struct intake *in, struct job *job, size_t i, struct so1_error *e)
{
	struct so1_error why = {0};
	struct problem problem = {0};
	struct row unused;
	struct record rec;

	if (!batch_read(job->ahead.batch, i, job->fields, &job->text, &rec, &problem))
		return reader_report(in->reader, &rec, &problem, e);
	row_check(in->plan, &rec, &unused, &why);
	/* The error keeps the value cut and masked; the rejects want it whole. */
	size_t column = COLUMN_NONE;
	for (size_t c = 0; c < TOUCHPOINT_COLUMNS; c++)
		if (slice_is(slice_of(why.column), touchpoint_table[c].name))
			column = in->plan->column[c];
	return reader_reject(in->reader, &rec, why.column, why.reason,
			     why.has_value ? field_at(rec.fields, column) : slice_make("", 0), e);
}

/* New tuples of the batch, numbered but not filled. */
struct news {
	struct tuple_content items[TUPLES_AT_ONCE];
	size_t count;
};

static bool fill_news(struct intake *in, struct news *news)
{
	bool done = tuples_fill(in->tuples, news->items, news->count);

	news->count = 0;
	return done;
}

static uint32_t new_tuple(struct intake *in, struct job *job, size_t i, struct news *news)
{
	struct problem problem;
	struct record rec;

	if (!batch_read(job->ahead.batch, i, job->fields, &job->text, &rec, &problem))
		return TUPLE_NONE;
	if (news->count == TUPLES_AT_ONCE && !fill_news(in, news))
		return TUPLE_NONE;
	struct tuple_content *c = &news->items[news->count++];
	for (int f = 0; f < IDENTITY_FIELDS; f++)
		c->fields[f] = field_at(rec.fields, in->plan->column[f]);
	c->tuple = tuples_reserve(in->tuples, job->entries[i].key);
	return c->tuple;
}

static enum so1_status too_many(struct so1_error *e)
{
	return error_set(e, SO1_FAILED, "more distinct identities, or text in them, than "
			 "so1-dedupe can number");
}

static enum so1_status take_row(struct intake *in, const struct row *row, struct so1_error *e)
{
	if (row->tuple == TUPLE_NONE)
		return too_many(e);
	uint32_t *units = &in->tuples->row_units[row->tuple];
	uint64_t size = (uint64_t)*units + row_size(row) / ROW_ALIGNMENT;
	if (size > UINT32_MAX)
		return error_set(e, SO1_FAILED, "more than 16 GiB of touchpoints of one identity");
	*units = (uint32_t)size;
	if (row->kind == ROW_ERASE && in->on_erase)
		in->on_erase(in->context, row->tuple);
	return SO1_OK;
}

static enum so1_status number_row(struct intake *in, struct job *job, size_t i,
				  struct news *news, struct so1_error *e)
{
	const struct entry *entry = &job->entries[i];
	struct row *row = (struct row *)(job->rows.ptr + entry->row);

	row->tuple = tuples_find(in->tuples, entry->key);
	if (row->tuple == TUPLE_NONE)
		row->tuple = new_tuple(in, job, i, news);
	if (take_row(in, row, e))
		return e->status;
	if (in->on_row)
		in->on_row(in->context, row, in->place + i + 1);
	return SO1_OK;
}

/* A line that comes twice is a repeat the second time, and an ordinary row. */
static void take_carried(struct intake *in, struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		uint32_t line = job->entries[i].carried;
		if (line != CARRY_NONE && !carry_take(in->carry, line, in->place + i + 1))
			encode_record(in, job, i);
	}
}

/* Numbers the tuples of a finished batch and hands its rows to the spool. */
static enum so1_status settle(void *context, void *settled, struct so1_error *e)
{
	enum { FAR = 16, NEAR = 8 };
	struct intake *in = context;
	struct job *job = settled;
	enum so1_status status = SO1_OK;
	struct news news = {.count = 0};

	take_carried(in, job);
	for (size_t i = 0; i < job->count && status == SO1_OK; i++) {
		if (job->entries[i].carried != CARRY_NONE)
			continue;
		if (i + FAR < job->count)
			tuples_expect(in->tuples, job->entries[i + FAR].key, 0);
		if (i + NEAR < job->count)
			tuples_expect(in->tuples, job->entries[i + NEAR].key, 1);
		status = job->entries[i].row == UNUSABLE ? reject(in, job, i, e)
							 : number_row(in, job, i, &news, e);
	}
	if (status == SO1_OK && !fill_news(in, &news))
		status = too_many(e);
	arena_reset(&job->text);
	in->place += job->count;
	if (status != SO1_OK || job->rows.len == 0)
		return status;
	status = spool_put(in->spool, job->rows.ptr, job->rows.len, e);
	buffer_clear(&job->rows);
	in->on_batch(in->context);
	return status;
}

static void job_free(struct job *job)
{
	batch_free(job->ahead.batch);
	buffer_free(&job->rows);
	buffer_free(&job->scratch);
	arena_free(&job->text);
	free(job->entries);
	free(job->fields);
}

enum so1_status intake_run(struct intake *in, struct so1_error *e)
{
	enum { SMALL_DEPTH = 4 };
	struct job jobs[CREW_DEPTH] = {0};
	struct ahead_job *ahead_jobs[CREW_DEPTH];
	struct ahead a = {
		.reader = in->reader, .threads = in->threads, .jobs = ahead_jobs,
		.depth = in->small ? SMALL_DEPTH : CREW_DEPTH,
		.work = work, .settle = settle, .context = in,
	};

	for (size_t i = 0; i < a.depth; i++) {
		jobs[i].fields = xcalloc(in->plan->count + 1, sizeof *jobs[i].fields);
		ahead_jobs[i] = &jobs[i].ahead;
	}
	enum so1_status status = ahead_run(&a, e);
	for (size_t i = 0; i < a.depth; i++)
		job_free(&jobs[i]);
	return status;
}

static uint32_t tuple_of(struct intake *in, struct intake_more *m, const struct record *rec)
{
	struct slice fields[IDENTITY_FIELDS];
	struct tuple_key key = tuple_key_of(row_identity(in->plan, rec, fields, &m->scratch));
	uint32_t tuple = tuples_find(in->tuples, key);

	return tuple == TUPLE_NONE ? tuples_add(in->tuples, key, fields) : tuple;
}

enum so1_status intake_add(struct intake *in, struct intake_more *m, const struct record *rec,
			   uint32_t tuple, struct tuple_key line, uint64_t place, struct so1_error *e)
{
	enum { PIECE = 256 << 10 };
	struct row facts = {0};

	if (row_check(in->plan, rec, &facts, e))
		return e->status;
	struct row *row = (struct row *)buffer_reserve(&m->rows, row_size_bound(in->plan, rec));
	*row = facts;
	row_encode(in->plan, rec, row, &m->scratch);
	row_set_line(row, line);
	row->tuple = tuple == TUPLE_NONE ? tuple_of(in, m, rec) : tuple;
	m->rows.len += row_size(row);
	if (take_row(in, row, e))
		return e->status;
	if (tuple == TUPLE_NONE && in->on_row)
		in->on_row(in->context, row, place);
	return m->rows.len < PIECE ? SO1_OK : intake_flush(in, m, e);
}

enum so1_status intake_flush(struct intake *in, struct intake_more *m, struct so1_error *e)
{
	e->status = SO1_OK;
	if (m->rows.len)
		spool_put(in->spool, m->rows.ptr, m->rows.len, e);
	buffer_clear(&m->rows);
	return e->status;
}

void intake_more_free(struct intake_more *m)
{
	buffer_free(&m->rows);
	buffer_free(&m->scratch);
}
