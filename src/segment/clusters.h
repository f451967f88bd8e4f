/* A cluster model applied to rows. In the file (stream/modelfile.h):
 *   model      kind,cluster   clusters,K   command
 *   card       rows, silhouette, explained …
 *   transform  COLUMN,kind=log;mean=4.1;missing=0.02;sd=1.2   (segment/numbers.h)
 *   cluster    N.size  N.share  N.apart.COLUMN  N.typical.COLUMN  N.centre.COLUMN, N from 1
 * What is needed to apply it are kind, clusters, transforms and centres. */
#ifndef SO1_SEGMENT_CLUSTERS_H
#define SO1_SEGMENT_CLUSTERS_H

#include "segment/kmeans.h"
#include "segment/numbers.h"
#include "stream/modelfile.h"

struct cluster_model {
	struct model_file file;
	struct number_column *columns; /* names point into file */
	size_t count;
	struct kmeans kmeans;          /* only k, columns and centres are set */
	size_t *places;                /* of the columns in the stream */
};

/* Zero-initialise; cluster_model_free when done. SO1_FAILED when it is no cluster model or
 * not whole, with the line. */
enum so1_status cluster_model_read(struct cluster_model *m, const char *path,
				   struct so1_error *e);
/* SO1_FAILED "the stream has no column …" when one of the model's is not there. */
enum so1_status cluster_model_bind(struct cluster_model *m, const struct header *h,
				   struct so1_error *e);
/* The row's cluster, from 0, into *cluster. SO1_FAILED with column and value when a field
 * is no number. Needs memory of the arena for the coordinates. */
enum so1_status cluster_model_row(const struct cluster_model *m, const struct slice *fields,
				  struct arena *scratch, size_t *cluster, struct so1_error *e);
void cluster_model_free(struct cluster_model *m);

#endif
