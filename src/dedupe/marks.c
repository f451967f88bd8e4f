#include "dedupe/marks.h"

#include "base/table.h"
#include "stream/reader.h"

#include <stdlib.h>
#include <sys/stat.h>

struct reading {
	struct marks *marks;
	bool same;
	const struct tuples *tuples;
	const struct identity *identity;
	struct dictionary names;  /* "source\n id" of records */
	uint32_t *record;         /* by its id */
	size_t record_cap;
	size_t column[5];
	uint64_t *unknown;
	struct buffer name;
};

static const char *const columns[] = {"source", "source_id", "other_source", "other_source_id", "label"};

static enum so1_status take_header(void *context, const struct header *h, struct so1_error *e)
{
	struct reading *r = context;

	for (size_t i = 0; i < 5; i++) {
		r->column[i] = header_find(h, slice_of(columns[i]));
		if (r->column[i] == COLUMN_NONE && i < 4)
			return error_set(e, SO1_FAILED, "no column '%s'", columns[i]);
	}
	return SO1_OK;
}

static struct slice name_of(struct reading *r, struct slice source, struct slice id)
{
	buffer_clear(&r->name);
	buffer_put_slice(&r->name, source);
	buffer_put_byte(&r->name, '\n');
	buffer_put_slice(&r->name, id);
	return buffer_slice(&r->name);
}

/* 1 one person, 0 two, -1 nothing said. */
static int label_of(struct slice label)
{
	label = slice_trim(label);
	if (label.len == 0)
		return -1;
	if (slice_is(label, "1") || slice_equal_nocase(label, SLICE("yes")))
		return 1;
	return slice_is(label, "0") || slice_equal_nocase(label, SLICE("no")) ? 0 : 2;
}

static enum so1_status take_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct reading *r = context;
	uint32_t record[2];

	if (r->column[4] != COLUMN_NONE) {
		int label = label_of(rec->fields[r->column[4]]);
		if (label == 2) {
			error_set(e, SO1_FAILED, "a label is 1, 0 or empty");
			error_at(e, rec->file, rec->line, "label");
			return error_value(e, rec->fields[r->column[4]]);
		}
		if (label != r->same)
			return SO1_OK;
	}
	for (int i = 0; i < 2; i++) {
		uint32_t id = dictionary_find(&r->names, name_of(r, rec->fields[r->column[2 * i]],
								 rec->fields[r->column[2 * i + 1]]));
		if (id == DICTIONARY_NONE) {
			++*r->unknown;
			return SO1_OK;
		}
		record[i] = r->record[id];
	}
	if (record[0] == record[1])
		return SO1_OK;
	GROW(r->marks->items, r->marks->cap, r->marks->count + 1);
	r->marks->items[r->marks->count++] = record[0] < record[1]
		? (struct mark){record[0], record[1]} : (struct mark){record[1], record[0]};
	return SO1_OK;
}

static int compare_marks(const void *x, const void *y)
{
	const struct mark *a = x, *b = y;

	return a->a != b->a ? (a->a < b->a ? -1 : 1) : (a->b > b->b) - (a->b < b->b);
}

static void name_records(struct reading *r)
{
	for (uint32_t i = 0; i < r->tuples->count; i++) {
		bool added;
		if (r->identity->record[i] == 0)
			continue;
		uint32_t id = dictionary_add(&r->names, name_of(r, tuple_text(r->tuples, i, T_SOURCE),
							tuple_text(r->tuples, i, T_SOURCE_ID)), &added);
		GROW(r->record, r->record_cap, id + (size_t)1);
		r->record[id] = r->identity->record[i];
	}
}

enum so1_status marks_read(struct marks *m, const char *path, bool same, const struct tuples *t,
			   const struct identity *id, uint64_t *unknown, struct so1_error *e)
{
	struct reading r = {.marks = m, .same = same, .tuples = t, .identity = id, .unknown = unknown};

	name_records(&r);
	enum so1_status status = csv_read_file(path, take_header, take_row, &r, e);
	if (status)
		error_at(e, e->file[0] ? NULL : path, 0, NULL);
	if (m->count)
		qsort(m->items, m->count, sizeof *m->items, compare_marks);
	dictionary_free(&r.names);
	free(r.record);
	buffer_free(&r.name);
	return status;
}

/* Records on their way to who asked. */
struct listing {
	struct reading reading;
	void (*take)(void *context, struct slice source, struct slice source_id);
	void *context;
};

static enum so1_status list_header(void *context, const struct header *h, struct so1_error *e)
{
	struct listing *l = context;

	return take_header(&l->reading, h, e);
}

static enum so1_status list_row(void *context, const struct record *rec, struct so1_error *e)
{
	const struct listing *l = context;
	const size_t *column = l->reading.column;

	(void)e;
	for (int i = 0; i < 4; i += 2)
		l->take(l->context, rec->fields[column[i]], rec->fields[column[i + 1]]);
	return SO1_OK;
}

enum so1_status marks_each(const char *path, void (*take)(void *context, struct slice source,
			   struct slice source_id), void *context, struct so1_error *e)
{
	struct listing l = {.take = take, .context = context};
	struct stat st;

	e->status = SO1_OK;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return SO1_OK;
	if (csv_read_file(path, list_header, list_row, &l, e))
		error_at(e, e->file[0] ? NULL : path, 0, NULL);
	return e->status;
}

bool marks_have(const struct marks *m, uint32_t a, uint32_t b)
{
	struct mark wanted = a < b ? (struct mark){a, b} : (struct mark){b, a};

	return m->count > 0 && a != 0 && b != 0 &&
	       bsearch(&wanted, m->items, m->count, sizeof *m->items, compare_marks) != NULL;
}

void marks_free(struct marks *m)
{
	free(m->items);
	*m = (struct marks){0};
}
