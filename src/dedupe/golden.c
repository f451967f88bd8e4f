#include "dedupe/golden.h"

#include <stdlib.h>

/* Street, city, postcode and country survive together, from one record. */
enum { BLOCK_FIRST = T_STREET, BLOCK_LAST = T_COUNTRY };

void golden_init(struct golden *g, const struct tuples *t, const struct identity *id,
		 const struct addresses *addresses, const uint32_t *priority, uint32_t *place)
{
	*g = (struct golden){.tuples = t, .identity = id, .addresses = addresses,
			     .priority = priority, .place = place};
}

void golden_expect_tuple(const struct golden *g, uint32_t tuple, int step)
{
	tuple_fetch(g->tuples, tuple, step);
	if (step != 1)
		return;
	const uint32_t *field = g->tuples->items[tuple].field;
	for (int l = LAYER_LOYALTY_ID; l <= LAYER_DEVICE; l++)
		prefetch_read(&g->identity->trusted[l][field[layer_field((enum layer)l)]]);
	addresses_expect(g->addresses, field);
}

void golden_begin(struct golden *g)
{
	g->seen_count = 0;
	g->consent = (struct consent){0};
	if (g->attr_keys.count)
		dictionary_clear(&g->attr_keys);
	arena_reset(&g->text);
}

static void see_attr(struct golden *g, struct slice key, struct slice value, uint64_t moment)
{
	bool added;

	if (value.len == 0)
		return;
	uint32_t id = dictionary_add(&g->attr_keys, key, &added);
	GROW(g->attrs, g->attr_cap, id + (size_t)1);
	struct golden_attr *a = &g->attrs[id];
	if (!added && !attr_gives_way(a->value, a->moment, value, moment))
		return;
	*a = (struct golden_attr){arena_copy(&g->text, value), moment};
}

static struct golden_tuple *tuple_seen(struct golden *g, uint32_t tuple)
{
	uint32_t *place = &g->place[tuple];

	if (*place == 0) {
		GROW(g->seen, g->seen_cap, g->seen_count + 1);
		g->seen[g->seen_count++] = (struct golden_tuple){.tuple = tuple};
		*place = (uint32_t)g->seen_count;
	}
	return &g->seen[*place - 1];
}

void golden_recall(struct golden *g, uint32_t tuple, const struct sighting *seen)
{
	struct golden_tuple *s = tuple_seen(g, tuple);

	s->before = seen->count;
	s->verified |= seen->verified;
	if (seen->moment > s->moment)
		s->moment = seen->moment;
	consent_merge(&g->consent, &seen->consent);
	for (uint32_t i = 0; i < seen->attr_count; i++)
		see_attr(g, seen->attrs[i].key, seen->attrs[i].value, seen->attrs[i].moment);
}

void golden_see(struct golden *g, const struct row *row)
{
	struct golden_tuple *s = tuple_seen(g, row->tuple);
	uint64_t moment = row_moment(row);

	s->count++;
	s->verified |= row->kind == ROW_RESPONSE;
	if (moment > s->moment)
		s->moment = moment;
	if (row->yes || row->no)
		consent_add(&g->consent, row->yes, row->no, moment);
	if (row->has & ROW_HAS_ATTRS) {
		struct slice key, value;
		struct slice rest = row_unquote(row_attrs(row), &g->unquoted);
		while (cell_next(&rest, &key, &value, &g->text))
			see_attr(g, key, value, moment);
	}
}

static int compare_values(const void *x, const void *y)
{
	const struct golden_value *a = x, *b = y;

	return (a->value > b->value) - (a->value < b->value);
}

static void start_candidate(struct candidate *c, struct slice text, uint32_t tuple)
{
	*c = (struct candidate){.text = text, .tuple = tuple, .priority = UINT32_MAX};
}

static bool is_bygone(int column, struct slice text)
{
	return column == T_BIRTH_DATE && slice_compare(text, SLICE("1900")) < 0;
}

