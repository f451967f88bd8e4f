#include "dedupe/recall_search.h"

#include "base/threads.h"
#include "dedupe/known_keys.h"
#include "dedupe/recall_meet.h"

#include <stdlib.h>

/* Traits that are agreed on where many share what a rule looks at: what blocks that are too
 * large are split by is one more than most rules have. */
enum { TRAITS_LEAST = 3 };

/* Of the input's tuples that share what a rule looks at so many are told apart. */
enum { SEEKERS_MOST = 64 };

/* From this share of the known identities on nearly all have to do with the input, and searching
 * costs more than it spares. */
enum { SEEKING_MOST = 12 };

enum { PIECE = 16384 };

/* What somebody of the input is looked for by. */
struct slot {
	uint64_t key;    /* column and key; 0: free */
	uint32_t seeker; /* the last of the chain, + 1 */
	uint32_t seekers;
	uint32_t found;  /* items with this key */
	uint32_t taken;  /* of these, for identifiers */
};

struct seeker {
	uint32_t tuple, before; /* + 1 */
};

struct hit {
	uint32_t item, slot;
};

/* An item that some rule would compare with the input: how few share what the rule looks at. */
struct chance {
	uint32_t item, sharers;
};

struct piece {
	struct hit *hits;
	size_t count, cap;
	struct chance *chances;
	size_t chance_count, chance_cap;
};

struct search {
	const struct known *known;
	const struct rules *rules;
	const struct tuples *t;
	struct known_plan plan;
	struct slot *slots;
	size_t mask, seeker_count;
	size_t unseen, seeking; /* tuples; of these, those that say more than which device */
	struct seeker *seekers;
	uint64_t *maybe;  /* a bit for many keys: most items have none that is looked for */
	size_t maybe_mask;
	struct piece *pieces;
	size_t piece_count;
	uint32_t *keys;   /* by tuple of the input, plan.columns each */
	bool *wanted;     /* by item: compared with the input */
	bool *whole, *met; /* as in recall_found */
	bool *seen;       /* by tuple of the input: it is an item */
	bool *is_seen;    /* by item: it is a tuple of the input */
	const uint32_t *marked;
	size_t marked_count;
};

/* That of the key, or the free one for it. */
static struct slot *find_slot(const struct search *s, uint64_t key)
{
	size_t i = recall_spread(key) >> 20 & s->mask;

	while (s->slots[i].key != 0 && s->slots[i].key != key)
		i = (i + 1) & s->mask;
	return &s->slots[i];
}

static void seek(struct search *s, uint64_t key, uint32_t tuple)
{
	struct slot *slot = find_slot(s, key);
	size_t bit = recall_spread(key) >> 32 & s->maybe_mask;

	s->maybe[bit / 64] |= UINT64_C(1) << bit % 64;
	slot->key = key;
	s->seekers[s->seeker_count] = (struct seeker){tuple, slot->seeker};
	slot->seeker = (uint32_t)++s->seeker_count;
	slot->seekers++;
}

static void seek_for_tuple(struct search *s, uint32_t tuple, struct buffer text[TRAIT_COUNT])
{
	uint32_t *keys = s->keys + (size_t)tuple * s->plan.columns;
	struct slice fields[IDENTITY_FIELDS], folded[TRAIT_COUNT];

	for (int f = 0; f < IDENTITY_FIELDS; f++)
		fields[f] = tuple_text(s->t, tuple, f);
	for (int c = 0; c < TRAIT_COUNT; c++) {
		buffer_clear(&text[c]);
		trait_fold((enum trait)c, fields[trait_field[c]], &text[c]);
		folded[c] = buffer_slice(&text[c]);
	}
	known_keys_put(&s->plan, fields, folded, keys);
	for (size_t c = 0; c < s->plan.columns; c++)
		if (keys[c])
			seek(s, recall_key(c, keys[c]), tuple);
}

