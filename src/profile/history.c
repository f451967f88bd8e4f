#include "config.h"

#include "profile/history.h"

#include "base/datetime.h"
#include "base/number.h"
#include "stream/cells.h"

#include <stdlib.h>

static size_t vocabulary_bytes(const struct vocabulary *v)
{
	size_t bytes = dictionary_bytes(&v->channels) + dictionary_bytes(&v->tags);

	for (int k = 0; k < KEY_SPACES; k++)
		bytes += dictionary_bytes(&v->keys[k]);
	return bytes;
}

bool vocabulary_trim(struct vocabulary *v, size_t limit)
{
	if (vocabulary_bytes(v) <= limit)
		return false;
	vocabulary_free(v);
	return true;
}

void vocabulary_free(struct vocabulary *v)
{
	for (int k = 0; k < KEY_SPACES; k++)
		dictionary_free(&v->keys[k]);
	dictionary_free(&v->channels);
	dictionary_free(&v->tags);
}

void history_begin(struct history *h, struct slice customer_id, size_t golden_count)
{
	buffer_clear(&h->customer_id);
	buffer_put_slice(&h->customer_id, customer_id);
	buffer_clear(&h->golden_text);
	if (h->golden == NULL)
		h->golden = xcalloc(golden_count, sizeof *h->golden);
	for (size_t i = 0; i < golden_count; i++)
		h->golden[i] = slice_of(NULL);
	h->has_golden = h->golden_dated = false;
	h->rows = 0;
	h->count = h->order_count = h->tag_count = h->line_count = 0;
	h->generation++;
	if (h->generation == 0) {
		/* Wrapped: stamps of four billion customers ago would look fresh. */
		if (h->slots)
			memset(h->slots, 0, h->slot_count * sizeof *h->slots);
		h->generation = 1;
	}
}

static void keep_golden(struct history *h, const struct history_columns *at,
			const struct slice *fields)
{
	size_t need = 0;

	for (size_t i = 0; i < at->golden_count; i++)
		need += field_at(fields, at->golden[i]).len;
	buffer_clear(&h->golden_text);
	/* Reserved at once: the slices must not move. */
	buffer_reserve(&h->golden_text, need);
	for (size_t i = 0; i < at->golden_count; i++) {
		struct slice s = field_at(fields, at->golden[i]);
		h->golden[i] = slice_make(h->golden_text.ptr + h->golden_text.len, s.len);
		buffer_put_slice(&h->golden_text, s);
	}
	h->has_golden = true;
}

/* Whether the cells of `fields` are bytewise larger than the golden ones. */
static bool beats_golden(const struct history *h, const struct history_columns *at,
			 const struct slice *fields)
{
	for (size_t i = 0; i < at->golden_count; i++) {
		int order = slice_compare(field_at(fields, at->golden[i]), h->golden[i]);
		if (order)
			return order > 0;
	}
	return false;
}

void history_offer_golden(struct history *h, const struct history_columns *at,
			  const struct slice *fields, int64_t time)
{
	if (h->has_golden && (time < h->golden_time ||
			      (time == h->golden_time && !beats_golden(h, at, fields))))
		return;
	keep_golden(h, at, fields);
	h->golden_time = time;
	h->golden_dated = true;
}

bool history_time(struct slice cell, int64_t *ts)
{
	*ts = TIME_NONE;
	return cell.len == 0 || datetime_parse_iso(cell, ts, NULL, NULL);
}

static struct order_slot *slot_of(const struct history *h, uint64_t key)
{
	size_t mask = h->slot_count - 1;

	for (size_t i = key & mask;; i = (i + 1) & mask) {
		struct order_slot *s = &h->slots[i];
		if (s->generation != h->generation || s->key == key)
			return s;
	}
}

static void grow_slots(struct history *h)
{
	size_t slot_count = h->slot_count ? h->slot_count * 2 : 64;

	free(h->slots);
	h->slots = xcalloc(slot_count, sizeof *h->slots);
	h->slot_count = slot_count;
	for (size_t i = 0; i < h->order_count; i++)
		*slot_of(h, h->orders[i].key) =
			(struct order_slot){h->orders[i].key, h->generation, (uint32_t)i};
}

/* An order is what one source calls by one order_id; without an id, all that one source
 * sold at one instant. 64 bits tell a million orders of one customer apart but for odds
 * of 1 in 37 million. */
