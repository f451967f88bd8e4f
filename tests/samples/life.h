/* life.h: two years of one customer, week by week, told to the five systems. */
#ifndef SAMPLES_LIFE_H
#define SAMPLES_LIFE_H
#include "systems.h"

/* Writes everything that person `number` did. What is random here is what a model may find:
 * orders come from a personal rate (gamma) while the customer lasts (exponential), and from
 * spells of interest in a category, which show as views and carts the weeks before; seasons,
 * mailings with coupons, care plans for those who like television and sound, coffee and
 * detergent running out. */
void life_write(struct world *w, uint64_t number);
#endif
