/* The frame, read. */
#include "predict/frame.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/ahead.h"
#include "stream/order.h"
#include "stream/touchpoint.h"

#include <math.h>
#include <stdlib.h>

enum { AS_OFS_MOST = 250 };

static char *y_of(const struct frame *f, char *block)
{
	return block + FRAME_ROWS * f->count * sizeof(double);
}

static enum so1_status flush(struct frame *f, struct so1_error *e)
{
	f->filled = 0;
	return blocks_append(&f->blocks, f->block, e);
}

static double read_text(struct frame_column *c, struct slice field)
{
	int64_t t;

	if (c->all_dates && !datetime_parse_iso(field, &t, NULL, NULL))
		c->all_dates = false;
	if (c->too_many)
		return cell_of_text(0);
	uint32_t id = dictionary_add(&c->texts, field, NULL);
	if (c->texts.count > FRAME_LEVELS_MOST)
		c->too_many = true;
	return cell_of_text(id);
}

/* number: what the field is worth, NaN when it is no number, empty for one. The field is looked at
 * only then: another thread has it in its cache. */
static double take_cell(struct frame_column *c, const struct slice *field, double number)
{
	if (!isnan(number)) {
		c->all_dates = false;
		c->numbers++;
		return number;
	}
	if (field->len)
		return read_text(c, *field);
	c->missing++;
	return cell_of_missing();
}

static enum so1_status check_as_ofs(const struct frame *f, struct so1_error *e)
{
	if (!f->by_as_of || (f->as_ofs.count >= 2 && f->as_ofs.count <= AS_OFS_MOST))
		return SO1_OK;
	error_set(e, SO1_FAILED, "as_of needs rows of 2 to %d dates in a column as_of, there are %zu",
		  AS_OFS_MOST, f->as_ofs.count);
	return error_at(e, NULL, 0, "--validate-on");
}

struct places {
	const struct frame_options *options;
	size_t target, customer, as_of;
	struct order order;
	const char *file; /* of the last record */
};

static enum so1_status check_order(struct places *p, const struct record *rec, struct so1_error *e)
{
	if (p->customer == COLUMN_NONE)
		return SO1_OK;
	/* Snapshots of several dates may come as several files. */
	if (p->file != rec->file)
		p->order.any = false;
	p->file = rec->file;
	return order_check(&p->order, rec, rec->fields[p->customer], SLICE(""), SLICE(""), false,
			   NULL, e);
}

static enum so1_status add_row(struct frame *f, const struct places *p, const struct record *rec,
			       const double *numbers, bool y, struct so1_error *e)
{
	if (f->filled == FRAME_ROWS) {
		enum so1_status s = flush(f, e);
		if (s != SO1_OK)
			return s;
	}
	if (f->filled == 0)
		f->block = blocks_next(&f->blocks, f->filling);
	double *cells = (double *)(void *)f->block + f->filled * f->count;
	for (size_t k = 0; k < f->count; k++)
		cells[k] = take_cell(&f->columns[k], &rec->fields[f->columns[k].index], numbers[k]);
	struct slice id = {NULL, 0};
	if (p->customer != COLUMN_NONE)
		id = rec->fields[p->customer];
	char *marks = y_of(f, f->block);
	marks[f->filled] = (char)y;
	uint8_t fold = fold_of(id, f->rows, p->options->folds);
	if (f->by_as_of) {
		uint32_t date = dictionary_add(&f->as_ofs, field_at(rec->fields, p->as_of), NULL);
		fold = (uint8_t)(date < AS_OFS_MOST ? date : AS_OFS_MOST);
	}
	marks[FRAME_ROWS + f->filled] = (char)fold;
	window_take(&f->window, field_at(rec->fields, p->as_of));
	f->filled++;
	f->rows++;
	f->positives += y;
	return SO1_OK;
}

static enum so1_status read_target(const struct places *p, const struct record *rec, bool *y,
				   struct so1_error *e)
{
	struct slice target = rec->fields[p->target];

	if (p->options->take)
		return p->options->take(p->options->context, rec, y, e);
	return target_read(target, p->options->columns.target, y, e);
}

static enum so1_status refuse(struct reader *r, const struct record *rec, struct so1_error *e)
{
	struct so1_error why = *e;

	return reader_reject(r, rec, why.column, why.reason,
			     slice_of(why.has_value ? why.value : ""), e);
}

/* A batch, its records taken apart. */
struct job {
	struct ahead_job ahead;
	size_t count;
	struct record *records; /* fields NULL: of no use */
	struct slice *fields;   /* of the records, one behind the other */
	double *numbers;        /* count of the frame's columns for each; NaN: none */
	struct arena text;
	size_t record_cap, field_cap, number_cap;
};

/* What the threads look at is apart from what changes with each row: a line of the cache that one
 * core writes is far away for all others (reading took twice the time). */
struct reading {
	struct frame *f;
	struct reader *reader;
	struct places *places;
	size_t width, count; /* of the stream's columns, of the frame's */
	size_t *indexes;     /* of the frame's columns in the stream */
};

