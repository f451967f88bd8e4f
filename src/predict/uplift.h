/* uplift: who says yes because of the treatment.
 *
 *   uplift(x) = P(yes | x, treated) - P(yes | x, not treated)
 *
 * by penalised logistic regression (predict/irls.h) in one of two forms, whichever has the
 * higher mean Qini coefficient over the folds of a cross-validation:
 *
 *   two_models   one for the treated and one for the others: terms "control:x", "treated:x"
 *   interaction  one in which each term may differ among the treated: "both:x" for all,
 *                "treated:x" for the difference; the penalty draws differences to 0
 *
 * Hansotia & Rukstales, Incremental value modeling, Journal of Interactive Marketing 16, 2002;
 * Lo, The true lift model, SIGKDD Explorations 4, 2002. */
#ifndef SO1_PREDICT_UPLIFT_H
#define SO1_PREDICT_UPLIFT_H

#include "predict/kind.h"

enum uplift_form { UPLIFT_TWO_MODELS, UPLIFT_INTERACTION, UPLIFT_FORMS };

/* Digits that are written. */
enum { UPLIFT_DIGITS = 6 };

/* "two_models", "interaction". */
const char *uplift_form_name(enum uplift_form form);
/* What the terms of a group (0: everybody or the untreated, 1) begin with, "control:". */
const char *uplift_prefix(enum uplift_form form, int group);
/* From the linear predictors of both groups' terms. */
double uplift_of(enum uplift_form form, const double eta[2]);

enum so1_status uplift_fit(const struct fit_request *request, struct reader *r,
			   struct summary *summary, struct fit_result *result,
			   struct so1_error *e);

#endif
