/* How well predicted uplift tells who is moved by the treatment.
 *
 * Rows are taken by falling prediction, rows of equal prediction together. After n rows with
 * t treated and c not, of whom y_t and y_c said yes,
 *
 *   Qini curve    q(n) = y_t - y_c t / c       extra yes among the treated
 *   uplift curve  u(n) = (y_t / t - y_c / c) n
 *
 *   qini  area between the Qini curve and the straight line to its end, as a share of the same
 *         area of the perfect order (treated yes, then no, then untreated yes). Radcliffe (2007),
 *         Using control groups to target on predicted lift; as scikit-uplift's qini_auc_score
 *   auuc  area under the uplift curve / n^2: the mean extra yes a row when a share of the rows,
 *         uniform in 0 … 1, is treated from the top; Gutierrez & Gérardy (2017), Causal inference
 *         and uplift modelling
 *   ate   y_t / t - y_c / c over all rows; random order has an auuc of ate / 2
 *   uplift, predicted   in each tenth of the rows: y_t / t - y_c / c, and the mean prediction */
#ifndef SO1_PREDICT_QINI_H
#define SO1_PREDICT_QINI_H

#include "predict/figures.h"

/* Sorts by falling prediction. */
void qini_sort(struct observation *rows, size_t count);
/* Of sorted rows; NaN when there is no telling: no yes at all, or one group only. */
double qini_coefficient(const struct observation *rows, size_t count);
/* Adds rows, treated, ate, qini, auuc, uplift and predicted with bootstrap intervals. Sorts. */
void qini_figures(struct observation *rows, size_t count, struct figures *out);

#endif
