#include "dedupe/em.h"

#include "base/threads.h"

#include <math.h>
#include <stdlib.h>

/* However many records agree on nothing: one agreement is never worth more than 30 bits. */
#define U_LEAST 1e-9

enum { ROUNDS_MOST = 200, PASSES = 4, UNION = 10, AGAIN = 2 };

typedef double table[TRAIT_COUNT][COMPARE_LEVELS_MOST];

static void clear(table x)
{
	for (int t = 0; t < TRAIT_COUNT; t++)
		for (int l = 0; l < COMPARE_LEVELS_MOST; l++)
			x[t][l] = 0;
}

/* m of each level from expected numbers of matches and the priors. */
static double spread(const table found, const bool use[TRAIT_COUNT], table m)
{
	double change = 0;

	for (int t = 0; t < TRAIT_COUNT; t++) {
		double sum = EM_PRIOR_MATCHES;
		if (!use[t])
			continue;
		for (int l = 1; l <= comparisons[t].levels; l++)
			sum += found[t][l];
		for (int l = 1; l <= comparisons[t].levels; l++) {
			double next = (found[t][l] + EM_PRIOR_MATCHES * comparisons[t].prior[l]) / sum;
			change = fmax(change, fabs(next - m[t][l]));
			m[t][l] = next;
		}
	}
	return change;
}

/* The levels of each pattern, TRAIT_COUNT side by side; the caller frees them. */
static uint8_t *levels_of(const struct patterns *patterns)
{
	uint8_t *levels = xmalloc((patterns->count + 1) * TRAIT_COUNT);

	for (size_t i = 0; i < patterns->count; i++)
		pattern_levels(patterns->items[i].pattern, levels + i * TRAIT_COUNT);
	return levels;
}

/* What each level multiplies the odds of a match by. */
static void make_ratios(table m, const struct model *start, const bool use[TRAIT_COUNT], table ratio)
{
	for (int t = 0; t < TRAIT_COUNT; t++)
		for (int l = 0; l <= comparisons[t].levels; l++)
			ratio[t][l] = use[t] ? m[t][l] / start->u[t][l] : 1;
}

static bool are_namesakes(const uint8_t level[TRAIT_COUNT])
{
	return level[TRAIT_FIRST] == LEVEL_SAME && level[TRAIT_LAST] == LEVEL_SAME;
}

double em_session(const struct patterns *patterns, const bool use[TRAIT_COUNT],
		  const struct model *start, double share, table found)
{
	uint8_t *levels = levels_of(patterns);
	table m, now, ratio;
	double change = 1;
	bool both_names = use[TRAIT_FIRST] && use[TRAIT_LAST];

	for (int t = 0; t < TRAIT_COUNT; t++)
		for (int l = 0; l < COMPARE_LEVELS_MOST; l++)
			m[t][l] = start->m[t][l];
	clear(now);
	for (int round = 0; round < ROUNDS_MOST && change > 1e-6; round++) {
		double matches = 0, all = 0;
		clear(now);
		make_ratios(m, start, use, ratio);
		for (size_t i = 0; i < patterns->count; i++) {
			const uint8_t *level = levels + i * TRAIT_COUNT;
			double odds = share / (1 - share), n = (double)patterns->items[i].count;
			for (int t = 0; t < TRAIT_COUNT; t++)
				odds *= ratio[t][level[t]];
			if (both_names && are_namesakes(level))
				odds /= start->names_together;
			double p = odds < 1e300 ? odds / (1 + odds) : 1, same = patterns->items[i].same;
			matches += n * p + same;
			all += n + same;
			for (int t = 0; t < TRAIT_COUNT; t++)
				if (use[t] && level[t] != LEVEL_UNKNOWN)
					now[t][level[t]] += n * p + same;
		}
		double next = all > 0 ? (matches + .01) / (all + 1) : share;
		change = fmax(spread(now, use, m), fabs(next - share));
		share = next;
	}
	for (int t = 0; t < TRAIT_COUNT; t++)
		for (int l = 1; use[t] && l <= comparisons[t].levels; l++)
			found[t][l] += now[t][l];
	free(levels);
	return share;
}

