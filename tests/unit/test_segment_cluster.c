/* Quintiles and clusters: order statistics, k-means, silhouettes, the model and its rows. */
#include "segment/additions.h"
#include "segment/cluster_fit.h"
#include "segment/cluster_page.h"
#include "segment/quantiles.h"
#include "segment/silhouette.h"

#include "base/chance.h"
#include "base/number.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <math.h>

static double uniform(uint64_t i)
{
	return (double)(chance_mix(i) >> 11) * 0x1p-53;
}

/* Order statistics. */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

enum { VALUES = 3 * QUANTILE_BLOCK - 1000 };

static double value_of(size_t i)
{
	switch (i % 5) {
	case 0: return floor(10 * uniform(i)) - 5; /* many equal ones */
	case 1: return -1e300 * uniform(i);
	case 2: return 5e-324 * floor(8 * uniform(i)); /* subnormal, and 0 */
	case 3: return i % 2 ? 0.0 : -0.0;
	default: return 1000 * (uniform(i) - .5);
	}
}

static void fill_values(struct blocks *b, uint64_t core_limit, double *sorted)
{
	double block[QUANTILE_BLOCK];
	struct so1_error e;

	blocks_init(b, QUANTILE_BLOCK_BYTES, core_limit, NULL);
	for (size_t begin = 0; begin < VALUES; begin += QUANTILE_BLOCK) {
		for (size_t i = 0; i < QUANTILE_BLOCK; i++) {
			block[i] = begin + i < VALUES ? value_of(begin + i) : NAN;
			if (begin + i < VALUES)
				sorted[begin + i] = block[i];
		}
		cr_assert_eq(blocks_append(b, block, &e), SO1_OK);
	}
	qsort(sorted, VALUES, sizeof *sorted, compare_doubles);
}

Test(quantiles, are_those_of_the_sorted_numbers)
{
	static const uint64_t ranks[] = {1, 2, VALUES / 5, VALUES / 2, VALUES / 2 + 1, VALUES};
	enum { RANKS = sizeof ranks / sizeof *ranks };
	double *sorted = malloc(VALUES * sizeof *sorted), values[RANKS];
	struct so1_error e;

	for (uint64_t limit = 0; limit <= 1 << 20; limit += 1 << 20) {
		struct blocks b;
		fill_values(&b, limit, sorted);
		cr_assert_eq(quantiles_find(&b, ranks, RANKS, values, &e), SO1_OK);
		for (size_t k = 0; k < RANKS; k++)
			cr_expect(values[k] == sorted[ranks[k] - 1], "rank %d: %g, not %g",
				  (int)ranks[k], values[k], sorted[ranks[k] - 1]);
		blocks_free(&b);
	}
	free(sorted);
}

/* RFM over a file: the reader, the first pass, the quintiles of values. */

struct night {
	char *folder;
	struct reader *r;
	struct writer *w;
};

static void night_open(struct night *n, struct slice csv, size_t block_size, int threads)
{
	const char *files[1];
	struct reader_options options = {.block_size = block_size, .threads = threads};
	struct so1_error e;

	n->folder = temp_folder();
	files[0] = temp_path(n->folder, "in.csv");
	file_put(files[0], csv);
	cr_assert_eq(reader_open(&n->r, files, 1, &options, &e), SO1_OK);
	cr_assert_eq(writer_open(&n->w, &(struct writer_options){
		.path = temp_path(n->folder, "out.csv")}, &e), SO1_OK);
}

static void night_close(struct night *n)
{
	writer_free(n->w);
	reader_close(n->r);
	temp_remove(n->folder);
}

static void measure(struct rfm *m, struct slice csv, int threads, uint64_t memory)
{
	struct night n;
	struct rfm_options o = {.threads = threads, .memory = memory};
	struct so1_error e;

	night_open(&n, csv, 4096, threads);
	cr_assert_eq(rfm_bind(m, &o, n.r, &e), SO1_OK);
	cr_assert_eq(rfm_measure(m, &o, n.r, n.w, NULL, NULL, &e), SO1_OK, "%s", e.reason);
	night_close(&n);
}

static int quintile_of(const struct rfm *m, int part, double x)
{
	struct buffer b = {0};
	int quintiles[RFM_PARTS];

	number_put_double(&b, x);
	struct slice fields[] = {buffer_slice(&b), buffer_slice(&b), buffer_slice(&b),
				 buffer_slice(&b)};
	rfm_row(m, fields, quintiles);
	buffer_free(&b);
	return quintiles[part];
}

