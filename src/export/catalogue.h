/* The offer catalogue: a CSV file, columns by name, only offer_id required.
 * man/so1-export.1, OFFER CATALOGUE, is the user's side of this file.
 *
 * Adding a column: a member of struct offer, a row of the table in catalogue.c, a line in
 * the man page. */
#ifndef SO1_EXPORT_CATALOGUE_H
#define SO1_EXPORT_CATALOGUE_H

#include "base/memory.h"
#include "export/channel.h"
#include "stream/dialect.h"

struct offer {
	struct slice offer_id, name, category, sku, segment, url, code, tags;
	struct channel_list channels; /* never empty: all that need an opt-in when not stated */
	int64_t starts, ends;         /* days since 1970-01-01, inclusive; INT64_MIN, INT64_MAX */
	bool has_stock, has_budget, has_min_score;
	bool in_total;                /* the budget over all offers counts its cost */
	bool expected_cost;           /* `cost` is paid when the offer is taken: score x cost */
	int64_t stock;                /* customers that may get it, >= 0 */
	int64_t budget, cost;         /* millionths (base/number.h), >= 0 */
	double value, priority;       /* >= 0, 1 when not stated */
	double min_score;
	uint64_t max_per_customer;    /* counted over --history; 0: no limit */
	uint64_t line;                /* in the catalogue file, for messages */
};

struct catalogue {
	struct arena text;     /* owns what the slices point into */
	struct offer *items;   /* ascending by offer_id (bytes) */
	size_t count, cap;
	const char *file;      /* borrowed */
	bool has_name, has_url, has_code, has_dates;
	struct header ignored; /* columns that mean nothing here */
	bool has_total;        /* a budget over all offers */
	bool expected_cost;
	int64_t total;         /* millionths */
};

/* A candidate's offer is a 16-bit number in the spool and the allocator. */
enum { CATALOGUE_LARGEST = 65535 };

/* Reads `file` into *c, which the caller zero-initialises and frees with catalogue_free,
 * also after a failure. SO1_USAGE with file, line and column for a repeated or missing
 * offer_id, a value out of its range, ends before starts, a column whose name is nearly one
 * of ours, a catalogue without offers; other unknown columns go to `ignored`. SO1_FAILED
 * when the file cannot be read. */
enum so1_status catalogue_read(struct catalogue *c, const char *file, struct so1_error *e);
/* What money means: `total` is the budget over all offers in millionths, or NULL; with
 * `expected` a cost is what an offer taken costs, and score x cost is counted, else every
 * offer given costs it. Before anything is judged. */
void catalogue_set_money(struct catalogue *c, const int64_t *total, bool expected);
/* Whether stock or budget limit the offer over all customers. */
static inline bool offer_is_limited(const struct offer *o)
{
	return o->has_stock || (o->cost > 0 && (o->has_budget || o->in_total));
}
/* score x cost, rounded up to a millionth, so that a sum of them is never too small; scores
 * are 0 to 1. */
int64_t offer_expected_cost(int64_t cost, double score);
/* What giving the offer takes from its budget and the total. */
static inline int64_t offer_cost(const struct offer *o, double score)
{
	return o->expected_cost ? offer_expected_cost(o->cost, score) : o->cost;
}
void catalogue_free(struct catalogue *c);

#endif
