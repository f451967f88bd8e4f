/* The functions of the processes; their contracts are in predict/process.h. */
#ifndef SO1_PREDICT_PROCESS_KINDS_H
#define SO1_PREDICT_PROCESS_KINDS_H

#include "predict/process.h"

/* BG/NBD and MBG/NBD: lost after an order, with a probability that is the same each time. */
void bgnbd_fill(struct process_tables *t);
double bgnbd_group(const struct process_tables *t, const struct buyer_group *g, double *gradient);
double bgnbd_alive(const double *p, const struct buyer *b);
double bgnbd_orders(const double *p, const struct buyer *b, double weeks);
struct buyer bgnbd_draw(const double *p, double end, struct draws *d);
void mbgnbd_fill(struct process_tables *t);
double mbgnbd_group(const struct process_tables *t, const struct buyer_group *g,
		    double *gradient);
double mbgnbd_alive(const double *p, const struct buyer *b);
double mbgnbd_orders(const double *p, const struct buyer *b, double weeks);
struct buyer mbgnbd_draw(const double *p, double end, struct draws *d);
double geometric_active(const double *p, const struct buyer *b, double weeks);

/* Pareto/NBD. */
double pareto_group(const struct process_tables *t, const struct buyer_group *g,
		    double *gradient);
double pareto_alive(const double *p, const struct buyer *b);
double pareto_orders(const double *p, const struct buyer *b, double weeks);
double pareto_active(const double *p, const struct buyer *b, double weeks);
struct buyer pareto_draw(const double *p, double end, struct draws *d);

/* E[(1 - exp(-lambda p t)) / p] for lambda ~ gamma(k, A), p ~ beta(a, B): orders within t of
 * a customer who is lost with probability p after each. Two ways to the same number: the
 * series of the hypergeometric function (false when its digits are lost or its terms too
 * many), and a sum over p, slower, which never fails. */
bool geometric_series(double k, double A, double a, double B, double t, double *value);
double geometric_sum(double k, double A, double a, double B, double t);

#endif