/* One more tuple that carries the candidate. */
static void support(const struct golden *g, struct candidate *c, const struct golden_tuple *s,
		    bool provable)
{
	uint32_t priority = g->priority[g->tuples->items[s->tuple].field[T_SOURCE]];

	c->count += golden_count(s);
	c->verified |= provable && s->verified;
	if (s->moment > c->moment)
		c->moment = s->moment;
	if (priority < c->priority)
		c->priority = priority;
}

static enum layer layer_of_column(int column)
{
	switch (column) {
	case T_LOYALTY_ID: return LAYER_LOYALTY_ID;
	case T_EMAIL: return LAYER_EMAIL;
	case T_PHONE: return LAYER_PHONE;
	case T_SOCIAL: return LAYER_SOCIAL;
	case T_DEVICE_ID: return LAYER_DEVICE;
	default: return LAYER_COUNT;
	}
}

/* Whether the tuple has a value of the column that may survive. */
static bool offers(const struct golden *g, uint32_t tuple, int column, enum layer layer)
{
	return tuple_has(g->tuples, tuple, column) &&
	       (layer == LAYER_COUNT || identity_trusts(g->identity, g->tuples, tuple, layer));
}

/* One tuple alone: what it says survives. Most customers are known by one. */
static void take_only(struct golden *g, uint32_t tuple)
{
	for (int c = T_EMAIL; c <= T_LANGUAGE; c++) {
		if (!offers(g, tuple, c, layer_of_column(c)))
			continue;
		g->field[c] = tuple_text(g->tuples, tuple, c);
		g->rule[c] = SURVIVES_ONLY;
		g->winner[c] = tuple;
	}
}

static void choose_field(struct golden *g, int column)
{
	const struct tuples *t = g->tuples;
	enum layer layer = layer_of_column(column);
	/* Only an address can answer. */
	bool provable = column == T_EMAIL || column == T_PHONE || column == T_SOCIAL;
	size_t n = 0, count = 0;
	enum survival_rule rule;

	g->field[column] = slice_make("", 0);
	g->rule[column] = SURVIVES_NOTHING;
	g->winner[column] = TUPLE_NONE;
	GROW(g->values, g->value_cap, g->seen_count);
	for (size_t i = 0; i < g->seen_count; i++) {
		uint32_t tuple = g->seen[i].tuple, value = t->items[tuple].field[column];
		if (offers(g, tuple, column, layer))
			g->values[n++] = (struct golden_value){tuple, value, (uint32_t)i};
	}
	if (n == 0)
		return;
	if (n > 1)
		qsort(g->values, n, sizeof *g->values, compare_values);
	GROW(g->candidates, g->candidate_cap, n);
	for (size_t i = 0; i < n; i++) {
		const struct golden_value *v = &g->values[i];
		if (i == 0 || v[-1].value != v->value) {
			struct candidate *c = &g->candidates[count++];
			start_candidate(c, strings_get(&t->text[column], v->value), v->tuple);
			c->bygone = is_bygone(column, c->text);
		}
		support(g, &g->candidates[count - 1], &g->seen[v->seen], provable);
	}
	const struct candidate *best = &g->candidates[survive_best(g->candidates, count, &rule)];
	g->field[column] = best->text;
	g->rule[column] = (uint8_t)rule;
	g->winner[column] = best->tuple;
}

/* 0 when there is no address at all. */
static uint8_t completeness(const uint32_t *f)
{
	return f[T_STREET] ? 4 : f[T_POSTCODE] ? 3 : f[T_CITY] ? 2 : f[T_COUNTRY] ? 1 : 0;
}

static struct slice block_text(struct golden *g, uint32_t tuple)
{
	buffer_clear(&g->cell);
	for (int c = BLOCK_FIRST; c <= BLOCK_LAST; c++) {
		buffer_put_slice(&g->cell, tuple_text(g->tuples, tuple, c));
		buffer_put_byte(&g->cell, '\n');
	}
	return arena_copy(&g->text, buffer_slice(&g->cell));
}

static int compare_blocks(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	return slice_compare(a->text, b->text);
}

