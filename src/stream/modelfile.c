#include "stream/modelfile.h"

#include "base/number.h"
#include "stream/writer.h"

#include <math.h>
#include <stdlib.h>

static const char *const columns[] = {"section", "name", "value", "std_error"};
static const char *const sections[] = {"model", "card", "transform", "term", "cluster"};
enum { COLUMNS = 4, SECTIONS = 5, DIGITS = 10 };

static void add_row(struct model_file *m, const char *section, struct slice name,
		    struct slice value, struct slice std_error)
{
	GROW(m->rows, m->cap, m->count + 1);
	m->rows[m->count++] = (struct model_row){
		.section = arena_copy(&m->text, slice_of(section)),
		.name = arena_copy(&m->text, name),
		.value = arena_copy(&m->text, value),
		.std_error = arena_copy(&m->text, std_error),
	};
}

void model_file_add(struct model_file *m, const char *section, struct slice name,
		    struct slice value)
{
	add_row(m, section, name, value, SLICE(""));
}

void model_file_add_number(struct model_file *m, const char *section, const char *name,
			   double value)
{
	struct buffer b = {0};

	number_put_rounded(&b, value, DIGITS);
	add_row(m, section, slice_of(name), buffer_slice(&b), SLICE(""));
	buffer_free(&b);
}

void model_file_add_figure(struct model_file *m, const char *prefix, const char *name,
			   double value)
{
	enum { FIGURE_DIGITS = 6 };
	struct buffer full = {0}, text = {0};

	if (isnan(value))
		return;
	buffer_printf(&full, "%s_%s", prefix, name);
	number_put_rounded(&text, value, FIGURE_DIGITS);
	add_row(m, "card", buffer_slice(&full), buffer_slice(&text), SLICE(""));
	buffer_free(&full);
	buffer_free(&text);
}

void model_file_add_term(struct model_file *m, struct slice name, double value, double std_error)
{
	struct buffer b = {0}, error = {0};
	/* An intercept far from 0 is the difference to a column far from 0: what counts there is
	 * what stands behind the point. */
	int digits = fabs(value) < 1000 ? DIGITS : 14;

	number_put_rounded(&b, value, digits);
	if (isfinite(std_error))
		number_put_rounded(&error, std_error, DIGITS);
	add_row(m, "term", name, buffer_slice(&b), buffer_slice(&error));
	buffer_free(&b);
	buffer_free(&error);
}

void model_file_append(struct model_file *m, const struct model_file *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct model_row *x = &from->rows[i];
		struct slice section = arena_copy(&m->text, x->section);
		/* The arena ends its copies with a NUL. */
		add_row(m, section.ptr, x->name, x->value, x->std_error);
	}
}

static int section_rank(struct slice section)
{
	for (int i = 0; i < SECTIONS; i++)
		if (slice_is(section, sections[i]))
			return i;
	return -1;
}

static struct model_row *find_row(struct model_file *m, const char *section, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (slice_is(m->rows[i].section, section) && slice_is(m->rows[i].name, name))
			return &m->rows[i];
	return NULL;
}

static void put_value(struct model_file *m, struct model_row *row, double value, int digits)
{
	struct buffer b = {0};

	number_put_rounded(&b, value, digits);
	row->value = arena_copy(&m->text, buffer_slice(&b));
	buffer_free(&b);
}

enum so1_status model_file_shift(struct model_file *m, const char *section, const char *name,
				 double by, struct so1_error *e)
{
	struct model_row *row = find_row(m, section, name);
	double value;

	if (row == NULL) {
		error_set(e, SO1_FAILED, "the model has no row %s,%s", section, name);
		return error_at(e, m->path, 0, NULL);
	}
	enum so1_status s = model_row_number(m, row, &value, e);
	if (s == SO1_OK)
		put_value(m, row, value + by, fabs(value + by) < 1000 ? DIGITS : 14);
	return s;
}

void model_file_set_number(struct model_file *m, const char *section, const char *name,
			   double value)
{
	struct model_row *row = find_row(m, section, name);

	if (row == NULL) {
		size_t at = m->count;
		add_row(m, section, slice_of(name), SLICE(""), SLICE(""));
		struct model_row added = m->rows[at];
		while (at > 0 && section_rank(m->rows[at - 1].section) > section_rank(added.section)) {
			m->rows[at] = m->rows[at - 1];
			at--;
		}
		m->rows[at] = added;
		row = &m->rows[at];
	}
	put_value(m, row, value, DIGITS);
}

