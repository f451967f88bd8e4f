#include "segment/clusters.h"

#include "base/number.h"
#include "base/table.h"
#include "stream/cells.h"

#include <math.h>
#include <stdlib.h>

static enum so1_status check_kind(const struct cluster_model *m, struct so1_error *e)
{
	struct slice kind;

	if (model_file_text(&m->file, "model", "kind", &kind, e) != SO1_OK)
		return e->status;
	if (slice_is(kind, "cluster"))
		return SO1_OK;
	error_set(e, SO1_FAILED, "no clusters but a model of kind %.*s: so1-predict --model applies it",
		  SLICE_ARGS(kind));
	return error_at(e, m->file.path, 0, NULL);
}

static enum so1_status read_count(struct cluster_model *m, size_t *k, struct so1_error *e)
{
	const struct model_row *row = model_file_find(&m->file, "model", "clusters");
	int64_t n;

	if (row == NULL) {
		error_set(e, SO1_FAILED, "the model has no row model,clusters");
		return error_at(e, m->file.path, 0, NULL);
	}
	if (!number_parse_int(row->value, &n) || n < 1 || n > KMEANS_MOST)
		return model_row_error(&m->file, row, "not a number of clusters", e);
	*k = (size_t)n;
	return SO1_OK;
}

static bool get_number(struct slice cell, const char *key, double *x, struct arena *a)
{
	struct slice value;

	return map_get(cell, slice_of(key), &value, a) && number_parse_double(value, x);
}

static enum so1_status read_transform(struct cluster_model *m, const struct model_row *row,
				      struct so1_error *e)
{
	struct number_column *c = &m->columns[m->count];
	struct arena a = {0};
	struct slice kind = {"", 0};
	bool fine = map_get(row->value, SLICE("kind"), &kind, &a) &&
		    get_number(row->value, "mean", &c->mean, &a) &&
		    get_number(row->value, "sd", &c->sd, &a) && c->sd > 0;

	c->name = row->name;
	c->log = slice_is(kind, "log");
	fine = fine && (c->log || slice_is(kind, "linear"));
	arena_free(&a);
	if (!fine)
		return model_row_error(&m->file, row, "wants kind (linear or log), mean and sd", e);
	for (size_t i = 0; i < m->count; i++)
		if (slice_equal(m->columns[i].name, c->name))
			return model_row_error(&m->file, row, "a column twice", e);
	m->count++;
	return SO1_OK;
}

static size_t find_column(const struct cluster_model *m, struct slice name)
{
	size_t i = 0;

	while (i < m->count && !slice_equal(m->columns[i].name, name))
		i++;
	return i;
}

/* "3.centre.spend": cluster 3 and the column; false for all other rows of the section. */
static bool parse_centre_name(struct slice name, int64_t *cluster, struct slice *column)
{
	static const struct slice word = {"centre.", 7};
	size_t dot = slice_find_byte(name, '.');

	if (dot == name.len || !number_parse_int(slice_make(name.ptr, dot), cluster))
		return false;
	*column = slice_make(name.ptr + dot + 1, name.len - dot - 1);
	if (!slice_starts_with(*column, word))
		return false;
	*column = slice_make(column->ptr + word.len, column->len - word.len);
	return true;
}

static enum so1_status read_centre(struct cluster_model *m, const struct model_row *row,
				   struct so1_error *e)
{
	struct slice column;
	int64_t cluster;

	if (!parse_centre_name(row->name, &cluster, &column))
		return SO1_OK;
	size_t i = find_column(m, column);
	if (cluster < 1 || (uint64_t)cluster > m->kmeans.k)
		return model_row_error(&m->file, row, "no cluster of this model", e);
	if (i == m->count)
		return model_row_error(&m->file, row, "a column without a transform", e);
	return model_row_number(&m->file, row,
				&m->kmeans.centres[(size_t)(cluster - 1) * m->count + i], e);
}

static enum so1_status check_whole(const struct cluster_model *m, struct so1_error *e)
{
	for (size_t i = 0; i < m->kmeans.k * m->count; i++) {
		if (!isnan(m->kmeans.centres[i]))
			continue;
		error_set(e, SO1_FAILED, "the model has no row cluster,%zu.centre.%.*s",
			  i / m->count + 1, SLICE_ARGS(m->columns[i % m->count].name));
		return error_at(e, m->file.path, 0, NULL);
	}
	return SO1_OK;
}

static enum so1_status read_rows(struct cluster_model *m, size_t k, struct so1_error *e)
{
	enum so1_status status = SO1_OK;

	m->columns = xcalloc(m->file.count, sizeof *m->columns);
	for (size_t i = 0; i < m->file.count && status == SO1_OK; i++)
		if (slice_is(m->file.rows[i].section, "transform"))
			status = read_transform(m, &m->file.rows[i], e);
	if (status == SO1_OK && m->count == 0) {
		error_set(e, SO1_FAILED, "the model has no columns");
		status = error_at(e, m->file.path, 0, NULL);
	}
	if (status != SO1_OK)
		return status;
	kmeans_init(&m->kmeans, k, m->count);
	for (size_t i = 0; i < k * m->count; i++)
		m->kmeans.centres[i] = NAN;
	for (size_t i = 0; i < m->file.count && status == SO1_OK; i++)
		if (slice_is(m->file.rows[i].section, "cluster"))
			status = read_centre(m, &m->file.rows[i], e);
	return status == SO1_OK ? check_whole(m, e) : status;
}

enum so1_status cluster_model_read(struct cluster_model *m, const char *path,
				   struct so1_error *e)
{
	size_t k = 0;
	enum so1_status status = model_file_read(&m->file, path, e);

	if (status == SO1_OK)
		status = check_kind(m, e);
	if (status == SO1_OK)
		status = read_count(m, &k, e);
	return status == SO1_OK ? read_rows(m, k, e) : status;
}

enum so1_status cluster_model_bind(struct cluster_model *m, const struct header *h,
				   struct so1_error *e)
{
	m->places = xcalloc(m->count, sizeof *m->places);
	for (size_t i = 0; i < m->count; i++) {
		struct slice name = m->columns[i].name;
		m->places[i] = header_find(h, name);
		if (m->places[i] != COLUMN_NONE)
			continue;
		struct slice near = nearest_name(name, h->names, h->count);
		error_set(e, SO1_FAILED, "the stream has no column '%.*s' of the model%s%.*s%s",
			  SLICE_ARGS(name), near.len ? "; the nearest is '" : "",
			  SLICE_ARGS(near), near.len ? "'" : "");
		return error_at(e, m->file.path, 0, NULL);
	}
	return SO1_OK;
}

enum so1_status cluster_model_row(const struct cluster_model *m, const struct slice *fields,
				  struct arena *scratch, size_t *cluster, struct so1_error *e)
{
	double *x = arena_alloc(scratch, m->count * sizeof *x);

	for (size_t i = 0; i < m->count; i++)
		if (number_coordinate(&m->columns[i], fields[m->places[i]], &x[i], e) != SO1_OK)
			return e->status;
	*cluster = kmeans_nearest(&m->kmeans, x);
	return SO1_OK;
}

void cluster_model_free(struct cluster_model *m)
{
	model_file_free(&m->file);
	kmeans_free(&m->kmeans);
	free(m->columns);
	free(m->places);
	*m = (struct cluster_model){0};
}
