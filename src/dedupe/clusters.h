/* Union–find over identity tuples, with guards: a join that would put two people into
 * one cluster is refused. clusters_join never brings two persons together that contradict
 * each other (facts.h). By a key that others may share (email, phone, social) the first
 * names of both clusters, where both know any, must agree somewhere, and so must the birth
 * dates: one misspelt name does not keep Mike from Michael. */
#ifndef SO1_DEDUPE_CLUSTERS_H
#define SO1_DEDUPE_CLUSTERS_H

#include "dedupe/facts.h"

struct clusters {
	uint32_t *parent;
	uint32_t *people_of; /* at a root: index + 1 of its first person */
	uint8_t *layer;      /* enum layer: the first, so strongest, that linked the tuple */
	struct person *people;
	size_t count, person_count;
	const struct facts *facts; /* borrowed */
	uint64_t people_limit; /* first names in a cluster, spellings and short forms of one
	                          counting once, 0: no limit */
};

enum join_result {
	JOIN_DONE,
	JOIN_ALREADY,     /* together before */
	JOIN_CONTRADICTS, /* refused: two birth dates and two first names */
	JOIN_TOO_MANY,    /* refused: more first names than people_limit */
	JOIN_GENERATIONS, /* refused: a junior and a senior */
	JOIN_DISAGREES,   /* refused: clearly another first name or birth date */
};

/* `count` tuples, each its own cluster, with what the facts say of them.
 * clusters_free when done. */
void clusters_init(struct clusters *c, size_t count, const struct facts *facts, uint64_t people_limit);
uint32_t clusters_find(struct clusters *c, uint32_t tuple);
/* Makes every tuple's parent the root of its cluster, until something is joined. */
void clusters_flatten(struct clusters *c);
/* Joins the clusters of a and b; notes the layer at each of the two tuples that has
 * none yet. Refused joins change nothing. */
enum join_result clusters_join(struct clusters *c, uint32_t a, uint32_t b, int layer);
/* The same for a caller who has looked at the two and found that contradicting facts are
 * mere errors of spelling: only people_limit is kept. */
enum join_result clusters_unite(struct clusters *c, uint32_t a, uint32_t b, int layer);
void clusters_free(struct clusters *c);

#endif
