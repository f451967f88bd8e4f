/* Layers 2 and 3 of so1-dedupe: pairs that no key links, weighed and joined. */
#ifndef SO1_DEDUPE_MATCH_H
#define SO1_DEDUPE_MATCH_H

#include "base/options.h"
#include "base/times.h"
#include "dedupe/assemble.h"
#include "dedupe/standing.h"

struct match_options {
	bool on;                    /* false, --keys-only: keys alone link */
	double threshold;           /* probability a link needs */
	int linkage;                /* enum linkage */
	uint64_t block_cap;         /* records in a block */
	uint64_t size_limit;        /* records in a customer, 0: any */
	uint64_t value_limit[LAYER_KEYS];
	struct option_list single_sources; /* --one-per-source */
	const char *rules_path, *nicknames_path; /* NULL: the default */
	const char *model_path, *fit_model_path; /* read, written; NULL: neither */
	const char *must_path, *cannot_path;     /* NULL: none */
	const char *review_path;
	uint64_t review_count;
};
extern const struct match_options MATCH_OPTIONS_DEFAULT;

struct match {
	/* Borrowed; set by the caller. */
	const struct match_options *options;
	const struct tuples *tuples;
	struct identity *identity;
	int threads;
	struct times *times;             /* NULL: not wanted */
	struct nicknames nicknames;      /* open; match_free closes it */
	struct writer *review, *fitted;  /* open on review_path and fit_model_path, or NULL;
	                                    the caller commits */
	struct standing *standing;       /* what it borrows, set; NULL: not wanted, nor without
	                                    model_path */
	const struct recall *recall;     /* NULL: not wanted */

	/* The result. */
	struct traits traits;
	struct rules rules;
	struct echoes echoes;
	struct pair_plan plan;
	struct pairs pairs;
	struct model model;
	struct scale scale;
	struct marks must, cannot;
	uint64_t unknown_marks;
	bool *single;
	bool ran, fitted_ok;             /* false: too few to learn from */
	bool relinked;                   /* keys linked anew since match_compare */
	uint64_t links;
	struct so1_error error;          /* why it stopped */
};

/* On an identity whose keys are done (identity.middle): compares and fits. What fails is in
 * m->error. match_free when done. */
void match_compare(struct match *m);
/* Marks the settled tuples, by tuple, that have to do with others after all. Returns how many.
 * When they are not settled any more and keys have linked anew, match_link. */
size_t match_reach(struct match *m, bool *reached);
/* Links what is probable. */
void match_link(struct match *m);
/* What the run found, a line each. */
void match_notes(const struct match *m, struct buffer *b);
void match_free(struct match *m);

/* Why a probable link was refused, in words; NULL where the words are those of keys. */
const char *match_refusal_text(int reason);

/* --review: pairs nearest the cut, those with most to compare first. */
enum so1_status review_write(struct match *m, struct so1_error *e);
/* The steps from prior to weight of two tuples, in words, a line each. */
void waterfall_put(const struct match *m, uint32_t a, uint32_t b, struct buffer *out);

#endif
