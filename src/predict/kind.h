/* Kinds of models.
 *
 * Adding one: 1. src/predict/KIND.c with a `const struct model_kind kind_KIND` (and
 * src/predict/local.mk); 2. its row in kind_table (kind.c); 3. its section in
 * man/so1-predict.1; 4. a golden case in tests/cli/predict. The rest of the tool knows
 * kinds by this table only. */
#ifndef SO1_PREDICT_KIND_H
#define SO1_PREDICT_KIND_H

#include "predict/figures.h"
#include "predict/learn.h"
#include "predict/metrics.h"
#include "predict/ranking.h"
#include "stream/modelfile.h"

/* How numbers may enter, and columns together. */
enum basis { BASIS_AUTO, BASIS_LINEAR, BASIS_BINS, BASIS_PAIRS };

/* What the user asked for. Strings are borrowed. */
struct fit_request {
	const char *kind, *target, *by, *treatment;
	struct column_options columns;
	struct learn_options learn;
	double lambda;       /* NaN: half of 1 / rows of the rarer class */
	double alpha;        /* share of the absolute values in the penalty */
	uint64_t path_steps; /* lambdas that are tried; 0: as the kind likes */
	enum basis basis;
	const char *interact;/* "A:B,C:D", NULL */
	bool validate_as_of; /* on the rows of the latest as_of, not on folds */
	uint64_t min_class;  /* rows of each class without which there is no fit */
	unsigned folds;      /* 0: no cross-validation; at most 200 */
	int link;            /* linear: enum glm_link, -1: identity */
	int form;            /* uplift: enum uplift_form, -1: the better one */
	uint64_t top;        /* keys a row of the map column that --by appends */
	uint64_t min_support;/* rows a key must occur in */
	double negatives;    /* untouched keys taken of each row, about */
	struct clv_request {
		const char *process; /* NULL: the best by likelihood */
		double days;         /* the horizon */
		double discount;     /* a year's rate */
		double margin;
		bool intervals;
	} clv;
	int64_t before;      /* forecast: learn from weeks that end before this day, INT64_MAX: all */
	const char *command; /* for the model file */
	int threads;
	uint64_t memory;
	const char *tmpdir;
};

/* What a fit leaves beside the model. */
struct fit_result {
	struct model_file model;
	double *beta;  /* logistic: of the design; the kind's to free */
	bool cross_validated;
	struct metrics metrics; /* of the held-out folds */
	struct figures figures; /* likewise, for kinds that measure; figures_free is the caller's */
	struct buffer page; /* to print beside a model that goes to a file; buffer_free */
};

/* Takes a probability and its outcome of a labelled row. */
typedef void take_score(void *context, double p, bool y);

struct model_kind {
	const char *name;
	bool by; /* the kind of that name for --by */
	bool no_target; /* learns from the columns alone */
	bool treatment; /* learns with --treatment, --form */
	bool links;     /* learns with --link */
	bool dense;     /* its fit is mostly products of large matrices */
	/* Reads the stream to its end. Fills result (model_file_free is the caller's). */
	enum so1_status (*fit)(const struct fit_request *request, struct reader *r,
			       struct summary *summary, struct fit_result *result,
			       struct so1_error *e);
	/* A model from its file. *model is NULL after a failure. */
	enum so1_status (*load)(const struct model_file *file, void **model, struct so1_error *e);
	void (*free)(void *model);
	/* The i-th column it appends, owned by the model; empty behind the last. */
	struct slice (*appends)(const void *model, size_t i);
	/* From now on the model appends reasons, too; NULL: it has none to give. */
	void (*explain)(void *model);
	/* Finds its columns in the header of the rows to come. SO1_FAILED when one lacks. */
	enum so1_status (*bind)(void *model, const struct header *h, struct so1_error *e);
	/* The appended cells of a row, one for each column, into the arena. Thread-safe.
	 * SO1_FAILED with column and value when a field is unusable: the caller rejects the
	 * record. */
	enum so1_status (*apply)(const void *model, const struct slice *fields, struct arena *a,
				 struct slice *cells, struct so1_error *e);
	/* Calls take for each prediction that `target`, the labelled field, settles. Errors as
	 * apply's, with `column` the target's name where that is unusable. NULL: what it
	 * appends are no probabilities; then observe and measure may say how good they are. */
	enum so1_status (*score)(const void *model, const struct slice *fields,
				 struct slice target, const char *column, struct arena *a,
				 take_score *take, void *context, struct so1_error *e);
	/* Prediction, outcome and treatment of a labelled row (hash is the caller's); errors as
	 * score's. NULL: nothing to evaluate. */
	enum so1_status (*observe)(const void *model, const struct slice *fields,
				   struct slice target, const char *column,
				   struct observation *out, struct so1_error *e);
	/* Adds the figures of all observations, whose order it may change. */
	void (*measure)(struct observation *rows, size_t count, struct figures *out);
	/* For lists: how good those of a labelled row are (hash is the caller's), errors as
	 * score's, and how long they may be. NULL: it makes none. */
	enum so1_status (*rank)(const void *model, const struct slice *fields,
				struct slice target, const char *column, struct arena *a,
				struct ranked_row *out, struct so1_error *e);
	size_t (*list_length)(const void *model);
};

extern const struct model_kind kind_affinity, kind_clv, kind_forecast, kind_linear;
extern const struct model_kind kind_logistic, kind_logistic_by;
extern const struct model_kind kind_uplift;

/* By name, with or without --by; NULL when there is none. */
const struct model_kind *kind_find(struct slice name, bool by);
/* "logistic, …" for messages. */
const char *kind_names(void);

#endif
