/* The model of Fellegi and Sunter (1969): how likely each level of a comparison is for two
 * records of one person (m), and of two (u), and what follows for a pair, in bits.
 *
 * Two records of two persons come in three kinds: strangers, who agree by chance; members of
 * a household, who agree on household traits as one person would and on the others by chance,
 * but one pair of them in a hundred are twins, born on one day (one birth in 80 is a twin
 * birth, and not every pair of a household are brothers and sisters), and one in a hundred
 * bear one first name, as father and son do; and neighbours and colleagues, who agree on
 * household traits but for the surname, on all else by chance. So
 *   weight = log2( λ Πm / (η Π_household m Π_others u + ν Π_place m Π_others u
 *                          + (1 - λ - η - ν) Πu) )
 * where λ, η and ν are the shares of one person's pairs and of those kinds among all pairs, and the probability of the
 * pair is 1 / (1 + 2^-weight). Where two records have the same value, u is the share of
 * other persons who have that very value (term frequency): a shared Smith is worth less
 * than a shared Featherstonehaugh. */
#ifndef SO1_DEDUPE_MODEL_H
#define SO1_DEDUPE_MODEL_H

#include "dedupe/compare.h"
#include "stream/writer.h"

struct model {
	double m[TRAIT_COUNT][COMPARE_LEVELS_MOST]; /* [LEVEL_UNKNOWN] is 1: no evidence */
	double u[TRAIT_COUNT][COMPARE_LEVELS_MOST];
	double match;              /* λ */
	double household;          /* η, 0: no such class */
	double neighbours;         /* ν, 0: no such class */
	double names_together;     /* τ, of em.h; no pair is weighed by it */
	double records_per_person; /* what a value's count is divided by to count people */
};

/* Of two members of a household: the share who have the same birth date because they are
 * twins, and the same first name because one is named after the other. */
#define MODEL_TWINS .01
#define MODEL_NAMESAKES .01

/* The model as CSV: comparison,level,m,u,weight_bits; first the rows "prior" (match,
 * household, neighbours, records_per_person) with their figure in m. Only comparisons that have[] are
 * written. */
enum so1_status model_write(const struct model *model, const bool have[TRAIT_COUNT],
			    struct writer *w, struct so1_error *e);
/* Reads what model_write wrote; levels it lacks are as the priors say. SO1_FAILED, or
 * SO1_USAGE for a comparison or level that does not exist. */
enum so1_status model_read(struct model *model, const char *path, struct so1_error *e);
/* The built-in priors, with u a guess; what fitting starts from. */
void model_default(struct model *model);

/* As many people are taken to stand beside those of a file: what three of six records have in
 * common is not what half of all people have. */
enum { MODEL_PRIOR_PEOPLE = 2 };

/* The share of other people who have a value that `uses` of `known` records have, two of
 * which are a pair that may be one person; MODEL_PRIOR_PEOPLE more have it as often as two
 * people have any one value. At least what rare values of the trait come to: a value seen
 * once is not impossible. */
double model_share_of_others(const struct model *model, enum trait trait, uint32_t uses,
			     uint64_t known);

/* A model ready to weigh pairs of certain records. */
struct scale {
	const struct model *model;
	const struct traits *traits;
	double log_m[TRAIT_COUNT][COMPARE_LEVELS_MOST], log_u[TRAIT_COUNT][COMPARE_LEVELS_MOST];
	float *rarity[TRAIT_COUNT]; /* by value: log2 of (share of others who have it / u), or NULL */
	double rarest[TRAIT_COUNT];   /* the least of rarity, <= 0 */
	double log_match, log_household, log_neighbours, log_stranger;
	double log_kinship[TRAIT_COUNT]; /* on LEVEL_SAME; -INFINITY for most */
};

/* Borrows both. scale_free when done. */
void scale_make(struct scale *s, const struct model *model, const struct traits *t);
/* Bits; level as comparer_run gave it for a and b. Rounded to 1/1024. */
double scale_weigh(const struct scale *s, uint32_t a, uint32_t b, const uint8_t level[TRAIT_COUNT]);

/* What no pair with these levels weighs more than. */
double scale_most(const struct scale *s, const uint8_t level[TRAIT_COUNT]);

/* The same as steps that add up, for people to read. */
struct waterfall {
	double prior;              /* log2 of λ / (1 - λ - η - ν) */
	double bits[TRAIT_COUNT];  /* log2 of m / u, term frequency included */
	double rarity[TRAIT_COUNT];/* what of it is term frequency */
	double household;          /* what living or working together explains, <= 0 */
	double weight;
};
void scale_explain(const struct scale *s, uint32_t a, uint32_t b,
		   const uint8_t level[TRAIT_COUNT], struct waterfall *w);
void scale_free(struct scale *s);

/* What share of a household's pairs are on the level not by chance, 0 for most. */
double model_kinship(int trait, uint8_t level);
/* Whether neighbours and colleagues share the trait as one person would. */
bool model_is_of_place(enum trait trait);
/* Probability of a weight in bits, and back. */
double weight_to_probability(double bits);
double probability_to_weight(double p);

#endif
