/* Customer lifetime value: a process of orders (predict/process.h) times the worth of an
 * order (predict/gammagamma.h). The kind's parts; the kind itself is in clv.c. */
#ifndef SO1_PREDICT_CLV_H
#define SO1_PREDICT_CLV_H

#include "predict/gammagamma.h"
#include "predict/kind.h"
#include "predict/process.h"

/* Of the bootstrap; the least that must come to an end for it to count. */
enum { CLV_REPLICATES = 100, CLV_REPLICATES_LEAST = 90 };
/* Digits that are written. */
enum { CLV_DIGITS = 6 };
/* Bounds of --horizon, --discount and --margin. */
enum { CLV_DAYS_MOST = 36525, CLV_DISCOUNT_MOST = 10, CLV_MARGIN_MOST = 1 };
/* With fewer repeat customers four parameters are guesses. */
enum { CLV_REPEATERS_LEAST = 10 };
enum { CLV_TERMS_MOST = 2 * PROCESS_PARAMETERS + GAMMAGAMMA_PARAMETERS };

/* Where a stream has what the models need. */
struct clv_columns {
	size_t repeats, last, end, spend, as_of; /* as_of may be COLUMN_NONE */
};

/* SO1_FAILED when a column is missing. */
enum so1_status clv_columns_find(struct clv_columns *c, const struct header *h,
				 struct so1_error *e);

/* What a row says. */
struct clv_row {
	bool known;     /* false: a customer without an order, the rest is not set */
	struct buyer buyer;
	double spend;   /* of the repeat orders; 0 when unknown, or not more than 0 */
};

/* SO1_FAILED with column and value for what cannot be. */
enum so1_status clv_row_read(struct clv_row *row, const struct clv_columns *c,
			     const struct slice *fields, struct so1_error *e);

/* Everything that is estimated. */
struct clv_terms {
	double process[PROCESS_PARAMETERS];
	double witness[PROCESS_PARAMETERS]; /* of clv_model.witness */
	struct gammagamma gammagamma;       /* its p, q and v */
};

struct clv_entry;

struct clv_model {
	const struct process *process;
	/* Whose p_alive is written: of the process itself, but for BG/NBD, where nobody is
	 * lost before the first repeat order, that of MBG/NBD fitted beside it. */
	const struct process *witness;
	struct clv_terms terms;
	struct clv_terms *replicates; /* of the bootstrap */
	size_t replicate_count;
	double days;                  /* the horizon */
	double discount, margin;      /* discount: a year's rate */
	struct clv_columns columns;
	/* What was computed for (repeats, end), shared by threads: predict/clv_value.c. */
	_Atomic(struct clv_entry *) *entries;
};

/* The process whose p_alive is written with `process`. */
const struct process *clv_witness(const struct process *process);
/* terms[i] points at the i-th of base's terms, names[i] is its name in a model file; returns
 * how many there are. */
size_t clv_terms_list(const struct clv_model *m, struct clv_terms *base, double **terms,
		      const char **names);

struct clv_value {
	double alive, orders, spend, value;
	double orders_low, orders_high, value_low, value_high; /* with replicates */
	double next_days; /* median wait for the next order from the end of observation */
};

/* All finite and not negative. Thread-safe. */
void clv_predict(const struct clv_model *m, const struct clv_row *row, struct clv_value *v);
/* Probability of an order within the horizon. */
double clv_active(const struct clv_model *m, const struct clv_row *row);
/* To be called once before clv_predict, when terms and replicates are set. */
void clv_model_ready(struct clv_model *m);
/* Frees replicates and what was computed. */
void clv_model_free(struct clv_model *m);

/* The fit method of the kind. */
enum so1_status clv_fit(const struct fit_request *q, struct reader *r, struct summary *summary,
			struct fit_result *result, struct so1_error *e);

/* Parametric bootstrap: fits the process, the witness and Gamma–Gamma to CLV_REPLICATES
 * populations drawn from the fits, observed as long as `buyers`. Beyond 10,000 customers a
 * population has that many, and the logarithms' deviations are scaled by the root of the
 * ratio. Fills m->replicates. */
enum so1_status clv_bootstrap(struct clv_model *m, const struct process_fit *process,
			      const struct process_fit *witness, const struct gammagamma *worth,
			      const struct buyers *buyers, uint64_t spenders, int threads,
			      struct so1_error *e);

#endif
