/* How alike two short texts are, decided in integers: floating point disagrees with
 * itself from compiler to compiler exactly where a threshold is.
 *
 * Texts are UTF-8 and compared by code point; bytes that are no UTF-8 count as one each. */
#ifndef SO1_DEDUPE_SIMILAR_H
#define SO1_DEDUPE_SIMILAR_H

#include "base/slice.h"

/* What goes beyond this many code points is not looked at by similar_jaro_winkler. */
enum { SIMILAR_MOST = 64 };

/* Jaro–Winkler similarity in millionths, rounded down: 0 … 1,000,000. Jaro 1989 with
 * Winkler 1990: common prefix of at most 4, scale 0.1, where Jaro is above 0.7. Two empty
 * texts are alike. */
uint32_t similar_jaro_winkler(struct slice a, struct slice b);

/* Damerau–Levenshtein distance (insertions, deletions, substitutions, swaps of
 * neighbours; no letter edited twice) where it is at most `limit` <= 2, else limit + 1. */
int similar_edits(struct slice a, struct slice b, int limit);

#endif
