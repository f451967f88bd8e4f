#include "segment/kmeans.h"

#include "base/chance.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

void kmeans_init(struct kmeans *c, size_t k, size_t columns)
{
	*c = (struct kmeans){.k = k, .columns = columns};
	c->centres = xcalloc(k * columns, sizeof *c->centres);
	c->sizes = xcalloc(k, sizeof *c->sizes);
}

void kmeans_copy(struct kmeans *to, const struct kmeans *from)
{
	memcpy(to->centres, from->centres, from->k * from->columns * sizeof *from->centres);
	memcpy(to->sizes, from->sizes, from->k * sizeof *from->sizes);
	to->within = from->within;
	to->iterations = from->iterations;
}

void kmeans_free(struct kmeans *c)
{
	free(c->centres);
	free(c->sizes);
	*c = (struct kmeans){0};
}

static double squared_distance(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

static size_t nearest(const struct kmeans *c, const double *x, double *distance)
{
	size_t best = 0;

	*distance = INFINITY;
	for (size_t k = 0; k < c->k; k++) {
		double d = squared_distance(x, c->centres + k * c->columns, c->columns);
		if (d < *distance) {
			*distance = d;
			best = k;
		}
	}
	return best;
}

size_t kmeans_nearest(const struct kmeans *c, const double *x)
{
	double distance;

	return nearest(c, x, &distance);
}

/* k-means++ */

struct seeding {
	const struct matrix *m;
	double *distances, *tried, *best; /* of each row to the nearest centre so far */
	uint64_t seed, draws;
};

static double draw(struct seeding *s)
{
	static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);

	return (double)(chance_mix(s->seed + ++s->draws * golden) >> 11) * 0x1p-53;
}

/* A row drawn with a chance in proportion to its squared distance. */
static uint64_t draw_row(struct seeding *s, double total)
{
	double target = draw(s) * total, sum = 0;
	uint64_t last = 0;

	for (uint64_t i = 0; i < s->m->rows; i++) {
		if (s->distances[i] <= 0)
			continue;
		sum += s->distances[i];
		last = i;
		if (sum > target)
			break;
	}
	return last;
}

/* Distances with this row as one more centre into `to`; returns their sum. */
static double with_centre(const struct seeding *s, uint64_t row, double *to)
{
	const double *centre = matrix_row(s->m, row);
	double sum = 0;

	for (uint64_t i = 0; i < s->m->rows; i++) {
		double d = squared_distance(matrix_row(s->m, i), centre, s->m->columns);
		to[i] = d < s->distances[i] ? d : s->distances[i];
		sum += to[i];
	}
	return sum;
}

/* The best of a few draws; as many as in the greedy variant of the paper's authors. */
static double add_centre(struct seeding *s, struct kmeans *c, size_t k, double total)
{
	size_t tries = k == 0 ? 1 : 2 + (size_t)log((double)c->k);
	double least = INFINITY;
	uint64_t chosen = 0;

	for (size_t t = 0; t < tries; t++) {
		uint64_t row = k == 0 ? (uint64_t)(draw(s) * (double)s->m->rows)
				      : draw_row(s, total);
		double sum = with_centre(s, row, s->tried);
		if (sum >= least)
			continue;
		least = sum;
		chosen = row;
		double *swap = s->best;
		s->best = s->tried;
		s->tried = swap;
	}
	double *swap = s->distances;
	s->distances = s->best;
	s->best = swap;
	memcpy(c->centres + k * c->columns, matrix_row(s->m, chosen),
	       c->columns * sizeof *c->centres);
	return least;
}

bool kmeans_seed(struct kmeans *c, const struct matrix *m, uint64_t seed)
{
	struct seeding s = {.m = m, .seed = chance_mix(seed)};
	double total = INFINITY;
	size_t k = 0;

	s.distances = xmalloc(m->rows * sizeof *s.distances);
	s.tried = xmalloc(m->rows * sizeof *s.tried);
	s.best = xmalloc(m->rows * sizeof *s.best);
	for (uint64_t i = 0; i < m->rows; i++)
		s.distances[i] = INFINITY;
	for (; k < c->k && total > 0; k++)
		total = add_centre(&s, c, k, total);
	free(s.distances);
	free(s.tried);
	free(s.best);
	return k == c->k;
}

/* Lloyd */

/* Pairs of centres side by side, so that each step is two at once; what is added is added in
 * the order of the columns, as in the plain loop. */
typedef double pair_of_doubles __attribute__((vector_size(16)));

struct pass {
	const struct kmeans *c;
	size_t pairs;
	pair_of_doubles *turned; /* columns × pairs: the centres, the last one repeated */
	/* What the rows add up to. */
	double *sums;            /* k × columns */
	uint64_t *sizes;
	double within, farthest;
	uint64_t farthest_row;
	double *farthest_cells;
};

/* The partial sums of a block: a struct, then sizes, sums, and the cells of its farthest
 * row. */
struct partial {
	double within, farthest;
	uint64_t farthest_row;
};

static uint64_t *partial_sizes(const void *partial)
{
	return (uint64_t *)((struct partial *)(uintptr_t)partial + 1);
}

static double *partial_sums(const struct kmeans *c, const void *partial)
{
	return (double *)(partial_sizes(partial) + c->k);
}

static size_t partial_bytes(const struct kmeans *c)
{
	return sizeof(struct partial) + c->k * sizeof(uint64_t) +
	       (c->k + 1) * c->columns * sizeof(double);
}

static void turn_centres(struct pass *p)
{
	const struct kmeans *c = p->c;

	for (size_t j = 0; j < c->columns; j++)
		for (size_t k = 0; k < 2 * p->pairs; k++)
			p->turned[j * p->pairs + k / 2][k % 2] =
				c->centres[(k < c->k ? k : c->k - 1) * c->columns + j];
}

