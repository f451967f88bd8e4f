#include "segment/silhouette.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <stdlib.h>

struct judging {
	size_t rows, columns, count;
	const double **x;               /* by row */
	const struct kmeans *clusterings;
	uint32_t *labels;               /* count × rows */
	size_t *offsets;                /* of a clustering's clusters among all */
	size_t clusters;                /* of all clusterings together */
	uint64_t *sizes;                /* by cluster, in the sample */
	double *results;                /* rows × count */
};

uint64_t silhouette_rows(const struct matrix *m)
{
	return m->rows < SILHOUETTE_ROWS ? m->rows : SILHOUETTE_ROWS;
}

/* From the sums of a row's distances to the members of each cluster. */
static double silhouette_of(const double *sums, const uint64_t *sizes, size_t k, uint32_t own)
{
	double near = INFINITY;

	if (sizes[own] < 2)
		return 0;
	for (size_t c = 0; c < k; c++)
		if (c != own && sizes[c] > 0 && sums[c] / (double)sizes[c] < near)
			near = sums[c] / (double)sizes[c];
	if (isinf(near))
		return 0;
	double inside = sums[own] / (double)(sizes[own] - 1);
	double larger = inside > near ? inside : near;
	return larger > 0 ? (near - inside) / larger : 0;
}

/* Each distance is computed once for all clusterings. */
static void judge_row(const struct judging *j, size_t i, double *sums)
{
	memset(sums, 0, j->clusters * sizeof *sums);
	for (size_t other = 0; other < j->rows; other++) {
		double square = 0;
		for (size_t k = 0; k < j->columns; k++) {
			double d = j->x[i][k] - j->x[other][k];
			square += d * d;
		}
		double distance = sqrt(square);
		for (size_t c = 0; c < j->count; c++)
			sums[j->offsets[c] + j->labels[c * j->rows + other]] += distance;
	}
	for (size_t c = 0; c < j->count; c++)
		j->results[i * j->count + c] =
			silhouette_of(sums + j->offsets[c], j->sizes + j->offsets[c],
				      j->clusterings[c].k, j->labels[c * j->rows + i]);
}

static void judge_rows(void *context, size_t begin, size_t end, int thread)
{
	const struct judging *j = context;
	double *sums = xcalloc(j->clusters, sizeof *sums);

	(void)thread;
	for (size_t i = begin; i < end; i++)
		judge_row(j, i, sums);
	free(sums);
}

static void label_rows(struct judging *j)
{
	for (size_t c = 0; c < j->count; c++)
		for (size_t i = 0; i < j->rows; i++) {
			uint32_t label = (uint32_t)kmeans_nearest(&j->clusterings[c], j->x[i]);
			j->labels[c * j->rows + i] = label;
			j->sizes[j->offsets[c] + label]++;
		}
}

void silhouettes_find(const struct matrix *m, const struct kmeans *clusterings, size_t count,
		      int threads, double *values)
{
	enum { GRAIN = 16 };
	struct judging j = {.rows = (size_t)silhouette_rows(m), .columns = m->columns,
			    .count = count, .clusterings = clusterings};

	j.offsets = xcalloc(count, sizeof *j.offsets);
	for (size_t c = 0; c < count; c++) {
		j.offsets[c] = j.clusters;
		j.clusters += clusterings[c].k;
	}
	j.x = xcalloc(j.rows, sizeof *j.x);
	for (size_t i = 0; i < j.rows; i++)
		j.x[i] = matrix_row(m, sample_row(i, j.rows, m->rows));
	j.labels = xcalloc(count * j.rows, sizeof *j.labels);
	j.sizes = xcalloc(j.clusters, sizeof *j.sizes);
	j.results = xcalloc(j.rows * count, sizeof *j.results);
	label_rows(&j);
	threads_for(j.rows, GRAIN, threads, judge_rows, &j);
	for (size_t c = 0; c < count; c++) {
		double sum = 0;
		for (size_t i = 0; i < j.rows; i++)
			sum += j.results[i * count + c];
		values[c] = sum / (double)j.rows;
	}
	free(j.offsets);
	free(j.x);
	free(j.labels);
	free(j.sizes);
	free(j.results);
}
