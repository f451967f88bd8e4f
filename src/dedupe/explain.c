#include "dedupe/explain.h"

#include "dedupe/recall.h"

#include <stdio.h>
#include <stdlib.h>

static bool matches(const struct tuples *t, uint32_t tuple, struct slice what)
{
	for (int l = 0; l <= LAYER_DEVICE; l++)
		if (slice_equal(tuple_text(t, tuple, layer_field((enum layer)l)), what))
			return true;
	struct slice source = tuple_text(t, tuple, T_SOURCE);
	if (source.len + 1 > what.len || what.ptr[source.len] != ':' ||
	    !slice_starts_with(what, source))
		return false;
	return slice_equal(tuple_text(t, tuple, T_SOURCE_ID),
			   slice_make(what.ptr + source.len + 1, what.len - source.len - 1));
}

static int compare_u32(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

size_t explain_find(const struct tuples *t, const struct customers *c, struct slice what,
		    uint32_t **ranks)
{
	size_t n = 0, cap = 0, distinct = 0;

	*ranks = NULL;
	for (uint32_t rank = 0; rank < c->count && what.len == CUSTOMER_ID_LENGTH; rank++) {
		char id[CUSTOMER_ID_LENGTH];
		customer_id_put(c->ids[rank], id);
		if (memcmp(id, what.ptr, CUSTOMER_ID_LENGTH) != 0)
			continue;
		GROW(*ranks, cap, n + 1);
		(*ranks)[n++] = rank;
	}
	for (uint32_t i = 0; i < t->count && n == distinct && what.len > 0; i++) {
		if (c->rank[i] == TUPLE_NONE || !matches(t, i, what))
			continue;
		GROW(*ranks, cap, n + 1);
		(*ranks)[n++] = c->rank[i];
		distinct = n;
	}
	if (n > 0)
		qsort(*ranks, n, sizeof **ranks, compare_u32);
	distinct = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || (*ranks)[i] != (*ranks)[distinct - 1])
			(*ranks)[distinct++] = (*ranks)[i];
	return distinct;
}

static void put_moment(struct buffer *b, uint64_t moment)
{
	char digits[24];

	if (moment == MOMENT_UNKNOWN) {
		buffer_put_text(b, "no date");
		return;
	}
	snprintf(digits, sizeof digits, "%014llx", (unsigned long long)moment);
	buffer_printf(b, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", digits, digits + 4, digits + 6,
		      digits + 8, digits + 10, digits + 12);
}

/* "crm 1001", or what else tells a tuple from others. */
static void put_record_name(const struct tuples *t, uint32_t tuple, struct buffer *b)
{
	struct slice source = tuple_text(t, tuple, T_SOURCE), id = tuple_text(t, tuple, T_SOURCE_ID);

	buffer_put_slice(b, source.len ? source : SLICE("(no source)"));
	buffer_put_byte(b, ' ');
	if (id.len) {
		buffer_put_slice(b, id);
		return;
	}
	for (int f = T_EMAIL; f <= T_DEVICE_ID; f++)
		if (tuple_has(t, tuple, f)) {
			buffer_put_slice(b, tuple_text(t, tuple, f));
			return;
		}
	buffer_put_text(b, "(no id)");
}

static void put_customer_id(const struct customers *c, uint32_t rank, struct buffer *b)
{
	customer_id_put(c->ids[rank], buffer_reserve(b, CUSTOMER_ID_LENGTH));
	b->len += CUSTOMER_ID_LENGTH;
}

/* The number of a tuple among the customer's, from 1; 0 when it is another's. */
static uint32_t number_of(const struct explanation *x, uint32_t rank, uint32_t tuple)
{
	if (tuple == TUPLE_NONE || x->customers->rank[tuple] != rank)
		return 0;
	for (uint32_t i = x->members->begin[rank]; i < x->members->begin[rank + 1]; i++)
		if (x->members->tuples[i] == tuple)
			return i - x->members->begin[rank] + 1;
	return 0;
}

static void put_seen(const struct explanation *x, const struct golden *g, uint32_t tuple,
		     struct buffer *b)
{
	const struct golden_tuple *s = &g->seen[g->place[tuple] - 1];
	uint64_t count = golden_count(s);

	buffer_printf(b, ": %llu touchpoint%s, latest ", (unsigned long long)count, count == 1 ? "" : "s");
	put_moment(b, s->moment);
	if (s->verified)
		buffer_put_text(b, ", verified");
	if (x->match->recall && tuple >= x->match->recall->input)
		buffer_put_text(b, ", known from earlier runs");
	buffer_put_text(b, "\n    ");
}