/* As kmeans_nearest. */
static size_t nearest_turned(const struct pass *p, const double *x, double *distance)
{
	pair_of_doubles sums[(KMEANS_MOST + 1) / 2];
	size_t best = 0;

	for (size_t q = 0; q < p->pairs; q++)
		sums[q] = (pair_of_doubles){0, 0};
	for (size_t j = 0; j < p->c->columns; j++) {
		const pair_of_doubles *centres = p->turned + j * p->pairs;
		pair_of_doubles cell = {x[j], x[j]};
		for (size_t q = 0; q < p->pairs; q++) {
			pair_of_doubles d = cell - centres[q];
			sums[q] += d * d;
		}
	}
	*distance = INFINITY;
	for (size_t k = 0; k < p->c->k; k++)
		if (sums[k / 2][k % 2] < *distance) {
			*distance = sums[k / 2][k % 2];
			best = k;
		}
	return best;
}

static void sum_block(void *context, const double *cells, size_t rows, uint64_t first,
		      void *partial)
{
	const struct pass *p = context;
	const struct kmeans *c = p->c;
	struct partial *out = partial;
	uint64_t *sizes = partial_sizes(partial);
	double *sums = partial_sums(c, partial);

	out->farthest = -1;
	for (size_t i = 0; i < rows; i++) {
		const double *x = cells + i * c->columns;
		double distance;
		size_t k = nearest_turned(p, x, &distance);
		double *sum = sums + k * c->columns;
		sizes[k]++;
		out->within += distance;
		for (size_t j = 0; j < c->columns; j++)
			sum[j] += x[j];
		if (distance > out->farthest) {
			out->farthest = distance;
			out->farthest_row = first + i;
			memcpy(sums + c->k * c->columns, x, c->columns * sizeof *x);
		}
	}
}

static void fold_block(void *context, const void *partial)
{
	struct pass *p = context;
	const struct kmeans *c = p->c;
	const struct partial *in = partial;
	const uint64_t *sizes = partial_sizes(partial);
	const double *sums = partial_sums(c, partial);

	p->within += in->within;
	for (size_t k = 0; k < c->k; k++)
		p->sizes[k] += sizes[k];
	for (size_t i = 0; i < c->k * c->columns; i++)
		p->sums[i] += sums[i];
	if (in->farthest > p->farthest) {
		p->farthest = in->farthest;
		p->farthest_row = in->farthest_row;
		memcpy(p->farthest_cells, sums + c->k * c->columns, c->columns * sizeof *sums);
	}
}

static void pass_init(struct pass *p, const struct kmeans *c)
{
	*p = (struct pass){.c = c, .pairs = (c->k + 1) / 2};
	p->turned = xcalloc(c->columns * p->pairs, sizeof *p->turned);
	p->sums = xcalloc(c->k * c->columns, sizeof *p->sums);
	p->sizes = xcalloc(c->k, sizeof *p->sizes);
	p->farthest_cells = xcalloc(c->columns, sizeof *p->farthest_cells);
}

static void pass_free(struct pass *p)
{
	free(p->turned);
	free(p->sums);
	free(p->sizes);
	free(p->farthest_cells);
}

static enum so1_status run_pass(struct pass *p, const struct matrix *m, int threads,
				struct so1_error *e)
{
	const struct kmeans *c = p->c;
	struct matrix_pass pass = {.threads = threads, .partial_bytes = partial_bytes(c),
				   .work = sum_block, .fold = fold_block, .context = p};

	memset(p->sums, 0, c->k * c->columns * sizeof *p->sums);
	memset(p->sizes, 0, c->k * sizeof *p->sizes);
	p->within = 0;
	p->farthest = -1;
	turn_centres(p);
	return matrix_run(m, &pass, e);
}

static void take_figures(struct kmeans *c, const struct pass *p)
{
	c->within = p->within;
	memcpy(c->sizes, p->sizes, c->k * sizeof *c->sizes);
}

/* Returns whether a cluster had lost all its rows: one a pass starts anew. */
static bool move_centres(struct kmeans *c, const struct pass *p)
{
	bool empty = false;

	for (size_t k = 0; k < c->k; k++) {
		double *centre = c->centres + k * c->columns;
		if (p->sizes[k] == 0) {
			if (!empty && p->farthest > 0)
				memcpy(centre, p->farthest_cells, c->columns * sizeof *centre);
			empty = true;
			continue;
		}
		for (size_t j = 0; j < c->columns; j++)
			centre[j] = p->sums[k * c->columns + j] / (double)p->sizes[k];
	}
	return empty;
}

enum so1_status kmeans_run(struct kmeans *c, const struct matrix *m, struct kmeans_end end,
			   int threads, struct so1_error *e)
{
	struct pass p;
	double before = INFINITY;
	bool empty = false;

	pass_init(&p, c);
	enum so1_status status = SO1_OK;
	for (c->iterations = 0; c->iterations < end.iterations; c->iterations++) {
		status = run_pass(&p, m, threads, e);
		if (status != SO1_OK)
			break;
		take_figures(c, &p);
		if (!empty && before - c->within <= end.gain * c->within)
			break;
		before = c->within;
		empty = move_centres(c, &p);
	}
	pass_free(&p);
	return status;
}

enum so1_status kmeans_measure(struct kmeans *c, const struct matrix *m, int threads,
			       struct so1_error *e)
{
	struct pass p;

	pass_init(&p, c);
	enum so1_status status = run_pass(&p, m, threads, e);
	if (status == SO1_OK)
		take_figures(c, &p);
	pass_free(&p);
	return status;
}
