#include "predict/cross.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A panel is 8 columns of 64 rows: two of them fit the first cache beside each other, and 64
 * products between two visits of H leave its memory in peace. */
enum { LANES = 8, ROWS = CROSS_ROWS, PANEL = LANES * ROWS };

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

#define ALWAYS_INLINE inline __attribute__((always_inline))

static size_t panels_of(const struct cross *c)
{
	return (c->width + LANES - 1) / LANES;
}

void cross_free(struct cross *c)
{
	free(c->panels);
	c->panels = NULL;
}

/* Of the block of 64 rows that `row` is in. */
static double *panel_at(const struct cross *c, size_t row, size_t panel)
{
	return c->panels + (row / ROWS * panels_of(c) + panel) * PANEL + row % ROWS * LANES;
}

void cross_init(struct cross *c, size_t rows, size_t width)
{
	void *panels;

	c->width = width;
	rows = (rows + ROWS - 1) / ROWS * ROWS;
	/* By cache lines, so that no row of a panel lies across two. */
	if (posix_memalign(&panels, LANES * sizeof(double), rows * panels_of(c) * LANES * sizeof(double)))
		out_of_memory();
	c->panels = panels;
	/* Lanes behind the last column are multiplied too, though to no end. */
	for (size_t row = 0; row < rows; row++)
		for (size_t k = width; k < panels_of(c) * LANES; k++)
			panel_at(c, row, k / LANES)[k % LANES] = 0;
}

void cross_put(struct cross *c, size_t row, const double *x, double factor)
{
	double *to = panel_at(c, row, 0);
	size_t j = 0;

	for (; j + LANES <= c->width; j += LANES, to += PANEL)
#pragma GCC unroll 8
		for (size_t k = 0; k < LANES / 2; k++)
			((pair *)(void *)to)[k] = factor * ((const pair *)(const void *)(x + j))[k];
	for (size_t k = 0; j + k < c->width; k++)
		to[k] = factor * x[j + k];
}

/* A tile of H: sums of rows of a times rows of b, eight columns wide and as high as makes it
 * eight vectors of this size, which stay in registers. Where a vector is larger than a register
 * GCC keeps it in memory, hence one for each size. */
#define TILE(name, bytes)                                                                       \
	static ALWAYS_INLINE void name(const double *a, const double *b, size_t rows, double *out) \
	{                                                                                       \
		typedef double vector __attribute__((vector_size(bytes), may_alias));           \
		enum { HIGH = (bytes) / sizeof(double), PARTS = LANES / HIGH };                 \
		vector sums[LANES] = {0};                                                       \
		for (size_t r = 0; r < rows; r++, a += LANES, b += LANES)                       \
			_Pragma("GCC unroll 8") for (size_t k = 0; k < LANES; k++)              \
				sums[k] += a[k / PARTS] *                                       \
					   ((const vector *)(const void *)b)[k % PARTS];        \
		memcpy(out, sums, sizeof sums);                                                 \
	}

typedef void tile_function(const double *a, const double *b, size_t rows, double *out);

/* The tiles of rows of one block of 64; what is in H and not above its diagonal. */
static ALWAYS_INLINE void add_rows(const struct cross *c, size_t begin, size_t end, double *h,
				   size_t stride, tile_function *tile, size_t high)
{
	double sums[LANES * LANES];

	for (size_t i = 0; i < c->width; i += high)
		for (size_t j = 0; j < c->width && j < i + high; j += LANES) {
			tile(panel_at(c, begin, i / LANES) + i % LANES,
			     panel_at(c, begin, j / LANES), end - begin, sums);
			for (size_t row = i; row < i + high && row < c->width; row++)
				for (size_t k = 0; k < LANES && j + k <= row; k++)
					h[row * stride + j + k] += sums[(row - i) * LANES + k];
		}
}

typedef void add_function(const struct cross *c, size_t begin, size_t end, double *h, size_t stride);

TILE(tile16, 16)

static void add_plain(const struct cross *c, size_t begin, size_t end, double *h, size_t stride)
{
	add_rows(c, begin, end, h, stride, tile16, 2);
}

#if defined(__x86_64__)
TILE(tile32, 32)
TILE(tile64, 64)

static __attribute__((target("avx2"))) void add_avx2(const struct cross *c, size_t begin,
						     size_t end, double *h, size_t stride)
{
	add_rows(c, begin, end, h, stride, tile32, 4);
}

static __attribute__((target("avx512f"))) void add_avx512(const struct cross *c, size_t begin,
							  size_t end, double *h, size_t stride)
{
	add_rows(c, begin, end, h, stride, tile64, 8);
}
#endif

static add_function *best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f"))
		return add_avx512;
	if (__builtin_cpu_supports("avx2"))
		return add_avx2;
#endif
	return add_plain;
}

static void add_by(add_function *add, const struct cross *c, size_t begin, size_t end, double *h,
		   size_t stride)
{
	while (begin < end) {
		size_t stop = (begin / ROWS + 1) * ROWS;
		if (stop > end)
			stop = end;
		add(c, begin, stop, h, stride);
		begin = stop;
	}
}

void cross_add(const struct cross *c, size_t begin, size_t end, double *h, size_t stride)
{
	add_by(best(), c, begin, end, h, stride);
}

void cross_add_plainly(const struct cross *c, size_t begin, size_t end, double *h, size_t stride)
{
	add_by(add_plain, c, begin, end, h, stride);
}
