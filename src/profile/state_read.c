#include "config.h"

#include "profile/state.h"

#include "profile/state_event.h"
#include "base/datetime.h"
#include "stream/cells.h"

#include <stdlib.h>

/* A row's lists, and a history's ids of its names as far as they were asked for. */
struct lists {
	struct slice *names;
	size_t name_count, name_cap;
	uint64_t *orders;
	size_t order_count, order_cap;
	uint32_t *ids; /* by name, then by what it names */
	struct arena text;
};

/* What a name names; key spaces first. */
enum { NAMES_CHANNEL = KEY_SPACES, NAMES_TAG, NAMES_KINDS };

static enum so1_status damaged(struct so1_error *e, int column, const char *reason,
			       struct slice value)
{
	error_set(e, SO1_FAILED, "%s", reason);
	error_at(e, NULL, 0, state_columns[column]);
	return error_value(e, value);
}

static bool parse_hex(struct slice s, uint64_t *key)
{
	*key = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			return false;
		*key = *key << 4 | (uint64_t)digit;
	}
	return s.len == 16;
}

static enum so1_status read_lists(struct lists *l, struct slice names, struct slice orders,
				  struct so1_error *e)
{
	struct slice item, value;

	while (cell_next(&names, &item, &value, &l->text)) {
		GROW(l->names, l->name_cap, l->name_count + 1);
		l->names[l->name_count++] = item;
	}
	while (cell_next(&orders, &item, &value, &l->text)) {
		GROW(l->orders, l->order_cap, l->order_count + 1);
		if (!parse_hex(item, &l->orders[l->order_count++]))
			return damaged(e, STATE_AT_ORDERS, "not an order's hash", item);
	}
	l->ids = xmalloc((l->name_count * NAMES_KINDS + 1) * sizeof *l->ids);
	for (size_t i = 0; i < l->name_count * NAMES_KINDS; i++)
		l->ids[i] = NAME_NONE;
	return SO1_OK;
}

static struct dictionary *dictionary_of(struct vocabulary *v, int what)
{
	return what == NAMES_CHANNEL ? &v->channels : what == NAMES_TAG ? &v->tags : &v->keys[what];
}

/* The history's id of name `i` as a category, brand … */
static uint32_t id_of(struct lists *l, struct history *h, int what, size_t i)
{
	uint32_t *id = &l->ids[i * NAMES_KINDS + (size_t)what];

	if (*id == NAME_NONE)
		*id = dictionary_add(dictionary_of(h->names, what), l->names[i], NULL);
	return *id;
}

/* An event as its text says it. */
struct reading {
	struct happening ev;
	uint64_t order_key;
};

static bool parse_index(struct slice s, size_t count, size_t *i)
{
	int64_t n;

	if (!number_parse_int(s, &n) || n < 0 || (uint64_t)n >= count)
		return false;
	*i = (size_t)n;
	return true;
}

/* Tags go to the history at once; the caller takes them back when it only looks. */
static bool read_name(struct lists *l, struct history *h, struct happening *ev, char letter,
		      struct slice text)
{
	size_t i;

	if (!parse_index(text, l->name_count, &i))
		return false;
	if (letter == 'h') {
		ev->channel = id_of(l, h, NAMES_CHANNEL, i);
		return true;
	}
	if (letter == 't') {
		if (ev->tag_count == UINT16_MAX)
			return false;
		ev->tag_count++;
		GROW(h->tags, h->tag_cap, h->tag_count + 1);
		h->tags[h->tag_count++] = id_of(l, h, NAMES_TAG, i);
		return true;
	}
	const char *space = memchr(state_key_letters, letter, KEY_SPACES);
	if (space == NULL)
		return false;
	int k = (int)(space - state_key_letters);
	ev->key[k] = id_of(l, h, k, i);
	return true;
}

static bool read_part(struct lists *l, struct history *h, struct reading *r, struct slice part)
{
	struct slice rest = slice_make(part.ptr + 1, part.len - (part.len > 0));
	size_t i;

	if (part.len == 0)
		return false;
	switch (part.ptr[0]) {
	case 'o':
		if (!parse_index(rest, l->order_count, &i))
			return false;
		r->ev.order = 0;
		r->order_key = l->orders[i];
		return true;
	case 'q':
		return decimal_parse(rest, &r->ev.qty);
	case 'a':
		return decimal_parse(rest, &r->ev.amount) && r->ev.amount != AMOUNT_UNKNOWN;
	case 'x':
		r->ev.has_offer = true;
		return rest.len == 0;
	default:
		return read_name(l, h, &r->ev, part.ptr[0], rest);
	}
}

