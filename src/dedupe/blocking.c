#include "dedupe/blocking.h"

#include "base/prefetch.h"

#include <stdlib.h>
#include <xxhash.h>

/* The low 44 bits of a key: in ten million records three pairs of keys that differ fall
 * together, which costs three needless comparisons. */
struct entry {
	uint32_t low, high, tuple;
};

static const uint64_t KEY_BITS = (UINT64_C(1) << 44) - 1;

static uint64_t key_of(const struct entry *e)
{
	return (uint64_t)e->high << 32 | e->low;
}

static struct entry entry_of(uint64_t key, uint32_t tuple)
{
	return (struct entry){(uint32_t)key, (uint32_t)((key & KEY_BITS) >> 32), tuple};
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2)));

	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* Of the text, not of the id, which depends on the order of the input. */
static uint64_t part_hash(const struct rule_part *p, struct slice s)
{
	if (s.len == 0)
		return 0;
	/* "Anna Maria" and "Anna" are compared; an initial alone blocks nothing. */
	if (p->trait == TRAIT_FIRST && p->kind != PART_PREFIX) {
		s.len = slice_find_byte(s, ' ');
		if (s.len < 2)
			return 0;
	}
	if (p->kind == PART_LOCAL)
		s.len = slice_find_byte(s, '@');
	if (p->kind == PART_HOUSE) {
		size_t bar = slice_find_byte(s, '|');
		s = slice_make(s.ptr + bar + 1, s.len - bar - 1);
	}
	if (p->kind == PART_PREFIX) {
		size_t n = 0, characters = 0;
		while (n < s.len && ((s.ptr[n] & 0xc0) == 0x80 || characters++ < p->length))
			n++;
		s.len = n;
	}
	return s.len ? slice_hash(s, 0) : 0;
}

bool rule_applies(const struct rule *rule, const struct traits *t, uint32_t tuple)
{
	for (size_t p = 0; p < rule->parts; p++) {
		enum trait trait = (enum trait)rule->part[p].trait;
		if (part_hash(&rule->part[p], trait_text(t, trait, trait_of(t, tuple, trait))) == 0 ||
		    (rule->part[p].kind == PART_NAME && trait_of(t, tuple, TRAIT_LAST) == 0))
			return false;
	}
	return true;
}

static const struct rule_part surname = {PART_WHOLE, TRAIT_LAST, 0};

uint64_t rule_key(const struct rule *rule, const struct slice folded[TRAIT_COUNT])
{
	uint64_t key = 0;

	for (size_t p = 0; p < rule->parts; p++) {
		uint64_t h = part_hash(&rule->part[p], folded[rule->part[p].trait]), g = 0;
		if (h != 0 && rule->part[p].kind == PART_NAME)
			g = part_hash(&surname, folded[TRAIT_LAST]);
		if (h == 0 || (rule->part[p].kind == PART_NAME && g == 0))
			return 0;
		key = mix(key, h + g);
	}
	return key ? key : 1;
}

uint32_t rule_traits(const struct rule *rule)
{
	uint32_t traits = 0;

	for (size_t p = 0; p < rule->parts; p++)
		traits |= UINT32_C(1) << rule->part[p].trait |
			  (rule->part[p].kind == PART_NAME ? UINT32_C(1) << TRAIT_LAST : 0);
	return traits;
}

/* At least `size` bytes, of any content. */
static void *scratch_take(struct blocking_scratch *s, size_t size)
{
	if (s->size < size) {
		free(s->bytes);
		s->bytes = xmalloc(size);
		s->size = size;
	}
	return s->bytes;
}

/* By id of the trait: the hash of the part, 0 for unknown. Returns where it ends. */
static uint64_t *hash_values(const struct traits *t, enum trait trait, const struct rule_part *p,
			     uint64_t *hash)
{

	hash[0] = 0;
	for (uint32_t v = 1; v < t->text[trait].count; v++)
		hash[v] = t->uses[trait][v] ? part_hash(p, trait_text(t, trait, v)) : 0;
	return hash + t->text[trait].count;
}

enum { FAR = 32, NEAR = 16 };