/* The addresses among the tuples, each once. */
static size_t collect_blocks(struct golden *g)
{
	size_t n = 0, count = 0;

	GROW(g->candidates, g->candidate_cap, g->seen_count);
	for (size_t i = 0; i < g->seen_count; i++) {
		const struct golden_tuple *s = &g->seen[i];
		uint8_t complete = completeness(g->tuples->items[s->tuple].field);
		if (complete == 0)
			continue;
		struct candidate *c = &g->candidates[n++];
		start_candidate(c, block_text(g, s->tuple), s->tuple);
		c->completeness = complete;
		support(g, c, s, false);
	}
	if (n)
		qsort(g->candidates, n, sizeof *g->candidates, compare_blocks);
	for (size_t i = 0; i < n; i++) {
		struct candidate *c = &g->candidates[i], *last = &g->candidates[count ? count - 1 : 0];
		if (count == 0 || !slice_equal(last->text, c->text)) {
			g->candidates[count++] = *c;
			continue;
		}
		last->count += c->count;
		last->moment = c->moment > last->moment ? c->moment : last->moment;
		last->priority = c->priority < last->priority ? c->priority : last->priority;
	}
	return count;
}

/* A blank never erases: what the surviving address leaves open is taken from the next
 * best that agrees with it wherever both say something. */
static void complete_from(struct golden *g, uint32_t tuple)
{
	bool same_place = false;

	for (int c = BLOCK_FIRST; c <= BLOCK_LAST; c++) {
		struct slice other = tuple_text(g->tuples, tuple, c);
		if (g->field[c].len == 0 || other.len == 0)
			continue;
		if (!slice_equal(g->field[c], other))
			return;
		same_place |= c != T_COUNTRY;
	}
	/* A postcode belongs to a street or town, a country may come from anywhere. */
	for (int c = same_place ? BLOCK_FIRST : T_COUNTRY; c <= BLOCK_LAST; c++) {
		if (g->field[c].len > 0 || !tuple_has(g->tuples, tuple, c))
			continue;
		g->field[c] = tuple_text(g->tuples, tuple, c);
		g->rule[c] = SURVIVES_ONLY;
		g->winner[c] = tuple;
	}
}

static int compare_survival(const void *x, const void *y)
{
	return survive_compare(x, y, NULL);
}

static void choose_block(struct golden *g)
{
	size_t count = collect_blocks(g);
	enum survival_rule rule = SURVIVES_NOTHING;
	uint32_t tuple = TUPLE_NONE;

	if (count > 1)
		qsort(g->candidates, count, sizeof *g->candidates, compare_survival);
	if (count > 0) {
		survive_best(g->candidates, count, &rule);
		tuple = g->candidates[0].tuple;
	}
	for (int c = BLOCK_FIRST; c <= BLOCK_LAST; c++) {
		g->field[c] = count ? tuple_text(g->tuples, tuple, c) : slice_make("", 0);
		g->rule[c] = g->field[c].len ? (uint8_t)rule : SURVIVES_NOTHING;
		g->winner[c] = tuple;
	}
	for (size_t i = 1; i < count; i++)
		complete_from(g, g->candidates[i].tuple);
}

/* The refusals that others made for an address that this customer has, or had, too. */
static void add_shared_refusals(struct golden *g)
{
	static const enum layer layers[] = {LAYER_EMAIL, LAYER_PHONE};

	for (size_t i = 0; i < g->seen_count && g->addresses->count > 0; i++)
		for (size_t k = 0; k < 2; k++) {
			int column = layer_field(layers[k]);
			uint32_t value = g->tuples->items[g->seen[i].tuple].field[column];
			const struct consent *c = addresses_get(g->addresses, layers[k], value);
			if (c)
				consent_add_refusals(&g->consent, c, addresses_channels(layers[k]));
		}
}

static void choose_consent(struct golden *g)
{
	add_shared_refusals(g);
	for (int ch = 0; ch < CONSENT_CHANNELS; ch++) {
		int v = consent_of(&g->consent, (enum consent_channel)ch);
		g->field[T_OPTIN_EMAIL + ch] = v < 0 ? slice_make("", 0) : v ? SLICE("1") : SLICE("0");
	}
}

