/* One thread's workshop: takes a sorted run of records, makes the rows of its customers. */
#ifndef SO1_PROFILE_MAKER_H
#define SO1_PROFILE_MAKER_H

#include "profile/census.h"
#include "profile/row.h"
#include "stream/order.h"

/* A record found unusable, kept until its turn to be reported; text in product.text. */
struct refused {
	struct record rec; /* without fields */
	struct problem problem;
};

/* What came of a run of records. */
struct product {
	struct buffer out;    /* encoded rows */
	uint64_t rows;        /* of those */
	uint64_t customers;   /* with at least one row */
	uint64_t folded;      /* records of those customers */
	uint64_t future;      /* records of customers without a row */
	struct refused *refused;
	size_t refused_count, refused_cap;
	struct arena text;
	enum so1_status status; /* of the first error that ends the run */
	struct so1_error error;
};
void product_free(struct product *p);

struct maker;
/* Turns a finished history into what is to come out. Counts rows, customers, folded and
 * future itself. */
typedef void maker_emit(struct maker *m, struct product *p);

struct maker {
	const struct row_layout *layout; /* borrowed */
	maker_emit *emit;
	const void *emit_context;
	struct vocabulary names;
	struct history history;
	bool open;                       /* a customer has begun */
	struct order order;
	struct snapshot snapshot;
	struct buffer cell;
	struct slice *fields;            /* room for the header's columns */
	struct arena text;               /* of the record at hand */
	struct census census;
};

void maker_init(struct maker *m, const struct row_layout *layout, size_t column_count,
		maker_emit *emit, const void *emit_context);
void maker_free(struct maker *m);
/* Takes the records up to *from to follow those of this customer_id ("" for the start). */
void maker_follow(struct maker *m, struct slice customer_id);
/* Adds records [from, to) of a batch. Stops at an error, which goes to p->status. */
void maker_add(struct maker *m, struct product *p, const struct batch *b, size_t from, size_t to);
/* Ends the customer that is open, if any. */
void maker_end(struct maker *m, struct product *p);

/* The emit of so1-profile: a row for each as_of of the plan. */
void maker_emit_rows(struct maker *m, struct product *p);

#endif
