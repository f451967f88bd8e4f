/* Clusters found in a stream, as a model: segment/clusters.h. */
#ifndef SO1_SEGMENT_CLUSTER_FIT_H
#define SO1_SEGMENT_CLUSTER_FIT_H

#include "segment/numbers.h"
#include "stream/modelfile.h"

enum {
	CLUSTER_AUTO_LEAST = 2, CLUSTER_AUTO_MOST = 10, /* what `auto` tries */
	CLUSTER_SAMPLE = 10000, /* rows that the starts are chosen on */
	CLUSTER_STARTS = 20, CLUSTER_STARTS_LEAST = 3,
};

struct cluster_request {
	struct numbers_options numbers;
	size_t k;            /* 0: auto */
	const char *command; /* for the model */
};

/* "auto" or 2 … KMEANS_MOST into *k (0 for auto); SO1_USAGE for anything else. */
enum so1_status cluster_count_parse(const char *text, size_t *k, struct so1_error *e);
/* Starts that are tried for k clusters: CLUSTER_STARTS up to ten, then fewer. */
size_t cluster_starts(size_t k);
/* Reads the stream to its end. The best of several starts on the sample by the sum of squares
 * goes on over all rows; `auto` takes the number of clusters whose best start has
 * the highest silhouette, of equally high ones the least. Clusters are numbered by their
 * size, the largest first. The summary gets notes; *m is for model_file_write and
 * model_file_free. SO1_FAILED when there are fewer (different) rows than clusters, or what
 * numbers_read fails at. */
enum so1_status cluster_fit(const struct cluster_request *q, struct reader *r,
			    struct summary *summary, struct model_file *m, uint64_t *rows,
			    struct so1_error *e);

#endif