/* The definition, counted: 1 + floor(5 * (share of known values that are worse)). */
static int counted(const double *values, size_t n, double x, int sign)
{
	size_t worse = 0;

	for (size_t i = 0; i < n; i++)
		worse += sign * values[i] < sign * x;
	return 1 + (int)(5 * worse / n);
}

Test(rfm, quintiles_are_what_the_definition_counts)
{
	enum { ROWS = 9001 };
	static double values[3][ROWS];
	struct buffer csv = {0};
	size_t known = 0;

	buffer_put_text(&csv, "customer_id,recency_days,orders,spend\n");
	for (uint64_t i = 0; i < ROWS; i++) {
		values[RFM_F][i] = floor(4 * uniform(i) * uniform(i)); /* two thirds are 0 or 1 */
		values[RFM_M][i] = floor(1e6 * uniform(i + ROWS)) / 100 - 50;
		buffer_printf(&csv, "%06d,", (int)i);
		if (values[RFM_F][i] > 0) {
			values[RFM_R][known++] = floor(100 * uniform(i + 2 * ROWS));
			number_put_double(&csv, values[RFM_R][known - 1]);
		}
		buffer_printf(&csv, ",%d,%.2f\n", (int)values[RFM_F][i], values[RFM_M][i]);
	}
	struct rfm m[3] = {0};
	measure(&m[0], buffer_slice(&csv), 1, 1 << 20);
	measure(&m[1], buffer_slice(&csv), 4, 0);
	measure(&m[2], buffer_slice(&csv), 4, 1 << 28);
	cr_assert_eq(m[0].known[RFM_R], known);
	cr_assert_eq(m[0].known[RFM_M], ROWS);
	for (int i = 1; i < 3; i++)
		cr_assert_arr_eq(m[i].cuts, m[0].cuts, sizeof m[0].cuts);
	for (size_t i = 0; i < 300; i++) {
		double r = values[RFM_R][i], f = values[RFM_F][i], x = values[RFM_M][i];
		cr_expect_eq(quintile_of(&m[0], RFM_R, r), counted(values[RFM_R], known, r, -1));
		cr_expect_eq(quintile_of(&m[0], RFM_F, f), counted(values[RFM_F], ROWS, f, 1));
		cr_expect_eq(quintile_of(&m[0], RFM_M, x), counted(values[RFM_M], ROWS, x, 1));
	}
	for (int i = 0; i < 3; i++)
		rfm_free(&m[i]);
	buffer_free(&csv);
}

/* k-means on a matrix. */

static void matrix_of(struct matrix *m, size_t columns, uint64_t rows, const double *cells,
		      uint64_t core_limit)
{
	struct so1_error e;
	double *row;

	matrix_init(m, columns, core_limit, NULL);
	for (uint64_t i = 0; i < rows; i++) {
		cr_assert_eq(matrix_add(m, &row, &e), SO1_OK);
		memcpy(row, cells + i * columns, columns * sizeof *row);
	}
	cr_assert_eq(matrix_finish(m, &e), SO1_OK);
}

/* By hand: centres 1 and 11, squares 1+0+1 each. */
static const double six[] = {0, 1, 2, 10, 11, 12};

Test(kmeans, six_numbers_in_two_clusters)
{
	struct matrix m;
	struct kmeans c;
	struct so1_error e;

	matrix_of(&m, 1, 6, six, UINT64_MAX);
	kmeans_init(&c, 2, 1);
	for (uint64_t seed = 0; seed < 20; seed++) {
		cr_assert(kmeans_seed(&c, &m, seed));
		cr_assert_eq(kmeans_run(&c, &m, (struct kmeans_end){1e-9, 100}, 1, &e), SO1_OK);
		double low = fmin(c.centres[0], c.centres[1]);
		cr_expect(low == 1 && c.centres[0] + c.centres[1] == 12 && c.within == 4);
		cr_expect(c.sizes[0] == 3 && c.sizes[1] == 3);
	}
	kmeans_free(&c);
	matrix_free(&m);
}