static void put_records(const struct explanation *x, uint32_t rank, const struct golden *g,
			struct buffer *b)
{
	buffer_put_text(b, "records\n");
	for (uint32_t i = x->members->begin[rank]; i < x->members->begin[rank + 1]; i++) {
		uint32_t tuple = x->members->tuples[i];
		buffer_printf(b, "  %u. ", number_of(x, rank, tuple));
		put_record_name(x->tuples, tuple, b);
		put_seen(x, g, tuple, b);
		for (int f = T_EMAIL; f < IDENTITY_FIELDS; f++)
			if (tuple_has(x->tuples, tuple, f)) {
				buffer_printf(b, " %s=", touchpoint_table[f].name);
				buffer_put_slice(b, tuple_text(x->tuples, tuple, f));
			}
		buffer_put_byte(b, '\n');
	}
}

static void put_value(const struct explanation *x, enum layer layer, uint32_t tuple,
		      struct buffer *b)
{
	buffer_printf(b, "  %s ", layer_name(layer));
	if (layer_field(layer) < 0) {
		b->len--;
		return;
	}
	if (layer == LAYER_SOURCE_ID) {
		buffer_put_slice(b, tuple_text(x->tuples, tuple, T_SOURCE));
		buffer_put_byte(b, ':');
	}
	buffer_put_slice(b, tuple_text(x->tuples, tuple, layer_field(layer)));
}

static void put_links(const struct explanation *x, uint32_t rank, struct buffer *b)
{
	bool any = false;

	buffer_put_text(b, "links\n");
	for (size_t i = 0; i < x->identity->link_count; i++) {
		const struct link *l = &x->identity->links[i];
		uint32_t first = number_of(x, rank, l->a), second = number_of(x, rank, l->b);
		if (first == 0)
			continue;
		put_value(x, (enum layer)l->layer, l->a, b);
		buffer_printf(b, ": %u and %u\n", first < second ? first : second,
			      first < second ? second : first);
		if (l->layer == LAYER_MODEL && x->match->ran)
			waterfall_put(x->match, l->a, l->b, b);
		any = true;
	}
	if (!any)
		buffer_put_text(b, "  none\n");
}

static void put_facts(const struct explanation *x, uint32_t tuple, struct buffer *b)
{
	buffer_put_slice(b, tuple_text(x->tuples, tuple, T_FIRST_NAME));
	buffer_put_byte(b, ' ');
	buffer_put_slice(b, tuple_text(x->tuples, tuple, T_BIRTH_DATE));
}

static bool has_facts(const struct explanation *x, uint32_t tuple)
{
	return tuple_has(x->tuples, tuple, T_FIRST_NAME) && tuple_has(x->tuples, tuple, T_BIRTH_DATE);
}

/* The identity of the tuple's customer that says what the tuple itself leaves open and
 * `against` (TUPLE_NONE: anything) contradicts. */
static uint32_t who_says(const struct explanation *x, uint32_t tuple, uint32_t against)
{
	uint32_t rank = x->customers->rank[tuple];

	for (uint32_t i = rank == TUPLE_NONE ? 0 : x->members->begin[rank];
	     rank != TUPLE_NONE && i < x->members->begin[rank + 1]; i++) {
		uint32_t member = x->members->tuples[i];
		const uint32_t *f = x->tuples->items[member].field;
		const uint32_t *g = against == TUPLE_NONE ? NULL : x->tuples->items[against].field;
		if (has_facts(x, member) && (!g || (f[T_FIRST_NAME] != g[T_FIRST_NAME] &&
						    f[T_BIRTH_DATE] != g[T_BIRTH_DATE])))
			return member;
	}
	return tuple;
}

static void put_pair(const struct explanation *x, uint32_t rank, const struct refusal *r,
		     struct buffer *b)
{
	uint32_t ours = x->customers->rank[r->a] == rank ? r->a : r->b;
	uint32_t theirs = ours == r->a ? r->b : r->a;

