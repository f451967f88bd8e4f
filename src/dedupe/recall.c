#include "dedupe/recall.h"

#include "base/threads.h"
#include "dedupe/known_keys.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Of identities that share one identifier no more are looked at. */
enum { SHARERS_MOST = 1000 };

/* Traits that are agreed on where many share what a rule looks at: what blocks that are too
 * large are split by is one more than most rules have. */
enum { TRAITS_LEAST = 3 };

/* Of the input's tuples that share what a rule looks at so many are told apart. */
enum { SEEKERS_MOST = 64, AGREEMENTS_MOST = 256 };

/* From this share of the known identities on nearly all have to do with the input, and searching
 * costs more than it spares. */
enum { SEEKING_MOST = 12 };

enum { PIECE = 16384 };

/* What somebody of the input is looked for by. */
struct slot {
	uint64_t key;    /* column and key; 0: free */
	uint32_t seeker; /* the last of the chain, + 1 */
	uint32_t found;  /* items with this key */
	uint32_t taken;  /* of these, for identifiers */
};

struct seeker {
	uint32_t tuple, before; /* + 1 */
};

struct hit {
	uint32_t item, slot;
};

struct piece {
	struct hit *hits;
	size_t count, cap;
};

/* An item that some rule would compare with the input: how few share what the rule looks at. */
struct chance {
	uint32_t item, sharers;
};

struct search {
	const struct recall *r;
	const struct tuples *t;
	struct known_plan plan;
	struct slot *slots;
	size_t mask, seeker_count, seeking; /* tuples */
	struct seeker *seekers;
	uint64_t *maybe;  /* a bit for many keys: most items have none that is looked for */
	size_t maybe_mask;
	struct piece *pieces;
	struct chance *chances;
	size_t chance_count, chance_cap;
	bool *wanted;     /* by item: compared with the input */
	bool *met;        /* by item: these, and what else there is to know of the input's customers */
	bool *seen;       /* by tuple of the input: it is an item */
	bool *is_seen;    /* by item: it is a tuple of the input */
};

/* By the name the user gave, which errors tell; but a link stays one. */
static void name_files(struct recall *r)
{
	struct buffer b = {0};
	struct stat st;

	if (lstat(r->path, &st) == 0 && S_ISLNK(st.st_mode))
		r->real = realpath(r->path, NULL);
	if (r->real == NULL)
		r->real = xstrdup(r->path);
	buffer_printf(&b, "%s.next", r->real);
	r->next = xstrndup(b.ptr, b.len);
	buffer_free(&b);
}

static enum so1_status open_either(struct recall *r, const struct known_key *key, struct so1_error *e)
{
	struct known next = {0};
	struct so1_error ignored = {0};

	if (known_open(&r->known, r->path, key, e) == SO1_OK && r->known.bytes)
		return SO1_OK;
	if (known_open(&next, r->next, key, &ignored) != SO1_OK || next.bytes == NULL) {
		known_close(&next);
		return e->status;
	}
	known_close(&r->known);
	r->known = next;
	return e->status = SO1_OK;
}

enum so1_status recall_open(struct recall *r, const char *path, const struct registry *registry,
			    struct so1_error *e)
{
	struct known_key key = {registry->file.hash, registry->file.rows};

	r->path = path;
	name_files(r);
	if (open_either(r, &key, e))
		return e->status;
	struct slice rest = r->known.rules, line;
	while (slice_split(&rest, '\n', &line))
		if (line.len && rules_add(&r->rules, line, e))
			return e->status;
	struct known_plan plan;
	known_plan_make(&plan, &r->rules);
	if (r->known.bytes && r->known.columns != plan.columns)
		return known_refuse(e, path, "written by another version");
	return SO1_OK;
}