Test(kmeans, a_centre_without_rows_starts_anew)
{
	struct matrix m;
	struct kmeans c;
	struct so1_error e;

	matrix_of(&m, 1, 6, six, UINT64_MAX);
	kmeans_init(&c, 2, 1);
	c.centres[0] = 6;
	c.centres[1] = 1000;
	cr_assert_eq(kmeans_run(&c, &m, (struct kmeans_end){1e-9, 100}, 1, &e), SO1_OK);
	cr_expect(c.within == 4 && c.sizes[0] == 3 && c.sizes[1] == 3);
	kmeans_free(&c);
	matrix_free(&m);
}

Test(kmeans, needs_rows_that_differ)
{
	static const double alike[] = {1, 1, 2, 2, 1, 2};
	struct matrix m;
	struct kmeans two, three;

	matrix_of(&m, 1, 6, alike, UINT64_MAX);
	kmeans_init(&two, 2, 1);
	kmeans_init(&three, 3, 1);
	cr_assert(kmeans_seed(&two, &m, 1));
	cr_assert(!kmeans_seed(&three, &m, 1));
	kmeans_free(&two);
	kmeans_free(&three);
	matrix_free(&m);
}

enum { CLOUD_ROWS = 3 * MATRIX_ROWS + 77, CLOUD_COLUMNS = 3, CLOUD_CLUSTERS = 5 };

static double *cloud(void)
{
	double *cells = malloc(CLOUD_ROWS * CLOUD_COLUMNS * sizeof *cells);

	for (size_t i = 0; i < CLOUD_ROWS * CLOUD_COLUMNS; i++)
		cells[i] = 2 * floor(3 * uniform(i)) + uniform(i + 7) - uniform(i + 11);
	return cells;
}

/* From the first rows as centres. */
static void run_cloud(const double *cells, int threads, uint64_t core_limit, struct kmeans *c)
{
	struct matrix m;
	struct so1_error e;

	matrix_of(&m, CLOUD_COLUMNS, CLOUD_ROWS, cells, core_limit);
	kmeans_init(c, CLOUD_CLUSTERS, CLOUD_COLUMNS);
	memcpy(c->centres, cells, CLOUD_CLUSTERS * CLOUD_COLUMNS * sizeof *cells);
	cr_assert_eq(kmeans_run(c, &m, (struct kmeans_end){0, 12}, threads, &e), SO1_OK);
	matrix_free(&m);
}

Test(kmeans, threads_and_memory_do_not_show)
{
	double *cells = cloud();
	struct kmeans c[3];

	run_cloud(cells, 1, UINT64_MAX, &c[0]);
	run_cloud(cells, 4, UINT64_MAX, &c[1]);
	run_cloud(cells, 3, 0, &c[2]);
	for (int i = 1; i < 3; i++) {
		cr_expect_arr_eq(c[i].centres, c[0].centres,
				 CLOUD_CLUSTERS * CLOUD_COLUMNS * sizeof(double));
		cr_expect(c[i].within == c[0].within && c[i].iterations == c[0].iterations);
	}
	for (int i = 0; i < 3; i++)
		kmeans_free(&c[i]);
	free(cells);
}

/* Sizes and within against a count in the plain way. */
Test(kmeans, figures_are_those_of_a_plain_count)
{
	double *cells = cloud(), within = 0;
	uint64_t sizes[CLOUD_CLUSTERS] = {0};
	struct kmeans c;
	struct matrix m;
	struct so1_error e;

	run_cloud(cells, 2, UINT64_MAX, &c);
	matrix_of(&m, CLOUD_COLUMNS, CLOUD_ROWS, cells, UINT64_MAX);
	cr_assert_eq(kmeans_measure(&c, &m, 2, &e), SO1_OK);
	for (size_t i = 0; i < CLOUD_ROWS; i++) {
		size_t k = kmeans_nearest(&c, cells + i * CLOUD_COLUMNS);
		sizes[k]++;
		for (size_t j = 0; j < CLOUD_COLUMNS; j++)
			within += pow(cells[i * CLOUD_COLUMNS + j] -
				      c.centres[k * CLOUD_COLUMNS + j], 2);
	}
	cr_expect_arr_eq(c.sizes, sizes, sizeof sizes);
	cr_expect_float_eq(c.within, within, 1e-9 * within);
	kmeans_free(&c);
	matrix_free(&m);
	free(cells);
}

