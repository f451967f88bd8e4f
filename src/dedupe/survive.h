/* Which of several values of a column survives into the golden row. Rules in order; the
 * first that tells two values apart decides. */
#ifndef SO1_DEDUPE_SURVIVE_H
#define SO1_DEDUPE_SURVIVE_H

#include "base/slice.h"

enum survival_rule {
	SURVIVES_NOTHING,   /* no value at all */
	SURVIVES_ONLY,      /* there is one value */
	SURVIVES_COMPLETE,  /* an address with a street before one with a postcode, a city,
	                       a mere country */
	SURVIVES_LIVING,    /* a birth date from 1900 on before an earlier one */
	SURVIVES_VERIFIED,  /* an open, click, redeem or optin came with it */
	SURVIVES_RECENT,    /* the latest touchpoint that has it */
	SURVIVES_FREQUENT,  /* the most touchpoints have it */
	SURVIVES_SOURCE,    /* --source-priority */
	SURVIVES_BYTES,     /* none of these: the smallest text */
};

/* A value, with what all of the customer's touchpoints that carry it say for it. */
struct candidate {
	struct slice text;   /* for an address: its parts, joined */
	uint64_t moment;     /* of the latest, MOMENT_UNKNOWN counts as oldest */
	uint64_t count;
	uint32_t priority;   /* of the best source, 0 is first */
	uint32_t tuple;      /* one that has it */
	uint8_t completeness;/* 0 for what is no address */
	bool verified;
	bool bygone;         /* a birth date of before 1900: of nobody alive */
};

/* <0 when a survives over b, >0 when b over a; 0 only for the same candidate. *rule
 * (may be NULL) says which rule decided. */
int survive_compare(const struct candidate *a, const struct candidate *b,
		    enum survival_rule *rule);
/* Index of the survivor; *rule: what it beat the runner-up by. n > 0. */
size_t survive_best(const struct candidate *c, size_t n, enum survival_rule *rule);
/* In words, for --explain: "most recent". */
const char *survival_rule_name(enum survival_rule rule);

#endif