/* What came before, unchanged. Returns how many. */
static size_t find_seen(struct search *s)
{
	enum { FAR = 24, NEAR = 12 };
	const struct known *k = s->known;
	size_t n = 0;

	for (size_t i = 0; i < k->count; i++) {
		if (i + FAR < k->count)
			tuples_expect(s->t, (struct tuple_key){k->items[i + FAR].hash, k->items[i + FAR].tag}, 0);
		if (i + NEAR < k->count)
			tuples_expect(s->t, (struct tuple_key){k->items[i + NEAR].hash, k->items[i + NEAR].tag}, 1);
		uint32_t tuple = tuples_find(s->t, (struct tuple_key){k->items[i].hash, k->items[i].tag});
		if (tuple == TUPLE_NONE)
			continue;
		s->is_seen[i] = s->seen[tuple] = true;
		n++;
	}
	return n;
}

/* A visit is looked for by its device alone, of which many are nobody's. */
static size_t count_seeking(const struct search *s)
{
	const struct tuples *t = s->t;
	size_t n = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		bool says = false;
		for (int f = T_SOURCE_ID; f <= T_POSTCODE && !s->seen[i]; f++)
			says |= f != T_DEVICE_ID && tuple_has(t, i, f);
		n += says;
	}
	return n;
}

/* What the other tuples of the input are looked for by. */
static void begin_search(struct search *s)
{
	struct buffer text[TRAIT_COUNT] = {{0}};

	known_plan_make(&s->plan, s->rules);
	size_t columns = s->plan.columns, n = s->unseen * columns;

	s->keys = xcalloc(s->t->count * columns + 1, sizeof *s->keys);
	for (s->mask = 1023; s->mask < n + n / 2; s->mask = s->mask * 2 + 1)
		;
	s->maybe_mask = s->mask * 8 + 7;
	s->slots = xcalloc(s->mask + 1, sizeof *s->slots);
	s->maybe = xcalloc((s->maybe_mask + 1) / 64, sizeof *s->maybe);
	s->seekers = xmalloc((n + 1) * sizeof *s->seekers);
	for (uint32_t i = 0; i < s->t->count; i++)
		if (!s->seen[i])
			seek_for_tuple(s, i, text);
	for (int c = 0; c < TRAIT_COUNT; c++)
		buffer_free(&text[c]);
}

static void look_at_items(void *context, size_t begin, size_t end, int thread)
{
	const struct search *s = context;
	const struct known *k = s->known;
	struct piece *p = &s->pieces[begin / PIECE];

	(void)thread;
	for (size_t i = begin; i < end; i++) {
		const uint32_t *keys = known_keys_of(k, i);
		for (size_t c = 0; c < s->plan.columns; c++) {
			uint64_t key = recall_key(c, keys[c]);
			size_t bit = recall_spread(key) >> 32 & s->maybe_mask;
			if (!(s->maybe[bit / 64] >> bit % 64 & 1) || (uint32_t)key == 0)
				continue;
			const struct slot *slot = find_slot(s, key);
			if (slot->key == 0)
				continue;
			GROW(p->hits, p->cap, p->count + 1);
			p->hits[p->count++] = (struct hit){(uint32_t)i, (uint32_t)(slot - s->slots)};
		}
	}
}

static void count_found(struct search *s)
{
	for (size_t p = 0; p < s->piece_count; p++)
		for (size_t i = 0; i < s->pieces[p].count; i++)
			s->slots[s->pieces[p].hits[i].slot].found++;
}

/* Whether identifiers alone make the item one to look at. */
static bool shares_identifier(struct search *s, const struct hit *hits, size_t n)
{
	bool shares = false;

	for (size_t i = 0; i < n; i++) {
		struct slot *slot = &s->slots[hits[i].slot];
		if (slot->key >> 32 < KEY_FIXED)
			shares |= slot->taken++ < SHARERS_MOST;
	}
	return shares;
}

/* 0 for an identifier. */
static uint32_t chain_traits(const struct search *s, const struct hit *hit)
{
	return s->plan.traits[s->slots[hit->slot].key >> 32];
}

static bool is_enough(uint32_t traits)
{
	int n = 0;

	for (; traits && n < TRAITS_LEAST; traits &= traits - 1)
		n++;
	return n == TRAITS_LEAST;
}