static uint64_t spread(uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t key_of(size_t column, uint32_t key)
{
	return (uint64_t)column << 32 | key;
}

/* That of the key, or the free one for it. */
static struct slot *find_slot(const struct search *s, uint64_t key)
{
	size_t i = spread(key) >> 20 & s->mask;

	while (s->slots[i].key != 0 && s->slots[i].key != key)
		i = (i + 1) & s->mask;
	return &s->slots[i];
}

static void seek(struct search *s, uint64_t key, uint32_t tuple)
{
	struct slot *slot = find_slot(s, key);
	size_t bit = spread(key) >> 32 & s->maybe_mask;

	s->maybe[bit / 64] |= UINT64_C(1) << bit % 64;
	slot->key = key;
	s->seekers[s->seeker_count] = (struct seeker){tuple, slot->seeker};
	slot->seeker = (uint32_t)++s->seeker_count;
}

static void seek_for_tuple(struct search *s, uint32_t tuple, struct buffer text[TRAIT_COUNT],
			   uint32_t *keys)
{
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
			seek(s, key_of(c, keys[c]), tuple);
}

/* What came before, unchanged. Returns how many. */
static size_t find_seen(struct search *s)
{
	enum { FAR = 24, NEAR = 12 };
	const struct known *k = &s->r->known;
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

/* What the other tuples of the input are looked for by. */
static void begin_search(struct search *s)
{
	struct buffer text[TRAIT_COUNT] = {{0}};

	known_plan_make(&s->plan, &s->r->rules);
	size_t columns = s->plan.columns, n = s->seeking * columns;
	uint32_t *keys = xcalloc(columns, sizeof *keys);

	for (s->mask = 1023; s->mask < n + n / 2; s->mask = s->mask * 2 + 1)
		;
	s->maybe_mask = s->mask * 8 + 7;
	s->slots = xcalloc(s->mask + 1, sizeof *s->slots);
	s->maybe = xcalloc((s->maybe_mask + 1) / 64, sizeof *s->maybe);
	s->seekers = xmalloc((n + 1) * sizeof *s->seekers);
	for (uint32_t i = 0; i < s->t->count; i++)
		if (!s->seen[i])
			seek_for_tuple(s, i, text, keys);
	for (int c = 0; c < TRAIT_COUNT; c++)
		buffer_free(&text[c]);
	free(keys);
}

static void look_at_items(void *context, size_t begin, size_t end, int thread)
{
	const struct search *s = context;
	const struct known *k = &s->r->known;
	struct piece *p = &s->pieces[begin / PIECE];

	(void)thread;
	for (size_t i = begin; i < end; i++)
		for (size_t c = 0; c < k->columns; c++) {
			uint64_t key = key_of(c, k->keys[i * k->columns + c]);
			size_t bit = spread(key) >> 32 & s->maybe_mask;
			if (!(s->maybe[bit / 64] >> bit % 64 & 1) || (uint32_t)key == 0)
				continue;
			const struct slot *slot = find_slot(s, key);
			if (slot->key == 0)
				continue;
			GROW(p->hits, p->cap, p->count + 1);
			p->hits[p->count++] = (struct hit){(uint32_t)i, (uint32_t)(slot - s->slots)};
		}
}

static void count_found(struct search *s, size_t pieces)
{
	for (size_t p = 0; p < pieces; p++)
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

/* A tuple of the input, and the traits it agrees with the item on. */
struct agreement {
	uint32_t tuple, traits;
};

/* Whether some tuple agrees with the item on enough traits. */
static bool agrees(const struct search *s, const struct hit *hits, size_t n)
{
	struct agreement a[AGREEMENTS_MOST];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct slot *slot = &s->slots[hits[i].slot];
		size_t column = slot->key >> 32;
		if (column < KEY_FIXED)
			continue;
		uint32_t traits = s->plan.traits[column];
		uint32_t next = slot->seeker;
		for (int k = 0; next && k < SEEKERS_MOST; k++, next = s->seekers[next - 1].before) {
			uint32_t tuple = s->seekers[next - 1].tuple;
			size_t j = 0;
			while (j < count && a[j].tuple != tuple)
				j++;
			if (j == AGREEMENTS_MOST)
				continue;
			if (j == count)
				a[count++] = (struct agreement){tuple, 0};
			a[j].traits |= traits;
			if (__builtin_popcount(a[j].traits) >= TRAITS_LEAST)
				return true;
		}
	}
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

static void judge_items(struct search *s, size_t pieces)
{
	for (size_t p = 0; p < pieces; p++) {
		const struct hit *hits = s->pieces[p].hits;
		for (size_t i = 0, end; i < s->pieces[p].count; i = end) {
			uint32_t item = hits[i].item, sharers;
			for (end = i; end < s->pieces[p].count && hits[end].item == item; end++)
				;
			if (shares_identifier(s, hits + i, end - i) || agrees(s, hits + i, end - i)) {
				s->wanted[item] = true;
			} else if ((sharers = fewest_sharers(s, hits + i, end - i)) > 0) {
				GROW(s->chances, s->chance_cap, s->chance_count + 1);
				s->chances[s->chance_count++] = (struct chance){item, sharers};
			}
		}
	}
}

/* Where few share what a rule looks at all are wanted: the more, the fewer tuples there are. */
static void take_chances(struct search *s)
{
	static const uint32_t steps[] = {100, 50, 20, 10, 5, 2};
	enum { STEPS = sizeof steps / sizeof *steps, PER_TUPLE = 4, ANY_WAY = 10000 };
	size_t counts[STEPS] = {0}, step = 0;

	for (size_t i = 0; i < s->chance_count; i++)
		for (size_t k = 0; k < STEPS; k++)
			counts[k] += s->chances[i].sharers <= steps[k];
	while (step + 1 < STEPS && counts[step] > s->seeking * PER_TUPLE + ANY_WAY)
		step++;
	for (size_t i = 0; i < s->chance_count; i++)
		if (s->chances[i].sharers <= steps[step])
			s->wanted[s->chances[i].item] = true;
}

/* Customers are met whole: adds their other items to some. */
static void add_customers(const struct known *k, bool *some)
{
	size_t n = 0, mask = 1023;

	for (size_t i = 0; i < k->count; i++)
		n += some[i];
	while (mask < n * 2)
		mask = mask * 2 + 1;
	uint64_t *ids = xcalloc(mask + 1, sizeof *ids);
	for (size_t i = 0; i < k->count; i++) {
		/* The first 64 bits of an id, which are not 0 for any but one in 2^64. */
		size_t at = spread(k->items[i].id_high) >> 20 & mask;
		if (!some[i])
			continue;
		while (ids[at] && ids[at] != k->items[i].id_high)
			at = (at + 1) & mask;
		ids[at] = k->items[i].id_high;
	}
	for (size_t i = 0; i < k->count; i++) {
		size_t at = spread(k->items[i].id_high) >> 20 & mask;
		while (ids[at] && ids[at] != k->items[i].id_high)
			at = (at + 1) & mask;
		some[i] |= ids[at] == k->items[i].id_high && ids[at] != 0;
	}
	free(ids);
}

/* A key of one of some items. */
struct sharer {
	uint32_t key, taken;
};

/* That of the key, or the free one for it. */
static struct sharer *find_sharer(struct sharer *sharers, size_t mask, uint32_t key)
{
	size_t i = spread(key) >> 20 & mask;

	while (sharers[i].key != 0 && sharers[i].key != key)
		i = (i + 1) & mask;
	return &sharers[i];
}

/* A refusal that came with an address holds for all who have it: adds to some items those that share
 * what the column says. */
static void add_sharers(const struct known *k, bool *some, size_t column)
{
	const uint32_t *keys = k->keys + column;
	size_t n = 0, mask = 1023;

	for (size_t i = 0; i < k->count; i++)
		n += some[i];
	while (mask < n * 2)
		mask = mask * 2 + 1;
	struct sharer *sharers = xcalloc(mask + 1, sizeof *sharers);
	for (size_t i = 0; i < k->count; i++)
		if (some[i] && keys[i * k->columns])
			find_sharer(sharers, mask, keys[i * k->columns])->key = keys[i * k->columns];
	for (size_t i = 0; i < k->count; i++) {
		uint32_t key = keys[i * k->columns];
		struct sharer *sharer = key ? find_sharer(sharers, mask, key) : NULL;
		if (sharer && sharer->key != 0 && sharer->taken++ < SHARERS_MOST)
			some[i] = true;
	}
	free(sharers);
}

/* What else is known of the customers that the input may have to do with. */
static void meet(struct search *s)
{
	const struct known *k = &s->r->known;

	for (size_t i = 0; i < k->count; i++)
		s->met[i] = s->wanted[i] || s->is_seen[i];
	add_customers(k, s->met);
	add_sharers(k, s->met, KEY_EMAIL);
	add_sharers(k, s->met, KEY_PHONE);
}

/* The items that are met as tuples: those of the input, or new ones. */
static enum so1_status add_tuples(struct recall *r, const struct search *s, struct tuples *t,
				  struct so1_error *e)
{
	struct slice fields[IDENTITY_FIELDS];
	struct sighting before;
	size_t cap = 0, before_cap = 0;

	for (size_t i = 0; i < r->known.count; i++) {
		const struct known_item *item = &r->known.items[i];
		struct tuple_key key = {item->hash, item->tag};
		if (!s->met[i])
			continue;
		uint32_t tuple = s->is_seen[i] ? tuples_find(t, key) : TUPLE_NONE;
		r->near += s->wanted[i];
		known_read(&r->known, i, fields, &before);
		if (!s->is_seen[i])
			tuple = tuples_add(t, key, fields);
		if (tuple == TUPLE_NONE) {
			sighting_free(&before);
			return error_set(e, SO1_FAILED, "too many distinct identities");
		}
		GROW(r->items, cap, r->count + 1);
		GROW(r->before, before_cap, r->count + 1);
		r->before[r->count] = before;
		r->items[r->count++] = (struct recalled){
			tuple, item->layer, (uint32_t)i, {item->id_high, item->id_low},
		};
	}
	r->idle = xcalloc(t->count + 1, sizeof *r->idle);
	for (size_t i = 0; i < r->count; i++)
		r->idle[r->items[i].tuple] = !s->wanted[r->items[i].item];
	return SO1_OK;
}

static void search(struct search *s, int threads)
{
	size_t items = s->r->known.count, pieces = (items + PIECE - 1) / PIECE;

	begin_search(s);
	s->pieces = xcalloc(pieces, sizeof *s->pieces);
	threads_for(items, PIECE, threads, look_at_items, s);
	count_found(s, pieces);
	judge_items(s, pieces);
	take_chances(s);
	add_customers(&s->r->known, s->wanted);
	for (size_t p = 0; p < pieces; p++)
		free(s->pieces[p].hits);
	free(s->pieces);
	free(s->slots);
	free(s->seekers);
	free(s->maybe);
	free(s->chances);
}

void recall_see(struct recall *r, const struct row *row)
{
	if (row->tuple >= r->now_count) {
		GROW(r->now, r->now_cap, row->tuple + (size_t)1);
		memset(r->now + r->now_count, 0, (r->now_cap - r->now_count) * sizeof *r->now);
		r->now_count = r->now_cap;
	}
	sighting_see(&r->now[row->tuple], row, &r->room);
}

enum so1_status recall_find(struct recall *r, struct tuples *t, int threads, struct so1_error *e)
{
	struct search s = {.r = r, .t = t};

	e->status = SO1_OK;
	r->input = t->count;
	if (r->known.count == 0)
		return SO1_OK;
	s.wanted = xcalloc(r->known.count, sizeof *s.wanted);
	s.is_seen = xcalloc(r->known.count, sizeof *s.is_seen);
	s.seen = xcalloc(t->count + 1, sizeof *s.seen);
	s.met = xcalloc(r->known.count, sizeof *s.met);
	s.seeking = t->count - find_seen(&s);
	if (s.seeking > r->known.count / SEEKING_MOST)
		memset(s.wanted, true, r->known.count);
	else
		search(&s, threads);
	meet(&s);
	add_tuples(r, &s, t, e);
	free(s.wanted);
	free(s.met);
	free(s.is_seen);
	free(s.seen);
	return e->status;
}

uint64_t recall_bytes(const struct recall *r, size_t tuples)
{
	return tuples * sizeof *r->now + r->count * (sizeof *r->before + sizeof *r->items) +
	       r->known.count * 4; /* what is wanted, seen, changed */
}

void recall_close(struct recall *r)
{
	known_output_close(&r->output);
	free(r->items);
	for (size_t i = 0; i < r->count; i++)
		sighting_free(&r->before[i]);
	for (size_t i = 0; i < r->now_count; i++)
		sighting_free(&r->now[i]);
	free(r->before);
	free(r->now);
	sighting_room_free(&r->room);
	free(r->idle);
	free(r->real);
	free(r->next);
	known_close(&r->known);
	*r = (struct recall){0};
}
