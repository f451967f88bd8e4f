/* Which of tonight's clusters goes on under which known id.
 *
 * Every record that is known votes for the id it had. An id is kept by the cluster that
 * has most of its votes and a cluster takes the id that gives it most: pairs of cluster
 * and id are settled by descending votes, ties to the older id, then the smaller, then
 * the cluster whose key makes this very id, then the one with the smaller key's id. So
 * a merge keeps the id of more records, a split leaves it with the larger part, and the
 * outcome depends on the votes alone. */
#ifndef SO1_DEDUPE_INHERIT_H
#define SO1_DEDUPE_INHERIT_H

#include "dedupe/ident.h"

#define INHERIT_NONE UINT32_MAX

struct inherit_vote {
	uint32_t cluster, old;
};

struct inherit {
	uint32_t *old_of;  /* by cluster: the id it keeps, or NONE */
	uint32_t *from;    /* by cluster: the id most of its votes are for, or NONE */
	uint32_t *heir_of; /* by id: the cluster that keeps it or, where none does, that has
	                      most of its votes; NONE without votes */
};

/* natural: by cluster, the id its own key makes, distinct. old_ids, since: by known id,
 * the ids distinct. Sorts votes. inherit_free when done. */
void inherit_settle(struct inherit *h, struct inherit_vote *votes, size_t vote_count,
		    const struct customer_id *natural, size_t cluster_count,
		    const struct customer_id *old_ids, const uint32_t *since, size_t old_count);
void inherit_free(struct inherit *h);

#endif
