/* Fitting the model without labels: expectation and maximisation on counts of patterns.
 *
 * u comes from how often values occur and from pairs drawn by a hash, cleared of the
 * matches among them. m comes from one EM for each blocking rule, in which the rule's own
 * traits are left out and u is fixed (splink's way); where a rule has household traits
 * alone all of these are left out, or EM finds households instead of people. What the
 * rules find is added up, together with the priors of compare.c, which weigh as much as
 * EM_PRIOR_MATCHES matches. λ, η and ν come last, from all candidates. Pairs that a clerk
 * labelled (patterns_label) are not guessed at: they count as what they are.
 *
 * Candidates are chosen, for one by the first name, and of colleagues none but namesakes may be
 * among them: EM would take these for matches. How many pairs share an address is counted, so
 * that ν is no less than what matches and households leave of them.
 *
 * First names and surnames of one language come together: strangers have both in common τ times
 * as often as u of both says. Where few records are matches EM would take these for them, so that
 * namesakes are counted too, and strangers and neighbours who are such are expected τ times as
 * often. Only here: the weight of a pair goes by how rare its own names are.
 *
 * A file of ten records says little about how often strangers agree: EM_PRIOR_PAIRS pairs of
 * strangers, who agree as compare.c says, stand beside its own in u, λ, η and ν. In a file of a
 * thousand they are one pair in five thousand. */
#ifndef SO1_DEDUPE_EM_H
#define SO1_DEDUPE_EM_H

#include "dedupe/model.h"
#include "dedupe/pairs.h"

enum { EM_PRIOR_MATCHES = 20, EM_PRIOR_PAIRS = 100 };

/* How many pairs agree on the street and on `place`, the postcode or the city; pairs is 0 where
 * nobody counted. */
struct same_address {
	double pairs;
	enum trait place;
};

/* One EM, exposed for tests: estimates the share of matches and m of the traits that
 * use[], u fixed, from the model's m and `share` on. Adds the expected number of matches
 * of each level to found. Returns the share. */
double em_session(const struct patterns *patterns, const bool use[TRAIT_COUNT],
		  const struct model *start, double share,
		  double found[TRAIT_COUNT][COMPARE_LEVELS_MOST]);

/* Fits m, λ, η and ν to what candidates are left, from the model as it is; u stays. */
void em_again(struct model *model, const struct traits *t, const struct patterns *candidates,
	      double all_pairs);

/* Fits *model. all_pairs: number of all pairs that could match; address: of these. False when there are too
 * few candidates to learn from: the priors then stand for m. The same for any number of
 * threads. */
bool em_fit(struct model *model, const struct traits *t, const struct rules *rules,
	    const struct patterns *candidates, const struct patterns *sample, double all_pairs,
	    const struct same_address *address, int threads);

#endif
