#include "segment/cluster_page.h"

#include "base/number.h"
#include "stream/cells.h"

#include <inttypes.h>
#include <math.h>

enum { DIGITS = 10, SHORT_DIGITS = 6, NOTES_MOST = 20 };

double cluster_apart(const struct kmeans *c, uint64_t rows, size_t cluster, size_t column)
{
	double mean = c->centres[cluster * c->columns + column];

	return mean * (double)rows / (double)(rows - c->sizes[cluster]);
}

size_t cluster_describe(const struct kmeans *c, uint64_t rows, size_t cluster,
			size_t columns[CLUSTER_APART])
{
	size_t count = 0;

	for (size_t k = 0; k < c->columns; k++) {
		double apart = fabs(cluster_apart(c, rows, cluster, k));
		size_t at = count;
		while (at > 0 && apart > fabs(cluster_apart(c, rows, cluster, columns[at - 1])))
			at--;
		if (at == CLUSTER_APART)
			continue;
		count += count < CLUSTER_APART;
		for (size_t i = count - 1; i > at; i--)
			columns[i] = columns[i - 1];
		columns[at] = k;
	}
	return count;
}

static void put_number(struct cell_builder *cell, const char *key, double x)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, DIGITS);
	cell_add(cell, slice_of(key), buffer_slice(&b));
	buffer_free(&b);
}

static void add_transform(const struct number_column *c, struct model_file *m)
{
	struct cell_builder cell = {0};
	struct buffer b = {0};

	cell_add(&cell, SLICE("kind"), c->log ? SLICE("log") : SLICE("linear"));
	put_number(&cell, "mean", c->mean);
	put_number(&cell, "missing", c->missing);
	put_number(&cell, "sd", c->sd);
	cell_put_map(&cell, &b);
	model_file_add(m, "transform", c->name, buffer_slice(&b));
	buffer_free(&b);
	cell_free(&cell);
}

static void add_text(struct model_file *m, const char *section, const char *name,
		     const char *value)
{
	model_file_add(m, section, slice_of(name), slice_of(value));
}

static void add_card(const struct numbers *n, const struct cluster_found *f, struct model_file *m)
{
	model_file_add_number(m, "card", "rows", (double)n->matrix.rows);
	if (n->first_as_of.len > 0) {
		model_file_add(m, "card", SLICE("first_as_of"), buffer_slice(&n->first_as_of));
		model_file_add(m, "card", SLICE("last_as_of"), buffer_slice(&n->last_as_of));
	}
	model_file_add_number(m, "card", "sample_rows", (double)f->sample_rows);
	model_file_add_number(m, "card", "explained", f->explained);
	model_file_add_number(m, "card", "silhouette", f->silhouette);
	model_file_add_number(m, "card", "silhouette_rows", (double)f->silhouette_rows);
	for (size_t i = 0; i < f->tried_count; i++) {
		struct buffer name = {0};
		buffer_printf(&name, "silhouette_%zu", CLUSTER_AUTO_LEAST + i);
		model_file_add_number(m, "card", buffer_text(&name), f->tried[i]);
		buffer_free(&name);
	}
}

static void add_figure(struct model_file *m, size_t cluster, const char *what,
		       const struct number_column *column, double value, int digits)
{
	struct buffer name = {0}, text = {0};

	buffer_printf(&name, "%zu.%s", cluster + 1, what);
	if (column)
		buffer_printf(&name, ".%.*s", SLICE_ARGS(column->name));
	number_put_rounded(&text, value, digits);
	model_file_add(m, "cluster", buffer_slice(&name), buffer_slice(&text));
	buffer_free(&name);
	buffer_free(&text);
}

static void add_cluster(const struct numbers *n, const struct kmeans *c, size_t cluster,
			struct model_file *m)
{
	const double *centre = c->centres + cluster * c->columns;
	size_t apart[CLUSTER_APART];
	size_t count = cluster_describe(c, n->matrix.rows, cluster, apart);

	add_figure(m, cluster, "size", NULL, (double)c->sizes[cluster], DIGITS);
	add_figure(m, cluster, "share", NULL,
		   (double)c->sizes[cluster] / (double)n->matrix.rows, SHORT_DIGITS);
	for (size_t i = 0; i < count; i++)
		add_figure(m, cluster, "apart", &n->columns[apart[i]],
			   cluster_apart(c, n->matrix.rows, cluster, apart[i]), SHORT_DIGITS);
	for (size_t i = 0; i < count; i++)
		add_figure(m, cluster, "typical", &n->columns[apart[i]],
			   number_of_coordinate(&n->columns[apart[i]], centre[apart[i]]),
			   SHORT_DIGITS);
	for (size_t k = 0; k < n->count; k++)
		add_figure(m, cluster, "centre", &n->columns[k], centre[k], DIGITS);
}

void cluster_page_model(const char *command, const struct numbers *n,
			const struct cluster_found *f, struct model_file *m)
{
	add_text(m, "model", "kind", "cluster");
	model_file_add_number(m, "model", "version", MODELFILE_VERSION);
	model_file_add_number(m, "model", "clusters", (double)f->kmeans.k);
	add_text(m, "model", "command", command);
	add_card(n, f, m);
	for (size_t k = 0; k < n->count; k++)
		add_transform(&n->columns[k], m);
	for (size_t k = 0; k < f->kmeans.k; k++)
		add_cluster(n, &f->kmeans, k, m);
}

static void note_cluster(const struct numbers *n, const struct kmeans *c, size_t cluster,
			 struct summary *summary)
{
	size_t apart[CLUSTER_APART];
	size_t count = cluster_describe(c, n->matrix.rows, cluster, apart);
	struct buffer b = {0};

	for (size_t i = 0; i < count; i++)
		buffer_printf(&b, "%s%.*s %+.1f", i ? ", " : "",
			      SLICE_ARGS(n->columns[apart[i]].name),
			      cluster_apart(c, n->matrix.rows, cluster, apart[i]));
	summary_note(summary, "cluster %zu: %" PRIu64 " rows (%.1f %%): %s", cluster + 1,
		     c->sizes[cluster],
		     100 * (double)c->sizes[cluster] / (double)n->matrix.rows, buffer_text(&b));
	buffer_free(&b);
}

void cluster_page_notes(const struct numbers *n, const struct cluster_found *f,
			struct summary *summary)
{
	size_t k = f->kmeans.k;

	summary_note(summary, "%zu clusters%s, by %zu column%s: they explain %.1f %%, silhouette %.2f", k,
		     f->tried_count ? " (chosen by silhouette)" : "", n->count,
		     n->count == 1 ? "" : "s", 100 * f->explained,
		     f->silhouette);
	for (size_t i = 0; i < k && i < NOTES_MOST; i++)
		note_cluster(n, &f->kmeans, i, summary);
	if (k > NOTES_MOST)
		summary_note(summary, "and %zu more clusters: see the model", k - NOTES_MOST);
}
