/* How well clv would have done: of the two latest snapshots of a stream the process is fitted
 * to the older one, and what it expects of each of its customers is held against the orders
 * the newer one knows. Every row comes from one stream, customers together. */
#ifndef SO1_PREDICT_CLV_HOLDOUT_H
#define SO1_PREDICT_CLV_HOLDOUT_H

#include "base/table.h"
#include "predict/clv.h"

/* Two snapshots of a customer, one row after the other. */
struct clv_pair {
	struct clv_row before;
	uint32_t repeats;           /* of the later one */
	double days;                /* between them */
	uint32_t as_of, next_as_of; /* ids in as_ofs */
};

struct clv_holdout {
	struct dictionary as_ofs;
	struct clv_pair *pairs;
	size_t count, cap;
	struct clv_row last; /* the row before, of the same customer */
	uint32_t last_as_of;
	bool has_last;
};

/* Zero-initialise; clv_holdout_free when done. Takes a row with the snapshot it is of; `same`:
 * of the customer of the row before. Rows of one customer whose as_of does not ascend, or who
 * is observed for less time in the later one, make no pair. */
void clv_holdout_take(struct clv_holdout *h, const struct clv_row *row, struct slice as_of,
		      bool same);
/* What the hold-out says. */
struct clv_verdict {
	struct slice as_of;         /* of the older snapshot; borrowed from the hold-out */
	double days;                /* to the newer one */
	uint64_t customers;         /* known in both, with an order in the older one */
	double orders, expected;    /* repeat orders between them */
	double absolute_error;      /* mean over the customers */
};
/* False when there are no two snapshots, or too few customers in the older one, or the
 * process does not fit them. `model` says which process and witness, and its worth of an order
 * is borrowed; its terms are not touched. */
bool clv_holdout_judge(const struct clv_holdout *h, const struct clv_model *model, int threads,
		       struct clv_verdict *v);
void clv_holdout_free(struct clv_holdout *h);

#endif
