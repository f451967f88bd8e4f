/* k-means: k-means++ for a start (Arthur & Vassilvitskii 2007, with the best of several
 * candidates at each step), Lloyd's iterations after it. Chance is a hash; sums are in the
 * order of the rows, so the centres are the same bits for any number of threads. */
#ifndef SO1_SEGMENT_KMEANS_H
#define SO1_SEGMENT_KMEANS_H

#include "segment/matrix.h"

#include <stdbool.h>

enum { KMEANS_MOST = 1000 };

struct kmeans {
	size_t k, columns;
	double *centres;  /* k × columns */
	uint64_t *sizes;  /* rows nearest to each; of two equally near the first counts */
	double within;    /* sum of squared distances to the nearest centre */
	unsigned iterations;
};

void kmeans_init(struct kmeans *c, size_t k, size_t columns);
void kmeans_copy(struct kmeans *to, const struct kmeans *from);
void kmeans_free(struct kmeans *c);

/* Centres for m, all of it in memory, by k-means++ with draws of this seed. False when fewer
 * than k rows differ from each other. */
bool kmeans_seed(struct kmeans *c, const struct matrix *m, uint64_t seed);
/* When Lloyd's iterations end: one lessens `within` by no more than this share of it, or
 * there have been so many. */
struct kmeans_end {
	double gain;
	unsigned iterations;
};
/* Lloyd's iterations from the centres there are. A cluster that loses all its rows starts
 * anew at the row that is farthest from its centre. */
enum so1_status kmeans_run(struct kmeans *c, const struct matrix *m, struct kmeans_end end,
			   int threads, struct so1_error *e);
/* Sizes and `within` of the centres as they are. */
enum so1_status kmeans_measure(struct kmeans *c, const struct matrix *m, int threads,
			       struct so1_error *e);
/* The centre nearest to x, the first of equally near ones. */
size_t kmeans_nearest(const struct kmeans *c, const double *x);

#endif