Test(sample, has_a_row_of_each_stratum)
{
	for (uint64_t rows = 10; rows <= 10000019; rows = rows * 7 + 3)
		for (uint64_t i = 0; i < 10; i++) {
			uint64_t row = sample_row(i, 10, rows);
			cr_expect(row >= i * rows / 10 && row < (i + 1) * rows / 10);
		}
}

/* By hand, at 0: inside (1 + 2) / 2, near (10 + 11 + 12) / 3, 1 - 1.5 / 11; at 1: 1 - 1 / 10;
 * at 2: 1 - 1.5 / 9; and the mirror of it. A cluster of one row counts 0: of {0}, {1 2 10 11
 * 12} row 1 has inside (1 + 9 + 10 + 11) / 4 = 7.75 and near 1, (1 - 7.75) / 7.75 and so on. */
Test(silhouette, by_hand)
{
	static const double centres[2][2] = {{1, 11}, {0, 9}};
	double inside[] = {7.75, 7, 5, 5.25, 6}, near[] = {1, 2, 10, 11, 12}, sum = 0;
	struct matrix m;
	struct kmeans c[2];
	double values[2];

	for (int i = 0; i < 2; i++) {
		kmeans_init(&c[i], 2, 1);
		memcpy(c[i].centres, centres[i], sizeof centres[i]);
	}
	matrix_of(&m, 1, 6, six, UINT64_MAX);
	silhouettes_find(&m, c, 1, 2, values);
	cr_expect_float_eq(values[0], (3 - 1.5 / 11 - .1 - 1.5 / 9) / 3, 1e-14);
	/* Centre 0 takes 0, 1 and 2, centre 9 the others: the same clusters. */
	silhouettes_find(&m, c, 2, 1, values);
	cr_expect(values[0] == values[1]);
	c[1].centres[0] = -9;
	c[1].centres[1] = 9.5; /* the middle is .25 */
	for (int i = 0; i < 5; i++)
		sum += (near[i] - inside[i]) / fmax(near[i], inside[i]);
	silhouettes_find(&m, &c[1], 1, 1, values);
	cr_expect_float_eq(values[0], sum / 6, 1e-14);
	for (int i = 0; i < 2; i++)
		kmeans_free(&c[i]);
	matrix_free(&m);
}

Test(describe, the_three_columns_farthest_apart)
{
	double centres[] = {.5, -2, 0, 1, -1, .1, .2, .3, .4, .5};
	uint64_t sizes[] = {20, 80};
	struct kmeans c = {.k = 2, .columns = 5, .centres = centres, .sizes = sizes};
	size_t columns[CLUSTER_APART];

	/* Of equal ones the first column. */
	cr_assert_eq(cluster_describe(&c, 100, 0, columns), 3);
	cr_assert(columns[0] == 1 && columns[1] == 3 && columns[2] == 4);
	/* 20 of 100 rows have mean -2 and all have 0, so the others have .5. */
	cr_expect_float_eq(cluster_apart(&c, 100, 0, 1), -2.5, 1e-15);
	c.columns = 2;
	cr_assert_eq(cluster_describe(&c, 100, 0, columns), 2);
}

/* The whole way from a stream to a model. */

static void fit(struct slice csv, size_t k, size_t block_size, int threads, uint64_t memory,
		struct buffer *model)
{
	struct night n;
	struct cluster_request q = {
		.numbers = {.threads = threads, .memory = memory}, .k = k, .command = "test",
	};
	struct model_file m = {0};
	struct summary summary = {0};
	struct so1_error e;
	uint64_t rows;

	night_open(&n, csv, block_size, threads);
	cr_assert_eq(cluster_fit(&q, n.r, &summary, &m, &rows, &e), SO1_OK, "%s", e.reason);
	const char *path = temp_path(n.folder, "model");
	cr_assert_eq(model_file_write(&m, path, &e), SO1_OK);
	file_get(path, model);
	model_file_free(&m);
	summary_free(&summary);
	night_close(&n);
}

static void put_customers(struct buffer *csv, size_t rows)
{
	buffer_put_text(csv, "customer_id,recency_days,spend,channel,label,always\n");
	for (size_t i = 0; i < rows; i++) {
		buffer_printf(csv, "%07d,", (int)i);
		if (i % 7)
			buffer_printf(csv, "%d", (int)(300 * uniform(i) * (double)(i % 3)));
		buffer_printf(csv, ",%.2f,mail,1,4\n", exp(4 * uniform(i + 5) + 3 * (double)(i % 2)));
	}
}

