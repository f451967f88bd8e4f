/* How good lists of keys are, given what a customer bought after they were made:
 *
 *   recall  keys of the list that he bought / keys that he bought
 *   nDCG    sum over them of 1 / log2(rank + 1) / the same sum over the ranks 1 to as many as
 *           keys he bought
 *
 * as Hu et al. (2020) measure baskets, and their means over customers. Jarvelin & Kekalainen,
 * Cumulated gain-based evaluation of IR techniques, 2002. */
#ifndef SO1_PREDICT_RANKING_H
#define SO1_PREDICT_RANKING_H

#include "predict/figures.h"

enum ranking_list { RANKING_AGAIN, RANKING_NEW, RANKING_LISTS };

/* A labelled row; NaN where there was nothing to be found. */
struct ranked_row {
	struct { double recall, ndcg; } of[RANKING_LISTS];
	uint64_t hash; /* of the customer, or of the row's number */
};

/* hit[i]: whether he bought what has rank i + 1 of n. wanted: keys that he bought, at least as
 * many as hits; 0 gives NaN. */
void ranking_take(const bool *hit, size_t n, size_t wanted, struct ranked_row *out,
		  enum ranking_list list);
/* rows, again_rows, again_recall, again_ndcg, new_rows …, with intervals by bootstrap of
 * customers (predict/figures.h). `length`: how long lists may be. Sorts the rows. */
void ranking_figures(struct ranked_row *rows, size_t count, size_t length, struct figures *out);

#endif
