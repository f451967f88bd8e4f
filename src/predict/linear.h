/* linear: the expected amount (spend), by penalised regression (predict/glm.h) on the same
 * features as logistic. */
#ifndef SO1_PREDICT_LINEAR_H
#define SO1_PREDICT_LINEAR_H

#include "predict/glm.h"
#include "predict/kind.h"

/* Digits of the amounts that are written. */
enum { LINEAR_DIGITS = 6 };

/* A target: a number, with GLM_LOG not below 0. SO1_FAILED with value otherwise. */
enum so1_status linear_target(struct slice field, enum glm_link link, double *y,
			      struct so1_error *e);
enum so1_status linear_fit(const struct fit_request *request, struct reader *r,
			   struct summary *summary, struct fit_result *result,
			   struct so1_error *e);

#endif