/* Asks for the hashes of a tuple to come. */
static void expect_hashes(const struct traits *t, const struct rule *rule, uint64_t *const *hash,
			  uint32_t tuple)
{
	if (tuple + NEAR >= t->tuples->count)
		return;
	for (size_t p = 0; p < rule->parts; p++)
		prefetch_read(&hash[p][trait_of(t, tuple + NEAR, (enum trait)rule->part[p].trait)]);
}

static size_t make_entries(struct entry *entries, const struct traits *t, const struct rule *rule,
			   struct blocking_room *room)
{
	uint64_t *hash[RULE_PARTS_MOST], *last = NULL;
	size_t n = 0, values = t->text[TRAIT_LAST].count;

	for (size_t p = 0; p < rule->parts; p++)
		values += t->text[rule->part[p].trait].count;
	uint64_t *at = scratch_take(&room->work, values * sizeof *at);
	for (size_t p = 0; p < rule->parts; p++) {
		hash[p] = at;
		at = hash_values(t, (enum trait)rule->part[p].trait, &rule->part[p], at);
		if (rule->part[p].kind != PART_NAME || last)
			continue;
		last = at;
		at = hash_values(t, TRAIT_LAST, &surname, at);
	}
	/* In the order of the memory, not of the traits: most are in no block with others. */
	for (uint32_t tuple = 0; tuple < t->tuples->count; tuple++) {
		uint64_t key = 0;
		bool known = !t->is_echo || !t->is_echo[tuple];
		expect_hashes(t, rule, hash, tuple);
		for (size_t p = 0; p < rule->parts && known; p++) {
			uint64_t h = hash[p][trait_of(t, tuple, (enum trait)rule->part[p].trait)];
			known = h != 0;
			if (rule->part[p].kind == PART_NAME) {
				uint64_t g = last[trait_of(t, tuple, TRAIT_LAST)];
				known = known && g != 0;
				h += g;
			}
			key = mix(key, h);
		}
		if (known)
			entries[n++] = entry_of(key, tuple);
	}
	return n;
}

enum { COUNTERS = 32 }; /* in a word */

/* Asks for the counter of an entry to come. */
static void expect_count(const uint64_t *count, const struct entry *entries, size_t i, size_t n,
			 size_t counters)
{
	enum { AHEAD = 64 };

	if (i + AHEAD < n)
		prefetch_read(&count[(key_of(&entries[i + AHEAD]) & (counters - 1)) / COUNTERS]);
}

/* Leaves out entries whose key nobody shares, as most rules have nearly nothing else and
 * sorting is dear: those that are alone on one of eight times as many counters, which stop
 * at two. Returns how many stay; of the lonely ones about one in nine does. */
static size_t drop_lonely(struct entry *entries, size_t n)
{
	size_t counters = 1024, left = 0;

	while (counters < n * 8)
		counters *= 2;
	uint64_t *count = xcalloc(counters / COUNTERS, sizeof *count);
	for (size_t i = 0; i < n; i++) {
		size_t at = key_of(&entries[i]) & (counters - 1);
		expect_count(count, entries, i, n, counters);
		uint64_t one = UINT64_C(1) << at % COUNTERS * 2, *word = &count[at / COUNTERS];
		*word += *word & one << 1 ? 0 : one;
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = key_of(&entries[i]) & (counters - 1);
		expect_count(count, entries, i, n, counters);
		if (count[at / COUNTERS] >> at % COUNTERS * 2 & 2)
			entries[left++] = entries[i];
	}
	free(count);
	return left;
}

/* 44 bits are four digits; without the bits of the part they are three. */
enum { DIGIT_BITS = 12, DIGITS = 1 << DIGIT_BITS, PART_BITS = 8, PARTS = 1 << PART_BITS, KEY_WIDTH = 44 };

static uint64_t digit_of(const struct entry *e, int shift, size_t digits)
{
	return key_of(e) >> shift & (digits - 1);
}

/* Moves entries to `to` in the order of one digit of their keys, stable. at[digit] is then
 * where the digit's entries end. */
