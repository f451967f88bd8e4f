/* Which of the conjunctions tried are discoveries worth a line. */
#ifndef SO1_SEGMENT_DISCOVER_SELECT_H
#define SO1_SEGMENT_DISCOVER_SELECT_H

#include "segment/contrast.h"
#include "segment/discover_search.h"

struct discovery {
	struct finding finding;
	double q;          /* the least rate of false discoveries at which it is a rule */
	struct ratio lift; /* over all rows */
};

struct select_options {
	double fdr;      /* as in the search */
	double min_lift; /* over all rows, and over the rate of the best parent */
	size_t top;      /* 0: all */
};

struct discoveries {
	struct discovery *items; /* by lift, highest first; owned */
	size_t count;
	size_t passed;    /* conjunctions under the false discovery rate */
	size_t redundant; /* of these, left out because another says as much */
	size_t below_top; /* left out because of `top` */
};

/* Benjamini and Hochberg (1995) over all f->tried p-values, where the count of discoveries is
 * that of the rules that stay: of the m tried at most m t have p <= t by chance, and t is
 * such that this is fdr times the rules. To count what is left out as well would let a
 * hundred ways to say one truth in under which five untruths may hide. And nothing at all
 * unless the least p is under fdr / 2 by Bonferroni: one false rule is too many where there
 * is no true one. Of the discoveries are left out those
 *  - whose rate is not min_lift times that of all rows and of every parent,
 *  - that are one that stays with a condition narrowed (>= 5 to >= 9, or to = 7), unless their
 *    rate is min_lift times its rate, and higher by Fisher's test at fdr,
 *  - that differ from another in their cut points only: the one whose lift has the
 *    highest lower limit stays,
 *  - that hold for nearly the same rows (four in five of those for which either does) as one
 *    of higher lift. */
void discover_select(struct discoveries *d, const struct findings *f,
		     const struct condition_set *set, const struct select_options *options);
void discoveries_free(struct discoveries *d);

#endif