/* Whether a tuple of the input agrees with the item on enough traits. */
static bool tuple_agrees(const struct search *s, uint32_t tuple, uint32_t item)
{
	const uint32_t *x = s->keys + (size_t)tuple * s->plan.columns;
	const uint32_t *y = known_keys_of(s->known, item);
	uint32_t traits = 0;

	for (size_t c = KEY_FIXED; c < s->plan.columns; c++)
		traits |= x[c] && x[c] == y[c] ? s->plan.traits[c] : 0;
	return is_enough(traits);
}

static bool chain_agrees(const struct search *s, const struct hit *hit)
{
	uint32_t next = s->slots[hit->slot].seeker;

	for (int k = 0; next && k < SEEKERS_MOST; k++, next = s->seekers[next - 1].before)
		if (tuple_agrees(s, s->seekers[next - 1].tuple, hit->item))
			return true;
	return false;
}

/* Chains that need not be gone through, the longest first: all that they look at together is too
 * few traits, so that who agrees on enough is in another one, too. Identifiers are none. */
static void skip_chains(const struct search *s, const struct hit *hits, size_t n, bool *skip)
{
	uint32_t traits = 0;

	for (size_t i = 0; i < n; i++)
		skip[i] = chain_traits(s, &hits[i]) == 0;
	for (;;) {
		size_t longest = n;
		for (size_t i = 0; i < n; i++)
			if (!skip[i] && !is_enough(traits | chain_traits(s, &hits[i])) &&
			    (longest == n || s->slots[hits[i].slot].seekers > s->slots[hits[longest].slot].seekers))
				longest = i;
		if (longest == n)
			return;
		skip[longest] = true;
		traits |= chain_traits(s, &hits[longest]);
	}
}

/* Whether some tuple agrees with the item on enough traits, perhaps by one rule. */
static bool agrees(const struct search *s, const struct hit *hits, size_t n)
{
	bool skip[KEY_FIXED + RULES_MOST];

	for (size_t i = 0; i < n; i++)
		if (is_enough(chain_traits(s, &hits[i])))
			return true;
	skip_chains(s, hits, n, skip);
	for (size_t i = 0; i < n; i++)
		if (!skip[i] && chain_agrees(s, &hits[i]))
			return true;
	return false;
}

/* The fewest that share what one rule looks at, 0 where no rule does. */
static uint32_t fewest_sharers(const struct search *s, const struct hit *hits, size_t n)
{
	uint32_t fewest = 0;

	for (size_t i = 0; i < n; i++) {
		const struct slot *slot = &s->slots[hits[i].slot];
		if (slot->key >> 32 >= KEY_FIXED && (fewest == 0 || slot->found < fewest))
			fewest = slot->found;
	}
	return fewest;
}

/* Calls judge for the hits of each item of a piece. */
static void each_item(struct piece *p, struct search *s,
		      void (*judge)(struct search *s, struct piece *p, const struct hit *hits, size_t n))
{
	for (size_t i = 0, end; i < p->count; i = end) {
		for (end = i; end < p->count && p->hits[end].item == p->hits[i].item; end++)
			;
		judge(s, p, p->hits + i, end - i);
	}
}

static void judge_identifiers(struct search *s, struct piece *p, const struct hit *hits, size_t n)
{
	(void)p;
	if (shares_identifier(s, hits, n))
		s->wanted[hits[0].item] = true;
}

static void judge_traits(struct search *s, struct piece *p, const struct hit *hits, size_t n)
{
	uint32_t item = hits[0].item, sharers;

	if (s->wanted[item])
		return;
	if (agrees(s, hits, n)) {
		s->wanted[item] = true;
	} else if ((sharers = fewest_sharers(s, hits, n)) > 0) {
		GROW(p->chances, p->chance_cap, p->chance_count + 1);
		p->chances[p->chance_count++] = (struct chance){item, sharers};
	}
}

static void judge_pieces(void *context, size_t begin, size_t end, int thread)
{
	struct search *s = context;

	(void)thread;
	for (size_t p = begin; p < end; p++)
		each_item(&s->pieces[p], s, judge_traits);
}

