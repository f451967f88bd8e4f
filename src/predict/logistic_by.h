/* logistic --by KEY: the two halves of one kind of model. */
#ifndef SO1_PREDICT_LOGISTIC_BY_H
#define SO1_PREDICT_LOGISTIC_BY_H

#include "predict/kind.h"

enum so1_status logistic_by_fit(const struct fit_request *q, struct reader *r,
				struct summary *summary, struct fit_result *result,
				struct so1_error *e);

#endif
