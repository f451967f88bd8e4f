/* Union–find over identity tuples, with guards: a join that would put two people into
 * one cluster is refused.
 *
 * Hard facts are (folded first name, birth date). Two facts contradict each other when
 * both parts of both are known and both differ; clusters_join never brings two together that do. */
#ifndef SO1_DEDUPE_CLUSTERS_H
#define SO1_DEDUPE_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct person {
	uint32_t first, birth; /* ids, 0 is unknown */
	uint32_t next;         /* index + 1 of the cluster's next person */
};

struct clusters {
	uint32_t *parent;
	uint32_t *people_of; /* at a root: index + 1 of its first person */
	uint8_t *layer;      /* enum layer: the first, so strongest, that linked the tuple */
	struct person *people;
	size_t count, person_count;
	uint64_t people_limit; /* distinct first names in a cluster, 0: no limit */
};

enum join_result {
	JOIN_DONE,
	JOIN_ALREADY,     /* together before */
	JOIN_CONTRADICTS, /* refused: two birth dates and two first names */
	JOIN_TOO_MANY,    /* refused: more first names than people_limit */
};

/* `count` tuples, each its own cluster; facts[2i] and facts[2i + 1] are the first name
 * and the birth date of tuple i. clusters_free when done. */
void clusters_init(struct clusters *c, size_t count, const uint32_t *facts, uint64_t people_limit);
uint32_t clusters_find(struct clusters *c, uint32_t tuple);
/* Joins the clusters of a and b; notes the layer at each of the two tuples that has
 * none yet. Refused joins change nothing. */
enum join_result clusters_join(struct clusters *c, uint32_t a, uint32_t b, int layer);
/* The same for a caller who has looked at the two and found that contradicting facts are
 * mere errors of spelling: only people_limit is kept. */
enum join_result clusters_unite(struct clusters *c, uint32_t a, uint32_t b, int layer);
void clusters_free(struct clusters *c);

#endif