static void distribute(const struct entry *from, struct entry *to, size_t n, int shift, size_t digits,
		       size_t *at)
{
	size_t sum = 0;

	memset(at, 0, digits * sizeof *at);
	for (size_t i = 0; i < n; i++)
		at[digit_of(&from[i], shift, digits)]++;
	for (size_t d = 0; d < digits; d++) {
		size_t here = at[d];
		at[d] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++)
		to[at[digit_of(&from[i], shift, digits)]++] = from[i];
}

/* By the lowest `bits` of the key, stable: from `from` to `to`, or with an even number of
 * digits back to `from`. */
static void sort_digits(struct entry *from, struct entry *to, size_t n, int bits)
{
	size_t at[DIGITS];

	for (int shift = 0; shift < bits; shift += DIGIT_BITS) {
		distribute(from, to, n, shift, DIGITS, at);
		struct entry *t = from;
		from = to;
		to = t;
	}
}

/* By key, stable. Many go by their highest bits into parts that stay in a cache first. */
static void sort_entries(struct entry *entries, size_t n, struct blocking_room *room)
{
	enum { MANY = 1 << 18 };
	struct entry *work = scratch_take(&room->work, (n + 1) * sizeof *work);
	size_t end[PARTS], begin = 0;

	if (n < MANY) {
		sort_digits(entries, work, n, KEY_WIDTH);
		return;
	}
	distribute(entries, work, n, KEY_WIDTH - PART_BITS, PARTS, end);
	for (size_t p = 0; p < PARTS; begin = end[p++])
		sort_digits(work + begin, entries + begin, end[p] - begin, KEY_WIDTH - PART_BITS);
}

static const uint8_t split_order[] = {TRAIT_BIRTH, TRAIT_POSTCODE, TRAIT_FIRST, TRAIT_LAST,
				      TRAIT_STREET, TRAIT_CITY};

/* The members of a run in the order of the traits, which is that of their content. */
static void order_run(const struct traits *t, struct entry *run, size_t n)
{
	const struct tuple *items = t->tuples->items;

	for (size_t i = 1; i < n; i++) {
		struct entry e = run[i];
		size_t j = i;
		for (; j > 0 && items[run[j - 1].tuple].hash > items[e.tuple].hash; j--)
			run[j] = run[j - 1];
		run[j] = e;
	}
}

/* What all of a run agree on: the key, and before which split it was looked at. */
static uint64_t run_key(const struct entry *e, enum trait trait)
{
	return (uint64_t)trait << 44 | key_of(e);
}

/* Asks for what taking a run as a block looks at of a member to come: where its content is,
 * and its place in the map. Not of one that is alone, or with too many. */
static void expect_member(const struct traits *t, const struct entry *entries, size_t i, size_t n,
			  uint32_t cap, const struct block_map *map, size_t column)
{
	size_t j = i + FAR;

	if (j + cap >= n || key_of(&entries[j]) == key_of(&entries[j + cap]) ||
	    (key_of(&entries[j]) != key_of(&entries[j + 1]) &&
	     key_of(&entries[j]) != key_of(&entries[j - 1])))
		return;
	uint32_t tuple = entries[j].tuple;
	prefetch_read(&t->tuples->items[tuple].hash);
	if (column < map->rules)
		prefetch_write(&map->of[tuple * map->rules + column]);
}

/* Asks for what splitting looks at: the value of the trait, then its hash. */
static void expect_split(const struct traits *t, const struct entry *entries, size_t i, size_t n,
			 enum trait trait, const uint64_t *hash)
{
	if (i + FAR < n)
		prefetch_read(&t->rows[entries[i + FAR].tuple].id[trait]);
	if (i + NEAR < n)
		prefetch_read(&hash[trait_of(t, entries[i + NEAR].tuple, trait)]);
}

/* Moves a run that is too large behind those moved before, split by the trait; returns how
 * many that are then. */
