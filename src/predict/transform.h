/* How a column of the stream becomes columns of the design, and what each of them adds to
 * the linear predictor.
 *
 *   linear  x, in the fit (x - mean) / sd; where it is missing 0 there, the mean here
 *   log     the same of sign(x) log(1 + |x|)
 *   levels  an indicator for each level that is listed
 *   bins    an indicator for each range of a number (predict/axis.h), beside linear or log
 *   pair    an indicator for each combination of levels of two columns
 * An indicator of its own says "missing" where the training rows had missing values, and
 * for levels one says "other" where there were more levels than are listed. */
#ifndef SO1_PREDICT_TRANSFORM_H
#define SO1_PREDICT_TRANSFORM_H

#include "base/buffer.h"
#include "base/table.h"
#include "predict/axis.h"
#include "predict/design.h"
#include "stream/modelfile.h"

enum transform_kind {
	TRANSFORM_LINEAR, TRANSFORM_LOG, TRANSFORM_LEVELS, TRANSFORM_BINS, TRANSFORM_PAIR,
	TRANSFORM_KINDS,
};

struct transform {
	enum transform_kind kind;
	struct slice name;        /* the column, A:B of a pair; owned by the arena of the set */
	double mean, sd;          /* numbers: of the transformed values that are there */
	struct dictionary levels; /* listed; the id is the code, then "other", then "missing" */
	struct slice reference;   /* a level without an indicator; ptr NULL: there is none */
	bool other, missing;
	struct axis axes[2];      /* bins: the first; pairs: both */
	double factor;            /* pairs, while fitting: of the penalty */
	uint16_t *cells;          /* by level of the first, then of the second: the code */
	size_t dense;             /* numbers: place among the dense columns */
	size_t code;              /* place among the code columns; SIZE_MAX: none */
	/* In the units of the stream, not of the design: */
	double slope, slope_error;
	double *effects, *effect_errors; /* transform_codes() of each */
};

struct transform_set {
	struct arena text;
	struct transform *items;
	size_t count, cap;
	size_t dense, codes;
	double intercept, intercept_error;
};

const char *transform_kind_name(enum transform_kind kind);
/* Indicator columns of t. */
size_t transform_codes(const struct transform *t);
/* sign(x) log(1 + |x|) for TRANSFORM_LOG, else x. */
double transform_value(enum transform_kind kind, double x);
/* Whether t has a column of the design for its value. */
bool transform_is_number(const struct transform *t);
/* The columns t reads: 1 or 2. */
size_t transform_column_count(const struct transform *t);
struct slice transform_column(const struct transform *t, size_t i);
/* The code of levels of a bins' or pair's axes (second 0 for bins). */
uint16_t transform_cell(const struct transform *t, size_t first, size_t second);
/* For reading them: all cells without a code; a cell becomes the next level, by the name its
 * term has; and how many cells there are. */
void transform_clear_cells(struct transform *t);
void transform_add_cell(struct transform *t, size_t cell);
size_t transform_cell_count(const struct transform *t);
/* Keeps values beyond all reason from making inf - inf. */
double transform_bounded(double effect);
/* The code of a category's value, empty being missing; DESIGN_NO_LEVEL for none. */
uint16_t transform_code(const struct transform *t, struct slice value);
/* The text by which a value that is a number is known among levels; else the value. */
struct slice transform_level_text(struct slice value, struct buffer *scratch);

/* Adds a transform with a copy of the name and no effects yet. */
struct transform *transform_add(struct transform_set *set, enum transform_kind kind,
				struct slice name);
/* Adds one cut by axes, which it takes over (second NULL: bins, and no level for missing).
 * counts: rows of each cell; those with fewer than `least` get no code. */
struct transform *transform_add_axes(struct transform_set *set, struct axis *first,
				     struct axis *second, const uint64_t *counts, uint64_t least);
/* Drops all transforms but the first `count`. */
void transform_truncate(struct transform_set *set, size_t count);
/* Once all are added: numbers their columns and makes room for effects. */
void transform_number_columns(struct transform_set *set);
/* Levels of each code column (for design_init) and the order of the columns
 * (struct irls_options); both to be freed. */
size_t *transform_level_counts(const struct transform_set *set);
size_t *transform_order(const struct transform_set *set);

/* From the coefficients of the design to the units of the stream: slope b/sd, and the
 * intercept less the sum of slope · mean; standard errors from the covariance (NULL: NaN).
 * A coefficient marked separated gets none. */
void transform_set_effects(struct transform_set *set, const double *beta,
			   const double *covariance, const bool *separated);
/* What t adds to the linear predictor for its columns' fields of the stream
 * (transform_column_count of them). SO1_FAILED "not a number" with column and value. */
enum so1_status transform_effect(const struct transform *t, const struct slice *fields,
				 struct buffer *scratch, double *effect, struct so1_error *e);

/* The same for numbers at hand. */
double transform_effect_number(const struct transform *t, double x);
double transform_effect_missing(const struct transform *t);

/* The rows of the sections transform and term, and back. Rows of the section transform with
 * kind=key are left to the caller. */
void transform_write(const struct transform_set *set, struct model_file *m);
enum so1_status transform_read(struct transform_set *set, const struct model_file *m,
			       struct so1_error *e);
/* "visits", "log(visits)", "channel=web", "channel=(other)", "visits=(missing)": the name
 * of the term of indicator k, or of the slope for k == SIZE_MAX. */
void transform_term_name(const struct transform *t, size_t k, struct buffer *out);
void transform_free(struct transform_set *set);

#endif
