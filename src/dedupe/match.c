#include "dedupe/match.h"

#include "dedupe/em.h"
#include "dedupe/recall.h"

#include <math.h>
#include <stdlib.h>

const struct match_options MATCH_OPTIONS_DEFAULT = {
	.on = true,
	.threshold = .95,
	.linkage = LINKAGE_AVERAGE,
	.block_cap = 100,
	.size_limit = 1000,
	.value_limit = {0, 20, 20, 20, 20},
	.review_count = 100,
};

enum { ROUNDS_MOST = 10 };

/* Pairs drawn to see how strangers compare. */
enum { SAMPLE_PAIRS = 500000 };

/* Known identities are found again by the rules there were when they came. */
static enum so1_status take_known_rules(struct match *m)
{
	const struct rules *known = &m->recall->rules;
	struct buffer now = {0}, before = {0};

	if (m->recall->known.count == 0)
		return SO1_OK;
	rules_put(&m->rules, &now);
	rules_put(known, &before);
	bool same = m->rules.count == 0 || slice_equal(buffer_slice(&now), buffer_slice(&before));
	buffer_free(&now);
	buffer_free(&before);
	if (!same) {
		error_set(&m->error, SO1_FAILED, "made with other --rules: give those, or remove it and "
			  "give all records once more");
		return error_at(&m->error, m->recall->path, 0, NULL);
	}
	m->rules = *known;
	return SO1_OK;
}

static enum so1_status read_lists(struct match *m)
{
	const struct match_options *o = m->options;
	struct so1_error *e = &m->error;

	if (o->rules_path && rules_read(&m->rules, o->rules_path, e))
		return e->status;
	if (m->recall && take_known_rules(m))
		return e->status;
	if (o->must_path && marks_read(&m->must, o->must_path, true, m->tuples, m->identity,
				       &m->unknown_marks, e))
		return e->status;
	if (o->cannot_path && marks_read(&m->cannot, o->cannot_path, false, m->tuples, m->identity,
					 &m->unknown_marks, e))
		return e->status;
	if (o->model_path && model_read(&m->model, o->model_path, e))
		return e->status;
	return SO1_OK;
}

static void find_single_sources(struct match *m)
{
	const struct strings *sources = &m->tuples->text[T_SOURCE];

	if (m->options->single_sources.count == 0)
		return;
	m->single = xcalloc(sources->count, sizeof *m->single);
	for (uint32_t s = 0; s < sources->count; s++)
		for (size_t i = 0; i < m->options->single_sources.count; i++) {
			struct slice rest = slice_of(m->options->single_sources.items[i]), name;
			while (slice_split(&rest, ',', &name))
				m->single[s] |= slice_equal(slice_trim(name), strings_get(sources, s));
		}
}

/* By number of a record: its first tuple in the order of content. */
static uint32_t *first_tuples(const struct match *m)
{
	uint32_t *first = xmalloc((m->identity->record_count + (size_t)1) * sizeof *first);

	memset(first, 0xff, (m->identity->record_count + (size_t)1) * sizeof *first);
	for (uint32_t i = 0; i < m->tuples->count; i++) {
		uint32_t *f = &first[m->identity->record[i]];
		if (*f == TUPLE_NONE || m->tuples->items[i].hash < m->tuples->items[*f].hash)
			*f = i;
	}
	return first;
}

/* Known identities of a customer that the input came near, whatever the values it brought
 * make of their weight. */
static void join_recalled(struct match *m)
{
	const struct standing *s = m->standing;
	size_t n = 0;

	for (size_t i = 0; i < m->recall->count; i++) {
		uint32_t group = s->group[m->recall->items[i].tuple];
		n = group > n ? group : n;
	}
	uint32_t *first = xmalloc((n + 1) * sizeof *first);
	memset(first, 0xff, (n + 1) * sizeof *first);
	for (size_t i = 0; i < m->recall->count; i++) {
		const struct recalled *x = &m->recall->items[i];
		uint32_t *f = &first[s->group[x->tuple]];
		if (s->settled && s->settled[x->tuple])
			continue;
		if (*f == TUPLE_NONE)
			*f = x->tuple;
		else
			clusters_unite(&m->identity->clusters, *f, x->tuple, x->layer);
	}
	free(first);
}