/* Whether a pair with these levels agrees on all that the rule asks for. */
static bool follows(const struct rule *rule, const uint8_t level[TRAIT_COUNT])
{
	for (size_t p = 0; p < rule->parts; p++) {
		const struct rule_part *part = &rule->part[p];
		int l = level[part->trait];
		if (part->kind == PART_NAME) {
			if (l != FIRST_REVERSED && (l != LEVEL_SAME || level[TRAIT_LAST] != LEVEL_SAME))
				return false;
		} else if (part->trait == TRAIT_FIRST && l == FIRST_SHORT_FORM) {
			continue; /* rules go by the first word */
		} else if (part->kind == PART_WHOLE ? l != LEVEL_SAME
						    : l == LEVEL_UNKNOWN || l == comparisons[part->trait].levels) {
			return false;
		}
	}
	return true;
}

/* Which traits a session for the rule may learn. */
static void choose_traits(const struct rule *rule, const struct traits *t, bool use[TRAIT_COUNT])
{
	bool personal = false;

	for (int c = 0; c < TRAIT_COUNT; c++)
		personal |= rule_has(rule, (enum trait)c) && !comparisons[c].household;
	for (int c = 0; c < TRAIT_COUNT; c++)
		use[c] = t->known[c] > 0 && !rule_has(rule, (enum trait)c) &&
			 (personal || !comparisons[c].household);
	/* Places say the same twice. */
	if (rule_has(rule, TRAIT_POSTCODE) || rule_has(rule, TRAIT_CITY))
		use[TRAIT_POSTCODE] = use[TRAIT_CITY] = false;
}

/* One session for each rule; they know nothing of each other. */
struct sessions {
	const struct model *model;
	const struct traits *traits;
	const struct rules *rules;
	const struct patterns *candidates;
	table *found; /* by rule */
};

static void run_sessions(void *context, size_t begin, size_t end, int thread)
{
	struct sessions *s = context;
	struct patterns chosen = {xmalloc((s->candidates->count + 1) * sizeof *chosen.items), 0};

	(void)thread;
	for (size_t r = begin; r < end; r++) {
		bool use[TRAIT_COUNT];
		chosen.count = 0;
		for (size_t i = 0; i < s->candidates->count; i++) {
			uint8_t level[TRAIT_COUNT];
			pattern_levels(s->candidates->items[i].pattern, level);
			if (follows(&s->rules->items[r], level))
				chosen.items[chosen.count++] = s->candidates->items[i];
		}
		choose_traits(&s->rules->items[r], s->traits, use);
		clear(s->found[r]);
		em_session(&chosen, use, s->model, .1, s->found[r]);
	}
	patterns_free(&chosen);
}

static double learn_m(struct model *model, const struct traits *t, const struct rules *rules,
		      const struct patterns *candidates, int threads)
{
	struct sessions s = {model, t, rules, candidates,
			     xmalloc((rules->count + 1) * sizeof *s.found)};
	bool all[TRAIT_COUNT];
	table found;
	double matches = 0;

	clear(found);
	threads_for(rules->count, 1, threads, run_sessions, &s);
	/* In the order of the rules, whichever was done first. */
	for (size_t r = 0; r < rules->count; r++)
		for (int c = 0; c < TRAIT_COUNT; c++)
			for (int l = 1; l <= comparisons[c].levels; l++)
				found[c][l] += s.found[r][c][l];
	for (int c = 0; c < TRAIT_COUNT; c++) {
		all[c] = true;
		for (int l = 1; l <= comparisons[c].levels; l++)
			matches += found[c][l];
	}
	spread(found, all, model->m);
	free(s.found);
	return matches;
}

/* How often each level comes up between any two records, matches included, and what is the
 * least that so many records can say of it. */
struct rates {
	table rate;
	double least_same[TRAIT_COUNT], least[TRAIT_COUNT];
};

