#include "predict/ranking.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static double gain(size_t rank)
{
	return 1 / log2((double)rank + 1);
}

void ranking_take(const bool *hit, size_t n, size_t wanted, struct ranked_row *out,
		  enum ranking_list list)
{
	double hits = 0, found = 0, ideal = 0;

	for (size_t i = 0; i < n; i++) {
		hits += hit[i];
		found += hit[i] ? gain(i + 1) : 0;
	}
	for (size_t i = 0; i < wanted; i++)
		ideal += gain(i + 1);
	out->of[list].recall = wanted ? hits / (double)wanted : NAN;
	out->of[list].ndcg = wanted ? found / ideal : NAN;
}

/* Sums of doubles are taken in this order. */
static int by_customer(const void *a, const void *b)
{
	const struct ranked_row *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	for (int k = 0; k < RANKING_LISTS; k++) {
		/* NaN last. */
		double p = isnan(x->of[k].ndcg) ? 2 : x->of[k].ndcg;
		double q = isnan(y->of[k].ndcg) ? 2 : y->of[k].ndcg;
		if (p != q)
			return p < q ? -1 : 1;
		if (x->of[k].recall != y->of[k].recall && p < 2)
			return x->of[k].recall < y->of[k].recall ? -1 : 1;
	}
	return 0;
}

struct means {
	double rows, recall, ndcg;
};

/* replicate -1: every row counts once. */
static struct means means_of(const struct ranked_row *rows, size_t count, int list, int replicate)
{
	struct means m = {0};

	for (size_t i = 0; i < count; i++) {
		if (isnan(rows[i].of[list].recall))
			continue;
		double w = replicate < 0 ? 1 : figures_weight(rows[i].hash, (unsigned)replicate);
		m.rows += w;
		m.recall += w * rows[i].of[list].recall;
		m.ndcg += w * rows[i].of[list].ndcg;
	}
	m.recall /= m.rows;
	m.ndcg /= m.rows;
	return m;
}

static void add(struct figures *out, const char *name, double x, double *replicates)
{
	struct estimate e = {.value = x, .known = !isnan(x)};

	if (replicates)
		figures_interval(replicates, FIGURES_REPLICATES, &e);
	figures_add(out, name, 0, e);
}

void ranking_figures(struct ranked_row *rows, size_t count, size_t length, struct figures *out)
{
	static const char *const names[RANKING_LISTS][3] = {
		{"again_rows", "again_recall", "again_ndcg"},
		{"new_rows", "new_recall", "new_ndcg"},
	};
	double *recalls = xcalloc(FIGURES_REPLICATES, sizeof *recalls);
	double *ndcgs = xcalloc(FIGURES_REPLICATES, sizeof *ndcgs);

	if (count > 1)
		qsort(rows, count, sizeof *rows, by_customer);
	add(out, "rows", (double)count, NULL);
	add(out, "list_length", (double)length, NULL);
	for (int k = 0; k < RANKING_LISTS; k++) {
		struct means m = means_of(rows, count, k, -1);
		for (int r = 0; r < FIGURES_REPLICATES; r++) {
			struct means sample = means_of(rows, count, k, r);
			recalls[r] = sample.recall;
			ndcgs[r] = sample.ndcg;
		}
		add(out, names[k][0], m.rows, NULL);
		add(out, names[k][1], m.recall, recalls);
		add(out, names[k][2], m.ndcg, ndcgs);
	}
	free(recalls);
	free(ndcgs);
}