static void take_apart(void *context, int thread, void *argument)
{
	const struct reading *r = context;
	const size_t *indexes = r->indexes;
	struct job *job = argument;
	size_t width = r->width, count = r->count;

	(void)thread;
	job->count = batch_count(job->ahead.batch);
	GROW(job->records, job->record_cap, job->count);
	GROW(job->fields, job->field_cap, job->count * width);
	GROW(job->numbers, job->number_cap, job->count * count + 1);
	arena_reset(&job->text);
	for (size_t i = 0; i < job->count; i++) {
		struct slice *fields = job->fields + i * width;
		double *numbers = job->numbers + i * count;
		struct record *rec = &job->records[i];
		struct problem unused;
		if (!batch_read(job->ahead.batch, i, fields, &job->text, rec, &unused)) {
			rec->fields = NULL;
			continue;
		}
		for (size_t k = 0; k < count; k++)
			if (!number_parse_double(fields[indexes[k]], &numbers[k]))
				numbers[k] = NAN;
	}
}

static enum so1_status report(const struct reading *r, struct job *job, size_t i, struct so1_error *e)
{
	struct problem p;
	struct record rec;

	batch_read(job->ahead.batch, i, job->fields + i * r->f->header.count, &job->text, &rec, &p);
	return reader_report(r->reader, &rec, &p, e);
}

static enum so1_status take_record(const struct reading *r, const struct record *rec,
				   const double *numbers, struct so1_error *e)
{
	bool y;
	enum so1_status s = check_order(r->places, rec, e);

	if (s != SO1_OK)
		return s;
	s = read_target(r->places, rec, &y, e);
	if (s == SO1_OK)
		return add_row(r->f, r->places, rec, numbers, y, e);
	return e->column[0] ? refuse(r->reader, rec, e) : s;
}

static enum so1_status take_job(void *context, void *argument, struct so1_error *e)
{
	const struct reading *r = context;
	struct job *job = argument;
	enum so1_status s = SO1_OK;

	for (size_t i = 0; i < job->count && s == SO1_OK; i++)
		s = job->records[i].fields
			    ? take_record(r, &job->records[i], job->numbers + i * r->f->count, e)
			    : report(r, job, i, e);
	return s;
}

static enum so1_status read_rows(struct frame *f, struct reader *reader, struct places *p,
				 struct so1_error *e)
{
	enum { DEPTH = 8 };
	struct job jobs[DEPTH] = {0};
	struct ahead_job *ahead_jobs[DEPTH];
	struct reading r = {f, reader, p, f->header.count, f->count, xcalloc(f->count, sizeof(size_t))};
	struct ahead a = {
		.reader = reader, .threads = p->options->threads, .jobs = ahead_jobs, .depth = DEPTH,
		.work = take_apart, .settle = take_job, .context = &r,
	};

	for (size_t k = 0; k < f->count; k++)
		r.indexes[k] = f->columns[k].index;
	for (int i = 0; i < DEPTH; i++)
		ahead_jobs[i] = &jobs[i].ahead;
	enum so1_status s = ahead_run(&a, e);
	free(r.indexes);
	for (int i = 0; i < DEPTH; i++) {
		batch_free(jobs[i].ahead.batch);
		free(jobs[i].records);
		free(jobs[i].fields);
		free(jobs[i].numbers);
		arena_free(&jobs[i].text);
	}
	return s;
}

static void set_up(struct frame *f, const struct frame_options *o)
{
	for (size_t i = 0; i < f->header.count; i++)
		f->count += f->roles[i] == COLUMN_FEATURE;
	f->columns = xcalloc(f->count, sizeof *f->columns);
	for (size_t i = 0, k = 0; i < f->header.count; i++)
		if (f->roles[i] == COLUMN_FEATURE)
			f->columns[k++] = (struct frame_column){
				.name = f->header.names[i],
				.index = i,
				.forced = columns_listed(o->columns.categorical, f->header.names[i]),
				.all_dates = true,
			};
	blocks_init(&f->blocks, frame_block_bytes(f), o->core_limit, o->tmpdir);
	f->filling = xcalloc(1, frame_block_bytes(f));
}

enum so1_status frame_read(struct frame *f, struct reader *r, const struct frame_options *o,
			   struct so1_error *e)
{
	*f = (struct frame){.blocks.fd = -1};
	header_copy(&f->header, reader_header(r));
	f->roles = xcalloc(f->header.count, sizeof *f->roles);
	enum so1_status s = columns_choose(&f->header, &o->columns, f->roles, e);
	if (s != SO1_OK)
		return s;
	set_up(f, o);
	struct places p = {
		.options = o,
		.target = header_find(&f->header, slice_of(o->columns.target)),
		.customer = header_find(&f->header, SLICE("customer_id")),
		.as_of = header_find(&f->header, SLICE("as_of")),
	};
	f->by_as_of = o->latest_as_of;
	s = read_rows(f, r, &p, e);
	if (s == SO1_OK)
		s = check_as_ofs(f, e);
	order_free(&p.order);
	if (s == SO1_OK && f->filled > 0)
		s = flush(f, e);
	free(f->filling);
	f->filling = NULL;
	return s;
}