static size_t split_run(struct blocking *b, const struct traits *t, struct entry *entries,
			size_t begin, size_t end, enum trait trait, const uint64_t *hash, size_t left)
{
	b->oversize++;
	GROW(b->over, b->over_cap, b->over_count + 1);
	b->over[b->over_count++] = run_key(&entries[begin], trait);
	for (size_t i = begin; i < end; i++) {
		if (hash)
			expect_split(t, entries, i, end, trait, hash);
		uint64_t h = hash ? hash[trait_of(t, entries[i].tuple, trait)] : 0;
		if (h == 0) {
			b->left_out++;
			continue;
		}
		entries[left++] = entry_of(mix(key_of(&entries[i]), h), entries[i].tuple);
	}
	return left;
}

/* Takes the runs that fit into blocks; moves the others to the front, with keys split by
 * one more trait (none where trait is TRAIT_COUNT), and returns how many they are. */
static size_t take_runs(struct blocking *b, const struct traits *t, struct entry *entries, size_t n,
			uint32_t cap, enum trait trait, struct block_map *map, size_t column,
			struct blocking_room *room)
{
	size_t left = 0, members = b->begin[b->count];
	struct rule_part whole = {.kind = PART_WHOLE, .trait = (uint8_t)trait};
	uint64_t *hash = NULL;

	if (trait < TRAIT_COUNT) {
		hash = scratch_take(&room->work, t->text[trait].count * sizeof *hash);
		hash_values(t, trait, &whole, hash);
	}
	for (size_t i = 0, end; i < n; i = end) {
		expect_member(t, entries, i, n, cap, map, column);
		for (end = i + 1; end < n && key_of(&entries[end]) == key_of(&entries[i]); end++)
			expect_member(t, entries, end, n, cap, map, column);
		if (end - i > cap) {
			left = split_run(b, t, entries, i, end, trait, hash, left);
			continue;
		}
		if (end - i < 2)
			continue;
		order_run(t, entries + i, end - i);
		for (size_t j = i; j < end; j++) {
			b->members[members++] = entries[j].tuple;
			if (column < map->rules)
				map->of[entries[j].tuple * map->rules + column] = b->count + 1;
		}
		b->key[b->count] = run_key(&entries[i], trait);
		b->begin[++b->count] = (uint32_t)members;
	}
	return left;
}

/* Whether two that agree on the rule seem to be one person at a glance: first name or birth date
 * is the same, as those of one household are not, or not known; and of the rest at least a third
 * is, as an agreement says more than an error; an e-mail address, telephone or number that the
 * rule looks at is one. No model yet, and the same every night. */
static bool seem_one(const struct traits *t, const struct rule *rule, uint32_t a, uint32_t b)
{
	static const uint8_t telling[] = {TRAIT_FIRST, TRAIT_BIRTH, TRAIT_LAST, TRAIT_POSTCODE, TRAIT_STREET};
	bool own_same = rule_has(rule, TRAIT_FIRST) || rule_has(rule, TRAIT_BIRTH), own_known = own_same;
	int same = rule_has(rule, TRAIT_EMAIL) || rule_has(rule, TRAIT_PHONE) || rule_has(rule, TRAIT_NUMBER);
	int different = 0;

	for (size_t i = 0; i < sizeof telling; i++) {
		enum trait trait = (enum trait)telling[i];
		uint32_t x = trait_of(t, a, trait), y = trait_of(t, b, trait);
		if (x == 0 || y == 0 || rule_has(rule, trait))
			continue;
		same += x == y;
		different += x != y;
		if (trait == TRAIT_FIRST || trait == TRAIT_BIRTH) {
			own_known = true;
			own_same |= x == y;
		}
	}
	return 2 * same > different && (own_same || !own_known);
}

/* How many times as large as others the blocks of one person may be. */
enum { OWN_TIMES = 10 };

/* Runs by length, and what a sample of them says of their pairs, by the number of binary digits
 * of the length. */
struct census {
	uint64_t *runs; /* by length */
	uint32_t looked[33], pairs[33], one[33];
};

static int digits_of(uint32_t length)
{
	int digits = 0;

	for (uint32_t rest = length - 1; rest; rest >>= 1)
		digits++;
	return digits;
}

