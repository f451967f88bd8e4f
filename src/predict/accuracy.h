/* How near predictions of a quantity come. With p predicted and y what happened:
 *
 *   mean               of y
 *   rmse, mae          root of the mean of (p - y)^2, mean of |p - y|
 *   r2                 1 - sum (p - y)^2 / sum (y - mean)^2; unknown when all y are equal
 *   calibration_ratio  sum p / sum y; unknown when the sum is 0
 *   observed, predicted  means of y and p in each tenth of the rows by p, rows of equal p
 *                      shared out evenly */
#ifndef SO1_PREDICT_ACCURACY_H
#define SO1_PREDICT_ACCURACY_H

#include "predict/figures.h"

/* Adds rows and the above with bootstrap intervals (not for predicted). Sorts. */
void accuracy_figures(struct observation *rows, size_t count, struct figures *out);
/* The same without intervals, in a hundredth of the time. */
void accuracy_values(struct observation *rows, size_t count, struct figures *out);

#endif
