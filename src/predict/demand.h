/* Demand a week, of each key: what the purchases of a touchpoint stream add up to.
 *
 * Weeks are those of ISO 8601, Monday to Sunday in UTC, counted from the one of 1970-01-01.
 * Sums are exact, so that they do not depend on the order of the rows. */
#ifndef SO1_PREDICT_DEMAND_H
#define SO1_PREDICT_DEMAND_H

#include "base/table.h"
#include "stream/reader.h"

/* ISO weeks a year may have. */
enum { WEEKS_ISO = 53 };

/* The week of a day (days since 1970-01-01), and the Monday of a week. */
int64_t week_of_day(int64_t day);
int64_t week_monday(int64_t week);
/* Its number in its ISO year, 1 … 53. */
int week_iso(int64_t week);

/* One key's purchases while reading. */
struct demand_sums {
	int64_t *weeks; /* millionths */
	int64_t first;  /* the week of weeks[0] */
	size_t count;
	uint64_t lines;
};

struct demand {
	struct dictionary keys;
	struct demand_sums *sums; /* by key */
	size_t cap;
	int64_t first_day, last_day; /* with a purchase */
	uint64_t lines, returns, without_key, later;
};

/* Reads the stream to its end. Needs columns ts, event and `by`; qty when there is one, 1
 * where it is empty. Purchases on or after the day `before` are passed over, so are other
 * events. What is unusable is rejected. Zero-initialise; demand_free when done. */
enum so1_status demand_read(struct demand *d, struct reader *r, const char *by, int64_t before,
			    struct so1_error *e);
void demand_free(struct demand *d);

/* A key's weeks, never negative. They begin with the window; but with the first demand where
 * that kept one waiting for longer than any later gap, as the key is then a new one. */
struct demand_series {
	struct slice key; /* the dictionary's */
	int64_t first;    /* the week of y[0] */
	double *y;
	size_t n;
};

/* All keys' weeks. */
struct demand_table {
	int64_t first;  /* the window's first week */
	size_t weeks;
	struct demand_series *items; /* ascend by key, bytewise */
	size_t count;
	size_t rare;    /* keys of fewer than min_support lines, or without demand in the window */
};

/* The whole weeks from the first purchase to the last, or to `before` (INT64_MAX: none).
 * `weeks` is 0 when there is none. demand_table_free when done, before demand_free. */
void demand_tabulate(const struct demand *d, int64_t before, uint64_t min_support,
		     struct demand_table *t);
void demand_table_free(struct demand_table *t);

#endif
