/* Predictions of labelled rows, kept in memory for what one pass cannot say: figures by
 * segment or by time, intervals by bootstrap over customers, a calibrated intercept. */
#ifndef SO1_PREDICT_ASSESS_H
#define SO1_PREDICT_ASSESS_H

#include "predict/chain.h"

struct assessed {
	double p;
	uint64_t customer; /* hash: rows of one customer stand or fall together */
	bool y;
};

struct assessment {
	struct assessed *rows; /* in the order of the stream */
	size_t count, cap;
	struct dictionary segments; /* values, or items of lists, of the column */
	struct assessed_segment { uint32_t segment; size_t row; } *members;
	size_t member_count, member_cap;
};

/* Reads the stream to its end; 24 bytes a row. target as for chain_evaluate; segment_column
 * NULL: none. A list gives a row several segments, an empty cell "(none)". */
enum so1_status assess_read(const struct chain *c, struct reader *r, const char *target,
			    const char *segment_column, struct assessment *a, uint64_t *rows,
			    struct so1_error *e);
/* Figures of all rows, or of those of a segment. */
enum so1_status assess_metrics(const struct assessment *a, const char *tmpdir, struct metrics *out,
			       struct so1_error *e);
enum so1_status assess_segment(const struct assessment *a, uint32_t segment, const char *tmpdir,
			       struct metrics *out, struct so1_error *e);
/* The ids of the segments, bytewise by name; to be freed. */
uint32_t *assess_order(const struct assessment *a);
/* Puts the intervals of AUC, log-loss, Brier score and calibration ratio in the place of those
 * that take rows as independent: the 2.5 and 97.5 % points (quantile type 7, as R) over
 * `replicates` samples, in which a customer counts as often as a Poisson variable of mean 1
 * says (Chamandy et al. 2012), drawn by hash of customer and replicate. Sorts the rows. */
void assess_bootstrap(struct assessment *a, size_t replicates, struct metrics *m);
/* The shift of the log-odds that makes the sum of p that of y. SO1_FAILED with one class. */
enum so1_status assess_shift(const struct assessment *a, double *shift, struct so1_error *e);
void assess_free(struct assessment *a);

#endif