static void join_must_links(struct match *m)
{
	uint32_t *first = first_tuples(m);

	for (size_t i = 0; i < m->must.count; i++)
		clusters_unite(&m->identity->clusters, first[m->must.items[i].a],
			       first[m->must.items[i].b], LAYER_MODEL);
	free(first);
}

/* Pairs that could be of one person at all. */
static double possible_pairs(const struct match *m)
{
	size_t sources = m->tuples->text[T_SOURCE].count;
	double n = m->traits.count, all = n * (n - 1) / 2;
	uint32_t *of = xcalloc(sources, sizeof *of);

	for (uint32_t i = 0; m->single && i < m->traits.count; i++)
		of[m->tuples->items[m->traits.order[i]].field[T_SOURCE]]++;
	for (size_t s = 0; m->single && s < sources; s++)
		if (m->single[s])
			all -= (double)of[s] * (of[s] - 1.) / 2;
	free(of);
	return all > 1 ? all : 1;
}

static void label_patterns(struct match *m, const struct marks *marks, bool same, const uint32_t *first)
{
	struct comparer *c = comparer_new(&m->traits, &m->nicknames);

	for (size_t i = 0; i < marks->count; i++) {
		uint32_t a = first[marks->items[i].a], b = first[marks->items[i].b];
		uint8_t level[TRAIT_COUNT];
		if (m->identity->is_known[a] && m->identity->is_known[b]) {
			comparer_run(c, a, b, level);
			patterns_label(&m->pairs.patterns, pattern_of(level), same);
		}
	}
	comparer_free(c);
}

/* As the rule for it has them; another set of rules may have none. */
static struct same_address count_same_address(const struct match *m)
{
	struct same_address address = {.place = TRAIT_POSTCODE};

	for (size_t r = 0; r < m->rules.count; r++) {
		const struct rule *rule = &m->rules.items[r];
		bool postcode = rule_has(rule, TRAIT_POSTCODE);
		if (rule->parts != 2 || !rule_has(rule, TRAIT_STREET) ||
		    (!postcode && !rule_has(rule, TRAIT_CITY)) || rule->part[0].kind != PART_WHOLE ||
		    rule->part[1].kind != PART_WHOLE)
			continue;
		address.pairs = (double)m->pairs.of_rule[r].agreeing;
		address.place = postcode ? TRAIT_POSTCODE : TRAIT_CITY;
	}
	return address;
}

static void fit(struct match *m)
{
	struct same_address address = count_same_address(m);
	struct patterns sample = {0};
	uint32_t *first = first_tuples(m);

	label_patterns(m, &m->must, true, first);
	label_patterns(m, &m->cannot, false, first);
	free(first);
	patterns_sample(&sample, &m->plan, SAMPLE_PAIRS);
	m->fitted_ok = em_fit(&m->model, &m->traits, &m->rules, &m->pairs.patterns, &sample,
			      possible_pairs(m), &address, m->threads);
	patterns_free(&sample);
}

static enum so1_status write_model(struct match *m)
{
	bool have[TRAIT_COUNT];

	for (int t = 0; t < TRAIT_COUNT; t++)
		have[t] = m->traits.known[t] > 1;
	return model_write(&m->model, have, m->fitted, &m->error);
}

/* By tuple: whether its customer already has a record of every source that has nobody
 * twice. */
static uint8_t *find_taken(struct match *m)
{
	size_t n = m->tuples->count, sources = m->tuples->text[T_SOURCE].count;
	uint8_t *taken = xcalloc(n + 1, 1);
	uint32_t *seen = xcalloc(n + 1, sizeof *seen), single = 0;

	for (size_t s = 0; s < sources; s++)
		single += m->single[s];
	for (uint32_t i = 0; i < m->traits.count; i++) {
		uint32_t tuple = m->traits.order[i];
		if (m->single[m->tuples->items[tuple].field[T_SOURCE]])
			seen[clusters_find(&m->identity->clusters, tuple)]++;
	}
	for (uint32_t i = 0; i < n; i++)
		taken[i] = seen[clusters_find(&m->identity->clusters, i)] >= single;
	free(seen);
	return taken;
}

