/* uplift, what its fit (uplift_fit.c) and its card (uplift_card.c) share. */
#ifndef SO1_PREDICT_UPLIFT_PARTS_H
#define SO1_PREDICT_UPLIFT_PARTS_H

#include "predict/frame.h"
#include "predict/transform.h"
#include "predict/uplift.h"

/* The terms of one group, numbered as in a design of the transforms alone. */
struct uplift_group {
	double *beta, *covariance;
};

struct uplift_candidate {
	struct uplift_group groups[2];
	bool *separated[2];
	struct observation *rows; /* held out */
	double lambda, qini, qini_sd;
};

struct uplift_trial {
	const struct fit_request *request;
	unsigned folds;
	size_t target, treatment, customer;
	struct frame frame;
	struct transform_set set;
	struct encoder *encoder;
	size_t columns, levels;   /* of a group; levels: those of codes among them */
	uint8_t *treated, *fold;  /* by row */
	uint64_t *hashes;
	size_t treated_cap, hash_cap, rows, treated_count, treated_positives;
	double *x;                /* a row of the transforms alone */
	uint16_t *codes;
	struct uplift_candidate candidates[UPLIFT_FORMS];
	double *scores;           /* of every so many rows, by the model that is kept */
	size_t score_count;
};

/* Describes a fit of this form, whose held-out figures are in *result: the model file, and the
 * notes on what is to be held of it. */
enum so1_status uplift_describe(struct uplift_trial *f, enum uplift_form form,
				struct summary *summary, struct fit_result *result,
				struct so1_error *e);

#endif