static void count_levels(const struct traits *t, const struct patterns *sample, struct rates *r)
{
	table n;

	clear(n);
	for (size_t i = 0; i < sample->count; i++) {
		uint8_t level[TRAIT_COUNT];
		pattern_levels(sample->items[i].pattern, level);
		for (int c = 0; c < TRAIT_COUNT; c++)
			n[c][level[c]] += (double)sample->items[i].count;
	}
	for (int c = 0; c < TRAIT_COUNT; c++) {
		double known = (double)t->known[c], pairs = known * (known - 1) / 2;
		double same = EM_PRIOR_PAIRS * comparisons[c].stranger, others = 0;
		int levels = comparisons[c].levels;
		for (uint32_t v = 1; v < t->text[c].count; v++)
			same += (double)t->uses[c][v] * ((double)t->uses[c][v] - 1) / 2;
		r->rate[c][LEVEL_SAME] = same / (pairs + EM_PRIOR_PAIRS);
		for (int l = LEVEL_SAME + 1; l <= levels; l++)
			others += n[c][l] += l == levels ? EM_PRIOR_PAIRS : .5;
		for (int l = LEVEL_SAME + 1; l <= levels; l++)
			r->rate[c][l] = (1 - r->rate[c][LEVEL_SAME]) * n[c][l] / others;
		r->least[c] = .5 / (others + n[c][LEVEL_SAME]);
		r->least_same[c] = fmax(EM_PRIOR_PAIRS * comparisons[c].stranger /
					(pairs + EM_PRIOR_PAIRS), U_LEAST);
	}
}

/* What is left of the rates once the matches among the pairs are taken out. The rest of
 * two nearly equal numbers is not to be trusted far: at least a fiftieth stays. */
static void learn_u(struct model *model, const struct rates *r)
{
	for (int t = 0; t < TRAIT_COUNT; t++) {
		double sum = 0;
		for (int l = 1; l <= comparisons[t].levels; l++) {
			double rate = r->rate[t][l];
			double rest = (rate - model->match * model->m[t][l]) / (1 - model->match);
			double least = l == LEVEL_SAME ? r->least_same[t] : r->least[t];
			model->u[t][l] = fmax(fmax(rest, rate / 50), least);
			sum += model->u[t][l];
		}
		for (int l = 1; l <= comparisons[t].levels; l++)
			model->u[t][l] /= sum;
	}
}

/* The share of pairs that are neighbours by what is known of addresses. */
static double count_neighbours(const struct model *model, const struct same_address *address,
			       double all_pairs)
{
	double street = model->m[TRAIT_STREET][LEVEL_SAME], place = model->m[address->place][LEVEL_SAME];
	/* Errors come together, so that more of the matches may agree on both than one by one; and
	 * twice as many, or in small files doubtful matches would make neighbours of each other. */
	double rest = address->pairs / (all_pairs + EM_PRIOR_PAIRS) -
		      2 * (model->match + model->household) * fmin(street, place);

	return rest > 0 ? rest / (street * place) : 0;
}

/* τ, from the share of pairs that have both names in common: what matches leave of them, twice
 * over as in count_neighbours, held against chance. */
static double learn_together(const struct model *model, double namesakes)
{
	enum { TOGETHER_MOST = 64 };
	double first = model->m[TRAIT_FIRST][LEVEL_SAME], last = model->m[TRAIT_LAST][LEVEL_SAME];
	double rest = namesakes - 2 * (model->match + model->household) * fmin(first, last);
	double chance = model->u[TRAIT_FIRST][LEVEL_SAME] * model->u[TRAIT_LAST][LEVEL_SAME];

	return fmin(fmax(rest / chance, 1), TOGETHER_MOST);
}

static int compare_names(const void *x, const void *y)
{
	const uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* The share of pairs that have both names in common, of records chosen by a hash. */
static double count_namesakes(const struct traits *t)
{
	enum { RECORDS_MOST = 1 << 18 };
	uint32_t records = t->count < RECORDS_MOST ? t->count : RECORDS_MOST;
	uint64_t *names = xmalloc((records + (size_t)1) * sizeof *names);
	double pairs = 0, all = records * (records - 1.) / 2;
	size_t n = 0;

	for (uint32_t i = 0; i < records; i++) {
		uint64_t first = trait_of(t, t->order[i], TRAIT_FIRST);
		uint64_t last = trait_of(t, t->order[i], TRAIT_LAST);
		if (first && last)
			names[n++] = first << 32 | last;
	}
	if (n > 1)
		qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && names[end] == names[i]; end++)
			;
		pairs += (double)(end - i) * ((double)(end - i) - 1) / 2;
	}
	free(names);
	return pairs / (all + EM_PRIOR_PAIRS);
}