static uint64_t order_key(const struct history_columns *at, const struct slice *fields, int64_t ts)
{
	struct slice id = field_at(fields, at->touch[T_ORDER_ID]);
	uint64_t source = slice_hash(field_at(fields, at->touch[T_SOURCE]), id.len == 0);

	if (id.len)
		return slice_hash(id, source);
	unsigned char bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)ts >> (8 * i));
	return slice_hash(slice_make((const char *)bytes, sizeof bytes), source);
}

static uint32_t order_index(struct history *h, uint64_t key)
{
	if (h->order_count * 2 >= h->slot_count)
		grow_slots(h);
	struct order_slot *s = slot_of(h, key);
	if (s->generation == h->generation)
		return s->index;
	GROW(h->orders, h->order_cap, h->order_count + 1);
	h->orders[h->order_count] = (struct order_entry){.ts = INT64_MAX, .key = key};
	*s = (struct order_slot){key, h->generation, (uint32_t)h->order_count};
	return (uint32_t)h->order_count++;
}

static enum so1_status unusable(struct so1_error *e, const char *column, const char *reason,
				struct slice value)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_at(e, NULL, 0, column);
	return error_value(e, value);
}

/* Quantity and amount of a line sold or returned. A return is one whatever sign its
 * source gives it; a sale keeps its sign, so that a negative line corrects. */
static enum so1_status read_line(const struct history_columns *at, const struct slice *fields,
				 struct happening *ev, struct so1_error *e)
{
	struct slice qty = field_at(fields, at->touch[T_QTY]);
	struct slice amount = field_at(fields, at->touch[T_AMOUNT]);

	ev->qty = DECIMAL_ONE;
	if (qty.len && !decimal_parse(qty, &ev->qty))
		return unusable(e, "qty", "not a number", qty);
	ev->amount = AMOUNT_UNKNOWN;
	if (amount.len && (!decimal_parse(amount, &ev->amount) || ev->amount == AMOUNT_UNKNOWN))
		return unusable(e, "amount", "not an amount", amount);
	if (ev->kind == EVENT_RETURN) {
		if (ev->qty > 0)
			ev->qty = -ev->qty;
		if (ev->amount > 0)
			ev->amount = -ev->amount;
	}
	return SO1_OK;
}

static uint32_t name_of(struct dictionary *d, struct slice s)
{
	return s.len ? dictionary_add(d, s, NULL) : NAME_NONE;
}

static void add_tags(struct history *h, struct slice cell, struct happening *ev)
{
	struct slice rest = cell, tag, value;

	if (cell.len == 0)
		return;
	while (ev->tag_count < UINT16_MAX && cell_next(&rest, &tag, &value, &h->scratch)) {
		GROW(h->tags, h->tag_cap, h->tag_count + 1);
		h->tags[h->tag_count++] = dictionary_add(&h->names->tags, tag, NULL);
		ev->tag_count++;
	}
	arena_reset(&h->scratch);
}

void history_put(struct history *h, struct happening ev, uint64_t order_key)
{
	ev.tags = (uint32_t)(h->tag_count - ev.tag_count);
	if (ev.order != ORDER_NONE)
		ev.order = order_index(h, order_key);
	if (ev.kind == EVENT_PURCHASE && ev.ts < h->orders[ev.order].ts)
		h->orders[ev.order].ts = ev.ts;
	GROW(h->events, h->cap, h->count + 1);
	h->events[h->count++] = ev;
}

static enum so1_status add_event(struct history *h, const struct history_columns *at,
				 const struct slice *fields, enum event_kind kind, int64_t ts,
				 struct so1_error *e)
{
	struct happening ev = {.ts = ts, .kind = (uint8_t)kind, .order = ORDER_NONE};

	if (ev.ts == TIME_NONE && event_table[kind].needs_time)
		return unusable(e, "ts", "no time for event", slice_of(event_table[kind].name));
	bool line = kind == EVENT_PURCHASE || kind == EVENT_RETURN;
	if (line && read_line(at, fields, &ev, e) != SO1_OK)
		return SO1_FAILED;

