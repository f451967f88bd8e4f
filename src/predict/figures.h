/* Figures that say how good predictions are which are no probabilities, and the observations
 * they are computed from. */
#ifndef SO1_PREDICT_FIGURES_H
#define SO1_PREDICT_FIGURES_H

#include "base/buffer.h"
#include "predict/metrics.h"
#include "stream/writer.h"

/* A row whose outcome is known. */
struct observation {
	double prediction, outcome;
	uint64_t hash;  /* of the customer, or of the row's number: rows of a customer go together */
	bool treated;   /* uplift only */
};

struct figure {
	const char *metric; /* a literal */
	size_t bin;         /* 0: of all rows; else the tenth, 1 the highest predictions */
	struct estimate x;
};

/* Zero-initialise; figures_free when done. Figures of bins come last, a metric's bins in a
 * row. */
struct figures {
	struct figure *items;
	size_t count, cap;
};

void figures_add(struct figures *f, const char *metric, size_t bin, struct estimate x);
/* NULL when there is none. */
const struct estimate *figures_find(const struct figures *f, const char *metric);
/* As report_text and report_csv (predict/report.h). */
void figures_text(const struct figures *f, const char *what, struct buffer *out);
enum so1_status figures_csv(const struct figures *f, const char *path, struct so1_error *e);
void figures_free(struct figures *f);

/* The columns of a page of figures as CSV, and a row of it. */
enum { FIGURES_COLUMNS = 5 };
extern const char *const figures_columns[FIGURES_COLUMNS];
enum so1_status figures_put_row(struct writer *w, struct slice metric, struct slice bin,
				const struct estimate *x, struct so1_error *e);

/* Replicates of the bootstrap; its interval has the quantiles .025 and .975 (type 7, as R). */
enum { FIGURES_REPLICATES = 400 };
/* How often a row counts in a replicate: Poisson with mean 1 by hash of its customer, so that
 * nothing depends on the order of rows (Hanley & MacGibbon 2006, Computer Methods and Programs
 * in Biomedicine 83). */
double figures_weight(uint64_t hash, unsigned replicate);
/* Sorts values, of which NaN do not count; an interval of all the others into x. */
void figures_interval(double *values, size_t count, struct estimate *x);

#endif