static double learn_shares(struct model *model, const struct traits *t,
			   const struct patterns *candidates, double all_pairs,
			   const struct same_address *address, double namesakes, table found)
{
	bool household = t->known[TRAIT_STREET] > 1 && t->known[TRAIT_LAST] > 1;
	double match = .5 * t->count / all_pairs, live_together = household ? match : 0;
	double neighbours = live_together;
	uint8_t *levels = levels_of(candidates);

	for (int round = 0; round < ROUNDS_MOST; round++) {
		double matches = 0, together = 0, near = 0;
		clear(found);
		for (size_t i = 0; i < candidates->count; i++) {
			const uint8_t *level = levels + i * TRAIT_COUNT;
			double m = match, u = 1 - match - live_together - neighbours, h = live_together;
			double place = neighbours;
			double n = (double)candidates->items[i].count;
			for (int c = 0; c < TRAIT_COUNT; c++) {
				m *= model->m[c][level[c]];
				u *= model->u[c][level[c]];
				h *= comparisons[c].household
					? model->m[c][level[c]]
					: model->u[c][level[c]] + model_kinship(c, level[c]);
				place *= model_is_of_place((enum trait)c) ? model->m[c][level[c]]
									  : model->u[c][level[c]];
			}
			if (are_namesakes(level)) {
				u *= model->names_together;
				place *= model->names_together;
			}
			double all = m + u + h + place, p = m / all, same = candidates->items[i].same;
			matches += n * p + same;
			for (int c = 0; c < TRAIT_COUNT; c++)
				if (level[c] != LEVEL_UNKNOWN)
					found[c][level[c]] += n * p + same;
			together += n * h / all;
			near += n * place / all;
		}
		double next = fmin((matches + .5) / (all_pairs + EM_PRIOR_PAIRS), .5);
		double change = fabs(next - match) / match;
		match = next;
		live_together = household ? fmin((together + .5) / (all_pairs + EM_PRIOR_PAIRS), .25) : 0;
		model->match = match;
		model->household = live_together;
		model->names_together = learn_together(model, namesakes);
		neighbours = near / (all_pairs + EM_PRIOR_PAIRS);
		neighbours = fmax(neighbours, count_neighbours(model, address, all_pairs));
		neighbours = household ? fmin(neighbours, .2) : 0;
		if (change < 1e-6)
			break;
	}
	free(levels);
	model->neighbours = neighbours;
	return match * all_pairs;
}

void em_again(struct model *model, const struct traits *t, const struct patterns *candidates,
	      double all_pairs)
{
	static const struct same_address not_counted = {.place = TRAIT_POSTCODE};
	table found;
	bool all[TRAIT_COUNT];

	memset(all, 1, sizeof all);
	for (int round = 0; round < AGAIN; round++) {
		learn_shares(model, t, candidates, all_pairs, &not_counted, 0, found);
		spread(found, all, model->m);
	}
	learn_shares(model, t, candidates, all_pairs, &not_counted, 0, found);
}

bool em_fit(struct model *model, const struct traits *t, const struct rules *rules,
	    const struct patterns *candidates, const struct patterns *sample, double all_pairs,
	    const struct same_address *address, int threads)
{
	double matches = 0, namesakes = count_namesakes(t);
	struct rates rates;
	table found;
	bool all[TRAIT_COUNT];

	memset(all, 1, sizeof all);

	model_default(model);
	count_levels(t, sample, &rates);
	model->match = 0;
	for (int pass = 0; pass < PASSES; pass++) {
		learn_u(model, &rates);
		matches = learn_m(model, t, rules, candidates, threads);
		matches = learn_shares(model, t, candidates, all_pairs, address, namesakes, found);
		model->records_per_person = 1 + 2 * matches / t->count;
	}
	for (int round = 0; round < UNION; round++) {
		spread(found, all, model->m);
		learn_u(model, &rates);
		matches = learn_shares(model, t, candidates, all_pairs, address, namesakes, found);
		model->records_per_person = 1 + 2 * matches / t->count;
	}
	return matches >= EM_PRIOR_MATCHES;
}
