#include "config.h"

#include "profile/state.h"

#include "profile/state_event.h"
#include "base/datetime.h"
#include "base/number.h"
#include "stream/cells.h"

#include <stdlib.h>

const char *const state_columns[STATE_COLUMNS] = {
	"state_version", "state_golden", "state_names", "state_orders", "state_events",
};

/* Text of a row's events; a record of 1 MiB is the most that any reader takes by default. */
enum { ROW_LIMIT = 512 << 10 };

/* An event's text but for letter and time. */
struct tail {
	int64_t ts;
	uint8_t kind;
	size_t start, len; /* in text */
};

struct order_use {
	uint64_t key;
	uint32_t order;
};

/* A row under construction: events [from, to) of the history. */
struct draft {
	const struct history *h;
	size_t from, to;
	struct dictionary names;
	uint32_t *ids, *rank;        /* of names: sorted ids, and where an id went */
	struct order_use *orders;
	size_t order_count;
	uint32_t *order_rank;        /* by order of the history */
	struct tail *tails;
	struct buffer text, cell;
};

/* The name of an id, where this kind of event has such a thing. */
static void visit_names(struct draft *d, const struct happening *ev,
			void (*visit)(struct draft *d, char letter, struct slice name))
{
	const struct vocabulary *v = d->h->names;

	for (int k = 0; k < KEY_SPACES; k++)
		if (state_has_keys(ev->kind) && ev->key[k] != NAME_NONE)
			visit(d, state_key_letters[k], dictionary_item(&v->keys[k], ev->key[k]));
	if (state_has_channel(ev->kind) && ev->channel != NAME_NONE)
		visit(d, 'h', dictionary_item(&v->channels, ev->channel));
}

static void visit_tags(struct draft *d, const struct happening *ev,
		       void (*visit)(struct draft *d, char letter, struct slice name))
{
	for (size_t i = 0; i < ev->tag_count; i++)
		visit(d, 't', dictionary_item(&d->h->names->tags, d->h->tags[ev->tags + i]));
}

static void note_name(struct draft *d, char letter, struct slice name)
{
	(void)letter;
	dictionary_add(&d->names, name, NULL);
}

static void put_name(struct draft *d, char letter, struct slice name)
{
	buffer_put_byte(&d->text, ' ');
	buffer_put_byte(&d->text, letter);
	number_put_int(&d->text, d->rank[dictionary_find(&d->names, name)]);
}

static int by_name(const void *a, const void *b, void *names)
{
	return slice_compare(dictionary_item(names, *(const uint32_t *)a),
			     dictionary_item(names, *(const uint32_t *)b));
}

static void rank_names(struct draft *d)
{
	uint32_t n = (uint32_t)d->names.count;

	d->ids = xmalloc(((size_t)n * 2 + 1) * sizeof *d->ids);
	d->rank = d->ids + n;
	for (uint32_t i = 0; i < n; i++)
		d->ids[i] = i;
	qsort_r(d->ids, n, sizeof *d->ids, by_name, &d->names);
	for (uint32_t i = 0; i < n; i++)
		d->rank[d->ids[i]] = i;
}

