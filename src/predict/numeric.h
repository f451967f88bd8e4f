/* GSL as the house wants it: its error handler off, every status a so1 status. */
#ifndef SO1_PREDICT_NUMERIC_H
#define SO1_PREDICT_NUMERIC_H

#include "base/error.h"

/* Turns GSL's aborting handler off and OpenBLAS's threads down to one (ours are cheaper
 * and their sums would depend on the number of threads). Once, before any thread
 * starts; harmless when repeated. */
void numeric_init(void);
/* SO1_OK for GSL_SUCCESS, else SO1_FAILED "what: GSL's words". GSL also reports
 * underflow; a caller that does not mind it passes the status through numeric_mild. */
enum so1_status numeric_check(int gsl_status, const char *what, struct so1_error *e);
/* The same status, but success for an underflow. */
int numeric_mild(int gsl_status);

/* a: n × n, row-major, symmetric, lower triangle read. Overwritten by its Cholesky
 * factor (numeric_cholesky) and then by the inverse (numeric_inverse, both triangles).
 * *positive is false, without an error, when a is not positive definite: a is then
 * garbage. b of numeric_solve is overwritten by the solution. */
enum so1_status numeric_cholesky(double *a, size_t n, bool *positive, struct so1_error *e);
enum so1_status numeric_solve(double *factor, size_t n, double *b, struct so1_error *e);
enum so1_status numeric_inverse(double *factor, size_t n, struct so1_error *e);

/* log(1 + exp(x)) and 1 / (1 + exp(-x)) without overflow. */
double numeric_log1pexp(double x);
double numeric_logistic(double x);
/* The standard normal's 97.5 % point, for 95 % intervals. */
#define NUMERIC_Z95 1.959963984540054

#endif
