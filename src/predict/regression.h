/* What the logistic kinds share: fitting a design, its folds, and the rows of the model
 * file that tell how it went. */
#ifndef SO1_PREDICT_REGRESSION_H
#define SO1_PREDICT_REGRESSION_H

#include "predict/irls.h"
#include "predict/kind.h"

/* Fits the design, sets the effects of `set`, cross-validates when folds are asked for,
 * and adds the notes. *train are the metrics on the training rows themselves. */
enum so1_status regression_fit(const struct fit_request *request, const struct design *d,
			       struct transform_set *set, double *lambda, struct metrics *train,
			       struct summary *summary, struct fit_result *result,
			       struct so1_error *e);
/* The same with a penalty (lambda, alpha, factors, ties, start of it) and folds of one's
 * own; held_out (folds × columns, may be NULL) are the coefficients without each fold where
 * they are known. result->beta is the caller's to free. */
enum so1_status regression_fit_as(const struct fit_request *request, const struct design *d,
				  struct transform_set *set, const struct irls_options *penalty,
				  const double *held_out, unsigned folds, struct metrics *train,
				  struct summary *summary, struct fit_result *result,
				  struct so1_error *e);
/* The rows of section model, and those of section card. unit is what a row of the design
 * is: "rows", "pairs". */
void regression_describe_model(const struct fit_request *request, double lambda,
			       struct fit_result *result);
void regression_describe_card(const struct fit_request *request, const struct frame *f,
			      const struct metrics *train, const char *unit,
			      struct fit_result *result);
/* Halves of -M for the table and the design. */
uint64_t regression_half(const struct fit_request *request);

#endif
