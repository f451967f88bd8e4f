/* The conditions that --discover puts together: one test of one column each, with the rows
 * it holds for as bits. */
#ifndef SO1_SEGMENT_DISCOVER_CONDITION_H
#define SO1_SEGMENT_DISCOVER_CONDITION_H

#include "segment/discover_table.h"

enum condition_kind {
	CONDITION_FROM,    /* column >= number */
	CONDITION_BELOW,   /* column < number */
	CONDITION_NUMBER,  /* column = number */
	CONDITION_TEXT,    /* column = "key" */
	CONDITION_HAS,     /* column has "key" */
	CONDITION_ANY,     /* column[key] > 0 */
	CONDITION_VALUE,   /* column["key"] = "value" */
	CONDITION_UNKNOWN, /* column is unknown */
};

struct condition {
	enum condition_kind kind;
	uint32_t column;  /* of the table */
	uint32_t key;     /* in the column's dictionary, else 0 */
	double number;
	uint64_t *bits;   /* owned: words[1] for the positives, then words[0] */
	uint32_t rows, positives;
};

struct condition_set {
	const struct discover_table *table; /* borrowed */
	struct condition *items;
	size_t count, cap;
	size_t words[2];  /* of a bitmap, by class; multiples of 8 */
	uint64_t rows, positives;
};

/* All conditions that hold for at least `support` rows and fail for as many, or for a 20th of
 * all (a condition on nearly everyone tells nobody apart); of those that hold for the same
 * rows the first.
 *   numbers  >= and < at the quantiles k / quantiles of the known values, k = 1 … quantiles
 *            - 1, moved up where the value is the least, and just above a value that is the
 *            quantile of several k; = for columns of 2 to 10 different values. A cut is the
 *            shortest decimal between two neighbouring values.
 *   texts    =, lists has, maps > 0, attrs has and =, and "is unknown" for every column
 * Their order is that of columns, then quantiles or arrival of the keys; unknowns last. The
 * table must outlive the set; same result for any number of threads. */
void condition_set_build(struct condition_set *set, const struct discover_table *table,
			 uint32_t quantiles, uint64_t support, int threads);
void condition_set_free(struct condition_set *set);

/* False where both together say nothing that one alone, or nobody, does not. */
bool conditions_combine(const struct condition *a, const struct condition *b);
/* Whether `general` holds, by what it says, wherever `special` does, and is another. */
bool condition_is_weaker(const struct condition_set *set, const struct condition *general,
			 const struct condition *special);
/* The condition as an expression of a rule file. */
void condition_put_expression(const struct condition_set *set, const struct condition *c,
			      struct buffer *b);
/* As part of a rule's name: letters, digits and '_'. */
void condition_put_name(const struct condition_set *set, const struct condition *c,
			struct buffer *b);

#endif
