/* Gauss–Legendre quadrature with eight nodes: Abramowitz and Stegun, table 25.4. */
#ifndef SO1_PREDICT_GAUSS_H
#define SO1_PREDICT_GAUSS_H

enum { GAUSS_NODES = 8 };

/* The i-th node of [begin, end], and its weight. */
static inline double gauss_node(int i, double begin, double end, double *weight)
{
	static const double nodes[GAUSS_NODES / 2] = {0.1834346424956498, 0.5255324099163290,
						      0.7966664774136267, 0.9602898564975363};
	static const double weights[GAUSS_NODES / 2] = {0.3626837833783620, 0.3137066458778873,
							0.2223810344533745, 0.1012285362903763};
	double half = (end - begin) / 2, node = nodes[i % (GAUSS_NODES / 2)];

	*weight = weights[i % (GAUSS_NODES / 2)] * half;
	return begin + half * (i < GAUSS_NODES / 2 ? 1 - node : 1 + node);
}

#endif
