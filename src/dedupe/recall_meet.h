/* Whom some of the items of a known file bring with them. */
#ifndef SO1_DEDUPE_RECALL_MEET_H
#define SO1_DEDUPE_RECALL_MEET_H

#include "dedupe/known.h"
#include "dedupe/known_keys.h"

/* Of identities that share one identifier no more are looked at. */
enum { SHARERS_MOST = 1000 };

/* Adds to some items the others of their customers; those that share an identifier with one.
 * done: items of which that was done before, or NULL. */
void recall_meet_customers(const struct known *k, bool *some, const bool *done, int threads);
void recall_meet_sharers(const struct known *k, bool *some, const bool *done, int threads);

/* A key of a column as one number, and its bits all over it. */
static inline uint64_t recall_key(size_t column, uint32_t key)
{
	return (uint64_t)column << 32 | key;
}
static inline uint64_t recall_spread(uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15);
}

#endif