enum so1_status model_file_write(const struct model_file *m, const char *path,
				 struct so1_error *e)
{
	struct writer *w = NULL;
	struct header h = {0};
	enum so1_status s = writer_open(&w, &(struct writer_options){.path = path}, e);

	for (size_t i = 0; i < COLUMNS; i++)
		header_add(&h, slice_of(columns[i]));
	if (s == SO1_OK)
		s = writer_put_header(w, &h, e);
	for (size_t i = 0; i < m->count && s == SO1_OK; i++) {
		writer_put_field(w, m->rows[i].section);
		writer_put_field(w, m->rows[i].name);
		writer_put_field(w, m->rows[i].value);
		writer_put_field(w, m->rows[i].std_error);
		s = writer_end_record(w, e);
	}
	if (s == SO1_OK)
		s = writer_commit(w, e);
	writer_free(w);
	header_free(&h);
	return s;
}

static enum so1_status not_a_model(const struct model_file *m, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "not a model file: its header is not "
				 "section,name,value,std_error");
	return error_at(e, m->path, 1, NULL);
}

static enum so1_status take_header(void *context, const struct header *h, struct so1_error *e)
{
	const struct model_file *m = context;

	if (h->count != COLUMNS)
		return not_a_model(m, e);
	for (size_t i = 0; i < COLUMNS; i++)
		if (!slice_is(h->names[i], columns[i]))
			return not_a_model(m, e);
	return SO1_OK;
}

static enum so1_status take_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct model_file *m = context;
	int rank = section_rank(rec->fields[0]);
	int before = m->count ? section_rank(m->rows[m->count - 1].section) : 0;

	if (rank < before) {
		error_set(e, SO1_FAILED, rank < 0 ? "no section of a model" : "section out of place");
		error_at(e, m->path, rec->line, "section");
		return error_value(e, rec->fields[0]);
	}
	add_row(m, sections[rank], rec->fields[1], rec->fields[2], rec->fields[3]);
	m->rows[m->count - 1].line = rec->line;
	return SO1_OK;
}

static enum so1_status check_version(const struct model_file *m, struct so1_error *e)
{
	const struct model_row *row = model_file_find(m, "model", "version");
	int64_t version;

	if (row == NULL) {
		error_set(e, SO1_FAILED, "not a model file: it has no row model,version");
		return error_at(e, m->path, 0, NULL);
	}
	if (!number_parse_int(row->value, &version) || version < 1)
		return model_row_error(m, row, "not a version", e);
	if (version > MODELFILE_VERSION) {
		error_set(e, SO1_FAILED, "written by a newer so1 (model version %lld, "
					 "this one knows %d)", (long long)version,
			  MODELFILE_VERSION);
		return error_at(e, m->path, row->line, NULL);
	}
	return SO1_OK;
}

enum so1_status model_file_read(struct model_file *m, const char *path, struct so1_error *e)
{
	m->path = xstrdup(strcmp(path, "-") == 0 ? "(standard input)" : path);
	enum so1_status s = csv_read_file(path, take_header, take_row, m, e);

	return s == SO1_OK ? check_version(m, e) : s;
}

const struct model_row *model_file_find(const struct model_file *m, const char *section,
					const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (slice_is(m->rows[i].section, section) && slice_is(m->rows[i].name, name))
			return &m->rows[i];
	return NULL;
}

enum so1_status model_file_text(const struct model_file *m, const char *section,
				const char *name, struct slice *value, struct so1_error *e)
{
	const struct model_row *row = model_file_find(m, section, name);

	if (row == NULL) {
		error_set(e, SO1_FAILED, "the model has no row %s,%s", section, name);
		return error_at(e, m->path, 0, NULL);
	}
	*value = row->value;
	return SO1_OK;
}

enum so1_status model_row_number(const struct model_file *m, const struct model_row *row,
				 double *value, struct so1_error *e)
{
	if (!number_parse_double(row->value, value))
		return model_row_error(m, row, "not a number", e);
	return SO1_OK;
}

enum so1_status model_row_error(const struct model_file *m, const struct model_row *row,
				const char *reason, struct so1_error *e)
{
	struct buffer place = {0};

	error_set(e, SO1_FAILED, "%s", reason);
	buffer_put_slice(&place, row->section);
	buffer_put_byte(&place, ' ');
	buffer_put_slice(&place, row->name);
	error_at(e, m->path, row->line, buffer_text(&place));
	buffer_free(&place);
	return error_value(e, row->value);
}

void model_file_free(struct model_file *m)
{
	free(m->path);
	free(m->rows);
	arena_free(&m->text);
	*m = (struct model_file){0};
}
