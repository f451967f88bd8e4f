/* The numeric columns of a stream, read once into a matrix and brought to one scale. */
#ifndef SO1_SEGMENT_NUMBERS_H
#define SO1_SEGMENT_NUMBERS_H

#include "segment/matrix.h"
#include "stream/columns.h"
#include "stream/reader.h"
#include "stream/summary.h"

enum number_scale { NUMBERS_AUTO, NUMBERS_LINEAR, NUMBERS_LOG };

struct numbers_options {
	const char *columns; /* names with commas: these only; NULL: all numeric ones */
	const char *ignore;  /* names with commas: never these; NULL: none */
	enum number_scale scale; /* AUTO: log where the skewness g1 is beyond ± 2 */
	uint64_t memory;     /* bytes of numbers kept in memory */
	const char *tmpdir;
	int threads;
};

/* How a column becomes a coordinate: (t(x) - mean) / sd, where t is x or number_log(x);
 * unknown is 0, the mean. */
struct number_column {
	struct slice name; /* borrowed */
	bool log;
	double mean, sd;   /* of t over the known values; sd: divided by their count */
	double missing;    /* share of the rows where it is unknown */
};

/* sign(x) log(1 + |x|). */
double number_log(double x);
/* x with the ten digits it has in a model: what is computed with had better be the same. */
double number_as_written(double x);
/* The value of the coordinate z in the column's own units. */
double number_of_coordinate(const struct number_column *c, double z);
/* *z is the coordinate of a field. SO1_FAILED "not a number" with the column's name and the
 * value; also for what is too large to be squared. */
enum so1_status number_coordinate(const struct number_column *c, struct slice field, double *z,
				  struct so1_error *e);

struct numbers {
	struct header header;     /* the stream's */
	struct number_column *columns; /* names point into header */
	size_t count;
	struct matrix matrix;     /* the coordinates: a column each */
	struct buffer first_as_of, last_as_of; /* bytewise; empty without such a column */
};

/* Zero-initialise; numbers_free when done. Reads the stream to its end. Identifiers, golden
 * columns, labels, dates, maps and what so1-segment itself appends are never taken (of those
 * only golden columns when named), nor columns with text in them, nor those that are always
 * alike or unknown; the summary gets notes of what was left out. A named column must be
 * numbers: rows where it is not are rejected. SO1_FAILED when a named column is not there or
 * may not be taken, or when none is left, or no row. */
enum so1_status numbers_read(struct numbers *n, struct reader *r, const struct numbers_options *o,
			     struct summary *summary, struct so1_error *e);
void numbers_free(struct numbers *n);

#endif