Test(cluster, the_model_is_the_same_bytes)
{
	static const struct {
		size_t block_size;
		int threads;
		uint64_t memory;
	} ways[] = {{0, 1, 1 << 28}, {0, 4, 1 << 28}, {1000, 3, 0}, {70000, 4, 1 << 18}};
	struct buffer csv = {0}, first = {0};

	/* More than a sample. */
	put_customers(&csv, CLUSTER_SAMPLE + 4000);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct buffer got = {0};
		fit(buffer_slice(&csv), 0, ways[i].block_size, ways[i].threads,
		    ways[i].memory, i ? &got : &first);
		cr_assert(i == 0 || slice_equal(buffer_slice(&got), buffer_slice(&first)));
		buffer_free(&got);
	}
	buffer_free(&csv);
	buffer_free(&first);
}

/* Every row of the model's own stream gets a cluster, and the sizes are those it names. */
Test(cluster, applied_to_its_own_rows_it_gives_its_sizes)
{
	enum { ROWS = 15000, K = 4 };
	struct buffer csv = {0}, text = {0};
	struct cluster_model m = {0};
	struct header h = {0};
	struct arena a = {0};
	struct so1_error e;
	uint64_t sizes[K] = {0};

	put_customers(&csv, ROWS);
	fit(buffer_slice(&csv), K, 0, 2, 1 << 28, &text);
	char *folder = temp_folder();
	const char *path = temp_path(folder, "own.model");
	file_put(path, buffer_slice(&text));
	cr_assert_eq(cluster_model_read(&m, path, &e), SO1_OK, "%s", e.reason);
	cr_assert_eq(m.count, 2);
	cr_assert(m.columns[0].log == false && m.columns[1].log == true);
	struct slice rest = buffer_slice(&csv), line;
	for (int i = -1; slice_split(&rest, '\n', &line) && line.len; i++) {
		struct slice fields[6];
		size_t cluster, n = 0;
		while (n < 6 && slice_split(&line, ',', &fields[n]))
			n++;
		if (i < 0) {
			for (size_t k = 0; k < 6; k++)
				header_add(&h, fields[k]);
			cr_assert_eq(cluster_model_bind(&m, &h, &e), SO1_OK);
			continue;
		}
		arena_reset(&a);
		cr_assert_eq(cluster_model_row(&m, fields, &a, &cluster, &e), SO1_OK);
		sizes[cluster]++;
	}
	for (size_t k = 0; k < K; k++) {
		double wanted;
		char name[16];
		snprintf(name, sizeof name, "%zu.size", k + 1);
		const struct model_row *row = model_file_find(&m.file, "cluster", name);
		cr_assert_eq(model_row_number(&m.file, row, &wanted, &e), SO1_OK);
		cr_expect_eq(sizes[k], (uint64_t)wanted);
		cr_expect(k == 0 || sizes[k] <= sizes[k - 1]);
	}
	cluster_model_free(&m);
	header_free(&h);
	arena_free(&a);
	temp_remove(folder);
	buffer_free(&csv);
	buffer_free(&text);
}

Test(number, coordinates_and_back)
{
	struct number_column c = {.name = SLICE("spend"), .log = true, .mean = log1p(9), .sd = 2};
	struct so1_error e;
	double z;

	cr_assert_eq(number_coordinate(&c, SLICE("9"), &z, &e), SO1_OK);
	cr_expect_eq(z, 0);
	cr_assert_eq(number_coordinate(&c, SLICE(""), &z, &e), SO1_OK);
	cr_expect_eq(z, 0);
	/* Below zero the logarithm is mirrored. */
	cr_assert_eq(number_coordinate(&c, SLICE("-9"), &z, &e), SO1_OK);
	cr_expect_float_eq(z, -log(10), 1e-15);
	cr_expect_float_eq(number_of_coordinate(&c, z), -9, 1e-13);
	c.log = false;
	cr_expect_float_eq(number_of_coordinate(&c, 3), log1p(9) + 6, 1e-15);
	cr_assert_eq(number_coordinate(&c, SLICE("many"), &z, &e), SO1_FAILED);
	cr_expect_str_eq(e.column, "spend");
	cr_assert_eq(number_coordinate(&c, SLICE("1e200"), &z, &e), SO1_FAILED);
}