/* Where sources have nobody twice, each link taken rules others out: what is left is more
 * likely than it was. Drops the pairs that have become impossible and fits m and the
 * shares of matches and households to the rest; u stays. False when
 * nothing is left. */
static bool look_again(struct match *m)
{
	double n = m->traits.count, left = 0;
	struct patterns patterns;
	uint8_t *taken = find_taken(m);
	size_t kept = 0;

	for (uint32_t i = 0; i < m->traits.count; i++)
		left += !taken[m->traits.order[i]];
	for (size_t i = 0; i < m->pairs.count; i++)
		if (!taken[m->pairs.items[i].a] && !taken[m->pairs.items[i].b])
			m->pairs.items[kept++] = m->pairs.items[i];
	m->pairs.count = kept;
	free(taken);
	if (kept == 0 || left < 2)
		return false;
	patterns_count(&patterns, &m->pairs);
	em_again(&m->model, &m->traits, &patterns, possible_pairs(m) * (left / n) * (left / n));
	patterns_free(&patterns);
	scale_free(&m->scale);
	scale_make(&m->scale, &m->model, &m->traits);
	return true;
}

static void link_pairs(struct match *m)
{
	struct assembly a = {
		.plan = &m->plan, .scale = &m->scale, .cannot = &m->cannot, .identity = m->identity,
		.cut = probability_to_weight(m->options->threshold), .linkage = m->options->linkage,
		.size_limit = m->options->size_limit,
	};

	memcpy(a.value_limit, m->options->value_limit, sizeof a.value_limit);
	m->identity->weight = xmalloc((m->tuples->count + 1) * sizeof *m->identity->weight);
	for (size_t i = 0; i <= m->tuples->count; i++)
		m->identity->weight[i] = NAN;
	m->links = assemble(&a, &m->pairs);
	if (m->standing && !m->standing->recalled)
		standing_note(m->standing, &m->pairs, &m->echoes, &m->scale, m->identity, &m->rules);
	for (int round = 0; m->single && !m->options->model_path && round < ROUNDS_MOST; round++) {
		if (!look_again(m))
			break;
		uint64_t more = assemble(&a, &m->pairs);
		m->links += more;
		if (more == 0)
			break;
	}
}

/* Weights as they are before any pair is compared. */
static void begin_standing(struct match *m)
{
	double cut = probability_to_weight(m->options->threshold);

	scale_make(&m->scale, &m->model, &m->traits);
	m->standing->limit = cut < 0 ? cut : 0;
	standing_begin(m->standing, &m->traits, m->identity, &m->rules, &m->scale, m->threads);
	m->plan.standing = m->standing;
}

static void make_traits(struct match *m)
{
	bool *compared = xmalloc(m->tuples->count + 1);

	for (uint32_t i = 0; i < m->tuples->count; i++)
		compared[i] = m->identity->names[i] && !recall_is_idle(m->recall, i);
	traits_make(&m->traits, m->tuples, m->identity, compared, m->threads);
	free(compared);
}

