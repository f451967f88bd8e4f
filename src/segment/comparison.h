/* This run against an earlier one: who entered and left each segment, and how far their
 * sizes have drifted. */
#ifndef SO1_SEGMENT_COMPARISON_H
#define SO1_SEGMENT_COMPARISON_H

#include "stream/reader.h"
#include "stream/writer.h"

/* Customers, of whom an earlier stream knows each, an earlier summary only how many. */
struct movement {
	uint64_t before, now;
	uint64_t entered, left, stayed;
	bool is_new; /* the earlier summary does not know the segment */
};

struct comparison;

struct comparison_options {
	const char *file;          /* an earlier stream with customer_id and segments, or summary */
	const struct slice *names; /* the segments' in order; borrowed */
	size_t segments;
	bool seal_required;        /* of a stream */
	bool has_customers;        /* this run's rows have a customer_id */
};

/* Opens the file: SO1_FAILED where it is neither, SO1_USAGE for a stream where there is no
 * customer_id. The caller owns *out, also after a failure. */
enum so1_status comparison_open(struct comparison **out, const struct comparison_options *options,
				struct so1_error *e);
/* One row of this run, by customer_id ascending: a merge join, so the earlier stream is held
 * a customer at a time. A customer with several rows is in each segment that one of them
 * is in. Fails for a file that is out of order or cannot be read. */
enum so1_status comparison_add(struct comparison *c, struct slice customer_id,
			       const uint32_t *members, size_t count, struct so1_error *e);
/* Behind the last row. `rows` are those of this run: of all, of no segment, and of each; they
 * take the place of customers where the file is a summary. */
enum so1_status comparison_finish(struct comparison *c, const uint64_t *rows,
				  struct so1_error *e);

/* After comparison_finish. */
bool comparison_knows_customers(const struct comparison *c);
const struct movement *comparison_all(const struct comparison *c);
const struct movement *comparison_none(const struct comparison *c); /* in no segment */
const struct movement *comparison_segment(const struct comparison *c, size_t segment);
/* Segments of the earlier run that this one has no rule for. */
size_t comparison_retired_count(const struct comparison *c);
struct slice comparison_retired(const struct comparison *c, size_t i, struct movement *m);
/* The population stability index: the sum over "(none)" and all segments of
 * (now - before) ln(now / before), shares of all customers then and now; 0 of n counts as
 * half of one. New and retired segments are left out, and with them, where the file is a
 * summary, "(none)". False where then or now there was no
 * customer. *worst: the segment of the largest part, SIZE_MAX for "(none)". */
bool comparison_drift(const struct comparison *c, double *index, size_t *worst);
/* Rows of the summary, without the header: previous_size, entered, left, stayed (for a
 * stream) and psi, of "(all)" (the sum), "(none)" and each segment; of a retired one
 * previous_size and left. */
enum so1_status comparison_write(const struct comparison *c, struct writer *w,
				 struct so1_error *e);
void comparison_close(struct comparison *c);

/* (p - q) ln(p / q) with p = a / n, q = b / m; 0 where a and b are. n, m > 0. */
double stability_part(uint64_t a, uint64_t n, uint64_t b, uint64_t m);

#endif
