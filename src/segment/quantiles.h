/* Order statistics of more numbers than memory holds: exact, in a few passes over blocks
 * of them. */
#ifndef SO1_SEGMENT_QUANTILES_H
#define SO1_SEGMENT_QUANTILES_H

#include "stream/blocks.h"

#include <stddef.h>

enum { QUANTILE_BLOCK = 4096, QUANTILES_MOST = 16 };

/* The block size for blocks_init. A NaN in a block is no number and does not count. */
enum { QUANTILE_BLOCK_BYTES = QUANTILE_BLOCK * sizeof(double) };

/* values[i]: the number of rank ranks[i], from 1, among the numbers in ascending order.
 * count <= QUANTILES_MOST; ranks are at most as many as there are numbers. The order of
 * the numbers does not matter. Takes half a MiB a rank. Fails when a block cannot be read. */
enum so1_status quantiles_find(const struct blocks *b, const uint64_t *ranks, size_t count,
			       double *values, struct so1_error *e);

#endif