/* Identifiers in the order of the file, of which the first thousand count; the rest as it comes. */
static void judge_items(struct search *s, int threads)
{
	for (size_t p = 0; p < s->piece_count; p++)
		each_item(&s->pieces[p], s, judge_identifiers);
	threads_for(s->piece_count, 1, threads, judge_pieces, s);
}

/* Where few share what a rule looks at all are wanted: the more, the fewer tuples there are. */
static void take_chances(struct search *s)
{
	static const uint32_t steps[] = {100, 50, 20, 10, 5, 2};
	enum { STEPS = sizeof steps / sizeof *steps, PER_TUPLE = 4, ANY_WAY = 10000 };
	size_t counts[STEPS] = {0}, step = 0;

	for (size_t p = 0; p < s->piece_count; p++)
		for (size_t i = 0; i < s->pieces[p].chance_count; i++)
			for (size_t k = 0; k < STEPS; k++)
				counts[k] += s->pieces[p].chances[i].sharers <= steps[k];
	while (step + 1 < STEPS && counts[step] > s->seeking * PER_TUPLE + ANY_WAY)
		step++;
	for (size_t p = 0; p < s->piece_count; p++)
		for (size_t i = 0; i < s->pieces[p].chance_count; i++)
			if (s->pieces[p].chances[i].sharers <= steps[step])
				s->wanted[s->pieces[p].chances[i].item] = true;
}

static int compare_keys(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

static bool is_marked(const struct search *s, size_t item)
{
	const uint32_t *key = known_keys_of(s->known, item) + KEY_RECORD;

	return s->marked_count && *key && bsearch(key, s->marked, s->marked_count, sizeof *key, compare_keys);
}

/* What else is known of the customers that the input may have to do with. */
static void meet(struct search *s, int threads)
{
	const struct known *k = s->known;

	for (size_t i = 0; i < k->count; i++)
		s->met[i] = s->wanted[i] || s->is_seen[i] || is_marked(s, i);
	recall_meet_customers(k, s->met, NULL, threads);
	memcpy(s->whole, s->met, k->count);
	recall_meet_sharers(k, s->met, NULL, threads);
}

static void search(struct search *s, int threads)
{
	size_t items = s->known->count;

	begin_search(s);
	s->piece_count = (items + PIECE - 1) / PIECE;
	s->pieces = xcalloc(s->piece_count, sizeof *s->pieces);
	threads_for(items, PIECE, threads, look_at_items, s);
	count_found(s);
	judge_items(s, threads);
	take_chances(s);
	recall_meet_customers(s->known, s->wanted, NULL, threads);
	for (size_t p = 0; p < s->piece_count; p++) {
		free(s->pieces[p].hits);
		free(s->pieces[p].chances);
	}
	free(s->pieces);
	free(s->slots);
	free(s->seekers);
	free(s->maybe);
	free(s->keys);
}

void recall_search(struct recall_found *f, const struct known *k, const struct rules *rules,
		   const struct tuples *t, const uint32_t *marked, size_t marked_count, int threads)
{
	struct search s = {
		.known = k, .rules = rules, .t = t, .marked = marked, .marked_count = marked_count,
	};

	s.wanted = f->near = xcalloc(k->count + 1, sizeof *f->near);
	s.is_seen = f->seen = xcalloc(k->count + 1, sizeof *f->seen);
	s.whole = f->whole = xcalloc(k->count + 1, sizeof *f->whole);
	s.met = f->met = xcalloc(k->count + 1, sizeof *f->met);
	s.seen = xcalloc(t->count + 1, sizeof *s.seen);
	s.unseen = t->count - find_seen(&s);
	s.seeking = count_seeking(&s);
	if (s.seeking > k->count / SEEKING_MOST)
		memset(s.wanted, true, k->count);
	else
		search(&s, threads);
	meet(&s, threads);
	free(s.seen);
}

void recall_found_free(struct recall_found *f)
{
	free(f->near);
	free(f->seen);
	free(f->whole);
	free(f->met);
}
