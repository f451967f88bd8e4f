/* Moments of the columns of a frame: how many numbers each has, their mean, range and the sums
 * of powers around the mean. In two passes over the rows, which add up in their order: the same
 * bits whatever the processor. */
#ifndef SO1_PREDICT_MOMENTS_H
#define SO1_PREDICT_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

/* Arrays of `columns` numbers; owned, those of doubles as one with sum in front. */
struct moments {
	size_t columns;
	int64_t *count;   /* cells that are numbers: neither missing nor texts */
	double *sum, *min, *max;
	double *mean;     /* 0 for a column without numbers, whose min is > max */
	double *m2, *m3;  /* sums of squares and cubes of x - mean */
};

void moments_init(struct moments *m, size_t columns);
/* First pass: a row of columns cells (predict/frame.h). */
void moments_count(struct moments *m, const double *cells);
/* Between the passes: the means. */
void moments_center(struct moments *m);
/* Second pass, of the same rows. */
void moments_spread(struct moments *m, const double *cells);
/* m3/n / (m2/n)^1.5, the skewness g1 (Joanes & Gill 1998); 0 for fewer than three numbers or
 * without spread, and not finite where the sums overflow. */
double moments_skewness(const struct moments *m, size_t column);
void moments_free(struct moments *m);

#endif
