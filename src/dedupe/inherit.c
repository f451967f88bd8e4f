#include "dedupe/inherit.h"

#include "base/memory.h"

#include <stdlib.h>

struct claim {
	uint32_t cluster, old, votes;
};

struct settling {
	const struct customer_id *natural, *old_ids;
	const uint32_t *since;
};

static int compare_votes(const void *x, const void *y)
{
	const struct inherit_vote *a = x, *b = y;

	if (a->cluster != b->cluster)
		return a->cluster < b->cluster ? -1 : 1;
	return a->old < b->old ? -1 : a->old > b->old;
}

static int compare_claims(const void *x, const void *y, void *context)
{
	const struct settling *s = context;
	const struct claim *a = x, *b = y;
	int c;

	if (a->votes != b->votes)
		return a->votes > b->votes ? -1 : 1;
	if (s->since[a->old] != s->since[b->old])
		return s->since[a->old] < s->since[b->old] ? -1 : 1;
	if ((c = customer_id_compare(s->old_ids[a->old], s->old_ids[b->old])) != 0)
		return c;
	/* The same id, two clusters. */
	bool first = customer_id_compare(s->natural[a->cluster], s->old_ids[a->old]) == 0;
	bool second = customer_id_compare(s->natural[b->cluster], s->old_ids[b->old]) == 0;
	if (first != second)
		return first ? -1 : 1;
	return customer_id_compare(s->natural[a->cluster], s->natural[b->cluster]);
}

/* Votes that stand side by side made one claim. */
static size_t make_claims(struct claim *claims, const struct inherit_vote *votes, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_votes(&votes[i], &votes[i - 1]) == 0)
			claims[count - 1].votes++;
		else
			claims[count++] = (struct claim){votes[i].cluster, votes[i].old, 1};
	}
	return count;
}

/* Nearly all clusters and ids have each other alone: only the rest needs sorting. */
static size_t settle_uncontested(struct inherit *h, struct claim *claims, size_t n,
				 size_t cluster_count, size_t old_count)
{
	uint32_t *of_cluster = xcalloc(cluster_count + 1, sizeof *of_cluster);
	uint32_t *of_old = xcalloc(old_count + 1, sizeof *of_old);
	size_t rest = 0;

	for (size_t i = 0; i < n; i++) {
		of_cluster[claims[i].cluster]++;
		of_old[claims[i].old]++;
	}
	for (size_t i = 0; i < n; i++) {
		struct claim c = claims[i];
		if (of_cluster[c.cluster] > 1 || of_old[c.old] > 1) {
			claims[rest++] = c;
			continue;
		}
		h->old_of[c.cluster] = h->from[c.cluster] = c.old;
		h->heir_of[c.old] = c.cluster;
	}
	free(of_cluster);
	free(of_old);
	return rest;
}

void inherit_settle(struct inherit *h, struct inherit_vote *votes, size_t vote_count,
		    const struct customer_id *natural, size_t cluster_count,
		    const struct customer_id *old_ids, const uint32_t *since, size_t old_count)
{
	struct settling s = {natural, old_ids, since};
	struct claim *claims = xmalloc((vote_count + 1) * sizeof *claims);

	h->old_of = xmalloc((cluster_count + 1) * sizeof *h->old_of);
	h->from = xmalloc((cluster_count + 1) * sizeof *h->from);
	h->heir_of = xmalloc((old_count + 1) * sizeof *h->heir_of);
	memset(h->old_of, 0xff, (cluster_count + 1) * sizeof *h->old_of);
	memset(h->from, 0xff, (cluster_count + 1) * sizeof *h->from);
	memset(h->heir_of, 0xff, (old_count + 1) * sizeof *h->heir_of);
	if (vote_count > 1)
		qsort(votes, vote_count, sizeof *votes, compare_votes);
	size_t n = make_claims(claims, votes, vote_count);
	n = settle_uncontested(h, claims, n, cluster_count, old_count);
	qsort_r(claims, n, sizeof *claims, compare_claims, &s);
	bool *kept = xcalloc(old_count + 1, sizeof *kept);
	for (size_t i = 0; i < n; i++) {
		const struct claim *c = &claims[i];
		if (h->from[c->cluster] == INHERIT_NONE)
			h->from[c->cluster] = c->old;
		if (kept[c->old] || h->old_of[c->cluster] != INHERIT_NONE)
			continue;
		kept[c->old] = true;
		h->old_of[c->cluster] = c->old;
		h->heir_of[c->old] = c->cluster;
	}
	for (size_t i = 0; i < n; i++)
		if (h->heir_of[claims[i].old] == INHERIT_NONE)
			h->heir_of[claims[i].old] = claims[i].cluster;
	free(kept);
	free(claims);
}

void inherit_free(struct inherit *h)
{
	free(h->old_of);
	free(h->from);
	free(h->heir_of);
	*h = (struct inherit){0};
}
