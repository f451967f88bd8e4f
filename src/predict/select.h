/* Chooses by validation how flexible a logistic regression is: numbers by a slope, by
 * ranges besides, pairs of columns besides; and the weight of the penalty. */
#ifndef SO1_PREDICT_SELECT_H
#define SO1_PREDICT_SELECT_H

#include "predict/kind.h"

struct selection {
	struct design design;
	double lambda;
	double loss;      /* of held-out rows; NaN: nothing was compared */
	double *factors, *ties, *start; /* for struct irls_options; NULL: plain */
	double *held_out; /* coefficients without each fold; NULL: not known */
	const char *basis;/* the one that was taken */
};

/* Folds that the rows need: the request's, or those of the validation. */
unsigned select_folds(const struct fit_request *q);
/* set has the plain transforms of the frame; those that pay are added. Frees blocks of the
 * frame. select_free in every case. */
enum so1_status select_model(const struct fit_request *q, struct frame *f,
			     struct transform_set *set, struct selection *out,
			     struct summary *summary, struct so1_error *e);
void select_free(struct selection *s);

#endif