	ev.key[KEY_CATEGORY] = name_of(&h->names->keys[KEY_CATEGORY],
				       field_at(fields, at->touch[T_CATEGORY]));
	ev.key[KEY_BRAND] = name_of(&h->names->keys[KEY_BRAND],
				    field_at(fields, at->touch[T_BRAND]));
	ev.key[KEY_SKU] = name_of(&h->names->keys[KEY_SKU], field_at(fields, at->touch[T_SKU]));
	ev.channel = name_of(&h->names->channels, field_at(fields, at->touch[T_CHANNEL]));
	ev.has_offer = field_at(fields, at->touch[T_OFFER_ID]).len > 0;
	add_tags(h, field_at(fields, at->touch[T_TAGS]), &ev);
	bool names_order = (kind == EVENT_REDEEM || kind == EVENT_RETURN) &&
			   field_at(fields, at->touch[T_ORDER_ID]).len;
	uint64_t key = 0;
	if (kind == EVENT_PURCHASE || names_order) {
		key = order_key(at, fields, ts);
		ev.order = 0; /* any but none */
	}
	history_put(h, ev, key);
	return SO1_OK;
}

enum so1_status history_add(struct history *h, const struct history_columns *at,
			    const struct slice *fields, int64_t ts, struct so1_error *e)
{
	enum event_kind kind = event_of(field_at(fields, at->touch[T_EVENT]));

	if (kind == EVENT_GOLDEN) {
		if (h->has_golden)
			return unusable(e, "event", "a second golden row of one customer",
					buffer_slice(&h->customer_id));
		keep_golden(h, at, fields);
	} else if (add_event(h, at, fields, kind, ts, e) != SO1_OK) {
		return SO1_FAILED;
	}
	h->rows++;
	return SO1_OK;
}

static int by_time(const void *a, const void *b, void *unused)
{
	const struct happening *x = a, *y = b;

	(void)unused;
	return (x->ts > y->ts) - (x->ts < y->ts);
}

static int by_first_line(const void *a, const void *b, void *orders)
{
	const struct order_entry *x = (const struct order_entry *)orders + *(const uint32_t *)a;
	const struct order_entry *y = (const struct order_entry *)orders + *(const uint32_t *)b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

static int by_order(const void *a, const void *b, void *history)
{
	const struct history *h = history;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	uint32_t x = h->events[i].order, y = h->events[j].order;

	if (x != y)
		return x < y ? -1 : 1;
	return (i > j) - (i < j);
}

static void sort_orders(struct history *h)
{
	bool sorted = true;
	uint32_t n = (uint32_t)h->order_count;
	uint32_t *rank = xmalloc(((size_t)n * 2 + 1) * sizeof *rank), *place = rank + n;

	for (uint32_t i = 0; i < n; i++) {
		rank[i] = i;
		sorted &= i == 0 || by_first_line(&rank[i - 1], &rank[i], h->orders) < 0;
	}
	if (!sorted) {
		struct order_entry *old = xmalloc(n * sizeof *old);
		qsort_r(rank, n, sizeof *rank, by_first_line, h->orders);
		memcpy(old, h->orders, n * sizeof *old);
		for (uint32_t i = 0; i < n; i++) {
			h->orders[i] = old[rank[i]];
			place[rank[i]] = i;
		}
		for (size_t i = 0; i < h->count; i++)
			if (h->events[i].order != ORDER_NONE)
				h->events[i].order = place[h->events[i].order];
		free(old);
	}
	free(rank);
}

void history_finish(struct history *h)
{
	bool sorted = true;

	for (size_t i = 1; sorted && i < h->count; i++)
		sorted = h->events[i - 1].ts <= h->events[i].ts;
	if (!sorted)
		qsort_r(h->events, h->count, sizeof *h->events, by_time, NULL);
	if (h->has_golden && !h->golden_dated)
		h->golden_time = h->count ? h->events[h->count - 1].ts : TIME_NONE;
	if (h->order_count > 1)
		sort_orders(h);
	sorted = true;
	h->line_count = 0;
	for (size_t i = 0; i < h->count; i++) {
		if (h->events[i].kind != EVENT_PURCHASE)
			continue;
		GROW(h->lines, h->line_cap, h->line_count + 1);
		h->lines[h->line_count] = (uint32_t)i;
		if (h->line_count)
			sorted &= h->events[h->lines[h->line_count - 1]].order <=
				  h->events[i].order;
		h->line_count++;
	}
	if (!sorted)
		qsort_r(h->lines, h->line_count, sizeof *h->lines, by_order, h);
}

size_t history_before(const struct history *h, int64_t t)
{
	size_t low = 0, high = h->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (h->events[middle].ts < t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void history_free(struct history *h)
{
	buffer_free(&h->customer_id);
	buffer_free(&h->golden_text);
	free(h->golden);
	free(h->events);
	free(h->orders);
	free(h->slots);
	free(h->tags);
	free(h->lines);
	arena_free(&h->scratch);
	*h = (struct history){0};
}