void match_compare(struct match *m)
{
	m->error.status = SO1_OK;
	if (read_lists(m))
		return;
	find_single_sources(m);
	if (m->must.count)
		join_must_links(m);
	if (m->standing && m->standing->recalled)
		join_recalled(m);
	times_enter(m->times, "folding");
	make_traits(m);
	if (m->recall)
		recall_count_values(m->recall, &m->traits);
	if (m->rules.count == 0 && (!m->recall || m->recall->known.count == 0))
		rules_choose(&m->rules, &m->traits);
	/* Where a source has nobody twice, of those who say the same each is somebody else. */
	if (!m->single)
		echoes_find(&m->echoes, &m->traits, m->identity->facts.generation, &m->rules);
	m->traits.is_echo = m->echoes.is;
	m->plan = (struct pair_plan){
		.traits = &m->traits, .nicknames = &m->nicknames, .identity = m->identity,
		.single = m->single, .rules = &m->rules, .echoes = &m->echoes, .cap = (uint32_t)m->options->block_cap,
		.threads = m->threads,
	};
	times_enter(m->times, "comparing");
	if (m->standing)
		begin_standing(m);
	clusters_flatten(&m->identity->clusters);
	candidates_make(&m->pairs, &m->plan);
	times_enter(m->times, "fitting");
	m->fitted_ok = true;
	if (!m->options->model_path)
		fit(m);
	if (m->fitted && write_model(m))
		return;
	if (!m->standing)
		scale_make(&m->scale, &m->model, &m->traits);
	m->ran = true;
}

size_t match_reach(struct match *m, bool *reached)
{
	uint32_t *first = first_tuples(m);
	size_t n = standing_reach(m->standing, &m->pairs, &m->scale, m->identity, &m->must, first,
				  reached);

	free(first);
	m->relinked = n > 0;
	return n;
}

/* Pairs that the keys have joined since they were compared. */
static void drop_joined(struct match *m)
{
	struct clusters *c = &m->identity->clusters;
	size_t kept = 0;

	for (size_t i = 0; i < m->pairs.count; i++) {
		struct pair p = m->pairs.items[i];
		if (clusters_find(c, p.a) != clusters_find(c, p.b))
			m->pairs.items[kept++] = p;
	}
	m->pairs.count = kept;
}

void match_link(struct match *m)
{
	times_enter(m->times, "clustering");
	if (m->relinked) {
		join_must_links(m);
		if (m->standing->recalled)
			join_recalled(m);
		drop_joined(m);
	}
	if (m->review && review_write(m, &m->error))
		return;
	link_pairs(m);
}

void match_notes(const struct match *m, struct buffer *b)
{
	if (!m->ran || m->pairs.compared == 0)
		return;
	if (m->links)
		buffer_printf(b, "pairs compared: %llu, links by probability: %llu\n",
			      (unsigned long long)m->pairs.compared, (unsigned long long)m->links);
	for (size_t r = 0; r < m->rules.count; r++) {
		if (m->pairs.of_rule[r].oversize == 0)
			continue;
		buffer_put_text(b, "rule '");
		rule_put(&m->rules.items[r], b);
		buffer_printf(b, "': %llu blocks of more than %llu records were split by further columns, "
			      "%llu records left out\n",
			      (unsigned long long)m->pairs.of_rule[r].oversize,
			      (unsigned long long)m->pairs.of_rule[r].cap,
			      (unsigned long long)m->pairs.of_rule[r].left_out);
	}
	if (!m->fitted_ok && m->links)
		buffer_put_text(b, "too few likely pairs to learn from: the built-in priors decide\n");
	if (m->unknown_marks)
		buffer_printf(b, "marked pairs of records that are not in the input: %llu\n",
			      (unsigned long long)m->unknown_marks);
}

void match_free(struct match *m)
{
	traits_free(&m->traits);
	echoes_free(&m->echoes);
	nicknames_free(&m->nicknames);
	candidates_free(&m->pairs);
	scale_free(&m->scale);
	marks_free(&m->must);
	marks_free(&m->cannot);
	free(m->single);
}

const char *match_refusal_text(int reason)
{
	switch (reason) {
	case REFUSED_CONTRADICTS: return "together they would be two people";
	case REFUSED_PARTED: return "records that may not meet";
	case REFUSED_SIZE: return "too many records in one customer";
	case REFUSED_VALUES: return "too many values of an identifier in one customer";
	case REFUSED_TWINS: return "twins, as likely as one person";
	case REFUSED_RIVAL: return "as likely another customer's";
	case REFUSED_AVERAGE: return "the records do not go together on the whole";
	default: return NULL;
	}
}
