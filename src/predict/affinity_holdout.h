/* How well affinity would have done: a stream that so1-profile labelled says what each customer
 * bought after the snapshot (label_by_KEY), which the fit does not look at. The lists that the
 * model makes for those rows are held against it.
 *
 * Of many customers a sample is looked at, the same in any order of rows: those with the
 * smallest hashes. */
#ifndef SO1_PREDICT_AFFINITY_HOLDOUT_H
#define SO1_PREDICT_AFFINITY_HOLDOUT_H

#include "predict/affinity.h"

/* Between this many customers and twice as many are judged, where there are more: a recall of
 * .15 is then known to some .003. */
enum { AFFINITY_HELD_OUT = 10000, AFFINITY_HOLDOUT_COLUMNS = 3 };

/* The columns of a row, in order: orders_by_KEY, affine_by_KEY, label_by_KEY. */
struct affinity_case {
	uint64_t hash;
	char *text; /* the cells behind each other */
	size_t length[AFFINITY_HOLDOUT_COLUMNS];
};

struct affinity_holdout {
	char *names[AFFINITY_HOLDOUT_COLUMNS];
	size_t columns[AFFINITY_HOLDOUT_COLUMNS];
	bool on;                  /* the stream has them all */
	struct affinity_case *cases;
	size_t count, cap;
	uint64_t limit;           /* hashes from here on are not looked at */
	struct buffer waiting;    /* the cells of the row last taken */
	size_t length[AFFINITY_HOLDOUT_COLUMNS];
	uint64_t hash;
	bool has_waiting;
	uint64_t unreadable;      /* judged rows whose label is no map of numbers */
};

/* Zero-initialise; finds the columns. affinity_holdout_free when done. */
void affinity_holdout_open(struct affinity_holdout *h, const struct header *header, const char *by);
/* Takes a row in place of the one taken before, unless that was kept. */
void affinity_holdout_take(struct affinity_holdout *h, const struct slice *fields, uint64_t hash);
/* Forgets the row last taken. */
void affinity_holdout_forget(struct affinity_holdout *h);
/* Keeps the row last taken: it was the last of its customer. */
void affinity_holdout_keep(struct affinity_holdout *h);
/* Adds held_out_again_recall and so on to `card`: how well `model`, a whole one, does; nothing
 * without labelled rows. Fails as loading the model does. */
enum so1_status affinity_holdout_judge(struct affinity_holdout *h, const struct model_file *model,
				       int threads, struct model_file *card, struct so1_error *e);
void affinity_holdout_free(struct affinity_holdout *h);

#endif