static int by_key(const void *a, const void *b)
{
	const struct order_use *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static void rank_orders(struct draft *d)
{
	size_t n = 0;

	d->orders = xmalloc((d->to - d->from + 1) * sizeof *d->orders);
	for (size_t i = d->from; i < d->to; i++) {
		uint32_t order = d->h->events[i].order;
		if (order != ORDER_NONE)
			d->orders[n++] = (struct order_use){d->h->orders[order].key, order};
	}
	qsort(d->orders, n, sizeof *d->orders, by_key);
	for (size_t i = 0; i < n; i++) {
		if (d->order_count == 0 || d->orders[d->order_count - 1].key != d->orders[i].key)
			d->orders[d->order_count++] = d->orders[i];
		d->order_rank[d->orders[i].order] = (uint32_t)(d->order_count - 1);
	}
}

/* All of an event but its time, which is known when its neighbours are. */
static void put_tail(struct draft *d, const struct happening *ev, struct tail *t)
{
	*t = (struct tail){.ts = ev->ts, .kind = ev->kind, .start = d->text.len};
	visit_names(d, ev, put_name);
	if (ev->order != ORDER_NONE) {
		buffer_put_text(&d->text, " o");
		number_put_int(&d->text, d->order_rank[ev->order]);
	}
	if (state_has_amount(ev->kind)) {
		if (ev->qty != state_usual_qty(ev->kind)) {
			buffer_put_text(&d->text, " q");
			decimal_put(&d->text, ev->qty, 0);
		}
		if (ev->amount != AMOUNT_UNKNOWN) {
			buffer_put_text(&d->text, " a");
			decimal_put(&d->text, ev->amount, 0);
		}
	}
	if (ev->kind == EVENT_PURCHASE && ev->has_offer)
		buffer_put_text(&d->text, " x");
	visit_tags(d, ev, put_name);
	t->len = d->text.len - t->start;
}

static int by_tail(const void *a, const void *b, void *text)
{
	const struct tail *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return slice_compare(slice_make((const char *)text + x->start, x->len),
			     slice_make((const char *)text + y->start, y->len));
}

static void put_events(struct draft *d)
{
	size_t n = d->to - d->from;
	int64_t last = 0;

	buffer_clear(&d->text);
	buffer_reserve(&d->text, 1);
	d->tails = xmalloc((n + 1) * sizeof *d->tails);
	for (size_t i = 0; i < n; i++)
		put_tail(d, &d->h->events[d->from + i], &d->tails[i]);
	/* Equal times in one order, whatever the input's. */
	qsort_r(d->tails, n, sizeof *d->tails, by_tail, d->text.ptr);
	buffer_clear(&d->cell);
	for (size_t i = 0; i < n; i++) {
		const struct tail *t = &d->tails[i];
		if (i)
			buffer_put_byte(&d->cell, ';');
		buffer_put_byte(&d->cell, state_letters[t->kind]);
		if (t->ts != TIME_NONE) {
			number_put_int(&d->cell, t->ts - last);
			last = t->ts;
		}
		buffer_put(&d->cell, d->text.ptr + t->start, t->len);
	}
}

static void put_golden(struct buffer *out, const struct draft *d, const struct row_layout *l)
{
	for (size_t i = 0; i < l->at.golden_count; i++) {
		buffer_put_byte(out, l->delimiter);
		if (d->from == 0 && d->h->golden[i].len)
			csv_put_field(out, d->h->golden[i], l->delimiter);
	}
	buffer_put_byte(out, l->delimiter);
	number_put_int(out, STATE_VERSION);
	buffer_put_byte(out, l->delimiter);
	if (d->from || !d->h->has_golden)
		return;
	if (d->h->golden_time == TIME_NONE)
		buffer_put_text(out, "none");
	else
		datetime_put(out, d->h->golden_time);
}

static void put_row(struct buffer *out, struct draft *d, const struct row_layout *l)
{
	for (size_t i = d->from; i < d->to; i++) {
		visit_names(d, &d->h->events[i], note_name);
		visit_tags(d, &d->h->events[i], note_name);
	}
	rank_names(d);
	rank_orders(d);
	csv_put_field(out, buffer_slice(&d->h->customer_id), l->delimiter);
	put_golden(out, d, l);
	buffer_put_byte(out, l->delimiter);
	buffer_clear(&d->cell);
	for (size_t i = 0; i < d->names.count; i++) {
		if (i)
			buffer_put_byte(&d->cell, ';');
		cell_put_escaped(&d->cell, dictionary_item(&d->names, d->ids[i]));
	}
	if (d->names.count && d->cell.len == 0)
		buffer_put_byte(&d->cell, ';'); /* nothing but the empty tag: not no name */
	csv_put_field(out, buffer_slice(&d->cell), l->delimiter);
	buffer_put_byte(out, l->delimiter);
	for (size_t i = 0; i < d->order_count; i++)
		buffer_printf(out, "%s%016llx", i ? ";" : "",
			      (unsigned long long)d->orders[i].key);
	buffer_put_byte(out, l->delimiter);
	put_events(d);
	csv_put_field(out, buffer_slice(&d->cell), l->delimiter);
	buffer_put_byte(out, '\n');
	free(d->ids);
	free(d->orders);
	free(d->tails);
	d->order_count = 0;
	dictionary_clear(&d->names);
}

/* At most this much text comes of an event. */
static size_t event_size(const struct draft *d, const struct happening *ev)
{
	const struct vocabulary *v = d->h->names;
	size_t size = 120;

	for (int k = 0; k < KEY_SPACES; k++)
		if (ev->key[k] != NAME_NONE)
			size += dictionary_item(&v->keys[k], ev->key[k]).len;
	for (size_t i = 0; i < ev->tag_count; i++)
		size += 12 + dictionary_item(&v->tags, d->h->tags[ev->tags + i]).len;
	return size;
}

static size_t row_end(const struct draft *d)
{
	size_t i = d->from, size = 0;

	while (i < d->h->count && (i == d->from || size < ROW_LIMIT))
		size += event_size(d, &d->h->events[i++]);
	return i;
}

void state_emit(struct maker *m, struct product *p)
{
	const struct history *h = &m->history;
	struct draft d = {.h = h};

	if (h->rows == 0)
		return; /* all its records were rejected */
	d.order_rank = xmalloc((h->order_count + 1) * sizeof *d.order_rank);
	do {
		d.to = row_end(&d);
		put_row(&p->out, &d, m->layout);
		p->rows++;
		d.from = d.to;
	} while (d.from < h->count);
	p->customers++;
	p->folded += h->rows;
	free(d.order_rank);
	dictionary_free(&d.names);
	buffer_free(&d.text);
	buffer_free(&d.cell);
}
