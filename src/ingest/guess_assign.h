/* Which column of a source is which. */
#ifndef SO1_INGEST_GUESS_ASSIGN_H
#define SO1_INGEST_GUESS_ASSIGN_H

#include "ingest/guess_names.h"
#include "ingest/guess_profile.h"

struct guess_choice {
	size_t column;  /* COLUMN_NONE: no column has this meaning */
	bool unsure;    /* only the values speak for it */
};

struct guess_assignment {
	struct guess_choice of[GUESS_MEANINGS];
	size_t phones[4];   /* further telephone columns, best first */
	size_t phone_count;
	bool *used;         /* by column, has a meaning */
	bool german;        /* German words among the names */
};

/* *a is overwritten; guess_assignment_free when done. A column has at most one meaning: the
 * best synonyms are served first, and none against what the values say. */
void guess_assign(const struct guess_profile *p, struct guess_assignment *a);
void guess_assignment_free(struct guess_assignment *a);

static inline bool guess_has(const struct guess_assignment *a, int meaning)
{
	return a->of[meaning].column != COLUMN_NONE;
}

#endif
