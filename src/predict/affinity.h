/* affinity --by KEY: what a customer will buy again, and what would be new to him.
 *
 * For customer u and item i, from the maps of so1-profile,
 *
 *   again_ui = r_i a_ui + p_i                         over the items he has bought
 *   new_ui   = f_i sum of B_ji over his items j       over those he has not
 *
 *   a_ui  affine_by_KEY: his orders with i, each counted .9 to the power of the number of his
 *         orders since
 *   r_i   share of the orders with i that were not their customer's first, drawn to that of all
 *         items by AFFINITY_PRIOR orders: how much this item is one that people come back for
 *   p_i   of the customers who bought anything in the last days, the share who bought i
 *   f_i   square root of the share of the customers with i who bought it in those days, drawn to
 *         that of all items by AFFINITY_PRIOR customers: items that go out of the range fade
 *   B     EASE (predict/ease.h), for each j the AFFINITY_NEIGHBOURS largest
 *
 * "The last days" are the first of 28, 91, 182 and 365 in which AFFINITY_ACTIVE customers
 * bought, or else all of time. a + p: Hu et al., Modeling personalized item frequency
 * information for next-basket recommendation, SIGIR 2020, on what decayed own counts are
 * worth; r and f are shrunken shares (Beta–Binomial means) of our own.
 *
 * Model file: transform,ITEM,kind=key;fresh=f;orders=n;recent=p;repeat=r;support=n and
 * term,ITEM,OTHER=weight;… with the weights f_i B_ji that item j gives others. */
#ifndef SO1_PREDICT_AFFINITY_H
#define SO1_PREDICT_AFFINITY_H

#include "predict/kind.h"

enum {
	AFFINITY_PRIOR = 20,
	AFFINITY_ACTIVE = 100,
	AFFINITY_NEIGHBOURS = 100,
	/* The EASE matrix is then 512 MiB; with more items the floor of --min-support rises. */
	AFFINITY_ITEMS_MOST = 8192,
};
/* Of EASE: between what suits a thousand customers and a hundred thousand (Steck 2019
 * found 200 to 1000). */
#define AFFINITY_LAMBDA 300.0

enum so1_status affinity_fit(const struct fit_request *request, struct reader *r,
			     struct summary *summary, struct fit_result *result,
			     struct so1_error *e);

#endif