/* *last is the time before. */
static bool read_head(struct slice head, struct happening *ev, int64_t *last)
{
	const char *letter = head.len ? memchr(state_letters, head.ptr[0], EVENT_KINDS) : NULL;
	int64_t step;

	if (letter == NULL || letter == state_letters + EVENT_GOLDEN)
		return false;
	ev->kind = (uint8_t)(letter - state_letters);
	ev->ts = TIME_NONE;
	if (head.len == 1)
		return !event_table[ev->kind].needs_time;
	if (!number_parse_int(slice_make(head.ptr + 1, head.len - 1), &step) ||
	    __builtin_add_overflow(*last, step, last))
		return false;
	/* The years 1 to 9999, as everywhere: what is beyond is damage. */
	if (*last < -62135596800 || *last >= 253402300800)
		return false;
	ev->ts = *last;
	return true;
}

static bool read_event(struct lists *l, struct history *h, struct slice text, struct reading *r,
		       int64_t *last)
{
	struct slice part;

	*r = (struct reading){.ev = {.order = ORDER_NONE, .channel = NAME_NONE,
				     .amount = AMOUNT_UNKNOWN}};
	for (int k = 0; k < KEY_SPACES; k++)
		r->ev.key[k] = NAME_NONE;
	slice_split(&text, ' ', &part);
	if (!read_head(part, &r->ev, last))
		return false;
	if (state_has_amount(r->ev.kind))
		r->ev.qty = state_usual_qty(r->ev.kind);
	while (slice_split(&text, ' ', &part))
		if (!read_part(l, h, r, part))
			return false;
	return r->ev.kind != EVENT_PURCHASE || r->ev.order != ORDER_NONE;
}

/* Adds the events, or with `look` only sees whether they can be read. */
static enum so1_status read_events(struct lists *l, struct history *h, struct slice cell,
				   bool look, struct so1_error *e)
{
	struct slice event;
	struct reading r;
	int64_t last = 0;

	if (cell.len == 0)
		return SO1_OK;
	while (slice_split(&cell, ';', &event)) {
		size_t tags = h->tag_count;
		bool good = read_event(l, h, event, &r, &last);
		if (look || !good)
			h->tag_count = tags;
		if (!good)
			return damaged(e, STATE_AT_EVENTS, "not the state of an event", event);
		if (!look)
			history_put(h, r.ev, r.order_key);
	}
	return SO1_OK;
}

static enum so1_status check_version(struct slice version, struct so1_error *e)
{
	int64_t n;

	if (!number_parse_int(version, &n) || n < 1)
		return damaged(e, STATE_AT_VERSION, "not a version of a state", version);
	if (n == STATE_VERSION)
		return SO1_OK;
	return damaged(e, STATE_AT_VERSION,
		       n > STATE_VERSION ? "a state of a newer so1-profile"
					 : "a state of an older so1-profile (write it again with --partial)",
		       version);
}

enum so1_status state_add(struct history *h, const struct state_columns *at,
			  const struct slice *fields, struct so1_error *e)
{
	struct slice golden = fields[at->state[STATE_AT_GOLDEN]];
	struct slice events = fields[at->state[STATE_AT_EVENTS]];
	struct lists l = {0};
	int64_t time = TIME_NONE;

	if (check_version(fields[at->state[STATE_AT_VERSION]], e) != SO1_OK)
		return SO1_FAILED;
	if (golden.len && !slice_is(golden, "none") &&
	    !datetime_parse_iso(golden, &time, NULL, NULL))
		return damaged(e, STATE_AT_GOLDEN, "not a time", golden);
	enum so1_status status = read_lists(&l, fields[at->state[STATE_AT_NAMES]],
					    fields[at->state[STATE_AT_ORDERS]], e);
	if (status == SO1_OK)
		status = read_events(&l, h, events, true, e);
	if (status == SO1_OK)
		status = read_events(&l, h, events, false, e);
	if (status == SO1_OK && golden.len)
		history_offer_golden(h, &at->history, fields, time);
	if (status == SO1_OK)
		h->rows++;
	free(l.names);
	free(l.orders);
	free(l.ids);
	arena_free(&l.text);
	return status;
}
