/* Scores: which column of the stream says how well an offer suits a customer.
 *
 * Chosen once for each offer from the stream's header, so that all customers are ranked
 * by the same thing:
 *  1. --score: a map column WHAT_by_sku or WHAT_by_category gives the value at the offer's
 *     sku or category; anything else is an expression (EXPR_RULE) over the row;
 *  2. else, for an offer with a sku or category, the first map column there is of
 *     score, again, affine, interest, each _by_sku before _by_category;
 *  3. else p_label, else the first column p_* but p_alive;
 *  4. else 1 for everybody.
 * What is unknown, an empty cell or a key that is not in the map, scores 0. */
#ifndef SO1_EXPORT_SCORE_H
#define SO1_EXPORT_SCORE_H

#include "base/table.h"
#include "export/catalogue.h"
#include "expr/expr.h"

/* One number taken from a row; several offers may share it. */
struct score_slot {
	enum score_kind { SCORE_ONE, SCORE_CELL, SCORE_EXPR, SCORE_MAP } kind;
	size_t column; /* SCORE_CELL, SCORE_MAP */
	char *label;   /* "p_label", "score_by_sku[…]", owned */
};

/* A map column and the keys wanted of it. */
struct score_map {
	size_t column;
	struct dictionary keys;
	uint32_t *slots; /* by id of the key */
	size_t slot_cap;
};

struct scoring {
	struct score_slot *slots;
	size_t slot_count, slot_cap;
	struct score_map *maps;
	size_t map_count, map_cap;
	uint32_t *of_offer; /* slot of each offer of the catalogue */
	struct expr *expr;  /* --score, or NULL */
};

/* Zero-initialise *s; scoring_free also after a failure. `spec` is --score or NULL; header
 * and catalogue are borrowed for the call. SO1_USAGE for an expression that makes no
 * sense. */
enum so1_status scoring_bind(struct scoring *s, const struct catalogue *c, const struct header *h,
			     const char *spec, struct so1_error *e);
/* Fills values[slot_count] from a row. SO1_FAILED with reason, column and value in *e for a
 * cell that is no number; thread-safe, temporaries go to the arena. */
enum so1_status scoring_read(const struct scoring *s, const struct header *h,
			     const struct slice *fields, double *values, struct arena *a,
			     struct so1_error *e);
/* What ranks the offers, for people: "score_by_category for 3 offers, p_label for 1". */
void scoring_describe(const struct scoring *s, size_t offers, struct buffer *out);
void scoring_free(struct scoring *s);

#endif