/* The keys are hashes: the first runs of a length are as good as any. */
static void look_at_run(struct census *c, const struct traits *t, const struct rule *rule,
			struct entry *run, uint32_t length)
{
	enum { RUNS = 128, PAIRS = 8 };
	int digits = digits_of(length);

	if (c->looked[digits] == RUNS)
		return;
	c->looked[digits]++;
	order_run(t, run, length);
	for (uint32_t i = 0; i + 1 < length && i < PAIRS; i++) {
		c->pairs[digits]++;
		c->one[digits] += seem_one(t, rule, run[i].tuple, run[i + 1].tuple);
	}
}

/* The largest cap at which the blocks of these runs stay within the budget: up to `cap`, and
 * beyond it as long as the runs seem to be one person's. *agreeing: pairs in runs of up to `cap`. */
static uint32_t cap_within(const struct traits *t, const struct rule *rule, struct entry *entries,
			   size_t n, uint32_t cap, const struct pair_budget *budget, uint64_t *agreeing)
{
	uint32_t most = cap < UINT32_MAX / OWN_TIMES ? cap * OWN_TIMES : UINT32_MAX;
	most = most < n ? most : (uint32_t)n;
	struct census c = {.runs = xcalloc(most + (size_t)1, sizeof *c.runs)};
	double strangers = 0, all = 0;
	uint32_t within = 2;

	*agreeing = 0;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && key_of(&entries[end]) == key_of(&entries[i]); end++)
			;
		if (end - i > most || end - i < 2)
			continue;
		c.runs[end - i]++;
		look_at_run(&c, t, rule, entries + i, (uint32_t)(end - i));
	}
	for (uint32_t length = 2; length <= most; length++) {
		int d = digits_of(length);
		if (length > cap && c.runs[length] == 0)
			continue;
		if (length > cap && 2 * c.one[d] < c.pairs[d])
			break;
		double pairs = (double)c.runs[length] * length * (length - 1.) / 2;
		all += pairs;
		*agreeing += length <= cap ? (uint64_t)pairs : 0;
		if (2 * c.one[d] < c.pairs[d])
			strangers += pairs;
		if (strangers <= (double)budget->strangers && all <= (double)budget->all)
			within = length;
	}
	free(c.runs);
	return within;
}

void blocking_make(struct blocking *b, const struct traits *t, const struct rule *rule, uint32_t cap,
		   const struct pair_budget *budget, struct block_map *map, size_t column,
		   struct blocking_room *room)
{
	struct entry *entries = scratch_take(&room->entries, (t->count + (size_t)1) * sizeof *entries);
	size_t n = drop_lonely(entries, make_entries(entries, t, rule, room)), next = 0;
	uint32_t within = 2;

	*b = (struct blocking){
		.members = xmalloc((n + 1) * sizeof *b->members),
		.begin = xcalloc(n / 2 + 2, sizeof *b->begin),
		.key = xmalloc((n / 2 + 1) * sizeof *b->key),
	};
	while (n > 0) {
		while (next < sizeof split_order &&
		       (rule_has(rule, (enum trait)split_order[next]) || t->known[split_order[next]] == 0))
			next++;
		enum trait split = next < sizeof split_order ? (enum trait)split_order[next++] : TRAIT_COUNT;
		if (b->cap != 0)
			n = drop_lonely(entries, n); /* the split has made many */
		sort_entries(entries, n, room);
		/* What is left at last agrees on all there is: many records of few people. */
		uint64_t agreeing;
		if (b->cap == 0 || split == TRAIT_COUNT)
			within = cap_within(t, rule, entries, n, cap, budget, &agreeing);
		if (b->cap == 0) {
			b->cap = within;
			b->agreeing = agreeing;
		}
		n = take_runs(b, t, entries, n, within > b->cap ? within : b->cap, split, map, column,
			      room);
	}
}

void blocking_room_free(struct blocking_room *room)
{
	free(room->entries.bytes);
	free(room->work.bytes);
	*room = (struct blocking_room){0};
}

void blocking_free(struct blocking *b)
{
	free(b->members);
	free(b->begin);
	free(b->key);
	free(b->over);
	*b = (struct blocking){0};
}
