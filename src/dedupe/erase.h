/* --erase: people to remove, and --receipt: what became of the requests.
 *
 * A request is a line, an identifier: email:joe@example.com, source_id:crm:1001,
 * customer:0abc…, or without its kind, when it is looked for among all kinds. Blank lines
 * and lines that begin with # are skipped. It is refused as ambiguous when it is more than
 * one customer's. */
#ifndef SO1_DEDUPE_ERASE_H
#define SO1_DEDUPE_ERASE_H

#include "dedupe/registry.h"

struct erasures;

struct erasures *erasures_new(void);
enum so1_status erasures_read(struct erasures *x, const char *path, struct so1_error *e);
/* A touchpoint that is itself a request (event erase); further ones of its tuple count
 * as the same. */
void erasures_add_tuple(struct erasures *x, uint32_t tuple);
/* Calls take for each of these tuples. */
void erasures_each_tuple(const struct erasures *x, void (*take)(void *context, uint32_t tuple),
			 void *context);
/* Marks who is erased in r->dropped and r->gone. */
enum so1_status erasures_resolve(struct erasures *x, struct registry *r, struct so1_error *e);
/* Appends the tombstones of requests that nobody answers to, SECRET_HEX bytes each, so
 * that who is not known yet does not come in later. */
void erasures_put_tombstones(const struct erasures *x, const struct registry *r,
			     struct buffer *b);
/* request,status,customer_id,records,touchpoints. status: erased, erased_before, unknown,
 * ambiguous; records: identities removed. */
enum so1_status erasures_write_receipt(const struct erasures *x, const struct registry *r,
				       struct writer *w, struct so1_error *e);
/* Whether the run adds tombstones. */
bool erasures_add_tombstones(const struct erasures *x);
/* How many requests were ambiguous. */
uint64_t erasures_refused(const struct erasures *x);
void erasures_free(struct erasures *x);

#endif
