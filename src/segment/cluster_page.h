/* What was found, as a model file and as notes a person reads. */
#ifndef SO1_SEGMENT_CLUSTER_PAGE_H
#define SO1_SEGMENT_CLUSTER_PAGE_H

#include "segment/cluster_fit.h"
#include "segment/kmeans.h"

enum { CLUSTER_APART = 3 }; /* columns that describe a cluster */

struct cluster_found {
	struct kmeans kmeans; /* of all rows */
	double tried[CLUSTER_AUTO_MOST - CLUSTER_AUTO_LEAST + 1]; /* silhouettes, by number of
								     clusters */
	size_t tried_count;   /* 0 when the number was given */
	uint64_t sample_rows, silhouette_rows;
	double silhouette;
	double explained;     /* share of the sum of squares, 0 … 1 */
};

/* The standardised difference of means: (mean of the coordinate in the cluster - mean of it
 * in all other rows) / sd over all known values. The mean over all rows is 0. */
double cluster_apart(const struct kmeans *c, uint64_t rows, size_t cluster, size_t column);
/* The CLUSTER_APART columns with the largest ones, whatever their sign, into columns;
 * returns how many there are. */
size_t cluster_describe(const struct kmeans *c, uint64_t rows, size_t cluster,
			size_t columns[CLUSTER_APART]);

void cluster_page_model(const char *command, const struct numbers *n,
			const struct cluster_found *f, struct model_file *m);
/* "cluster 1: 512 rows (51.2 %): spend +1.8 …" for each, and how good it all is. */
void cluster_page_notes(const struct numbers *n, const struct cluster_found *f,
			struct summary *summary);

#endif
