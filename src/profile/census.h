/* What a run saw besides customers, for the notes of its summary. */
#ifndef SO1_PROFILE_CENSUS_H
#define SO1_PROFILE_CENSUS_H

#include "base/table.h"

struct tally {
	struct dictionary names;
	uint64_t *counts;
	size_t cap;
};

struct census {
	struct tally events;     /* names of events that feed no feature */
	struct tally currencies; /* of lines with an amount */
	uint64_t without_amount; /* purchase and return lines */
	int64_t last_ts;         /* of any event; TIME_NONE: none (set it before use) */
};

void tally_add(struct tally *t, struct slice name, uint64_t n);
/* Names in bytewise order, so that notes do not depend on who counted what. */
void tally_each(const struct tally *t, void (*visit)(void *context, struct slice name, uint64_t n),
		void *context);
void tally_free(struct tally *t);

void census_join(struct census *c, const struct census *more);
void census_free(struct census *c);

#endif
