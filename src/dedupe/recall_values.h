/* How often values occur among all that are known (recall.h, whose recall_count_values is here). */
#ifndef SO1_DEDUPE_RECALL_VALUES_H
#define SO1_DEDUPE_RECALL_VALUES_H

#include "dedupe/recall.h"

struct recall_values {
	struct known_value *items; /* that more than one identity has, ascending */
	size_t count;
	uint64_t known[TRAIT_COUNT];
};

/* Those of before, and of a run whose traits recall_count_values has corrected.
 * recall_values_free when done. */
void recall_values_make(struct recall_values *values, const struct known *before,
			const struct traits *t, int threads);
/* Takes one identity out that is counted among them. Of somebody erased no hash stays; then tidy. */
void recall_values_forget(struct recall_values *v, const struct slice fields[IDENTITY_FIELDS]);
/* Drops what no two identities have any more. */
void recall_values_tidy(struct recall_values *v);
void recall_values_free(struct recall_values *v);

#endif
