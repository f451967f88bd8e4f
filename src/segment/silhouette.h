/* How well clusters are told apart: the mean silhouette (Rousseeuw 1987) with Euclidean
 * distances, over a sample. */
#ifndef SO1_SEGMENT_SILHOUETTE_H
#define SO1_SEGMENT_SILHOUETTE_H

#include "segment/kmeans.h"

enum { SILHOUETTE_ROWS = 4000 };

/* values[i]: the mean silhouette of the rows of m (all in memory, at most SILHOUETTE_ROWS of
 * them, chosen by sample_row) under clustering i, each row in the cluster of its nearest
 * centre; a row alone in its cluster has 0, as has everything when there is only one cluster
 * left. */
void silhouettes_find(const struct matrix *m, const struct kmeans *clusterings, size_t count,
		      int threads, double *values);
/* Rows that are looked at. */
uint64_t silhouette_rows(const struct matrix *m);

#endif
