#include "dedupe/model.h"

#include <math.h>
#include <stdlib.h>

double weight_to_probability(double bits)
{
	return 1 / (1 + exp2(-bits));
}

double probability_to_weight(double p)
{
	return log2(p / (1 - p));
}

void model_default(struct model *model)
{
	*model = (struct model){.match = 1e-4, .household = 0, .names_together = 1, .records_per_person = 1};
	for (int t = 0; t < TRAIT_COUNT; t++) {
		int levels = comparisons[t].levels;
		model->m[t][LEVEL_UNKNOWN] = model->u[t][LEVEL_UNKNOWN] = 1;
		for (int l = 1; l <= levels; l++) {
			model->m[t][l] = comparisons[t].prior[l];
			model->u[t][l] = l == levels ? 1 - .01 * (levels - 1) : .01;
		}
	}
}

double model_share_of_others(const struct model *model, enum trait trait, uint32_t uses,
			     uint64_t known)
{
	double each = model->records_per_person, people = (double)known / each;
	/* The person at hand has the two records of the pair, or as many as people have. */
	double others = ((double)uses - fmax(each, 2)) / each;
	double u = model->u[trait][LEVEL_SAME], rare = .5 / (people + MODEL_PRIOR_PEOPLE);
	double share = others > 0 ? (others + MODEL_PRIOR_PEOPLE * u) / (people - 1 + MODEL_PRIOR_PEOPLE)
				  : 0;

	rare = rare < u ? rare : u;
	return share > rare ? share : rare;
}

void scale_make(struct scale *s, const struct model *model, const struct traits *t)
{
	*s = (struct scale){.model = model, .traits = t};
	for (int c = 0; c < TRAIT_COUNT; c++) {
		s->log_kinship[c] = log2(model_kinship(c, LEVEL_SAME));
		for (int l = 0; l <= comparisons[c].levels; l++) {
			s->log_m[c][l] = log2(model->m[c][l]);
			s->log_u[c][l] = log2(model->u[c][l]);
		}
		if (c == TRAIT_GENDER || t->known[c] == 0)
			continue;
		s->rarity[c] = xcalloc(t->text[c].count, sizeof *s->rarity[c]);
		uint32_t last_uses = 0;
		float last = 0;
		for (uint32_t v = 1; v < t->text[c].count; v++) {
			/* Most values are used as often as the one before: once. */
			if (t->uses[c][v] != last_uses) {
				last_uses = t->uses[c][v];
				last = (float)(log2(model_share_of_others(model, (enum trait)c,
									  last_uses, t->known[c])) -
					       s->log_u[c][LEVEL_SAME]);
			}
			s->rarity[c][v] = last;
			if (last < s->rarest[c])
				s->rarest[c] = last;
		}
	}
	s->log_match = log2(model->match);
	s->log_household = model->household > 0 ? log2(model->household) : -INFINITY;
	s->log_neighbours = model->neighbours > 0 ? log2(model->neighbours) : -INFINITY;
	s->log_stranger = log2(1 - model->match - model->household - model->neighbours);
}

double model_kinship(int trait, uint8_t level)
{
	if (level != LEVEL_SAME)
		return 0;
	return trait == TRAIT_BIRTH ? MODEL_TWINS : trait == TRAIT_FIRST ? MODEL_NAMESAKES : 0;
}

bool model_is_of_place(enum trait trait)
{
	return comparisons[trait].household && trait != TRAIT_LAST;
}

/* log2(2^x + 2^y) */
static double log_add(double x, double y)
{
	double high = x > y ? x : y, low = x > y ? y : x;

	return low == -INFINITY || high - low > 40 ? high : high + log2(1 + exp2(low - high));
}

void scale_explain(const struct scale *s, uint32_t a, uint32_t b,
		   const uint8_t level[TRAIT_COUNT], struct waterfall *w)
{
	double match = s->log_match, stranger = s->log_stranger, household = s->log_household;
	double neighbours = s->log_neighbours;

	(void)b;
	for (int t = 0; t < TRAIT_COUNT; t++) {
		double m = s->log_m[t][level[t]], u = s->log_u[t][level[t]];
		w->rarity[t] = 0;
		if (level[t] == LEVEL_SAME && s->rarity[t]) {
			double more = s->rarity[t][trait_of(s->traits, a, (enum trait)t)];
			w->rarity[t] = -more;
			u += more;
		}
		w->bits[t] = m - u;
		match += m;
		stranger += u;
		neighbours += model_is_of_place((enum trait)t) ? m : u;
		if (level[t] == LEVEL_SAME && s->log_kinship[t] > u - 40)
			u = log_add(u, s->log_kinship[t]);
		household += comparisons[t].household ? m : u;
	}
	w->prior = s->log_match - s->log_stranger;
	w->household = stranger - log_add(stranger, log_add(household, neighbours));
	w->weight = round((match - stranger + w->household) * 1024) / 1024;
}

double scale_weigh(const struct scale *s, uint32_t a, uint32_t b, const uint8_t level[TRAIT_COUNT])
{
	struct waterfall w;

	scale_explain(s, a, b, level, &w);
	return w.weight;
}

double scale_most(const struct scale *s, const uint8_t level[TRAIT_COUNT])
{
	double bits = s->log_match - s->log_stranger;

	/* What a shared address explains only takes away. */
	for (int t = 0; t < TRAIT_COUNT; t++) {
		bits += s->log_m[t][level[t]] - s->log_u[t][level[t]];
		bits -= level[t] == LEVEL_SAME ? s->rarest[t] : 0;
	}
	return bits + 1;
}

void scale_free(struct scale *s)
{
	for (int t = 0; t < TRAIT_COUNT; t++)
		free(s->rarity[t]);
	*s = (struct scale){0};
}