/* The values of a column that the golden row has no room for: the trusted ones of the
 * tuples, and what came as such in attrs. Candidates, in any order and repeated. */
static size_t collect_others(struct golden *g, int column)
{
	const struct tuples *t = g->tuples;
	enum layer layer = layer_of_column(column);
	size_t n = 0;

	GROW(g->candidates, g->candidate_cap, g->seen_count + g->attr_keys.count);
	for (size_t i = 0; i < g->seen_count; i++) {
		uint32_t tuple = g->seen[i].tuple;
		if (offers(g, tuple, column, layer))
			start_candidate(&g->candidates[n++], tuple_text(t, tuple, column), tuple);
	}
	for (uint32_t i = 0; i < g->attr_keys.count; i++)
		if ((int)touchpoint_other_of(dictionary_item(&g->attr_keys, i)) == column)
			start_candidate(&g->candidates[n++], g->attrs[i].value, TUPLE_NONE);
	return n;
}

/* other_email, other_email_2 …, bytewise. */
static void add_others(struct golden *g, int column)
{
	size_t n = collect_others(g, column), number = 0;
	struct slice last = g->field[column];
	struct buffer key = {0};

	if (n > 1)
		qsort(g->candidates, n, sizeof *g->candidates, compare_blocks);
	for (size_t i = 0; i < n; i++) {
		struct slice value = g->candidates[i].text;
		if (slice_equal(value, g->field[column]) || slice_equal(value, last))
			continue;
		last = value;
		buffer_clear(&key);
		buffer_printf(&key, "other_%s", touchpoint_table[column].name);
		if (++number > 1)
			buffer_printf(&key, "_%zu", number);
		cell_add(&g->cells, buffer_slice(&key), value);
	}
	buffer_free(&key);
}

static void choose_attrs(struct golden *g)
{
	for (uint32_t i = 0; i < g->attr_keys.count; i++) {
		struct slice key = dictionary_item(&g->attr_keys, i);
		if (touchpoint_other_of(key) == TOUCHPOINT_COLUMNS)
			cell_add(&g->cells, key, g->attrs[i].value);
	}
	if (g->seen_count > 1 || g->attr_keys.count > 0) {
		add_others(g, T_EMAIL);
		add_others(g, T_PHONE);
	}
	buffer_clear(&g->cell);
	if (g->cells.count) {
		cell_put_map(&g->cells, &g->cell);
		cell_clear(&g->cells);
	}
	g->field[T_ATTRS] = buffer_slice(&g->cell);
}

void golden_finish(struct golden *g)
{
	for (int c = 0; c < TOUCHPOINT_COLUMNS; c++) {
		g->field[c] = slice_make("", 0);
		g->winner[c] = TUPLE_NONE;
		g->rule[c] = SURVIVES_NOTHING;
	}
	if (g->seen_count == 1) {
		take_only(g, g->seen[0].tuple);
	} else {
		for (int c = T_EMAIL; c <= T_LANGUAGE; c++)
			if (c < BLOCK_FIRST || c > BLOCK_LAST)
				choose_field(g, c);
		choose_block(g);
	}
	choose_consent(g);
	choose_attrs(g);
	g->field[T_EVENT] = SLICE("golden");
}

void golden_put(const struct golden *g, const struct row_plan *p, const char *customer_id,
		struct buffer *out)
{
	buffer_put(out, customer_id, CUSTOMER_ID_LENGTH);
	for (size_t i = 0; i < p->count; i++) {
		buffer_put_byte(out, p->delimiter);
		if (p->role[i] < TOUCHPOINT_COLUMNS)
			csv_put_field(out, g->field[p->role[i]], p->delimiter);
	}
	buffer_put_byte(out, '\n');
}

void golden_free(struct golden *g)
{
	free(g->seen);
	dictionary_free(&g->attr_keys);
	free(g->attrs);
	arena_free(&g->text);
	free(g->values);
	free(g->candidates);
	buffer_free(&g->unquoted);
	buffer_free(&g->cell);
	cell_free(&g->cells);
}