	buffer_printf(b, ": %u and ", number_of(x, rank, ours));
	put_record_name(x->tuples, theirs, b);
	if (x->customers->rank[theirs] != TUPLE_NONE) {
		buffer_put_text(b, " of ");
		put_customer_id(x->customers, x->customers->rank[theirs], b);
	}
	if (r->reason >= REFUSED_PARTED ||
	    (r->reason == REFUSED_CONTRADICTS && r->layer == LAYER_MODEL)) {
		buffer_printf(b, ": %s", match_refusal_text(r->reason));
	} else if (r->reason == REFUSED_AMBIGUOUS) {
		buffer_put_text(b, ": seen with several customers");
	} else if (r->reason == REFUSED_CLUSTER) {
		buffer_printf(b, ": more than %llu first names in one customer",
			      (unsigned long long)x->limits->people[LAYER_SELF]);
	} else if (r->reason == REFUSED_GENERATIONS) {
		buffer_put_text(b, ": a junior and a senior");
	} else if (r->reason == REFUSED_DISAGREES) {
		buffer_put_text(b, ": clearly another first name or birth date in one of them");
	} else {
		uint32_t they = has_facts(x, theirs) ? theirs : who_says(x, theirs, TUPLE_NONE);
		buffer_put_text(b, ": two birth dates and two first names (");
		put_facts(x, has_facts(x, ours) ? ours : who_says(x, ours, they), b);
		buffer_put_text(b, "; ");
		put_facts(x, they, b);
		buffer_put_byte(b, ')');
	}
}

/* Whether one of the customer's tuples has the value that the refusal is about. */
static bool shares_value(const struct explanation *x, uint32_t rank, const struct refusal *r)
{
	int field = layer_field((enum layer)r->layer);
	const uint32_t *f = x->tuples->items[r->a].field;

	for (uint32_t i = x->members->begin[rank]; i < x->members->begin[rank + 1]; i++) {
		const uint32_t *g = x->tuples->items[x->members->tuples[i]].field;
		if (g[field] == f[field] &&
		    (r->layer != LAYER_SOURCE_ID || g[T_SOURCE] == f[T_SOURCE]))
			return true;
	}
	return false;
}

static void put_refused(const struct explanation *x, uint32_t rank, struct buffer *b)
{
	bool any = false;

	buffer_put_text(b, "refused\n");
	for (size_t i = 0; i < x->identity->refused_count; i++) {
		const struct refusal *r = &x->identity->refused[i];
		bool pair = r->b != TUPLE_NONE;
		if (pair ? number_of(x, rank, r->a) == 0 && number_of(x, rank, r->b) == 0
			 : !shares_value(x, rank, r))
			continue;
		put_value(x, (enum layer)r->layer, r->a, b);
		if (r->reason == REFUSED_PEOPLE)
			buffer_printf(b, ": shared by %u people, the limit is %llu", r->count,
				      (unsigned long long)x->limits->people[r->layer]);
		else if (r->reason == REFUSED_IDS)
			buffer_printf(b, ": shared by %u ids of one source", r->count);
		else if (r->reason == REFUSED_DISTRUST)
			buffer_put_text(b, ": a value never to trust");
		else
			put_pair(x, rank, r, b);
		buffer_put_byte(b, '\n');
		if (r->layer == LAYER_MODEL && x->match->ran)
			waterfall_put(x->match, r->a, r->b, b);
		any = true;
	}
	if (!any)
		buffer_put_text(b, "  none\n");
}

static void put_permission(const struct golden *g, int channel, struct buffer *b)
{
	const struct consent *c = &g->consent;

	if (c->yes >> channel & 1) {
		buffer_put_text(b, "opt-in ");
		put_moment(b, c->last_yes[channel]);
	}
	if (c->no >> channel & 1) {
		buffer_put_text(b, c->yes >> channel & 1 ? ", opt-out " : "opt-out ");
		put_moment(b, c->last_no[channel]);
	}
}

static void put_survivors(const struct golden *g, struct buffer *b)
{
	buffer_put_text(b, "golden\n");
	for (int c = T_EMAIL; c < TOUCHPOINT_COLUMNS; c++) {
		bool consent = c >= T_OPTIN_EMAIL && c <= T_OPTIN_POST;
		if (g->field[c].len == 0 || c == T_EVENT)
			continue;
		buffer_printf(b, "  %s ", touchpoint_table[c].name);
		buffer_put_slice(b, g->field[c]);
		buffer_put_text(b, ": ");
		if (consent)
			put_permission(g, c - T_OPTIN_EMAIL, b);
		else if (c == T_ATTRS)
			buffer_put_text(b, "latest of each, other_ what did not survive");
		else
			buffer_put_text(b, survival_rule_name((enum survival_rule)g->rule[c]));
		buffer_put_byte(b, '\n');
	}
}

void explain_put(const struct explanation *x, uint32_t rank, struct golden *golden,
		 struct buffer *out)
{
	golden_finish(golden);
	buffer_put_text(out, "customer ");
	put_customer_id(x->customers, rank, out);
	buffer_put_text(out, "\nnamed after ");
	buffer_put_slice(out, customers_key(x->customers, rank, x->tuples, &golden->unquoted));
	buffer_put_byte(out, '\n');
	put_records(x, rank, golden, out);
	put_links(x, rank, out);
	put_refused(x, rank, out);
	put_survivors(golden, out);
}
